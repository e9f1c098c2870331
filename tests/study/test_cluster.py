"""Blocks on other processes: the same bits, whoever runs them and whoever is lost."""

import os
import signal
import sys
from functools import partial

import numpy as np
import pytest

from localcare.problems import BadInput
from localcare.study import ensemble
from localcare.study.blocks import Derived
from localcare.study.chances import plan_scenarios, what_varies
from localcare.study.cluster import Workers, running_blocks
from localcare.study.ensemble import carry_out
from localcare.study.kept import Ensemble


@pytest.fixture
def planned(uncertain, scenarios, monkeypatch, tmp_path):
    """An ensemble of eight blocks."""
    monkeypatch.setattr(ensemble, "NARROWEST", 16)
    vary = what_varies(uncertain, 64, 1)
    compute = partial(_all_patients, os.getpid(), tmp_path / "killed")
    derived = [Derived("patients", ("patients",), compute)]
    return plan_scenarios(uncertain, scenarios, vary, derived)[0]


def _all_patients(main, killed, dataset):
    """All patients; the first worker that comes to draw 24 is killed there."""
    if os.getpid() != main and dataset["member"][0] == 24 and not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return dataset["patients"].sum("ward")


def carried_out(planned, folder, **options):
    folder.mkdir()
    carry_out(planned, folder, **options)
    return Ensemble(folder)


def by_value(planned):
    """The plan with its measure sent as it is, not by the name of this module."""
    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return planned


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.filterwarnings("default")
def test_two_workers_one_of_them_killed_give_the_bits_of_one_process(planned, tmp_path):
    assert len(planned.job.firsts()) == 8
    with running_blocks(Workers(count=2)) as run_blocks:
        spread = carried_out(by_value(planned), tmp_path / "spread", run_blocks=run_blocks)
    assert (tmp_path / "killed").exists()
    alone = carried_out(planned, tmp_path / "alone")
    assert spread.members.identical(alone.members)
    assert spread.inputs.identical(alone.inputs)
    for name in alone.summary:
        np.testing.assert_array_equal(spread.summary[name], alone.summary[name])


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        (Workers(2, "tcp://127.0.0.1:8786"), "Give one of them"),
        (Workers(0), "0 workers can do nothing"),
    ],
)
def test_workers_that_cannot_be_are_refused(workers, words):
    with pytest.raises(BadInput, match=words), running_blocks(workers):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "nowhere", "tcp://a:b"])
def test_a_scheduler_that_does_not_answer_is_named(address):
    with (
        pytest.raises(BadInput, match="no Dask scheduler answers there"),
        running_blocks(Workers(scheduler=address)),
    ):
        pass


def test_a_missing_distributed_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(BadInput, match=r"pip install 'localcare\[cluster\]'"),
        running_blocks(Workers(2)),
    ):
        pass


def test_without_workers_blocks_run_here(planned, tmp_path):
    with running_blocks(Workers()) as run_blocks:
        found = carried_out(planned, tmp_path / "e", run_blocks=run_blocks)
    assert found.members.sizes["member"] == 64

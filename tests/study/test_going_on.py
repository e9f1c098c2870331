"""Ensembles that are interrupted go on where they stopped, with the same bits."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import localcare
from localcare.engine import Batch
from localcare.problems import BadInput
from localcare.study import blocks, ensemble
from localcare.study.ensemble import run_ensemble
from localcare.study.kept import open_ensemble
from localcare.study.spool import Spool
from localcare.study.work import Lost, unfinished, working

MEMBERS = 50
STAYS = np.linspace(0.03, 0.1, MEMBERS)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(ensemble, "NARROWEST", 8)


@pytest.fixture
def ran(monkeypatch):
    """The first members of the blocks that are run and gathered."""
    found = []
    finish = blocks.Job.finish

    def counted(job, first, result):
        found.append(first)
        return finish(job, first, result)

    monkeypatch.setattr(blocks.Job, "finish", counted)
    return found


def begin(wards, folder, **options):
    given = Batch(MEMBERS, {"stay": STAYS})
    return run_ensemble(wards.spec, given, folder, save=["patients", "discharges"], **options)


def stopping(after, what):
    """Progress that raises when so many members are done."""

    def progress(doing, done, _):
        if doing == "running members" and done >= after:
            raise what

    return progress


KILLED = """
import os, signal, sys
import numpy as np
import localcare
from localcare.engine import Batch
from localcare.study import ensemble

ensemble.NARROWEST = 8

def progress(doing, done, _):
    if done >= 24:
        os.kill(os.getpid(), signal.SIGKILL)

model = localcare.load(sys.argv[1])
given = Batch(50, {"stay": np.linspace(0.03, 0.1, 50)})
ensemble.run_ensemble(
    model.spec, given, ensemble.Path(sys.argv[2]), save=["patients", "discharges"],
    progress=progress,
)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_kill_9_the_rest_is_run_and_the_bits_are_those_of_one_run(
    wards, wards_file, tmp_path, ran
):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(wards_file), str(tmp_path / "e")], check=False
    )
    assert killed.returncode == -9
    assert not (tmp_path / "e").exists()
    again = begin(wards, tmp_path / "e")
    assert ran == [24, 32, 40, 48]
    whole = begin(wards, tmp_path / "whole")
    assert again.members.identical(whole.members)
    assert again.inputs.identical(whole.inputs)
    assert again.summary.identical(whole.summary)
    manifests = [(each.folder / "manifest.json").read_text() for each in (again, whole)]
    assert manifests[0] == manifests[1]
    assert not unfinished(tmp_path / "e").exists()


def test_ctrl_c_says_that_the_same_command_goes_on(wards, tmp_path, ran):
    with pytest.raises(KeyboardInterrupt, match=r"kept in .*\.e\.unfinished: the same command"):
        begin(wards, tmp_path / "e", progress=stopping(16, KeyboardInterrupt()))
    begin(wards, tmp_path / "e")
    assert ran == [0, 8, 16, 24, 32, 40, 48]


def test_a_full_disk_loses_nothing_that_was_done(wards, tmp_path, ran, monkeypatch):
    write = Spool.write

    def full(spool, first, block):
        if first == 24:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(spool, first, block)

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "write", full)
        with pytest.raises(BadInput, match="the disk is full; what was done is kept in"):
            begin(wards, tmp_path / "e")
    found = begin(wards, tmp_path / "e")
    assert ran == [0, 8, 16, 24, 24, 32, 40, 48]
    assert found.members.identical(begin(wards, tmp_path / "whole").members)


def test_what_was_done_is_kept_where_workers_or_their_scheduler_are_lost(wards, tmp_path, ran):
    with pytest.raises(Lost, match="The scheduler was lost"):
        begin(wards, tmp_path / "e", progress=stopping(16, Lost("The scheduler was lost.")))
    begin(wards, tmp_path / "e")
    assert ran == [0, 8, 16, 24, 32, 40, 48]


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_chunk_is_found_by_its_checksum_and_run_again(wards, tmp_path, ran, damage):
    found = begin(wards, tmp_path / "e")
    before = found.members.load()
    chunk = tmp_path / "e" / "members.zarr" / "patients" / "2.0.0"
    contents = bytearray(chunk.read_bytes())
    if damage == "flipped":
        contents[len(contents) // 2] ^= 0x10
        chunk.write_bytes(contents)
    elif damage == "cut":
        chunk.write_bytes(contents[: len(contents) // 2])
    else:
        chunk.unlink()
    ran.clear()
    again = begin(wards, tmp_path / "e")
    assert ran == [16]
    assert again.members.load().identical(before)


def test_a_whole_ensemble_is_looked_over_and_not_run_again(wards, tmp_path, ran):
    first = begin(wards, tmp_path / "e").members.load()
    ran.clear()
    assert begin(wards, tmp_path / "e").members.identical(first)
    assert ran == []


def test_two_runs_into_one_folder_are_refused(wards, tmp_path):
    with (
        pytest.raises(BadInput, match="another run is writing into it"),
        working(tmp_path / "e", {"what": "other"}),
    ):
        begin(wards, tmp_path / "e")


def test_unfinished_work_of_another_kind_is_named_and_kept(wards, tmp_path, ran):
    with pytest.raises(KeyboardInterrupt):
        begin(wards, tmp_path / "e", progress=stopping(16, KeyboardInterrupt()))
    with pytest.raises(BadInput) as caught:
        begin(wards, tmp_path / "e", method="euler")
    assert "holds unfinished work that is not this: method rk4 there, euler here" in str(
        caught.value
    )
    begin(wards, tmp_path / "e")
    assert ran == [0, 8, 16, 24, 32, 40, 48]


def test_a_stale_folder_of_another_model_is_named_and_kept(wards, wards_file, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        begin(wards, tmp_path / "e", progress=stopping(16, KeyboardInterrupt()))
    other = tmp_path / "other.mdl"
    other.write_text(wards_file.read_text().replace("growth = 1\n", "growth = 1.1\n"))
    with pytest.raises(BadInput, match=r"model wards there, other here; model_hash \w{12} there"):
        begin(localcare.load(other), tmp_path / "e")
    records = sorted(unfinished(tmp_path / "e").glob("blocks/*.json"))
    assert [path.name for path in records] == ["0.json", "8.json"]


def test_a_store_that_was_being_made_when_killed_is_made_anew(wards, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        begin(wards, tmp_path / "e", progress=stopping(0, KeyboardInterrupt()))
    store = unfinished(tmp_path / "e") / "members.zarr"
    (store / "patients").mkdir(parents=True)
    (store / "patients" / ".zarray").write_text("{")
    found = begin(wards, tmp_path / "e")
    assert found.members.sizes["member"] == MEMBERS
    assert open_ensemble(Path(tmp_path / "e")).members.identical(found.members)


def test_a_record_that_is_no_record_is_not_believed(wards, tmp_path, ran):
    begin(wards, tmp_path / "e")
    record = tmp_path / "e" / "blocks" / "8.json"
    record.write_text(json.dumps({"engine": "kernel"}))
    ran.clear()
    begin(wards, tmp_path / "e")
    assert ran == [8]

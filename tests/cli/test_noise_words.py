"""Stochastic methods from the command line: the seed decides, and is asked for."""

import dataclasses
import json

import numpy as np
import pytest
import xarray as xr

from localcare.study.comparison import simulate
from localcare.study.project import open_project
from localcare.verbs.scenarios import find_scenarios

NOISE = "temperature diffusion = 2\n\t~\tdegree\t~\tDraughts.\t|\n"


@pytest.fixture
def draughty(teacup):
    """The teacup with noise."""
    teacup.write_text(teacup.read_text().replace("room = 70", NOISE + "room = 70"))
    return teacup


def run(say, model, out, *words):
    said = say("run", "--model", model, "--out", out, *words)
    if said.status:
        return said
    with xr.open_dataset(f"{out}/run.nc") as dataset:
        return said, dataset["temperature"].to_numpy()[0]


def test_the_same_seed_gives_the_same_bits_and_the_manifest_has_it(say, draughty, tmp_path, caplog):
    words = ("--method", "euler-maruyama", "--seed")
    _, first = run(say, draughty, "first", *words, 3)
    assert caplog.messages == ["The compiled engine does not run euler-maruyama; numpy runs it."]
    _, again = run(say, draughty, "again", *words, 3, "--engine", "numpy")
    _, other = run(say, draughty, "other", *words, 4)
    np.testing.assert_array_equal(first, again)
    assert (first[1:] != other[1:]).all()
    manifest = json.loads((tmp_path / "first" / "manifest.json").read_text())
    assert (manifest["seed"], manifest["engine"], manifest["method"]) == (
        3,
        "numpy",
        "euler-maruyama",
    )


def test_a_seed_puts_noise_beside_a_deterministic_method(say, draughty, tmp_path):
    _, first = run(say, draughty, "first", "--seed", 3)
    _, again = run(say, draughty, "again", "--seed", 3, "--engine", "numpy")
    _, quiet = run(say, draughty, "quiet")
    np.testing.assert_allclose(first, again, rtol=1e-12)
    assert (first[1:] != quiet[1:]).all()
    manifest = json.loads((tmp_path / "first" / "manifest.json").read_text())
    assert (manifest["seed"], manifest["engine"], manifest["method"]) == (3, "kernel", "rk4")


def test_sdeint_runs_a_small_model(say, draughty, tmp_path):
    words = ("--method", "sri2", "--seed", 3)
    _, ours = run(say, draughty, "ours", *words)
    _, theirs = run(say, draughty, "theirs", *words, "--engine", "sdeint")
    np.testing.assert_allclose(theirs, ours, rtol=1e-12)
    manifest = json.loads((tmp_path / "theirs" / "manifest.json").read_text())
    assert manifest["engine"] == "sdeint"
    assert manifest["libraries"]["sdeint"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "sri2"], "sri2 draws random numbers and needs a seed"),
        (["--method", "sri2", "--seed", "x"], "Invalid value for '--seed'"),
        (["--method", "sri2", "--seed", "-1"], "Invalid value for '--seed'"),
        (["--engine", "sdeint"], "sdeint does not run rk4"),
        (["--engine", "sdeint", "--seed", "1"], "sdeint does not run rk4"),
    ],
)
def test_noise_asked_for_wrongly_ends_with_2(say, draughty, words, message):
    said = run(say, draughty, "out", *words)
    assert said.status == 2
    assert message in said.err


def test_a_model_without_noise_is_refused(say, teacup, caplog):
    said = run(say, teacup, "out", "--method", "sri2", "--seed", 1)
    assert said.status == 2
    assert "no stock of the model has noise" in said.err
    assert not caplog.messages


def test_scenarios_side_by_side_meet_the_same_noise(draughty):
    """So that what differs between them is what was changed, not luck: in a linear model noise
    drops out of the difference altogether."""
    project = open_project(draughty)
    (baseline,) = find_scenarios(["baseline"], project)
    (warmer,) = find_scenarios(["baseline"], project, ["room=75"])
    both = [baseline, dataclasses.replace(warmer, name="warmer")]

    def difference(**how):
        values = simulate(project, both, **how).dataset["temperature"].to_numpy()
        return values[0], values[1] - values[0]

    still, expected = difference(method="euler")
    moving, found = difference(method="euler-maruyama", seed=5)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert np.abs(moving - still).max() > 1

"""A model that reads TIME STEP sees the step it is run with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.model import ModelSpec, load
from localcare.problems import BadInput

MODEL = """{UTF-8}
emptied = contents/TIME STEP ~ person/Year ~ all that there is, in one step |
contents = INTEG(arrivals - emptied, 5) ~ person ~ |
arrivals = 12 ~ person/Year ~ |
INITIAL TIME = 0 ~ Year ~ |
FINAL TIME = 2 ~ Year ~ |
SAVEPER = 1 ~ Year ~ |
TIME STEP = 0.5 ~ Year ~ |
"""


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    path = tmp_path / "emptied.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return load(path, cache=False)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
@pytest.mark.parametrize("step", [None, 0.5, 0.25, 1.0])
def test_equations_see_the_step_that_is_run(spec: ModelSpec, engine, step) -> None:
    result = run(spec, Batch(2), engine=engine, method="euler", step=step, points=True)
    held = 12 * (step or 0.5)  # what arrives in one step leaves in the next
    np.testing.assert_allclose(result.values["contents"][1:], held, rtol=1e-12)
    np.testing.assert_allclose(result.values["emptied"][1:], 12, rtol=1e-12)


def test_a_model_shaped_by_its_step_runs_with_no_other(spec: ModelSpec) -> None:
    shaped = replace(spec, structural=("time_step",))
    run(shaped, Batch(1), method="euler", step=0.5)
    with pytest.raises(BadInput, match="runs with its own step"):
        run(shaped, Batch(1), method="euler", step=0.25)


def test_constants_that_shaped_a_model_cannot_be_set(tmp_path: Path) -> None:
    path = tmp_path / "shaped.mdl"
    text = "order = 2 ~~| out = DELAY N(Time, 4, 0, order) ~~| stay = 4 ~~| x = stay*order ~~|"
    path.write_text(MODEL + text, encoding="utf-8")
    shaped = load(path, cache=False)
    free = Batch.of(shaped, [Overrides({"stay": np.array(5.0)})])
    assert run(shaped, free, method="euler").values["x"].max() == 10
    given = Batch.of(shaped, [Overrides({"order": np.array(3.0)})])
    with pytest.raises(BadInput, match="shaped the model when it was read"):
        run(shaped, given, method="euler")

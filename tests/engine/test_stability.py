"""The step over the time constant is found for every stock, and names the quickest."""

from __future__ import annotations

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Overrides
from localcare.engine.stability import step_ratios
from localcare.model.spec import ModelSpec, TimeSettings


def draining() -> ModelSpec:
    model = Building({"place": ("p", "q", "r")}, TimeSettings(0, 2, 0.1, 0.5, "Year"))
    model.constant("stay", [0.5, 0.2, 2.0], "place")
    out = do("divide", model.read("inpatients", "place"), model.read("stay", "place"))
    model.stock("inpatients", do("subtract", 7.0, out), 3.0, "place")
    # A chain: what the first stock loses does not count as an outflow of the second.
    model.stock("discharged", model.reduce("sum", ["place"], out), 0.0)
    growth = do("subtract", 1.0, do("divide", model.read("carers"), 50.0))
    model.stock("carers", do("multiply", do("multiply", 4.0, model.read("carers")), growth), 1.0)
    return model.spec()


def test_the_ratio_is_the_step_over_the_quickest_outflow() -> None:
    quickest, logistic, never = step_ratios(draining())
    assert (quickest.variable, quickest.subscripts) == ("inpatients", ("q",))
    assert quickest.ratio == pytest.approx(0.1 / 0.2, rel=1e-6)
    assert quickest.time_constant == pytest.approx(0.2, rel=1e-6)
    assert (logistic.variable, logistic.subscripts) == ("carers", ())
    assert never.variable == "discharged"
    assert (never.ratio, never.time_constant) == (0.0, np.inf)


def test_a_time_constant_that_depends_on_the_state_is_looked_for_along_the_run() -> None:
    logistic = step_ratios(draining(), moments=5)[1]
    # d/dx of 4 x (1 - x / 50) is 4 (1 - x / 25): growth at first, decay at rate 4 when full.
    assert logistic.time == 2.0
    full = 50 / (1 + 49 * np.exp(-8))
    assert logistic.ratio == pytest.approx(0.1 * 4 * (full / 25 - 1), rel=1e-3)


def test_it_follows_the_step_and_the_overrides() -> None:
    assert step_ratios(draining(), 0.05)[0].ratio == pytest.approx(0.25, rel=1e-6)
    shorter = Overrides({"stay": np.array([0.5, 0.2, 0.05])})
    found = step_ratios(draining(), overrides=shorter)[0]
    assert found.subscripts == ("r",)
    assert found.ratio == pytest.approx(2.0, rel=1e-6)


def test_more_elements_than_fit_into_one_evaluation_are_all_looked_at() -> None:
    places = tuple(f"p{i}" for i in range(150))
    model = Building({"place": places}, TimeSettings(0, 1, 0.1, 1, "Year"))
    rates = np.linspace(0.1, 0.9, 150)
    rates[133] = 5.0
    model.constant("rate", rates, "place")
    out = do("multiply", model.read("rate", "place"), model.read("people", "place"))
    model.stock("people", do("negate", out), 1e6, "place")
    found = step_ratios(model.spec())[0]
    assert found.subscripts == ("p133",)
    assert found.ratio == pytest.approx(0.5, rel=1e-6)

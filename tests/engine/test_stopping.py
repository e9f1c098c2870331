"""A run that goes wrong stops and says where: variable, subscripts, time, member, reason."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides, SimulationError, run
from localcare.engine.run import Engine
from localcare.model.expression import Time
from localcare.model.spec import ModelSpec
from localcare.problems import BadInput


def stopped(spec: ModelSpec, *overrides: Overrides, **options: object) -> SimulationError:
    with pytest.raises(SimulationError) as caught:
        run(spec, Batch.of(spec, list(overrides) or [Overrides()]), **options)  # type: ignore[arg-type]
    return caught.value


def emptying() -> Building:
    """Two queues that drain at a constant rate, whatever they hold."""
    model = Building({"place": ("Ashford", "Dover")})
    model.constant("rate", [1.0, 1.0], "place")
    model.stock(
        "people_waiting",
        do("negate", model.read("rate", "place")),
        3.0,
        "place",
        limits=(0.0, None),
    )
    return model


def test_a_stock_below_its_limit_is_named_with_subscript_time_and_member() -> None:
    spec = emptying().spec()
    safe = Overrides({"rate": np.array([0.5, 0.5])})
    fast = Overrides({"rate": np.array([0.5, 4.0])})
    error = stopped(spec, safe, safe, fast)
    assert error.variable == "people waiting"
    assert error.subscripts == ("Dover",)
    assert (error.time, error.member) == (1.0, 2)
    assert str(error) == (
        "people waiting[Dover] fell to -1 person, below its limit of 0 at time 1 (member 2)."
    )


def test_the_member_is_counted_over_all_blocks() -> None:
    spec = emptying().spec()
    safe, fast = (Overrides({"rate": np.array([0.5, x])}) for x in (0.5, 4.0))
    assert stopped(spec, *[safe] * 100, fast).member == 100


def test_a_stock_may_be_below_its_limit_by_rounding() -> None:
    model = Building()
    model.stock("people", do("negate", 0.3), 1.2, limits=(0.0, None))
    spec = model.spec()
    left = run(spec, Batch.of(spec, [Overrides()]), step=1 / 10).values["people"][-1, 0]
    assert -1e-12 < left < 0  # 1.2 less 40 times 0.3 / 10 is not 0


def test_a_stock_that_falls_below_its_limit_at_the_very_end_stops_the_run() -> None:
    model = Building()
    model.stock("people", do("negate", 0.3), 1.19, limits=(0.0, None))
    assert stopped(model.spec()).time == 4.0


def test_too_long_a_step_is_named_as_the_cause() -> None:
    model = Building({"place": ("Ashford", "Dover")})
    model.constant("stay", [2.0, 0.08], "place")
    leaving = do("divide", model.read("inpatients", "place"), model.read("stay", "place"))
    model.stock("inpatients", do("negate", leaving), 100.0, "place", limits=(0.0, None))
    error = stopped(model.spec(), method="euler")
    assert error.subscripts == ("Dover",)
    assert "(too long a step: 3.1 times the time constant with which it drains)" in error.reason
    assert stopped(emptying().spec(), Overrides({"rate": np.ones(2) * 9})).reason.endswith("of 0")


def test_a_stock_above_its_limit_is_named() -> None:
    model = Building()
    model.stock("share", 0.3, 0.0, limits=(0.0, 1.0))
    error = stopped(model.spec())
    assert "rose to 1.05 person, above its limit of 1" in str(error)


def test_a_stock_that_starts_outside_its_limits_stops_the_run_at_the_start() -> None:
    model = Building()
    model.stock("people", 1.0, -2.0, limits=(0.0, None))
    assert stopped(model.spec()).time == 0.0


def division() -> Building:
    """`share` divides by a stock that reaches 0 at time 2; `twice` and the stock follow from it."""
    model = Building({"place": ("Ashford", "Dover")})
    model.constant("drain", [0.0, 1.0], "place")
    model.stock("beds", do("negate", model.read("drain", "place")), 2.0, "place")
    model.auxiliary("twice", do("multiply", model.read("share", "place"), 2.0), "place")
    model.auxiliary("share", do("divide", 1.0, model.read("beds", "place")), "place")
    model.stock("result", model.read("twice", "place"), 0.0, "place")
    return model


@pytest.mark.parametrize("save", [None, ["beds"], ["share"]], ids=["all", "stock", "share"])
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_division_by_zero_names_the_first_variable_that_suffers(
    method: str, save: list[str] | None
) -> None:
    error = stopped(division().spec(), method=method, save=save)
    assert (error.variable, error.subscripts, error.member) == ("share", ("Dover",), 0)
    assert error.time == 2.0
    assert error.reason == "is infinite"


def test_zero_by_zero_is_not_a_number() -> None:
    model = Building()
    model.stock("beds", 0.0, 0.0)
    model.auxiliary("share", do("divide", model.read("beds"), model.read("beds")))
    error = stopped(model.spec())
    assert (error.variable, error.reason, error.time) == ("share", "is not a number", 0.0)


def test_the_branch_not_taken_may_divide_by_zero() -> None:
    model = Building()
    model.stock("beds", 0.0, 0.0)
    beds = model.read("beds")
    guarded = do("if", do("greater", beds, 0.0), do("divide", 1.0, beds), 5.0)
    model.auxiliary("share", guarded)
    spec = model.spec()
    assert run(spec, Batch.of(spec, [Overrides()])).values["share"][0, 0] == 5.0


def test_a_stock_that_grows_beyond_all_numbers_is_named() -> None:
    model = Building(time=replace(Building().time, final=200.0))
    model.stock("people", do("multiply", model.read("people"), 1e3), 1.0)
    error = stopped(model.spec())
    assert error.variable == "people"
    assert "infinite" in error.reason or "not a number" in error.reason


def test_a_net_flow_that_is_no_number_names_its_stock() -> None:
    model = Building()
    model.stock("people", do("logarithm", do("subtract", 1.0, Time())), 1.0)
    error = stopped(model.spec(), method="euler")
    assert str(error) == "people has a net flow that is infinite at time 1 (member 0)."


def test_constants_and_initial_values_that_are_no_numbers_are_named() -> None:
    model = Building()
    model.constant("zero", 0.0)
    model.auxiliary("ratio", do("divide", 1.0, model.read("zero")))
    model.stock("people", 0.0, model.read("ratio"))
    assert stopped(model.spec()).variable == "ratio"
    model = Building()
    model.constant("zero", 0.0)
    model.stock("people", 0.0, do("logarithm", model.read("zero")))
    error = stopped(model.spec())
    assert (error.variable, error.time) == ("people", 0.0)


def test_a_failure_survives_the_journey_between_processes() -> None:
    error = stopped(emptying().spec(), Overrides({"rate": np.array([9.0, 9.0])}))
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.member == error.member


def test_names_that_cannot_be_saved_are_refused_all_at_once() -> None:
    spec = emptying().spec()
    with pytest.raises(BadInput) as caught:
        run(spec, Batch.of(spec, [Overrides()]), save=["people_wating", "rate"])
    assert 'Did you mean "people_waiting"?' in str(caught.value)
    assert "rate: a constant does not change" in str(caught.value)


def test_an_unknown_engine_is_refused() -> None:
    spec = emptying().spec()
    engine: Engine = "abacus"  # type: ignore[assignment]
    with pytest.raises(BadInput, match="no such engine: abacus"):
        run(spec, Batch.of(spec, [Overrides()]), engine=engine)


def test_a_batch_that_does_not_fit_the_model_is_refused() -> None:
    spec = emptying().spec()
    for batch in (
        Batch(0),
        Batch(2, {"rate": np.ones((2, 3))}),
        Batch(1, {"rate": np.full((2, 1), np.nan)}),
        Batch(1, {"people_waiting": np.ones((2, 1))}),
        Batch(1, {}, {"rate": (np.array([[1.0], [0.0]]), np.ones((2, 2, 1)))}),
    ):
        with pytest.raises(ValueError, match=r"rate|people_waiting|member"):
            run(spec, batch)

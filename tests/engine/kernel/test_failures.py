"""A run stops where the reference engine stops, and says the same."""

from __future__ import annotations

import numpy as np
import pytest
from building import Building, do
from kernel_models import lively, overridden

from localcare.engine import Batch, Overrides, Path, SimulationError
from localcare.engine.kernel import simulate
from localcare.engine.numpy_backend import simulate as simulate_slowly
from localcare.engine.schedule import Method, schedule
from localcare.model.expression import Expression, Time
from localcare.model.spec import ModelSpec, TimeSettings


def draining(*, limits: tuple[float | None, float | None] = (0.0, 50.0)) -> Building:
    """Two places whose people leave at a constant speed."""
    model = Building({"place": ("Ash", "Birch")}, TimeSettings(2019, 2021, 1 / 16, 1 / 4))
    model.constant("speed", [1.0, 0.0], "place")
    model.constant("divisor", 1.0)
    model.stock("people", do("negate", model.read("speed", "place")), 5.0, "place", limits=limits)
    return model


def failure(spec: ModelSpec, members: list[Overrides], method: Method = "rk4") -> str:
    """What both engines say, which must be the same, whatever the lanes and threads."""
    batch, times = Batch.of(spec, members), schedule(spec.time, method)
    said = set()
    with pytest.raises(SimulationError) as raised:
        simulate_slowly(spec, batch, times, ())
    said.add(str(raised.value))
    for lanes in (1, 8):
        for threads in (1, 2):
            with pytest.raises(SimulationError) as raised:
                simulate(spec, batch, times, ("people",), lanes=lanes, threads=threads)
            said.add(str(raised.value))
    (words,) = said
    return words


def speed(first: float, second: float) -> Overrides:
    return Overrides({"speed": np.array([first, second])})


@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_below_a_limit(method: Method) -> None:
    words = failure(draining().spec(), [speed(1, 0), speed(0, 8), speed(1, 0)], method)
    assert words.startswith("people[Birch] fell to")
    assert words.endswith("(member 1).")


def test_above_a_limit() -> None:
    words = failure(draining().spec(), [Overrides()] * 9 + [speed(-30, 0)])
    assert words.startswith("people[Ash] rose to")
    assert words.endswith("(member 9).")


def test_at_the_start() -> None:
    model = draining()
    model.stock("other", 0.0, -1.0, limits=(0.0, None))
    assert failure(model.spec(), [Overrides()]).startswith("other fell to -1")


def test_rounding_below_a_limit_does_not_stop_a_run() -> None:
    spec = draining(limits=(5.0 + 1e-9, None)).spec()
    simulate(spec, Batch.of(spec, [speed(0, 0)]), schedule(spec.time, "rk4"), ("people",))
    spec = draining(limits=(5.0 + 1e-8, None)).spec()
    failure(spec, [speed(0, 0)])


@pytest.mark.parametrize(
    ("function", "at", "words"),
    [("logarithm", -1.0, "is not a number"), ("exponential", 1000.0, "is infinite")],
)
def test_not_a_number_in_what_no_stock_needs(function: str, at: float, words: str) -> None:
    """Wherever it is computed: from constants, from time, from stocks."""
    for read in ("divisor", "time", "stock"):
        model = draining()
        value: Expression = model.read("divisor")
        if read == "time":
            value = do("add", value, do("multiply", 0.0, Time()))
        if read == "stock":
            value = do("add", value, do("multiply", 0.0, model.read("people", 0)))
        model.auxiliary("bad", do(function, value))
        model.auxiliary("hidden", do("if", do("greater", model.read("bad"), 1e9), 1.0, 2.0))
        members = [Overrides(), Overrides({"divisor": np.array(at)})]
        spec = model.spec()
        batch, times = Batch.of(spec, members), schedule(spec.time, "rk4")
        with pytest.raises(SimulationError, match=f"bad {words} at time 2019.*member 1"):
            simulate(spec, batch, times, ("hidden",))


def test_a_net_flow_that_turns_infinite_on_the_way() -> None:
    model = draining(limits=(None, None))
    model.constant("late", 0.0)
    model.stock("other", do("divide", 1.0, do("subtract", 1.0, model.read("late"))), 0.0)
    spec = model.spec()
    bad = Overrides({}, {"late": Path(np.array([2019.6, 2019.6]), np.array([0.0, 1.0]))})
    assert failure(spec, [Overrides(), bad]).startswith("other has a net flow that is infinite")


def test_the_others_of_a_failing_batch_run_as_ever() -> None:
    """A member that fails says nothing of the rest, and leaves nothing behind."""
    spec = lively()
    times = schedule(spec.time, "rk4")
    members = [overridden(number) for number in range(9)]
    before = simulate(spec, Batch.of(spec, members), times, ("people",))
    bad = Overrides({"birth": np.full(7, -50.0)})
    with pytest.raises(SimulationError, match="member 4"):
        simulate(spec, Batch.of(spec, [*members[:4], bad]), times, ("people",))
    after = simulate(spec, Batch.of(spec, members), times, ("people",))
    np.testing.assert_array_equal(before["people"], after["people"])

"""A value that is not finite stops a run, though not every value is looked at."""

from __future__ import annotations

import math

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides, SimulationError
from localcare.engine.kernel import simulate
from localcare.engine.kernel.phases import equations_of
from localcare.engine.kernel.watching import shown_elsewhere
from localcare.engine.numpy_backend import simulate as simulate_slowly
from localcare.engine.schedule import schedule
from localcare.model.expression import Expression
from localcare.model.spec import ModelSpec, TimeSettings

PLACES = ("Ash", "Birch", "Cedar")


def model(use: str, *, elements: int = 3) -> Building:
    """A value `doubtful` of each place that becomes not finite as a stock grows, put to a use."""
    own = Building({"place": PLACES}, TimeSettings(0, 2, 1 / 8, 1 / 4))
    own.constant("pole", 1e9)
    own.constant("weight", [1.0, 2.0, 3.0], "place")
    own.stock("clock", 1.0, 0.0)
    gap = do("subtract", own.read("pole"), own.read("clock"))
    own.auxiliary("doubtful", do("divide", own.read("weight", "place"), gap), "place")
    place = ("place", tuple(range(elements)))
    doubtful = own.read("doubtful", place if elements < len(PLACES) else "place")
    uses: dict[str, Expression] = {
        "flow": own.read("doubtful", "place"),
        "sum": own.reduce("sum", ["place"], own.read("doubtful", "place")),
        "product": do("multiply", own.read("doubtful", "place"), own.read("weight", "place")),
        "least": do("minimum", doubtful, 1.0),
        "divisor": do("divide", 1.0, own.read("doubtful", "place")),
        "condition": do("if", do("less", doubtful, 5.0), 1.0, 0.0),
        "one element": own.read("doubtful", 1),
    }
    if use in ("sum", "one element"):
        own.auxiliary("user", uses[use])
        own.stock("people", own.read("user"), 0.0)
    else:
        own.auxiliary("user", uses[use], "place")
        own.stock("people", own.read("user", "place"), 0.0, "place")
    return own


def shown(spec: ModelSpec) -> set[str]:
    equations = equations_of(spec).state
    places = shown_elsewhere(
        equations, ["people", "clock"], lambda name: 3 if "clock" not in name else 1
    )
    return {place.variable for place in places}


@pytest.mark.parametrize("use", ["flow", "product", "sum"])
def test_what_goes_into_a_stock_by_sums_and_products_needs_no_look(use: str) -> None:
    assert {"doubtful", "user"} <= shown(model(use).spec())


@pytest.mark.parametrize("use", ["least", "divisor", "condition", "one element"])
def test_what_may_get_lost_on_the_way_needs_one(use: str) -> None:
    assert "doubtful" not in shown(model(use).spec())


@pytest.mark.parametrize("points", [True, False])
@pytest.mark.parametrize("pole", [0.0, 0.5, 1.9921875, 2.0])
@pytest.mark.parametrize(
    "use", ["flow", "sum", "product", "least", "divisor", "condition", "one element"]
)
def test_it_is_found_when_and_where_the_reference_finds_it(
    use: str, pole: float, points: bool
) -> None:
    """At the first step, at a later one, and where the last evaluation alone meets it, which only
    saved points need."""
    spec = model(use).spec()
    batch = Batch.of(spec, [Overrides(), Overrides({"pole": np.array(pole)})])
    times = schedule(spec.time, "euler", points=points)

    def words(lanes: int | None) -> str:
        try:
            if lanes is None:
                simulate_slowly(spec, batch, times, ("people",))
            else:
                simulate(spec, batch, times, ("people",), lanes=lanes)
        except SimulationError as error:
            return str(error)
        return ""

    expected = words(None)
    assert bool(expected) == (pole < 1.99 or (points and pole == 2.0))
    assert [words(1), words(4), words(8)] == [expected] * 3


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9, 16, 19])
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_every_element_of_a_stock_is_held_to_its_limits(length: int, method: str) -> None:
    """Elements go side by side where members do not; neighbours in memory are left alone."""
    model = Building({"unit": tuple(f"u{k}" for k in range(length))}, TimeSettings(0, 1, 0.25, 0.5))
    model.constant("speed", np.zeros(length), "unit")
    model.constant("other_speed", 1.0)
    model.stock("before", model.read("other_speed"), 0.0)
    model.stock("people", model.read("speed", "unit"), 1.0, "unit", limits=(0.0, 3.0))
    model.stock("after", do("negate", model.read("other_speed")), 0.0)
    spec = model.spec()
    times = schedule(spec.time, "euler" if method == "euler" else "rk4")
    names = ("before", "people", "after")
    for at in range(length):
        for speed in (-2.0, 2.5, math.nextafter(2.0, 0)):
            moved = np.zeros(length)
            moved[at] = speed
            batch = Batch.of(spec, [Overrides({"speed": moved})])
            fails = speed != math.nextafter(2.0, 0)
            if fails:
                with pytest.raises(SimulationError, match=f"^people.u{at}. "):
                    simulate(spec, batch, times, names, lanes=1)
                continue
            found = simulate(spec, batch, times, names, lanes=1)
            expected = simulate_slowly(spec, batch, times, names)
            for name in names:
                np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-15)

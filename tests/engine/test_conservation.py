"""What flows between stocks is neither made nor lost, whatever the flows are."""

from __future__ import annotations

import numpy as np
import pytest
from building import Building, do
from hypothesis import given, settings
from hypothesis import strategies as st

from localcare.engine import Batch, Overrides, run
from localcare.model.expression import Along, Axis, Reduce, Reference, Time
from localcare.model.spec import ModelSpec, TimeSettings


def compartments(rates: list[list[float]], people: list[float], power: float) -> ModelSpec:
    """People move from compartment to compartment at rates that wax and wane and that depend on
    how many there are; some come in and some leave for good."""
    names = tuple(f"c{i}" for i in range(len(people)))
    model = Building({"from": names, "to": names}, TimeSettings(0, 2, 1 / 32, 1 / 4))
    model.constant("rate", rates, "from", "to")
    model.constant("coming", [3.0] * len(people), "from")
    season = do("add", 1.0, do("multiply", 0.5, do("sine", do("multiply", 6.0, Time()))))
    model.auxiliary("season", season)
    crowd = do("power", do("divide", model.read("people", "from"), 100.0), power)
    moving = do("multiply", do("multiply", model.read("rate", "from", "to"), crowd), 10.0)
    model.auxiliary("moving", do("multiply", moving, model.read("season")), "from", "to")
    model.auxiliary("leaving", do("multiply", 0.1, model.read("people", "from")), "from")
    positions = tuple(range(len(people)))
    other = Axis("other", "from", positions)
    natural = Along("from", positions)
    out = Reduce("sum", (other,), Reference("moving", (natural, Along("other", positions))))
    into = Reduce("sum", (other,), Reference("moving", (Along("other", positions), natural)))
    net = do("subtract", do("subtract", into, out), model.read("leaving", "from"))
    net = do("add", net, model.read("coming", "from"))
    model.constant("at_first", people, "from")
    model.stock("people", net, model.read("at_first", "from"), "from")
    return model.spec()


@st.composite
def models(draw: st.DrawFn) -> ModelSpec:
    size = draw(st.integers(1, 6))
    rate = st.floats(0, 2, allow_subnormal=False)
    rates = [[draw(rate) for _ in range(size)] for _ in range(size)]
    people = [draw(st.floats(1, 1e5)) for _ in range(size)]
    return compartments(rates, people, draw(st.sampled_from([0.5, 1.0])))


@pytest.mark.parametrize("method", ["euler", "rk4"])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(spec=models())
def test_the_total_changes_by_what_crosses_the_boundary_and_nothing_else(
    spec: ModelSpec, method: str
) -> None:
    found = run(spec, Batch.of(spec, [Overrides()]), method=method)  # type: ignore[arg-type]
    total = found.values["people"].sum(axis=1)[:, 0]
    across = (3.0 - found.values["leaving"]).sum(axis=1)[:, 0]
    gained = np.cumsum(across * np.diff(found.bounds))
    assert np.abs(total[1:] - total[0] - gained).max() < 1e-12 * total.max()

"""Sums, products and extremes by the kernel, over any number of rounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides
from localcare.engine.kernel import simulate
from localcare.engine.kernel.reductions import MOST_ROUNDS
from localcare.engine.schedule import schedule
from localcare.model.spec import TimeSettings

LENGTHS = [2, 3, 4, 5, MOST_ROUNDS, MOST_ROUNDS + 1, MOST_ROUNDS + 2, 37]


def reducing(length: int) -> Building:
    """Reductions of what follows from a stock, short and long bodies, one loop and two."""
    units = tuple(f"u{k}" for k in range(length))
    model = Building({"unit": units, "side": ("l", "m", "r")}, TimeSettings(0, 1, 0.5, 0.5))
    rng = np.random.default_rng(7)
    model.constant("a", rng.uniform(0.5, 1.5, length), "unit")
    model.constant("b", rng.uniform(-1, 1, (3, length)), "side", "unit")
    model.stock("s", 0.0, 1.0)
    near = do("multiply", model.read("a", "unit"), model.read("s"))
    body = do("add", near, do("multiply", model.read("b", "side", "unit"), near))
    for operation in ("sum", "product", "minimum", "maximum"):
        model.auxiliary(f"{operation}_one", model.reduce(operation, ["unit"], near))
        both = model.reduce(operation, ["side", "unit"], body)
        model.auxiliary(f"{operation}_two", both)
        inner = model.reduce(operation, ["unit"], body)
        model.auxiliary(f"{operation}_each", inner, "side")
    return model


@pytest.mark.parametrize("length", LENGTHS)
def test_the_values_are_right_and_the_same_with_any_lanes(length: int) -> None:
    model = reducing(length)
    spec = model.spec()
    names = [name for name in model.variables if "_" in name]
    batch = Batch.of(spec, [Overrides()] * 9)
    times = schedule(spec.time, "rk4", points=True)
    found = {lanes: simulate(spec, batch, times, names, lanes=lanes) for lanes in (1, 4, 8)}
    a = np.array(spec.by_identifier["a"].values)
    b = np.array(spec.by_identifier["b"].values).reshape(3, length)
    near, body = a, a + b * a
    exact = {"sum": math.fsum, "product": math.prod, "minimum": min, "maximum": max}
    for operation, work in exact.items():
        expected = {
            f"{operation}_one": work(near.tolist()),
            f"{operation}_two": work(body.ravel().tolist()),
            f"{operation}_each": np.array([work(row.tolist()) for row in body]),
        }
        for name, value in expected.items():
            own = found[8][name][0, ..., 0]
            np.testing.assert_allclose(own, value, rtol=1e-13, atol=1e-14, err_msg=name)
            for lanes in (1, 4):
                np.testing.assert_array_equal(found[lanes][name], found[8][name], name)


@pytest.mark.parametrize("operation", ["minimum", "maximum"])
@pytest.mark.parametrize("length", [2, 3, 17, 18, 19])
def test_an_extreme_is_not_a_number_where_any_element_is_none(operation: str, length: int) -> None:
    """In a branch that is not taken, so that nothing stops the run; taken, it would."""
    model = Building({"unit": tuple(f"u{k}" for k in range(length))}, TimeSettings(0, 1, 0.5, 0.5))
    model.constant("a", np.ones(length), "unit")
    model.stock("s", 0.0, 1.0)
    root = do("square_root", do("multiply", model.read("a", "unit"), model.read("s")))
    extreme = model.reduce(operation, ["unit"], root)
    # NaN is neither below 2 nor 2 or more.
    model.auxiliary("below", do("if", do("less", extreme, 2.0), 1.0, 0.0))
    model.auxiliary("above", do("if", do("greater_equal", extreme, 2.0), 1.0, 0.0))
    spec = model.spec()
    times = schedule(spec.time, "euler", points=True)
    for at in range(length):
        a = np.ones(length)
        a[at] = -1.0
        batch = Batch.of(spec, [Overrides({"a": a})])
        for lanes in (1, 8):
            found = simulate(spec, batch, times, ("below", "above"), lanes=lanes)
            assert (found["below"] == 0).all()
            assert (found["above"] == 0).all()

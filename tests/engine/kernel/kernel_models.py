"""Models for the kernel's tests, and how its results are held against the reference engine's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from building import Building, do
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides, Path
from localcare.engine.kernel import simulate
from localcare.engine.numpy_backend import simulate as simulate_slowly
from localcare.engine.schedule import Method, schedule
from localcare.model.expression import Apply, Expression, Number, Time
from localcare.model.spec import Component, Kind, ModelSpec, TimeSettings

TOLERANCE = 1e-12


def lively() -> ModelSpec:
    """A model with stocks, auxiliaries of every phase, reductions, tables and series."""
    model = Building(
        {"place": tuple("abcdefg"), "age": tuple("uvw")}, TimeSettings(0, 3, 1 / 8, 1 / 2)
    )
    place, both = ("place",), ("place", "age")
    model.constant("birth", np.linspace(0.01, 0.4, 7), *place)
    model.constant("slope", np.linspace(0.2, 2.2, 21), *both)
    model.constant("power", 1.3)
    model.constant("lever", 0.0)
    model.series("season", [0, 0.7, 1.4, 1.4, 3], [1, 1.4, 0.8, 0.9, 1.1])
    model.series("held", [0.2, 1.1, 2], [[1, 2, 4]] * 7, *place, how="hold")
    model.lookup("effect", [0, 0.5, 1, 3], [1, 0.8, 0.3, 0.1])
    people = model.read("people", *both)
    model.auxiliary("total", model.reduce("sum", both, people))
    model.auxiliary("by_age", model.reduce("sum", place, people), "age")
    model.auxiliary("by_place", model.reduce("sum", ["age"], people), *place)
    model.auxiliary("level", do("add", model.read("power"), model.read("lever")))
    model.auxiliary("pace", do("exponential", do("negate", model.read("level"))))
    model.auxiliary("tide", do("multiply", model.read("pace"), do("cosine", Time())))
    crowding: Expression = do("divide", model.read("by_place", *place), model.read("total"))
    crowding = do("power", do("add", crowding, 0.1), model.read("level"))
    model.auxiliary("crowding", do("power", do("multiply", crowding, 9.0), 2.0), *place)
    waves = do("sine", do("multiply", model.read("slope", *both), Time()))
    waves = do("add", waves, do("logarithm", do("add", people, 1.0)))
    waves = do("add", waves, do("hyperbolic_tangent", model.read("crowding", *place)))
    model.auxiliary("waves", do("exponential", do("negate", waves)), *both)
    rate = do("multiply", model.read("birth", *place), model.read("waves", *both))
    rate = do("multiply", rate, model.look("effect", model.read("crowding", *place)))
    rate = do("multiply", rate, do("multiply", model.read("season"), model.read("held", *place)))
    drain = do("divide", people, do("add", do("multiply", 7.0, model.read("slope", *both)), 9.0))
    flow = do("subtract", do("multiply", rate, people), drain)
    flow = do("add", flow, model.read("tide"))
    model.stock("people", flow, do("add", 5.0, model.read("slope", *both)), *both)
    model.stock("passed", model.read("total"), do("multiply", model.read("total"), 0.5))
    return model.spec()


def overridden(number: int) -> Overrides:
    """The overrides of member `number`: constants of its own; every third is on paths as well."""
    draw = np.random.default_rng(number)
    constants = {"birth": draw.uniform(0, 0.5, 7), "power": np.array(draw.uniform(0.5, 2))}
    if number % 3:
        return Overrides(constants)
    times = np.sort(draw.uniform(0, 3, draw.integers(1, 5)))
    paths = {"lever": Path(times, draw.uniform(-0.2, 0.2, times.size))}
    if number % 2:
        paths["season"] = Path(np.array([1.0, 1.0, 2.0]), draw.uniform(0.5, 1.5, 3))
    return Overrides(constants, paths)


def tamed(spec: ModelSpec, number: float = 7.0) -> ModelSpec:
    """The model with every auxiliary kept between -1e6 and 1e6, a number instead of any other
    value, so that a run of any random model goes to its end."""

    def tame(component: Component) -> Component:
        value = component.expression
        small = Apply("less", (Apply("absolute", (value,)), Number(1e6)))
        return replace(component, expression=Apply("if", (small, value, Number(number))))

    return replace(
        spec,
        variables=tuple(
            replace(variable, components=tuple(tame(part) for part in variable.components))
            if variable.kind is Kind.AUXILIARY
            else variable
            for variable in spec.variables
        ),
    )


def saved(spec: ModelSpec) -> tuple[str, ...]:
    """Everything that can be saved."""
    kinds = (Kind.STOCK, Kind.AUXILIARY, Kind.SERIES)
    return tuple(v.identifier for v in spec.variables if v.kind in kinds)


def both(
    spec: ModelSpec, batch: Batch, method: Method = "rk4", *, points: bool = False
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Everything that can be saved, by the kernel and by the reference engine. The kernel is
    asked twice, members side by side and one by one, and has to give the same bits."""
    times = schedule(spec.time, method, points=points)
    names = saved(spec)
    ours, alone = (simulate(spec, batch, times, names, lanes=lanes) for lanes in (8, 1))
    for name, array in ours.items():
        np.testing.assert_array_equal(array.view(np.int64), alone[name].view(np.int64), name)
    return ours, simulate_slowly(spec, batch, times, names)


def assert_agree(
    ours: dict[str, NDArray[np.float64]],
    reference: dict[str, NDArray[np.float64]],
    tolerance: float = TOLERANCE,
    *,
    nothing: float = 0.0,
) -> None:
    """Every variable agrees to a share of its largest magnitude, or to what is as good as nothing:
    a difference of equal numbers is rounding alone."""
    assert set(ours) == set(reference)
    for name, expected in reference.items():
        assert ours[name].shape == expected.shape, name
        apart = np.abs(ours[name] - expected).max(initial=0.0)
        assert apart <= max(tolerance * np.abs(expected).max(initial=0.0), nothing), (name, apart)

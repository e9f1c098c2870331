"""A member's result is the same to the bit alone, among others, in any order, with any paths."""

from __future__ import annotations

import numpy as np
import pytest
from building import Building, do
from hypothesis import given, settings
from hypothesis import strategies as st

from localcare.engine import Batch, Overrides, Path, Run, run
from localcare.model.expression import Expression, Time
from localcare.model.spec import ModelSpec, TimeSettings


def lively() -> ModelSpec:
    """A model with every operation whose bits could depend on how many members there are."""
    model = Building(
        {"place": tuple("abcdefg"), "age": tuple("uvw")}, TimeSettings(0, 3, 1 / 8, 1 / 2)
    )
    model.constant("birth", np.linspace(0.01, 0.4, 7), "place")
    model.constant("slope", np.linspace(0.2, 2.2, 21), "place", "age")
    model.constant("power", 1.3)
    model.constant("lever", 0.0)
    model.series("season", [0, 0.7, 1.4, 3], [1, 1.4, 0.8, 1.1])
    model.lookup("effect", [0, 0.5, 1, 3], [1, 0.8, 0.3, 0.1])
    people = model.read("people", "place", "age")
    model.auxiliary("total", model.reduce("sum", ["place", "age"], people))
    model.auxiliary("by_age", model.reduce("sum", ["place"], people), "age")
    model.auxiliary("by_place", model.reduce("sum", ["age"], people), "place")
    model.auxiliary("level", do("add", model.read("power"), model.read("lever")))
    crowding: Expression = do("divide", model.read("by_place", "place"), model.read("total"))
    crowding = do("power", do("add", crowding, 0.1), model.read("level"))
    model.auxiliary("crowding", do("power", do("multiply", crowding, 9.0), 2.0), "place")
    waves = do("sine", do("multiply", model.read("slope", "place", "age"), Time()))
    waves = do("add", waves, do("logarithm", do("add", people, 1.0)))
    waves = do("add", waves, do("hyperbolic_tangent", model.read("crowding", "place")))
    model.auxiliary("waves", do("exponential", do("negate", waves)), "place", "age")
    rate = do("multiply", model.read("birth", "place"), model.read("waves", "place", "age"))
    rate = do("multiply", rate, model.look("effect", model.read("crowding", "place")))
    rate = do("multiply", rate, model.read("season"))
    flow = do("subtract", do("multiply", rate, people), do("multiply", 0.05, people))
    model.stock("people", flow, do("add", 5.0, model.read("slope", "place", "age")), "place", "age")
    return model.spec()


SPEC = lively()


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


def together(numbers: list[int], save: list[str] | None = None) -> Run:
    return run(SPEC, Batch.of(SPEC, [overridden(number) for number in numbers]), save=save)


@pytest.fixture(scope="module")
def alone() -> dict[int, Run]:
    return {number: together([number]) for number in range(20)}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 19), min_size=1, max_size=20),
    st.sampled_from([None, ["people"], ["waves", "level"]]),
)
def test_any_company_in_any_order_with_anything_saved(
    alone: dict[int, Run], numbers: list[int], save: list[str] | None
) -> None:
    found = together(numbers, save)
    for position, number in enumerate(numbers):
        for name, array in found.values.items():
            expected = alone[number].values[name][..., 0]
            np.testing.assert_array_equal(array[..., position], expected, err_msg=name)


@pytest.mark.parametrize("size", [1, 3, 8, 17, 65, 130])
def test_batches_of_many_sizes_and_blocks(alone: dict[int, Run], size: int) -> None:
    numbers = [(7 * i) % 20 for i in range(size)]
    found = together(numbers)
    for position, number in enumerate(numbers):
        for name, array in found.values.items():
            expected = alone[number].values[name][..., 0]
            np.testing.assert_array_equal(array[..., position], expected, err_msg=name)


def test_members_differ_where_their_inputs_do(alone: dict[int, Run]) -> None:
    last = [alone[number].values["people"][-1].tobytes() for number in alone]
    assert len(set(last)) == len(last)


def test_removing_an_override_restores_the_baseline_to_the_bit() -> None:
    baseline = run(SPEC, Batch.of(SPEC, [Overrides()]))
    own = np.linspace(0.01, 0.4, 7)
    still = Path(np.array([0.5, 2.0]), np.array([0.0, 0.0]))
    restored = [
        Overrides({"birth": own}),
        Overrides(paths={"lever": still}),
        Overrides({"birth": own, "power": np.array(1.3)}, {"lever": still}),
    ]
    for batch in ([each] for each in restored):
        found = run(SPEC, Batch.of(SPEC, batch))
        for name, array in baseline.values.items():
            np.testing.assert_array_equal(found.values[name], array, err_msg=name)


def test_a_series_put_on_a_path_through_its_own_points_changes_no_bit() -> None:
    baseline = run(SPEC, Batch.of(SPEC, [Overrides()]))
    own = Path(np.array([0, 0.7, 1.4, 3]), np.array([1, 1.4, 0.8, 1.1]))
    found = run(SPEC, Batch.of(SPEC, [Overrides(paths={"season": own})]))
    for name, array in baseline.values.items():
        np.testing.assert_array_equal(found.values[name], array, err_msg=name)


FUNCTIONS = [
    np.exp, np.log, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh,
    np.tanh,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_numpy_rounds_an_element_alike_wherever_it_stands_in_whole_vectors(
    function: np.ufunc,
) -> None:
    """What the engine relies on: contiguous arrays of a multiple of eight, whatever else is in."""
    draw = np.random.default_rng(1)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e308, -1e308, 1.0, -1.0, 1e6, 1e-9]
    values = np.concatenate([draw.normal(size=500) * 10.0 ** draw.integers(-9, 9, 500), special])
    with np.errstate(all="ignore"):
        alone = np.array([function(np.full(8, value))[0] for value in values])
        for width in (8, 16, 64):
            mixed = np.resize(values, width * (len(values) // width + 1))
            found = function(mixed.reshape(-1, width)).ravel()
            np.testing.assert_array_equal(found[: len(values)], alone)


def test_numpy_rounds_a_power_alike_wherever_it_stands_in_whole_vectors() -> None:
    draw = np.random.default_rng(2)
    bases = np.concatenate([draw.lognormal(sigma=5, size=504), -draw.lognormal(size=8)])
    exponents = np.concatenate([draw.normal(size=496) * 5, np.arange(-4.0, 4.0), np.arange(8.0)])
    with np.errstate(all="ignore"):
        alone = np.array(
            [
                np.power(np.full(8, b), np.full(8, e))[0]
                for b, e in zip(bases, exponents, strict=True)
            ]
        )
        np.testing.assert_array_equal(np.power(bases, exponents), alone)
        order = draw.permutation(512)
        np.testing.assert_array_equal(np.power(bases[order], exponents[order]), alone[order])

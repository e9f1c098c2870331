"""The kernel gives what the reference engine gives: for every function, index, table and input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from building import Building, do
from hypothesis import HealthCheck, given, settings
from kernel_models import assert_agree, both, lively, overridden, tamed
from random_models import models, models_of_sums

from localcare.engine import Batch, Overrides, Path
from localcare.model.expression import FUNCTIONS, Along, Axis, Reduce, Reference, Time
from localcare.model.spec import Component, ModelSpec, TimeSettings

ODD = [-7.5, -1.0, 0.0, 1e-7, 0.3, 0.5, 1.0, 2.0, 7.75, 40.0]


@pytest.mark.parametrize("points", [False, True])
@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_a_model_of_everything(method: str, *, points: bool) -> None:
    spec = lively()
    batch = Batch.of(spec, [overridden(number) for number in range(11)])
    assert_agree(*both(spec, batch, method, points=points))  # type: ignore[arg-type]


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(models())
def test_any_model(spec: ModelSpec) -> None:
    """Random models amplify the last bit of a function by what they subtract, so the bound is
    wider than for models of anything; a wrong index or order is off by far more."""
    spec = tamed(spec)
    batch = Batch.of(spec, [Overrides(), Overrides({"ka": np.array([0.5, 2.5, -1.5])})])
    assert_agree(*both(spec, batch, points=True), tolerance=1e-9)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(models_of_sums())
def test_any_model_of_sums(spec: ModelSpec) -> None:
    """Reductions of the same loops are computed side by side, whatever they number their loops."""
    batch = Batch.of(spec, [Overrides(), Overrides({"ka": np.array([0.5, 2.5, -1.5])})])
    assert_agree(*both(spec, batch, points=True))


@pytest.mark.long
@settings(max_examples=500, deadline=None, suppress_health_check=[*HealthCheck])
@given(models_of_sums())
def test_any_of_many_models_of_sums(spec: ModelSpec) -> None:
    batch = Batch.of(spec, [Overrides(), Overrides({"ka": np.array([0.5, 2.5, -1.5])})])
    assert_agree(*both(spec, batch, points=True))


@pytest.mark.long
@settings(max_examples=500, deadline=None, suppress_health_check=[*HealthCheck])
@given(models())
def test_any_of_many_models(spec: ModelSpec) -> None:
    spec = tamed(spec)
    batch = Batch.of(spec, [Overrides(), Overrides({"ka": np.array([0.5, 2.5, -1.5])})])
    assert_agree(*both(spec, batch, points=True), tolerance=1e-9)


def test_every_function_at_odd_values_whatever_its_arguments_follow_from() -> None:
    model = Building({}, TimeSettings(0.0, 2.0, 0.25, 0.5))
    letters = "abcd"
    for letter in letters:
        model.constant(letter, 0.0)
        model.stock(f"s{letter}", 0.0, model.read(letter))
        model.auxiliary(f"t{letter}", do("add", model.read(letter), do("multiply", 0.0, Time())))
    for function, count in FUNCTIONS.items():
        for kind in ("", "s", "t"):
            own = [model.read(kind + letter) for letter in letters[:count]]
            model.auxiliary(f"{function}_{kind}", do(function, *own))
        if count == 2:
            mixed = (model.read("sa"), model.read("b"))
            model.auxiliary(f"{function}_mixed", do(function, *mixed))
            model.auxiliary(f"{function}_number", do(function, model.read("sa"), 3.0))
    draw = np.random.default_rng(0)
    pairs = [(a, b, 1.0, 0.5) for a in ODD for b in ODD]
    others = draw.choice(ODD, size=(60, 4))
    members = [
        Overrides({letter: np.array(x) for letter, x in zip(letters, values, strict=True)})
        for values in [*pairs, *others]
    ]
    spec = tamed(model.spec())
    assert_agree(*both(spec, Batch.of(spec, members), points=True))


def test_sums_side_by_side_that_number_their_loops_differently() -> None:
    """The second equation has a sum before its double sum, so the outer loop of that has the
    number of the inner loop of the first's. Both go into one nest of loops."""
    model = Building(
        {"place": ("a", "b", "c"), "state": ("u", "v", "w", "x"), "system": ("n", "s")},
        TimeSettings(0.0, 1.0, 0.25, 0.5),
    )
    model.constant("use", np.arange(6.0).reshape(3, 2) + 1.0, "place", "system")
    model.constant("level", 2.0 ** np.arange(12).reshape(3, 4), "place", "state")
    model.stock("people", model.read("level", "place", "state"), 0.5, "place", "state")
    use, people = model.read("use", "place", "system"), model.read("people", "place", "state")
    double = model.reduce("sum", ["place", "state"], do("multiply", use, people))
    model.auxiliary("first", double, "system")
    squared = do("multiply", people, people)
    other = model.reduce("sum", ["place", "state"], do("multiply", use, squared))
    model.auxiliary("second", do("add", model.reduce("sum", ["place"], use), other), "system")
    spec = model.spec()
    assert_agree(*both(spec, Batch.of(spec, [Overrides()]), points=True))


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, -0.5, 1.5])
def test_powers_with_a_literal_exponent(exponent: float) -> None:
    model = Building()
    model.constant("base", 0.0)
    model.stock("s", 0.0, model.read("base"))
    model.auxiliary("x", do("power", model.read("s"), exponent))
    spec = tamed(model.spec())
    batch = Batch.of(spec, [Overrides({"base": np.array(x)}) for x in [*ODD, 1e200, 1e-200]])
    assert_agree(*both(spec, batch))


def test_indices_of_every_form() -> None:
    """Shifted, reversed, repeated and scattered positions, single elements, the same loop twice,
    parts of a dimension, and sums over parts."""
    model = Building({"a": tuple("pqrst"), "b": tuple("uvw")})
    model.constant("square", np.arange(25.0).reshape(5, 5) ** 1.5, "a", "a")
    model.constant("grid", np.arange(15.0) - 4, "a", "b")
    model.stock(
        "s", do("multiply", -0.1, model.read("s", "a", "b")), model.read("grid", "a", "b"), "a", "b"
    )
    axis = model.axes(["a"])[0]

    def along(positions: tuple[int, ...]) -> Along:
        return Along("a", positions)

    def read(*positions: tuple[int, ...]) -> Reference:
        return Reference("square", tuple(along(each) for each in positions))

    natural, back = (0, 1, 2, 3, 4), (4, 3, 2, 1, 0)
    scattered, doubled = (3, 0, 4, 1, 1), (2, 2, 2, 2, 2)
    model.parts("diagonal", [Component((axis,), read(natural, natural))], "a")
    model.parts("mirrored", [Component((axis,), read(natural, back))], "a")
    model.parts("scattered", [Component((axis,), read(scattered, back))], "a")
    model.parts("repeated", [Component((axis,), read(doubled, natural))], "a")
    even, odd = Axis("a", "a", (0, 2, 4)), Axis("a", "a", (1, 3))
    first = Axis("a", "a", (0,))
    shifted = Reference("s", (Along("a", (1, 3)), Along("b", (2, 1, 0))))
    other = Reference("s", (Along("a", (4, 1, 0)), Along("b", (1, 1, 2))))
    columns = model.axes(["b"])
    model.parts(
        "parted",
        [Component((even, *columns), other), Component((odd, *columns), shifted)],
        "a",
        "b",
    )
    model.parts(
        "growing",
        [
            Component((first,), model.read("s", 0, 1)),
            Component(
                (Axis("a", "a", (1, 2, 3, 4)),),
                Reference("diagonal", (along((0, 1, 2, 3)),)),
            ),
        ],
        "a",
    )
    some = Axis("x", "a", (4, 2, 1))
    inner = Axis("y", "b", (2, 0))
    body = Reference("s", (Along("x", (4, 2, 1)), Along("y", (2, 0))))
    for operation in ("sum", "product", "minimum", "maximum"):
        model.auxiliary(operation, Reduce(operation, (some, inner), body))
    nested = Reduce("sum", (some,), do("multiply", Reduce("maximum", (inner,), body), 2.0))
    model.auxiliary("nested", nested)
    single = Reduce(
        "sum", (Axis("x", "a", (3,)),), Reference("s", (Along("x", (3,)), Along("b", (0, 1, 2))))
    )
    model.auxiliary("single", single, "b")
    spec = model.spec()
    draw = np.random.default_rng(3)
    members = [Overrides({"grid": draw.normal(size=(5, 3))}) for _ in range(9)]
    assert_agree(*both(spec, Batch.of(spec, members)))


@pytest.mark.parametrize("mode", ["hold", "extrapolate", "forward", "backward"])
@pytest.mark.parametrize("points", [1, 2, 5, 41, 42, 43, 300])
def test_tables_of_any_length(points: int, mode: str) -> None:
    draw = np.random.default_rng(points)
    model = Building({"a": ("p", "q")}, TimeSettings(0, 1, 1, 1))
    shared, own = np.sort(draw.normal(size=points)), np.sort(draw.normal(size=(2, points)), axis=1)
    model.lookup("plain", shared, draw.normal(size=points))
    model.lookup("many", own, draw.normal(size=(2, points)), "a")
    model.constant("at", 0.0)
    model.stock("s", 0.0, model.read("at"))
    model.auxiliary("x", model.look("plain", model.read("s"), mode=mode))
    model.auxiliary("y", model.look("many", model.read("s"), "a", mode=mode), "a")
    model.auxiliary("z", model.look("many", model.read("at"), 1, mode=mode))
    spec = model.spec()
    between = draw.normal(size=40) * 1.3
    at = [-9.0, 9.0, *between, *shared[:5], *shared[-5:], *own[0, :5], *own[1, -5:]]
    batch = Batch.of(spec, [Overrides({"at": np.array(x)}) for x in at])
    ours, reference = both(spec, batch, points=True)
    for name, expected in reference.items():
        np.testing.assert_array_equal(ours[name], expected, err_msg=name)


POINTS = [
    [0.5],
    [-2, -1],
    [9, 10],
    [0, 1, 2, 3, 4],
    [0.0, 0.25, 0.5, 0.5, 1.0, 1.0 + 1e-9, 1.7, 2.0, 2.0, 3.5],
    [0.3, 0.33, 0.35, 2.1],
]


@pytest.mark.parametrize("start", [0.0, 2019.1])
@pytest.mark.parametrize("method", ["rk4", "euler"])
@pytest.mark.parametrize("how", ["linear", "hold", "next", "raw"])
def test_series_of_every_kind(how: str, method: str, start: float) -> None:
    model = Building({"a": ("p", "q")}, TimeSettings(start, start + 4, 0.1, 0.5))
    for number, points in enumerate(POINTS):
        values = np.random.default_rng(number).normal(size=(2, len(points)))
        own = model.read(f"x{number}", "a")
        model.series(f"x{number}", np.array(points) + start, values, "a", how=how)
        known = do("less", do("absolute", own), 1e9)
        model.auxiliary(f"y{number}", do("if", known, own, -5.0), "a")
        model.stock(f"s{number}", model.read(f"y{number}", "a"), 0.0, "a")
    spec = model.spec()
    ours, reference = both(spec, Batch.of(spec, [Overrides()]), method)  # type: ignore[arg-type]
    for number in range(len(POINTS)):  # not a number between the points of a raw series
        del ours[f"x{number}"], reference[f"x{number}"]
    assert_agree(ours, reference)


@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_paths_of_any_shape(method: str) -> None:
    model = Building({"a": ("p", "q", "r")}, TimeSettings(0.0, 3.0, 0.1, 0.5))
    model.constant("x", [1, 2, 3], "a")
    model.constant("y", 5.0)
    model.series("z", [0, 3], [1, 2])
    model.auxiliary("level", do("multiply", model.read("x", "a"), model.read("y")), "a")
    model.auxiliary("power", do("power", model.read("level", "a"), 0.3), "a")
    change = do("multiply", model.read("power", "a"), model.read("z"))
    model.stock("s", change, do("add", model.read("y"), model.read("z")), "a")
    spec = model.spec()
    draw = np.random.default_rng(8)
    members = []
    for _ in range(20):
        paths = {}
        for name, shape in (("x", (3,)), ("y", ()), ("z", ())):
            if draw.random() < 0.7:
                count = int(draw.integers(1, 6))
                times = np.sort(draw.choice([-1.0, 0.0, 0.7, 1.0, 1.05, 2.0, 2.0, 5.0], count))
                values = draw.choice([0.5, 1.0, 2.0], (*shape, count))
                paths[name] = Path(times, values)
        members.append(Overrides({}, paths))
    ours, reference = both(spec, Batch.of(spec, members), method)  # type: ignore[arg-type]
    assert_agree(ours, reference)


def test_what_is_constant_is_saved_to_the_bit() -> None:
    spec = lively()
    ours, _ = both(spec, Batch.of(spec, [overridden(0), overridden(1)]))
    expected = overridden(1).constants["power"] + 0.0
    assert set(ours["level"][:, 1].tolist()) == {float(expected)}


def test_a_mean_is_what_makes_stocks_gain() -> None:
    spec = lively()
    ours, _ = both(spec, Batch.of(spec, [overridden(1)]))
    gained = np.diff(ours["passed"][:, 0])
    assert gained == pytest.approx(ours["total"][:, 0] * 0.5, rel=1e-13)
    assert math.isfinite(gained.sum())


@pytest.mark.parametrize("points", [False, True])
def test_a_model_without_stocks(*, points: bool) -> None:
    model = Building()
    model.constant("rate", 2.0)
    model.auxiliary("x", do("multiply", model.read("rate"), Time()))
    model.auxiliary("y", do("power", model.read("rate"), 0.3))
    spec = model.spec()
    assert_agree(*both(spec, Batch.of(spec, [Overrides()]), points=points))


def test_a_model_of_a_stock_alone() -> None:
    model = Building()
    model.stock("s", do("negate", model.read("s")), 1.0)
    spec = model.spec()
    assert_agree(*both(spec, Batch.of(spec, [Overrides()] * 3)))

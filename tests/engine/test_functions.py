"""Every function of an expression, at values worked out by hand from `engine.semantics`."""

from __future__ import annotations

import math

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides, run
from localcare.model.expression import FUNCTIONS, Time
from localcare.model.spec import TimeSettings

CASES: list[tuple[str, tuple[float, ...], float]] = [
    ("add", (2, 3), 5),
    ("subtract", (2, 3), -1),
    ("multiply", (2, 3), 6),
    ("divide", (3, 2), 1.5),
    ("power", (2, 10), 1024),
    ("power", (9, 0.5), 3),
    ("power", (0, 0), 1),
    ("negate", (2,), -2),
    ("equal", (2, 2), 1),
    ("equal", (2, 3), 0),
    ("not_equal", (2, 3), 1),
    ("less", (2, 3), 1),
    ("less", (3, 3), 0),
    ("less_equal", (3, 3), 1),
    ("greater", (3, 2), 1),
    ("greater", (3, 3), 0),
    ("greater_equal", (3, 3), 1),
    ("and", (2, -1), 1),
    ("and", (2, 0), 0),
    ("or", (0, 0.5), 1),
    ("or", (0, 0), 0),
    ("not", (0,), 1),
    ("not", (0.3,), 0),
    ("if", (1, 7, 8), 7),
    ("if", (0, 7, 8), 8),
    ("minimum", (2, 3), 2),
    ("maximum", (2, 3), 3),
    ("absolute", (-2.5,), 2.5),
    ("integer", (2.7,), 2),
    ("integer", (-2.7,), -2),
    ("modulo", (7, 3), 1),
    ("modulo", (-7, 3), -1),
    ("modulo", (7.5, 2), 1.5),
    ("quantum", (7.5, 2), 6),
    ("quantum", (-7.5, 2), -6),
    ("quantum", (7.5, 0), 7.5),
    ("exponential", (1,), math.e),
    ("logarithm", (math.e,), 1),
    ("square_root", (16,), 4),
    ("sine", (math.pi / 6,), 0.5),
    ("cosine", (math.pi / 3,), 0.5),
    ("tangent", (math.pi / 4,), 1),
    ("arcsine", (0.5,), math.pi / 6),
    ("arccosine", (0.5,), math.pi / 3),
    ("arctangent", (1,), math.pi / 4),
    ("hyperbolic_sine", (math.log(2),), 0.75),
    ("hyperbolic_cosine", (math.log(2),), 1.25),
    ("hyperbolic_tangent", (math.log(2),), 0.6),
    ("xidz", (6, 3, 9), 2),
    ("xidz", (6, 0, 9), 9),
    ("xidz", (6, 9e-7, 9), 9),
    ("xidz", (6, -9e-7, 9), 9),
    ("zidz", (6, 3), 2),
    ("zidz", (6, 0), 0),
]
#: What depends on time: arguments, and the value at times 0, 1, 2, ... with steps of 1.
TIMED: list[tuple[str, tuple[float, ...], list[float]]] = [
    ("step", (5, 2), [0, 0, 5, 5, 5]),
    ("step", (5, 2.4), [0, 0, 5, 5, 5]),
    ("step", (5, 2.6), [0, 0, 0, 5, 5]),
    ("ramp", (2, 1, 3), [0, 0, 2, 4, 4]),
    ("pulse", (1, 2), [0, 1, 1, 0, 0]),
    ("pulse", (1, 0), [0, 1, 0, 0, 0]),
    # A pulse that begins at the end lasts a step; one that began before it ends with it.
    ("pulse_train", (0, 1, 2, 4), [1, 0, 1, 0, 1]),
    ("pulse_train", (0, 1, 2, 3.9), [1, 0, 1, 0, 0]),
    ("pulse_train", (0, 3, 4, 1), [1, 1, 0, 0, 0]),
    ("pulse_train", (1, 1, 3, 9), [0, 1, 0, 0, 1]),
]


def test_no_function_is_left_out() -> None:
    assert {name for name, *_ in (*CASES, *TIMED)} == set(FUNCTIONS)


@pytest.mark.parametrize(("function", "arguments", "expected"), CASES)
@pytest.mark.parametrize("as_numbers", [True, False], ids=["numbers", "variables"])
def test_a_function_has_the_value_worked_out(
    function: str, arguments: tuple[float, ...], expected: float, *, as_numbers: bool
) -> None:
    model = Building({"a": ("p", "q")})
    for position, value in enumerate(arguments):
        model.constant(f"k{position}", [value, value], "a")
    operands = [
        value if as_numbers else model.read(f"k{position}", "a")
        for position, value in enumerate(arguments)
    ]
    model.auxiliary("x", do(function, *operands), "a")
    found = run(model.spec(), Batch.of(model.spec(), [Overrides()])).values["x"]
    assert found[0, :, 0] == pytest.approx([expected, expected], rel=1e-15, abs=1e-15)


@pytest.mark.parametrize(("function", "arguments", "expected"), TIMED)
def test_a_function_of_time_has_the_values_worked_out(
    function: str, arguments: tuple[float, ...], expected: list[float]
) -> None:
    model = Building(time=TimeSettings(0, 4, 1, 1))
    model.auxiliary("x", do(function, *arguments))
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()]), method="euler", points=True)
    assert found.values["x"][:, 0].tolist() == expected


def test_what_jumps_holds_for_all_stages_of_a_step() -> None:
    model = Building(time=TimeSettings(0, 4, 1, 1))
    model.stock("level", do("step", 5, 2), 0)
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()]), method="rk4").values["level"]
    assert found[:, 0] == pytest.approx([0, 0, 0, 5, 10], abs=1e-14)


def test_time_is_that_of_the_stage() -> None:
    model = Building(time=TimeSettings(2019, 2021, 0.5, 1))
    model.auxiliary("now", Time())
    spec = model.spec()
    batch = Batch.of(spec, [Overrides()])
    assert run(spec, batch, points=True).values["now"][:, 0].tolist() == [2019, 2020, 2021]
    assert run(spec, batch).values["now"][:, 0] == pytest.approx([2019.5, 2020.5], rel=1e-15)
    assert run(spec, batch, method="euler").values["now"][:, 0].tolist() == [2019.25, 2020.25]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("hold", [10, 10, 15, 20, 40, 40, 40]),
        ("extrapolate", [5, 10, 15, 20, 40, 50, 60]),
        ("forward", [10, 10, 20, 20, 40, 40, 40]),
        ("backward", [10, 10, 10, 20, 40, 40, 40]),
    ],
)
def test_a_lookup_is_read_as_its_mode_says(mode: str, expected: list[float]) -> None:
    model = Building({"a": tuple("abcdefg")})
    model.lookup("table", [0, 1, 3], [10, 20, 40])
    model.constant("at", [-0.5, 0, 0.5, 1, 3, 4, 5], "a")
    model.auxiliary("x", model.look("table", model.read("at", "a"), mode=mode), "a")
    spec = model.spec()
    assert run(spec, Batch.of(spec, [Overrides()])).values["x"][0, :, 0].tolist() == expected


def test_elements_of_a_lookup_have_points_of_their_own() -> None:
    model = Building({"a": ("p", "q")})
    model.lookup("table", [[0, 1, 2], [0, 10, 20]], [[0, 1, 2], [0, 1, 2]], "a")
    model.auxiliary("x", model.look("table", do("add", 0.5, 0.0), "a"), "a")
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()])).values["x"]
    assert found[0, :, 0] == pytest.approx([0.5, 0.05])


@pytest.mark.parametrize("members", [1, 2, 8, 9])
@pytest.mark.parametrize("count", [2, 4, 5, 40, 300])
def test_a_sum_adds_its_elements_one_after_the_other(members: int, count: int) -> None:
    values = np.random.default_rng(3).lognormal(sigma=20, size=(count, 3))
    model = Building({"a": tuple(f"a{i}" for i in range(count)), "b": ("p", "q", "r")})
    model.constant("k", values, "a", "b")
    model.auxiliary("over_a", model.reduce("sum", ["a"], model.read("k", "a", "b")), "b")
    model.auxiliary("over_b", model.reduce("sum", ["b"], model.read("k", "a", "b")), "a")
    model.auxiliary("rows", model.reduce("sum", ["a", "b"], model.read("k", "a", "b")))
    model.auxiliary("columns", model.reduce("sum", ["b", "a"], model.read("k", "a", "b")))
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()] * members)).values

    def one_by_one(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        total = float(numbers[0])
        for number in numbers[1:]:
            total += float(number)
        return total

    for member in range(members):
        assert found["over_a"][0, :, member].tolist() == [
            one_by_one(values[:, i]) for i in range(3)
        ]
        assert found["over_b"][0, :, member].tolist() == [one_by_one(row) for row in values]
        assert found["rows"][0, member] == one_by_one(values.ravel())
        assert found["columns"][0, member] == one_by_one(values.T.ravel())

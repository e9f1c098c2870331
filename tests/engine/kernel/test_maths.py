"""The kernel's own functions: within 2 units in the last place wherever they are defined, right in
every special case, and the same bits in 1, 4 and 8 lanes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import mpmath
import numpy as np
import pytest
from compiled_function import compiled
from mpmath import mpf

from localcare.engine.kernel.functions import FUNCTIONS_OF_REALS

SAMPLES = 400
MOST_ULPS = 2.0
TRUE: dict[str, Callable[..., mpf]] = {
    "exponential": mpmath.exp,
    "logarithm": mpmath.log,
    "power": mpmath.power,
    "sine": mpmath.sin,
    "cosine": mpmath.cos,
    "tangent": mpmath.tan,
    "arcsine": mpmath.asin,
    "arccosine": mpmath.acos,
    "arctangent": mpmath.atan,
    "hyperbolic_sine": mpmath.sinh,
    "hyperbolic_cosine": mpmath.cosh,
    "hyperbolic_tangent": mpmath.tanh,
    "remainder": lambda a, b: mpmath.sign(a) * mpmath.fmod(abs(a), abs(b)),
}
NUMPY: dict[str, np.ufunc] = {
    "exponential": np.exp,
    "logarithm": np.log,
    "power": np.power,
    "sine": np.sin,
    "cosine": np.cos,
    "tangent": np.tan,
    "arcsine": np.arcsin,
    "arccosine": np.arccos,
    "arctangent": np.arctan,
    "hyperbolic_sine": np.sinh,
    "hyperbolic_cosine": np.cosh,
    "hyperbolic_tangent": np.tanh,
    "remainder": np.fmod,
}
SPECIAL = np.array([
    0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, -2.5, math.inf, -math.inf, math.nan, 5e-324,
    -5e-324, 2.2e-308, 1e-310, -1e-310, 1e308, -1e308, 1.7976931348623157e308, 2.0**53,
    2.0**53 + 2, -(2.0**53), 2.0**54, 1e22, 709.78, 709.79, -745.1, -745.2, 710.4, 710.48,
    1 + 2.0**-52, 1 - 2.0**-53, -1 - 2.0**-52, -1 + 2.0**-53, 1023, -1022, -1074, 1e-20,
])  # fmt: skip


@cache
def ours(name: str, lanes: int) -> Callable[..., np.ndarray]:
    return compiled(name, lanes, 2 if name in ("power", "remainder") else 1)


def ulps(found: float, true: mpf) -> float:
    """How many units in the last place of the true value lie between."""
    if math.isnan(found):
        return math.inf
    if abs(true) >= mpf(2) ** 1024 - mpf(2) ** 970:
        return 0.0 if math.isinf(found) and (found > 0) == (true > 0) else math.inf
    if math.isinf(found):
        return math.inf
    return float(abs(mpf(found) - true) / mpf(math.ulp(float(true))))


def any_bits(draw: np.random.Generator, count: int) -> np.ndarray:
    """Doubles of every size, subnormals included."""
    found = draw.integers(0, 2**64, count, dtype=np.uint64).view(np.float64)
    return found[np.isfinite(found)]


def arguments(name: str) -> tuple[np.ndarray, ...]:
    """Arguments over a function's whole range, and closely where it is hard."""
    draw = np.random.default_rng(sorted(TRUE).index(name))
    n = SAMPLES
    if name == "power":
        bases = [10.0 ** draw.uniform(-300, 300, n), draw.uniform(0.5, 2, 3 * n)]
        bases += [
            1 + draw.normal(size=n) * 1e-5,
            draw.uniform(0, 20, n),
            draw.uniform(0, 1e-308, n),
        ]
        exponents = [draw.uniform(-1, 1, n), draw.uniform(-1000, 1000, 3 * n)]
        exponents += [draw.uniform(-7e7, 7e7, n), draw.uniform(-5, 5, n), draw.uniform(-1, 1, n)]
        negative = -draw.uniform(0, 20, n), draw.integers(-50, 50, n).astype(float)
        return np.concatenate([*bases, negative[0]]), np.concatenate([*exponents, negative[1]])
    if name == "remainder":
        return any_bits(draw, 4 * n)[: 3 * n], any_bits(draw, 4 * n)[: 3 * n]
    found = [any_bits(draw, n), draw.normal(size=n), 10.0 ** draw.uniform(-8, 8, n)]
    if name == "exponential":
        found += [draw.uniform(-746, 711, 3 * n), draw.uniform(-745.2, -708, n)]
    if name == "logarithm":
        found = [np.abs(x) for x in found]
        found += [draw.uniform(0.5, 2, 3 * n), 1 + draw.normal(size=n) * 1e-6]
    if name in ("sine", "cosine", "tangent"):
        near = draw.integers(-(10**6), 10**6, n) * (math.pi / 2)
        far = draw.integers(-(2**40), 2**40, n) * (math.pi / 2)
        found += [draw.uniform(-10, 10, 3 * n), near, far, draw.uniform(-(2.0**28), 2.0**28, n)]
    if name in ("arcsine", "arccosine"):
        found = [draw.uniform(-1, 1, 3 * n), draw.uniform(-0.51, 0.51, n)]
        close = 10.0 ** draw.uniform(-16, 0, n)
        found += [1 - close, close - 1, close * 1e-200]
    if name.startswith("hyperbolic"):
        found += [draw.uniform(-711, 711, n), draw.uniform(-1.2, 1.2, 3 * n)]
        found += [draw.uniform(-20, 20, n)]
    return (np.concatenate(found),)


def test_every_function_of_the_kernel_is_tested() -> None:
    assert set(FUNCTIONS_OF_REALS) == set(TRUE) == set(NUMPY)


@pytest.mark.parametrize("name", TRUE)
def test_within_two_units_in_the_last_place(name: str) -> None:
    given = arguments(name)
    found = ours(name, 8)(*given)
    exact = name == "remainder"
    with mpmath.workprec(2200 if exact else 180):
        errors = [
            ulps(float(value), TRUE[name](*(mpf(float(x)) for x in point)))
            for value, *point in zip(found, *given, strict=True)
        ]
    worst = int(np.argmax(errors))
    assert errors[worst] <= (0.0 if exact else MOST_ULPS), [float(x[worst]) for x in given]


@pytest.mark.parametrize("name", TRUE)
def test_zeros_infinities_nan_and_the_ends_of_the_range(name: str) -> None:
    given: tuple[np.ndarray, ...] = (SPECIAL,)
    if name in ("power", "remainder"):
        given = tuple(np.ravel(each) for each in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        expected = NUMPY[name](*given)
        found = ours(name, 8)(*given)
        close = np.abs(found - expected) <= 3 * np.abs(np.spacing(expected))
    same = (found == expected) & (np.signbit(found) == np.signbit(expected))
    right = same | close | (np.isnan(found) & np.isnan(expected))
    wrong = [tuple(float(x[i]) for x in (*given, found, expected)) for i in np.flatnonzero(~right)]
    assert not wrong


@pytest.mark.parametrize("name", TRUE)
def test_lanes_and_neighbours_change_no_bit(name: str) -> None:
    given = arguments(name)
    expected = ours(name, 8)(*given).view(np.int64)
    for lanes in (1, 4):
        np.testing.assert_array_equal(ours(name, lanes)(*given).view(np.int64), expected)
    order = np.random.default_rng(5).permutation(given[0].size)
    shuffled = ours(name, 8)(*(np.ascontiguousarray(x[order]) for x in given))
    np.testing.assert_array_equal(shuffled.view(np.int64), expected[order])

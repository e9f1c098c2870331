"""Hyperbolic sine, cosine and tangent, from the exponential and, near 0, from their own series."""

from __future__ import annotations

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.maths import exponential, exponential_parts, scaled

__all__ = ["hyperbolic_cosine", "hyperbolic_sine", "hyperbolic_tangent"]

#: (sinh(x) / x - 1) / x**2 in powers of x**2 for |x| <= 1; error 2**-56.
SINE = (
    7.746178593018827e-13,
    1.6057679623801638e-10,
    2.5052117695907823e-08,
    2.7557319191381816e-06,
    0.00019841269841324198,
    0.008333333333333299,
    0.16666666666666666,
)
#: (tanh(x) / x - 1) / x**2 in powers of x**2 for |x| <= 0.6; error 2**-57.
TANGENT = (
    6.934046420988954e-06,
    -3.2086614037935994e-05,
    9.332432233847448e-05,
    -0.00023795201383924994,
    0.0005897680994688268,
    -0.0014557958855734635,
    0.0035921242500086925,
    -0.008863235292803289,
    0.021869488527368107,
    -0.05396825396808531,
    0.13333333333333205,
    -0.3333333333333333,
)


def hyperbolic_sine(code: Arithmetic, x: str) -> str:
    """sinh(x)."""
    size = code.absolute(x)
    half, quarter = _half_exponential(code, size)
    far = code.subtract(half, quarter)
    near = _near_zero(code, size, SINE)
    small = code.compare("ole", size, code.number(1.0))
    return code.copy_sign(code.choose(small, near, far), x)


def hyperbolic_cosine(code: Arithmetic, x: str) -> str:
    """cosh(x)."""
    return code.add(*_half_exponential(code, code.absolute(x)))


def hyperbolic_tangent(code: Arithmetic, x: str) -> str:
    """tanh(x)."""
    number = code.number
    size = code.absolute(x)
    below = code.add(exponential(code, code.add(size, size)), number(1.0))
    far = code.subtract(number(1.0), code.divide(number(2.0), below))
    near = _near_zero(code, size, TANGENT)
    small = code.compare("ole", size, number(0.6))
    return code.copy_sign(code.choose(small, near, far), x)


def _half_exponential(code: Arithmetic, size: str) -> tuple[str, str]:
    """e**size / 2, which overflows only where sinh does, and e**-size / 2."""
    p, exponent = exponential_parts(code, size)
    half = scaled(code, p, code.bitwise("sub", exponent, code.integer(1)))
    return half, code.divide(code.number(0.25), half)


def _near_zero(code: Arithmetic, x: str, coefficients: tuple[float, ...]) -> str:
    z = code.multiply(x, x)
    return code.fused(code.multiply(x, z), code.polynomial(z, *coefficients), x)

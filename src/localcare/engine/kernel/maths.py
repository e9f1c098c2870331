"""Exponential, logarithm and power: our own, so that every machine and lane gives the same bits.

Each takes reals of any value, subnormals, infinities and NaN included, and is within 2 units in
the last place of the true result (a test holds it to that). The polynomials were fitted at
Chebyshev nodes in extended precision, leading coefficients fixed where the comment says so.
"""

from __future__ import annotations

import math

from localcare.engine.kernel.arithmetic import Arithmetic

__all__ = [
    "LN2_HIGH",
    "LN2_LOW",
    "exponential",
    "exponential_parts",
    "logarithm",
    "power",
    "scaled",
]

LOG2_E = float.fromhex("0x1.71547652b82fep+0")
LN2 = float.fromhex("0x1.62e42fefa39efp-1")
LN2_REST = float.fromhex("0x1.abc9e3b39803fp-56")
#: ln 2 in two parts, the first with 11 zero bits at its end: exact times any exponent.
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
SMALLEST_NORMAL = 2.0**-1022

#: (e**r - 1 - r - r**2 / 2) / r**3 for |r| <= ln 2 / 2; relative error of e**r 2**-60.
EXPONENTIAL = (
    2.0911238970389346e-09,
    2.5100388772450645e-08,
    2.755728296462998e-07,
    2.7557268453107527e-06,
    2.4801587317147666e-05,
    0.00019841269863058052,
    0.0013888888888886552,
    0.008333333333330062,
    0.041666666666666664,
    0.16666666666666669,
)
#: (log((1 + s) / (1 - s)) / s - 2) / s**2 in powers of s**2, for s as `_mantissa` gives it;
#: relative error of the logarithm 2**-57.
LOGARITHM = (
    0.14616721179861816,
    0.15331699633543858,
    0.18182889786191042,
    0.2222221112572281,
    0.28571428626031065,
    0.3999999999989938,
    0.666666666666667,
)
#: The same less its first term 2/3, divided once more by s**2; relative error 2**-66.
LOGARITHM_TAIL = (
    0.11723306234080849,
    0.11706224135460942,
    0.13334805149611875,
    0.15384594954137945,
    0.1818181833547124,
    0.2222222222165554,
    0.2857142857142937,
    0.4,
)
TWO_THIRDS = float.fromhex("0x1.5555555555555p-1")
TWO_THIRDS_REST = float.fromhex("0x1.5555555555555p-55")


def exponential(code: Arithmetic, x: str) -> str:
    """e**x."""
    return scaled(code, *exponential_parts(code, x))


def exponential_parts(code: Arithmetic, x: str, rest: str | None = None) -> tuple[str, str]:
    """A real p and bits k with e**(x + rest) = p * 2**k, for a `rest` far smaller than x."""
    number = code.number
    # Beyond these the result is 0 or infinite in any case. NaN passes both comparisons.
    x = code.choose(code.compare("olt", x, number(-746.0)), number(-746.0), x)
    x = code.choose(code.compare("ogt", x, number(711.0)), number(711.0), x)
    times, bits = code.rounded(code.multiply(x, number(LOG2_E)))
    less = code.negate(times)
    r = code.fused(less, number(LN2), x)
    r = code.fused(less, number(LN2_REST), r)
    if rest is not None:
        r = code.add(r, rest)
    square = code.multiply(r, r)
    tail = code.fused(code.polynomial(r, *EXPONENTIAL), r, number(0.5))
    return code.add(number(1.0), code.fused(tail, square, r)), bits


def scaled(code: Arithmetic, p: str, exponent: str) -> str:
    """P * 2**exponent, in two steps so that results at both ends are rounded only once."""
    half = code.bitwise("ashr", exponent, code.integer(1))
    other = code.bitwise("sub", exponent, half)
    return code.multiply(code.multiply(p, code.power_of_two(half)), code.power_of_two(other))


def _mantissa(code: Arithmetic, x: str) -> tuple[str, str]:
    """Reals m between the square roots of 1/2 and 2, and whole k, with x = m * 2**k for any
    positive finite x."""
    small = code.compare("olt", x, code.number(SMALLEST_NORMAL))
    x = code.choose(small, code.multiply(x, code.number(2.0**54)), x)
    correction = code.choose(small, code.number(-54.0), code.number(0.0))
    bits = code.as_bits(x)
    exponent = code.bitwise(
        "ashr", code.bitwise("sub", bits, code.integer(ROOT_HALF_BITS)), code.integer(52)
    )
    mantissa = code.bitwise("sub", bits, code.bitwise("shl", exponent, code.integer(52)))
    return code.from_bits(mantissa), code.add(code.whole(exponent), correction)


def logarithm(code: Arithmetic, x: str) -> str:
    """The natural logarithm of x."""
    number = code.number
    m, k = _mantissa(code, x)
    f = code.subtract(m, number(1.0))
    s = code.divide(f, code.add(f, number(2.0)))
    z = code.multiply(s, s)
    series = code.multiply(code.polynomial(z, *LOGARITHM), z)
    # log(1 + f) = f - (f**2 / 2 - s * (f**2 / 2 + series)); f is exact, the rest is small.
    half = code.multiply(code.multiply(f, f), number(0.5))
    rest = code.fused(s, code.add(half, series), code.multiply(k, number(LN2_LOW)))
    value = code.fused(k, number(LN2_HIGH), code.subtract(f, code.subtract(half, rest)))
    infinity = number(math.inf)
    special = code.choose(
        code.compare("oeq", x, number(0.0)),
        number(-math.inf),
        code.choose(code.compare("oeq", x, infinity), infinity, number(math.nan)),
    )
    ordinary = code.both(code.compare("ogt", x, number(0.0)), code.compare("olt", x, infinity))
    return code.choose(ordinary, value, special)


def _long_logarithm(code: Arithmetic, x: str) -> tuple[str, str]:
    """The natural logarithm of a positive finite x in two parts, to about 2**-64."""
    number, fused, multiply, add = code.number, code.fused, code.multiply, code.add
    m, k = _mantissa(code, x)
    f = code.subtract(m, number(1.0))
    # s = f / (m + 1) in two parts; the sum needs a part of its own.
    d = add(m, number(1.0))
    d_rest = code.subtract(m, code.subtract(d, number(1.0)))
    inverse = code.divide(number(1.0), d)
    s = multiply(f, inverse)
    less = code.negate(s)
    s_rest = multiply(fused(less, d_rest, fused(less, d, f)), inverse)
    # The square of s.
    z = multiply(s, s)
    z_rest = fused(add(s, s), s_rest, fused(s, s, code.negate(z)))
    # u = 2/3 + z * (2/5 + ...), and v = z * u
    u, u_rest = code.two_sum(number(TWO_THIRDS), multiply(code.polynomial(z, *LOGARITHM_TAIL), z))
    u_rest = add(u_rest, number(TWO_THIRDS_REST))
    v = multiply(z, u)
    v_rest = fused(z_rest, u, fused(z, u_rest, fused(z, u, code.negate(v))))
    # w = s * v, and the logarithm is k * ln 2 + 2 * s + w
    w = multiply(s, v)
    w_rest = fused(s_rest, v, fused(s, v_rest, fused(s, v, code.negate(w))))
    high, rest = code.two_sum(multiply(k, number(LN2_HIGH)), add(s, s))
    high, more = code.two_sum(high, w)
    rest = add(add(rest, more), fused(k, number(LN2_LOW), add(w_rest, add(s_rest, s_rest))))
    return code.two_sum(high, rest)


def power(code: Arithmetic, x: str, y: str) -> str:
    """x**y, in every special case as IEEE 754 has it: x**0 and 1**y are 1 whatever x and y are, a
    negative x has a power only for whole y."""
    number, choose, compare = code.number, code.choose, code.compare
    zero, one, infinity = number(0.0), number(1.0), number(math.inf)
    size = code.absolute(x)
    high, rest = _long_logarithm(code, size)
    ordinary = code.both(compare("ogt", size, zero), compare("olt", size, infinity))
    ends = choose(compare("oeq", size, zero), number(-math.inf), size)
    high = choose(ordinary, high, ends)
    product = code.multiply(y, high)
    # Where the product is out of range the result is 0 or infinite; its rest may be NaN there.
    within = code.both(ordinary, compare("olt", code.absolute(product), number(800.0)))
    lost = code.fused(y, rest, code.fused(y, high, code.negate(product)))
    lost = choose(within, lost, zero)
    value = scaled(code, *exponential_parts(code, product, lost))
    # The sign: negative for a negative x (or -0) and an odd y; NaN for a y that is not whole.
    whole = compare("oeq", code.floor_of(y), y)
    half = code.multiply(y, number(0.5))
    odd = code.both(whole, compare("une", code.floor_of(half), half))
    value = choose(odd, code.copy_sign(value, x), value)
    below = code.both(compare("olt", x, zero), compare("olt", size, infinity))
    value = choose(code.both(below, code.opposite(whole)), number(math.nan), value)
    unity = code.either(compare("oeq", y, zero), compare("oeq", x, one))
    minus = code.both(compare("oeq", size, one), compare("oeq", code.absolute(y), infinity))
    return choose(code.either(unity, minus), one, value)

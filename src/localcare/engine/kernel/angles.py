"""Sine, cosine and tangent for arguments of any size, and their inverses.

An argument is brought to within pi/4 of a multiple of pi/2. Up to 2**27 that is done for all lanes
at once, with pi/2 in three parts; beyond, lane by lane, with as many digits of 2/pi as a double
can call for (Payne and Hanek's method). A lane's own argument decides, so its bits do not depend
on its neighbours.
"""

from __future__ import annotations

import math

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.large_angles import LARGE, define_large_reduction

__all__ = ["arccosine", "arcsine", "arctangent", "cosine", "sine", "tangent"]

TWO_OVER_PI = float.fromhex("0x1.45f306dc9c883p-1")
HALF_PI = float.fromhex("0x1.921fb54442d18p+0")
HALF_PI_REST = float.fromhex("0x1.1a62633145c07p-54")
HALF_PI_LAST = float.fromhex("-0x1.f1976b7ed8fbcp-110")
TAN_EIGHTH = 0.41421356237309503  # tan(pi/8)
TAN_LAST = 2.414213562373095  # tan(3 pi/8)

#: (sin(r) / r - 1) / r**2 in powers of r**2 for |r| <= pi/4; error 2**-57.
SINE = (
    -7.586685070091267e-13,
    1.605853141458901e-10,
    -2.5052106231157904e-08,
    2.7557319219335453e-06,
    -0.0001984126984126506,
    0.008333333333333331,
    -0.16666666666666666,
)
#: (cos(r) - 1 + r**2 / 2) / r**4 in powers of r**2; error 2**-59.
COSINE = (
    -1.1382614868556325e-11,
    2.0876146024689747e-09,
    -2.7557317270560326e-07,
    2.4801587298763433e-05,
    -0.0013888888888887395,
    0.041666666666666664,
)
#: (atan(u) / u - 1) / u**2 in powers of u**2 for |u| <= tan(pi/8); error 2**-58.
ARCTANGENT = (
    0.016282993238924487,
    -0.034568068014968874,
    0.0455149623749493,
    -0.052304330074828924,
    0.05878926110528101,
    -0.06666424634599337,
    0.07692296361048218,
    -0.09090908753017178,
    0.11111111105145725,
    -0.14285714285659729,
    0.19999999999999804,
    -0.3333333333333333,
)
#: (asin(u) / u - 1) / u**2 in powers of u**2 for |u| <= 1/2; error 2**-57.
ARCSINE = (
    0.028757851367421566,
    -0.014851887071247204,
    0.01740087944269402,
    0.005457506718640358,
    0.01032281435018578,
    0.011479177415184906,
    0.013971212973552933,
    0.017352392720869973,
    0.02237217294214989,
    0.030381944138531247,
    0.04464285714635543,
    0.07499999999998433,
    0.16666666666666669,
)


def sine(code: Arithmetic, x: str) -> str:
    """sin(x); NaN for an infinite x."""
    r, rest, quadrant = _reduced(code, x)
    value, _ = _turned(code, r, rest, quadrant)
    return _finite_only(code, x, value)


def cosine(code: Arithmetic, x: str) -> str:
    """cos(x); NaN for an infinite x."""
    r, rest, quadrant = _reduced(code, x)
    value, _ = _turned(code, r, rest, code.bitwise("add", quadrant, code.integer(1)))
    return _finite_only(code, x, value)


def tangent(code: Arithmetic, x: str) -> str:
    """tan(x); NaN for an infinite x."""
    r, rest, quadrant = _reduced(code, x)
    above, above_rest = _turned(code, r, rest, quadrant)
    below, below_rest = _turned(code, r, rest, code.bitwise("add", quadrant, code.integer(1)))
    value = code.divide(above, below)
    less = code.negate(value)
    left = code.fused(less, below_rest, code.add(code.fused(less, below, above), above_rest))
    value = code.add(value, code.divide(left, below))
    # The correction loses the sign of a zero.
    value = code.choose(code.compare("oeq", x, code.number(0.0)), x, value)
    return _finite_only(code, x, value)


def _finite_only(code: Arithmetic, x: str, value: str) -> str:
    infinite = code.compare("oeq", code.absolute(x), code.number(math.inf))
    return code.choose(infinite, code.number(math.nan), value)


def _turned(code: Arithmetic, r: str, rest: str, quadrant: str) -> tuple[str, str]:
    """sin(r + rest + quadrant * pi/2) in two parts."""
    odd = _bit_set(code, quadrant, 1)
    a, a_rest = _sine_near_zero(code, r, rest)
    b, b_rest = _cosine_near_zero(code, r, rest)
    value, value_rest = code.choose(odd, b, a), code.choose(odd, b_rest, a_rest)
    behind = _bit_set(code, quadrant, 2)
    return (
        code.choose(behind, code.negate(value), value),
        code.choose(behind, code.negate(value_rest), value_rest),
    )


def _bit_set(code: Arithmetic, bits: str, bit: int) -> str:
    one = code.bitwise("and", bits, code.integer(bit))
    return code.pure(f"icmp ne {code.lanes.bits} {one}, {code.integer(0)}", one)


def _sine_near_zero(code: Arithmetic, r: str, rest: str) -> tuple[str, str]:
    z = code.multiply(r, r)
    cubic = code.multiply(code.multiply(r, z), code.polynomial(z, *SINE))
    slope = code.fused(z, code.number(-0.5), code.number(1.0))
    return code.two_sum(r, code.fused(rest, slope, cubic))


def _cosine_near_zero(code: Arithmetic, r: str, rest: str) -> tuple[str, str]:
    z = code.multiply(r, r)
    square_rest = code.fused(r, r, code.negate(z))
    high, low = code.two_sum(code.number(1.0), code.multiply(z, code.number(-0.5)))
    low = code.fused(code.number(-0.5), square_rest, low)
    low = code.fused(code.negate(r), rest, low)
    quartic = code.multiply(code.multiply(z, z), code.polynomial(z, *COSINE))
    return code.two_sum(high, code.add(quartic, low))


def _reduced(code: Arithmetic, x: str) -> tuple[str, str, str]:
    """Reals r + rest within pi/4 of 0 and bits k with x = r + rest + k * pi/2."""
    lanes, number = code.lanes, code.number
    times, quadrant = code.rounded(code.multiply(x, number(TWO_OVER_PI)))
    less = code.negate(times)
    t = code.fused(less, number(HALF_PI), x)  # exact
    product = code.multiply(times, number(HALF_PI_REST))
    product_rest = code.fused(times, number(HALF_PI_REST), code.negate(product))
    r = code.subtract(t, product)
    # What the subtraction lost, whichever of the two was larger.
    back = code.subtract(t, r)
    lost = code.add(code.subtract(t, code.add(r, back)), code.subtract(back, product))
    rest = code.fused(less, number(HALF_PI_LAST), code.subtract(lost, product_rest))
    large = code.compare("oge", code.absolute(x), number(LARGE))
    places = [code.now(f"alloca {kind}, align 64") for kind in (lanes.real,) * 3 + (lanes.bits,)]
    for place, kind, value in zip(
        places, (*(lanes.real,) * 3, lanes.bits), (x, r, rest, quadrant), strict=True
    ):
        code.do(f"store {kind} {value}, ptr {place}, align 64")
    define_large_reduction(code.module)
    with code.when(code.any_of(large)), code.loop(lanes.count) as lane:
        at = [
            code.pure(f"getelementptr i64, ptr {place}, i64 {lane.index}", place, lane.index)
            for place in places
        ]
        code.do(f"call void @reduce_large(ptr {at[0]}, ptr {at[1]}, ptr {at[2]}, ptr {at[3]})")
    r, rest = (code.now(f"load {lanes.real}, ptr {p}, align 64") for p in places[1:3])
    quadrant = code.now(f"load {lanes.bits}, ptr {places[3]}, align 64")
    return r, rest, quadrant


def arctangent(code: Arithmetic, x: str) -> str:
    """atan(x)."""
    number, compare, choose = code.number, code.compare, code.choose
    size = code.absolute(x)
    one = number(1.0)
    # atan(a) = offset + atan(above / below), with a quotient of at most tan(pi/8).
    low, high = compare("ole", size, number(TAN_EIGHTH)), compare("ogt", size, number(TAN_LAST))
    above = choose(low, size, choose(high, number(-1.0), code.subtract(size, one)))
    below = choose(low, one, choose(high, size, code.add(size, one)))
    offset = choose(low, number(0.0), choose(high, number(HALF_PI), number(HALF_PI / 2)))
    rest = choose(low, number(0.0), choose(high, number(HALF_PI_REST), number(HALF_PI_REST / 2)))
    u = code.divide(above, below)
    z = code.multiply(u, u)
    tail = code.fused(code.multiply(u, z), code.polynomial(z, *ARCTANGENT), rest)
    value = code.add(offset, code.add(u, tail))
    value = choose(low, code.add(u, tail), value)
    return code.copy_sign(value, x)


def arcsine(code: Arithmetic, x: str) -> str:
    """asin(x); NaN beyond 1."""
    number = code.number
    size = code.absolute(x)
    small = code.compare("ole", size, number(0.5))
    near = _arcsine_near_zero(code, size)
    root, root_rest, angle_rest = _arc_from_one(code, size)
    # The arcsine is pi/2 less twice that of the root.
    far = code.fused(number(-2.0), code.add(angle_rest, root_rest), number(HALF_PI_REST))
    far = code.add(code.fused(number(-2.0), root, number(HALF_PI)), far)
    return code.copy_sign(code.choose(small, near, far), x)


def arccosine(code: Arithmetic, x: str) -> str:
    """acos(x); NaN beyond 1."""
    number = code.number
    size = code.absolute(x)
    small = code.compare("ole", size, number(0.5))
    z = code.multiply(x, x)
    tail = code.multiply(code.multiply(x, z), code.polynomial(z, *ARCSINE))
    near, lost = code.two_sum(number(HALF_PI), code.negate(x))
    near = code.add(near, code.subtract(code.add(lost, number(HALF_PI_REST)), tail))
    root, root_rest, angle_rest = _arc_from_one(code, size)
    rest = code.add(angle_rest, root_rest)
    above = code.multiply(number(2.0), code.add(root, rest))
    below = code.fused(number(-2.0), rest, number(2.0 * HALF_PI_REST))
    below = code.add(code.fused(number(-2.0), root, number(2.0 * HALF_PI)), below)
    far = code.choose(code.compare("ogt", x, number(0.0)), above, below)
    return code.choose(small, near, far)


def _arcsine_near_zero(code: Arithmetic, u: str) -> str:
    z = code.multiply(u, u)
    return code.fused(code.multiply(u, z), code.polynomial(z, *ARCSINE), u)


def _arc_from_one(code: Arithmetic, size: str) -> tuple[str, str, str]:
    """Three parts of asin(sqrt((1 - size) / 2)): the root, what rounding it lost, and the rest."""
    number = code.number
    z = code.multiply(code.subtract(number(1.0), size), number(0.5))  # exact from 1/2 on
    root = code.root(z)
    left = code.fused(code.negate(root), root, z)
    lost = code.divide(left, code.add(root, root))
    lost = code.choose(code.compare("ogt", root, number(0.0)), lost, number(0.0))
    tail = code.multiply(code.multiply(root, z), code.polynomial(z, *ARCSINE))
    return root, lost, tail

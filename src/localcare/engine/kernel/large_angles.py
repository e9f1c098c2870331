"""Sines of huge arguments need as many digits of 2/pi as the argument has: this is where they are.

Payne and Hanek's method, for one argument at a time. x is m * 2**e with a whole m of 53 bits.
Digits of 2/pi that only add multiples of 4 to x * 2/pi are left out and the next 192 are kept, so
that the product is a whole number of 192 bits; its top two bits are the quadrant, the rest is the
fraction of a quadrant, of which no double has more than 62 leading zeros.
"""

from __future__ import annotations

import math

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.ir_module import BYTES, Lanes, Module

__all__ = ["LARGE", "define_large_reduction"]

#: From here on arguments are reduced here.
LARGE = 2.0**27

HALF_PI = float.fromhex("0x1.921fb54442d18p+0")
HALF_PI_REST = float.fromhex("0x1.1a62633145c07p-54")
#: The binary digits of 2/pi after the point, behind 32 zeros so that the smallest argument starts
#: inside the table.
PADDING = 32
DIGITS = (
    "00000000"
    "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e0"
    "06492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f4"
    "9c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d"
    "7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361d"
    "00000000"
)
WORDS = tuple(str(int(DIGITS[k : k + 16], 16)) for k in range(0, len(DIGITS), 16))


def define_large_reduction(module: Module) -> None:
    """Put `reduce_large` into the module, once: it reads the double at its first argument and, if
    that is finite and at least 2**27 in size, writes r, rest (doubles) and quadrant (i64)."""
    if "reduce_large" in module.functions:
        return
    code = Arithmetic(module, Lanes(1))
    x = code.now("load double, ptr %x, align 8")
    size = code.absolute(x)
    large = code.compare("oge", size, code.number(LARGE))
    finite = code.compare("olt", size, code.number(math.inf))
    with code.when(code.both(large, finite)):
        quadrant, fraction = _quadrants(code, size)
        # The fraction as a signed number between -1/2 and 1/2, with the quadrant to match.
        up = code.pure(f"icmp slt i128 {fraction}, 0", fraction)
        minus = code.pure(f"sub i128 0, {fraction}", fraction)
        length = _select(code, "i128", up, minus, fraction)
        nearest = code.bitwise("add", quadrant, _select(code, "i64", up, "1", "0"))
        r, rest = _times_half_pi(code, length)
        # A negative argument lies as far on the other side.
        below = code.compare("olt", x, code.number(0.0))
        turned = code.pure(f"xor i1 {up}, {below}", up, below)
        for value, place in ((r, "%r"), (rest, "%rest")):
            signed = code.choose(turned, code.negate(value), value)
            code.do(f"store double {signed}, ptr {place}, align 8")
        back = code.bitwise("sub", "0", nearest)
        code.do(f"store i64 {_select(code, 'i64', below, back, nearest)}, ptr %quadrant, align 8")
    code.define("internal void @reduce_large(ptr %x, ptr %r, ptr %rest, ptr %quadrant)")


def _quadrants(code: Arithmetic, size: str) -> tuple[str, str]:
    """Size * 2/pi modulo 4: the whole part (i64) and the fraction (i128, times 2**128)."""
    table = code.module.table("i64", WORDS)
    bits = code.as_bits(size)
    m = code.bitwise("or", code.bitwise("and", bits, str(2**52 - 1)), str(2**52))
    # size = m * 2**(exponent - 1075); its digit number exponent - 1075 - 2 is the first kept.
    exponent = code.bitwise("lshr", bits, "52")
    first = code.bitwise("sub", exponent, str(1075 + 2 - PADDING))
    word, shift = code.bitwise("lshr", first, "6"), code.bitwise("and", first, "63")
    raw = []
    for k in range(4):
        index = code.index_add(word, k)
        at = code.pure(f"getelementptr i64, ptr {table}, i64 {index}", index)
        raw.append(code.now(f"load i64, ptr {at}, align {BYTES}"))
    digits = [_funnel(code, raw[k], raw[k + 1], shift) for k in range(3)]
    low, carry = _long_product(code, m, digits[2])
    middle, above = _long_product(code, m, digits[1])
    total = code.pure(f"add i128 {_wide(code, middle)}, {_wide(code, carry)}", middle, carry)
    middle, carry = _halves(code, total)
    high = code.bitwise("add", code.bitwise("mul", m, digits[0]), above)
    high = code.bitwise("add", high, carry)
    top, following = _funnel(code, high, middle, "2"), _funnel(code, middle, low, "2")
    shifted = code.pure(f"shl i128 {_wide(code, top)}, 64", top)
    wide = _wide(code, following)
    fraction = code.pure(f"or i128 {shifted}, {wide}", shifted, wide)
    return code.bitwise("lshr", high, "62"), fraction


def _times_half_pi(code: Arithmetic, length: str) -> tuple[str, str]:
    """Length / 2**128 * pi/2 in two parts, for an i128 between 1 and 2**127."""
    code.declare("i128", "llvm.ctlz.i128", "i128, i1")
    zeros = code.pure(f"call i128 @llvm.ctlz.i128(i128 {length}, i1 false)", length)
    normal = code.pure(f"shl i128 {length}, {zeros}", length, zeros)
    parts = []
    for move in (128 - 53, 128 - 106):
        moved = code.pure(f"lshr i128 {normal}, {move}", normal)
        word = code.pure(f"trunc i128 {moved} to i64", moved)
        part = code.bitwise("and", word, str(2**53 - 1))
        parts.append(code.pure(f"sitofp i64 {part} to double", part))
    less = code.pure(f"trunc i128 {zeros} to i64", zeros)
    scale = code.power_of_two(code.bitwise("sub", "-53", less))
    high = code.multiply(parts[0], scale)
    low = code.multiply(parts[1], code.multiply(scale, code.number(2.0**-53)))
    product = code.multiply(high, code.number(HALF_PI))
    rest = code.fused(high, code.number(HALF_PI), code.negate(product))
    rest = code.fused(high, code.number(HALF_PI_REST), rest)
    rest = code.fused(low, code.number(HALF_PI), rest)
    return code.two_sum(product, rest)


def _long_product(code: Arithmetic, a: str, b: str) -> tuple[str, str]:
    """The low and high words of a product of words."""
    wide_a, wide_b = _wide(code, a), _wide(code, b)
    return _halves(code, code.pure(f"mul i128 {wide_a}, {wide_b}", wide_a, wide_b))


def _halves(code: Arithmetic, wide: str) -> tuple[str, str]:
    """The low and high words of an i128."""
    moved = code.pure(f"lshr i128 {wide}, 64", wide)
    low = code.pure(f"trunc i128 {wide} to i64", wide)
    return low, code.pure(f"trunc i128 {moved} to i64", moved)


def _wide(code: Arithmetic, word: str) -> str:
    return code.pure(f"zext i64 {word} to i128", word)


def _funnel(code: Arithmetic, high: str, low: str, shift: str) -> str:
    """The upper word of two words moved left."""
    code.declare("i64", "llvm.fshl.i64", "i64, i64, i64")
    return code.pure(
        f"call i64 @llvm.fshl.i64(i64 {high}, i64 {low}, i64 {shift})", high, low, shift
    )


def _select(code: Arithmetic, kind: str, flag: str, a: str, b: str) -> str:
    return code.pure(f"select i1 {flag}, {kind} {a}, {kind} {b}", flag, a, b)

"""Operations on reals, masks and bits (see `ir_text`): each a line or two of LLVM IR.

Every one is a single IEEE 754 operation, rounded once, or moves bits about. None allows LLVM to
rearrange anything, so the result is the same for any number of lanes and on any machine.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from localcare.engine.kernel.ir_text import Code

__all__ = ["Arithmetic"]

#: Adding this to a double below 2**51 in magnitude rounds it to a whole number, which then sits in
#: the low bits of the sum.
ROUNDER = 6755399441055744.0  # 1.5 * 2**52


class Arithmetic(Code):
    """A function being written, with the operations its body is made of."""

    # -- literals ----------------------------------------------------------------------------

    def number(self, value: float) -> str:
        """A literal real."""
        return self.lanes.number(value)

    def integer(self, value: int) -> str:
        """Literal bits."""
        return self.lanes.integer(value)

    # -- reals -------------------------------------------------------------------------------

    def _binary(self, operation: str, kind: str, a: str, b: str) -> str:
        return self.pure(f"{operation} {kind} {a}, {b}", a, b)

    def add(self, a: str, b: str) -> str:
        """A + b."""
        return self._binary("fadd", self.lanes.real, a, b)

    def subtract(self, a: str, b: str) -> str:
        """A - b."""
        return self._binary("fsub", self.lanes.real, a, b)

    def multiply(self, a: str, b: str) -> str:
        """A * b."""
        return self._binary("fmul", self.lanes.real, a, b)

    def divide(self, a: str, b: str) -> str:
        """A / b."""
        return self._binary("fdiv", self.lanes.real, a, b)

    def negate(self, a: str) -> str:
        """-a, for NaN too."""
        return self.pure(f"fneg {self.lanes.real} {a}", a)

    def fused(self, a: str, b: str, c: str) -> str:
        """A * b + c, rounded once."""
        return self.intrinsic("fma", a, b, c)

    def two_sum(self, a: str, b: str) -> tuple[str, str]:
        """A + b rounded, and what rounding lost, for |a| >= |b| or a = 0."""
        total = self.add(a, b)
        return total, self.subtract(b, self.subtract(total, a))

    def polynomial(self, x: str, *coefficients: float) -> str:
        """A polynomial in x by Horner's rule with fused steps; highest power first."""
        value = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            value = self.fused(value, x, self.number(coefficient))
        return value

    def absolute(self, a: str) -> str:
        """|a|."""
        return self.intrinsic("fabs", a)

    def floor_of(self, a: str) -> str:
        """The largest whole number not above a."""
        return self.intrinsic("floor", a)

    def truncate(self, a: str) -> str:
        """A without its fraction."""
        return self.intrinsic("trunc", a)

    def root(self, a: str) -> str:
        """The square root of a."""
        return self.intrinsic("sqrt", a)

    def copy_sign(self, a: str, sign: str) -> str:
        """|a| with the sign bit of `sign`."""
        return self.intrinsic("copysign", a, sign)

    def intrinsic(self, name: str, *operands: str) -> str:
        """An LLVM intrinsic that takes and gives reals."""
        kind, full = self.lanes.real, f"llvm.{name}.{self.lanes.suffix}"
        self.declare(kind, full, ", ".join([kind] * len(operands)))
        arguments = ", ".join(f"{kind} {operand}" for operand in operands)
        return self.pure(f"call {kind} @{full}({arguments})", *operands)

    # -- masks -------------------------------------------------------------------------------

    def compare(self, predicate: str, a: str, b: str) -> str:
        """The mask of an LLVM floating-point predicate: "olt", "ogt", "oeq", "une", "uno", ..."""
        return self._binary(f"fcmp {predicate}", self.lanes.real, a, b)

    def choose(self, mask: str, a: str, b: str) -> str:
        """A where the mask holds, b elsewhere."""
        lanes = self.lanes
        return self.pure(
            f"select {lanes.mask} {mask}, {lanes.real} {a}, {lanes.real} {b}", mask, a, b
        )

    def both(self, a: str, b: str) -> str:
        """The mask of a and b."""
        return self._binary("and", self.lanes.mask, a, b)

    def either(self, a: str, b: str) -> str:
        """The mask of a or b."""
        return self._binary("or", self.lanes.mask, a, b)

    def opposite(self, a: str) -> str:
        """The mask of not a."""
        return self._binary("xor", self.lanes.mask, a, self.lanes.truth(value=True))

    def any_of(self, mask: str) -> str:
        """The flag that says whether the mask holds in some lane."""
        if self.lanes.count == 1:
            return mask
        name = f"llvm.vector.reduce.or.v{self.lanes.count}i1"
        self.declare("i1", name, self.lanes.mask)
        return self.pure(f"call i1 @{name}({self.lanes.mask} {mask})", mask)

    def any_bits(self, bits: str) -> str:
        """The bits, as a scalar, that are set in some lane."""
        if self.lanes.count == 1:
            return bits
        name = f"llvm.vector.reduce.or.v{self.lanes.count}i64"
        self.declare("i64", name, self.lanes.bits)
        return self.pure(f"call i64 @{name}({self.lanes.bits} {bits})", bits)

    # -- bits --------------------------------------------------------------------------------

    def as_bits(self, a: str) -> str:
        """The 64 bits of a real."""
        return self.pure(f"bitcast {self.lanes.real} {a} to {self.lanes.bits}", a)

    def from_bits(self, a: str) -> str:
        """The real of 64 bits."""
        return self.pure(f"bitcast {self.lanes.bits} {a} to {self.lanes.real}", a)

    def bitwise(self, operation: str, a: str, b: str) -> str:
        """An LLVM integer operation on bits: "add", "sub", "and", "or", "shl", "ashr", ..."""
        return self._binary(operation, self.lanes.bits, a, b)

    def choose_bits(self, mask: str, a: str, b: str) -> str:
        """Bits a where the mask holds, b elsewhere."""
        lanes = self.lanes
        return self.pure(
            f"select {lanes.mask} {mask}, {lanes.bits} {a}, {lanes.bits} {b}", mask, a, b
        )

    def whole(self, bits: str) -> str:
        """The real of a whole number below 2**51 in magnitude that is given as bits."""
        (shifter,) = _words(ROUNDER)
        moved = self.from_bits(self.bitwise("add", bits, self.integer(shifter)))
        return self.subtract(moved, self.number(ROUNDER))

    def rounded(self, a: str) -> tuple[str, str]:
        """The whole number nearest to a, as a real and as bits; below 2**51 in magnitude."""
        (shifter,) = _words(ROUNDER)
        moved = self.add(a, self.number(ROUNDER))
        bits = self.bitwise("sub", self.as_bits(moved), self.integer(shifter))
        return self.subtract(moved, self.number(ROUNDER)), bits

    def power_of_two(self, exponent: str) -> str:
        """The real 2**exponent for bits between -1022 and 1023."""
        biased = self.bitwise("add", exponent, self.integer(1023))
        return self.from_bits(self.bitwise("shl", biased, self.integer(52)))

    # -- scalars -----------------------------------------------------------------------------

    def splat(self, scalar: str, kind: str = "double") -> str:
        """A scalar double (or i64) in every lane."""
        count = self.lanes.count
        if count == 1:
            return scalar
        of = f"<{count} x {kind}>"
        one = self.pure(f"insertelement {of} poison, {kind} {scalar}, i64 0", scalar)
        return self.pure(
            f"shufflevector {of} {one}, {of} poison, <{count} x i32> zeroinitializer", one
        )

    def turned(self, a: str, by: int) -> str:
        """The real whose lane k is lane k + `by` of a, counted round."""
        count = self.lanes.count
        order = ", ".join(f"i32 {(lane + by) % count}" for lane in range(count))
        kind = self.lanes.real
        return self.pure(f"shufflevector {kind} {a}, {kind} poison, <{count} x i32> <{order}>", a)

    def lane(self, a: str, number: int, kind: str = "double") -> str:
        """The scalar in one lane."""
        count = self.lanes.count
        if count == 1:
            return a
        return self.pure(f"extractelement <{count} x {kind}> {a}, i64 {number}", a)

    def gather(self, scalars: Sequence[str], kind: str = "double") -> str:
        """Scalars, one for each lane, side by side."""
        count = self.lanes.count
        if count == 1:
            return scalars[0]
        value = "poison"
        for number, scalar in enumerate(scalars):
            value = self.pure(
                f"insertelement <{count} x {kind}> {value}, {kind} {scalar}, i64 {number}",
                value,
                scalar,
            )
        return value

    def index_add(self, a: str, b: str | int) -> str:
        """The sum a + b of indices."""
        if a.isdecimal() and str(b).isdecimal():
            return str(int(a) + int(b))
        return a if b == 0 else self.pure(f"add i64 {a}, {b}", a, str(b))

    def index_multiply(self, a: str, b: str | int) -> str:
        """A * b of indices."""
        if a.isdecimal() and str(b).isdecimal():
            return str(int(a) * int(b))
        return a if b == 1 else self.pure(f"mul i64 {a}, {b}", a, str(b))


def _words(*values: float) -> tuple[int, ...]:
    """The 64 bits of doubles, as whole numbers."""
    return tuple(int.from_bytes(struct.pack("<d", value), "little") for value in values)

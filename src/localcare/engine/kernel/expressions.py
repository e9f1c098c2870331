"""From terms to reals and masks: the body of a loop.

In: terms, and for each loop the index that counts it. Out: the names of the values. Loads and
arithmetic find their own way out of the loops they do not depend on (`ir_text`); reductions open
loops of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.functions import FUNCTIONS_OF_REALS, call
from localcare.engine.kernel.ir_module import BYTES, printable
from localcare.engine.kernel.lookups import Points, read_lookup
from localcare.engine.kernel.reductions import reduce_together
from localcare.engine.kernel.terms import Call, Fold, Literal, Load, Lookup, Place, Term
from localcare.engine.kernel.watching import follows_finite

__all__ = ["Writer", "is_contiguous"]

COMPARISONS = {
    "equal": "oeq", "not_equal": "une", "less": "olt", "less_equal": "ole", "greater": "ogt",
    "greater_equal": "oge",
}  # fmt: skip
LOGICAL = {*COMPARISONS, "and", "or", "not"}


def is_contiguous(place: Place, loop: int) -> bool:
    """Whether rounds of a loop read neighbouring slots."""
    return dict(place.strides).get(loop) == 1 and all(each != loop for each, _ in place.tables)


@dataclass
class Writer:
    """Writes terms into a function whose first parameter, `%workspace`, holds all places.

    `slots` gives each variable's first slot, `narrow` the first number of what has one for all
    lanes, `lookups` the points of each lookup. `indices` are
    the counters of the open loops, `known` values of places that were just computed, `folded`
    those of reductions with the lanes they have.

    A slot holds one number for each lane of the module. Where that is one, `across` may name a
    loop of which each round is a lane: the counter is that of the first lane.
    """

    code: Arithmetic
    slots: Mapping[str, int]
    lookups: Mapping[str, Points]
    narrow: Mapping[str, int] = field(default_factory=dict)
    indices: dict[int, str] = field(default_factory=dict)
    known: dict[Place, str] = field(default_factory=dict)
    folded: dict[Fold, tuple[str, int]] = field(default_factory=dict)
    across: int | None = None

    # -- places ------------------------------------------------------------------------------

    def load(self, place: Place) -> str:
        """The real at a place."""
        if place in self.known:
            return self.known[place]
        code, lanes = self.code, self.code.lanes
        if place.variable in self.narrow:
            number = code.index_add(self._offset(place), self.narrow[place.variable] + place.first)
            at = code.pure(
                f"getelementptr inbounds double, ptr %workspace, i64 {number}"
                f"  ; {printable(place.variable)}",
                number,
            )
            return code.splat(code.pure(f"load double, ptr {at}, align {BYTES}", at))
        if self.across is None:
            at = self.address(place)
            return code.pure(f"load {lanes.real}, ptr {at}, align {lanes.align}", at)
        if self.across not in place.loops:
            at = self.address(place)
            return code.splat(code.pure(f"load double, ptr {at}, align {BYTES}", at))
        if is_contiguous(place, self.across):
            at = self.address(place)
            return code.pure(f"load {lanes.real}, ptr {at}, align {BYTES}", at)
        first = self.indices[self.across]
        found = []
        for lane in range(lanes.count):
            self.indices[self.across] = code.index_add(first, lane)
            at = self.address(place)
            found.append(code.pure(f"load double, ptr {at}, align {BYTES}", at))
        self.indices[self.across] = first
        return code.gather(found)

    def store(self, value: str, place: Place) -> None:
        """Put a real at a place."""
        lanes = self.code.lanes
        align = lanes.align if self.across is None else BYTES
        self.code.do(f"store {lanes.real} {value}, ptr {self.address(place)}, align {align}")

    def address(self, place: Place) -> str:
        """The address of a place."""
        slot = self.code.index_add(self._offset(place), self.slots[place.variable] + place.first)
        return self.code.pure(
            f"getelementptr inbounds {self.code.module.lanes.real}, ptr %workspace, i64 {slot}"
            f"  ; {printable(place.variable)}",
            slot,
        )

    def _offset(self, place: Place) -> str:
        """The index that a place adds to its first element, outer loops first."""
        parts = []
        for loop, stride in place.strides:
            parts.append((loop, self.code.index_multiply(self.indices[loop], stride)))
        for loop, offsets in place.tables:
            table = self.code.module.table("i64", [str(offset) for offset in offsets])
            index = self.indices[loop]
            if index.isdecimal():
                parts.append((loop, str(offsets[int(index)])))
                continue
            at = self.code.pure(f"getelementptr i64, ptr {table}, i64 {index}", index)
            parts.append((loop, self.code.pure(f"load i64, ptr {at}, align 8", at)))
        total = "0"
        for _, part in sorted(parts):
            total = part if total == "0" else self.code.index_add(total, part)
        return total

    # -- terms -------------------------------------------------------------------------------

    def real(self, term: Term) -> str:
        """The value of a term as a real; truth values as 1 and 0."""
        code = self.code
        if isinstance(term, Literal):
            return code.number(term.value)
        if isinstance(term, Load):
            return self.load(term.place)
        if isinstance(term, Lookup):
            return self._lookup(term)
        if isinstance(term, Fold):
            if term not in self.folded:
                return self.fold([term])[0]
            value, lanes = self.folded[term]
            return value if lanes == code.lanes.count else code.splat(value)
        if term.function in LOGICAL:
            return code.choose(self.mask(term), code.number(1.0), code.number(0.0))
        if term.function == "if":
            chosen, yes, no = term.arguments
            return code.choose(self.mask(chosen), self.real(yes), self.real(no))
        return self._function(term)

    def mask(self, term: Term) -> str:
        """Where a term is true, that is not 0 (NaN counts as true)."""
        code = self.code
        if isinstance(term, Call) and term.function in COMPARISONS:
            a, b = (self.real(argument) for argument in term.arguments)
            return code.compare(COMPARISONS[term.function], a, b)
        if isinstance(term, Call) and term.function in LOGICAL:
            masks = [self.mask(argument) for argument in term.arguments]
            if term.function == "not":
                return code.opposite(masks[0])
            return code.both(*masks) if term.function == "and" else code.either(*masks)
        return code.compare("une", self.real(term), code.number(0.0))

    def _function(self, term: Call) -> str:
        code, name = self.code, term.function
        if name in ("minimum", "maximum"):
            return self._extreme(name, *term.arguments)
        reals = [self.real(argument) for argument in term.arguments]
        if name in FUNCTIONS_OF_REALS:
            return call(code, name, *reals)
        simple: dict[str, Callable[..., str]] = {
            "add": code.add, "subtract": code.subtract, "multiply": code.multiply,
            "divide": code.divide, "negate": code.negate, "absolute": code.absolute,
            "integer": code.truncate, "square_root": code.root, "divide_by": self._divide_by,
        }  # fmt: skip
        return simple[name](*reals)

    def _divide_by(self, a: str, b: str, inverse: str) -> str:
        """The quotient a / b from the inverse of b, corrected once so that it is as good.

        Rounded correctly but for about one pair in 2**50 (and quotients or divisors beyond
        10**-290 or 10**300 in size). Where the correction is 0 or makes no sense, as for infinite
        or zero divisors, the product stands.
        """
        code = self.code
        quotient = code.multiply(a, inverse)
        left = code.fused(code.negate(quotient), b, a)
        better = code.fused(left, inverse, quotient)
        return code.choose(code.compare("one", left, code.number(0.0)), better, quotient)

    def _extreme(self, name: str, a: Term, b: Term) -> str:
        """The smaller or larger of two values; NaN if either is. The comparison fails for NaN,
        which leaves the second; so a first that is NaN has to be put back, unless that is found
        anyway."""
        code = self.code
        if follows_finite(b) and not follows_finite(a):
            a, b = b, a
        first, second = self.real(a), self.real(b)
        before = code.compare("olt" if name == "minimum" else "ogt", first, second)
        value = code.choose(before, first, second)
        if follows_finite(a):
            return value
        return code.choose(code.compare("uno", first, first), first, value)

    def _lookup(self, term: Lookup) -> str:
        place = term.element
        element: int | str = place.first
        if place.loops:
            element = self.code.index_add(self._offset(place), place.first)
        return read_lookup(
            self.code, self.lookups[place.variable], element, term.mode, self.real(term.argument)
        )

    # -- reductions --------------------------------------------------------------------------

    def fold(self, folds: Sequence[Fold]) -> list[str]:
        """The values of reductions that run over equally many rounds, side by side."""
        found = reduce_together(self, folds)
        lanes = self.code.lanes.count
        self.folded.update((fold, (value, lanes)) for fold, value in zip(folds, found, strict=True))
        return found

"""Terms made simpler by what is known to be nought, without changing a bit of what follows.

In: a term, the counters of some loops as numbers, and what is known of constants. Out: the same
term for these counters, and whether its value is nought of either sign.

`0 * x` is nought where x is finite. It may be left out of a sum where it can hide neither that x is
not finite nor the sign of a nought. The first holds where x is a variable's value, or follows from
such by sums and products: every variable is looked at, and a run stops in which one is not finite
(that a product of finite values passes 1e308 is the one case that goes unnoticed, and then 0 is
right). The second holds for what is added to a number that cannot be -0, such as `1 - x`; and sums
over loops are made such a number by adding 0 at the end.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from localcare.engine.kernel.hoist import MOST_ELEMENTS
from localcare.engine.kernel.patterns import Pattern
from localcare.engine.kernel.reductions import EXTREMES, PARTS
from localcare.engine.kernel.terms import Call, Equation, Fold, Literal, Load, Lookup, Place, Term
from localcare.engine.kernel.watching import follows_finite

__all__ = ["Simplifier", "is_never_minus_nought", "placed", "settled"]

ONE = Literal(1.0)
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
}
Found = tuple[Term, bool]


@dataclass
class Simplifier:
    """Simplifies terms. `patterns` are those of tables, `constants` the equations of what follows
    from constants, by variable."""

    patterns: Mapping[str, Pattern]
    constants: Mapping[str, Sequence[Equation]]
    _values: dict[str, list[float | None]] = field(default_factory=dict)

    # -- what is known -----------------------------------------------------------------------

    def known(self, name: str) -> Sequence[float | None]:
        """What is known of each element of a constant: 0 (of either sign), 1, or None; of one that
        is long, or no constant, nothing."""
        if name in self.patterns:
            return self.patterns[name]
        if name not in self._values:
            self._values[name] = []  # while it is not known, nothing is
            equations = self.constants.get(name, ())
            if sum(math.prod(each.lengths) for each in equations) <= MOST_ELEMENTS:
                self._values[name] = self._computed(equations)
        return self._values[name]

    def _computed(self, equations: Iterable[Equation]) -> list[float | None]:
        values: dict[int, float | None] = {}
        for equation in equations:
            for rounds in itertools.product(*map(range, equation.lengths)):
                at = dict(enumerate(rounds))
                term, nought = self.term(equation.term, at)
                value = 0.0 if nought else term.value if isinstance(term, Literal) else None
                values[placed(equation.target, at).first] = value if value in (0, 1) else None
        if not any(value is not None for value in values.values()):
            return []
        return [values.get(element) for element in range(max(values) + 1)]

    # -- terms -------------------------------------------------------------------------------

    def term(self, term: Term, at: Mapping[int, int]) -> Found:
        """The term where loops stand `at` these rounds, and whether it is nought."""
        if isinstance(term, Literal):
            return term, term.value == 0
        if isinstance(term, Load):
            return self._load(Load(placed(term.place, at)))
        if isinstance(term, Lookup):
            argument, _ = self.term(term.argument, at)
            return Lookup(placed(term.element, at), term.mode, argument), False
        if isinstance(term, Fold):
            body, _ = self.term(term.body, at)
            return replace(term, body=body), False
        return self._call(term.function, [self.term(each, at) for each in term.arguments])

    def _load(self, load: Load) -> Found:
        place = load.place
        if place.loops:
            return load, False
        known = self.known(place.variable)
        value = known[place.first] if place.first < len(known) else None
        return (ONE, False) if value == 1 else (load, value == 0)

    def _call(self, function: str, arguments: Sequence[Found]) -> Found:
        terms = tuple(term for term, _ in arguments)
        noughts = [nought for _, nought in arguments]
        call = Call(function, terms)
        if function == "multiply":
            for one, other in ((0, 1), (1, 0)):
                if noughts[one] and follows_finite(terms[other]):
                    return call, True
                if terms[one] == ONE:
                    return arguments[other]
        if function in ("add", "subtract"):
            if all(noughts):
                return call, True
            if noughts[1] and is_never_minus_nought(terms[0]):
                return arguments[0]
            if function == "add" and noughts[0] and is_never_minus_nought(terms[1]):
                return arguments[1]
            if all(isinstance(term, Literal) for term in terms):
                a, b = (term.value for term in terms if isinstance(term, Literal))
                return self._known(a + b if function == "add" else a - b)
        if function in ("negate", "absolute", "minimum", "maximum") and all(noughts):
            return call, True
        if function in _COMPARED:
            values = [_value(*each) for each in arguments]
            if None not in values:
                a, b = (each for each in values if each is not None)
                return self._known(float(_COMPARED[function](a, b)))
        if function == "if":
            condition = _value(*arguments[0])
            if condition is not None:
                return arguments[1 if condition else 2]
        return call, False

    @staticmethod
    def _known(value: float) -> Found:
        return Literal(value), value == 0

    # -- reductions --------------------------------------------------------------------------

    def written_out(self, fold: Fold, at: Mapping[int, int]) -> Term | None:
        """A reduction element by element, in the order in which `reductions` takes them, without
        those that change nothing."""
        parts: list[Term | None] = [None] * min(PARTS, fold.loops[-1][1])
        met: set[tuple[int, Term]] = set()
        for rounds in itertools.product(*(range(length) for _, length in fold.loops)):
            inner = {**at, **{loop: own for (loop, _), own in zip(fold.loops, rounds, strict=True)}}
            element, nought = self.term(fold.body, inner)
            part = rounds[-1] % len(parts)
            if self._idle(fold.operation, element, nought, (part, element) in met):
                continue
            met.add((part, element))
            before = parts[part]
            parts[part] = element if before is None else _both(fold.operation, before, element)
            if fold.operation in EXTREMES and not is_never_minus_nought(element):
                return None
        kept = [part for part in parts if part is not None]
        if not kept:
            return Literal({"sum": 0.0, "product": 1.0}[fold.operation])
        whole = kept[0] if len(kept) == 1 else _both(fold.operation, *kept)
        return settled(whole) if fold.operation == "sum" else whole

    def narrowed(self, fold: Fold, at: Mapping[int, int]) -> Term:
        """A sum over several loops without the rounds of the outermost in which all is nought."""
        (loop, length), *inner = fold.loops
        kept = [each for each in range(length) if not self.term(fold.body, {**at, loop: each})[1]]
        if not kept:
            return Literal(0.0)
        body, _ = self.term(fold.body, at)
        return settled(Fold("sum", ((loop, len(kept)), *inner), _picked(body, loop, kept)))

    @staticmethod
    def _idle(operation: str, element: Term, nought: bool, repeated: bool) -> bool:
        """Whether an element changes nothing: a nought of a sum, a one of a product, and a number
        whose like an extreme has met."""
        if operation == "sum":
            return nought
        if operation == "product":
            return element == ONE
        return repeated and isinstance(element, Literal)


def settled(total: Term) -> Term:
    """A sum that is never -0, whichever of its elements were left out for being nought."""
    return Call("add", (total, Literal(0.0)))


def is_never_minus_nought(term: Term) -> bool:
    """Whether a value cannot be -0. A sum is -0 only if both sides are, a difference only if its
    first side is."""
    if isinstance(term, Literal):
        return math.copysign(1.0, term.value) > 0 or term.value != 0
    if not isinstance(term, Call):
        return False
    never = [is_never_minus_nought(each) for each in term.arguments]
    if term.function == "add":
        return any(never)
    if term.function == "subtract":
        return never[0]
    return term.function == "absolute" or (term.function in ("minimum", "maximum") and all(never))


def _both(operation: str, a: Term, b: Term) -> Term:
    function = {"sum": "add", "product": "multiply"}.get(operation, operation)
    return Call(function, (a, b))


def _value(term: Term, nought: bool) -> float | None:
    if nought:
        return 0.0
    return term.value if isinstance(term, Literal) else None


def placed(place: Place, at: Mapping[int, int]) -> Place:
    """The place where loops stand at these rounds."""
    first = place.first
    first += sum(at[loop] * stride for loop, stride in place.strides if loop in at)
    first += sum(table[at[loop]] for loop, table in place.tables if loop in at)
    return Place(
        place.variable,
        first,
        tuple((loop, stride) for loop, stride in place.strides if loop not in at),
        tuple((loop, table) for loop, table in place.tables if loop not in at),
    )


def _picked(term: Term, loop: int, kept: Sequence[int]) -> Term:
    """The term with so many of the rounds of a loop left."""
    if isinstance(term, Load):
        return Load(_place_picked(term.place, loop, kept))
    if isinstance(term, Call):
        return replace(term, arguments=tuple(_picked(each, loop, kept) for each in term.arguments))
    if isinstance(term, Lookup):
        element = _place_picked(term.element, loop, kept)
        return replace(term, element=element, argument=_picked(term.argument, loop, kept))
    if isinstance(term, Fold):
        return replace(term, body=_picked(term.body, loop, kept))
    return term


def _place_picked(place: Place, loop: int, kept: Sequence[int]) -> Place:
    if loop not in place.loops:
        return place
    offsets = [placed(place, {loop: each}).first - place.first for each in kept]
    rest = placed(place, {loop: kept[0]})
    gaps = {after - before for before, after in itertools.pairwise(offsets)}
    if len(gaps) > 1:
        table = tuple(offset - offsets[0] for offset in offsets)
        return replace(rest, tables=tuple(sorted((*rest.tables, (loop, table)))))
    stride = gaps.pop() if gaps else 0
    strides = (*rest.strides, (loop, stride)) if stride else rest.strides
    return replace(rest, strides=tuple(sorted(strides)))

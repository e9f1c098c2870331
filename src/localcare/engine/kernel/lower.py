"""From the model's expressions to terms: subscripts to places, functions to a few primitive ones.

In: the axes around an expression. Out: a `Term` over numbered loops, and what it reads. What the
functions mean is `engine.semantics`; nothing here changes the order of arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from localcare.engine.kernel.names import MIDDLE, STEP, TIME
from localcare.engine.kernel.terms import Call, Fold, Literal, Load, Lookup, Place, Read, Term, walk
from localcare.engine.semantics import JUMP, SMALL
from localcare.model.expression import (
    Along,
    Apply,
    At,
    Axis,
    Expression,
    Index,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
)
from localcare.model.spec import ModelSpec

__all__ = ["Lowering", "place_of"]

TIMES, MIDDLES, STEPS = Load(Place(TIME)), Load(Place(MIDDLE)), Load(Place(STEP))


@dataclass
class Lowering:
    """Lowers one equation. `loops` gives the number and rounds of each axis in scope; axes of one
    position have none. `reads` collects every place read."""

    spec: ModelSpec
    loops: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    reads: dict[Read, None] = field(default_factory=dict)
    _count: int = 0

    def open(self, axes: Sequence[Axis]) -> tuple[tuple[int, int], ...]:
        """Bring axes into scope; the loops they are, outermost first."""
        opened = []
        for axis in axes:
            rounds = len(axis.positions)
            self.loops[axis.name] = None
            if rounds > 1:
                loop = (self._count, rounds)
                self._count += 1
                self.loops[axis.name] = loop
                opened.append(loop)
        return tuple(opened)

    def term(self, expression: Expression) -> Term:
        """The term of an expression."""
        if isinstance(expression, Number):
            return Literal(expression.value)
        if isinstance(expression, Time):
            return TIMES
        if isinstance(expression, Reference):
            place = self.place(expression.variable, expression.indices)
            self.reads[Read(place, _box(expression.indices))] = None
            return Load(place)
        if isinstance(expression, Apply):
            arguments = tuple(self.term(argument) for argument in expression.arguments)
            return _primitive(expression.function, arguments)
        if isinstance(expression, Interpolate):
            element = self.place(expression.table, expression.indices)
            return Lookup(element, expression.mode, self.term(expression.argument))
        return self._reduce(expression)

    def place(self, variable: str, indices: Sequence[Index]) -> Place:
        """The place of the element that indices pick."""
        return place_of(variable, self.spec.shape(variable), indices, self.loops)

    def _reduce(self, expression: Reduce) -> Term:
        outer = dict(self.loops)
        loops = self.open(expression.axes)
        body = self.term(expression.body)
        self.loops = outer
        return _merged(Fold(expression.operation, loops, body)) if loops else body


def place_of(
    variable: str,
    shape: Sequence[int],
    indices: Sequence[Index],
    loops: Mapping[str, tuple[int, int] | None],
) -> Place:
    """The place of the element that `indices` pick out of an array of `shape`, row-major."""
    first, unit = 0, 1
    strides: dict[int, int] = {}
    tables: list[tuple[int, tuple[int, ...]]] = []
    for length, index in reversed(list(zip(shape, indices, strict=True))):
        if isinstance(index, At):
            first += index.position * unit
        else:
            loop, positions = loops[index.axis], index.positions
            gap = _gap(positions)
            if loop is None:
                first += positions[0] * unit
            elif gap is None:
                tables.append((loop[0], tuple(position * unit for position in positions)))
            else:
                first += positions[0] * unit
                strides[loop[0]] = strides.get(loop[0], 0) + gap * unit
        unit *= length
    kept = tuple(sorted((loop, stride) for loop, stride in strides.items() if stride))
    return Place(variable, first, kept, tuple(sorted(tables)))


def _gap(positions: Sequence[int]) -> int | None:
    """What lies between neighbours, if it is always the same."""
    gaps = {after - before for before, after in pairwise(positions)}
    return gaps.pop() if len(gaps) == 1 else None


def _box(indices: Sequence[Index]) -> tuple[frozenset[int], ...]:
    return tuple(
        frozenset(index.positions) if isinstance(index, Along) else frozenset((index.position,))
        for index in indices
    )


def _merged(fold: Fold) -> Fold:
    """The fold with neighbouring loops made one wherever every place steps evenly through both."""
    strides: list[Mapping[int, int]] = []
    uneven: set[int] = set()
    for term in walk(fold.body):
        if isinstance(term, Load | Lookup):
            place = term.place if isinstance(term, Load) else term.element
            strides.append(dict(place.strides))
            uneven |= {loop for loop, _ in place.tables}
    loops = list(fold.loops)
    body = fold.body
    for position in range(len(loops) - 2, -1, -1):
        (outer, rounds), (inner, inner_rounds) = loops[position], loops[position + 1]
        even = outer not in uneven and inner not in uneven
        if even and all(s.get(outer, 0) == inner_rounds * s.get(inner, 0) for s in strides):
            loops[position : position + 2] = [(inner, rounds * inner_rounds)]
            strides = [{k: v for k, v in s.items() if k != outer} for s in strides]
            body = _without(body, outer)
    return Fold(fold.operation, tuple(loops), body)


def _without(term: Term, loop: int) -> Term:
    """The term with places that no longer step with a loop."""
    if isinstance(term, Load):
        return Load(_place_without(term.place, loop))
    if isinstance(term, Call):
        return Call(term.function, tuple(_without(argument, loop) for argument in term.arguments))
    if isinstance(term, Lookup):
        element = _place_without(term.element, loop)
        return Lookup(element, term.mode, _without(term.argument, loop))
    if isinstance(term, Fold):
        return Fold(term.operation, term.loops, _without(term.body, loop))
    return term


def _place_without(place: Place, loop: int) -> Place:
    kept = tuple((each, stride) for each, stride in place.strides if each != loop)
    return Place(place.variable, place.first, kept, place.tables)


def _primitive(name: str, terms: tuple[Term, ...]) -> Term:
    """A function of `FUNCTIONS` in terms of the primitive ones that `expressions` can write."""

    def do(function: str, *arguments: Term) -> Term:
        return Call(function, arguments)

    zero = Literal(0.0)
    if name in ("xidz", "zidz"):
        top, bottom = terms[:2]
        instead = terms[2] if name == "xidz" else zero
        tiny = do("less", do("absolute", bottom), Literal(SMALL))
        return do("if", tiny, instead, do("divide", top, bottom))
    if name in ("quantum", "modulo"):
        number, unit = terms
        whole = do("multiply", unit, do("integer", do("divide", number, unit)))
        quantum = do("if", do("less", unit, Literal(SMALL)), number, whole)
        return quantum if name == "quantum" else do("subtract", number, quantum)
    if name == "step":
        height, at = terms
        return do("if", do("greater", MIDDLES, at), height, zero)
    if name == "ramp":
        slope, start, finish = terms
        length = do("subtract", do("minimum", finish, TIMES), start)
        return do("if", do("greater", TIMES, start), do("multiply", slope, length), zero)
    if name in ("pulse", "pulse_train"):
        start = terms[0]
        width = do("maximum", terms[1], STEPS)
        after = do("greater", MIDDLES, start)
        if name == "pulse":
            return do("and", after, do("less", MIDDLES, do("add", start, width)))
        since = do("remainder", do("subtract", MIDDLES, start), terms[2])
        last = do("add", terms[3], do("multiply", Literal(0.5 + JUMP), STEPS))
        within = do("and", after, do("less", MIDDLES, last))
        return do("and", within, do("less", since, width))
    if name == "power":
        return _power(*terms)
    return Call(name, terms)


def _power(base: Term, exponent: Term) -> Term:
    """Small whole powers and roots without the general function, the same for every value."""
    if isinstance(exponent, Literal):
        if exponent.value == 2:
            return Call("multiply", (base, base))
        if exponent.value == 3:
            return Call("multiply", (Call("multiply", (base, base)), base))
        if exponent.value == -1:
            return Call("divide", (Literal(1.0), base))
        if exponent.value == 0.5:
            # The root of -0 is -0 and that of minus infinity NaN, where the power has 0, infinity.
            root = Call("add", (Call("square_root", (base,)), Literal(0.0)))
            below = Call("equal", (base, Literal(-math.inf)))
            return Call("if", (below, Literal(math.inf), root))
    return Call("power", (base, exponent))

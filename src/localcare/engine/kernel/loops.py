"""A group of equations as one nest of loops.

In: a group, a `Writer` for the function it goes into. Out: nothing; the loops are written, and
each equation's values are stored, added to what is saved, or both. Neighbouring loops become one
where every place steps evenly through both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from localcare.engine.kernel.expressions import Writer
from localcare.engine.kernel.names import FAULT, WEIGHT
from localcare.engine.kernel.plan import Group
from localcare.engine.kernel.terms import (
    Call,
    Equation,
    Fold,
    Load,
    Lookup,
    Place,
    Term,
    loops_of,
    walk,
)

__all__ = ["write_group"]

WEIGHTS, FAULTS = Place(WEIGHT), Place(FAULT)
#: More accumulators than this do not stay in registers.
MOST_FOLDS = 6


def write_group(
    writer: Writer, group: Group, stored: Iterable[str], sums: Mapping[str, str]
) -> None:
    """Write the loops of a group. Values of the variables `stored` are stored; those of the keys
    of `sums` are added, times the weight, to the variable that is the key's value. If any value
    is not finite, the fault becomes NaN."""
    nest = _Nest(writer, merged(group), frozenset(stored), sums)
    code = writer.code
    writer.known.clear()
    writer.folded.clear()
    with code.region():
        rounds = " x ".join(str(length) for length in nest.group.lengths)
        names = dict.fromkeys(equation.target.variable for equation in group.equations)
        code.note(f"{', '.join(names)}" + (f" for {rounds} elements" if rounds else ""))
        fault = nest.write(0, code.integer(0))
        if nest.watched:
            writer.store(code.add(writer.load(FAULTS), code.from_bits(fault)), FAULTS)


class _Nest:
    """The loops of one group, written from the outermost inwards."""

    def __init__(
        self, writer: Writer, group: Group, stored: frozenset[str], sums: Mapping[str, str]
    ) -> None:
        self.writer, self.group = writer, group
        self.stored, self.sums = stored, sums
        # A net flow that is not finite shows in its stock.
        self.watched = [e for e in group.equations if not e.target.variable.startswith("(")]

    def write(self, level: int, fault: str) -> str:
        """Write everything from a level on; the bits of the fault so far, and after it."""
        code, lengths = self.writer.code, self.group.lengths
        folds = [fold for fold in _folds(self.group) if not _uses(fold, self.group)]
        if level == len(lengths):
            self._fold_together(folds)
            return self._equations(fault)
        self._fold_together([f for f in folds if max(loops_of(f), default=-1) < level])
        with code.loop(lengths[level], [(code.lanes.bits, fault)]) as loop:
            self.writer.indices[level] = loop.index
            outside = dict(self.writer.folded)
            loop.next_values = (self.write(level + 1, loop.carried[0]),)
            self.writer.folded = outside
        return loop.next_values[0]

    def _equations(self, fault: str) -> str:
        code = self.writer.code
        for equation in self.group.equations:
            value = self._equation(equation)
            if equation in self.watched:
                # The difference is 0, all of whose bits are 0, or NaN for what is not finite.
                found = code.as_bits(code.subtract(value, value))
                fault = code.bitwise("or", fault, found)
        return fault

    def _equation(self, equation: Equation) -> str:
        writer, target = self.writer, equation.target
        value = writer.real(equation.term)
        writer.known[target] = value
        if target.variable in self.stored:
            writer.store(value, target)
        if target.variable in self.sums:
            total = replace(target, variable=self.sums[target.variable])
            before = writer.load(total)
            writer.store(writer.code.fused(writer.load(WEIGHTS), value, before), total)
        return value

    def _fold_together(self, folds: Sequence[Fold]) -> None:
        """Write those of the reductions that are not yet known, those of equal loops together."""
        by_rounds: dict[tuple[int, ...], list[Fold]] = {}
        for fold in folds:
            if fold not in self.writer.folded:
                by_rounds.setdefault(tuple(rounds for _, rounds in fold.loops), []).append(fold)
        for together in by_rounds.values():
            for start in range(0, len(together), MOST_FOLDS):
                self.writer.fold(together[start : start + MOST_FOLDS])


def _folds(group: Group) -> list[Fold]:
    """Reductions of a group that stand in no other."""
    found: dict[Fold, None] = {}
    for equation in group.equations:
        _collect(equation.term, found)
    return list(found)


def _collect(term: Term, found: dict[Fold, None]) -> None:
    if isinstance(term, Fold):
        found[term] = None
    elif isinstance(term, Call):
        for argument in term.arguments:
            _collect(argument, found)
    elif isinstance(term, Lookup):
        _collect(term.argument, found)


def _uses(fold: Fold, group: Group) -> bool:
    """Whether a reduction reads what the same group computes."""
    targets = {equation.target for equation in group.equations}
    return any(isinstance(part, Load) and part.place in targets for part in walk(fold))


# -- merging loops ---------------------------------------------------------------------------


def merged(group: Group) -> Group:
    """The group with neighbouring loops made one wherever that changes no place."""
    lengths = list(group.lengths)
    equations = list(group.equations)
    level = len(lengths) - 2
    while level >= 0:
        places = [place for equation in equations for place in _places(equation)]
        if all(_even(place, level, lengths[level + 1]) for place in places):
            equations = [_joined(equation, level) for equation in equations]
            lengths[level : level + 2] = [lengths[level] * lengths[level + 1]]
        level -= 1
    return Group(tuple(lengths), tuple(equations))


def _even(place: Place, outer: int, inner_length: int) -> bool:
    if any(loop in (outer, outer + 1) for loop, _ in place.tables):
        return False
    strides = dict(place.strides)
    return strides.get(outer, 0) == inner_length * strides.get(outer + 1, 0)


def _places(equation: Equation) -> list[Place]:
    places = [equation.target]
    for part in walk(equation.term):
        if isinstance(part, Load):
            places.append(part.place)
        elif isinstance(part, Lookup):
            places.append(part.element)
    return places


def _joined(equation: Equation, outer: int) -> Equation:
    """The equation with loop `outer` gone into the next, and later loops renumbered."""

    def place(old: Place) -> Place:
        strides = tuple((loop - (loop > outer), s) for loop, s in old.strides if loop != outer)
        tables = tuple((loop - (loop > outer), table) for loop, table in old.tables)
        return replace(old, strides=strides, tables=tables)

    def term(old: Term) -> Term:
        if isinstance(old, Load):
            return Load(place(old.place))
        if isinstance(old, Call):
            return replace(old, arguments=tuple(term(argument) for argument in old.arguments))
        if isinstance(old, Lookup):
            return replace(old, element=place(old.element), argument=term(old.argument))
        if isinstance(old, Fold):
            loops = tuple((loop - (loop > outer), rounds) for loop, rounds in old.loops)
            return replace(old, loops=loops, body=term(old.body))
        return old

    lengths = list(equation.lengths)
    lengths[outer : outer + 2] = [lengths[outer] * lengths[outer + 1]]
    return replace(
        equation, target=place(equation.target), lengths=tuple(lengths), term=term(equation.term)
    )

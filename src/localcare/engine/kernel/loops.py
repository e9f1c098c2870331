"""A group of equations as one nest of loops.

In: a group, a `Writer` for the function it goes into. Out: nothing; the loops are written, and
each equation's values are stored, added to what is saved, or both. Neighbouring loops become one
where every place steps evenly through both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from localcare.engine.kernel.abreast import rounds_abreast
from localcare.engine.kernel.expressions import Writer
from localcare.engine.kernel.merging import merged
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
    writer: Writer,
    group: Group,
    stored: Iterable[str],
    sums: Mapping[str, str],
    shown: Collection[Place] = (),
) -> None:
    """Write the loops of a group. Values of the variables `stored` are stored; those of the keys
    of `sums` are added, times the weight, to the variable that is the key's value. If any value
    is not finite, the fault becomes NaN; but for the targets `shown`, that show it elsewhere."""
    nest = _Nest(writer, group, frozenset(stored), sums, shown)
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
        self,
        writer: Writer,
        group: Group,
        stored: frozenset[str],
        sums: Mapping[str, str],
        shown: Collection[Place],
    ) -> None:
        self.writer, self.group = writer, merged(group)
        self.stored, self.sums = stored, sums
        # A net flow that is not finite shows in its stock.
        self.watched = [
            own
            for given, own in zip(group.equations, self.group.equations, strict=True)
            if not (given.target.variable.startswith("(") or given.target in shown)
        ]
        self.width = rounds_abreast(self.group) if writer.code.module.lanes.count == 1 else 1
        self._weight = ""  # where it is not the stage's in all lanes

    def write(self, level: int, fault: str) -> str:
        """Write everything from a level on; the bits of the fault so far, and after it."""
        code, lengths = self.writer.code, self.group.lengths
        folds = [fold for fold in _folds(self.group) if not _uses(fold, self.group)]
        if level == len(lengths):
            self._fold_together(folds)
            return self._equations(fault)
        self._fold_together([f for f in folds if max(loops_of(f), default=-1) < level])
        width = self.width if level == len(lengths) - 1 else 1
        if width > 1:
            return code.bitwise("or", fault, self._across(level, width))
        with code.loop(lengths[level], [(code.lanes.bits, fault)]) as loop:
            self.writer.indices[level] = loop.index
            outside = dict(self.writer.folded)
            loop.next_values = (self.write(level + 1, loop.carried[0]),)
            self.writer.folded = outside
        return loop.next_values[0]

    def _across(self, level: int, width: int) -> str:
        """Write the innermost loop with `width` of its rounds side by side; the fault's bits, as a
        scalar. Where the rounds are no multiple of that, the last ones lie over some before them
        and compute those once more, which changes nothing, and add them up no second time."""
        writer, code, length = self.writer, self.writer.code, self.group.lengths[level]
        outside = dict(writer.folded)
        with code.lanes_of(width):
            writer.across = level
            with code.loop(-(-length // width), [(code.lanes.bits, code.integer(0))]) as loop:
                first = code.index_multiply(loop.index, width)
                writer.indices[level] = first
                if length % width:
                    last = str(length - width)
                    before = code.pure(f"icmp ult i64 {first}, {last}", first)
                    begin = code.pure(f"select i1 {before}, i64 {first}, i64 {last}", before, first)
                    writer.indices[level] = begin
                    self._weight = self._once(first, begin)
                loop.next_values = (self.write(level + 1, loop.carried[0]),)
            writer.across = None
            found = code.any_bits(loop.next_values[0])
        writer.folded = outside
        self._weight = ""
        return found

    def _once(self, first: str, begin: str) -> str:
        """The weight of the stage, in lanes that lie over rounds of before 0."""
        code, lanes = self.writer.code, self.writer.code.lanes
        numbers = "<" + ", ".join(f"i64 {lane}" for lane in range(lanes.count)) + ">"
        rounds = code.bitwise("add", code.splat(begin, "i64"), numbers)
        fresh = code.splat(first, "i64")
        new = code.pure(f"icmp uge {lanes.bits} {rounds}, {fresh}", rounds, fresh)
        return code.choose(new, self.writer.load(WEIGHTS), code.number(0.0))

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
            weight = self._weight or writer.load(WEIGHTS)
            writer.store(writer.code.fused(weight, value, before), total)
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

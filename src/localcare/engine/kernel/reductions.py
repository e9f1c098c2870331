"""Sums, products and extremes over loops: several reductions side by side.

In: reductions that run over equally many rounds, and the `Writer` that writes their bodies. Out:
their values. Each keeps `PARTS` results on the way, of every second element, which are put together
at the end: an addition then need not wait for the one before. Short innermost loops are written
out round by round, longer ones a few rounds at a time. All this follows from the reduction alone,
so its bits are the same wherever it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localcare.engine.kernel.terms import Fold, Term, walk
from localcare.engine.kernel.watching import follows_finite

if TYPE_CHECKING:
    from localcare.engine.kernel.expressions import Writer

__all__ = ["EXTREMES", "PARTS", "reduce_together"]

PARTS = 2
#: An innermost loop of so many rounds is written out, if its bodies have no more than so many
#: terms in all.
MOST_ROUNDS, MOST_TERMS = 16, 300
#: Rounds of longer ones that are written out together: a multiple of `PARTS`.
TOGETHER = 4
IDENTITIES = {"sum": 0.0, "product": 1.0, "minimum": math.inf, "maximum": -math.inf}
EXTREMES = ("minimum", "maximum")


def reduce_together(writer: Writer, folds: Sequence[Fold]) -> list[str]:
    """The values of reductions whose loops have equally many rounds."""
    running = [_Running(writer, fold) for fold in folds]
    _over(writer, running, [length for _, length in folds[0].loops], ())
    return [each.result() for each in running]


@dataclass
class _Running:
    """A reduction on its way. `parts` are its results so far; an extreme also has a mask, of where
    it has `met` NaN, unless a body that is NaN is found anyway."""

    writer: Writer
    fold: Fold
    parts: list[str | None] = field(default_factory=list)
    met: str | None = None
    waiting: str | None = None  # an element that is not yet looked at

    def __post_init__(self) -> None:
        rounds = self.fold.loops[-1][1]
        self.parts = [None] * min(PARTS, rounds)
        self.wary = self.fold.operation in EXTREMES and not follows_finite(self.fold.body)

    def carried(self) -> list[tuple[str, str]]:
        """What a loop carries, as pairs of a type and a value."""
        code, lanes = self.writer.code, self.writer.code.lanes
        start = code.number(IDENTITIES[self.fold.operation])
        carried = [(lanes.real, start if part is None else part) for part in self.parts]
        if self.wary:
            carried.append((lanes.mask, self.met or lanes.truth(value=False)))
        return carried

    def take(self, values: Iterator[str]) -> None:
        """Go on from what a loop hands over."""
        self.parts = [next(values) for _ in self.parts]
        if self.wary:
            self.met = next(values)

    def add(self, number: int, indices: Sequence[str]) -> None:
        """Take in one more element, number so many of the innermost loop."""
        writer = self.writer
        outside = dict(writer.folded)
        # Reductions side by side share the loops, but each numbers them in its own way.
        writer.indices.update(
            (loop, at) for (loop, _), at in zip(self.fold.loops, indices, strict=True)
        )
        element = writer.real(self.fold.body)
        writer.folded = outside
        at = number % len(self.parts)
        before = self.parts[at]
        self.parts[at] = element if before is None else self._combined(before, element)
        if self.wary:
            if self.waiting is None:
                self.waiting = element
            else:
                self._look(self.waiting, element)

    def look(self) -> None:
        """Look at the element that waits, if one does."""
        if self.waiting is not None:
            self._look(self.waiting, self.waiting)

    def _look(self, one: str, other: str) -> None:
        code = self.writer.code
        unknown = code.compare("uno", one, other)
        self.met = unknown if self.met is None else code.either(self.met, unknown)
        self.waiting = None

    def _combined(self, a: str, b: str) -> str:
        code, operation = self.writer.code, self.fold.operation
        if operation == "sum":
            return code.add(a, b)
        if operation == "product":
            return code.multiply(a, b)
        beyond = code.compare("olt" if operation == "minimum" else "ogt", b, a)
        return code.choose(beyond, b, a)

    def result(self) -> str:
        """The value of the reduction."""
        parts = [part for part in self.parts if part is not None]
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            last = parts[-1:] if len(parts) % 2 else []
            parts = [self._combined(one, other) for one, other in pairs] + last
        (value,) = parts
        if self.met is None:
            return value
        return self.writer.code.choose(self.met, self.writer.code.number(math.nan), value)


def _over(
    writer: Writer, running: Sequence[_Running], rounds: Sequence[int], counters: tuple[str, ...]
) -> None:
    """Write the loops over `rounds`, inside those that `counters` count."""
    length = rounds[0]
    step, inside = 1, rounds[1:]
    if not inside:
        terms = sum(_terms(each.fold.body) for each in running)
        step = length if length <= MOST_ROUNDS and length * terms <= MOST_TERMS else TOGETHER
    whole = length // step
    if whole > 1 or inside:
        carried = [pair for each in running for pair in each.carried()]
        with writer.code.loop(whole, carried) as loop:
            _take(running, loop.carried)
            if inside:
                _over(writer, running, inside, (*counters, loop.index))
            else:
                first = writer.code.index_multiply(loop.index, step)
                places = [writer.code.index_add(first, number) for number in range(step)]
                _rounds(running, counters, places, 0)
            loop.next_values = tuple(v for each in running for _, v in each.carried())
        _take(running, loop.next_values)
    else:
        whole = 0
    if not inside:
        rest = range(whole * step, length)
        _rounds(running, counters, [str(number) for number in rest], whole * step)


def _take(running: Sequence[_Running], values: Sequence[str]) -> None:
    handed = iter(values)
    for each in running:
        each.take(handed)


def _rounds(
    running: Sequence[_Running], counters: tuple[str, ...], places: Sequence[str], first: int
) -> None:
    """Write rounds of the innermost loop one after the other, the first of which has a number that
    is as good as `first`."""
    for number, place in enumerate(places, first):
        for each in running:
            each.add(number, (*counters, place))
    for each in running:
        each.look()


def _terms(term: Term) -> int:
    """How many operations and places a term has."""
    return sum(1 for _ in walk(term))

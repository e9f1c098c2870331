"""Reductions over tables that are mostly nought: written out, element by element.

In: equations of a stage and what is known of tables. Out: equations that give the same bits with
less work. In `sum over f of capacity[p, f] * hours[f, r]` only some functions f need role r; so the
equation becomes one for each role, over places alone, and each adds up what its role is needed for.

Sums over such tables end with `+ 0` whether they are written out or not: then no bit tells which of
the two it was, so a kernel for members that fill in noughts gives the others what they had.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from localcare.engine.kernel.hoist import cost_of, moved_place, reads_of, renumbered
from localcare.engine.kernel.nought import Simplifier, placed, settled
from localcare.engine.kernel.terms import Call, Equation, Fold, Load, Lookup, Term, outermost, walk

__all__ = ["Spreader"]

#: What is written out may have so many terms, and cost no more than this share of the loops.
MOST_TERMS, WORTHWHILE = 800, 0.8
#: Reductions of more rounds than this, and those over several loops that would become more terms,
#: stay loops.
MOST_ROUNDS, MOST_OF_LOOPS = 256, 160


@dataclass(frozen=True)
class Spreader:
    """Writes out reductions. `model` knows the patterns that the model's tables have, `held` those
    that hold for every member; `abreast` says how many rounds of an equation's innermost loop would
    go side by side."""

    model: Simplifier
    held: Simplifier
    abreast: Callable[[Equation], int]

    def spread(self, equations: Sequence[Equation]) -> tuple[Equation, ...]:
        """All equations, reductions over tables of noughts written out where that pays."""
        return tuple(itertools.chain.from_iterable(map(self._equation, equations)))

    def _equation(self, equation: Equation) -> Iterable[Equation]:
        folds = [fold for fold in outermost(equation.term) if any(self._tables(fold))]
        if not folds:
            return (equation,)
        loops = sorted({loop for fold in folds for loop in self._deciding(fold)})
        written = self._written(equation, loops, folds)
        if written:
            return written
        instead = {fold: settled(fold) for fold in folds if fold.operation == "sum"}
        return (replace(equation, term=_replaced(equation.term, instead)),)

    def _tables(self, fold: Fold) -> Iterator[Load]:
        """The tables that a reduction reads of which something is known."""
        for part in walk(fold.body):
            if isinstance(part, Load) and part.place.loops:
                known = self.model.known(part.place.variable)
                if any(value is not None for value in known):
                    yield part

    def _deciding(self, fold: Fold) -> Iterator[int]:
        """The loops around a reduction whose round decides which of its elements are nought."""
        own = {loop for loop, _ in fold.loops}
        for load in self._tables(fold):
            if load.place.loops & own:
                yield from load.place.loops - own

    def _written(
        self, equation: Equation, loops: Sequence[int], folds: Sequence[Fold]
    ) -> list[Equation]:
        """An equation for each round of the loops; none if that does not pay."""
        rest = [loop for loop in range(len(equation.lengths)) if loop not in loops]
        numbers = {loop: number for number, loop in enumerate(rest)}
        lengths = tuple(equation.lengths[loop] for loop in rest)
        written: list[Equation] = []
        terms, cost, most = 0, 0.0, WORTHWHILE * self._cost(equation)
        for rounds in itertools.product(*(range(equation.lengths[loop]) for loop in loops)):
            at = dict(zip(loops, rounds, strict=True))
            instead: dict[Fold, Term] = {}
            for fold in folds:
                simpler = self._fold(fold, at)
                if simpler is None:
                    return []
                instead[fold] = simpler
            term = renumbered(self._simpler(equation.term, instead, at), numbers, len(rest))
            one = replace(
                equation,
                target=moved_place(placed(equation.target, at), numbers),
                lengths=lengths,
                term=term,
                reads=reads_of(term, equation.reads),
            )
            written.append(one)
            terms += _size(term)
            cost += self._cost(one)
            if terms > MOST_TERMS or cost > most:
                return []
        return written

    def _fold(self, fold: Fold, at: Mapping[int, int]) -> Term | None:
        """A reduction without what changes nothing, if that can be told."""
        several = len(fold.loops) > 1
        if math.prod(rounds for _, rounds in fold.loops) <= MOST_ROUNDS:
            written = self.held.written_out(fold, at)
            if written is None or not several or _size(written) <= MOST_OF_LOOPS:
                return written
        return self.held.narrowed(fold, at) if several and fold.operation == "sum" else None

    def _simpler(self, term: Term, instead: Mapping[Fold, Term], at: Mapping[int, int]) -> Term:
        """The term where loops stand `at` these rounds, with what stands for its reductions."""
        if isinstance(term, Fold) and term in instead:
            return instead[term]
        if isinstance(term, Call):
            arguments = tuple(self._simpler(each, instead, at) for each in term.arguments)
            return replace(term, arguments=arguments)
        if isinstance(term, Lookup):
            argument = self._simpler(term.argument, instead, at)
            return replace(term, element=placed(term.element, at), argument=argument)
        return self.held.term(term, at)[0]

    def _cost(self, equation: Equation) -> float:
        return math.prod(equation.lengths) * cost_of(equation.term) / self.abreast(equation)


def _replaced(term: Term, instead: Mapping[Fold, Term]) -> Term:
    if isinstance(term, Fold):
        return instead.get(term, term)
    if isinstance(term, Call):
        return replace(term, arguments=tuple(_replaced(a, instead) for a in term.arguments))
    if isinstance(term, Lookup):
        return replace(term, argument=_replaced(term.argument, instead))
    return term


def _size(term: Term) -> int:
    return sum(1 for _ in walk(term))

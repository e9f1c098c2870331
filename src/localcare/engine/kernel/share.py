"""Parts of equations that loops would compute over and over: computed once, in places of their own.

In: equations of one phase. Out: the same equations, with such parts read from new places, and the
equations that fill those. In `sum over f of a[p, f] * b[f] * c[r, f]`, for every p and r, the
product `a[p, f] * b[f]` stands inside the loop over r without depending on it; no order of loops
would avoid that. Every operation stays what it was, so no bit of any result changes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from localcare.engine.kernel.hoist import MOST_ELEMENTS, cost_of, reads_of, renumbered
from localcare.engine.kernel.terms import Call, Equation, Fold, Load, Lookup, Place, Term, loops_of

__all__ = ["Sharer"]


@dataclass
class Sharer:
    """Collects the new equations; `lengths` has the elements of each new place."""

    equations: list[Equation] = field(default_factory=list)
    lengths: dict[str, int] = field(default_factory=dict)
    _known: dict[tuple[tuple[int, ...], Term], str] = field(default_factory=dict)

    def shared(self, equations: Sequence[Equation]) -> tuple[Equation, ...]:
        """All equations: those given, with parts moved out, and those that compute the parts."""
        given = [self._equation(equation) for equation in equations]
        return (*given, *self.equations)

    def _equation(self, equation: Equation) -> Equation:
        rounds = dict(enumerate(equation.lengths))
        term = self._term(equation.term, rounds, equation)
        return replace(equation, term=term, reads=reads_of(term, equation.reads))

    def _term(self, term: Term, rounds: Mapping[int, int], equation: Equation) -> Term:
        """The term with its parts moved out; `rounds` are those of the loops around it, outermost
        first."""
        if isinstance(term, Call):
            if self._worthwhile(term, rounds):
                return self._place(term, rounds, equation)
            arguments = tuple(self._term(each, rounds, equation) for each in term.arguments)
            return replace(term, arguments=arguments)
        if isinstance(term, Lookup):
            if self._worthwhile(term, rounds):
                return self._place(term, rounds, equation)
            return replace(term, argument=self._term(term.argument, rounds, equation))
        if isinstance(term, Fold):
            inner = {**rounds, **dict(term.loops)}
            return replace(term, body=self._term(term.body, inner, equation))
        return term

    def _worthwhile(self, term: Term, rounds: Mapping[int, int]) -> bool:
        """Whether computing a part where it stands costs more than storing and reading it. It is
        computed in the innermost loop it depends on, for every round of all loops around that."""
        own = loops_of(term)
        needed = math.prod(rounds[loop] for loop in own)
        if not own or needed > MOST_ELEMENTS:
            return False
        order = list(rounds)
        around = order[: 1 + max(order.index(loop) for loop in own)]
        now = math.prod(rounds[loop] for loop in around)
        cost = cost_of(term)
        return now * cost > needed * (cost + 1) + now

    def _place(self, term: Term, rounds: Mapping[int, int], equation: Equation) -> Term:
        """A load of the place that holds a part."""
        outer = [loop for loop in rounds if loop in loops_of(term)]
        lengths = tuple(rounds[loop] for loop in outer)
        part = renumbered(term, {loop: number for number, loop in enumerate(outer)}, len(outer))
        strides = [math.prod(lengths[position + 1 :]) for position in range(len(lengths))]
        key = (lengths, part)
        if key not in self._known:
            name = f"(shared {len(self._known)})"
            self._known[key] = name
            self.lengths[name] = math.prod(lengths)
            inner = self._term(part, dict(enumerate(lengths)), equation)
            target = Place(name, 0, tuple(enumerate(strides)))
            reads = reads_of(inner, equation.reads)
            self.equations.append(Equation(target, lengths, inner, reads, ()))
        return Load(Place(self._known[key], 0, tuple(zip(outer, strides, strict=True))))

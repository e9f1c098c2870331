"""What need not be computed at every stage: moved to where it changes more rarely.

In: equations as they are lowered and the phase of every variable. Out: the same equations, whose
parts that follow from constants (or from constants and time) are read from places of their own,
and the equations that fill those places. Division by what changes more rarely, or in outer loops
only, becomes `divide_by` with an inverse computed once. Each decision rests on the equation alone,
never on what else is computed or saved, so it cannot change a member's bits from run to run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from localcare.engine.kernel.names import CLOCK, STEP
from localcare.engine.kernel.terms import (
    Call,
    Equation,
    Fold,
    Literal,
    Load,
    Lookup,
    Phase,
    Place,
    Read,
    Term,
    loops_of,
    walk,
)

__all__ = [
    "MOST_ELEMENTS",
    "Hoister",
    "cost_of",
    "moved_place",
    "phase_of",
    "reads_of",
    "renumbered",
]

#: Rough costs in units of an addition: what is cheaper than this to compute is not worth a place.
WORTH_A_PLACE = 4
#: More elements than this would crowd out of the cache what they save.
MOST_ELEMENTS = 4096
COSTS = {"divide": 8, "divide_by": 4, "square_root": 8, "power": 60, "remainder": 60}
CHEAP = {
    "add", "subtract", "multiply", "negate", "equal", "not_equal", "less", "less_equal",
    "greater", "greater_equal", "and", "or", "not", "if", "minimum", "maximum", "absolute",
    "integer",
}  # fmt: skip


def phase_of(term: Term, phases: Mapping[str, Phase]) -> Phase:
    """When a term changes."""
    latest = Phase.CONSTANT
    for part in walk(term):
        if isinstance(part, Load):
            name = part.place.variable
            if name in CLOCK:
                latest = max(latest, Phase.TIME)
            elif name != STEP:
                latest = max(latest, phases[name])
    return latest


@dataclass
class Hoister:
    """Collects what is moved, by phase; equal parts of any equations share a place."""

    phases: dict[str, Phase]
    moved: dict[Phase, list[Equation]] = field(
        default_factory=lambda: {Phase.CONSTANT: [], Phase.TIME: []}
    )
    lengths: dict[str, int] = field(default_factory=dict)  # elements of each place made here
    _known: dict[tuple[Phase, tuple[int, ...], Term], str] = field(default_factory=dict)

    def equation(self, equation: Equation, phase: Phase) -> Equation:
        """The equation with its rarer parts moved out, for one that is computed in `phase`."""
        rounds = dict(enumerate(equation.lengths))
        term = self._divisions(equation.term, phase, rounds)
        term = self._moved(term, phase, rounds, equation.reads)
        return replace(equation, term=term, reads=reads_of(term, equation.reads))

    # -- division ----------------------------------------------------------------------------

    def _divisions(self, term: Term, phase: Phase, rounds: Mapping[int, int]) -> Term:
        if isinstance(term, Fold):
            inner = {**rounds, **dict(term.loops)}
            return replace(term, body=self._divisions(term.body, phase, inner))
        if isinstance(term, Lookup):
            return replace(term, argument=self._divisions(term.argument, phase, rounds))
        if not isinstance(term, Call):
            return term
        arguments = tuple(self._divisions(each, phase, rounds) for each in term.arguments)
        if term.function == "divide" and self._inverts(*arguments):
            above, below = arguments
            inverse: Term = Call("divide", (Literal(1.0), below))
            if isinstance(below, Literal):
                inverse = Literal(1.0 / below.value)
            return Call("divide_by", (above, below, inverse))
        return Call(term.function, arguments)

    def _inverts(self, above: Term, below: Term) -> bool:
        """Whether an inverse of the divisor would be used more often than it is computed."""
        if phase_of(above, self.phases) is not Phase.STATE:
            return False
        if isinstance(below, Literal):
            size = abs(below.value)
            # Powers of two divide exactly as they are, and extreme divisors have no good inverse.
            return 1e-300 < size < 1e300 and math.frexp(size)[0] != 0.5
        if phase_of(below, self.phases) < Phase.STATE:
            return True
        return max(loops_of(below), default=-1) < max(loops_of(above), default=-1)

    # -- moving ------------------------------------------------------------------------------

    def _moved(
        self, term: Term, phase: Phase, rounds: Mapping[int, int], reads: tuple[Read, ...]
    ) -> Term:
        own = phase_of(term, self.phases)
        if own < phase and self._worthwhile(term, rounds):
            return self._place(term, own, rounds, reads)
        if isinstance(term, Call):
            return replace(
                term,
                arguments=tuple(self._moved(each, phase, rounds, reads) for each in term.arguments),
            )
        if isinstance(term, Lookup):
            return replace(term, argument=self._moved(term.argument, phase, rounds, reads))
        if isinstance(term, Fold):
            inner = {**rounds, **dict(term.loops)}
            return replace(term, body=self._moved(term.body, phase, inner, reads))
        return term

    def _worthwhile(self, term: Term, rounds: Mapping[int, int]) -> bool:
        elements = math.prod(rounds[loop] for loop in loops_of(term))
        return cost_of(term) >= WORTH_A_PLACE and elements <= MOST_ELEMENTS

    def _place(
        self, term: Term, phase: Phase, rounds: Mapping[int, int], reads: tuple[Read, ...]
    ) -> Term:
        """A load of the place that holds the term's value in `phase`."""
        outer = sorted(loops_of(term))
        lengths = tuple(rounds[loop] for loop in outer)
        numbers = {loop: number for number, loop in enumerate(outer)}
        part = renumbered(term, numbers, len(outer))
        key = (phase, lengths, part)
        strides = [math.prod(lengths[position + 1 :]) for position in range(len(lengths))]
        name = self._known.get(key)
        if name is None:
            name = f"(moved {len(self._known)})"
            self._known[key] = name
            self.phases[name] = phase
            self.lengths[name] = math.prod(lengths)
            target = Place(name, 0, tuple(enumerate(strides)))
            equation = Equation(target, lengths, part, (), ())
            rarer = self._moved(part, phase, dict(enumerate(lengths)), reads)
            equation = replace(equation, term=rarer, reads=reads_of(rarer, reads))
            self.moved[phase].append(equation)
        return Load(Place(name, 0, tuple(zip(outer, strides, strict=True))))


def reads_of(term: Term, reads: tuple[Read, ...]) -> tuple[Read, ...]:
    """What a term still reads: of what it read before, and places made here."""
    boxes: dict[str, dict[tuple[frozenset[int], ...], None]] = {}
    for read in reads:
        boxes.setdefault(read.place.variable, {})[read.box] = None
    found: dict[Read, None] = {}
    for part in walk(term):
        if isinstance(part, Load):
            for box in boxes.get(part.place.variable, {(): None}):
                found[Read(part.place, box)] = None
    return tuple(found)


def cost_of(term: Term) -> int:
    """Roughly what a term costs, in additions."""
    if isinstance(term, Load):
        return 1
    if isinstance(term, Call):
        own = 1 if term.function in CHEAP else COSTS.get(term.function, 20)
        return own + sum(cost_of(argument) for argument in term.arguments)
    if isinstance(term, Lookup):
        return 15 + cost_of(term.argument)
    if isinstance(term, Fold):
        return math.prod(rounds for _, rounds in term.loops) * (1 + cost_of(term.body))
    return 0


def renumbered(term: Term, numbers: Mapping[int, int], first: int) -> Term:
    """The term with loops numbered anew; those of its reductions follow from `first` on."""
    return _Renumbering(first).term(term, numbers)


@dataclass
class _Renumbering:
    """Numbers the loops of reductions in the order in which they are met."""

    following: int

    def term(self, term: Term, numbers: Mapping[int, int]) -> Term:
        """The term with the loops in `numbers` renamed."""
        if isinstance(term, Load):
            return Load(moved_place(term.place, numbers))
        if isinstance(term, Call):
            return replace(term, arguments=tuple(self.term(a, numbers) for a in term.arguments))
        if isinstance(term, Lookup):
            element = moved_place(term.element, numbers)
            return replace(term, element=element, argument=self.term(term.argument, numbers))
        if isinstance(term, Fold):
            inner = dict(numbers)
            for loop, _ in term.loops:
                inner[loop] = self.following
                self.following += 1
            loops = tuple((inner[loop], rounds) for loop, rounds in term.loops)
            return Fold(term.operation, loops, self.term(term.body, inner))
        return term


def moved_place(place: Place, numbers: Mapping[int, int]) -> Place:
    """The place with loops numbered anew."""
    return replace(
        place,
        strides=tuple(sorted((numbers[loop], stride) for loop, stride in place.strides)),
        tables=tuple(sorted((numbers[loop], table) for loop, table in place.tables)),
    )

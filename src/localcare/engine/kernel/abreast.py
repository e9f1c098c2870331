"""Rounds of a loop side by side, where members are not.

A kernel of one lane computes several elements of a variable at once, as far as they lie side by
side in memory.
"""

from __future__ import annotations

import math

from localcare.engine.kernel.expressions import is_contiguous
from localcare.engine.kernel.hoist import cost_of
from localcare.engine.kernel.merging import merged
from localcare.engine.kernel.plan import Group
from localcare.engine.kernel.terms import Call, Equation, Fold, Load, Lookup, Term, walk

__all__ = ["abreast_alone", "rounds_abreast"]

#: So many rounds of a loop go side by side at most.
WIDEST = 8
#: What a number costs that is collected for rounds side by side, in additions; and what share of
#: the cost of rounds one by one those side by side may have.
GATHERING, AS_GOOD = 2, 0.7


def rounds_abreast(group: Group) -> int:
    """How many rounds of the innermost loop to compute side by side: one where collecting numbers
    that do not lie so would cost what that saves. Loops that can be merged are so already."""
    loop = len(group.lengths) - 1
    if loop < 0:
        return 1
    equations = group.equations
    if not all(is_contiguous(equation.target, loop) for equation in equations):
        return 1
    tables = any(
        isinstance(part, Lookup) and loop in part.element.loops
        for equation in equations
        for part in walk(equation.term)
    )
    width = 1 << (min(group.lengths[loop], WIDEST).bit_length() - 1)
    cost = sum(cost_of(equation.term) for equation in equations)
    gathered = sum(_gathered(equation.term, loop) for equation in equations)
    dear = cost + width * GATHERING * gathered >= AS_GOOD * width * cost
    return 1 if tables or dear else width


def _gathered(term: Term, loop: int) -> int:
    """How many numbers a round reads that do not lie beside those of the next."""
    if isinstance(term, Load):
        return int(loop in term.place.loops and not is_contiguous(term.place, loop))
    if isinstance(term, Call):
        return sum(_gathered(each, loop) for each in term.arguments)
    if isinstance(term, Lookup):
        return _gathered(term.argument, loop)
    if isinstance(term, Fold):
        return math.prod(rounds for _, rounds in term.loops) * _gathered(term.body, loop)
    return 0


def abreast_alone(equation: Equation) -> int:
    """How many rounds of an equation could go side by side in a group of its own."""
    return rounds_abreast(merged(Group(equation.lengths, (equation,))))

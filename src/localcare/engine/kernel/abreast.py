"""Rounds of a loop side by side, where members are not.

A kernel of one lane computes several elements of a variable at once, as far as they lie side by
side in memory.
"""

from __future__ import annotations

from localcare.engine.kernel.expressions import is_contiguous
from localcare.engine.kernel.merging import merged, places_of
from localcare.engine.kernel.plan import Group
from localcare.engine.kernel.terms import Equation, Lookup, walk

__all__ = ["abreast_alone", "rounds_abreast"]

#: So many rounds of a loop go side by side at most.
WIDEST = 8


def rounds_abreast(group: Group) -> int:
    """How many rounds of the innermost loop to compute side by side: one unless nearly every place
    steps from slot to slot with it, or not at all. Loops that can be merged are so already."""
    loop = len(group.lengths) - 1
    if loop < 0:
        return 1
    places = [place for equation in group.equations for place in places_of(equation)]
    if not all(is_contiguous(equation.target, loop) for equation in group.equations):
        return 1
    scattered = sum(loop in place.loops and not is_contiguous(place, loop) for place in places)
    tables = any(
        isinstance(part, Lookup) and loop in part.element.loops
        for equation in group.equations
        for part in walk(equation.term)
    )
    if tables or scattered * 4 > len(places):
        return 1
    return 1 << (min(group.lengths[loop], WIDEST).bit_length() - 1)


def abreast_alone(equation: Equation) -> int:
    """How many rounds of an equation could go side by side in a group of its own."""
    return rounds_abreast(merged(Group(equation.lengths, (equation,))))

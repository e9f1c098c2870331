"""Neighbouring loops of a group made one.

In: a group. Out: the same group with fewer, longer loops wherever every place steps evenly through
two of them.
"""

from __future__ import annotations

from dataclasses import replace

from localcare.engine.kernel.plan import Group
from localcare.engine.kernel.terms import Call, Equation, Fold, Load, Lookup, Place, Term, walk

__all__ = ["merged", "places_of"]


def merged(group: Group) -> Group:
    """The group with neighbouring loops made one wherever that changes no place."""
    lengths = list(group.lengths)
    equations = list(group.equations)
    level = len(lengths) - 2
    while level >= 0:
        places = [place for equation in equations for place in places_of(equation)]
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


def places_of(equation: Equation) -> list[Place]:
    """All places that an equation writes and reads."""
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

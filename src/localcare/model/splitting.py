"""Equations of many elements, split into equations of fewer.

An equation like `x[upper] = f(x[lower])` needs elements that it computes itself. `split` cuts such
equations along the dimensions in which they reach for other elements; `pin` is one such cut.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from localcare.model.expression import (
    Along,
    Apply,
    Axis,
    Expression,
    Index,
    Interpolate,
    Reduce,
    Reference,
    walk,
)
from localcare.model.spec import Component, Variable

__all__ = ["Node", "part_of", "pin", "split"]

_MAX_PIECES = 20_000


@dataclass(frozen=True, slots=True)
class Node:
    """One equation: component `number` of `variable`, or of its initial value."""

    variable: str
    number: int
    initial: bool = False


def part_of(known: Mapping[str, Variable], node: Node) -> Component:
    """The component that a node stands for."""
    variable = known[node.variable]
    return (variable.initial if node.initial else variable.components)[node.number]


def split(
    known: Mapping[str, Variable], knots: Sequence[Sequence[Node]], *, whole: bool
) -> dict[str, Variable] | None:
    """The variables with the equations of every knot (a group that depends on itself) split, or
    None where there is nothing to split. First along the dimensions in which elements are read
    that are not the equation's own; with `whole`, along all.
    """
    chosen: dict[tuple[str, bool], dict[int, list[Component]]] = {}
    for knot in knots:
        shifted = _shifted(known, knot)
        for node in knot:
            part = part_of(known, node)
            lengths = {
                place: len(axis.positions)
                for place, axis in enumerate(part.axes)
                if len(axis.positions) > 1 and (whole or axis.dimension in shifted)
            }
            if lengths and math.prod(lengths.values()) <= _MAX_PIECES:
                chosen.setdefault((node.variable, node.initial), {})[node.number] = [
                    pin(part, dict(zip(lengths, counts, strict=True)))
                    for counts in itertools.product(*map(range, lengths.values()))
                ]
    if not chosen:
        return None
    changed = dict(known)
    for (name, initial), pieces in chosen.items():
        variable = changed[name]
        old = variable.initial if initial else variable.components
        new = tuple(
            piece for number, part in enumerate(old) for piece in pieces.get(number, [part])
        )
        changed[name] = (
            replace(variable, initial=new) if initial else replace(variable, components=new)
        )
    return changed


def _shifted(known: Mapping[str, Variable], knot: Sequence[Node]) -> set[str]:
    """Dimensions in which equations of a knot read other elements than their own, with those
    that the same loops run along.
    """
    members = {node.variable for node in knot}
    shifted: set[str] = set()
    linked: list[set[str]] = []
    for node in knot:
        part = part_of(known, node)
        own = {axis.name: axis for axis in part.axes}
        for reference in walk(part.expression):
            if not isinstance(reference, Reference) or reference.variable not in members:
                continue
            dimensions = known[reference.variable].dimensions
            for dimension, index in zip(dimensions, reference.indices, strict=True):
                if not isinstance(index, Along) or index.axis not in own:
                    shifted.add(dimension)
                    continue
                axis = own[index.axis]
                linked.append({dimension, axis.dimension})
                if dimension != axis.dimension or index.positions != axis.positions:
                    shifted |= linked[-1]
    growing = True
    while growing:
        growing = False
        for pair in linked:
            if pair & shifted and not pair <= shifted:
                shifted |= pair
                growing = True
    return shifted


def pin(part: Component, counters: Mapping[int, int]) -> Component:
    """The component at one count of some of its axes (by place), which keep one position."""
    pinned = {part.axes[place].name: count for place, count in counters.items()}
    axes = tuple(
        Axis(axis.name, axis.dimension, (axis.positions[pinned[axis.name]],))
        if axis.name in pinned
        else axis
        for axis in part.axes
    )
    return Component(axes, _pinned(part.expression, pinned), part.line)


def _pinned(expression: Expression, pinned: Mapping[str, int]) -> Expression:
    if isinstance(expression, Reference):
        return Reference(expression.variable, _moved(expression.indices, pinned))
    if isinstance(expression, Apply):
        arguments = tuple(_pinned(each, pinned) for each in expression.arguments)
        return Apply(expression.function, arguments)
    if isinstance(expression, Interpolate):
        return Interpolate(
            expression.table,
            _moved(expression.indices, pinned),
            _pinned(expression.argument, pinned),
            expression.mode,
        )
    if isinstance(expression, Reduce):
        return Reduce(expression.operation, expression.axes, _pinned(expression.body, pinned))
    return expression


def _moved(indices: tuple[Index, ...], pinned: Mapping[str, int]) -> tuple[Index, ...]:
    return tuple(
        Along(index.axis, (index.positions[pinned[index.axis]],))
        if isinstance(index, Along) and index.axis in pinned
        else index
        for index in indices
    )

"""The order in which equations can be computed.

`arrange` takes the variables of a model and returns them with an `Order`: for constants, for
initial values and for one step. An equation of several elements that needs other elements of
itself (`x[upper] = f(x[lower])`) is split until each piece finds what it needs. What then still
depends on itself is a real loop, and is reported as a chain of causes, `a -> b -> a`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from localcare.model.expression import (
    Along,
    Apply,
    Axis,
    Expression,
    Interpolate,
    Reduce,
    Reference,
    Time,
)
from localcare.model.graph import components as strong_components
from localcare.model.graph import shortest_cycle
from localcare.model.spec import Component, Dimension, Kind, Order, Task, Variable

__all__ = ["TIMED", "arrange", "pin"]

#: Functions that read the time without being told it.
TIMED = frozenset({"step", "ramp", "pulse", "pulse_train"})
_MAX_PIECES = 20_000


@dataclass(frozen=True, slots=True)
class Node:
    """One equation: component `number` of `variable`, or of its initial value."""

    variable: str
    number: int
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A circular definition: the variables in it, from cause to effect, the first one repeated."""

    first: Variable
    chain: str
    initial: bool


def arrange(
    variables: Sequence[Variable], dimensions: Mapping[str, Dimension]
) -> tuple[tuple[Variable, ...], Order, tuple[Loop, ...]]:
    """The variables, with equations split where needed, their order, and the loops found."""
    known = {variable.identifier: variable for variable in variables}
    whole = False
    while True:
        graph = _Graph(known)
        knots = [knot for stage in graph.stages() for knot in stage if graph.tangled(knot)]
        if not knots:
            return tuple(known.values()), graph.order(), ()
        pieces = _split(known, graph, knots, whole)
        if pieces is None:
            if whole:
                return tuple(known.values()), Order(), _loops(known, graph, dimensions)
            whole = True
            continue
        known = pieces


class _Graph:
    """What every equation needs, at the level of components."""

    def __init__(self, known: Mapping[str, Variable]) -> None:
        self.known = known
        self.reads: dict[Node, tuple[tuple[str, tuple[frozenset[int], ...]], ...]] = {}
        self.timed: set[Node] = set()
        self.boxes: dict[Node, tuple[frozenset[int], ...]] = {}
        self._of: dict[tuple[str, bool], list[Node]] = {}
        for variable in known.values():
            if variable.kind is Kind.AUXILIARY:
                self._add(variable, variable.components, initial=False)
            elif variable.kind is Kind.STOCK:
                self._add(variable, variable.initial, initial=True)
        self.fixed = self._fixed()

    def _add(self, variable: Variable, parts: tuple[Component, ...], *, initial: bool) -> None:
        for number, part in enumerate(parts):
            node = Node(variable.identifier, number, initial)
            self._of.setdefault((variable.identifier, initial), []).append(node)
            self.boxes[node] = tuple(frozenset(axis.positions) for axis in part.axes)
            self.reads[node] = tuple(dict.fromkeys(_reads(part.expression)))
            if _timed(part.expression):
                self.timed.add(node)

    def needs(self, node: Node, *, initial: bool) -> list[Node]:
        """Equations that must come before this one: auxiliaries, and stocks' initial values."""
        found: dict[Node, None] = {}
        for name, where in self.reads[node]:
            kind = self.known[name].kind
            if kind is Kind.STOCK and not initial:
                continue
            if kind not in (Kind.STOCK, Kind.AUXILIARY):
                continue
            others = self._of.get((name, kind is Kind.STOCK), [])
            for other in others:
                if len(others) == 1 or all(
                    own & read for own, read in zip(self.boxes[other], where, strict=True)
                ):
                    found[other] = None
        return list(found)

    def _fixed(self) -> set[Node]:
        """Auxiliaries that follow from constants alone."""
        nodes = [node for node in self.reads if not node.initial]
        moving = {
            node
            for node in nodes
            if node in self.timed
            or any(
                self.known[name].kind in (Kind.STOCK, Kind.SERIES) for name, _ in self.reads[node]
            )
        }
        users: dict[Node, list[Node]] = {}
        for node in nodes:
            for other in self.needs(node, initial=False):
                users.setdefault(other, []).append(node)
        waiting = list(moving)
        while waiting:
            for user in users.get(waiting.pop(), []):
                if user not in moving:
                    moving.add(user)
                    waiting.append(user)
        return set(nodes) - moving

    def stages(self) -> tuple[list[list[Node]], list[list[Node]], list[list[Node]]]:
        """Strongly connected groups for constants, initial values and one step, causes first."""
        nodes = [node for node in self.reads if not node.initial]

        def step_needs(node: Node) -> list[Node]:
            return self.needs(node, initial=False)

        def initial_needs(node: Node) -> list[Node]:
            return [other for other in self.needs(node, initial=True) if other not in self.fixed]

        fixed = [node for node in nodes if node in self.fixed]
        moving = [node for node in nodes if node not in self.fixed]
        starts = [node for node in self.reads if node.initial]
        return (
            strong_components(fixed, step_needs),
            strong_components(starts, initial_needs),
            strong_components(
                moving, lambda node: [o for o in step_needs(node) if o not in self.fixed]
            ),
        )

    def tangled(self, group: Sequence[Node]) -> bool:
        """Whether a group of equations depends on itself."""
        return len(group) > 1 or group[0] in self.needs(group[0], initial=group[0].initial)

    def order(self) -> Order:
        """The groups as tasks; only for a graph without loops."""
        constants, initial, step = (
            tuple(Task(node.variable, node.number) for (node,) in stage) for stage in self.stages()
        )
        return Order(constants, initial, step)


def _reads(
    expression: Expression, loops: Mapping[str, Axis] | None = None
) -> Iterator[tuple[str, tuple[frozenset[int], ...]]]:
    """Variables an expression reads, with the positions read in each dimension."""
    if isinstance(expression, Reference):
        yield (
            expression.variable,
            tuple(
                frozenset(index.positions)
                if isinstance(index, Along)
                else frozenset((index.position,))
                for index in expression.indices
            ),
        )
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _reads(argument)
    elif isinstance(expression, Interpolate):
        yield from _reads(expression.argument)
    elif isinstance(expression, Reduce):
        yield from _reads(expression.body)


def _timed(expression: Expression) -> bool:
    if isinstance(expression, Apply):
        return expression.function in TIMED or any(map(_timed, expression.arguments))
    if isinstance(expression, Interpolate):
        return _timed(expression.argument)
    if isinstance(expression, Reduce):
        return _timed(expression.body)
    return isinstance(expression, Time)


def _split(
    known: Mapping[str, Variable], graph: _Graph, knots: Sequence[Sequence[Node]], whole: bool
) -> dict[str, Variable] | None:
    """The variables with the knotted equations split, or None where there is nothing to split.

    First along the dimensions in which elements are read that are not the equation's own; where
    that is not enough (`whole`), along all.
    """
    chosen: dict[tuple[str, bool], dict[int, list[Component]]] = {}
    for knot in knots:
        members = {node.variable for node in knot}
        shifted = _shifted(known, knot, members)
        for node in knot:
            part = _part(known, node)
            places = [
                place
                for place, axis in enumerate(part.axes)
                if len(axis.positions) > 1 and (whole or axis.dimension in shifted)
            ]
            count = math.prod(len(part.axes[place].positions) for place in places)
            if places and count <= _MAX_PIECES:
                chosen.setdefault((node.variable, node.initial), {})[node.number] = [
                    pin(part, dict(zip(places, counts, strict=True)))
                    for counts in _counts([len(part.axes[place].positions) for place in places])
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


def _shifted(
    known: Mapping[str, Variable], knot: Sequence[Node], members: set[str]
) -> frozenset[str]:
    """Dimensions in which equations of a knot read other elements than their own, with those
    that the same loops run along.
    """
    shifted: set[str] = set()
    linked: list[set[str]] = []
    for node in knot:
        part = _part(known, node)
        own = {axis.name: axis for axis in part.axes}
        for reference in _references(part.expression):
            if reference.variable not in members:
                continue
            dimensions = known[reference.variable].dimensions
            for dimension, index in zip(dimensions, reference.indices, strict=True):
                axis = own.get(index.axis) if isinstance(index, Along) else None
                if axis is None:
                    shifted.add(dimension)
                    continue
                linked.append({dimension, axis.dimension})
                if dimension != axis.dimension or index.positions != axis.positions:  # type: ignore[union-attr]
                    shifted |= {dimension, axis.dimension}
    growing = True
    while growing:
        growing = False
        for pair in linked:
            if pair & shifted and not pair <= shifted:
                shifted |= pair
                growing = True
    return frozenset(shifted)


def _references(expression: Expression) -> Iterator[Reference]:
    if isinstance(expression, Reference):
        yield expression
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _references(argument)
    elif isinstance(expression, Interpolate):
        yield from _references(expression.argument)
    elif isinstance(expression, Reduce):
        yield from _references(expression.body)


def _part(known: Mapping[str, Variable], node: Node) -> Component:
    variable = known[node.variable]
    return (variable.initial if node.initial else variable.components)[node.number]


def _counts(lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if not lengths:
        yield ()
        return
    for first in range(lengths[0]):
        for rest in _counts(lengths[1:]):
            yield (first, *rest)


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
    def moved(indices: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(
            Along(index.axis, (index.positions[pinned[index.axis]],))
            if isinstance(index, Along) and index.axis in pinned
            else index
            for index in indices
        )

    if isinstance(expression, Reference):
        return Reference(expression.variable, moved(expression.indices))
    if isinstance(expression, Apply):
        arguments = tuple(_pinned(each, pinned) for each in expression.arguments)
        return Apply(expression.function, arguments)
    if isinstance(expression, Interpolate):
        argument = _pinned(expression.argument, pinned)
        return Interpolate(expression.table, moved(expression.indices), argument, expression.mode)
    if isinstance(expression, Reduce):
        return Reduce(expression.operation, expression.axes, _pinned(expression.body, pinned))
    return expression


def _loops(
    known: Mapping[str, Variable], graph: _Graph, dimensions: Mapping[str, Dimension]
) -> tuple[Loop, ...]:
    """One chain for each knot that is left, from cause to effect."""
    found: dict[str, Loop] = {}
    for number, stage in enumerate(graph.stages()):
        for knot in stage:
            if not graph.tangled(knot):
                continue
            inside = set(knot)
            start = min(knot, key=lambda node: list(known).index(node.variable))

            def causes(node: Node, inside: set[Node] = inside, at: int = number) -> list[Node]:
                return [each for each in graph.needs(node, initial=at == 1) if each in inside]

            cycle = shortest_cycle(start, causes)
            words = [_name(known, node, dimensions) for node in reversed(cycle)]
            loop = Loop(known[start.variable], " -> ".join(words), number == 1)
            found.setdefault(" ".join(sorted({node.variable for node in cycle})), loop)
    return tuple(found.values())


def _name(known: Mapping[str, Variable], node: Node, dimensions: Mapping[str, Dimension]) -> str:
    variable, part = known[node.variable], _part(known, node)
    parts = variable.initial if node.initial else variable.components
    if len(parts) == 1:
        return variable.name
    labels = [
        dimensions[axis.dimension].elements[axis.positions[0]]
        if len(axis.positions) == 1
        else axis.dimension
        for axis in part.axes
    ]
    return f"{variable.name}[{', '.join(labels)}]"

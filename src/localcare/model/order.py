"""The order in which equations can be computed.

`arrange` takes the variables of a model and returns them with an `Order`: for constants, for
initial values and for one step. Dependencies are those of single elements: an equation that needs
other elements of itself is split (`splitting`) until each piece finds what it needs. What then
still depends on itself is a real loop, and is reported as a chain of causes, `a -> b -> a`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from localcare.model.expression import Along, Apply, Expression, Reference, Time, walk
from localcare.model.graph import components as strong_components
from localcare.model.graph import shortest_cycle
from localcare.model.spec import Component, Dimension, Kind, Order, Task, Variable
from localcare.model.splitting import Node, part_of, split

__all__ = ["TIMED", "Loop", "arrange"]

#: Functions that read the time without being told it.
TIMED = frozenset({"step", "ramp", "pulse", "pulse_train"})
_INITIAL = 1  # the place of initial values among the stages
_FEW = 8  # so many are looked through one by one

Positions = tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """A circular definition: the first variable in it, and all from cause to effect."""

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
        stages = graph.stages()
        knots = [knot for stage in stages for knot in stage if graph.tangled(knot)]
        if not knots:
            tasks = [
                tuple(Task(node.variable, node.number) for (node,) in stage) for stage in stages
            ]
            return tuple(known.values()), Order(*tasks), ()
        pieces = split(known, knots, whole=whole)
        if pieces is not None:
            known = pieces
        elif whole:
            return tuple(known.values()), Order(), _loops(known, graph, stages, dimensions)
        else:
            whole = True


class _Graph:
    """What every equation needs, component by component."""

    def __init__(self, known: Mapping[str, Variable]) -> None:
        self.known = known
        self.reads: dict[Node, tuple[tuple[str, Positions], ...]] = {}
        self.timed: set[Node] = set()
        self.boxes: dict[Node, Positions] = {}
        self._of: dict[tuple[str, bool], list[Node]] = {}
        for variable in known.values():
            if variable.kind is Kind.AUXILIARY:
                self._add(variable, variable.components, initial=False)
                self._add(variable, variable.initial, initial=True)
            elif variable.kind is Kind.STOCK:
                self._add(variable, variable.initial, initial=True)
        self._needs: dict[tuple[Node, bool], list[Node]] = {}
        self._places: dict[tuple[str, bool], list[dict[int, list[Node]]]] = {}
        self.fixed = self._fixed()

    def _add(self, variable: Variable, parts: tuple[Component, ...], *, initial: bool) -> None:
        for number, part in enumerate(parts):
            node = Node(variable.identifier, number, initial)
            self._of.setdefault((variable.identifier, initial), []).append(node)
            self.boxes[node] = tuple(frozenset(axis.positions) for axis in part.axes)
            self.reads[node] = _reads(part.expression)
            if any(
                isinstance(each, Time) or (isinstance(each, Apply) and each.function in TIMED)
                for each in walk(part.expression)
            ):
                self.timed.add(node)

    def needs(self, node: Node, *, initial: bool) -> list[Node]:
        """Equations that must come before this one: auxiliaries, and, while initial values are
        computed, those of stocks.
        """
        if (node, initial) not in self._needs:
            found: dict[Node, None] = {}
            for name, where in self.reads[node]:
                kind = self.known[name].kind
                if kind is Kind.AUXILIARY or (kind is Kind.STOCK and initial):
                    begins = initial and bool(self.known[name].initial)
                    for other in self._candidates(name, where, initial=begins):
                        overlaps = zip(self.boxes[other], where, strict=True)
                        if all(own & read for own, read in overlaps):
                            found[other] = None
            self._needs[node, initial] = list(found)
        return self._needs[node, initial]

    def _candidates(self, name: str, where: Positions, *, initial: bool) -> Iterable[Node]:
        """The equations of a variable that may define what is read at `where`, in their order."""
        others = self._of.get((name, initial), [])
        if len(others) <= _FEW or not where:
            return others
        if (name, initial) not in self._places:
            places: list[dict[int, list[Node]]] = [{} for _ in where]
            for other in others:
                for place, own in zip(places, self.boxes[other], strict=True):
                    for position in own:
                        place.setdefault(position, []).append(other)
            self._places[name, initial] = places
        near: list[set[Node]] = [
            {each for position in read for each in place.get(position, ())}
            for place, read in zip(self._places[name, initial], where, strict=True)
            if len(read) <= _FEW
        ]
        if not near:
            return others
        fewest = min(near, key=len)
        return sorted(fewest, key=lambda node: node.number)

    def _fixed(self) -> set[Node]:
        """Auxiliaries that follow from constants alone."""
        nodes = [node for node in self.reads if not node.initial]
        moving = {
            node
            for node in nodes
            if node in self.timed
            or self.known[node.variable].initial  # computed otherwise at the start
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
        """Groups that depend on themselves, or single equations, causes first: for constants, for
        initial values and for one step.
        """
        nodes = [node for node in self.reads if not node.initial]
        return (
            strong_components(
                [node for node in nodes if node in self.fixed],
                lambda node: self.needs(node, initial=False),
            ),
            strong_components(
                [node for node in self.reads if node.initial],
                lambda node: self._moving(self.needs(node, initial=True)),
            ),
            strong_components(
                [node for node in nodes if node not in self.fixed],
                lambda node: self._moving(self.needs(node, initial=False)),
            ),
        )

    def _moving(self, nodes: Sequence[Node]) -> list[Node]:
        return [node for node in nodes if node not in self.fixed]

    def tangled(self, group: Sequence[Node]) -> bool:
        """Whether a group of equations depends on itself."""
        return len(group) > 1 or group[0] in self.needs(group[0], initial=group[0].initial)


def _reads(expression: Expression) -> tuple[tuple[str, Positions], ...]:
    """Variables an expression reads, with the positions read in each dimension."""
    found: dict[tuple[str, Positions], None] = {}
    for each in walk(expression):
        if isinstance(each, Reference):
            where = tuple(
                frozenset(index.positions)
                if isinstance(index, Along)
                else frozenset((index.position,))
                for index in each.indices
            )
            found[each.variable, where] = None
    return tuple(found)


def _loops(
    known: Mapping[str, Variable],
    graph: _Graph,
    stages: Sequence[Sequence[Sequence[Node]]],
    dimensions: Mapping[str, Dimension],
) -> tuple[Loop, ...]:
    """One chain for each knot that is left; those of initial values only where they are new."""
    found: dict[frozenset[str], Loop] = {}
    places = {name: place for place, name in enumerate(known)}
    for stage in (0, 2, _INITIAL):
        for knot in stages[stage]:
            if not graph.tangled(knot):
                continue
            inside = set(knot)
            start = min(knot, key=lambda node: (places[node.variable], node.number))
            causes = {
                node: [
                    each for each in graph.needs(node, initial=stage == _INITIAL) if each in inside
                ]
                for node in knot
            }
            cycle = shortest_cycle(start, causes.__getitem__)
            members = frozenset(node.variable for node in cycle)
            if members not in found:
                words = [known[node.variable].name for node in reversed(cycle)]
                if len(members) < len(cycle) - 1:  # one variable, through several elements
                    words = [_name(known, node, dimensions) for node in reversed(cycle)]
                chain = " -> ".join(words)
                found[members] = Loop(known[start.variable], chain, stage == _INITIAL)
    return tuple(found.values())


def _name(known: Mapping[str, Variable], node: Node, dimensions: Mapping[str, Dimension]) -> str:
    variable, part = known[node.variable], part_of(known, node)
    if len(variable.initial if node.initial else variable.components) == 1:
        return variable.name
    labels = [
        dimensions[axis.dimension].elements[axis.positions[0]]
        if len(axis.positions) == 1
        else axis.dimension
        for axis in part.axes
    ]
    return f"{variable.name}[{', '.join(labels)}]"

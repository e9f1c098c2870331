"""Which way one variable moves another, read off the equations, and feedback loops with their sign.

In: a `ModelSpec`. Out: the sign of a link: +1 where more of the cause makes more of the effect, -1
where it makes less, 0 where the equations do not tell, or differ between elements. A product moves
with a factor as the sign of the other factors says: that of numbers and constants is known, that of
other variables is taken from the `ranges` of a run; what is put together from several is taken to
be positive, as people, beds, staff and money are. A link through a delay has the sign of what is
delayed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from localcare.model.causal import CausalGraph
from localcare.model.expression import (
    Apply,
    Expression,
    Interpolate,
    Number,
    Reduce,
    Reference,
)
from localcare.model.spec import ModelSpec, Variable

__all__ = ["Link", "Loop", "Range", "find_loop", "link_sign"]

#: Functions that move with every argument.
_WITH = {"add", "minimum", "maximum", "exponential", "logarithm", "square_root"}
_RATIOS = {"divide", "zidz", "xidz"}
Signs = frozenset[int]
Range = tuple[float, float]
_RISES: Signs = frozenset({1})
_FALLS: Signs = frozenset({-1})
_BOTH: Signs = frozenset({1, -1})
_NONE: Signs = frozenset()


@dataclass(frozen=True)
class Link:
    """From `cause` to `effect` (identifiers), by way of `path`, both ends included."""

    cause: str
    effect: str
    path: tuple[str, ...]
    sign: int


@dataclass(frozen=True)
class Loop:
    """A closed chain of links. `sign` is +1 where it reinforces itself, -1 where it balances."""

    links: tuple[Link, ...]

    @property
    def sign(self) -> int:
        """The product of the signs of its links."""
        sign = 1
        for link in self.links:
            sign *= link.sign
        return sign


def find_loop(
    spec: ModelSpec,
    graph: CausalGraph,
    waypoints: Sequence[str],
    ranges: Mapping[str, Range] | None = None,
) -> Loop | None:
    """The loop that runs through variables in turn and back to the first, each time the shortest
    way; None where there is none, or a variable is not in the model."""
    if any(name not in graph.flow for name in waypoints):
        return None
    links = []
    for cause, effect in zip(waypoints, [*waypoints[1:], waypoints[0]], strict=True):
        path = _shortest(graph, cause, effect)
        if path is None:
            return None
        sign = 1
        for one, two in itertools.pairwise(path):
            sign *= link_sign(spec, one, two, ranges)
        links.append(Link(cause, effect, path, sign))
    return Loop(tuple(links))


def link_sign(
    spec: ModelSpec, cause: str, effect: str, ranges: Mapping[str, Range] | None = None
) -> int:
    """The sign of a direct link, hidden variables of delays seen through. `ranges` are the lowest
    and the highest value of variables in a run; what they lack is taken to be positive."""
    reader = _Reader(spec, ranges or {})
    return _single(reader.of(spec.by_identifier[effect], cause, frozenset()))


def _shortest(graph: CausalGraph, start: str, end: str) -> tuple[str, ...] | None:
    """The shortest way along uses that flow (initial values do not count), in file order."""
    before: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop(0)
        for user in graph.uses.get(name, ()):
            if user in before or name not in graph.flow.get(user, ()):
                continue
            before[user] = name
            if user == end:
                path = [end]
                while len(path) == 1 or path[-1] != start:
                    path.append(before[path[-1]])
                return tuple(reversed(path))
            waiting.append(user)
    return None


@dataclass(frozen=True)
class _Reader:
    """Reads signs off equations."""

    spec: ModelSpec
    ranges: Mapping[str, Range]

    def of(self, effect: Variable, cause: str, passed: frozenset[str]) -> Signs:
        """The signs with which a variable reads a cause, in any of its equations."""
        hidden = {each.identifier for each in self.spec.variables if each.hidden}
        found: set[int] = set()
        for component in effect.components:
            found |= self.signs(component.expression, cause)
            for name in hidden - passed - {effect.identifier}:
                through = self.signs(component.expression, name)
                if through:
                    further = passed | {effect.identifier}
                    rest = self.of(self.spec.by_identifier[name], cause, further)
                    found |= _times(through, rest)
        return frozenset(found)

    def signs(self, expression: Expression, name: str) -> Signs:
        """The signs with which an expression reads a variable; none where it does not."""
        if isinstance(expression, Reference):
            return _RISES if expression.variable == name else _NONE
        if isinstance(expression, Reduce):
            return self.signs(expression.body, name)
        if isinstance(expression, Interpolate):
            inside = self.signs(expression.argument, name)
            return _times(inside, _slope(self.spec.by_identifier[expression.table]))
        if isinstance(expression, Apply):
            return self._applied(expression, name)
        return _NONE

    def _applied(self, expression: Apply, name: str) -> Signs:
        arguments = expression.arguments
        inside = [self.signs(each, name) for each in arguments]
        function = expression.function
        if not any(inside):
            return _NONE
        if function == "negate":
            return _turned(inside[0])
        if function == "multiply":
            one, two = arguments
            return _union(
                [_times(inside[0], self._factor(two)), _times(inside[1], self._factor(one))]
            )
        if function in _WITH:
            return _union(inside)
        if function == "subtract":
            return _union([inside[0], _turned(inside[1])])
        if function in _RATIOS:
            against = _times(_turned(inside[1]), self._factor(arguments[0]))
            return _union([_times(inside[0], self._factor(arguments[1])), against, *inside[2:]])
        if function == "power" and not inside[1]:
            return _times(inside[0], self._factor(arguments[1]))
        if function == "if" and not inside[0]:
            return _union(inside[1:])
        return _BOTH

    def _factor(self, expression: Expression) -> Signs:
        """The signs of an expression's own value."""
        if isinstance(expression, Number):
            return _RISES if expression.value >= 0 else _FALLS
        if isinstance(expression, Reduce):
            return self._factor(expression.body)
        if isinstance(expression, Reference):
            low, high = self._range(expression.variable)
            return _RISES if low >= 0 else _FALLS if high <= 0 else _BOTH
        if isinstance(expression, Apply) and expression.function == "negate":
            return _turned(self._factor(expression.arguments[0]))
        if isinstance(expression, Apply) and expression.function == "multiply":
            one, two = expression.arguments
            return _times(self._factor(one), self._factor(two))
        return _RISES

    def _range(self, name: str) -> Range:
        values = self.spec.by_identifier[name].values
        if values:
            known = [value for value in values if not math.isnan(value)]
            return (min(known, default=0.0), max(known, default=0.0))
        return self.ranges.get(name, (0.0, math.inf))


def _slope(table: Variable) -> Signs:
    """Whether a lookup rises or falls, all of its elements alike."""
    count = len(table.times) or 1
    rows = [table.values[i : i + count] for i in range(0, len(table.values), count)]
    steps = [after - before for row in rows for before, after in itertools.pairwise(row)]
    if all(step >= 0 for step in steps):
        return _RISES
    return _FALLS if all(step <= 0 for step in steps) else _BOTH


def _union(parts: Iterable[Signs]) -> Signs:
    return frozenset().union(*parts)


def _turned(signs: Signs) -> Signs:
    return frozenset(-sign for sign in signs)


def _times(one: Signs, two: Signs) -> Signs:
    return frozenset(a * b for a in one for b in two)


def _single(signs: Signs) -> int:
    return next(iter(signs)) if len(signs) == 1 else 0

"""Which noise is mean-reverting and additive, and at which rate it reverts.

In: a spec and a noisy stock. Out: the rate as an expression of constants, or `Refused` with the
reason. A net flow qualifies that is a straight line in its own element of the stock with a constant
slope, written out or by way of auxiliaries of the same subscripts; whatever is added to that may
follow from anything but the stock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from localcare.engine.diffusion import SUFFIX
from localcare.model.expression import (
    Along,
    Apply,
    At,
    Axis,
    Expression,
    Index,
    Number,
    Reference,
    walk,
)
from localcare.model.spec import Component, Kind, ModelSpec, Variable

__all__ = ["Reader", "Refused", "own_element"]


class Refused(Exception):
    """Why noise is not mean-reverting and additive."""


@dataclass(frozen=True)
class Reader:
    """Reads the net flows of a model. `paths` are inputs that are not constant in this batch."""

    spec: ModelSpec
    paths: Collection[str]

    def rate(self, stock: Variable, component: Component) -> Expression:
        """At which rate a net flow drains its stock."""
        if stock.limits != (None, None):
            raise Refused("the stock has limits, which such noise passes sooner or later")
        own = Reference(stock.identifier, own_element(component.axes))
        slope = self._slope(component.expression, own, component.axes)
        return Number(0.0) if slope is None else Apply("negate", (slope,))

    def _slope(
        self, expression: Expression, own: Reference, axes: tuple[Axis, ...]
    ) -> Expression | None:
        """By how much an expression over some axes moves for one unit of its `own` stock; None for
        not at all."""
        if expression == own:
            return Number(1.0)
        if not self._depends(expression, own.variable):
            return None
        if isinstance(expression, Reference) and expression.indices == own.indices:
            # An auxiliary of the same subscripts: what that is made of.
            equations = self.spec.by_identifier[expression.variable].components
            if len(equations) == 1 and equations[0].axes == axes:
                return self._slope(equations[0].expression, own, axes)
        if not isinstance(expression, Apply):
            raise Refused("its net flow does not depend on it in a straight line")
        name, parts = expression.function, expression.arguments
        slopes = [self._slope(part, own, axes) for part in parts]
        if name == "negate" and slopes[0] is not None:
            return Apply("negate", (slopes[0],))
        if name in ("add", "subtract"):
            first, second = slopes
            if first is None and second is not None:
                return second if name == "add" else Apply("negate", (second,))
            return first if second is None or first is None else Apply(name, (first, second))
        if name == "multiply" and None in slopes:
            slope, factor = (slopes[0], parts[1]) if slopes[1] is None else (slopes[1], parts[0])
            return self._scaled("multiply", slope, factor)
        if name == "divide" and slopes[1] is None:
            return self._scaled("divide", slopes[0], parts[1])
        raise Refused("its net flow does not depend on it in a straight line")

    def _scaled(self, name: str, slope: Expression | None, by: Expression) -> Expression:
        if slope is None or not self._constant(by):
            raise Refused("the rate at which it reverts is not constant")
        return Apply(name, (slope, by))

    def check_diffusion(self, stock: Variable) -> None:
        """Refuse a diffusion that is not constant."""
        name = stock.identifier + SUFFIX
        axes = tuple(Axis(each, each, ()) for each in stock.dimensions)
        if not self._constant(Reference(name, own_element(axes))):
            raise Refused(f"{self.spec.by_identifier[name].name} is not constant")

    def _constant(self, expression: Expression) -> bool:
        """Whether an expression follows from constants alone."""
        fixed = {task.variable for task in self.spec.order.constants}
        for name in self._reached(expression):
            variable = self.spec.by_identifier[name]
            if variable.kind is Kind.LOOKUP:
                continue
            known = variable.kind is Kind.CONSTANT or name in fixed
            if not known or name in self.paths:
                return False
        return True

    def _depends(self, expression: Expression, stock: str) -> bool:
        """Whether an expression is computed from a stock."""
        return stock in self._reached(expression)

    def _reached(self, expression: Expression) -> set[str]:
        """All variables that an expression is computed from, stocks being where one stops."""
        found: set[str] = set()
        waiting = [expression]
        while waiting:
            for part in walk(waiting.pop()):
                name = getattr(part, "variable", getattr(part, "table", None))
                if name is None or name in found:
                    continue
                found.add(name)
                variable = self.spec.by_identifier[name]
                if variable.kind is Kind.AUXILIARY:
                    waiting += [each.expression for each in variable.components]
        return found


def own_element(axes: Sequence[Axis]) -> tuple[Index, ...]:
    """The indices with which an equation over these axes reads its own element."""
    return tuple(
        Along(axis.name, axis.positions) if len(axis.positions) != 1 else At(axis.positions[0])
        for axis in axes
    )

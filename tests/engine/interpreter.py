"""The plainest engine there can be: one member, one scalar at a time, straight from the spec.

It shares nothing with the engines it judges but the spec and the text of `engine.semantics`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from localcare.engine.semantics import JUMP, SMALL
from localcare.model.expression import (
    Along,
    Apply,
    Expression,
    Index,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
)
from localcare.model.spec import Component, Kind, ModelSpec

Values = dict[str, dict[tuple[int, ...], float]]


def divide(a: float, b: float) -> float:
    if b == 0:
        return (
            math.nan
            if a == 0 or math.isnan(a)
            else math.copysign(math.inf, a) * math.copysign(1, b)
        )
    return a / b


def rounded(function: np.ufunc) -> Callable[..., float]:
    """A function that no two libraries round alike: numpy's own, called as on an array."""

    def call(*arguments: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(*(np.full(8, x) for x in arguments))[0])

    return call


def whole(a: float) -> float:
    return float(np.trunc(a))


def either(order: Callable[..., float]) -> Callable[[float, float], float]:
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else order(a, b)


def quantum(a: float, b: float) -> float:
    return a if b < SMALL else b * whole(divide(a, b))


PLAIN: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": divide,
    "power": rounded(np.power),
    "negate": lambda a: -a,
    "equal": lambda a, b: float(a == b),
    "not_equal": lambda a, b: float(a != b),
    "less": lambda a, b: float(a < b),
    "less_equal": lambda a, b: float(a <= b),
    "greater": lambda a, b: float(a > b),
    "greater_equal": lambda a, b: float(a >= b),
    "and": lambda a, b: float(a != 0 and b != 0),
    "or": lambda a, b: float(a != 0 or b != 0),
    "not": lambda a: float(a == 0),
    "if": lambda c, a, b: a if c != 0 else b,
    "minimum": either(min),
    "maximum": either(max),
    "absolute": abs,
    "integer": whole,
    "quantum": quantum,
    "modulo": lambda a, b: a - quantum(a, b),
    "exponential": rounded(np.exp),
    "logarithm": rounded(np.log),
    "square_root": rounded(np.sqrt),
    "sine": rounded(np.sin),
    "cosine": rounded(np.cos),
    "tangent": rounded(np.tan),
    "arcsine": rounded(np.arcsin),
    "arccosine": rounded(np.arccos),
    "arctangent": rounded(np.arctan),
    "hyperbolic_sine": rounded(np.sinh),
    "hyperbolic_cosine": rounded(np.cosh),
    "hyperbolic_tangent": rounded(np.tanh),
    "xidz": lambda a, b, x: x if abs(b) < SMALL else divide(a, b),
    "zidz": lambda a, b: 0.0 if abs(b) < SMALL else divide(a, b),
}


class Interpreter:
    """A model for one member, by Euler steps; `inputs` replace constants by row-major lists."""

    def __init__(self, spec: ModelSpec, inputs: dict[str, list[float]] | None = None) -> None:
        self.spec = spec
        self.values: Values = {}
        self.time = spec.time.initial
        for variable in spec.variables:
            if variable.kind is Kind.CONSTANT:
                numbers = (inputs or {}).get(variable.identifier, list(variable.values))
                self.values[variable.identifier] = dict(
                    zip(self._elements(variable.identifier), numbers, strict=True)
                )
            elif variable.kind is not Kind.LOOKUP:
                self.values[variable.identifier] = {}

    def begin(self) -> None:
        for task in (*self.spec.order.constants, *self.spec.order.initial):
            variable = self.spec.by_identifier[task.variable]
            began = task in self.spec.order.initial and variable.initial
            components = variable.initial if began else variable.components
            self.values[task.variable].update(self._component(components[task.component]))

    def evaluate(self) -> Values:
        """All values now, with the net flows of stocks."""
        for task in self.spec.order.step:
            component = self.spec.by_identifier[task.variable].components[task.component]
            self.values[task.variable].update(self._component(component))
        return {
            variable.identifier: {
                element: flow
                for component in variable.components
                for element, flow in self._component(component).items()
            }
            for variable in self.spec.variables
            if variable.kind is Kind.STOCK
        }

    def advance(self, step: float) -> None:
        for name, flows in self.evaluate().items():
            discrete = self.spec.by_identifier[name].discrete
            for element, flow in flows.items():
                held = 0.0 if discrete else self.values[name][element]
                self.values[name][element] = held + (flow if discrete else step * flow)

    def _elements(self, name: str) -> list[tuple[int, ...]]:
        return list(itertools.product(*(range(n) for n in self.spec.shape(name))))

    def _component(self, component: Component) -> dict[tuple[int, ...], float]:
        found = {}
        for counters in itertools.product(*(range(len(a.positions)) for a in component.axes)):
            loops = {axis.name: i for axis, i in zip(component.axes, counters, strict=True)}
            element = tuple(
                axis.positions[i] for axis, i in zip(component.axes, counters, strict=True)
            )
            found[element] = self.compute(component.expression, loops)
        return found

    def compute(self, e: Expression, loops: dict[str, int]) -> float:
        if isinstance(e, Number):
            return e.value
        if isinstance(e, Time):
            return self.time
        if isinstance(e, Reference):
            return self.values[e.variable][self._element(e.indices, loops)]
        if isinstance(e, Apply):
            return self._apply(e, [self.compute(a, loops) for a in e.arguments])
        if isinstance(e, Interpolate):
            return self._look(e, self.compute(e.argument, loops), loops)
        assert isinstance(e, Reduce)
        found = []
        for counters in itertools.product(*(range(len(a.positions)) for a in e.axes)):
            inner = {axis.name: i for axis, i in zip(e.axes, counters, strict=True)}
            found.append(self.compute(e.body, {**loops, **inner}))
        combine = {"sum": "add", "product": "multiply"}.get(e.operation, e.operation)
        total = found[0]
        for value in found[1:]:
            total = PLAIN[combine](total, value)
        return total

    def _element(self, indices: tuple[Index, ...], loops: dict[str, int]) -> tuple[int, ...]:
        return tuple(
            i.positions[loops[i.axis]] if isinstance(i, Along) else i.position for i in indices
        )

    def _apply(self, e: Apply, values: list[float]) -> float:
        step = self.spec.time.step
        middle = self.time + step / 2
        if e.function == "step":
            return values[0] if middle > values[1] else 0.0
        if e.function == "ramp":
            slope, start, finish = values
            return slope * (min(self.time, finish) - start) if self.time > start else 0.0
        if e.function == "pulse":
            start, width = values
            return float(start < middle < start + max(width, step))
        if e.function == "pulse_train":
            start, width, interval, end = values
            last = end + (0.5 + JUMP) * step
            return float(
                start < middle < last and np.fmod(middle - start, interval) < max(width, step)
            )
        if e.function == "power" and isinstance(e.arguments[1], Number):
            return float(np.power(np.full(8, values[0]), values[1])[0])
        return PLAIN[e.function](*values)

    def _look(self, e: Interpolate, x: float, loops: dict[str, int]) -> float:
        table = self.spec.by_identifier[e.table]
        elements = self._elements(e.table)
        number = elements.index(self._element(e.indices, loops))
        each = len(table.values) // len(elements)
        ys = table.values[number * each : (number + 1) * each]
        own = len(table.times) == len(table.values)
        xs = table.times[number * each : (number + 1) * each] if own else table.times
        if math.isnan(x):
            return math.nan
        if e.mode == "forward":
            return next((y for a, y in zip(xs, ys, strict=True) if a >= x), ys[-1])
        if e.mode == "backward":
            return next(
                (y for a, y in zip(reversed(xs), reversed(ys), strict=True) if a <= x), ys[0]
            )
        if e.mode == "hold":
            if x <= xs[0]:
                return ys[0]
            if x >= xs[-1]:
                return ys[-1]
        i = max(0, min(sum(a <= x for a in xs) - 1, each - 2))
        return (x - xs[i]) * ((ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i])) + ys[i]

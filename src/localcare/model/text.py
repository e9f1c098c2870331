"""Equations printed back as text in Vensim's words, for people to read.

In goes a `ModelSpec` and an `Expression` or a `Variable` of it; out comes one line of text for an
expression, and one for each equation of a variable. Loops are shown by their subscript names and
fixed elements by their own. Where a loop picks elements other than its own, the text says which:
`frailty - 1` is the state before, `system of place` the element of another dimension that belongs
to this one, `frailty -> fit|mild` are those elements in turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from localcare.model.expression import (
    Apply,
    At,
    Axis,
    Expression,
    Index,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
    walk,
)
from localcare.model.spec import Component, Kind, ModelSpec, Variable

__all__ = ["NOT_AVAILABLE", "equation_lines", "expression_text", "number_text", "shortened"]

#: The number that Vensim computes with where an equation says :NA:.
NOT_AVAILABLE = -(2.0**109)

#: Operators as Vensim writes them, and how tightly they bind.
_OPERATORS: dict[str, tuple[str, int]] = {
    "or": (":OR:", 1),
    "and": (":AND:", 2),
    "equal": ("=", 4),
    "not_equal": ("<>", 4),
    "less": ("<", 4),
    "less_equal": ("<=", 4),
    "greater": (">", 4),
    "greater_equal": (">=", 4),
    "add": ("+", 5),
    "subtract": ("-", 5),
    "multiply": ("*", 6),
    "divide": ("/", 6),
    "power": ("^", 8),
}
_PREFIXES: dict[str, tuple[str, int]] = {"not": (":NOT: ", 3), "negate": ("-", 7)}

_FUNCTIONS = {
    "if": "IF THEN ELSE",
    "minimum": "MIN",
    "maximum": "MAX",
    "absolute": "ABS",
    "exponential": "EXP",
    "logarithm": "LN",
    "square_root": "SQRT",
    "sine": "SIN",
    "cosine": "COS",
    "tangent": "TAN",
    "arcsine": "ARCSIN",
    "arccosine": "ARCCOS",
    "arctangent": "ARCTAN",
    "hyperbolic_sine": "SINH",
    "hyperbolic_cosine": "COSH",
    "hyperbolic_tangent": "TANH",
    "pulse_train": "PULSE TRAIN",
}
_PLAIN_NAME = re.compile(r"[^\W\d][\w\s'$]*")
_REDUCTIONS = {"sum": "SUM", "product": "PROD", "minimum": "VMIN", "maximum": "VMAX"}
_LOOKUP_FUNCTIONS = {
    "extrapolate": "LOOKUP EXTRAPOLATE",
    "forward": "LOOKUP FORWARD",
    "backward": "LOOKUP BACKWARD",
}


def equation_lines(spec: ModelSpec, variable: Variable) -> tuple[str, ...]:
    """The equations of a variable, one line each; a stock's initial value follows its net flow.

    Constants, series and lookups show their values where they are few and say how many otherwise.
    After the variable's own equations come those of the hidden stocks of its delays and smooths.
    """
    hidden: dict[str, Variable] = {}
    waiting = [variable]
    while waiting:
        each = waiting.pop(0)
        for component in (*each.components, *each.initial):
            for part in walk(component.expression):
                if isinstance(part, Reference | Interpolate):
                    name = part.variable if isinstance(part, Reference) else part.table
                    found = spec.by_identifier.get(name)
                    if (
                        found is not None
                        and found.hidden
                        and name not in {variable.identifier, *hidden}
                    ):
                        hidden[name] = found
                        waiting.append(found)
    return tuple(line for each in (variable, *hidden.values()) for line in _own_lines(spec, each))


def expression_text(spec: ModelSpec, expression: Expression, axes: Sequence[Axis] = ()) -> str:
    """An expression as one line of text; `axes` are the loops it stands in."""
    return _Printer(spec, {axis.name: axis for axis in axes}).text(expression, 0)


def number_text(value: float) -> str:
    """A number as a person would write it: 3 and not 3.0, and no digit lost.

    >>> number_text(3.0), number_text(0.1), number_text(1e-9)
    ('3', '0.1', '1e-09')
    """
    if value == NOT_AVAILABLE:
        return ":NA:"
    whole = abs(value) < 1e15 and value == int(value)
    return str(int(value)) if whole else repr(float(value))


def shortened(text: str, length: int = 90) -> str:
    """The text, its middle left out where it is longer than `length`."""
    if len(text) <= length:
        return text
    head = (length - 5) * 2 // 3
    return f"{text[:head]} ... {text[len(text) - (length - 5 - head) :]}"


class _Printer:
    """Prints expressions inside a set of loops; reductions open further ones."""

    def __init__(
        self, spec: ModelSpec, axes: Mapping[str, Axis], reduced: frozenset[str] = frozenset()
    ) -> None:
        self.spec = spec
        self.axes = axes
        self.reduced = reduced  # the loops of reductions, which Vensim marks with "!"

    def text(self, expression: Expression, binding: int) -> str:
        """The text, in parentheses where its operator binds less tightly than `binding`."""
        match expression:
            case Number(value):
                text = number_text(value)
                return f"({text})" if text.startswith("-") and binding else text
            case Time():
                return "Time"
            case Reference(variable, indices):
                return self._named(variable, indices)
            case Interpolate():
                return self._interpolate(expression)
            case Reduce(operation, axes, body):
                inner = _Printer(
                    self.spec,
                    {**self.axes, **{axis.name: axis for axis in axes}},
                    self.reduced | {axis.name for axis in axes},
                )
                return f"{_REDUCTIONS[operation]}({inner.text(body, 0)})"
            case Apply():
                return self._apply(expression, binding)

    def _apply(self, expression: Apply, binding: int) -> str:
        function, arguments = expression.function, expression.arguments
        if function in _PREFIXES:
            sign, tightness = _PREFIXES[function]
            text = sign + self.text(arguments[0], tightness)
        elif function in _OPERATORS:
            sign, tightness = _OPERATORS[function]
            # Equal operators group from the left, so the right one needs its parentheses.
            left = self.text(arguments[0], tightness)
            text = f"{left} {sign} {self.text(arguments[1], tightness + 1)}"
        else:
            name = _FUNCTIONS.get(function, function.replace("_", " ").upper())
            return f"{name}({', '.join(self.text(argument, 0) for argument in arguments)})"
        return f"({text})" if tightness < binding else text

    def _interpolate(self, expression: Interpolate) -> str:
        table = self._named(expression.table, expression.indices)
        argument = self.text(expression.argument, 0)
        if expression.mode == "hold":
            return f"{table}({argument})"
        function = _LOOKUP_FUNCTIONS.get(expression.mode, expression.mode.upper())
        return f"{function}({table}, {argument})"

    def _named(self, identifier: str, indices: Sequence[Index]) -> str:
        variable = self.spec.by_identifier.get(identifier)
        name = identifier if variable is None else _quoted(variable.name)
        if not indices:
            return name
        dimensions = ("",) * len(indices) if variable is None else variable.dimensions
        parts = [self._index(*each) for each in zip(dimensions, indices, strict=True)]
        return f"{name}[{', '.join(parts)}]"

    def _index(self, dimension: str, index: Index) -> str:
        known = self.spec.by_dimension.get(dimension)
        if isinstance(index, At):
            return str(index.position) if known is None else known.elements[index.position]
        name = index.axis.replace("!", "") + ("!" if index.axis in self.reduced else "")
        axis = self.axes.get(index.axis)
        if axis is None or known is None:
            return name
        picked = [known.elements[position] for position in index.positions]
        looped = self.spec.by_dimension[axis.dimension].elements
        own = [looped[position] for position in axis.positions]
        if len(picked) == 1:
            return picked[0]
        if not set(own) <= set(known.elements):
            return f"{dimension} of {name}"
        steps = {
            known.elements.index(one) - known.elements.index(two)
            for one, two in zip(picked, own, strict=True)
        }
        if len(steps) > 1:
            return f"{name} -> {'|'.join(picked)}"
        step = steps.pop()
        return name if step == 0 else f"{name} {'+' if step > 0 else '-'} {abs(step)}"


def _own_lines(spec: ModelSpec, variable: Variable) -> list[str]:
    """The lines of one variable without the hidden ones it uses."""
    if variable.kind in {Kind.CONSTANT, Kind.SERIES, Kind.LOOKUP}:
        return [_data_line(variable)]
    lines = []
    for component in variable.components:
        right = expression_text(spec, component.expression, component.axes)
        if variable.kind is Kind.STOCK:
            right = f"after each step {right}" if variable.discrete else f"INTEG({right})"
        lines.append(f"{_left(spec, variable, component)} = {right}")
    for component in variable.initial:
        right = expression_text(spec, component.expression, component.axes)
        lines.append(f"{_left(spec, variable, component)} starts at {right}")
    return lines


def _left(spec: ModelSpec, variable: Variable, component: Component) -> str:
    """The left-hand side of one equation."""
    if not component.axes:
        return _quoted(variable.name)
    parts = []
    for axis in component.axes:
        elements = spec.by_dimension[axis.dimension].elements
        single = len(axis.positions) == 1 < len(elements)
        parts.append(elements[axis.positions[0]] if single else axis.name)
    return f"{_quoted(variable.name)}[{', '.join(parts)}]"


def _quoted(name: str) -> str:
    """The name, in double quotes where Vensim wants them: where it holds more than words."""
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


def _data_line(variable: Variable) -> str:
    over = f"[{', '.join(variable.dimensions)}]" if variable.dimensions else ""
    name = _quoted(variable.name) + over
    where = f" from {variable.source}" if variable.source else ""
    if variable.kind is Kind.LOOKUP and not variable.dimensions:
        points = zip(variable.times, variable.values, strict=True)
        text = ", ".join(f"({number_text(x)}, {number_text(y)})" for x, y in points)
        return f"{name} is a lookup: {shortened(text)}{where}"
    if variable.kind is Kind.LOOKUP:
        return f"{name} is a lookup for each element{where}"
    if variable.kind is Kind.SERIES:
        count = len(set(variable.times))
        span = ""
        if variable.times:
            first, last = min(variable.times), max(variable.times)
            span = f", {number_text(first)} to {number_text(last)}"
        return f"{name} is a series of {count} times{span}{where}"
    if len(variable.values) == 1 and not variable.dimensions:
        return f"{name} = {number_text(variable.values[0])}{where}"
    if len(variable.values) <= 6:
        return f"{name} = {', '.join(map(number_text, variable.values))}{where}"
    return f"{name} has {len(variable.values)} values{where}"

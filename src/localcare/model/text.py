"""Equations printed back as text in Vensim's words, for people to read.

In goes a `ModelSpec` and an `Expression` or a `Variable` of it; out comes one line of text for an
expression, and one for each equation of a variable. Loops are shown by their subscript names and
fixed elements by their own. Where a loop picks elements other than its own, the text says which:
`frailty - 1` is the state before, `system of place` the element of another dimension that belongs
to this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localcare.model.expression import (
    Along,
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
)
from localcare.model.spec import Component, Kind, ModelSpec, Variable

__all__ = ["equation_lines", "expression_text", "number_text", "shortened"]

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
_ATOM = 9

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
_REDUCTIONS = {"sum": "SUM", "product": "PROD", "minimum": "VMIN", "maximum": "VMAX"}
_LOOKUP_FUNCTIONS = {
    "extrapolate": "LOOKUP EXTRAPOLATE",
    "forward": "LOOKUP FORWARD",
    "backward": "LOOKUP BACKWARD",
}


def equation_lines(spec: ModelSpec, variable: Variable) -> tuple[str, ...]:
    """The equations of a variable, one line each; a stock's initial value follows its net flow.

    Constants, series and lookups show their values where they are few and say how many otherwise.
    """
    if variable.kind in {Kind.CONSTANT, Kind.SERIES, Kind.LOOKUP}:
        return (_data_line(variable),)
    lines = []
    for component in variable.components:
        right = expression_text(spec, component.expression, component.axes)
        if variable.kind is Kind.STOCK:
            right = f"INTEG({right})"
        lines.append(f"{_left(spec, variable, component)} = {right}")
    for component in variable.initial:
        right = expression_text(spec, component.expression, component.axes)
        lines.append(f"{_left(spec, variable, component)} starts at {right}")
    return tuple(lines)


def expression_text(spec: ModelSpec, expression: Expression, axes: Sequence[Axis] = ()) -> str:
    """An expression as one line of text; `axes` are the loops it stands in."""
    return _Printer(spec, {axis.name: axis for axis in axes}).text(expression, 0)


def number_text(value: float) -> str:
    """A number as a person would write it: 3 and not 3.0, and no digit lost.

    >>> number_text(3.0), number_text(0.1), number_text(1e-9)
    ('3', '0.1', '1e-09')
    """
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
        name = identifier if variable is None else variable.name
        if not indices:
            return name
        dimensions = ("",) * len(indices) if variable is None else variable.dimensions
        parts = [self._index(*each) for each in zip(dimensions, indices, strict=True)]
        return f"{name}[{', '.join(parts)}]"

    def _index(self, dimension: str, index: Index) -> str:
        known = self.spec.by_dimension.get(dimension)
        if isinstance(index, At):
            return str(index.position) if known is None else known.elements[index.position]
        name = index.axis.rstrip("!") + ("!" if index.axis in self.reduced else "")
        axis = self.axes.get(index.axis)
        if axis is None or known is None:
            return name
        if axis.dimension != dimension:
            return f"{dimension} of {name}"
        return name + _shift(axis, index, known.elements)


def _shift(axis: Axis, index: Along, elements: Sequence[str]) -> str:
    """What to add to a loop's name where the elements it picks are not its own."""
    if index.positions == axis.positions:
        return ""
    pairs = list(zip(index.positions, axis.positions, strict=False))
    steps = {picked - own for picked, own in pairs}
    if len(steps) == 1:
        step = steps.pop()
        return f" {'+' if step > 0 else '-'} {abs(step)}"
    return " -> " + "|".join(elements[picked] for picked in index.positions)


def _left(spec: ModelSpec, variable: Variable, component: Component) -> str:
    """The left-hand side of one equation."""
    if not component.axes:
        return variable.name
    parts = []
    for axis in component.axes:
        elements = spec.by_dimension[axis.dimension].elements
        whole = len(axis.positions) == len(elements)
        if len(axis.positions) == 1 and not whole:
            parts.append(elements[axis.positions[0]])
        else:
            parts.append(axis.name)
    return f"{variable.name}[{', '.join(parts)}]"


def _data_line(variable: Variable) -> str:
    over = f"[{', '.join(variable.dimensions)}]" if variable.dimensions else ""
    name = variable.name + over
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

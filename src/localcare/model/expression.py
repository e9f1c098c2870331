"""Expressions: the right-hand sides of a model's equations, as plain frozen data.

An equation is written once for many elements. It runs over `Axis` loops, one for each dimension
of the variable it defines; inside it a `Reference` names, for each dimension of the variable it
reads, either a fixed element (`At`) or the loop whose counter picks the element (`Along`). So
`frailer[place, upper frailty] = progression[place, lower frailty]` is one equation over the axes
`place` and `upper frailty`, and its reference runs along both with other positions on the second.

Nothing here knows of Vensim, numpy or machine code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "FUNCTIONS",
    "Along",
    "Apply",
    "At",
    "Axis",
    "Expression",
    "Index",
    "Interpolate",
    "Number",
    "Reduce",
    "Reference",
    "Time",
    "walk",
]

#: Every function and operator an `Apply` may name, and how many arguments it takes. Logical values
#: are 1 and 0. Arithmetic is binary and was folded from the left, as Vensim evaluates it.
FUNCTIONS: dict[str, int] = {
    "add": 2, "subtract": 2, "multiply": 2, "divide": 2, "power": 2, "negate": 1,
    "equal": 2, "not_equal": 2, "less": 2, "less_equal": 2, "greater": 2, "greater_equal": 2,
    "and": 2, "or": 2, "not": 1, "if": 3,
    "minimum": 2, "maximum": 2, "absolute": 1, "integer": 1, "modulo": 2, "quantum": 2,
    "exponential": 1, "logarithm": 1, "square_root": 1,
    "sine": 1, "cosine": 1, "tangent": 1, "arcsine": 1, "arccosine": 1, "arctangent": 1,
    "hyperbolic_sine": 1, "hyperbolic_cosine": 1, "hyperbolic_tangent": 1,
    "xidz": 3, "zidz": 2,
    "step": 2, "ramp": 3, "pulse": 2, "pulse_train": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """One loop: `name` is unique within the equation; counter i stands for element `positions[i]`
    of `dimension` (a parent dimension, never a subrange; positions count from 0)."""

    name: str
    dimension: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class At:
    """A fixed element of the dimension read, counted from 0."""

    position: int


@dataclass(frozen=True, slots=True)
class Along:
    """The element `positions[i]` of the dimension read, while the loop `axis` is at counter i."""

    axis: str
    positions: tuple[int, ...]


Index = At | Along


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number."""

    value: float


@dataclass(frozen=True, slots=True)
class Time:
    """The current time, in the model's unit of time."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of another variable (by identifier), one index for each of its dimensions."""

    variable: str
    indices: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator of `FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Interpolate:
    """The lookup `table` read at `argument`. `indices` pick the element of a lookup that has
    dimensions. Mode "hold" keeps the end values outside the table, "extrapolate" continues the
    first and last segments, "forward" and "backward" step to the next and previous point."""

    table: str
    indices: tuple[Index, ...]
    argument: Expression
    mode: str = "hold"


@dataclass(frozen=True, slots=True)
class Reduce:
    """`operation` ("sum", "product", "minimum" or "maximum") of `body` over loops of its own,
    taken in row-major order of `axes`, first element first."""

    operation: str
    axes: tuple[Axis, ...]
    body: Expression


Expression = Number | Time | Reference | Apply | Interpolate | Reduce


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, outermost first."""
    yield expression
    if isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from walk(argument)
    elif isinstance(expression, Interpolate):
        yield from walk(expression.argument)
    elif isinstance(expression, Reduce):
        yield from walk(expression.body)

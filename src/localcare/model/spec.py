"""The model as plain frozen data: what every later room works from.

A `ModelSpec` is complete: table values are read in, subscripts are resolved to positions, delays
and smooths are expanded into stocks, and the order in which equations can be computed is known.
It is never changed; what a scenario changes is handed to the engine beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from localcare.model.expression import Axis, Expression

__all__ = [
    "Component",
    "Dimension",
    "Kind",
    "ModelSpec",
    "Order",
    "Task",
    "TimeSettings",
    "Variable",
]


class Kind(StrEnum):
    """What a variable is. Constants and series are inputs and can be overridden by a scenario."""

    CONSTANT = "constant"  # literal numbers, in the model file or one of its tables
    SERIES = "series"  # numbers over time from a table
    LOOKUP = "lookup"  # a piecewise linear function
    AUXILIARY = "auxiliary"  # computed from other variables at one time
    STOCK = "stock"  # accumulates its net flow from an initial value


@dataclass(frozen=True, slots=True)
class Dimension:
    """A named list of elements. Subranges are not kept: axes hold positions in their parent."""

    name: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One equation: `expression` for every combination of its axes, one axis per dimension of the
    variable, in the variable's order. A fixed element is an axis of one position. `line` is where
    the equation starts in the model file."""

    axes: tuple[Axis, ...]
    expression: Expression
    line: int = 0


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable.

    `name` is as written in the model file; `identifier` the same in lower case with underscores,
    and the key everywhere. `values` are flat in row-major order: over `dimensions` for a constant;
    over `dimensions` then `times` for a series; for a lookup `times` holds the x points and
    `values` is over `dimensions` then points (where elements have different x points, `times` is
    over `dimensions` then points too). `limits` are those the units field declares, None for open.
    `components` define an auxiliary, or the net flow (per unit of time) of a stock, whose
    `initial` components give its value at the initial time. An auxiliary that has `initial`
    components too is computed by these, not by its own, while initial values are computed.
    A `discrete` stock does not flow: it holds its value throughout a step and then takes what its
    `components` were at the start of the step (DELAY FIXED and SAMPLE IF TRUE are made of such).
    `interpolation` of a series: "linear", "hold" (last value), "next" or "raw".
    `hidden` marks variables that a delay or smooth was expanded into. `source` names the table a
    constant or series was read from, relative to the model file. `supplementary` is Vensim's
    `:SUPPLEMENTARY` flag: an output that nothing else in the model has to use. `drawn` marks a
    hidden series of random numbers, evenly spread over 0 to 1, that a run draws afresh in each
    step; it says what the model file itself named the stream (the seed of a RANDOM function).
    """

    name: str
    identifier: str
    kind: Kind
    dimensions: tuple[str, ...] = ()
    units: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    doc: str = ""
    line: int = 0
    components: tuple[Component, ...] = ()
    initial: tuple[Component, ...] = ()
    values: tuple[float, ...] = ()
    times: tuple[float, ...] = ()
    interpolation: str = "linear"
    hidden: bool = False
    source: str = ""
    group: str = ""
    supplementary: bool = False
    discrete: bool = False
    drawn: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One equation to compute: component number `component` of `variable`."""

    variable: str
    component: int


@dataclass(frozen=True, slots=True)
class Order:
    """Equations in an order in which each finds what it needs already computed.

    `constants`: auxiliaries that follow from constants alone, computed once for a member.
    `initial`: what the initial values of stocks need besides, then the stocks (their `initial`
    components), mixed as dependencies ask. `step`: auxiliaries to compute at every stage.
    The net flows of stocks come after `step`, in any order.
    """

    constants: tuple[Task, ...] = ()
    initial: tuple[Task, ...] = ()
    step: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """Start, end, step and saving interval in `unit`, as the model file gives them."""

    initial: float
    final: float
    step: float
    saveper: float
    unit: str = ""


@dataclass(frozen=True)
class ModelSpec:
    """A whole model. `variables` keep the order of the model file; `hash` is the SHA-256 of the
    model file and of every table it reads; `file` is its name without a folder. `structural` are
    the constants whose values in the file shaped the model itself (the orders of delays), so that
    other values for them have no effect."""

    name: str
    file: str
    hash: str
    time: TimeSettings
    dimensions: tuple[Dimension, ...]
    variables: tuple[Variable, ...]
    order: Order = field(default_factory=Order)
    structural: tuple[str, ...] = ()

    @cached_property
    def by_identifier(self) -> dict[str, Variable]:
        """Variables by identifier."""
        return {variable.identifier: variable for variable in self.variables}

    @cached_property
    def by_dimension(self) -> dict[str, Dimension]:
        """Dimensions by name."""
        return {dimension.name: dimension for dimension in self.dimensions}

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of everything in it: equal for equal models, whatever file they are from."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def shape(self, identifier: str) -> tuple[int, ...]:
        """The lengths of a variable's dimensions."""
        names = self.by_identifier[identifier].dimensions
        return tuple(len(self.by_dimension[name].elements) for name in names)

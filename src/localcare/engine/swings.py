"""Mean-reverting noise beside a deterministic method, exact on a grid of its own.

A stock x whose net flow is b - a x, with a constant rate a and a b that does not depend on x, and
whose diffusion s is constant, is the sum of what net flows alone make of it and of a swing y with
dy = -a y dt + s dW: an Ornstein-Uhlenbeck process that depends on nothing else. Over an interval D
of the grid it goes exactly to y exp(-a D) + s sqrt((1 - exp(-2 a D)) / (2 a)) Z, Z standard normal.
The grid is the model's own time step, whatever the step and the method of the run; between its
points y stays as it is. The net flow sees x with its swing and so would drain that too: a y is
given back to it. Without volatility y is 0, and the bits are those of the deterministic run.

In: a spec and a schedule. Out: the spec with hidden variables for each noisy stock, which engines
compute as they do any other, and a `Swing` for each of its elements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from localcare.engine.brownian import ratio
from localcare.engine.diffusion import SUFFIX, Process, processes
from localcare.engine.inputs import Batch
from localcare.engine.reverting import Reader, Refused, own_element
from localcare.engine.schedule import Schedule
from localcare.model.expression import (
    Apply,
    Axis,
    Expression,
    Number,
    Reference,
)
from localcare.model.spec import Component, Kind, ModelSpec, Task, Variable
from localcare.problems import BadInput, Problem

__all__ = ["Swing", "Swings", "with_swings"]

#: Below this share lost in an interval, the variance is taken from its series.
NEAR_NOTHING = 1e-5


@dataclass(frozen=True, slots=True)
class Swing:
    """The swing of one element of a stock: `process`, and the hidden variables that hold its value
    (a stock), the share of it that is kept over an interval of the grid, and the standard deviation
    of what an interval adds."""

    process: Process
    value: str
    kept: str
    spread: str


@dataclass(frozen=True)
class Swings:
    """All swings, of `spec`. A step makes `intervals` of the grid, or so many `steps` make one."""

    spec: ModelSpec
    all: tuple[Swing, ...]
    intervals: int
    steps: int

    @property
    def names(self) -> frozenset[str]:
        """The hidden auxiliaries that a run needs."""
        return frozenset(name for each in self.all for name in (each.kept, each.spread))


def with_swings(spec: ModelSpec, batch: Batch, schedule: Schedule) -> Swings:
    """The noise of a model for a deterministic method.

    Raises BadInput where no stock is noisy, where noise is of another kind, where a batch has what
    should be constant on a path, and for a step that the grid does not divide, nor it the grid.
    """
    paths = frozenset(batch.paths)
    return _with_swings(_Wanted(spec.fingerprint, paths, schedule.method, schedule.step, spec))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What swings follow from; equal for equal models."""

    fingerprint: str
    paths: frozenset[str]
    method: str
    step: float
    spec: ModelSpec = field(compare=False)


@lru_cache(maxsize=8)
def _with_swings(wanted: _Wanted) -> Swings:
    """The same, worked out once for all batches."""
    spec = wanted.spec
    noise = processes(spec)
    intervals, steps = ratio(wanted.step, spec.time.step)
    problems: list[Problem] = []
    if (intervals > 1 and steps > 1) or not math.isclose(
        wanted.step * steps, spec.time.step * intervals, rel_tol=1e-6
    ):
        problems.append(
            Problem(
                f"noise is drawn every {spec.time.step:.9g}, the model's own time step, of which "
                f"{wanted.step:.9g} is neither a part nor a multiple.",
                "Use a step that is.",
                key="step",
            )
        )
    reader = Reader(spec, wanted.paths)
    made: list[Variable] = []
    named: dict[str, tuple[str, str, str]] = {}
    for name in dict.fromkeys(each.stock for each in noise):
        stock = spec.by_identifier[name]
        try:
            rates = [reader.rate(stock, each) for each in stock.components]
            reader.check_diffusion(stock)
        except Refused as refused:
            problems.append(
                Problem(
                    f"the noise of {stock.name} is not of the kind that {wanted.method} takes: "
                    f"{refused}.",
                    "Use euler-maruyama or sri2, which take any noise; or write the net flow as "
                    "(mean - x) / time with a constant time, and a constant diffusion.",
                    file=spec.file,
                    line=stock.line or None,
                    key=stock.name,
                )
            )
            continue
        own = _hidden(spec, stock, rates)
        made += own
        _, value, _, kept, spread = (each.identifier for each in own)
        named[name] = (value, kept, spread)
    if problems:
        raise BadInput(problems)
    swings = tuple(Swing(each, *named[each.stock]) for each in noise)
    return Swings(_extended(spec, made), swings, intervals, steps)


def _hidden(spec: ModelSpec, stock: Variable, rates: Sequence[Expression]) -> list[Variable]:
    """A noisy stock with its swing given back, and its hidden variables: the swing, the rate, and
    those of `Swing`."""
    stem = stock.identifier + "_swing"
    while any(name.startswith(stem) for name in spec.by_identifier):
        stem += "_"
    shape = spec.shape(stock.identifier)
    axes = tuple(
        Axis(f"swing {number}", dimension, tuple(range(length)))
        for number, (dimension, length) in enumerate(zip(stock.dimensions, shape, strict=True))
    )
    rate, noise = (
        Reference(name, own_element(axes)) for name in (stem + "_rate", stock.identifier + SUFFIX)
    )

    def variable(
        name: str, kind: Kind, components: Sequence[Component], **more: object
    ) -> Variable:
        base = Variable(name, name, kind, stock.dimensions, line=stock.line, hidden=True)
        return replace(base, components=tuple(components), **more)  # type: ignore[arg-type]

    def computed(name: str, expression: Expression) -> Variable:
        return variable(stem + name, Kind.AUXILIARY, [Component(axes, expression)])

    nothing = (Component(axes, Number(0.0)),)
    lost = _do("multiply", rate, spec.time.step)
    near = _do("multiply", spec.time.step, _do("subtract", 1.0, lost))
    gone = _do("subtract", 1.0, _do("exponential", _do("multiply", -2.0, lost)))
    far = _do("divide", gone, _do("multiply", 2.0, rate))
    small = _do("less", _do("absolute", lost), NEAR_NOTHING)
    variance = _do("if", small, near, far)
    given_back = [
        Component(
            each.axes,
            _do(
                "add",
                each.expression,
                _do(
                    "multiply",
                    Reference(rate.variable, own_element(each.axes)),
                    Reference(stem, own_element(each.axes)),
                ),
            ),
            each.line,
        )
        for each in stock.components
    ]
    return [
        replace(stock, components=tuple(given_back)),
        replace(variable(stem, Kind.STOCK, nothing), units=stock.units, initial=nothing),
        variable(
            stem + "_rate",
            Kind.AUXILIARY,
            [Component(each.axes, own) for each, own in zip(stock.components, rates, strict=True)],
        ),
        computed("_kept", _do("exponential", _do("negate", lost))),
        computed("_spread", _do("multiply", noise, _do("square_root", variance))),
    ]


def _do(function: str, *arguments: Expression | float) -> Expression:
    return Apply(
        function,
        tuple(Number(float(a)) if isinstance(a, int | float) else a for a in arguments),
    )


def _extended(spec: ModelSpec, made: Sequence[Variable]) -> ModelSpec:
    """The spec with further variables, and with those that have changed."""
    changed = {each.identifier: each for each in made if each.identifier in spec.by_identifier}
    new = [each for each in made if each.identifier not in changed]
    tasks = {
        kind: tuple(
            Task(variable.identifier, number)
            for variable in new
            if variable.kind is kind
            for number in range(len(variable.components))
        )
        for kind in (Kind.AUXILIARY, Kind.STOCK)
    }
    order = replace(
        spec.order,
        constants=(*spec.order.constants, *tasks[Kind.AUXILIARY]),
        initial=(*spec.order.initial, *tasks[Kind.STOCK]),
    )
    kept = (changed.get(each.identifier, each) for each in spec.variables)
    return replace(spec, variables=(*kept, *new), order=order)

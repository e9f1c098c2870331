"""Small models written by hand, without a model file: the engine's tests start from the spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

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
    walk,
)
from localcare.model.spec import (
    Component,
    Dimension,
    Kind,
    ModelSpec,
    Order,
    Task,
    TimeSettings,
    Variable,
)

#: An index as tests write it: an axis by name, an axis with positions of its own, or one element.
Written = str | tuple[str, tuple[int, ...]] | int


def do(function: str, *arguments: Expression | float) -> Expression:
    """A function of numbers and expressions."""
    return Apply(function, tuple(expression(argument) for argument in arguments))


def expression(value: Expression | float) -> Expression:
    return Number(float(value)) if isinstance(value, (int, float)) else value


@dataclass
class Building:
    """A model in the making. Axes are named after their dimensions."""

    dimensions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    time: TimeSettings = field(default_factory=lambda: TimeSettings(0.0, 4.0, 0.25, 1.0, "Year"))
    variables: dict[str, Variable] = field(default_factory=dict)

    def length(self, dimension: str) -> int:
        return len(self.dimensions[dimension])

    def axes(self, dimensions: Sequence[str]) -> tuple[Axis, ...]:
        return tuple(Axis(name, name, tuple(range(self.length(name)))) for name in dimensions)

    def index(self, written: Written) -> Index:
        if isinstance(written, int):
            return At(written)
        if isinstance(written, str):
            return Along(written, tuple(range(self.length(written))))
        return Along(*written)

    def read(self, variable: str, *indices: Written) -> Expression:
        return Reference(variable, tuple(self.index(each) for each in indices))

    def look(
        self, table: str, argument: Expression, *indices: Written, mode: str = "hold"
    ) -> Expression:
        return Interpolate(table, tuple(self.index(each) for each in indices), argument, mode)

    def reduce(self, operation: str, dimensions: Sequence[str], body: Expression) -> Expression:
        return Reduce(operation, self.axes(dimensions), body)

    def constant(self, name: str, values: object, *dimensions: str) -> None:
        numbers = tuple(float(x) for x in np.ravel(np.asarray(values, dtype=float)))
        self._add(Variable(name, name, Kind.CONSTANT, dimensions, values=numbers))

    def series(
        self, name: str, times: object, values: object, *dimensions: str, how: str = "linear"
    ) -> None:
        self._add(
            Variable(
                name,
                name,
                Kind.SERIES,
                dimensions,
                values=tuple(np.ravel(np.asarray(values, dtype=float)).tolist()),
                times=tuple(np.ravel(np.asarray(times, dtype=float)).tolist()),
                interpolation=how,
            )
        )

    def lookup(self, name: str, points: object, values: object, *dimensions: str) -> None:
        self._add(
            Variable(
                name,
                name,
                Kind.LOOKUP,
                dimensions,
                values=tuple(np.ravel(np.asarray(values, dtype=float)).tolist()),
                times=tuple(np.ravel(np.asarray(points, dtype=float)).tolist()),
            )
        )

    def auxiliary(self, name: str, value: Expression | float, *dimensions: str) -> None:
        component = Component(self.axes(dimensions), expression(value))
        self._add(Variable(name, name, Kind.AUXILIARY, dimensions, components=(component,)))

    def parts(self, name: str, components: Sequence[Component], *dimensions: str) -> None:
        """An auxiliary of several equations."""
        self._add(Variable(name, name, Kind.AUXILIARY, dimensions, components=tuple(components)))

    def stock(
        self,
        name: str,
        flow: Expression | float,
        initial: Expression | float,
        *dimensions: str,
        limits: tuple[float | None, float | None] = (None, None),
    ) -> None:
        axes = self.axes(dimensions)
        self._add(
            Variable(
                name.replace("_", " "),
                name,
                Kind.STOCK,
                dimensions,
                limits=limits,
                units="person",
                components=(Component(axes, expression(flow)),),
                initial=(Component(axes, expression(initial)),),
            )
        )

    def _add(self, variable: Variable) -> None:
        self.variables[variable.identifier] = variable

    # -- the order of computation ---------------------------------------------------------------

    def spec(self) -> ModelSpec:
        constant = {
            name
            for name, variable in self.variables.items()
            if variable.kind in (Kind.CONSTANT, Kind.LOOKUP)
        }
        auxiliaries = self._sorted(
            [n for n, v in self.variables.items() if v.kind is Kind.AUXILIARY]
        )
        fixed: list[Task] = []
        step: list[Task] = []
        for name in auxiliaries:
            follows = self._needs(name) <= constant and not self._timed(name)
            if follows:
                constant.add(name)
            tasks = fixed if follows else step
            tasks += [Task(name, i) for i in range(len(self.variables[name].components))]
        return ModelSpec(
            "built",
            "built.mdl",
            "",
            self.time,
            tuple(Dimension(name, elements) for name, elements in self.dimensions.items()),
            tuple(self.variables.values()),
            Order(tuple(fixed), tuple(self._initial(constant)), tuple(step)),
        )

    def _needs(self, name: str, *, initial: bool = False) -> set[str]:
        variable = self.variables[name]
        components = variable.initial if initial else variable.components
        return {
            part.variable
            for component in components
            for part in walk(component.expression)
            if isinstance(part, Reference)
        }

    def _timed(self, name: str) -> bool:
        return any(
            type(part).__name__ == "Time"
            or (isinstance(part, Apply) and part.function in ("step", "ramp", "pulse"))
            for component in self.variables[name].components
            for part in walk(component.expression)
        )

    def _sorted(self, names: Sequence[str]) -> list[str]:
        done: list[str] = []

        def visit(name: str) -> None:
            if name in done or self.variables[name].kind is not Kind.AUXILIARY:
                return
            for need in sorted(self._needs(name) - {name}):
                visit(need)
            done.append(name)

        for name in names:
            visit(name)
        return done

    def _initial(self, constant: set[str]) -> list[Task]:
        done: list[str] = []

        def visit(name: str) -> None:
            variable = self.variables[name]
            if name in done or name in constant or variable.kind is Kind.SERIES:
                return
            for need in sorted(self._needs(name, initial=variable.kind is Kind.STOCK) - {name}):
                visit(need)
            done.append(name)

        for name, variable in self.variables.items():
            if variable.kind is Kind.STOCK:
                visit(name)
        return [
            Task(name, i)
            for name in done
            for i in range(len(self.variables[name].initial or self.variables[name].components))
        ]

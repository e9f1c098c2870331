"""Where hidden variables are made: one place in a model that needs some.

A `Site` knows the loops of the equation there, and makes auxiliaries, stocks, series and pipelines
over the same loops, which `Hidden` keeps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcare.model.expression import Along, Apply, At, Axis, Expression, Number, Reference
from localcare.model.spec import Component, Kind, Variable
from localcare.model.translate import Translator

if TYPE_CHECKING:
    from localcare.model.hidden import Hidden

__all__ = ["Site"]


@dataclass(frozen=True)
class Site:
    """Where hidden variables are made: `axes` are the loops of the equation they serve, each over
    a dimension of its own; `name` and `units` are those of what is made there.
    """

    hidden: Hidden
    translator: Translator
    name: str
    units: str
    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, hidden: Hidden, translator: Translator, word: str, units: str) -> Site:
        """The site of one delay or smooth, called `word` in the names of what it needs."""
        name = hidden.base(translator, word)
        axes = []
        for loop in translator.loops.outer:
            if loop.range:
                dimension = hidden.dimension(loop.elements, f"{loop.range} of {name}")
                axes.append(Axis(loop.axis, dimension.name, tuple(range(len(loop.elements)))))
        return cls(hidden, translator, name, units, tuple(axes))

    def reference(self, identifier: str) -> Reference:
        """A hidden variable, read at the element the equation is at."""
        return Reference(identifier, tuple(Along(axis.name, axis.positions) for axis in self.axes))

    def stage_time(self, whole: Expression, order: int) -> Expression:
        """The time spent in one of `order` stages: a number, or a hidden auxiliary."""
        if isinstance(whole, Number):
            return Number(whole.value / order)
        name = f"{self.name}, time" if order == 1 else f"{self.name}, time in a stage"
        divided = Apply("divide", (whole, Number(float(order)))) if order > 1 else whole
        return self.reference(
            self._add(name, Kind.AUXILIARY, self.hidden.time_unit, (self._component(divided),))
        )

    def auxiliary(self, name: str, value: Expression) -> Reference:
        """Add a hidden auxiliary with the units of the site; how to read it."""
        return self.reference(
            self._add(name, Kind.AUXILIARY, self.units, (self._component(value),))
        )

    def stock(
        self,
        identifier: str,
        name: str,
        flow: Expression,
        initial: Expression,
        *,
        discrete: bool = False,
    ) -> None:
        """Add a hidden stock with this net flow (if discrete, what it becomes) and initial
        value."""
        self._add(
            name,
            Kind.STOCK,
            self.units,
            (self._component(flow),),
            initial=(self._component(initial),),
            identifier=identifier,
            discrete=discrete,
        )

    def series(self, stream: str) -> Reference:
        """Add a hidden series whose values a run draws (`Variable.drawn`); how to read it."""
        count = math.prod(len(axis.positions) for axis in self.axes)
        identifier = self._add(
            self.name, Kind.SERIES, self.units, (), values=(0.0,) * count, drawn=stream
        )
        return self.reference(identifier)

    def constant(self, name: str, values: Sequence[float]) -> Reference:
        """Add a hidden constant, one value for each element; how to read it."""
        return self.reference(self._add(name, Kind.CONSTANT, "Dmnl", (), values=tuple(values)))

    def pipeline(
        self,
        entering: Expression,
        initial: Expression,
        steps: int,
        begins: Expression | None = None,
    ) -> Reference:
        """Add a hidden discrete stock of so many places, each of which takes over what the one
        before held; how to read the last. Elements that have fewer places begin at place
        `begins`, counted from 0; None for all at the first.
        """
        places = self.hidden.places(steps, f"steps of {self.name}")
        identifier = self.hidden.unused(self.name)
        counter = f"{places.name} (counter)"
        whole = Axis(counter, places.name, tuple(range(steps)))
        first = Axis(counter, places.name, (0,))
        components = [Component((*self.axes, first), entering, self._line)]
        if steps > 1:
            later = Axis(counter, places.name, tuple(range(1, steps)))
            own = self.reference(identifier).indices
            before: Expression = Reference(
                identifier, (*own, Along(counter, tuple(range(steps - 1))))
            )
            if begins is not None:
                place = self.hidden.listed(Along(counter, later.positions), 1.0)
                here = Apply("equal", (place, begins))
                before = Apply("if", (here, entering, before))
            components.append(Component((*self.axes, later), before, self._line))
        self._add(
            self.name,
            Kind.STOCK,
            self.units,
            tuple(components),
            initial=(Component((*self.axes, whole), initial, self._line),),
            identifier=identifier,
            discrete=True,
            more=(places.name,),
        )
        return Reference(identifier, (*self.reference(identifier).indices, At(steps - 1)))

    @property
    def _line(self) -> int:
        return self.translator.part.equation.statement.line

    def _component(self, expression: Expression) -> Component:
        return Component(self.axes, expression, self._line)

    def _add(
        self,
        name: str,
        kind: Kind,
        units: str,
        components: tuple[Component, ...],
        *,
        initial: tuple[Component, ...] = (),
        identifier: str = "",
        discrete: bool = False,
        more: tuple[str, ...] = (),
        values: tuple[float, ...] = (),
        drawn: str = "",
    ) -> str:
        statement = self.translator.part.equation.statement
        made = Variable(
            name=name,
            identifier=identifier or self.hidden.unused(name),
            kind=kind,
            dimensions=(*(axis.dimension for axis in self.axes), *more),
            units=units,
            doc=f"Made for {self.translator.definition.name}.",
            line=statement.line,
            components=components,
            initial=initial,
            discrete=discrete,
            values=values,
            times=(0.0,) if kind is Kind.SERIES else (),
            drawn=drawn,
            hidden=True,
            group=statement.group,
        )
        self.hidden.variables.append(made)
        return made.identifier

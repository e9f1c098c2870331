"""Hidden variables: what delays, smooths and inline lookups are expanded into.

A delay of order n becomes n stocks that empty one into the next, a smooth of order n becomes n
stocks that each follow the one before, and INITIAL, TREND and FORECAST one stock each. They are
marked hidden, named after the variable they serve, and carry the units of what they hold, so that
every engine computes them like any other stock and conservation can be checked through them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from localcare.model import names
from localcare.model.definitions import Symbols, structure
from localcare.model.equations import Refusal
from localcare.model.expression import (
    Along,
    Apply,
    Axis,
    Expression,
    Number,
    Reference,
)
from localcare.model.spec import Component, Kind, Variable
from localcare.model.subscripts import Range
from localcare.model.translate import Translator

__all__ = ["Hidden"]

_MAX_ORDER = 100
_NUMBERED = ("", "second ", "third ", "fourth ", "fifth ")


@dataclass
class Hidden:
    """Makes hidden variables and keeps them in `variables`. `ranges` are dimensions made for
    parts of a variable that no named subscript range covers. `structural` are the constants whose
    values in the file shaped the model (orders of delays).
    """

    symbols: Symbols
    time_unit: str
    taken: set[str]
    variables: list[Variable] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    structural: set[str] = field(default_factory=set)
    _used: dict[str, int] = field(default_factory=dict)
    _lookups: dict[int, str] = field(default_factory=dict)

    def expand(self, tree: Any, translator: Translator, *, whole: bool) -> Expression | None:
        """The value of a delay, smooth or the like; None where `tree` is none of them."""
        shape = structure(tree)
        makers = {
            "DelayStructure": self._delay,
            "DelayNStructure": self._delay,
            "SmoothStructure": self._smooth,
            "SmoothNStructure": self._smooth,
            "InitialStructure": self._initial,
            "TrendStructure": self._trend,
            "ForecastStructure": self._forecast,
        }
        if shape in _UNSUPPORTED:
            raise Refusal(f"the function {_UNSUPPORTED[shape]} is not supported.", "Leave it out.")
        if shape not in makers:
            return None
        if translator.reducing:
            raise Refusal(
                "a delay or smooth stands inside SUM, PROD, VMIN or VMAX.",
                "Give it an equation of its own.",
            )
        word = shape.removesuffix("Structure").removesuffix("N").lower()
        site = _Site.of(self, translator, word, self._units(tree, translator, whole))
        return makers[shape](tree, translator, site)

    def lookup(self, tree: Any, translator: Translator) -> str:
        """The identifier of a hidden lookup that holds the points of `tree`."""
        if id(tree) not in self._lookups:
            xs, ys = points(tree)
            name = self.base(translator, "lookup")
            identifier = self.unused(name)
            self.variables.append(
                Variable(
                    name=name,
                    identifier=identifier,
                    kind=Kind.LOOKUP,
                    units=translator.definition.units,
                    doc=f"Points of the lookup in {translator.definition.name}.",
                    line=translator.part.equation.statement.line,
                    values=ys,
                    times=xs,
                    hidden=True,
                    group=translator.part.equation.statement.group,
                )
            )
            self._lookups[id(tree)] = identifier
        return self._lookups[id(tree)]

    def base(self, translator: Translator, word: str) -> str:
        """`visits, delay`, with elements and a number where there are several."""
        definition, equation = translator.definition, translator.part.equation
        name = definition.name
        if len(definition.domain.parts) > 1:
            name += f"[{', '.join(names.display(each) for each in equation.subscripts)}]"
        name += f", {{}}{word}"
        count = self._used.get(name, 0)
        self._used[name] = count + 1
        return name.format(_NUMBERED[count] if count < len(_NUMBERED) else f"{count + 1}th ")

    def unused(self, name: str) -> str:
        """An identifier that no variable has."""
        wanted = identifier = names.identifier(name)
        number = 1
        while identifier in self.taken:
            number += 1
            identifier = f"{wanted}_{number}"
        self.taken.add(identifier)
        return identifier

    def _units(self, tree: Any, translator: Translator, whole: bool) -> str:
        """Units of what goes into the delay, as far as they are written down."""
        if whole:
            return translator.definition.units
        source: Any = getattr(tree, "input", getattr(tree, "initial", None))
        if structure(source) == "ReferenceStructure":
            found = self.symbols.definitions.get(names.key(source.reference))
            return found.units if found else ""
        return ""

    def _order(self, tree: Any) -> int:
        """The order of a delay: a whole number, written out or a constant's value in the file."""
        written: Any = tree.order
        if structure(written) == "ReferenceStructure":
            found = self.symbols.find(written.reference)
            trees = [equation.tree for equation in found.equations]
            if len(trees) == 1 and structure(trees[0]) == "number":
                self.structural.add(found.identifier)
                written = trees[0]
        if structure(written) != "number" or int(written) != written:
            raise Refusal(
                "the order of a delay must be a whole number that is known beforehand.",
                "Write it as a number.",
            )
        if not 1 <= written <= _MAX_ORDER:
            raise Refusal(
                f"the order of a delay is {int(written)}; it can be 1 to {_MAX_ORDER}.",
                "Use a lower order, or DELAY FIXED.",
            )
        return int(written)

    def _delay(self, tree: Any, translator: Translator, site: _Site) -> Expression:
        order = self._order(tree)
        inflow = translator.expression(tree.input)
        start = translator.expression(tree.initial)
        stay = site.stage_time(translator.expression(tree.delay_time), order)
        for stage in range(1, order + 1):
            name = site.name if order == 1 else f"{site.name}, stage {stage} of {order}"
            identifier = self.unused(name)
            outflow = Apply("divide", (site.reference(identifier), stay))
            site.stock(
                identifier,
                name,
                flow=Apply("subtract", (inflow, outflow)),
                initial=Apply("multiply", (start, stay)),
                units=held(site.units, self.time_unit),
            )
            inflow = outflow
        return inflow

    def _smooth(self, tree: Any, translator: Translator, site: _Site) -> Expression:
        order = self._order(tree)
        followed = translator.expression(tree.input)
        start = translator.expression(tree.initial)
        stay = site.stage_time(translator.expression(tree.smooth_time), order)
        for stage in range(1, order + 1):
            name = site.name if order == 1 else f"{site.name}, stage {stage} of {order}"
            identifier = self.unused(name)
            own = site.reference(identifier)
            gap = Apply("subtract", (followed, own))
            flow = Apply("divide", (gap, stay))
            site.stock(identifier, name, flow=flow, initial=start, units=site.units)
            followed = own
        return followed

    def _initial(self, tree: Any, translator: Translator, site: _Site) -> Expression:
        identifier = self.unused(site.name)
        initial = translator.expression(tree.initial)
        site.stock(identifier, site.name, flow=Number(0.0), initial=initial, units=site.units)
        return site.reference(identifier)

    def _trend(self, tree: Any, translator: Translator, site: _Site) -> Expression:
        value = translator.expression(tree.input)
        over = site.stage_time(translator.expression(tree.average_time), 1)
        trend = translator.expression(tree.initial_trend)
        growth = Apply("add", (Number(1.0), Apply("multiply", (trend, over))))
        average = self._average(site, value, over, Apply("divide", (value, growth)))
        gap = Apply("subtract", (value, average))
        return Apply("zidz", (gap, Apply("multiply", (over, Apply("absolute", (average,))))))

    def _forecast(self, tree: Any, translator: Translator, site: _Site) -> Expression:
        value = translator.expression(tree.input)
        over = site.stage_time(translator.expression(tree.average_time), 1)
        horizon = translator.expression(tree.horizon)
        average = self._average(site, value, over, value)
        gap = Apply("subtract", (value, average))
        slope = Apply("zidz", (gap, Apply("multiply", (over, average))))
        growth = Apply("add", (Number(1.0), Apply("multiply", (slope, horizon))))
        return Apply("multiply", (value, growth))

    def _average(
        self, site: _Site, value: Expression, over: Expression, start: Expression
    ) -> Expression:
        name = f"{site.name}, average"
        identifier = self.unused(name)
        own = site.reference(identifier)
        flow = Apply("divide", (Apply("subtract", (value, own)), over))
        site.stock(identifier, name, flow=flow, initial=start, units=site.units)
        return own


_UNSUPPORTED = {
    "DelayFixedStructure": "DELAY FIXED",
    "SampleIfTrueStructure": "SAMPLE IF TRUE",
    "AllocateAvailableStructure": "ALLOCATE AVAILABLE",
    "AllocateByPriorityStructure": "ALLOCATE BY PRIORITY",
}


@dataclass(frozen=True)
class _Site:
    """Where hidden variables are made: the loops of the equation they serve, as dimensions."""

    workshop: Hidden
    translator: Translator
    name: str
    units: str
    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, workshop: Hidden, translator: Translator, word: str, units: str) -> _Site:
        name = workshop.base(translator, word)
        axes = []
        for loop in translator.loops:
            if loop.range:
                dimension = _dimension(workshop, loop.elements, f"{loop.range} of {name}")
                axes.append(Axis(loop.axis, dimension.name, tuple(range(len(loop.elements)))))
        return cls(workshop, translator, name, units, tuple(axes))

    def reference(self, identifier: str) -> Reference:
        """A hidden variable, read at the element the equation is at."""
        return Reference(identifier, tuple(Along(axis.name, axis.positions) for axis in self.axes))

    def stage_time(self, whole: Expression, order: int) -> Expression:
        """The time spent in one of `order` stages: a number, or a hidden auxiliary."""
        if isinstance(whole, Number):
            return Number(whole.value / order)
        name = f"{self.name}, time" if order == 1 else f"{self.name}, time in a stage"
        identifier = self.workshop.unused(name)
        divided = Apply("divide", (whole, Number(float(order)))) if order > 1 else whole
        self._add(
            identifier,
            name,
            Kind.AUXILIARY,
            self.workshop.time_unit,
            components=(self._component(divided),),
        )
        return self.reference(identifier)

    def stock(
        self, identifier: str, name: str, *, flow: Expression, initial: Expression, units: str
    ) -> None:
        """Add a hidden stock with this net flow and initial value."""
        self._add(
            identifier,
            name,
            Kind.STOCK,
            units,
            components=(self._component(flow),),
            initial=(self._component(initial),),
        )

    def _component(self, expression: Expression) -> Component:
        return Component(self.axes, expression, self.translator.part.equation.statement.line)

    def _add(
        self,
        identifier: str,
        name: str,
        kind: Kind,
        units: str,
        *,
        components: tuple[Component, ...],
        initial: tuple[Component, ...] = (),
    ) -> None:
        statement = self.translator.part.equation.statement
        self.workshop.variables.append(
            Variable(
                name=name,
                identifier=identifier,
                kind=kind,
                dimensions=tuple(axis.dimension for axis in self.axes),
                units=units,
                doc=f"Made for {self.translator.definition.name}.",
                line=statement.line,
                components=components,
                initial=initial,
                hidden=True,
                group=statement.group,
            )
        )


def _dimension(workshop: Hidden, elements: tuple[str, ...], name: str) -> Range:
    subscripts = workshop.symbols.subscripts
    for each in (*subscripts.ranges.values(), *workshop.ranges):
        if each.elements == elements:
            return subscripts.original(each) if each not in workshop.ranges else each
    made = Range(name, elements, tuple(subscripts.labels[element] for element in elements))
    workshop.ranges.append(made)
    return made


def points(tree: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The x and y of a lookup written in the model file; x must rise."""
    xs, ys = tuple(float(x) for x in tree.x), tuple(float(y) for y in tree.y)
    for before, after in itertools.pairwise(xs):
        if not before < after:
            raise Refusal(f"the lookup has two points at x = {after:g}.", "Keep one of them.")
    return xs, ys


def held(flow: str, time: str) -> str:
    """Units of what a flow fills: `person` for `person/Year` when the time unit is Year."""
    if not flow or not time:
        return ""
    if flow.replace(" ", "").lower().endswith(f"/{time.lower()}"):
        return flow.rstrip()[: flow.rstrip().rindex("/")].rstrip()
    return time if flow.lower() in ("dmnl", "1") else f"{flow}*{time}"

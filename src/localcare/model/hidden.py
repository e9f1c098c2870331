"""Hidden variables: those that an equation needs besides the one it defines.

`Hidden` names and keeps them. A `Site` is one place in the model that needs some: it knows the
loops of the equation there and makes variables over the same loops. Hidden variables are named
after the variable they serve and are like any other to an engine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from localcare.model import names
from localcare.model.definitions import Symbols
from localcare.model.expression import Along, Apply, At, Axis, Expression, Number, Reference
from localcare.model.refusal import Refusal
from localcare.model.spec import Component, Kind, Variable
from localcare.model.subscripts import Range
from localcare.model.translate import Translator

__all__ = ["Hidden", "Site", "points"]

_NUMBERED = ("", "second ", "third ", "fourth ", "fifth ")


@dataclass
class Hidden:
    """Makes hidden variables and keeps them in `variables`.

    `taken` are the identifiers in use. `ranges` are dimensions made for parts of a variable that
    no named subscript range covers. `structural` are the constants whose values in the file shaped
    the model (orders of delays).
    """

    symbols: Symbols
    time_unit: str
    taken: set[str]
    variables: list[Variable] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    structural: set[str] = field(default_factory=set)
    _used: dict[str, int] = field(default_factory=dict)
    _made: dict[object, str] = field(default_factory=dict)

    def lookup(self, tree: Any, translator: Translator) -> str:
        """The identifier of a hidden lookup that holds the points of `tree`."""
        if id(tree) not in self._made:
            self._made[id(tree)] = self.curve(translator, *points(tree))
        return self._made[id(tree)]

    def curve(self, translator: Translator, xs: tuple[float, ...], ys: tuple[float, ...]) -> str:
        """The identifier of a hidden lookup through these points."""
        statement = translator.part.equation.statement
        name = self.base(translator, "lookup")
        made = Variable(
            name=name,
            identifier=self.unused(name),
            kind=Kind.LOOKUP,
            units=translator.definition.units,
            doc=f"Made for {translator.definition.name}.",
            line=statement.line,
            values=ys,
            times=xs,
            hidden=True,
            group=statement.group,
        )
        self.variables.append(made)
        return made.identifier

    def numbers(self, wanted: str) -> str:
        """The identifier of a hidden constant that numbers the elements of range `wanted`."""
        if wanted not in self._made:
            dimension = self.symbols.subscripts.ranges[wanted]
            name = f"{dimension.name}, number"
            made = Variable(
                name=name,
                identifier=self.unused(name),
                kind=Kind.CONSTANT,
                dimensions=(dimension.name,),
                units="Dmnl",
                doc=f"The elements of {dimension.name} counted from 1.",
                values=tuple(float(number + 1) for number in range(len(dimension.elements))),
                hidden=True,
            )
            self.variables.append(made)
            self._made[wanted] = made.identifier
        return self._made[wanted]

    def listed(self, index: Along, stride: float) -> Reference:
        """A hidden constant that gives, for each count of a loop, its position by `stride`."""
        key = (index.positions, stride)
        if key not in self._made:
            name = f"places {self._count('places')}"
            dimension = self.places(len(index.positions), f"counts of {name}").name
            made = Variable(
                name=name,
                identifier=self.unused(name),
                kind=Kind.CONSTANT,
                dimensions=(dimension,),
                units="Dmnl",
                doc="Where the elements stand that a function counts through.",
                values=tuple(stride * position for position in index.positions),
                hidden=True,
            )
            self.variables.append(made)
            self._made[key] = made.identifier
        return Reference(self._made[key], (Along(index.axis, tuple(range(len(index.positions)))),))

    def _count(self, word: str) -> int:
        self._used[word] = self._used.get(word, 0) + 1
        return self._used[word]

    def kept(
        self, translator: Translator, word: str, value: Expression, without: Collection[str] = ()
    ) -> Reference:
        """A hidden auxiliary of this value over the loops of the equation but those whose axes are
        named in `without`; how to read it."""
        site = Site.of(self, translator, word, "")
        axes = tuple(each for each in site.axes if each.name not in without)
        return replace(site, axes=axes).auxiliary(site.name, value)

    def drawn(self, translator: Translator, stream: str) -> Reference:
        """A hidden series of numbers drawn evenly from 0 to 1, one afresh for each element and
        step; how to read it."""
        if translator.loops.reducing:
            raise Refusal(
                "a RANDOM function stands inside SUM, PROD, VMIN or VMAX.",
                "Give it an equation of its own.",
            )
        return Site.of(self, translator, "draw", "Dmnl").series(stream)

    def shaping(self, read: Collection[str]) -> None:
        """Take note of constants whose values in the file shape the model."""
        self.structural |= set(read)

    def base(self, translator: Translator, word: str) -> str:
        """`visits, delay`, with elements and a number where there are several."""
        definition, equation = translator.definition, translator.part.equation
        name = definition.name
        if len(definition.domain.parts) > 1:
            name += f"[{', '.join(names.display(each) for each in equation.subscripts)}]"
        count = self._used.get(f"{name}, {word}", 0)
        self._used[f"{name}, {word}"] = count + 1
        number = _NUMBERED[count] if count < len(_NUMBERED) else f"{count + 1}th "
        return f"{name}, {number}{word}"

    def unused(self, name: str) -> str:
        """An identifier that no variable has."""
        wanted = identifier = names.identifier(name)
        number = 1
        while identifier in self.taken:
            number += 1
            identifier = f"{wanted}_{number}"
        self.taken.add(identifier)
        return identifier

    def dimension(self, elements: tuple[str, ...], name: str) -> Range:
        """A range with exactly these elements, made under `name` where none is defined."""
        subscripts = self.symbols.subscripts
        for each in subscripts.ranges.values():
            if each.elements == elements:
                return subscripts.original(each)
        for each in self.ranges:
            if each.elements == elements:
                return each
        made = Range(name, elements, tuple(subscripts.labels[element] for element in elements))
        self.ranges.append(made)
        return made

    def places(self, count: int, name: str) -> Range:
        """A range of so many numbered places, made under `name`."""
        labels = tuple(str(number) for number in range(1, count + 1))
        made = Range(name, labels, labels)
        self.ranges.append(made)
        return made


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

    def pipeline(self, entering: Expression, initial: Expression, steps: int) -> Reference:
        """Add a hidden discrete stock of so many places, each of which takes over what the one
        before held; how to read the last.
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
            before = Reference(identifier, (*own, Along(counter, tuple(range(steps - 1)))))
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
            times=(0.0,) if values else (),
            drawn=drawn,
            hidden=True,
            group=statement.group,
        )
        self.hidden.variables.append(made)
        return made.identifier


def points(tree: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The x and y of a lookup written in the model file; x must rise. A point that is written twice
    counts once."""
    pairs = dict.fromkeys((float(x), float(y)) for x, y in zip(tree.x, tree.y, strict=True))
    xs, ys = tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    for before, after in itertools.pairwise(xs):
        if not before < after:
            raise Refusal(f"the lookup has two points at x = {after:g}.", "Keep one of them.")
    return xs, ys

"""Hidden variables: those that an equation needs besides the one it defines.

`Hidden` names and keeps them; what runs over the loops of an equation is made at a `Site`. Hidden
variables are named after the variable they serve and are like any other to an engine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from localcare.model import names
from localcare.model.definitions import Symbols
from localcare.model.expression import Along, Expression, Reference
from localcare.model.refusal import Refusal
from localcare.model.sites import Site
from localcare.model.spec import Kind, Variable
from localcare.model.subscripts import Range
from localcare.model.translate import Translator
from localcare.model.values import points

__all__ = ["Hidden"]

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

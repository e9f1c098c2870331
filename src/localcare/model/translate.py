"""From PySD's syntax tree of one equation to our `Expression`.

A `Translator` belongs to one part of a variable (one equation over one box of elements). It knows
which loops run there, so it can turn every subscript on the right-hand side into a fixed element
or a position along a loop. Delays, smooths and inline lookups are handed to a `Workshop`, which
makes the hidden variables they need.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from localcare.model import names
from localcare.model.definitions import Definition, Symbols, structure
from localcare.model.domains import Part
from localcare.model.equations import Refusal
from localcare.model.expression import (
    FUNCTIONS,
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
from localcare.model.functions import CALLS, MODES, OPERATORS, REDUCTIONS
from localcare.model.spec import Kind
from localcare.model.subscripts import MAX_SIZE, Range
from localcare.problems import did_you_mean

__all__ = ["Loop", "Translator", "Workshop"]

_NOT_AVAILABLE = -(2.0**109)  # what Vensim computes with for :NA:


@dataclass(frozen=True, slots=True)
class Loop:
    """A running loop: the name of its axis, the key of the range it was written as ("" for a
    single element) and the elements its counter stands for.
    """

    axis: str
    range: str
    elements: tuple[str, ...]


class Workshop(Protocol):
    """Makes the hidden variables that one equation needs."""

    def expand(self, tree: Any, translator: Translator, *, whole: bool) -> Expression | None:
        """The value of a delay, smooth or the like, or None where `tree` is none of them. `whole`
        says that it is the entire equation.
        """

    def lookup(self, tree: Any, translator: Translator) -> str:
        """The identifier of a hidden lookup that holds the points of `tree`."""


@dataclass
class Translator:
    """Translates the right-hand side of one part."""

    symbols: Symbols
    definition: Definition
    part: Part
    workshop: Workshop
    loops: tuple[Loop, ...] = ()
    reducing: tuple[Loop, ...] = ()
    _axes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not self.loops:
            self.loops = tuple(
                Loop(self._axis(self._axis_name(place)), self.part.loops[place], elements)
                for place, elements in enumerate(self.part.box)
            )

    def axes(self) -> tuple[Axis, ...]:
        """The loops of this part over the dimensions of its variable."""
        return tuple(
            Axis(loop.axis, each.name, positions(each, loop.elements))
            for each, loop in zip(self.definition.domain.ranges, self.loops, strict=True)
        )

    def whole(self, tree: Any) -> Expression:
        """The entire right-hand side of an equation."""
        return self.workshop.expand(tree, self, whole=True) or self.expression(tree)

    def expression(self, tree: Any) -> Expression:
        """Any part of a right-hand side."""
        shape = structure(tree)
        if shape == "number":
            value = float(tree)
            return Number(_NOT_AVAILABLE if math.isnan(value) else value)
        if shape in ("ArithmeticStructure", "LogicStructure"):
            return self._operation(list(tree.operators), list(tree.arguments))
        if shape == "ReferenceStructure":
            return self._reference(tree)
        if shape == "CallStructure":
            return self._call(tree)
        if shape == "GameStructure":
            return self.expression(tree.expression)
        if shape == "InlineLookupsStructure":
            table = self.workshop.lookup(tree.lookups, self)
            return Interpolate(table, (), self.expression(tree.argument))
        expanded = self.workshop.expand(tree, self, whole=False)
        if expanded is None:
            raise Refusal(_misplaced(shape), "Give it an equation of its own.")
        return expanded

    def _operation(self, operators: list[str], arguments: list[Any]) -> Expression:
        if operators == ["negative"]:
            return Apply("negate", (self.expression(arguments[0]),))
        if operators == [":NOT:"]:
            return Apply("not", (self.expression(arguments[0]),))
        if operators.count("^") > 1:
            raise Refusal("a^b^c can be read in two ways.", "Write (a^b)^c or a^(b^c).")
        folded = self.expression(arguments[0])
        for operator, argument in zip(operators, arguments[1:], strict=True):
            folded = Apply(OPERATORS[operator.upper()], (folded, self.expression(argument)))
        return folded

    def _reference(self, tree: Any) -> Expression:
        if names.key(tree.reference) == "time" and tree.subscripts is None:
            return Time()
        found = self._lookup_name(tree.reference)
        if found.kind is Kind.LOOKUP:
            raise Refusal(
                f'reads the lookup "{found.name}" without an argument.',
                f"Write {found.name}(x).",
            )
        return Reference(found.identifier, self.indices(found, tree.subscripts))

    def _lookup_name(self, name: str) -> Definition:
        wanted = names.key(name)
        subscripts = self.symbols.subscripts
        if wanted not in self.symbols.definitions and (
            wanted in subscripts.ranges or wanted in subscripts.labels
        ):
            raise Refusal(
                f'uses the subscript "{names.display(name)}" as a number, which is not supported.',
                "Add a constant over that subscript that holds its numbers.",
            )
        return self.symbols.find(name)

    def _call(self, tree: Any) -> Expression:
        name, arguments = names.key(tree.function.reference), tuple(tree.arguments)
        found = self.symbols.definitions.get(name)
        if found is not None:
            if found.kind is not Kind.LOOKUP or len(arguments) != 1:
                raise Refusal(
                    f'"{found.name}" is used as a function of {len(arguments)} arguments, but is '
                    f"{'a lookup of one' if found.kind is Kind.LOOKUP else 'no lookup'}.",
                    "Is an operator missing before the bracket?",
                )
            indices = self.indices(found, tree.function.subscripts)
            return Interpolate(found.identifier, indices, self.expression(arguments[0]))
        if name in REDUCTIONS:
            return self._reduce(name, arguments)
        if name in MODES:
            return self._read_lookup(name, arguments)
        if name == "log":
            _count(name, arguments, 2)
            logs = [Apply("logarithm", (self.expression(each),)) for each in arguments]
            return Apply("divide", (logs[0], logs[1]))
        if name == "elmcount":
            _count(name, arguments, 1)
            elements = self.symbols.subscripts.elements(getattr(arguments[0], "reference", "?"))
            return Number(float(len(elements)))
        if name == "pulse train":  # PySD gives start, interval, duration, end
            _count(name, arguments, 4)
            arguments = tuple(arguments[place] for place in (0, 2, 1, 3))
            return Apply("pulse_train", tuple(self.expression(each) for each in arguments))
        if name not in CALLS:
            known = [*CALLS, *REDUCTIONS, *MODES, *(self.symbols.definitions)]
            raise Refusal(
                f"the function {name.upper()} is not supported.",
                did_you_mean(name, known) or "Write its equations out.",
            )
        _count(name, arguments, FUNCTIONS[CALLS[name]])
        return Apply(CALLS[name], tuple(self.expression(each) for each in arguments))

    def _read_lookup(self, name: str, arguments: Sequence[Any]) -> Expression:
        _count(name, arguments, 2)
        table = arguments[0]
        if structure(table) != "ReferenceStructure":
            raise Refusal(f"{name.upper()} needs the name of a lookup first.")
        found = self.symbols.find(table.reference)
        if found.kind is not Kind.LOOKUP:
            raise Refusal(f'{name.upper()} needs a lookup, and "{found.name}" is none.')
        indices = self.indices(found, table.subscripts)
        return Interpolate(found.identifier, indices, self.expression(arguments[1]), MODES[name])

    def _reduce(self, name: str, arguments: Sequence[Any]) -> Expression:
        _count(name, arguments, 1)
        marked = dict.fromkeys(_marked(arguments[0]))
        if not marked:
            raise Refusal(
                f"{name.upper()} runs over no subscript.",
                f"Mark one with an exclamation mark, as in {name.upper()}(x[age!]).",
            )
        loops = []
        for wanted in marked:
            if wanted not in self.symbols.subscripts.ranges:
                self.symbols.subscripts.elements(wanted)
                raise Refusal(f"[{wanted}!] is an element, not a subscript range.")
            elements = self.symbols.subscripts.ranges[wanted].elements
            loops.append(Loop(self._axis(f"{wanted}!"), f"{wanted}!", elements))
        inner = Translator(
            self.symbols,
            self.definition,
            self.part,
            self.workshop,
            self.loops,
            (*self.reducing, *loops),
            self._axes,
        )
        size = math.prod(len(loop.elements) for loop in (*inner.loops, *inner.reducing))
        if size >= MAX_SIZE:
            raise Refusal(
                f"{name.upper()} would run over {size:,} combinations of elements; fewer than "
                f"{MAX_SIZE:,} are possible.",
                "Sum in two steps.",
            )
        axes = tuple(
            Axis(loop.axis, dimension.name, positions(dimension, loop.elements))
            for loop in loops
            for dimension in (self.symbols.subscripts.parent(loop.range.rstrip("!")),)
        )
        return Reduce(REDUCTIONS[name], axes, inner.expression(arguments[0]))

    def indices(self, found: Definition, written: Any) -> tuple[Index, ...]:
        """One index for each dimension of the variable read."""
        subscripts = () if written is None else tuple(written.subscripts)
        ranges = found.domain.ranges
        if not found.domain.parts:  # reported already
            return ()
        if len(subscripts) != len(ranges):
            over = ", ".join(each.name for each in ranges)
            raise Refusal(
                f'reads "{found.name}" with {len(subscripts)} subscripts; it has '
                + (f"{len(ranges)} [{over}]." if ranges else "none."),
                f"Write {found.name}{f'[{over}]' if ranges else ''}.",
            )
        return tuple(
            self._index(found, dimension, name)
            for dimension, name in zip(ranges, subscripts, strict=True)
        )

    def _index(self, found: Definition, dimension: Range, name: str) -> Index:
        subscripts = self.symbols.subscripts
        marked = name.strip().endswith("!")
        wanted = names.key(name.strip().rstrip("!"))
        if marked:
            for loop in reversed(self.reducing):
                if loop.range == f"{wanted}!":
                    return Along(loop.axis, self._places(found, dimension, loop.elements))
            raise Refusal(
                f"[{wanted}!] stands outside SUM, PROD, VMIN and VMAX.", "Leave out the `!`."
            )
        if wanted not in subscripts.ranges:
            (element,) = subscripts.elements(name)
            return At(self._places(found, dimension, (element,))[0])
        loop, elements = self._running(wanted)
        return Along(loop.axis, self._places(found, dimension, elements))

    def _running(self, wanted: str) -> tuple[Loop, tuple[str, ...]]:
        """The loop that subscript range `wanted` follows, and its element at each count."""
        subscripts = self.symbols.subscripts
        for loop in self.loops:
            if loop.range == wanted:
                return loop, loop.elements
        for loop in self.loops:
            if not loop.range:
                continue
            paired = [subscripts.counterpart(wanted, loop.range, each) for each in loop.elements]
            if all(each is not None for each in paired):
                return loop, tuple(each for each in paired if each is not None)
        written = ", ".join(self.part.equation.subscripts)
        raise Refusal(
            f"the subscript [{subscripts.ranges[wanted].name}] on the right is not among those on "
            f"the left{f' [{written}]' if written else ''}, nor mapped to one of them.",
            "Use a subscript of the left-hand side, a single element, or SUM with a `!`.",
        )

    def _places(
        self, found: Definition, dimension: Range, elements: tuple[str, ...]
    ) -> tuple[int, ...]:
        strangers = [each for each in elements if each not in dimension.elements]
        if strangers:
            label = self.symbols.subscripts.labels[strangers[0]]
            raise Refusal(
                f'reads "{found.name}" at [{label}], which is not in its range [{dimension.name}].',
                did_you_mean(label, dimension.labels) or "Use a subrange that fits.",
            )
        return positions(dimension, elements)

    def _axis_name(self, place: int) -> str:
        return self.part.loops[place] or self.part.box[place][0]

    def _axis(self, wanted: str) -> str:
        """A name that no other loop of this equation has."""
        name, number = wanted, 1
        while name in self._axes:
            number += 1
            name = f"{wanted} {number}"
        self._axes.add(name)
        return name


def positions(dimension: Range, elements: Sequence[str]) -> tuple[int, ...]:
    """Where `elements` stand in `dimension`, counted from 0."""
    where = {element: place for place, element in enumerate(dimension.elements)}
    return tuple(where[element] for element in elements)


def _marked(tree: Any) -> list[str]:
    """Ranges marked with `!` in a tree, not looking into reductions inside it."""
    shape = structure(tree)
    if shape == "ReferenceStructure":
        written = tree.subscripts.subscripts if tree.subscripts is not None else ()
        return [names.key(each.rstrip("! ")) for each in written if each.strip().endswith("!")]
    if shape == "CallStructure":
        if names.key(tree.function.reference) in REDUCTIONS:
            return []
        return [each for part in (tree.function, *tree.arguments) for each in _marked(part)]
    if shape in ("ArithmeticStructure", "LogicStructure"):
        return [each for part in tree.arguments for each in _marked(part)]
    if shape == "InlineLookupsStructure":
        return _marked(tree.argument)
    if shape == "GameStructure":
        return _marked(tree.expression)
    return []


def _count(name: str, arguments: Sequence[Any], wanted: int) -> None:
    if len(arguments) != wanted:
        raise Refusal(
            f"{name.upper()} takes {wanted} argument{'s' * (wanted != 1)}, not {len(arguments)}.",
            "Is a comma missing or one too many?",
        )


def _misplaced(shape: str) -> str:
    words = {
        "array": "a list of numbers",
        "IntegStructure": "INTEG",
        "GetConstantsStructure": "GET DIRECT CONSTANTS",
        "GetDataStructure": "GET DIRECT DATA",
        "GetLookupsStructure": "GET DIRECT LOOKUPS",
        "DataStructure": "a series without values",
        "str": "a text in quotes",
    }
    word = words.get(shape, shape.removesuffix("Structure"))
    return f"{word} stands inside an expression."

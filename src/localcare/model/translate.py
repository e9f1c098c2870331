"""From PySD's syntax tree of one equation to our `Expression`.

A `Translator` belongs to one part of a variable (one equation over one box of elements). It
collects what is wrong in `faults` and goes on, so that all faults of an equation are reported at
once. Delays, smooths and inline lookups are handed to a `Workshop`, which makes the hidden
variables they need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from localcare.model import names
from localcare.model.definitions import Definition, Symbols, structure
from localcare.model.domains import Part
from localcare.model.expression import (
    FUNCTIONS,
    Along,
    Apply,
    Axis,
    Expression,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
)
from localcare.model.functions import CALLS, MODES, OPERATORS, REDUCTIONS
from localcare.model.indexing import Loop, Loops, positions
from localcare.model.randoms import RANDOMS
from localcare.model.refusal import Refusal, misplaced
from localcare.model.spec import Kind
from localcare.model.subscripts import MAX_SIZE
from localcare.model.vectors import VECTORS
from localcare.model.workshop import Workshop
from localcare.problems import did_you_mean

__all__ = ["Translator"]

T = TypeVar("T")

_NOT_AVAILABLE = -(2.0**109)  # what Vensim computes with for :NA:


@dataclass
class Translator:
    """Translates the right-hand side of one part."""

    symbols: Symbols
    definition: Definition
    part: Part
    workshop: Workshop
    faults: list[Refusal] = field(default_factory=list)
    loops: Loops = field(init=False)
    _axes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        outer = tuple(
            Loop(self.axis(self.part.loops[place] or elements[0]), self.part.loops[place], elements)
            for place, elements in enumerate(self.part.box)
        )
        self.loops = Loops(self.symbols.subscripts, self.part.equation.subscripts, outer)

    def axes(self) -> tuple[Axis, ...]:
        """The loops of this part over the dimensions of its variable."""
        return tuple(
            Axis(loop.axis, each.name, positions(each, loop.elements))
            for each, loop in zip(self.definition.domain.ranges, self.loops.outer, strict=True)
        )

    def expression(self, tree: Any, *, whole: bool = False) -> Expression:
        """Any part of a right-hand side; `whole` says that it is all of it."""
        try:
            return self._expression(tree, whole=whole)
        except Refusal as refusal:
            self.faults.append(refusal)
            return Number(0.0)

    def _expression(self, tree: Any, *, whole: bool) -> Expression:
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
            return self.expression(tree.expression, whole=whole)
        if shape == "InlineLookupsStructure":
            table = self.workshop.lookup(tree.lookups, self)
            return Interpolate(table, (), self.expression(tree.argument))
        expanded = self.workshop.expand(tree, self, whole=whole)
        if expanded is None:
            raise Refusal(misplaced(shape), "Give it an equation of its own.")
        return expanded

    def _operation(self, operators: list[str], arguments: list[Any]) -> Expression:
        if operators == ["negative"]:
            return Apply("negate", (self.expression(arguments[0]),))
        if operators == [":NOT:"]:
            return Apply("not", (self.expression(arguments[0]),))
        if "^" in operators:  # a^b^c is a^(b^c)
            powers = [self.expression(each) for each in arguments]
            raised = powers.pop()
            while powers:
                raised = Apply("power", (powers.pop(), raised))
            return raised
        folded = self.expression(arguments[0])
        for operator, argument in zip(operators, arguments[1:], strict=True):
            folded = Apply(OPERATORS[operator], (folded, self.expression(argument)))
        return folded

    def _reference(self, tree: Any) -> Expression:
        wanted = names.key(tree.reference)
        written = () if tree.subscripts is None else tuple(tree.subscripts.subscripts)
        if wanted == "time" and not written:
            return Time()
        if wanted not in self.symbols.definitions and not written:
            numbered = self._number_of(wanted)
            if numbered is not None:
                return numbered
        found = self.symbols.find(wanted)
        if found.kind is Kind.LOOKUP:
            raise Refusal(
                f'reads the lookup "{found.name}" without an argument.',
                f"Write {found.name}(x).",
            )
        return Reference(found.identifier, self.loops.indices(found, written))

    def _number_of(self, wanted: str) -> Expression | None:
        """The number of an element in its range, where a subscript is used as a value."""
        subscripts = self.symbols.subscripts
        if wanted in subscripts.ranges:
            parent = subscripts.parent(wanted)
            loop, elements = self.loops.running(wanted)
            index = Along(loop.axis, positions(parent, elements))
            return Reference(self.workshop.numbers(names.key(parent.name)), (index,))
        if wanted in subscripts.labels:
            home = next(key for key, each in subscripts.ranges.items() if wanted in each.elements)
            return Number(float(subscripts.parent(home).elements.index(wanted) + 1))
        return None

    def _call(self, tree: Any) -> Expression:
        name, arguments = names.key(tree.function.reference), tuple(tree.arguments)
        if name in self.symbols.definitions or name in self.symbols.broken:
            found = self.symbols.find(name)
            if found.kind is not Kind.LOOKUP or len(arguments) != 1:
                what = "a lookup of one" if found.kind is Kind.LOOKUP else "no lookup"
                raise Refusal(
                    f'"{found.name}" is used as a function of {len(arguments)} arguments, but is '
                    f"{what}.",
                    "Is an operator missing before the bracket?",
                )
            return self._interpolate(tree.function, arguments[0], "hold")
        if name in REDUCTIONS:
            return self._reduce(name, arguments)
        if name in VECTORS:
            return VECTORS[name](self, arguments)
        if name in RANDOMS:
            return RANDOMS[name](self, arguments)
        if name in MODES:
            _count(name, arguments, 2)
            return self._interpolate(arguments[0], arguments[1], MODES[name])
        if name == "log":
            _count(name, arguments, 2)
            logs = [Apply("logarithm", (self.expression(each),)) for each in arguments]
            return Apply("divide", (logs[0], logs[1]))
        if name == "elmcount":
            _count(name, arguments, 1)
            elements = self.symbols.subscripts.elements(getattr(arguments[0], "reference", "?"))
            return Number(float(len(elements)))
        if name == "pulse train":
            _count(name, arguments, 4)  # PySD gives start, interval, duration, end
            start, interval, duration, end = (self.expression(each) for each in arguments)
            if interval == Number(0.0):  # a single pulse, which the end does not cut short
                single = Apply("pulse", (start, duration))
                return Apply("and", (single, Apply("less", (start, end))))
            return Apply("pulse_train", (start, duration, interval, end))
        if name == "get time value":
            return self._time_value(arguments)
        if name == "a function of":
            raise Refusal("its equation is not written yet (A FUNCTION OF).", "Write it.")
        if name not in CALLS:
            curves = [
                each.key for each in self.symbols.definitions.values() if each.kind is Kind.LOOKUP
            ]
            known = [*CALLS, *REDUCTIONS, *MODES, *VECTORS, *RANDOMS, *curves]
            raise Refusal(
                f"the function {name.upper()} is not supported.",
                did_you_mean(name, known) or "Write its equations out.",
            )
        _count(name, arguments, FUNCTIONS[CALLS[name]])
        return Apply(CALLS[name], tuple(self.expression(each) for each in arguments))

    def _time_value(self, arguments: Sequence[Any]) -> Expression:
        """GET TIME VALUE(relative to, offset, measure), where it is the model's own time."""
        _count("get time value", arguments, 3)
        relative, offset, measure = (self.expression(each) for each in arguments)
        if relative != Number(0.0) or measure != Number(0.0):
            raise Refusal(
                "GET TIME VALUE is read only as GET TIME VALUE(0, offset, 0), the model's own "
                "time; the initial time, calendars and the computer's clock are not.",
                "Write INITIAL TIME + offset, or the equations of the calendar out.",
            )
        return Apply("add", (Time(), offset))

    def _interpolate(self, table: Any, argument: Any, mode: str) -> Expression:
        if structure(table) != "ReferenceStructure":
            raise Refusal("a lookup is to be read that is not named.", "Name a lookup first.")
        found = self.symbols.find(table.reference)
        if found.kind is not Kind.LOOKUP:
            raise Refusal(f'"{found.name}" is to be read as a lookup, and is none.', "Name one.")
        written = () if table.subscripts is None else tuple(table.subscripts.subscripts)
        indices = self.loops.indices(found, written)
        return Interpolate(found.identifier, indices, self.expression(argument), mode)

    def _reduce(self, name: str, arguments: Sequence[Any]) -> Expression:
        _count(name, arguments, 1)
        axes, body = self.reduced(name.upper(), arguments[0], lambda: self.expression(arguments[0]))
        return Reduce(REDUCTIONS[name], axes, body)

    def reduced(
        self, name: str, marked: Any, bodies: Callable[[], T]
    ) -> tuple[tuple[Axis, ...], T]:
        """The loops over the ranges marked with `!` in a tree, and what `bodies` makes in them."""
        subscripts = self.symbols.subscripts
        loops: list[Loop] = []
        for wanted in dict.fromkeys(_marked(marked)):
            if wanted not in subscripts.ranges:
                subscripts.elements(wanted)
                raise Refusal(f"[{wanted}!] is an element.", "Mark a subscript range.")
            elements = subscripts.ranges[wanted].elements
            loops.append(Loop(self.axis(f"{wanted}!"), f"{wanted}!", elements))
        if not loops:
            raise Refusal(
                f"{name} runs over no subscript.",
                f"Mark one with an exclamation mark, as in {name}(x[age!]).",
            )
        before = self.loops
        self.loops = replace(before, reducing=(*before.reducing, *loops))
        try:
            size = math.prod(len(loop.elements) for loop in (*before.outer, *self.loops.reducing))
            if size >= MAX_SIZE:
                raise Refusal(
                    f"{name} would run over {size:,} combinations of elements; fewer than "
                    f"{MAX_SIZE:,} are possible.",
                    "Sum in two steps.",
                )
            made = bodies()
        finally:
            self.loops = before
        parents = [subscripts.parent(loop.range.rstrip("!")) for loop in loops]
        axes = tuple(
            Axis(loop.axis, parent.name, positions(parent, loop.elements))
            for loop, parent in zip(loops, parents, strict=True)
        )
        return axes, made

    def axis(self, wanted: str) -> str:
        """A name that no other loop of this equation has."""
        name, number = wanted, 1
        while name in self._axes:
            number += 1
            name = f"{wanted} {number}"
        self._axes.add(name)
        return name


def _marked(tree: Any) -> list[str]:
    """Ranges marked with `!` in a tree, not looking into reductions inside it."""
    shape = structure(tree)
    if shape == "ReferenceStructure":
        written = tree.subscripts.subscripts if tree.subscripts is not None else ()
        return [names.key(each.rstrip("! ")) for each in written if each.strip().endswith("!")]
    if shape == "CallStructure" and names.key(tree.function.reference) in REDUCTIONS:
        return []
    if isinstance(tree, (list, tuple)):
        return [each for part in tree for each in _marked(part)]
    if shape.endswith("Structure"):
        return [each for part in vars(tree).values() for each in _marked(part)]
    return []


def _count(name: str, arguments: Sequence[Any], wanted: int) -> None:
    if len(arguments) != wanted:
        raise Refusal(
            f"{name.upper()} takes {wanted} argument{'s' * (wanted != 1)}, not {len(arguments)}.",
            "Is a comma missing or one too many?",
        )

"""Numbers that shape a model and so must be known before it runs.

The order of a delay and the time of a DELAY FIXED are what their expressions come to at the initial
time, whatever they become later: so Vensim reads them. `Beforehand.value` works that out from
PySD's syntax trees, and keeps in `read` the constants it rests on, since a scenario that set these
would change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.model import names
from localcare.model.definitions import Definition, Symbols, structure
from localcare.model.expression import At
from localcare.model.functions import CALLS, OPERATORS
from localcare.model.indexing import Loop, Loops
from localcare.model.refusal import Refusal
from localcare.model.spec import Kind
from localcare.model.table_labels import Block
from localcare.model.values import constant

__all__ = ["Beforehand"]

_MAX_NESTING = 100
_MAX_ELEMENTS = 20_000
#: What changes while a model runs: kinds of variables, and functions that read the time.
_MOVING = frozenset({Kind.STOCK, Kind.SERIES})
TIMED = frozenset({"step", "ramp", "pulse", "pulse train", "active initial"})
#: Structures whose parts say whether they change, and those that never do.
_STEADY = frozenset(
    {"ArithmeticStructure", "LogicStructure", "GameStructure", "InlineLookupsStructure"}
)
_FIXED = frozenset(
    {"InitialStructure", "GetConstantsStructure", "GetLookupsStructure"}
    | {"LookupsStructure", "SubscriptsReferenceStructure"}
)

_ARITHMETIC: Mapping[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "equal": lambda a, b: float(a == b),
    "not_equal": lambda a, b: float(a != b),
    "less": lambda a, b: float(a < b),
    "less_equal": lambda a, b: float(a <= b),
    "greater": lambda a, b: float(a > b),
    "greater_equal": lambda a, b: float(a >= b),
    "and": lambda a, b: float(a != 0 and b != 0),
    "or": lambda a, b: float(a != 0 or b != 0),
    "if": lambda c, a, b: a if c != 0 else b,
    "minimum": min,
    "maximum": max,
    "absolute": abs,
    "integer": math.trunc,
    "exponential": math.exp,
    "logarithm": math.log,
    "square_root": math.sqrt,
    "sine": math.sin,
    "cosine": math.cos,
    "tangent": math.tan,
}


@dataclass
class Beforehand:
    """Values at the initial time. `read` are the identifiers of the constants they rest on;
    `moving` says that the time, or a stock, had a part in them too."""

    symbols: Symbols
    read: set[str] = field(default_factory=set)
    moving: bool = False
    _open: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    _loops: Loops | None = None
    _counts: dict[str, int] = field(default_factory=dict)
    _known: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def value(self, tree: Any) -> float:
        """What an expression is at the initial time. Raises Refusal where that cannot be told."""
        return self._told(lambda: self._value(tree, 0))

    def steps(self, tree: Any) -> float:
        """How many steps of the model the value of an expression is, a time."""
        step = self._told(lambda: self._named("time step", 0))
        if not step > 0:
            raise _unknown()
        return self._told(lambda: self._value(tree, 0) / step)

    def steps_of(self, tree: Any, loops: Loops) -> NDArray[np.float64]:
        """The same for every element of an equation, one axis for each of its loops."""
        shape = tuple(len(loop.elements) for loop in loops.outer)
        try:
            return np.full(shape, self.steps(tree))
        except Refusal:  # it may differ between elements
            if math.prod(shape) > _MAX_ELEMENTS:
                raise
        found = np.empty(shape)
        self._loops = loops
        for where in np.ndindex(shape):
            self._counts = {loop.axis: at for loop, at in zip(loops.outer, where, strict=True)}
            found[where] = self.steps(tree)
        self._loops = None
        return found

    def moves(self, tree: Any) -> bool:
        """Whether the value of an expression may change while the model runs."""
        waiting, seen = [tree], set[str]()
        while waiting:
            found = waiting.pop()
            shape = structure(found)
            if shape == "ReferenceStructure":
                name = names.key(found.reference)
                known = self.symbols.definitions.get(name)
                if name == "time" or (known is not None and known.kind in _MOVING):
                    return True
                if known is not None and name not in seen:
                    seen.add(name)
                    waiting += [each.tree for each in known.equations]
            elif shape == "CallStructure":
                name = names.key(found.function.reference)
                if name in TIMED or name.startswith("random "):
                    return True
                waiting += [found.function, *found.arguments]
            elif shape in _STEADY:
                waiting += [part for part in vars(found).values() if structure(part) != "str"]
            elif shape in ("list", "tuple"):
                waiting += found
            elif shape.endswith("Structure") and shape not in _FIXED:
                return True
        return False

    def _told(self, compute: Callable[[], float]) -> float:
        try:
            value = float(compute())
        except (ArithmeticError, TypeError, ValueError):
            raise _unknown() from None
        if not math.isfinite(value):
            raise _unknown()
        return value

    def _value(self, tree: Any, depth: int) -> float:
        shape = structure(tree)
        if depth > _MAX_NESTING:
            raise _unknown()
        if shape == "number":
            return float(tree)
        if shape == "ReferenceStructure" and tree.subscripts is None:
            return self._named(names.key(tree.reference), depth)
        if shape == "ReferenceStructure":
            return self._element(tree, depth)
        if shape == "GetConstantsStructure":
            block = Block(tree.cell.strip("*"))
            return self.symbols.tables.block(tree.file, tree.tab, block)[0][0]
        if shape == "IntegStructure":
            self.moving = True
            return self._value(tree.initial, depth + 1)
        if shape in ("ArithmeticStructure", "LogicStructure"):
            return self._operation(tree, depth)
        if shape == "CallStructure":
            return self._call(tree, depth)
        raise _unknown()

    def _named(self, name: str, depth: int) -> float:
        if name == "time":
            self.moving = True
            return self._named("initial time", depth)
        found = self.symbols.definitions.get(name)
        if found is None or len(found.equations) != 1 or found.domain.ranges:
            raise _unknown()
        if found.kind is Kind.CONSTANT:
            self.read.add(found.identifier)
        return self._opened(found, (), found.equations[0].tree, depth)

    def _element(self, tree: Any, depth: int) -> float:
        """An element of a variable with subscripts, where the loops of an equation are."""
        found = self.symbols.definitions.get(names.key(tree.reference))
        if found is None or self._loops is None:
            raise _unknown()
        where = tuple(
            index.position if isinstance(index, At) else index.positions[self._counts[index.axis]]
            for index in self._loops.indices(found, tuple(tree.subscripts.subscripts))
        )
        if found.kind is Kind.CONSTANT:
            self.read.add(found.identifier)
            if found.identifier not in self._known:
                values, _ = constant(found, self.symbols.subscripts, self.symbols.tables)
                self._known[found.identifier] = np.reshape(values, found.domain.shape)
            return float(self._known[found.identifier][where])
        element = [each.elements[at] for each, at in zip(found.domain.ranges, where, strict=True)]
        for part in found.domain.parts:
            if all(one in covered for one, covered in zip(element, part.box, strict=True)):
                outer = tuple(
                    Loop(str(place), part.loops[place], covered)
                    for place, covered in enumerate(part.box)
                )
                before = self._loops, self._counts
                self._loops = Loops(self.symbols.subscripts, part.equation.subscripts, outer)
                self._counts = {
                    loop.axis: loop.elements.index(one)
                    for loop, one in zip(outer, element, strict=True)
                }
                try:
                    return self._opened(found, where, part.equation.tree, depth)
                finally:
                    self._loops, self._counts = before
        raise _unknown()

    def _opened(self, found: Definition, where: tuple[int, ...], tree: Any, depth: int) -> float:
        """The value of an equation, which must not lead back to itself."""
        if (found.identifier, where) in self._open:
            raise _unknown()
        self._open.append((found.identifier, where))
        try:
            return self._value(tree, depth + 1)
        finally:
            self._open.pop()

    def _operation(self, tree: Any, depth: int) -> float:
        operators = list(tree.operators)
        numbers = [self._value(each, depth + 1) for each in tree.arguments]
        if operators == ["negative"]:
            return -numbers[0]
        if operators == [":NOT:"]:
            return float(numbers[0] == 0)
        if "^" in operators:
            raised = numbers.pop()
            while numbers:
                raised = numbers.pop() ** raised
            return raised
        total = numbers[0]
        for operator, number in zip(operators, numbers[1:], strict=True):
            total = _ARITHMETIC[OPERATORS[operator]](total, number)
        return total

    def _call(self, tree: Any, depth: int) -> float:
        name = names.key(tree.function.reference)
        numbers = [self._value(each, depth + 1) for each in tree.arguments]
        if name == "step" and len(numbers) == 2:
            self.moving = True
            middle = self._named("initial time", depth) + self._named("time step", depth) / 2
            return numbers[0] if middle > numbers[1] else 0.0
        function = _ARITHMETIC.get(CALLS.get(name, ""))
        if function is None:
            raise _unknown()
        return function(*numbers)


def _unknown() -> Refusal:
    return Refusal(
        "it must be known before the run, and cannot be worked out from constants and the time.",
        "Write it as a number.",
    )

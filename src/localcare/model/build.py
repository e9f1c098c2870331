"""From a model file to a `ModelSpec`: the steps in their order.

`build` reads and parses the file, resolves subscripts, reads tables, translates equations, expands
delays and orders everything. It collects every problem on the way and raises them together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from localcare.model import controls, names, source
from localcare.model.definitions import CONTROLS, Definition, Symbols, collect
from localcare.model.delays import Delays
from localcare.model.equations import Equation, RangeDefinition, is_range, parse
from localcare.model.expression import Reduce, Reference, walk
from localcare.model.order import Loop, arrange
from localcare.model.refusal import Consequence, Refusal
from localcare.model.spec import Dimension, Kind, ModelSpec, TimeSettings, Variable
from localcare.model.statements import head
from localcare.model.subscripts import MAX_SIZE, Range
from localcare.model.subscripts import build as build_subscripts
from localcare.model.tables import Tables
from localcare.model.variables import variable
from localcare.problems import BadInput, Problem

__all__ = ["build"]

# What is refused because no real model has it, and reading it would take too long.
_MAX_RANGES = 2_000
_MAX_ELEMENTS = 1_000_000


def build(path: Path, data: bytes) -> tuple[ModelSpec, dict[str, str]]:
    """The model at `path`, which holds `data`, and the SHA-256 of each table it reads by name."""
    return _Build(path).run(data)


@dataclass
class _Build:
    path: Path
    problems: list[Problem] = field(default_factory=list)

    def run(self, data: bytes) -> tuple[ModelSpec, dict[str, str]]:
        text = source.read(self.path, data, self.problems)
        tables = Tables(self.path.parent, text.tags)
        symbols = self._symbols(text, tables)
        clock = symbols.definitions.get("time step") or symbols.definitions.get("initial time")
        taken = {each.identifier for each in symbols.definitions.values()}
        hidden = Delays(symbols, clock.units if clock else "", taken)
        variables = self._variables(symbols, tables, hidden)
        time = controls.settings(
            symbols, {each.identifier: each for each in variables}, self._refuse_control
        )
        self._stop()
        if time is None:
            raise RuntimeError("time settings are missing although no problem was reported")
        variables = _with_controls(variables, symbols.definitions, time)
        known = symbols.subscripts
        ranges = [*known.ranges.values(), *known.partial.values(), *hidden.ranges]
        dimensions = _dimensions(variables, ranges)
        ordered, order, loops = arrange(variables, {each.name: each for each in dimensions})
        for loop in loops:
            self._refuse_loop(loop)
        self._stop()
        spec = ModelSpec(
            name=self.path.stem,
            file=self.path.name,
            hash=_digest(text, tables),
            time=time,
            dimensions=dimensions,
            variables=ordered,
            order=order,
            structural=tuple(sorted(hidden.structural)),
        )
        return spec, dict(tables.digests)

    def _symbols(self, text: source.Source, tables: Tables) -> Symbols:
        """Parse every statement; resolve subscripts and variables."""
        equations: list[Equation] = []
        ranges: list[RangeDefinition] = []
        listed = 0
        broken: set[str] = set(text.macros)
        broken_ranges: set[str] = set()
        for statement in text.statements:
            name = head(statement.text)
            try:
                if statement.refused:
                    raise Consequence
                parsed = parse(statement)
            except Refusal as refusal:
                self._add(statement.line, name, refusal)
                (broken_ranges if is_range(statement) else broken).add(names.key(name))
                continue
            if isinstance(parsed, Equation):
                equations.append(parsed)
            elif parsed is not None:
                ranges.append(parsed)
                listed += len(parsed.items)
                self._limit(len(ranges), _MAX_RANGES, "subscript ranges")
                self._limit(listed, _MAX_ELEMENTS, "elements in subscript ranges")

        def elements(each: RangeDefinition) -> tuple[str, ...]:
            prefix = each.table[4] if len(each.table) > 4 else ""
            return tuple(prefix + element for element in tables.elements(*each.table[:4]))

        subscripts = build_subscripts(ranges, elements, broken_ranges, self._refuse_range)
        symbols = collect(equations, subscripts, tables, frozenset(broken), self._refuse_equation)
        size = sum(math.prod(each.domain.shape) for each in symbols.definitions.values())
        self._limit(size, MAX_SIZE, "elements in all its variables together")
        return symbols

    def _variables(self, symbols: Symbols, tables: Tables, hidden: Delays) -> list[Variable]:
        variables: list[Variable] = []
        for definition in symbols.definitions.values():
            if not definition.domain.parts:
                continue
            try:
                variables.append(
                    variable(definition, symbols, tables, hidden, self._refuse_equation)
                )
            except Refusal as refusal:
                self._refuse_equation(definition.equations[0], refusal)
            variables.extend(hidden.variables)
            hidden.variables.clear()
        return variables

    def _limit(self, count: int, most: int, what: str) -> None:
        """Refuse the file at once where it holds too many of something."""
        if count > most:
            why = f"has more than {most:,} {what}."
            raise BadInput([*self.problems, Problem(why, "Use fewer.", self.path)])

    def _stop(self) -> None:
        if self.problems:
            raise BadInput(sorted(self.problems, key=lambda each: each.line or 0))

    def _add(self, line: int | None, key: str, refusal: Refusal) -> None:
        problem = Problem(refusal.why, refusal.cure, self.path, line, key)
        if not isinstance(refusal, Consequence) and problem not in self.problems:
            self.problems.append(problem)

    def _refuse_equation(self, equation: Equation, refusal: Refusal) -> None:
        self._add(equation.statement.line, equation.name, refusal)

    def _refuse_range(self, definition: RangeDefinition, refusal: Refusal) -> None:
        self._add(definition.statement.line, definition.name, refusal)

    def _refuse_control(self, definition: Definition | None, refusal: Refusal) -> None:
        if definition is None:
            self._add(None, "", refusal)
        else:
            self._refuse_equation(definition.equations[0], refusal)

    def _refuse_loop(self, loop: Loop) -> None:
        what = "its initial value depends" if loop.initial else "it depends"
        self._add(
            loop.first.line,
            loop.first.name,
            Refusal(
                f"a circular definition: {what} on itself, {loop.chain}.",
                "Break the loop with a stock (INTEG), a delay or a smooth.",
            ),
        )


def _digest(text: source.Source, tables: Tables) -> str:
    digest = hashlib.sha256(text.digest.encode())
    for file, one in sorted(tables.digests.items()):
        digest.update(f"\n{file}\n{one}".encode())
    return digest.hexdigest()


def _with_controls(
    variables: Iterable[Variable], definitions: Mapping[str, Definition], time: TimeSettings
) -> list[Variable]:
    """Control variables that other equations read become plain constants; the others are only in
    the time settings.
    """
    values = dict(zip(CONTROLS, (time.initial, time.final, time.step, time.saveper), strict=True))
    controlling = {definitions[name].identifier: value for name, value in values.items()}
    variables = list(variables)
    read = {
        each.variable
        for other in variables
        if other.identifier not in controlling
        for component in (*other.components, *other.initial)
        for each in walk(component.expression)
        if isinstance(each, Reference)
    }
    return [
        replace(each, kind=Kind.CONSTANT, components=(), values=(controlling[each.identifier],))
        if each.identifier in controlling
        else each
        for each in variables
        if each.identifier not in controlling or each.identifier in read
    ]


def _dimensions(variables: Iterable[Variable], ranges: Iterable[Range]) -> tuple[Dimension, ...]:
    """The ranges that variables or sums run over, in the order of the file."""
    used: set[str] = set()
    for each in variables:
        used.update(each.dimensions)
        for component in (*each.components, *each.initial):
            used.update(axis.dimension for axis in component.axes)
            for inner in walk(component.expression):
                if isinstance(inner, Reduce):
                    used.update(axis.dimension for axis in inner.axes)
    return tuple(Dimension(each.name, each.labels) for each in ranges if each.name in used)

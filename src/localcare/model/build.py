"""From a model file to a `ModelSpec`: the steps in their order.

`build` reads and parses the file, resolves subscripts, reads tables, translates equations, expands
delays and orders everything. It collects every problem on the way and raises them together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from localcare.model import controls, names, source, values
from localcare.model.definitions import CONTROLS, Definition, Symbols, collect, structure
from localcare.model.delays import Hidden
from localcare.model.domains import Part
from localcare.model.equations import Equation, RangeDefinition, Refusal, parse
from localcare.model.expression import (
    Apply,
    Expression,
    Interpolate,
    Number,
    Reduce,
    Reference,
    walk,
)
from localcare.model.order import arrange, pin
from localcare.model.spec import Component, Dimension, Kind, ModelSpec, Variable
from localcare.model.subscripts import Range
from localcare.model.subscripts import build as build_subscripts
from localcare.model.tables import Tables
from localcare.model.translate import Translator
from localcare.problems import BadInput, Problem

__all__ = ["build"]

_MAX_DEPTH = 200


def build(path: Path) -> tuple[ModelSpec, dict[str, str]]:
    """The model at `path`, and the SHA-256 of each table it reads by name."""
    return _Build(path).run()


@dataclass
class _Build:
    path: Path
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> tuple[ModelSpec, dict[str, str]]:
        text = source.read(self.path, self.problems)
        tables = Tables(self.path.parent)
        equations, ranges = self._parse(text)
        subscripts = build_subscripts(
            ranges,
            lambda each: tuple(
                (each.table[4] if len(each.table) > 4 else "") + element
                for element in tables.elements(*each.table[:4])
            ),
            self._refuse_range,
        )
        symbols = collect(equations, subscripts, self._refuse_equation)
        variables, extra = self._variables(symbols, tables)
        known = {variable.identifier: variable for variable in variables}
        time = controls.settings(symbols.definitions, known, self._refuse_control)
        self._stop()
        variables = _without_unread_controls(variables)
        dimensions = _dimensions(variables, [*subscripts.ranges.values(), *extra])
        ordered, order, loops = arrange(variables, {each.name: each for each in dimensions})
        for loop in loops:
            what = "its initial value" if loop.initial else "it"
            self.problems.append(
                Problem(
                    f"a circular definition: {what} depends on itself, {loop.chain}.",
                    "Break the loop with a stock (INTEG), a delay or a smooth.",
                    self.path,
                    loop.first.line,
                    loop.first.name,
                )
            )
        self._stop()
        if time is None:
            raise RuntimeError("time settings are missing although no problem was reported")
        digest = hashlib.sha256(text.digest.encode())
        for file, one in sorted(tables.digests.items()):
            digest.update(f"\n{file}\n{one}".encode())
        spec = ModelSpec(
            name=self.path.stem,
            file=self.path.name,
            hash=digest.hexdigest(),
            time=time,
            dimensions=dimensions,
            variables=ordered,
            order=order,
        )
        return spec, dict(tables.digests)

    def _stop(self) -> None:
        if self.problems:
            raise BadInput(sorted(self.problems, key=lambda each: each.line or 0))

    def _add(self, line: int | None, key: str, refusal: Refusal) -> None:
        problem = Problem(refusal.why, refusal.cure, self.path, line, key)
        if problem not in self.problems:
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

    def _parse(self, text: source.Source) -> tuple[list[Equation], list[RangeDefinition]]:
        equations: list[Equation] = []
        ranges: list[RangeDefinition] = []
        for statement in text.statements:
            try:
                parsed = parse(statement)
            except Refusal as refusal:
                self._add(statement.line, source.head(statement.text), refusal)
                continue
            if isinstance(parsed, Equation):
                equations.append(parsed)
            elif parsed is not None:
                ranges.append(parsed)
        return equations, ranges

    def _variables(self, symbols: Symbols, tables: Tables) -> tuple[list[Variable], list[Range]]:
        clock = symbols.definitions.get("time step") or symbols.definitions.get("initial time")
        taken = {each.identifier for each in symbols.definitions.values()}
        hidden = Hidden(symbols, clock.units if clock else "", taken)
        variables: list[Variable] = []
        for definition in symbols.definitions.values():
            if not definition.domain.parts:
                continue
            try:
                variables.append(self._variable(definition, symbols, tables, hidden))
            except Refusal as refusal:
                self._refuse_equation(definition.equations[0], refusal)
            variables.extend(hidden.variables)
            hidden.variables.clear()
        return variables, hidden.ranges

    def _variable(
        self, definition: Definition, symbols: Symbols, tables: Tables, hidden: Hidden
    ) -> Variable:
        subscripts = symbols.subscripts
        statement = definition.equations[0].statement
        variable = Variable(
            name=definition.name,
            identifier=definition.identifier,
            kind=definition.kind,
            dimensions=tuple(each.name for each in definition.domain.ranges),
            units=definition.units,
            limits=definition.limits,
            doc=definition.doc,
            line=statement.line,
            group=statement.group,
            supplementary=any(each.statement.supplementary for each in definition.equations),
        )
        if definition.kind is Kind.CONSTANT:
            numbers, table = values.constant(definition, subscripts, tables)
            return replace(variable, values=numbers, source=table)
        if definition.kind in (Kind.SERIES, Kind.LOOKUP):
            reader = values.series if definition.kind is Kind.SERIES else values.lookup
            curves = reader(definition, subscripts, tables)
            return replace(
                variable,
                values=curves.ys,
                times=curves.xs,
                source=curves.source,
                interpolation=curves.interpolation,
            )
        components: list[Component] = []
        initial: list[Component] = []
        for part in definition.domain.parts:
            try:
                flow, start = self._components(definition, part, symbols, tables, hidden)
            except Refusal as refusal:
                self._refuse_equation(part.equation, refusal)
                continue
            components.extend(flow)
            initial.extend(start)
        return replace(variable, components=tuple(components), initial=tuple(initial))

    def _components(
        self,
        definition: Definition,
        part: Part,
        symbols: Symbols,
        tables: Tables,
        hidden: Hidden,
    ) -> tuple[list[Component], list[Component]]:
        """The components of one part: (defining or net flow, initial value)."""
        translator = Translator(symbols, definition, part, hidden)
        axes, line, tree = translator.axes(), part.equation.statement.line, part.equation.tree
        if definition.kind is Kind.STOCK:
            flow = _shallow(translator.expression(tree.flow))
            start = _shallow(translator.expression(tree.initial))
            return [Component(axes, flow, line)], [Component(axes, start, line)]
        if structure(tree) in ("array", "GetConstantsStructure"):
            numbers = values.literal(part, symbols.subscripts, tables)
            whole = Component(axes, Number(0.0), line)
            return [
                replace(
                    pin(whole, dict(enumerate(map(int, spot)))),
                    expression=Number(float(numbers[spot])),
                )
                for spot in values.spots(numbers)
            ], []
        return [Component(axes, _shallow(translator.whole(tree)), line)], []


def _shallow(expression: Expression) -> Expression:
    """The expression, refused where it is nested so deep that programs would stumble over it."""
    waiting, depth = [expression], 0
    while waiting:
        depth += 1
        if depth > _MAX_DEPTH:
            raise Refusal(
                f"has more than {_MAX_DEPTH} operations inside one another.",
                "Split it into several variables.",
            )
        waiting = [inner for each in waiting for inner in _inside(each)]
    return expression


def _inside(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Apply):
        return expression.arguments
    if isinstance(expression, Interpolate):
        return (expression.argument,)
    if isinstance(expression, Reduce):
        return (expression.body,)
    return ()


def _without_unread_controls(variables: Iterable[Variable]) -> list[Variable]:
    """All variables but the control variables that no other equation reads."""
    variables = list(variables)
    controlling = {names.identifier(name) for name in CONTROLS}
    read = {
        each.variable
        for variable in variables
        if variable.identifier not in controlling
        for component in (*variable.components, *variable.initial)
        for each in walk(component.expression)
        if isinstance(each, Reference)
    }
    return [
        variable
        for variable in variables
        if variable.identifier not in controlling or variable.identifier in read
    ]


def _dimensions(variables: Iterable[Variable], ranges: Iterable[Range]) -> tuple[Dimension, ...]:
    """The ranges that variables or sums run over, in the order of the file."""
    used: set[str] = set()
    for variable in variables:
        used.update(variable.dimensions)
        for component in (*variable.components, *variable.initial):
            used.update(axis.dimension for axis in component.axes)
            for each in walk(component.expression):
                if isinstance(each, Reduce):
                    used.update(axis.dimension for axis in each.axes)
    return tuple(Dimension(each.name, each.labels) for each in ranges if each.name in used)

"""One variable of the spec from its definition: numbers read, equations translated.

`variable` returns it; what is wrong with single equations goes to `report`. Hidden variables that
it needs are left in the workshop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcare.model import names, values
from localcare.model.definitions import Definition, Symbols, structure
from localcare.model.delays import Delays
from localcare.model.domains import Part
from localcare.model.equations import Equation
from localcare.model.expression import Apply, Expression, Interpolate, Number, Reduce
from localcare.model.refusal import Refusal
from localcare.model.spec import Component, Kind, Variable
from localcare.model.splitting import pin
from localcare.model.tables import Tables
from localcare.model.translate import Translator

__all__ = ["variable"]

_MAX_DEPTH = 200
ACTIVE_INITIAL = "active initial"

Report = Callable[[Equation, Refusal], None]
#: The components of one part: those that define the variable or its net flow, and its initial ones.
Components = tuple[list[Component], list[Component]]


def variable(
    definition: Definition, symbols: Symbols, tables: Tables, hidden: Delays, report: Report
) -> Variable:
    """The variable that `definition` stands for."""
    statement = definition.equations[0].statement
    made = Variable(
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
        numbers, table = values.constant(definition, symbols.subscripts, tables)
        return replace(made, values=numbers, source=table)
    if definition.kind in (Kind.SERIES, Kind.LOOKUP):
        reader = values.series if definition.kind is Kind.SERIES else values.lookup
        curves = reader(definition, symbols.subscripts, tables)
        return replace(
            made,
            values=curves.ys,
            times=curves.xs,
            source=curves.source,
            interpolation=curves.interpolation,
        )
    components: list[Component] = []
    initial: list[Component] = []
    for part in definition.domain.parts:
        translator = Translator(symbols, definition, part, hidden)
        try:
            defining, starting = _components(translator, part, symbols, tables)
            components.extend(defining)
            initial.extend(starting)
        except Refusal as refusal:
            translator.faults.append(refusal)
        for fault in translator.faults:
            report(part.equation, fault)
    if initial and len(initial) < len(components):
        # ACTIVE INITIAL in some of its equations: the others are their own initial values.
        started = {component.axes for component in initial}
        initial.extend(each for each in components if each.axes not in started)
    return replace(made, components=tuple(components), initial=tuple(initial))


def _components(translator: Translator, part: Part, symbols: Symbols, tables: Tables) -> Components:
    axes, line, tree = translator.axes(), part.equation.statement.line, part.equation.tree
    if structure(tree) == "IntegStructure":
        flow = _shallow(translator.expression(tree.flow))
        start = _shallow(translator.expression(tree.initial))
        return [Component(axes, flow, line)], [Component(axes, start, line)]
    if structure(tree) == "CallStructure" and names.key(tree.function.reference) == ACTIVE_INITIAL:
        if len(tree.arguments) != 2:
            raise Refusal(f"ACTIVE INITIAL takes 2 arguments, not {len(tree.arguments)}.", "Count.")
        active, start = (_shallow(translator.expression(each)) for each in tree.arguments)
        return [Component(axes, active, line)], [Component(axes, start, line)]
    if structure(tree) in ("array", "GetConstantsStructure"):
        # Literal numbers of a variable that is computed elsewhere: an equation for each element.
        numbers = values.literal(part, symbols.subscripts, tables)
        whole = Component(axes, Number(0.0), line)
        return [
            replace(pin(whole, dict(enumerate(spot))), expression=Number(float(numbers[spot])))
            for spot in values.spots(numbers)
        ], []
    return [Component(axes, _shallow(translator.expression(tree, whole=True)), line)], []


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

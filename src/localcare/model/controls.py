"""The time settings of a model, from its four control variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from localcare.model.definitions import CONTROLS, Definition, Symbols
from localcare.model.expression import Apply, Expression, Number, Reference
from localcare.model.refusal import Refusal
from localcare.model.spec import Kind, TimeSettings, Variable

__all__ = ["settings"]

_MAX_STEPS = 100_000_000
_MAX_NESTING = 50
_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "negate": lambda a: -a,
    "minimum": min,
    "maximum": max,
}


def settings(
    symbols: Symbols,
    variables: Mapping[str, Variable],
    report: Callable[[Definition | None, Refusal], None],
) -> TimeSettings | None:
    """The time settings, or None after telling `report` what is wrong with them."""
    definitions = symbols.definitions
    values: dict[str, float] = {}
    for name in CONTROLS:
        found = definitions.get(name)
        if found is None and name in symbols.broken:
            continue
        if found is None:
            refusal = Refusal(
                f"{name.upper()} is not defined.",
                f"Add `{name.upper()} = ... ~ Year ~ |`, or is the file cut off?",
            )
            report(None, refusal)
            continue
        try:
            values[name] = _value(Reference(found.identifier), variables, ())
        except Refusal as refusal:
            report(found, refusal)
    if len(values) < 4:
        return None
    start, end, step, save = values.values()
    unit = definitions["time step"].units or definitions["initial time"].units
    faults = [
        ("time step", not step > 0, f"is {step:g}, which is not above 0."),
        ("final time", not end > start, f"is {end:g}, not after INITIAL TIME {start:g}."),
        ("saveper", not save > 0, f"is {save:g}, which is not above 0."),
        (
            "time step",
            step > 0 and (end - start) / step > _MAX_STEPS,
            f"is {step:g}, which makes over {_MAX_STEPS:,} steps.",
        ),
    ]
    for name, wrong, why in faults:
        if wrong:
            report(definitions[name], Refusal(why, "Correct it."))
    if any(wrong for _, wrong, _ in faults):
        return None
    return TimeSettings(start, end, step, save, unit)


def _value(
    expression: Expression, variables: Mapping[str, Variable], seen: tuple[str, ...]
) -> float:
    """The number a control variable stands for; it may be computed from other constants."""
    refused = Refusal(
        "must be a number, or plain arithmetic on constants.", "Write it as a number, like 1/120."
    )
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Apply) and expression.function in _ARITHMETIC:
        arguments = [_value(each, variables, seen) for each in expression.arguments]
        try:
            value = float(_ARITHMETIC[expression.function](*arguments))
        except (ArithmeticError, TypeError, ValueError):
            raise refused from None
        if not math.isfinite(value):
            raise refused
        return value
    if (
        isinstance(expression, Reference)
        and expression.variable not in seen
        and len(seen) < _MAX_NESTING
    ):
        variable = variables.get(expression.variable)
        if variable is not None and not variable.dimensions:
            if variable.kind is Kind.CONSTANT and variable.values:
                return variable.values[0]
            if variable.kind is Kind.AUXILIARY and variable.components:
                inner = variable.components[0].expression
                return _value(inner, variables, (*seen, expression.variable))
    raise refused

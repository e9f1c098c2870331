"""The units of one equation, worked out from the inside.

In go an expression, the units of all variables (None where unknown) and the unit of time; out
come the unit of the expression and its clashes as sentences. `units` says which rules hold.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from localcare.model.expression import (
    Apply,
    Axis,
    Expression,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
    walk,
)
from localcare.model.spec import ModelSpec
from localcare.model.text import NOT_AVAILABLE, expression_text, shortened
from localcare.model.unit_algebra import DIMENSIONLESS, Unit

__all__ = ["EquationUnits"]

_BARE_NUMBER = "A bare number is dimensionless: give it a name, units and a source of its own."

_SUMS = frozenset({"add", "subtract"})
_SAME = {"minimum": "MIN", "maximum": "MAX", "modulo": "MODULO", "quantum": "QUANTUM"}
_COMPARISONS = frozenset(
    {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"},
)
_KEEPING = frozenset({"negate", "absolute", "integer"})
_LOGICAL = frozenset({"and", "or", "not"})
_DIMENSIONLESS_FUNCTIONS = frozenset(
    {
        "exponential", "logarithm", "sine", "cosine", "tangent", "arcsine", "arccosine",
        "arctangent", "hyperbolic_sine", "hyperbolic_cosine", "hyperbolic_tangent",
    }
)  # fmt: skip


@dataclass
class EquationUnits:
    """Works out the units of one equation and collects its clashes, each as (why, cure)."""

    spec: ModelSpec
    units: Mapping[str, Unit | None]
    time: Unit | None
    axes: Sequence[Axis]
    clashes: list[tuple[str, str]] = field(default_factory=list)

    def check(self, expression: Expression, expected: Unit | None, what: str) -> None:
        """Compare the unit of a whole right-hand side with the one it should give."""
        inner = list(walk(expression))
        if not any(isinstance(each, Reference | Time | Interpolate) for each in inner):
            return  # numbers alone take the declared units
        found = self.unit(expression, expected)
        if found is not None and expected is not None and found != expected:
            cure = _BARE_NUMBER if isinstance(expression, Number) else ""
            self._clash(f"{what} but {self._quoted(expression)} gives {found}.", cure)

    def unit(self, expression: Expression, expected: Unit | None = None) -> Unit | None:
        """The unit of an expression, None where it is unknown or goes with every unit.

        `expected` is what the surroundings ask for; it only decides which of two parts that
        clash is called the wrong one.
        """
        match expression:
            case Number(value):
                return None if value in {0.0, NOT_AVAILABLE} else DIMENSIONLESS
            case Time():
                return self.time
            case Reference(variable):
                return self.units.get(variable)
            case Interpolate():
                return self._interpolate(expression)
            case Reduce(operation, axes, body):
                self.axes = (*self.axes, *axes)
                unit = self.unit(body, expected)
                if operation == "product" and unit is not None:
                    count = 1
                    for axis in axes:
                        count *= len(axis.positions)
                    return unit**count
                return unit
            case Apply():
                return self._apply(expression, expected)

    def _apply(self, whole: Apply, expected: Unit | None) -> Unit | None:
        function, arguments = whole.function, whole.arguments
        if function in _SUMS:
            return self._equal(_chain(whole, _SUMS), "the terms of a sum", whole, expected)
        if function in _SAME:
            words = f"the arguments of {_SAME[function]}"
            return self._equal(_chain(whole, {function}), words, whole, expected)
        if function in _COMPARISONS:
            self._equal(arguments, "the two sides of a comparison", whole)
            return DIMENSIONLESS
        if function in _KEEPING:
            return self.unit(arguments[0], expected)
        if function in _LOGICAL or function in _DIMENSIONLESS_FUNCTIONS:
            for argument in arguments:
                self._need(argument, DIMENSIONLESS, "a dimensionless argument", whole)
            return DIMENSIONLESS
        if function == "if":
            self._need(arguments[0], DIMENSIONLESS, "a dimensionless condition", whole)
            return self._equal(arguments[1:], "the two outcomes of a condition", whole, expected)
        if function in {"multiply", "divide", "zidz", "xidz"}:
            return self._product(whole, expected)
        if function in {"power", "square_root"}:
            return self._power(whole)
        return self._in_time(whole, expected)

    def _product(self, whole: Apply, expected: Unit | None) -> Unit | None:
        left, right = (self.unit(argument) for argument in whole.arguments[:2])
        combined = None
        if left is not None and right is not None:
            combined = left * right if whole.function == "multiply" else left / right
        if whole.function != "xidz":
            return combined
        instead = whole.arguments[2]
        if combined is None:
            return self.unit(instead, expected)
        words = f"a value of {combined} for a denominator of zero"
        return combined if self._need(instead, combined, words, whole) else None

    def _power(self, whole: Apply) -> Unit | None:
        base = self.unit(whole.arguments[0])
        if whole.function == "square_root":
            return None if base is None else base ** Fraction(1, 2)
        exponent = whole.arguments[1]
        literal = _literal(exponent)
        if literal is not None:
            return None if base is None else base ** Fraction(literal).limit_denominator(1000)
        fits = self._need(exponent, DIMENSIONLESS, "a dimensionless exponent", whole)
        if base is None or base == DIMENSIONLESS:
            return DIMENSIONLESS
        if fits:
            self._clash(
                f"in {self._quoted(whole)} {self._quoted(whole.arguments[0])} is in {base} and "
                "is raised to a power that is not a literal number; only what is in Dmnl can be.",
                "Divide it by a named reference in the same units first.",
            )
        return None

    def _in_time(self, whole: Apply, expected: Unit | None) -> Unit | None:
        """STEP(height, time), RAMP(slope, start, end), PULSE(start, width), PULSE TRAIN(...)."""
        valued = whole.function in {"step", "ramp"}
        for moment in whole.arguments[1:] if valued else whole.arguments:
            self._need(moment, self.time, f"a time in {self.time}", whole)
        if not valued:
            return DIMENSIONLESS
        unit = self.unit(whole.arguments[0], expected if whole.function == "step" else None)
        if whole.function == "step" or unit is None or self.time is None:
            return unit if whole.function == "step" else None
        return unit * self.time

    def _interpolate(self, whole: Interpolate) -> Unit | None:
        argument = whole.argument
        unit = self.unit(argument)
        over_time = unit == self.time and any(isinstance(each, Time) for each in walk(argument))
        if unit not in {None, DIMENSIONLESS} and not over_time:
            self._clash(
                f"in {self._quoted(whole)} the lookup needs an argument in Dmnl (or a time) but "
                f"{self._quoted(argument)} is in {unit}.",
                "Divide it by a named reference in the same units.",
            )
        return self.units.get(whole.table)

    def _equal(
        self,
        parts: Sequence[Expression],
        words: str,
        whole: Expression,
        expected: Unit | None = None,
    ) -> Unit | None:
        """The unit that all parts share; reports those that differ from what most of them have."""
        units = [self.unit(part, expected) for part in parts]
        counts = Counter(unit for unit in units if unit is not None)
        if not counts:
            return None
        most = [unit for unit, count in counts.items() if count == max(counts.values())]
        shared = expected if expected is not None and expected in most else most[0]
        if len(counts) == 1:
            return shared
        model = parts[units.index(shared)]
        for part, unit in zip(parts, units, strict=True):
            if unit not in {None, shared}:
                bare = isinstance(part, Number) or isinstance(model, Number)
                self._clash(
                    f"in {self._quoted(whole)} {words} need equal units but "
                    f"{self._quoted(part)} is in {unit} and {self._quoted(model)} in {shared}.",
                    _BARE_NUMBER if bare else "",
                )
        return None

    def _need(self, part: Expression, needed: Unit | None, words: str, whole: Expression) -> bool:
        """Report a part that is not in the unit needed; False where it was reported."""
        unit = self.unit(part, needed)
        if unit is None or needed is None or unit == needed:
            return True
        self._clash(
            f"{self._quoted(whole)} needs {words} but {self._quoted(part)} is in {unit}"
            + (", not Dmnl." if needed == DIMENSIONLESS else "."),
            _BARE_NUMBER if isinstance(part, Number) else "",
        )
        return False

    def _quoted(self, expression: Expression) -> str:
        return f'"{shortened(expression_text(self.spec, expression, self.axes))}"'

    def _clash(self, why: str, cure: str) -> None:
        self.clashes.append((why, cure))


def _chain(whole: Apply, functions: set[str] | frozenset[str]) -> list[Expression]:
    """The operands of nested applications of `functions`: all five terms of a sum of five."""
    operands: list[Expression] = []
    for argument in whole.arguments:
        if isinstance(argument, Apply) and argument.function in functions:
            operands += _chain(argument, functions)
        else:
            operands.append(argument)
    return operands


def _literal(expression: Expression) -> float | None:
    """The value of an exponent that is written as a number: 2, -1 or 1/3."""
    match expression:
        case Number(value):
            return value if math.isfinite(value) else None
        case Apply("negate", (inner,)):
            value_inside = _literal(inner)
            return None if value_inside is None else -value_inside
        case Apply("divide", (Number(above), Number(below))) if below:
            return above / below
        case _:
            return None

"""Equations of the kernel's plan as statements of C.

In: an `Equation` over numbered loops. Out: lines of C. Loop k counts in `ik`; reductions become
accumulators in front of the innermost loop that they depend on, as the kernel places them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from localcare.engine.kernel.terms import (
    Equation,
    Fold,
    Literal,
    Load,
    Lookup,
    Place,
    Term,
    loops_of,
    outermost,
)
from localcare.model.spec import ModelSpec

__all__ = ["LIBRARY", "Names", "Printer"]

#: What every program starts with: lookups, series, and copying numbers in and out.
LIBRARY = r"""#include <math.h>
#include <string.h>

static inline double smaller(double a, double b) { return a < b ? a : b; }
static inline double larger(double a, double b) { return a > b ? a : b; }

/* The straight line between the points around `at`; the end values outside them. */
static inline double lookup(const double *x, const double *y, long points, double at) {
    if (at <= x[0]) return y[0];
    for (long k = 1; k < points; k++)
        if (at < x[k]) return y[k - 1] + (y[k] - y[k - 1]) * (at - x[k - 1]) / (x[k] - x[k - 1]);
    return y[points - 1];
}

/* All elements of a series at one time; `y` is (count, knots). */
static void follow(double *values, const double *x, const double *y, long knots, long count,
                   double at) {
    long k = 0;
    while (k < knots && at >= x[k]) k++;
    long before = k > 0 ? k - 1 : 0, after = k > 0 && k < knots ? k : before;
    double width = x[after] - x[before];
    double share = width > 0 ? (at - x[before]) / width : 0;
    for (long i = 0; i < count; i++) {
        const double *own = y + i * knots;
        values[i] = own[before] + (own[after] - own[before]) * share;
    }
}

static const double *take(double *values, const double *inputs, long count) {
    memcpy(values, inputs, count * sizeof(double));
    return inputs + count;
}

static double *give(double *out, const double *values, long count) {
    memcpy(out, values, count * sizeof(double));
    return out + count;
}
"""

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "equal": "==", "not_equal": "!=",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
}  # fmt: skip
_CALLED = {
    "minimum": "smaller", "maximum": "larger", "absolute": "fabs", "integer": "trunc",
    "exponential": "exp", "logarithm": "log", "square_root": "sqrt", "power": "pow", "sine": "sin",
    "cosine": "cos", "tangent": "tan", "arcsine": "asin", "arccosine": "acos",
    "arctangent": "atan", "hyperbolic_sine": "sinh", "hyperbolic_cosine": "cosh",
    "hyperbolic_tangent": "tanh", "remainder": "fmod",
}  # fmt: skip
_COMBINED = {
    "sum": "{0} += {1};",
    "product": "{0} *= {1};",
    "minimum": "{0} = smaller({0}, {1});",
    "maximum": "{0} = larger({0}, {1});",
}
_STARTS = {"sum": "0.0", "product": "1.0", "minimum": "INFINITY", "maximum": "-INFINITY"}
_INDENT = "    "


@dataclass
class Names:
    """A C name for every variable and place, each its own."""

    _given: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The C name. Digits at its end keep apart names that C could not."""
        if name not in self._given:
            plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
            self._given[name] = f"{plain}_v{len(self._given)}"
        return self._given[name]


@dataclass
class Printer:
    """Writes equations one by one. `folds` holds the accumulators of the one being written."""

    spec: ModelSpec
    names: Names
    folds: dict[Fold, str] = field(default_factory=dict)
    _accumulators: int = 0

    def equation(self, equation: Equation) -> Iterator[str]:
        """The loops of an equation and what they compute."""
        self.folds = {}
        depth = len(equation.lengths)
        folds = outermost(equation.term)
        for level in range(depth + 1):
            for fold in folds:
                if max(loops_of(fold), default=-1) + 1 == level:
                    yield from self._fold(fold, level + 1)
            if level < depth:
                yield _loop(level, equation.lengths[level], level + 1)
        indent = _INDENT * (depth + 1)
        yield f"{indent}{self._place(equation.target)} = {self.text(equation.term)};"
        yield from (_INDENT * (level + 1) + "}" for level in reversed(range(depth)))

    def _fold(self, fold: Fold, depth: int) -> Iterator[str]:
        """An accumulator and the loops that fill it, `depth` deep in others."""
        name = f"total{self._accumulators}"
        self._accumulators += 1
        yield f"{_INDENT * depth}double {name} = {_STARTS[fold.operation]};"
        for inner, (loop, rounds) in enumerate(fold.loops):
            yield _loop(loop, rounds, depth + inner)
        within = depth + len(fold.loops)
        for nested in outermost(fold.body):
            yield from self._fold(nested, within)
        combined = _COMBINED[fold.operation].format(name, self.text(fold.body))
        yield _INDENT * within + combined
        yield from (_INDENT * (within - 1 - level) + "}" for level in range(len(fold.loops)))
        self.folds[fold] = name

    def text(self, term: Term) -> str:
        """A term as an expression of C."""
        if isinstance(term, Literal):
            return f"({term.value!r})" if term.value < 0 else repr(term.value)
        if isinstance(term, Load):
            return self._place(term.place)
        if isinstance(term, Fold):
            return self.folds[term]
        if isinstance(term, Lookup):
            return self._lookup(term)
        return self._call(term.function, [self.text(each) for each in term.arguments])

    def _call(self, function: str, arguments: list[str]) -> str:
        if function in _INFIX:
            return f"({arguments[0]} {_INFIX[function]} {arguments[1]})"
        if function == "divide_by":
            return f"({arguments[0]} * {arguments[2]})"
        if function in ("and", "or"):
            sign = "&&" if function == "and" else "||"
            return f"({arguments[0]} != 0 {sign} {arguments[1]} != 0)"
        if function == "if":
            return f"({arguments[0]} ? {arguments[1]} : {arguments[2]})"
        if function in ("negate", "not"):
            return f"({'-' if function == 'negate' else '!'}{arguments[0]})"
        return f"{_CALLED[function]}({', '.join(arguments)})"

    def _lookup(self, term: Lookup) -> str:
        """A lookup read between its points, and held at its ends."""
        table = self.spec.by_identifier[term.element.variable]
        if term.mode != "hold":
            raise ValueError(f"{table.name}: lookups read by {term.mode} are not written as C")
        elements = max(1, _product(self.spec.shape(table.identifier)))
        points = len(table.values) // elements
        name, element = self.names.of(table.identifier), self._index(term.element)
        shared = len(table.times) == points
        x = f"{name}_x" if shared else f"{name}_x + ({element}) * {points}"
        y = f"{name}_y + ({element}) * {points}"
        return f"lookup({x}, {y}, {points}, {self.text(term.argument)})"

    def _place(self, place: Place) -> str:
        return f"{self.names.of(place.variable)}[{self._index(place)}]"

    @staticmethod
    def _index(place: Place) -> str:
        """The index of an element, from the counters of the loops."""
        parts = [
            f"i{loop} * {stride}" if stride != 1 else f"i{loop}" for loop, stride in place.strides
        ]
        for loop, offsets in place.tables:
            listed = ", ".join(map(str, offsets))
            parts.append(f"(const long[]){{{listed}}}[i{loop}]")
        if place.first or not parts:
            parts.append(str(place.first))
        return " + ".join(parts)


def _loop(number: int, rounds: int, depth: int) -> str:
    counter = f"i{number}"
    return f"{_INDENT * depth}for (long {counter} = 0; {counter} < {rounds}; {counter}++) {{"


def _product(lengths: tuple[int, ...]) -> int:
    total = 1
    for length in lengths:
        total *= length
    return total

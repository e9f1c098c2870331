"""The evidence check: does every number of the model say where it comes from, and hold to it?

In go a `ModelSpec`, its assumptions and its references; out comes a list of `Problem`. Numbers
are the constants, series and lookups of the model file and its tables, the four settings of the
clock excepted. A lookup is a whole curve and cannot be drawn: its row is a fixed factor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from localcare.model.assumptions import Assumption, Assumptions, Distribution, Scope
from localcare.model.bibliography import Bibliography
from localcare.model.causal import CLOCK
from localcare.model.expression import Number, walk
from localcare.model.spec import Kind, ModelSpec, Variable
from localcare.model.text import NOT_AVAILABLE, number_text
from localcare.model.variable_names import closest, find
from localcare.problems import Problem, did_you_mean

__all__ = ["check", "needs_evidence", "unnamed_numbers"]

#: A number that a table repeats may be written with fewer digits than the model computes it with.
_RELATIVE_TOLERANCE = 1e-9
_WORDED = {Scope.FACTOR: "factors", Scope.GRADIENT: "powers"}
#: Numbers that an equation may hold without a name: 1 - share, 2 * half, MAX(x, 0).
_COMMON_NUMBERS = frozenset({0.0, 1.0, 2.0, abs(NOT_AVAILABLE)})


def check(
    spec: ModelSpec,
    assumptions: Assumptions,
    bibliography: Bibliography,
    cited: Collection[str] = (),
) -> list[Problem]:
    """Every fault between the model, its assumptions and its references.

    `cited` are reference keys that something else cites, such as a scenario's rationale.
    """
    problems = [
        Problem(
            "it has no row in the assumptions table.",
            f"Add one to {assumptions.file.name}.",
            file=spec.file,
            line=variable.line or None,
            key=variable.name,
        )
        for variable in spec.variables
        if needs_evidence(variable) and assumptions.of(variable.name) is None
    ]
    for row in assumptions.rows:
        problems += _row_problems(spec, assumptions, bibliography, row)
    used = {key for row in assumptions.rows for key in row.sources} | set(cited)
    problems += [
        Problem(
            "nothing cites it.",
            "Cite it in a row of the assumptions table or remove it.",
            file=bibliography.file,
            line=reference.line,
            key=reference.key,
        )
        for reference in bibliography.references
        if reference.key not in used
    ]
    return problems


def needs_evidence(variable: Variable) -> bool:
    """Whether a variable is a number (or many) that has to have a row in the table."""
    return (
        variable.kind in {Kind.CONSTANT, Kind.SERIES, Kind.LOOKUP}
        and not variable.hidden
        and variable.identifier not in CLOCK
    )


def unnamed_numbers(spec: ModelSpec) -> list[Problem]:
    """A problem for every number inside an equation that has no name and so no evidence.

    0, 1 and 2 are too plain to need one. What a delay or smooth was expanded into is left out.
    """
    problems = []
    for variable in spec.variables:
        if variable.hidden or variable.identifier in CLOCK:
            continue
        for component in (*variable.components, *variable.initial):
            problems += [
                Problem(
                    f"its equation holds the number {number_text(part.value)}, which has no name, "
                    "units or source.",
                    "Make it a constant with a row in the assumptions table.",
                    file=spec.file,
                    line=component.line or variable.line or None,
                    key=variable.name,
                )
                for part in walk(component.expression)
                if isinstance(part, Number) and abs(part.value) not in _COMMON_NUMBERS
            ]
    return list(dict.fromkeys(problems))


def _row_problems(
    spec: ModelSpec, assumptions: Assumptions, bibliography: Bibliography, row: Assumption
) -> Iterator[Problem]:
    """What is wrong with one row, given the model and the references."""

    def problem(why: str, cure: str = "") -> Problem:
        return Problem(why, cure, file=assumptions.file, line=row.line, key=row.variable)

    for key in row.sources:
        if key not in bibliography.by_key:
            cure = did_you_mean(key, list(bibliography.by_key))
            cure = cure or f"Add it to {bibliography.file.name}."
            yield problem(f'the source "{key}" is not among the references.', cure)
    variable = find(spec, row.variable)
    if variable is None:
        yield problem("the model has no such variable.", closest(spec, row.variable))
    elif not needs_evidence(variable):
        yield problem("the model computes it or sets the clock by it: it takes no range.")
    elif variable.kind is Kind.LOOKUP and (
        row.scope is not Scope.FACTOR or row.distribution is not Distribution.FIXED
    ):
        yield problem(
            "a lookup is a whole curve.", "Give it the scope factor and the distribution fixed."
        )
    elif row.scope is not Scope.VALUE:
        if not row.low <= 1 <= row.high:
            yield problem(
                f"the {_WORDED[row.scope]} {row.low:g} to {row.high:g} leave out 1, which is the "
                "model's own value."
            )
        if row.scope is Scope.GRADIENT and min(variable.values) < 0:
            yield problem("a power of a negative number is none.", 'Give it the scope "factor".')
    else:
        outside = _outside(spec, variable, row)
        if outside:
            cure = "Widen the range or correct the value."
            if len(variable.values) > 1:
                cure += ' A range that multiplies the whole array has the scope "factor".'
            yield problem(f"{outside} outside {row.low:g} to {row.high:g}.", cure)
    if variable is not None and needs_evidence(variable):
        beyond = _beyond_limits(variable, row)
        if beyond:
            cure = "Narrow the range, or correct the limits in the units field of the equation."
            yield problem(beyond, cure)


def _outside(spec: ModelSpec, variable: Variable, row: Assumption) -> str:
    """Words for the values outside a row's range, "" where there is none."""
    slack = _RELATIVE_TOLERANCE * max(abs(row.low), abs(row.high))
    outside = [
        place
        for place, value in enumerate(variable.values)
        if not row.low - slack <= value <= row.high + slack
    ]
    if not outside:
        return ""
    first = outside[0]
    words = f"its value {number_text(variable.values[first])}{_where(spec, variable, first)}"
    return f"{words} lies" if len(outside) == 1 else f"{words} and {len(outside) - 1} more lie"


def _beyond_limits(variable: Variable, row: Assumption) -> str:
    """Words for a range that goes beyond the limits the variable declares, "" where it does not.
    What a factor or a power makes of one of an array's values is held at the limits when drawn."""
    if row.scope is not Scope.VALUE:
        return ""
    low, high = variable.limits
    for limit, extreme, outside in (
        (low, row.low, low is not None and row.low < low),
        (high, row.high, high is not None and row.high > high),
    ):
        if outside and limit is not None:
            return (
                f"the range reaches {extreme:g}, beyond the limit of {number_text(limit)} that "
                "the variable declares."
            )
    return ""


def _where(spec: ModelSpec, variable: Variable, place: int) -> str:
    """The element (and time) of a value, counted in row-major order, in words."""
    words = []
    if variable.kind is Kind.SERIES and variable.times:
        place, at = divmod(place, len(variable.times))
        words = [f"at {number_text(variable.times[at])}"]
    names = []
    for dimension in reversed(variable.dimensions):
        elements = spec.by_dimension[dimension].elements
        place, position = divmod(place, len(elements))
        names.append(elements[position])
    if names:
        words = [f"for {', '.join(reversed(names))}", *words]
    return f" {' '.join(words)}" if words else ""

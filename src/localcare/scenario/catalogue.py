"""What a scenario may set: the model's inputs by name, with the range each may take.

In: a `ModelSpec`, the rows of the levers table and of the assumptions table. Out: a `Catalogue`
that finds a name as planners write it (any case, blanks or underscores), and says in a planner's
words why a name cannot be set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from localcare.model.assumptions import Assumption, Distribution, Scope
from localcare.model.levers import Lever
from localcare.model.names import key
from localcare.model.spec import Kind, ModelSpec, Variable
from localcare.model.unit_algebra import UnitError, read_unit
from localcare.model.variable_names import find
from localcare.problems import did_you_mean
from localcare.scenario.moments import Refused

__all__ = ["Catalogue", "Range", "catalogue", "same_unit", "within"]


@dataclass(frozen=True, slots=True)
class Range:
    """What a variable may be set to: values from `low` to `high` or, by its `scope`, multiples or
    powers of the model's own value; a `variant` only the two ends. `table` is where it stands."""

    low: float
    high: float
    scope: Scope
    table: str
    variant: bool = False


@dataclass(frozen=True)
class Catalogue:
    """The model's inputs. `levers` and `ranges` are keyed by identifier."""

    spec: ModelSpec
    levers: Mapping[str, Range] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def range_of(self, name: str) -> Range | None:
        """The range of an input, a lever's from the levers table; None where no table has one."""
        return self.levers.get(name) or self.ranges.get(name)

    def lever(self, written: str) -> Variable:
        """The lever of that name. Raises Refused."""
        variable = find(self.spec, written)
        if variable is not None and variable.identifier in self.levers:
            return variable
        if variable is None:
            raise Refused("no such lever.", self._nearest(written, list(self.levers)))
        if variable.kind is Kind.CONSTANT:
            why = "is a constant of the model, not a lever that changes over time."
            raise Refused(why, "Set it for the whole run under `constants:`.")
        raise self._not_an_input(variable)

    def constant(self, written: str) -> Variable:
        """The constant (a lever is one) of that name. Raises Refused."""
        variable = self._known(written)
        if variable.identifier in self.spec.structural:
            why = "shaped the model when it was read, so another value would change nothing."
            raise Refused(why, "Change it in the model file.")
        if variable.identifier in _CLOCK:
            raise Refused("sets the clock of the model.", "Change it in the model file, or --step.")
        if variable.kind is Kind.CONSTANT:
            return variable
        if variable.kind is Kind.SERIES:
            raise Refused("is a series over time.", "Set it by year under `series:`.")
        raise self._not_an_input(variable)

    def yearly(self, written: str) -> Variable:
        """The lever or series of that name. Raises Refused."""
        variable = self._known(written)
        if variable.identifier in self.levers:
            return variable
        if variable.kind is Kind.CONSTANT:
            why = "is a constant of the model, not a lever that changes over time."
            raise Refused(why, "Set it for the whole run under `constants:`.")
        if variable.kind is not Kind.SERIES:
            raise self._not_an_input(variable)
        if variable.interpolation != "linear":
            why = "is a series that is not interpolated, and cannot be set by year."
            raise Refused(why, "Change its table.")
        return variable

    def _known(self, written: str) -> Variable:
        variable = find(self.spec, written)
        if variable is None:
            inputs = [v.identifier for v in self.spec.variables if v.kind in _INPUTS]
            raise Refused("no such input of the model.", self._nearest(written, inputs))
        return variable

    def _not_an_input(self, variable: Variable) -> Refused:
        why = f"is computed by the model ({_KINDS[variable.kind]}), so it cannot be set."
        cure = "Set a lever or a constant that it follows from: `localcare describe` shows them."
        return Refused(why, cure)

    def _nearest(self, written: str, identifiers: Iterable[str]) -> str:
        names = [self.spec.by_identifier[each].name for each in identifiers]
        return did_you_mean(key(written), names) or _few(names)


_CLOCK = frozenset({"initial_time", "final_time", "time_step", "saveper"})
_INPUTS = frozenset({Kind.CONSTANT, Kind.SERIES})
_KINDS = {
    Kind.AUXILIARY: "an auxiliary",
    Kind.STOCK: "a stock",
    Kind.LOOKUP: "a lookup",
    Kind.CONSTANT: "a constant",
    Kind.SERIES: "a series",
}


def catalogue(
    spec: ModelSpec, levers: Iterable[Lever] = (), assumptions: Iterable[Assumption] = ()
) -> Catalogue:
    """What may be set in a model, from the rows of its two tables. Rows that name nothing in the
    model are left out here; `localcare check` reports them."""
    table = spec.file.rsplit(".", 1)[0]
    lever_ranges, ranges = {}, {}
    for lever in levers:
        if (variable := find(spec, lever.variable)) is not None:
            pulled = Range(lever.low, lever.high, Scope.VALUE, f"{table}.levers.csv")
            lever_ranges[variable.identifier] = pulled
    for row in assumptions:
        if (variable := find(spec, row.variable)) is not None:
            ranges[variable.identifier] = Range(
                row.low,
                row.high,
                row.scope,
                f"{table}.assumptions.csv",
                row.distribution is Distribution.VARIANT,
            )
    return Catalogue(spec, lever_ranges, ranges)


def same_unit(written: str, own: str) -> bool:
    """Whether two units mean the same, whatever their spelling."""
    try:
        return read_unit(written) == read_unit(own)
    except UnitError:
        return key(written) == key(own)


def _few(names: list[str]) -> str:
    if not names or len(names) > 12:
        return "`localcare list` shows them." if names else "This model has none."
    return f"There are: {', '.join(names)}."


def within(value: float, low: float, high: float) -> bool:
    """Whether a value lies in a range, up to the rounding of decimal fractions."""
    slack = 1e-12 * max(abs(low), abs(high)) if math.isfinite(low) and math.isfinite(high) else 0.0
    return low - slack <= value <= high + slack

"""The assumptions table: how sure we are of each number of the model, and where it comes from.

In goes `models/<name>.assumptions.csv` with the columns

    variable, low, high, distribution, scope, quality, source, note

and out come frozen `Assumption` rows. `low` and `high` bound the value in the variable's units
where `scope` is "value", multiply the whole array where it is "factor", or are the power to which
the whole array is raised where it is "gradient". `source` holds keys of `references.bib` separated
by semicolons. `evidence` holds the rows against a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from localcare.model import names
from localcare.model.csv_records import Record, choice, number, read_named
from localcare.problems import Problem

_Amount = TypeVar("_Amount", float, NDArray[np.float64])

__all__ = ["Assumption", "Assumptions", "Distribution", "Quality", "Scope", "read"]

_COLUMNS = ("variable", "low", "high", "distribution", "scope", "quality", "source", "note")


class Distribution(StrEnum):
    """How an uncertain value spreads over its range, the model's own value its mode or centre.

    A variant is one of two pictures (0 or 1) that a scenario chooses between; it is never drawn.
    """

    FIXED = "fixed"
    UNIFORM = "uniform"
    TRIANGULAR = "triangular"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    BETA_PERT = "beta-pert"
    VARIANT = "variant"


class Scope(StrEnum):
    """What `low` and `high` bound: each value in its units, one factor on a whole array, or one
    power of a whole array.

    A gradient is for relative rates, of which only the ratios matter, so that a factor on all of
    them would do nothing: raised to a power of 1.2 every ratio's logarithm is a fifth larger, and
    what is 1 stays 1.
    """

    VALUE = "value"
    FACTOR = "factor"
    GRADIENT = "gradient"

    def applied(self, own: _Amount, number: _Amount) -> _Amount:
        """What `number` of a range makes of the model's `own` value, or of an array of them."""
        if self is Scope.FACTOR:
            return own * number
        if self is Scope.GRADIENT:
            raised: _Amount = own**number
            return raised
        return number


class Quality(StrEnum):
    """What a number rests on, best first."""

    MEASURED = "measured"
    PUBLISHED = "published"
    DERIVED = "derived"
    EXPERT_ASSUMPTION = "expert-assumption"


@dataclass(frozen=True, slots=True)
class Assumption:
    """One row: the range of one variable (by its name in the model file) and its evidence."""

    variable: str
    low: float
    high: float
    distribution: Distribution
    scope: Scope
    quality: Quality
    sources: tuple[str, ...]
    note: str
    line: int = 0


@dataclass(frozen=True)
class Assumptions:
    """All rows of one table, in its order."""

    file: Path
    rows: tuple[Assumption, ...]

    @cached_property
    def by_identifier(self) -> dict[str, Assumption]:
        """Rows by identifier."""
        return {names.identifier(row.variable): row for row in self.rows}

    def of(self, name: str) -> Assumption | None:
        """The row of a variable, by its name or identifier."""
        return self.by_identifier.get(names.identifier(name))


def read(path: Path) -> Assumptions:
    """Read a table. Raises BadInput with every problem of it."""
    return Assumptions(path, read_named(path, _COLUMNS, _row, holds="its range"))


def _row(record: Record, name: str, problems: list[Problem]) -> Assumption | None:
    found = len(problems)
    low = number(record, name, "low", problems)
    high = number(record, name, "high", problems)
    distribution = choice(record, name, "distribution", Distribution, problems)
    scope = choice(record, name, "scope", Scope, problems)
    quality = choice(record, name, "quality", Quality, problems)
    sources = tuple(key.strip() for key in record.cells["source"].split(";") if key.strip())
    if not sources:
        problems.append(
            record.problem(name, "there is no source.", "Give a key of references.bib.")
        )
    if not record.cells["note"]:
        cure = "Say in plain words how the number follows from its source."
        problems.append(record.problem(name, "there is no note.", cure))
    if distribution is not None and scope is not None:
        why, cure = _range_fault(low, high, distribution, scope)
        if why:
            problems.append(record.problem(name, f"{why}: low {low:g}, high {high:g}.", cure))
    if len(problems) > found or distribution is None or scope is None or quality is None:
        return None
    note = record.cells["note"]
    return Assumption(name, low, high, distribution, scope, quality, sources, note, record.line)


def _range_fault(
    low: float, high: float, distribution: Distribution, scope: Scope
) -> tuple[str, str]:
    """What is wrong with a range, whatever the model's value is, and the cure; "" where nothing.

    A bound that could not be read is NaN, which no comparison finds at fault a second time.
    """
    if distribution is Distribution.FIXED and (low < high or low > high):
        return "a fixed number has no range", "Make them equal or choose a distribution."
    if distribution is not Distribution.FIXED and low >= high:
        return "the range is empty", 'Let low be below high, or write "fixed".'
    if scope is Scope.FACTOR and low < 0:
        return "a factor cannot be negative", ""
    if scope is Scope.GRADIENT and low <= 0:
        return "a power of relative rates lies above zero", "At 0 they would all be the same."
    if distribution is Distribution.LOGNORMAL and low <= 0:
        return "a lognormal range lies above zero", ""
    return "", ""

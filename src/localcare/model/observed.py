"""Observed figures: what was counted, when, by whom.

In goes a CSV file in long form with the columns

    series, element, start, period, value, unit, publisher, published, note

and out come frozen `Observation` rows. `series` is a name that `<model>.observed.yaml` ties to a
variable; `element` is what the figure is of (a system, a place, an age band, a role), empty for all
of the model's area. `start` is the first day of the period, or the day itself. `value` is in `unit`
and never negative. `published` is the year in which the publisher put the figure out.

A series is whole: of one kind of period, in one unit, without gap or repetition for each element.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from localcare.model import names
from localcare.model.csv_records import Record, choice, number, read_records
from localcare.problems import BadInput, Problem

__all__ = [
    "COLUMNS",
    "DAYS_A_YEAR",
    "Observation",
    "Observed",
    "Period",
    "lost",
    "read",
    "read_all",
]

COLUMNS = (
    "series", "element", "start", "period", "value", "unit", "publisher", "published", "note",
)  # fmt: skip
#: Days of the mean year, by which a count in a period becomes a rate a year.
DAYS_A_YEAR = 365.25


class Period(StrEnum):
    """What a figure is for: a whole month, quarter or year; the end of a month; a single day."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    MONTH_END = "month end"
    DAY = "day"


_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12, Period.MONTH_END: 1}


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure. `series` is spelled as in the table; compare by `names.key`."""

    series: str
    element: str
    start: date
    period: Period
    value: float
    unit: str
    publisher: str
    published: int
    note: str
    file: Path
    line: int

    @property
    def months(self) -> int:
        """How many months the period lasts; 0 for a day."""
        return _MONTHS.get(self.period, 0)

    @property
    def first_month(self) -> int:
        """The month in which it begins, counted from January of the year 0."""
        return self.start.year * 12 + self.start.month - 1

    @property
    def end(self) -> date:
        """The first day after the period."""
        if not self.months:
            return self.start + timedelta(days=1)
        years, month = divmod(self.first_month + self.months, 12)
        return date(years, month + 1, 1)

    @property
    def days(self) -> int:
        """The days of the period."""
        return (self.end - self.start).days

    def problem(self, why: str, cure: str = "") -> Problem:
        """A problem of this row."""
        return Problem(why, cure, self.file, self.line, self.series)


@dataclass(frozen=True)
class Observed:
    """All figures, in the order of their tables."""

    rows: tuple[Observation, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series, each once."""
        return tuple(dict.fromkeys(row.series for row in self.rows))

    def of(self, series: str) -> tuple[Observation, ...]:
        """The figures of one series: elements in the order of the table, each over time."""
        wanted = names.key(series)
        found = [row for row in self.rows if names.key(row.series) == wanted]
        elements = list(dict.fromkeys(row.element for row in found))
        return tuple(sorted(found, key=lambda row: (elements.index(row.element), row.start)))


def read(path: Path) -> Observed:
    """Read a table. Raises BadInput with every problem of it."""
    records, problems = read_records(path, COLUMNS)
    rows = [row for record in records if (row := _row(record, problems)) is not None]
    problems += _broken_series(rows)
    if not rows and not problems:
        problems.append(Problem("holds no figures.", "Give one a line.", path))
    if problems:
        raise BadInput(sorted(problems, key=lambda problem: problem.line or 0))
    return Observed(tuple(rows))


def read_all(paths: Iterable[Path]) -> Observed:
    """Several tables as one; a series of a later table takes the place of the same series of an
    earlier one. Raises BadInput with every problem of all."""
    problems: list[Problem] = []
    rows: dict[str, tuple[Observation, ...]] = {}
    for path in paths:
        try:
            found = read(path)
        except BadInput as error:
            problems += error.problems
        else:
            rows |= {names.key(series): found.of(series) for series in found.series}
    if problems:
        raise BadInput(problems)
    return Observed(tuple(row for each in rows.values() for row in each))


def lost(before: Observed, after: Observed) -> dict[str, tuple[str, ...]]:
    """Elements of a series of `before` that `after`, where the series is another, lacks."""
    found = {}
    for series in before.series:
        kept = {row.element for row in after.of(series)}
        gone = dict.fromkeys(row.element for row in before.of(series) if row.element not in kept)
        if gone:
            found[series] = tuple(gone)
    return found


def _row(record: Record, problems: list[Problem]) -> Observation | None:
    found = len(problems)
    name = record.cells["series"]
    if not name:
        problems.append(record.problem("series", "the row names no series."))
    value = number(record, name, "value", problems)
    if value < 0:
        why = f"{value:g} {record.cells['unit']} cannot be: a figure is 0 or more."
        problems.append(record.problem(name, why))
    period = choice(record, name, "period", Period, problems)
    start = _date(record, name, problems)
    if start is not None and period is not None:
        problems += _misplaced(record, name, start, period)
    year = number(record, name, "published", problems)
    for column in ("unit", "publisher"):
        if not record.cells[column]:
            problems.append(record.problem(name, f"there is no {column}."))
    if len(problems) > found or period is None or start is None:
        return None
    cells = record.cells
    return Observation(
        name, cells["element"], start, period, value, cells["unit"], cells["publisher"], int(year),
        cells["note"], record.file, record.line,
    )  # fmt: skip


def _date(record: Record, name: str, problems: list[Problem]) -> date | None:
    text = record.cells["start"]
    try:
        return date.fromisoformat(text)
    except ValueError:
        found = f'"{text}" is no date' if text else "there is no date"
        cure = "Write it like 2019-04-01."
        problems.append(record.problem(name, f'{found} in column "start".', cure))
        return None


def _misplaced(record: Record, name: str, start: date, period: Period) -> list[Problem]:
    """A period that does not begin where such periods do."""
    if period is Period.DAY or start.day == 1:
        if period is not Period.QUARTER or start.month in (1, 4, 7, 10):
            return []
        cure = "It begins in January, April, July or October."
        return [record.problem(name, f"no quarter begins on {start}.", cure)]
    cure = f"Give the first day of the month, {start.replace(day=1)}."
    return [record.problem(name, f"a {period.value} does not begin on {start}.", cure)]


def _broken_series(rows: Iterable[Observation]) -> list[Problem]:
    """Gaps and repetitions of each element of each series, mixed periods and units."""
    problems = []
    first: dict[str, Observation] = {}
    lines: dict[tuple[str, str], list[Observation]] = {}
    for row in rows:
        key = names.key(row.series)
        leader = first.setdefault(key, row)
        for what, own, other in (
            ("in", row.unit, leader.unit),
            ("by", row.period.value, leader.period.value),
        ):
            if own != other:
                why = f"is {what} {own} here, and {what} {other} on line {leader.line}."
                problems.append(row.problem(why, "Give each its own series."))
        lines.setdefault((key, row.element), []).append(row)
    for each in lines.values():
        problems += _gaps(sorted(each, key=lambda row: (row.start, row.line)))
    return problems


def _gaps(rows: list[Observation]) -> list[Problem]:
    problems = []
    for before, row in itertools.pairwise(rows):
        of = f" of {row.element}" if row.element else ""
        if row.start == before.start:
            why = f"{_told(row)}{of} is there already, on line {before.line}."
            problems.append(row.problem(why, "Keep one of the two."))
        elif (
            row.months
            and row.period is before.period
            and row.first_month > before.first_month + row.months
        ):
            months, missing = row.months, before.first_month + row.months
            count = (row.first_month - missing) // months
            what = f"1 {row.period.value}" if count == 1 else f"{count} {row.period.value}s"
            why = f"{what}{of} missing before {_told(row)}, from {_month(missing)} on."
            problems.append(row.problem(why, "Fill the gap, or end the series before it."))
        elif row.months and row.first_month < before.first_month + row.months:
            why = f"{_told(row)}{of} overlaps the period on line {before.line}."
            problems.append(row.problem(why))
    return problems


def _told(row: Observation) -> str:
    return str(row.start) if row.period is Period.DAY else f"the {row.period} from {row.start}"


def _month(months: int) -> str:
    return f"{months // 12:04d}-{months % 12 + 1:02d}-01"

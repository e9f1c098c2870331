"""What observed series are in a model, and what a run says of them.

In: `<model>.observed.yaml`, which ties each series to a variable; the `Observation`s of the series;
a `Run`. Out: modelled figures (observations, members) in the unit of the data.

    series:
      A&E attendances: {variable: ae attendances}
      staff per 100000 people:
        {variable: staff in post, over: population, per: 100000}
      acute staff: {variable: staff in post, elements: {role: [ward nurse]}, index: true}

A series is its variable summed over every dimension but the one that the figure's element belongs
to (`elements` keeps some positions of a dimension only), divided by the variable `over` summed in
the same way, times `per`. With `index` both modelled and observed are divided by their first value.

A figure for a month, quarter or year is the mean over it; where it counts what flows in a year in
the model ("admission" against "admission/Year") the mean rate times the days of the period over
365.25, so that months are compared by calendar day. A model's months are twelfths of a year. Of a
period that began before the model, at least half must lie inside it: its part inside stands for it.
A figure at the end of a month, or on a day, is a stock at that time, or halfway between the means
of the months around it for what is no stock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from localcare.engine import Run
from localcare.model import ModelSpec, names
from localcare.model.names import identifier
from localcare.model.observed import DAYS_A_YEAR, Observation, Observed, Period
from localcare.model.spec import Kind, Variable
from localcare.model.variable_names import closest, find
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.scenario.document import line_of, plain, read
from localcare.study.dataset import has_calendar
from localcare.study.wording import worded

__all__ = ["Matched", "Meaning", "Meanings", "match", "observed_values", "predict", "read_meanings"]

Floats = NDArray[np.float64]
#: Part of a period that has to lie inside the model's time.
COVERED = 0.5


class Meaning(BaseModel):
    """What one series is in the model; see the head of this module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variable: str
    over: str | None = None
    per: float = 1.0
    elements: dict[str, tuple[str, ...]] = {}
    index: bool = False
    title: str = ""


class Meanings(BaseModel):
    """All series that are known, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    series: dict[str, Meaning]

    def of(self, series: str) -> Meaning | None:
        """What a series is, however it is spelled."""
        wanted = names.key(series)
        return next((each for name, each in self.series.items() if names.key(name) == wanted), None)


@dataclass(frozen=True)
class Matched:
    """A series that the model holds: its figures that can be compared, and what they are. `counts`
    is true where each counts what flows in its period; `dimensions` gives each element's."""

    series: str
    meaning: Meaning
    rows: tuple[Observation, ...]
    counts: bool
    dimensions: Mapping[str, str]

    @property
    def needs(self) -> tuple[str, ...]:
        """Identifiers of what a run has to save."""
        named = (self.meaning.variable, self.meaning.over)
        return tuple(identifier(name) for name in named if name)

    @property
    def values(self) -> Floats:
        """The figures, (n,)."""
        return observed_values(self)


def read_meanings(path: Path) -> Meanings:
    """Read what series are. Raises BadInput with every problem of the file."""
    document, _ = read(path)
    try:
        return Meanings.model_validate(plain(document))
    except ValidationError as error:
        cure = "See the head of localcare.study.observation for the form."
        raise BadInput(worded(path, document, error, cure)) from error


def match(
    spec: ModelSpec, meanings: Meanings, observed: Observed, series: Sequence[str] | None = None
) -> dict[str, Matched]:
    """The observed series that the model holds, by name; those whose variable it lacks are left
    out. `series` asks for some of them only.

    Raises BadInput with every series that nothing is known of, element that the dimension lacks,
    and unit that does not fit, each at the line of the table.
    """
    if not has_calendar(spec):
        why = "counts time in a way that observed figures, which have dates, cannot be put to."
        cure = "Let its time unit be Year and its SAVEPER 1/12."
        raise BadInput(Problem(why, cure, spec.file))
    wanted = None if series is None else {names.key(each) for each in series}
    found, problems = {}, []
    for name in observed.series:
        if wanted is not None and names.key(name) not in wanted:
            continue
        rows = observed.of(name)
        meaning = meanings.of(name)
        if meaning is None:
            cure = did_you_mean(name, list(meanings.series))
            problems.append(rows[0].problem("no such series.", cure))
        elif all(find(spec, each) for each in (meaning.variable, meaning.over) if each):
            problems += _misfits(spec, meaning, rows)
            inside = tuple(row for row in rows if _inside(spec, row))
            if inside:
                found[name] = Matched(
                    name, meaning, inside, _counts(spec, meaning, rows[0]),
                    _dimensions(spec, meaning, inside),
                )  # fmt: skip
    if problems:
        raise BadInput(problems)
    return found


def predict(spec: ModelSpec, run: Run, matched: Matched) -> Floats:
    """Modelled figures, (n, members), in the unit of the data, for each of `matched.rows`."""
    result = np.empty((len(matched.rows), run.members))
    meaning = matched.meaning
    sums: dict[tuple[str, str], Floats] = {}
    for position, row in enumerate(matched.rows):
        parts = []
        for name in filter(None, (meaning.variable, meaning.over)):
            key = (name, row.element)
            if key not in sums:
                sums[key] = _sum(spec, run, name, meaning.elements, row.element)
            variable = spec.by_identifier[identifier(name)]
            parts.append(_at(spec, sums[key], row, stock=variable.kind is Kind.STOCK))
        value = parts[0] if len(parts) == 1 else parts[0] / parts[1]
        result[position] = value * meaning.per
        if matched.counts:
            result[position] *= row.days / DAYS_A_YEAR
    return _indexed(matched, result) if meaning.index else result


def observed_values(matched: Matched) -> Floats:
    """The figures of a series, (n,), on the same footing as `predict` gives them."""
    values = np.array([row.value for row in matched.rows])
    return _indexed(matched, values[:, np.newaxis])[:, 0] if matched.meaning.index else values


def _indexed(matched: Matched, values: Floats) -> Floats:
    """Each element's figures over the first of them."""
    leaders: dict[str, int] = {}
    for position, row in enumerate(matched.rows):
        leaders.setdefault(row.element, position)
    return values / values[[leaders[row.element] for row in matched.rows]]


def _sum(
    spec: ModelSpec, run: Run, name: str, kept: Mapping[str, tuple[str, ...]], element: str
) -> Floats:
    """A variable over time and members, (times, members), summed over what is not asked for."""
    variable = spec.by_identifier[identifier(name)]
    values = run.values[variable.identifier]
    own = _dimension(spec, variable, element)
    for axis, dimension in enumerate(variable.dimensions, start=1):
        elements = spec.by_dimension[dimension].elements
        wanted = (element,) if dimension == own else kept.get(dimension, elements)
        values = np.take(values, [elements.index(each) for each in wanted], axis=axis)
    total: Floats = values.sum(axis=tuple(range(1, values.ndim - 1)))
    return total


def _dimension(spec: ModelSpec, variable: Variable, element: str) -> str | None:
    """The dimension of a variable that an element belongs to."""
    return next(
        (each for each in variable.dimensions if element in spec.by_dimension[each].elements), None
    )


def _dimensions(spec: ModelSpec, meaning: Meaning, rows: Sequence[Observation]) -> dict[str, str]:
    variable = spec.by_identifier[identifier(meaning.variable)]
    return {row.element: _dimension(spec, variable, row.element) or "" for row in rows}


def _at(spec: ModelSpec, values: Floats, row: Observation, *, stock: bool) -> Floats:
    """What a variable is over the period of a figure, (members,)."""
    start = row.first_month - round(spec.time.initial * 12)
    count = values.shape[0] - stock  # months of the run
    if row.months and row.period is not Period.MONTH_END:
        first, last = max(start, 0), min(start + row.months, count)
        means = (values[:-1] + values[1:]) / 2 if stock else values
        return np.asarray(means[first:last].mean(axis=0))
    months = float(start + 1) if row.period is Period.MONTH_END else start + _part_of_month(row)
    place = months if stock else months - 0.5
    place = min(max(place, 0.0), values.shape[0] - 1.0)
    before = min(int(place), values.shape[0] - 2) if values.shape[0] > 1 else 0
    after = min(before + 1, values.shape[0] - 1)
    share = place - before
    return np.asarray(values[before] * (1 - share) + values[after] * share)


def _part_of_month(row: Observation) -> float:
    """How far into its month a day is."""
    return (row.start.day - 1) / monthrange(row.start.year, row.start.month)[1]


def _inside(spec: ModelSpec, row: Observation) -> bool:
    """Whether enough of the period lies in the model's time."""
    first = round(spec.time.initial * 12)
    last = round(spec.time.final * 12)
    start = row.first_month
    if not row.months:
        return first <= start <= last - (row.start.day > 1)
    if row.period is Period.MONTH_END:
        return first <= start < last
    inside = min(start + row.months, last) - max(start, first)
    return inside >= COVERED * row.months


def _counts(spec: ModelSpec, meaning: Meaning, row: Observation) -> bool:
    """Whether the figure counts what the model has as a rate a year."""
    units = spec.by_identifier[identifier(meaning.variable)].units
    return meaning.over is None and _plain(units) == _plain(f"{row.unit}/Year")


def _plain(unit: str) -> str:
    return "".join(unit.lower().split())


def _misfits(spec: ModelSpec, meaning: Meaning, rows: Sequence[Observation]) -> list[Problem]:
    """What of a series cannot be put to the model: elements and units."""
    problems = []
    variable = spec.by_identifier[identifier(meaning.variable)]
    own = [e for d in variable.dimensions for e in spec.by_dimension[d].elements]
    told: set[str] = set()
    for row in rows:
        if row.element and row.element not in own and row.element not in told:
            told.add(row.element)
            cure = did_you_mean(row.element, own) or f"It has {', '.join(variable.dimensions)}."
            problems.append(row.problem(f"{variable.name} has no element {row.element}.", cure))
    first = rows[0]
    fits = _plain(variable.units) == _plain(first.unit) or _counts(spec, meaning, first)
    if meaning.over is None and not meaning.index and not fits:
        why = f"is in {first.unit}, and {variable.name} in the model in {variable.units}."
        cure = "Give the unit of the variable, or what it counts in a year."
        problems.append(first.problem(why, cure))
    return problems


def check_meanings(spec: ModelSpec, meanings: Meanings, path: Path) -> list[Problem]:
    """Elements that a series keeps of dimensions which do not have them."""
    document, _ = read(path)
    problems = []
    for name, meaning in meanings.series.items():
        variable = find(spec, meaning.variable)
        if variable is None:
            continue
        for dimension, elements in meaning.elements.items():
            known = spec.by_dimension[dimension].elements if dimension in spec.by_dimension else ()
            line = line_of(document, "series", name, "elements", dimension)
            if dimension not in variable.dimensions:
                why = f"{meaning.variable} has no dimension {dimension}."
                problems.append(Problem(why, closest(spec, dimension), path, line, name))
            problems += [
                Problem(
                    f"{dimension} has no element {element}.",
                    did_you_mean(element, known),
                    path,
                    line,
                    name,
                )
                for element in elements
                if known and element not in known
            ]
    return problems

"""Tables of measures: the tidy summary of a comparison, and the headline of one year.

In: the Dataset of a run or comparison. Out: pandas DataFrames.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.measures.catalogue import MEASURES, Measure, missing, yearly
from localcare.measures.measure import LEADING, gathered
from localcare.measures.periods import by_year
from localcare.measures.plain import Plain
from localcare.measures.run_of_months import RunOfMonths

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "ALL",
    "AREAS",
    "HEADLINE",
    "NEEDS",
    "WHOLE",
    "Headline",
    "column",
    "headline",
    "last_year",
    "quantile_name",
    "tidy",
    "tidy_both",
]

#: The figures of the printed table, in its order.
HEADLINE = (
    "emergency_admissions",
    "beds_needed",
    "people_with_moderate_or_severe_frailty",
    "staffing_gap",
    "running_cost",
    "policy_spend",
)
#: The model variables behind the headline.
NEEDS = frozenset(name for each in MEASURES if each.name in HEADLINE for name in each.needs)
#: Values by scenario, then by measure.
Headline = dict[str, dict[str, float]]
#: In `area` and `part` of the tidy table, where a figure is for all of them together.
WHOLE, ALL = "Kent and Medway", "all"
#: Dimensions that are areas.
AREAS = ("place", "system")
#: A measure of more dimensions is given by several of them at once up to this many parts.
MOST_PARTS = 60


def tidy(dataset: xr.Dataset, *, financial: bool = False) -> pd.DataFrame | None:
    """Every measure by scenario, year, area and part, with its change from baseline.

    Columns: scenario, measure, title, area, part, year, value, change_from_baseline, units. `area`
    is a place, a system or Kent and Medway; `part` is what else the measure is broken down by (a
    role, a layer, a state of frailty), or "all". `year` is the calendar year, or with `financial`
    the year in whose April a financial year begins. Each measure is given as a whole, by each of
    its dimensions and, where they make no more than `MOST_PARTS`, by two or more of them at once.
    `change_from_baseline` is empty where no baseline was run. None for a Dataset that no measure
    can be read from (another model's).
    """
    return _tables(dataset, (financial,))[0]


def tidy_both(dataset: xr.Dataset) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """The tidy table of calendar years, and that of financial years."""
    calendar, financial = _tables(dataset, (False, True))
    return calendar, financial


def _tables(dataset: xr.Dataset, kinds: Sequence[bool]) -> list[pd.DataFrame | None]:
    """The tidy table for each kind of year, financial or not. What a measure is month by month is
    worked out once for all."""
    import pandas as pd

    tables: list[list[dict[str, NDArray[Any]]]] = [[] for _ in kinds]
    run = RunOfMonths(dataset)
    for measure in MEASURES:
        if missing(measure, dataset):
            continue
        by_month = None if measure.at_year_end else _made_of(measure, run.months)
        for kind, found in zip(kinds, tables, strict=True):
            if by_month is None:
                values, whole = _made_of(measure, partial(run.ends, financial=kind))
            else:
                values = run.by_year(by_month[0], financial=kind)
                whole = by_month[1]
                whole = None if whole is None else run.by_year(whole, financial=kind)
            own = [name for name in values.dims if name not in LEADING]
            for kept in _breakdowns(measure, values, own):
                parts = gathered(measure, values, kept)
                if whole is not None:
                    over = gathered(measure, whole, kept)
                    parts /= over.copy(np.where(over.values != 0, over.values, np.nan))
                found.append(_long(measure, parts))
    return [
        pd.DataFrame({name: np.concatenate([each[name] for each in found]) for name in found[0]})
        if found
        else None
        for found in tables
    ]


def _made_of(measure: Measure, read: Callable[[str], Plain]) -> tuple[Plain, Plain | None]:
    """The measure or, for a ratio, what is divided and by what."""
    variables = [read(name) for name in measure.needs]
    whole = None if measure.over is None else measure.over(*variables)
    return measure.function(*variables), whole


def _breakdowns(measure: Measure, full: Plain, own: list[str]) -> list[list[str]]:
    """What a measure is broken down by in the tidy table: nothing, one dimension, two, all."""
    if not measure.aggregate or not own:
        return [own]
    several = [
        list(each)
        for size in range(2, len(own) + 1)
        for each in combinations(own, size)
        if math.prod(full.sizes[name] for name in each) <= MOST_PARTS
    ]
    return [[], *([name] for name in own), *several]


def headline(dataset: xr.Dataset, year: int, measures: Sequence[str] = HEADLINE) -> Headline:
    """Measures of one calendar year for all of Kent and Medway: by scenario, in the Dataset's
    order, then by name."""
    scenarios = [str(name) for name in dataset["scenario"].to_numpy()]
    table: Headline = {name: {} for name in scenarios}
    for measure in (each for each in MEASURES if each.name in measures):
        whole = yearly(measure, dataset, ()).sel(year=year)
        for scenario in scenarios:
            table[scenario][measure.name] = float(whole.sel(scenario=scenario))
    return table


def last_year(dataset: xr.Dataset) -> int:
    """The last whole calendar year of a run."""
    return int(by_year(dataset["year"].astype(float)).year[-1])


def _long(measure: Measure, found: Plain) -> dict[str, NDArray[Any]]:
    """One measure as columns."""
    names = [str(name) for name in found.labels["scenario"]]
    numbers = found.values
    if "baseline" in names:
        across = found.dims.index("scenario")
        change = numbers - np.take(numbers, [names.index("baseline")], across)
    else:
        change = np.full(numbers.shape, np.nan)
    area = next((name for name in AREAS if name in found.dims), None)
    parts = [name for name in found.dims if name not in ("scenario", "year", area)]
    labels = zip(*(_along(found, name) for name in parts), strict=True)
    part = [", ".join(map(str, each)) for each in labels]

    def same(text: str) -> NDArray[Any]:
        return np.full(numbers.size, text, object)

    return {
        "scenario": _along(found, "scenario").astype(object),
        "measure": same(measure.name),
        "title": same(measure.title),
        "area": same(WHOLE) if area is None else _along(found, area).astype(object),
        "part": np.array(part, object) if part else same(ALL),
        "year": _along(found, "year"),
        "value": numbers.reshape(-1),
        "change_from_baseline": change.reshape(-1),
        "units": same(measure.units),
    }


def _along(found: Plain, dimension: str) -> NDArray[Any]:
    """The labels of a dimension for each number, row-major."""
    return _repeated(found.labels[dimension], found.dims.index(dimension), found.values.shape)


def column(values: xr.DataArray, dimension: Hashable) -> NDArray[Any]:
    """The labels of a dimension for each number of an array, row-major."""
    return _repeated(values[dimension].to_numpy(), values.dims.index(dimension), values.shape)


def _repeated(labels: NDArray[Any], axis: int, shape: tuple[int, ...]) -> NDArray[Any]:
    """The labels of an axis for each number of an array of this shape, row-major."""
    one = [1] * len(shape)
    one[axis] = -1
    return np.broadcast_to(labels.reshape(one), shape).reshape(-1)


def quantile_name(share: float) -> str:
    """The column of a quantile.

    >>> quantile_name(0.025), quantile_name(0.5)
    ('q025', 'q50')
    """
    return "q" + f"{share:.4f}".rstrip("0").split(".")[1].ljust(2, "0")

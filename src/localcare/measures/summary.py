"""Tables of measures: the tidy summary of a comparison, and the headline of one year.

In: the Dataset of a run or comparison. Out: pandas DataFrames.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.measures.catalogue import MEASURES, Measure, missing, yearly
from localcare.measures.measure import LEADING, parts, put_together
from localcare.measures.periods import by_year, monthly, year_ends

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
    months: dict[Hashable, xr.DataArray] = {}

    def month_by_month(values: xr.DataArray) -> xr.DataArray:
        if values.name not in months:
            months[values.name] = monthly(values, dataset)
        return months[values.name]

    for measure in MEASURES:
        if missing(measure, dataset):
            continue
        by_month = None if measure.at_year_end else parts(measure, dataset, month_by_month)
        for kind, found in zip(kinds, tables, strict=True):
            if by_month is None:
                ends = partial(year_ends, dataset=dataset, financial=kind)
                made_of = parts(measure, dataset, ends)
            else:
                values, whole = by_month
                means = None if whole is None else by_year(whole, financial=kind)
                made_of = by_year(values, financial=kind), means
            full = made_of[0]
            own = [str(name) for name in full.dims if name not in LEADING]
            for kept in _breakdowns(measure, full, own):
                found.append(_long(measure, put_together(measure, made_of, kept)))
    return [
        pd.DataFrame({name: np.concatenate([each[name] for each in found]) for name in found[0]})
        if found
        else None
        for found in tables
    ]


def _breakdowns(measure: Measure, full: xr.DataArray, own: list[str]) -> list[list[str]]:
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


def _long(measure: Measure, values: xr.DataArray) -> dict[str, NDArray[Any]]:
    """One measure as columns."""
    names = [str(name) for name in values["scenario"].to_numpy()]
    numbers = values.to_numpy()
    if "baseline" in names:
        across = values.dims.index("scenario")
        change = numbers - np.take(numbers, [names.index("baseline")], across)
    else:
        change = np.full(numbers.shape, np.nan)
    area = next((name for name in AREAS if name in values.dims), None)
    parts = [name for name in values.dims if name not in ("scenario", "year", area)]
    labels = zip(*(column(values, name) for name in parts), strict=True)
    part = [", ".join(map(str, each)) for each in labels]

    def same(text: str) -> NDArray[Any]:
        return np.full(numbers.size, text, object)

    return {
        "scenario": column(values, "scenario").astype(object),
        "measure": same(measure.name),
        "title": same(measure.title),
        "area": same(WHOLE) if area is None else column(values, area).astype(object),
        "part": np.array(part, object) if part else same(ALL),
        "year": column(values, "year"),
        "value": numbers.reshape(-1),
        "change_from_baseline": change.reshape(-1),
        "units": same(measure.units),
    }


def column(values: xr.DataArray, dimension: Hashable) -> NDArray[Any]:
    """The labels of a dimension for each number of an array, row-major."""
    shape = [1] * values.ndim
    shape[values.dims.index(dimension)] = -1
    labels = values[dimension].to_numpy().reshape(shape)
    return np.broadcast_to(labels, values.shape).reshape(-1)


def quantile_name(share: float) -> str:
    """The column of a quantile.

    >>> quantile_name(0.025), quantile_name(0.5)
    ('q025', 'q50')
    """
    return "q" + f"{share:.4f}".rstrip("0").split(".")[1].ljust(2, "0")

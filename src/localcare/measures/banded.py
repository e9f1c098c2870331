"""Measures of an ensemble: what is kept of every member, and the tidy table with bands.

In: the Dataset of the central run, whose measures say which there are and what they are broken down
by; and the summary of an ensemble. Out: the measures to keep, and the table of a
comparison with columns for quantiles and chances. A measure `x` is kept by year for all of Kent and
Medway under its name, and some of them as `x__place` or `x__system`, and by month as `x__monthly`
or `x__monthly__system`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from localcare.measures.catalogue import MEASURES, Measure, missing, yearly
from localcare.measures.measure import LEADING
from localcare.measures.periods import MONTHS
from localcare.measures.summary import ALL, AREAS, HEADLINE, WHOLE, column, quantile_name, tidy
from localcare.measures.together import Wanted, wanted
from localcare.study.summaries import Paired
from localcare.study.values import SCENARIO

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["MONTHLY", "banded", "kept", "kept_of_winters", "paired"]

#: Measures that are kept by month too: what bands over a winter are drawn of.
MONTHLY = ("emergency_admissions", "beds_needed", "occupancy", "no_criteria_to_reside")
#: Measures that are kept by place and system too, beside the headline.
BY_AREA = (*HEADLINE, "occupancy", "no_criteria_to_reside")
_KEYS = ["scenario", "measure", "area", "part", "year"]


def kept(central: xr.Dataset) -> list[Wanted]:
    """The measures to keep of an ensemble whose members hold what the central run holds, of which a
    year is looked at."""
    found: list[Wanted] = []
    ends = {"time": MONTHS, "time_bound": MONTHS + 1}
    central = central.isel({each: slice(ends[each]) for each in ends if each in central.dims})
    for measure in _there(central):
        own = [str(name) for name in yearly(measure, central).dims if name not in LEADING]
        whole = () if measure.aggregate else None
        found.append(wanted(measure.name, measure, central, whole))
        areas = [name for name in own if name in AREAS] if measure.aggregate else []
        if measure.name in MONTHLY:
            name = f"{measure.name}__monthly"
            found.append(wanted(name, measure, central, whole, by_month=True))
            found += [
                wanted(f"{name}__{area}", measure, central, (area,), by_month=True)
                for area in areas
                if area == "system"
            ]
        if measure.name in BY_AREA:
            found += [
                wanted(f"{measure.name}__{area}", measure, central, (area,)) for area in areas
            ]
    return found


def kept_of_winters(asked: Sequence[Wanted]) -> list[Wanted]:
    """Those that winters are told of, of the measures to keep."""
    names = {f"{name}__monthly" for name in MONTHLY}
    return [each for each in asked if each.name in names]


def paired(asked: Sequence[Wanted], against: str) -> Paired:
    """How the scenarios of an ensemble are compared by the measures kept of it."""
    ways = {each.name: each.measure.direction for each in asked}
    return Paired(against, {name: way for name, way in ways.items() if way})


def banded(central: xr.Dataset, summary: xr.Dataset) -> pd.DataFrame | None:
    """The tidy table of a comparison with what an ensemble of it says.

    Beside `value`, that of the model's own numbers: `q025` to `q975`, `mean` over draws and its
    standard error `mean_error`; `change_q025` to `change_q975`, `change_mean` and
    `change_mean_error` of the difference from baseline draw by draw; and `chance_better` that the
    difference is for the better (empty where no way is). Empty cells where an ensemble keeps no
    parts of a measure. None for another model's.
    """
    import pandas as pd

    table = tidy(central)
    if table is None:
        return None
    frames = [
        _frame(measure, summary, name)
        for measure in _there(central)
        for name in (measure.name, *(f"{measure.name}__{area}" for area in AREAS))
        if name in summary
    ]
    return table.merge(pd.concat(frames, ignore_index=True), how="left", on=_KEYS)


def _there(central: xr.Dataset) -> Iterator[Measure]:
    """The measures that can be read from a run and are kept of every draw."""
    return (each for each in MEASURES if each.every_draw and not missing(each, central))


def _frame(measure: Measure, summary: xr.Dataset, name: str) -> pd.DataFrame:
    """Quantiles and chances of one measure as rows."""
    import pandas as pd

    mean = summary[f"{name}_mean"]
    area = next((each for each in AREAS if each in mean.dims), None)
    parts = [each for each in mean.dims if each not in ("scenario", "year", area)]
    labels = zip(*(column(mean, each) for each in parts), strict=True)
    found = {
        "scenario": column(mean, SCENARIO),
        "measure": measure.name,
        "area": WHOLE if area is None else column(mean, area),
        "part": [", ".join(map(str, each)) for each in labels] or ALL,
        "year": column(mean, "year"),
    }
    for start, values in (("", name), ("change_", f"{name}_change")):
        if values not in summary:
            continue
        for share in summary["quantile"].to_numpy():
            at = summary[values].sel(quantile=share).transpose(*mean.dims)
            found[f"{start}{quantile_name(float(share))}"] = at.to_numpy().reshape(-1)
        for what in ("mean", "mean_error"):
            average = summary[f"{values}_{what}"].transpose(*mean.dims)
            found[f"{start}{what}"] = average.to_numpy().reshape(-1)
    better = summary.get(f"{name}_better")
    found["chance_better"] = (
        np.full(mean.size, np.nan)
        if better is None
        else better.transpose(*mean.dims).to_numpy().reshape(-1)
    )
    return pd.DataFrame(found)

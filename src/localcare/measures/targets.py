"""When targets are met: the year from which a run keeps a limit, or a target asked for, for good.

In: the Dataset of a comparison and the levels wanted. Out: a table with a row for each scenario,
level and area. What draws say of the same is `chances.targets`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from localcare.measures.catalogue import find, missing, yearly
from localcare.measures.limits import LIMITS, Limit, for_good
from localcare.measures.summary import WHOLE
from localcare.study.values import SCENARIO

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["years_met"]


def years_met(dataset: xr.Dataset, asked: Sequence[Limit] = ()) -> pd.DataFrame | None:
    """The first year from which each limit, and each target `asked` for, is never missed again to
    the end of the run, for all of Kent and Medway and by system; a year counts by its mean.

    Columns: scenario, measure, target, area, year (empty where it is missed in the last year).
    None where the run holds none of the measures.
    """
    import pandas as pd

    rows = []
    for limit, area, values in _limited(dataset, (*LIMITS, *asked)):
        years = values["year"].to_numpy()
        own = values.transpose(SCENARIO, "year").to_numpy()
        since = for_good(limit.kept(own))
        for scenario, first in zip(values[SCENARIO].to_numpy(), since, strict=True):
            met = int(years[first]) if first < years.size else None
            rows.append((str(scenario), limit.measure, f"{limit}, for good", area, met))
    if not rows:
        return None
    names = ("scenario", "measure", "target", "area", "year")
    return pd.DataFrame(rows, columns=list(names)).astype({"year": "Int64"})


def _limited(
    dataset: xr.Dataset, limits: Sequence[Limit]
) -> Iterator[tuple[Limit, str, xr.DataArray]]:
    """Each limit with its measure by year, as a whole and by system where it has systems."""
    for limit in limits:
        measure = find(limit.measure)
        if measure is None or missing(measure, dataset):
            continue
        yield limit, WHOLE, yearly(measure, dataset, () if measure.aggregate else None)
        if not measure.aggregate or "system" not in dataset.dims:
            continue
        by_system = yearly(measure, dataset, ("system",))
        if "system" in by_system.dims:
            for system in by_system["system"].to_numpy():
                yield limit, str(system), by_system.sel(system=system)

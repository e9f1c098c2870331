"""From months to years.

In: a DataArray over `time` (means of months) or `time_bound` (points at their bounds). Out: the
same over `year` (calendar years, or financial years named by the year in which they begin).

Every month of the model lasts a twelfth of a year, so the mean of a year's twelve months is exact;
for a rate in units "per year" that mean is also the year's total. Only whole years are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["by_year", "monthly", "year_ends"]

MONTHS = 12


def monthly(values: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Over `time`: means stay as they are, points become the mean of a month's two bounds."""
    if "time_bound" not in values.dims:
        return values
    start = values.isel(time_bound=slice(None, -1)).drop_vars("time_bound", errors="ignore")
    end = values.isel(time_bound=slice(1, None)).drop_vars("time_bound", errors="ignore")
    mean = (start + end) / 2
    coordinates = {"time": dataset["time"], "year": dataset["year"]}
    return mean.rename(time_bound="time").assign_coords(coordinates).assign_attrs(values.attrs)


def year_ends(
    values: xr.DataArray, dataset: xr.Dataset, *, financial: bool = False
) -> xr.DataArray:
    """Points of a stock at the ends of whole calendar or financial years, over `year`; of what is
    no stock, the last month's mean."""
    shift = 3 if financial else 0
    if "time_bound" not in values.dims:
        months = values["time"].to_numpy().astype("datetime64[M]").astype(int) - shift
        rows = np.flatnonzero(months % MONTHS == MONTHS - 1)
        rows = rows[months[rows] - months[0] >= MONTHS - 1]
        ended = values.isel(time=rows).drop_vars(["time", "year"], errors="ignore")
        years = months[rows] // MONTHS + 1970
        return ended.rename(time="year").assign_coords(year=years).assign_attrs(values.attrs)
    months = dataset["time_bound"].to_numpy().astype("datetime64[M]").astype(int) - shift
    ends = np.flatnonzero(months % MONTHS == 0)
    ends = ends[months[ends] - months[0] >= MONTHS]
    years = months[ends] // MONTHS + 1970 - 1
    picked = values.isel(time_bound=ends).drop_vars("time_bound", errors="ignore")
    return picked.rename(time_bound="year").assign_coords(year=years).assign_attrs(values.attrs)


def by_year(values: xr.DataArray, *, financial: bool = False) -> xr.DataArray:
    """Means of whole years of a monthly DataArray, over `year`.

    A financial year runs from April to March and is named by the year of its April.
    """
    import xarray as xr

    months = values["time"].to_numpy().astype("datetime64[M]")
    shift = 3 if financial else 0
    years = (months - np.timedelta64(shift, "M")).astype("datetime64[Y]").astype(int) + 1970
    found, counts = np.unique(years, return_counts=True)
    whole = found[counts == MONTHS]
    # without groupby, which takes a hundred times as long as the adding up
    rows = np.array([np.flatnonzero(years == year) for year in whole], dtype=int)
    axis = values.dims.index("time")
    numbers = np.take(values.to_numpy(), rows.reshape(-1, MONTHS), axis=axis).mean(axis=axis + 1)
    dimensions = [name if name != "time" else "year" for name in values.dims]
    kept = {name: each for name, each in values.coords.items() if "time" not in each.dims}
    return xr.DataArray(
        numbers, {**kept, "year": whole}, dimensions, values.name, attrs=values.attrs
    )

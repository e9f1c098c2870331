"""From months to years.

In: a DataArray over `time` (means of months) or `time_bound` (points at their bounds). Out: the
same over `year` (calendar years, or financial years named by the year in which they begin).

Every month of the model lasts a twelfth of a year, so the mean of a year's twelve months is exact;
for a rate in units "per year" that mean is also the year's total. Only whole years are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MONTHS", "by_year", "monthly", "rows_of_ends", "rows_of_years", "year_ends"]

#: Months of a year.
MONTHS = 12
Rows = NDArray[np.int64]


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
    own = "time_bound" if "time_bound" in values.dims else "time"
    years, rows = rows_of_ends(dataset[own].to_numpy(), own, financial=financial)
    picked = values.isel({own: rows}).drop_vars([own, "year"], errors="ignore")
    return picked.rename({own: "year"}).assign_coords(year=years).assign_attrs(values.attrs)


def rows_of_ends(
    times: NDArray[np.datetime64], dimension: str, *, financial: bool = False
) -> tuple[Rows, Rows]:
    """Whole years (y,) that end within times (n,), dates of the dimension `time_bound` or `time`,
    and at which of them each ends (y,)."""
    bound = dimension == "time_bound"
    months = times.astype("datetime64[M]").astype(int) - (3 if financial else 0)
    rows = np.flatnonzero(months % MONTHS == (0 if bound else MONTHS - 1))
    rows = rows[months[rows] - months[0] >= MONTHS - (not bound)]
    return months[rows] // MONTHS + 1970 - bound, rows


def by_year(values: xr.DataArray, *, financial: bool = False) -> xr.DataArray:
    """Means of whole years of a monthly DataArray, over `year`.

    A financial year runs from April to March and is named by the year of its April.
    """
    import xarray as xr

    whole, rows = rows_of_years(values["time"].to_numpy(), financial=financial)
    # without groupby, which takes a hundred times as long as the adding up
    axis = values.dims.index("time")
    numbers = np.take(values.to_numpy(), rows, axis=axis).mean(axis=axis + 1)
    dimensions = [name if name != "time" else "year" for name in values.dims]
    kept = {name: each for name, each in values.coords.items() if "time" not in each.dims}
    return xr.DataArray(
        numbers, {**kept, "year": whole}, dimensions, values.name, attrs=values.attrs
    )


def rows_of_years(times: NDArray[np.datetime64], *, financial: bool = False) -> tuple[Rows, Rows]:
    """Whole years (y,) of months (n,), and which months each has (y, 12)."""
    months = times.astype("datetime64[M]").astype(int) - (3 if financial else 0)
    years = months // MONTHS + 1970
    found, counts = np.unique(years, return_counts=True)
    whole = found[counts == MONTHS]
    rows = np.array([np.flatnonzero(years == year) for year in whole], dtype=int)
    return whole, rows.reshape(-1, MONTHS)

"""What measures are put together from: variables as they are, picked, subtracted, held to the
baseline. In: DataArrays over scenario, time or year, and their own dimensions. Out: the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "BASELINE",
    "above_baseline",
    "as_it_is",
    "below_baseline",
    "difference",
    "first_of",
    "second_of",
]

#: The scenario that others are held to.
BASELINE = "baseline"


def as_it_is(values: xr.DataArray) -> xr.DataArray:
    """The variable itself."""
    return values


def first_of(first: xr.DataArray, _second: xr.DataArray) -> xr.DataArray:
    """The first of two variables."""
    return first


def second_of(_first: xr.DataArray, second: xr.DataArray) -> xr.DataArray:
    """The second of two variables."""
    return second


def difference(first: xr.DataArray, second: xr.DataArray) -> xr.DataArray:
    """The first variable less the second."""
    return first - second


def above_baseline(values: xr.DataArray) -> xr.DataArray:
    """Each scenario's less the baseline's."""
    return values - values.sel(scenario=BASELINE, drop=True)


def below_baseline(values: xr.DataArray) -> xr.DataArray:
    """The baseline's less each scenario's."""
    return -above_baseline(values)

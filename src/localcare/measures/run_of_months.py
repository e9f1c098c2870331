"""The variables of a run as tables of measures read them: by month, and at the ends of years.

In: the Dataset of a run or comparison. Out: `Plain` arrays, their dimensions in the order of the
Dataset, whose numbers are those of `periods.monthly`, `year_ends` and `by_year` to the bit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from localcare.measures.periods import rows_of_ends, rows_of_years
from localcare.measures.plain import Plain

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RunOfMonths"]


class RunOfMonths:
    """A run; what is read of it by month is read once."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self._variables = dataset.variables
        self._labels = {
            str(name): dataset.variables[name].to_numpy()
            for name in dataset.dims
            if name in dataset.variables
        }
        self._months: dict[str, Plain] = {}
        self._years = {
            financial: rows_of_years(self._labels["time"], financial=financial)
            for financial in (False, True)
        }

    def months(self, name: str) -> Plain:
        """A variable over `time`: means as they are, points as the means of a month's bounds."""
        if name not in self._months:
            found = self._read(name)
            if "time_bound" in found.dims:
                axis = found.dims.index("time_bound")
                before = (slice(None),) * axis
                start = found.values[(*before, slice(None, -1))]
                mean = (start + found.values[(*before, slice(1, None))]) / 2
                dims = tuple("time" if each == "time_bound" else each for each in found.dims)
                found = replace(found, dims=dims, values=mean)
            self._months[name] = found
        return self._months[name]

    def ends(self, name: str, *, financial: bool = False) -> Plain:
        """A stock at the ends of whole years; what is none by its last month."""
        found = self._read(name)
        own = "time_bound" if "time_bound" in found.dims else "time"
        years, rows = rows_of_ends(self._labels[own], own, financial=financial)
        picked = found.values.take(rows, axis=found.dims.index(own))
        dims = tuple("year" if each == own else each for each in found.dims)
        return Plain(dims, picked, {**self._labels, "year": years})

    def by_year(self, values: Plain, *, financial: bool = False) -> Plain:
        """Means of whole years of what is by month."""
        years, rows = self._years[financial]
        axis = values.dims.index("time")
        numbers = np.take(values.values, rows, axis=axis).mean(axis=axis + 1)
        dims = tuple("year" if name == "time" else name for name in values.dims)
        return Plain(dims, numbers, {**values.labels, "year": years})

    def _read(self, name: str) -> Plain:
        variable = self._variables[name]
        return Plain(tuple(map(str, variable.dims)), variable.to_numpy(), self._labels)

"""Measures of a block of an ensemble, worked out together.

In: what is wanted of measures (`Wanted`), and the Dataset of a block. Out: variables by name, over
what the Dataset has of `member` and `scenario`, over `time` or `year` and what they are broken
down by; to the bit what `compute` and `yearly` give of each by itself. What several are made of is
made once, and xarray labels nothing on the way.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from localcare.measures.measure import LEADING, Measure, compute, gathered, yearly
from localcare.measures.periods import rows_of_ends, rows_of_years
from localcare.measures.plain import Plain
from localcare.study.blocks import Derived

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Wanted", "wanted"]


@dataclass(frozen=True, kw_only=True)
class Wanted(Derived):
    """A measure broken down `by` some dimensions (None for all it has), by year, or `by_month`;
    `attributes` are what is said of it."""

    measure: Measure
    by: tuple[str, ...] | None
    by_month: bool
    attributes: tuple[tuple[str, Any], ...]


def wanted(
    name: str,
    measure: Measure,
    central: xr.Dataset,
    by: Sequence[str] | None,
    *,
    by_month: bool = False,
) -> Wanted:
    """A measure to keep of an ensemble under a name, whose members hold what a central run holds.

    Raises BadInput where that lacks what the measure needs.
    """
    work_out: Callable[..., xr.DataArray] = compute if by_month else yearly
    told = tuple(work_out(measure, central, by=by).attrs.items())
    kept = None if by is None else tuple(by)
    return Wanted(
        name, measure.needs, partial(work_out, measure, by=kept), _together,
        measure=measure, by=kept, by_month=by_month, attributes=told,
    )  # fmt: skip


def _together(asked: Sequence[Derived], dataset: xr.Dataset) -> dict[str, xr.Variable]:
    """All that is wanted of a block, with the years of what is by year."""
    mine = cast("Sequence[Wanted]", asked)
    block = _Block(dataset, mine)
    found: dict[str, xr.Variable] = {}
    for measure, own in groupby(block.asked, key=lambda each: each.measure):
        found |= block.work_out(measure, list(own))
    return found if all(each.by_month for each in mine) else {**found, "year": block.years}


class _Block:
    """A block: its variables by month, as long as a measure is still to read them."""

    def __init__(self, dataset: xr.Dataset, asked: Sequence[Wanted]) -> None:
        import xarray as xr

        self.asked = sorted(asked, key=lambda each: each.measure.name)
        self._dataset = dataset
        self._labels = {
            str(name): index.to_numpy()
            for name, index in dataset.indexes.items()
            if name not in ("time", "time_bound")
        }
        self._months: dict[str, Plain] = {}
        measures = {each.measure for each in asked if not each.measure.at_year_end}
        self._waiting = Counter(name for each in measures for name in set(each.needs))
        years, self._rows = rows_of_years(dataset["time"].to_numpy())
        self.years = xr.Variable("year", years)

    def work_out(self, measure: Measure, asked: Sequence[Wanted]) -> dict[str, xr.Variable]:
        """What is wanted of one measure."""
        read = self._ends if measure.at_year_end else self._month_by_month
        variables = [read(name) for name in measure.needs]
        values = measure.function(*variables)
        whole = None if measure.over is None else measure.over(*variables)
        found = {each.name: self._told(each, values, whole) for each in asked}
        if not measure.at_year_end:
            self._forget(measure.needs)
        return found

    def _told(self, asked: Wanted, values: Plain, whole: Plain | None) -> xr.Variable:
        """What is wanted, put together and averaged from what the measure is made of."""
        import xarray as xr

        found = self._averaged(asked, values)
        if whole is not None:
            over = self._averaged(asked, whole)
            found = found / over.copy(np.where(over.values != 0, over.values, np.nan))
        return xr.Variable(found.dims, found.values, dict(asked.attributes))

    def _averaged(self, asked: Wanted, values: Plain) -> Plain:
        found = gathered(asked.measure, values, asked.by)
        return found if asked.by_month or asked.measure.at_year_end else self._by_year(found)

    def _by_year(self, values: Plain) -> Plain:
        """Means of whole years. Their months are added in the order in which `by_year` adds them,
        which has numbers of one figure only side by side."""
        axis = values.dims.index("time")
        own = [
            size
            for name, size in zip(values.dims, values.values.shape, strict=True)
            if name not in LEADING
        ]
        if math.prod(own) == 1:
            last = np.ascontiguousarray(np.moveaxis(values.values, axis, -1))
            numbers = np.moveaxis(last.take(self._rows, axis=-1).mean(axis=-1), -1, axis)
        else:
            numbers = values.values.take(self._rows, axis=axis).mean(axis=axis + 1)
        dims = tuple("year" if name == "time" else name for name in values.dims)
        return replace(values, dims=dims, values=numbers)

    def _month_by_month(self, name: str) -> Plain:
        """A variable over `time`: means as they are, points as the means of a month's bounds."""
        if name not in self._months:
            found = Plain.of(self._dataset.variables[name], self._labels)
            if "time_bound" in found.dims:
                axis = found.dims.index("time_bound")
                rows = np.moveaxis(found.values, axis, 0)
                numbers = rows[:-1] + rows[1:]
                numbers /= 2
                dims = tuple("time" if each == "time_bound" else each for each in found.dims)
                found = replace(found, dims=dims, values=np.moveaxis(numbers, 0, axis))
            self._months[name] = found
        return self._months[name]

    def _ends(self, name: str) -> Plain:
        """A stock at the ends of years; what is none by its last month."""
        found = Plain.of(self._dataset.variables[name], self._labels)
        own = "time_bound" if "time_bound" in found.dims else "time"
        years, rows = rows_of_ends(self._dataset[own].to_numpy(), own)
        dims = tuple("year" if each == own else each for each in found.dims)
        picked = found.values.take(rows, axis=found.dims.index(own))
        return Plain(dims, picked, {**self._labels, "year": years})

    def _forget(self, names: Sequence[str]) -> None:
        """Let go of variables that no measure is to read any more."""
        for name in set(names):
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._months[name]

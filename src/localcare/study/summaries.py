"""Exact summaries of an ensemble in a store: means, quantiles and how often a level is passed.

In: the group of a store that `spool` wrote. Out: a Dataset over time and the variables' own
dimensions. Nothing is approximated and nothing depends on the blocks: the values of a series are
read for all members, then summed or sorted. Only the elements of one chunk are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.study.spool import columns, open_group
from localcare.study.values import MEMBER, SCENARIO

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["QUANTILES", "Paired", "summarise"]

Floats = NDArray[np.float64]
#: Bands of 50, 80 and 95% around the median.
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True, eq=False)
class Paired:
    """How scenarios are compared draw by draw: the one that others are held against, and which way
    is better ("up" or "down") of the variables for which that can be said."""

    against: str
    better: Mapping[str, str]


def summarise(
    store: Path,
    *,
    quantiles: Sequence[float] = QUANTILES,
    above: Mapping[str, Sequence[float]] | None = None,
    paired: Paired | None = None,
    retained: NDArray[np.bool_] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> xr.Dataset:
    """Summaries of every variable `x` of a store over its members, or over those `retained`.

    `x` (quantile, time, ...) lies linearly between the members nearest in rank, as numpy's quantile
    does; `x_mean` (time, ...) is the mean and `x_mean_error` its standard error, were draws
    independent (spread evenly they err by less); `x_above` (x_level, time, ...) the share of
    members above each level that `above` gives for x. For scenarios that are `paired`, `x_change`,
    `x_change_mean` and its error are the same of each member's difference from the scenario held
    against, and `x_better` is the share of members in which that difference is for the better.
    `progress` is told how many parts of how many are done.
    """
    import xarray as xr

    levels = {name: np.asarray(given, dtype=np.float64) for name, given in (above or {}).items()}
    with open_group(store) as members:
        names = [str(name) for name in members.data_vars]
        unknown = sorted(set(levels) - set(names))
        if unknown:
            raise KeyError(f"not in the store: {', '.join(unknown)}")
        parts = [(name, part) for name in names for part in _parts(members, name)]
        found: dict[str, xr.Variable] = {}
        for name in names:
            found.update(_empty(members, name, quantiles, levels.get(name), paired))
        for done, (name, part) in enumerate(parts):
            progress(done, len(parts))
            series = _series(members, name, part, retained)
            here: Any = (..., *part)
            found[name].values[here] = np.quantile(series, quantiles, axis=-1)
            found[f"{name}_mean"].values[here] = series.mean(axis=-1)
            found[f"{name}_mean_error"].values[here] = _error(series)
            for row, level in enumerate(levels.get(name, ())):
                found[f"{name}_above"].values[row][here] = (series > level).mean(axis=-1)
            if f"{name}_change" in found and paired is not None:
                base = _against(members, name, part, paired)
                change = series - _series(members, name, base, retained)
                found[f"{name}_change"].values[here] = np.quantile(change, quantiles, axis=-1)
                found[f"{name}_change_mean"].values[here] = change.mean(axis=-1)
                found[f"{name}_change_mean_error"].values[here] = _error(change)
                if f"{name}_better" in found:
                    good = change < 0 if paired.better[name] == "down" else change > 0
                    found[f"{name}_better"].values[here] = good.mean(axis=-1)
        progress(len(parts), len(parts))
        coordinates = {
            name: each for name, each in members.coords.items() if MEMBER not in each.dims
        }
        coordinates["quantile"] = xr.DataArray(np.asarray(quantiles, np.float64), dims="quantile")
        for name, given in levels.items():
            coordinates[f"{name}_level"] = xr.DataArray(given, dims=f"{name}_level")
        return xr.Dataset(found, coordinates, members.attrs)


def _error(series: Floats) -> Floats:
    """The standard error of a mean over the last axis; not a number for a single member."""
    count = series.shape[-1]
    if count < 2:
        return np.full(series.shape[:-1], np.nan)
    found: Floats = series.std(axis=-1, ddof=1) / np.sqrt(count)
    return found


def _parts(members: xr.Dataset, name: str) -> Iterator[tuple[slice, ...]]:
    """What is read of a variable at a time."""
    variable = members.variables[name]
    yield from columns(variable.shape, variable.encoding["chunks"])


def _series(
    members: xr.Dataset, name: str, part: tuple[slice, ...], retained: NDArray[np.bool_] | None
) -> Floats:
    """A part of a variable with the member last, where numpy adds in pairs and the sum is good to
    the last digits."""
    series = members.variables[name][(slice(None), slice(None), *part)].to_numpy()
    if retained is not None:
        series = series[retained]
    return np.ascontiguousarray(np.moveaxis(series, 0, -1))


def _against(
    members: xr.Dataset, name: str, part: tuple[slice, ...], paired: Paired
) -> tuple[slice, ...]:
    """The same part of the scenario held against."""
    axis = members.variables[name].dims.index(SCENARIO) - 2
    place = [str(each) for each in members[SCENARIO].to_numpy()].index(paired.against)
    return (*part[:axis], slice(place, place + 1), *part[axis + 1 :])


def _empty(
    members: xr.Dataset,
    name: str,
    quantiles: Sequence[float],
    levels: Floats | None,
    paired: Paired | None,
) -> dict[str, xr.Variable]:
    """Variables for the summaries of one variable, to be filled."""
    import xarray as xr

    variable = members.variables[name]
    dimensions, shape = variable.dims[1:], variable.shape[1:]
    what = variable.attrs.get("long_name", name)
    told = {key: variable.attrs[key] for key in ("units", "long_name") if key in variable.attrs}

    def spread(attributes: Mapping[str, Any]) -> xr.Variable:
        empty = np.empty((len(quantiles), *shape))
        return xr.Variable(("quantile", *dimensions), empty, dict(attributes))

    def single(attributes: Mapping[str, Any]) -> xr.Variable:
        return xr.Variable(dimensions, np.empty(shape), dict(attributes))

    found = {
        name: spread(variable.attrs),
        f"{name}_mean": single({**told, "long_name": f"mean over members of {what}"}),
        f"{name}_mean_error": single({**told, "long_name": f"standard error of mean {what}"}),
    }
    if levels is not None:
        found[f"{name}_above"] = xr.Variable(
            (f"{name}_level", *dimensions),
            np.empty((len(levels), *shape)),
            {"units": "1", "long_name": f"share of members with {what} above a level"},
        )
    if paired is not None and SCENARIO in dimensions:
        change = f"{what} less that of {paired.against}, draw by draw"
        found[f"{name}_change"] = spread({**told, "long_name": change})
        found[f"{name}_change_mean"] = single({**told, "long_name": f"mean of {change}"})
        error = f"standard error of mean {change}"
        found[f"{name}_change_mean_error"] = single({**told, "long_name": error})
        if paired.better.get(name) in {"up", "down"}:
            better = f"share of members with {what} better than in {paired.against}"
            found[f"{name}_better"] = single({"units": "1", "long_name": better})
    return found

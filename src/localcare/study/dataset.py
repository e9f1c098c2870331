"""From a run's arrays to a labelled xarray Dataset, and nothing else.

In: the `ModelSpec`, the `Run` of a batch, the names or numbers of its members. Out: one Dataset
whose variables have dimensions (scenario or member, time or time_bound, then the variable's own),
which plain `xarray.open_dataset` decodes (design decision 8):

* `time`: the start of each saving interval; stocks lie on `time_bound`, one longer;
* `time_bnds` (time, 2) and `year`, an auxiliary coordinate of both;
* `units`, `long_name` and `cell_methods` on every variable, CF `Conventions` on the whole.

A model that counts in years and saves by month from the start of a year has a calendar: its times
are dates. Any other model keeps its own numbers, in its own unit, as points at its own saveper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcare.engine.run import Run
from localcare.model.spec import Kind, ModelSpec, Variable

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ATTRIBUTION", "axis_name", "has_calendar", "label", "month_starts"]

ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0: "
    "Office for National Statistics, NHS England, NHS Digital, Office for Health Improvement and "
    "Disparities, Ministry of Housing, Communities and Local Government, Department of Health and "
    "Social Care."
)

#: xarray reads a variable in one of these units as a length of time.
_DURATIONS = {"days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"}


def label(
    spec: ModelSpec,
    run: Run,
    names: Sequence[str] | NDArray[np.int64],
    *,
    across: str = "scenario",
    attributes: Mapping[str, str | int | float] | None = None,
) -> xr.Dataset:
    """The run as a Dataset; `names` label its members along the dimension `across`.

    Raises ValueError where there are not as many names as members.
    """
    import xarray as xr

    if run.values and run.members != len(names):
        raise ValueError(f"{len(names)} names for {run.members} members")
    coordinates, time_dimensions = _time_coordinates(spec, run)
    coordinates[across] = (across, np.asarray(names), {"long_name": across})
    variables: dict[str, object] = {}
    used: set[str] = set()
    for identifier, values in run.values.items():
        variable = spec.by_identifier[identifier]
        used.update(variable.dimensions)
        point = run.points or variable.kind is Kind.STOCK
        dimensions = (
            across,
            time_dimensions[point],
            *(axis_name(name) for name in variable.dimensions),
        )
        variables[identifier] = (
            dimensions,
            np.moveaxis(values, -1, 0),
            _attributes(variable, time_dimensions[point], "point" if point else "mean"),
        )
    for dimension in spec.dimensions:
        if dimension.name in used:
            name = axis_name(dimension.name)
            coordinates[name] = (
                name,
                np.array(dimension.elements),
                {"long_name": dimension.name},
            )
    # all at once: xarray aligns a Dataset anew for every variable that is added to it
    dataset = xr.Dataset(variables, coordinates)
    dataset.attrs = {"Conventions": "CF-1.11", **(attributes or {})}
    return dataset


def axis_name(dimension: str) -> str:
    """A dimension's name in a Dataset: `care function` is `care_function`."""
    return re.sub(r"\W+", "_", dimension.strip().lower())


def has_calendar(spec: ModelSpec) -> bool:
    """Whether the model counts in years and saves by month from the start of a year."""
    time = spec.time
    return (
        time.unit.strip().lower() in {"year", "years"}
        and abs(time.saveper * 12 - 1) < 1e-9
        and time.initial == int(time.initial)
        and time.initial >= 1700
        and time.final < 2260
    )


def month_starts(first_year: int, count: int) -> NDArray[np.datetime64]:
    """`count` first days of month from January of `first_year`."""
    first = np.datetime64(f"{first_year:04d}-01", "M")
    return (first + np.arange(count)).astype("datetime64[D]").astype("datetime64[ns]")


def _time_coordinates(spec: ModelSpec, run: Run) -> tuple[dict[str, object], dict[bool, str]]:
    """Coordinates, and the time dimension of means (False) and of points (True)."""
    unit = spec.time.unit or "1"
    if not has_calendar(spec):
        number = {"long_name": "time", "model_unit": unit, "axis": "T"}
        if run.points:
            return {"time": ("time", run.bounds, number)}, {True: "time", False: "time"}
        return {
            "time": ("time", run.bounds[:-1], number),
            "time_bound": ("time_bound", run.bounds, number),
        }, {True: "time_bound", False: "time"}
    months = run.bounds.size
    before = round((float(run.bounds[0]) - spec.time.initial) / spec.time.saveper)
    dates = month_starts(int(spec.time.initial), before + months)[before:]
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    year = {"long_name": "calendar year", "units": "1"}
    if run.points:
        return {
            "time": ("time", dates, {"standard_name": "time", "axis": "T"}),
            "year": ("time", years, year),
        }, {True: "time", False: "time"}
    bounds = np.stack([dates[:-1], dates[1:]], axis=-1)
    return {
        "time": (
            "time",
            dates[:-1],
            {"standard_name": "time", "axis": "T", "bounds": "time_bnds", "long_name": "month"},
        ),
        "time_bnds": (("time", "bound"), bounds, {"long_name": "start and end of the month"}),
        "time_bound": ("time_bound", dates, {"standard_name": "time", "long_name": "month bound"}),
        "year": ("time", years[:-1], year),
    }, {True: "time_bound", False: "time"}


def _attributes(variable: Variable, time: str, method: str) -> dict[str, str]:
    units = variable.units or "1"
    units = "1" if units.lower() == "dmnl" else units
    if units.lower() in _DURATIONS:
        units = units[:-1]
    return {
        "long_name": variable.name,
        "units": units,
        "cell_methods": f"{time}: {method}",
        "description": " ".join(variable.doc.split()),
    }

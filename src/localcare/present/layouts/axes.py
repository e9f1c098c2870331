"""What several layouts share: units and scales in a reader's words, and tables of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from localcare.measures.catalogue import Measure
from localcare.present.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["in_words", "judged", "numbers_of", "scaled", "scaled_number"]

#: Units of measures to (divisor, words).
_SCALES = {
    "GBP/Year": (1e6, "£ million a year"),
    "GBP": (1e6, "£ million"),
    "GBP/(person*Year)": (1.0, "£ a person"),
    "admission/Year": (1.0, "a year"),
    "attendance/Year": (1.0, "a year"),
    "contact/Year": (1e3, "thousands a year"),
    "person/Year": (1.0, "people a year"),
    "person": (1.0, "people"),
    "bed": (1.0, "beds"),
    "bed*day/Year": (1.0, "bed-days a year"),
    "day/Year": (1.0, "days a year"),
    "FTE": (1.0, "full-time equivalents"),
    "FTE/Year": (1.0, "a year"),
    "1": (0.01, "%"),
    "1/Year": (0.01, "% a year"),
    "week": (1.0, "weeks"),
    "point": (1.0, "points of 10"),
    "hub": (1.0, "hubs"),
    "year": (1.0, "year"),
}


def scaled(measure: Measure, values: xr.DataArray) -> xr.DataArray:
    """Values in the unit that a reader is told."""
    return values / _SCALES.get(measure.units, (1.0, ""))[0]


def scaled_number(measure: Measure, value: float) -> float:
    """A value in the unit that a reader is told."""
    return value / _SCALES.get(measure.units, (1.0, ""))[0]


def in_words(measure: Measure) -> str:
    """The unit that a reader is told."""
    return _SCALES.get(measure.units, (1.0, measure.units))[1]


def judged(measure: Measure, change: float) -> str:
    """The colour of a change: better, worse or neither."""
    if not measure.direction or change == 0:
        return GREY
    return BLUE if (change < 0) == (measure.direction == "down") else ORANGE


def numbers_of(values: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Measures over the same dimensions as a table, the scenario first, times as year and month."""
    import xarray as xr

    table = xr.Dataset(
        {name: each.drop_vars([c for c in each.coords if c not in each.dims])
         for name, each in values.items()}
    )  # fmt: skip
    first = next(iter(values.values()))
    order = ["scenario", *(str(d) for d in first.dims if d not in ("scenario", "year", "time"))]
    order += [name for name in ("year", "time") if name in first.dims]
    frame = table.transpose(*order).to_dataframe(dim_order=order).reset_index()
    if "time" in frame:
        frame["time"] = frame["time"].dt.strftime("%Y-%m")
    return frame[[*order, *values]]

"""A measure: what it is called, what it reads, and how a run's variables become it.

In: the Dataset of a run, a comparison or an ensemble. Out: a DataArray over what the Dataset has
of `scenario` and `member`, over `time` (months) or `year`, and over what the measure is broken
down by: place, system, layer, role, care function, age, frailty. Measures only add, divide and
pick what the model computed; the model holds every assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from localcare.measures.periods import by_year, monthly, year_ends
from localcare.measures.pieces import BASELINE, as_it_is
from localcare.measures.plain import Figures
from localcare.problems import BadInput, Problem

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "LEADING",
    "MODEL",
    "Measure",
    "compute",
    "gathered",
    "missing",
    "parts",
    "yearly",
]

#: What a measure is not broken down by: futures, and times.
LEADING = ("scenario", "member", "time", "year")
#: The source of a measure that is a variable of the model, or a sum of some.
MODEL = "model equations; `localcare describe` names their evidence"


@dataclass(frozen=True)
class Measure:
    """One measure. `needs` lists the model variables it reads; `function` maps them, monthly and in
    the order of `needs`, to the measure (arrays of xarray or `plain` ones to the same); with
    `over`, which maps them likewise, it is the ratio of the two, and the ratio of several parts is
    that of their sums.

    `aggregate` over its breakdown is "sum" or "mean" where a single figure for all of Kent and
    Medway can be formed from the parts (a ratio's parts are summed), "" where it cannot. A measure
    `at_year_end` reads stocks at the end of the year instead of means over it; one that
    `needs_baseline` is told from a comparison alone. `direction` says which way is better for a
    patient or the purse, "" where it depends. One that is not for `every_draw` reads too much to be
    kept of an ensemble.
    """

    name: str
    title: str
    units: str
    formula: str
    source: str
    needs: tuple[str, ...]
    function: Callable[..., Any]
    aggregate: str = "sum"
    direction: str = ""
    at_year_end: bool = False
    over: Callable[..., Any] | None = None
    needs_baseline: bool = False
    every_draw: bool = True


#: What a measure is made of: itself and None or, for a ratio, what is divided and by what.
Parts: TypeAlias = "tuple[xr.DataArray, xr.DataArray | None]"


def compute(measure: Measure, dataset: xr.Dataset, by: Sequence[str] | None = None) -> xr.DataArray:
    """The measure by month, in `measure.units`.

    `by` names the dimensions to keep it broken down by, None for all it has; () gives one figure
    for all of Kent and Medway. Raises BadInput where the Dataset lacks what the measure needs, or
    the parts of the measure make no such figure.
    """
    return _worked_out(measure, dataset, by, lambda values: monthly(values, dataset), as_it_is)


def yearly(
    measure: Measure,
    dataset: xr.Dataset,
    by: Sequence[str] | None = None,
    *,
    financial: bool = False,
) -> xr.DataArray:
    """The measure by calendar year, or by financial year (April to March, named by the year of its
    April): the mean of the year's months, or its end for what has accumulated.

    A ratio is that of the year's means. Raises what `compute` raises.
    """
    if measure.at_year_end:
        ends = partial(year_ends, dataset=dataset, financial=financial)
        return _worked_out(measure, dataset, by, ends, as_it_is)
    years = partial(by_year, financial=financial)
    return _worked_out(measure, dataset, by, lambda values: monthly(values, dataset), years)


def missing(measure: Measure, dataset: xr.Dataset) -> tuple[str, ...]:
    """What the Dataset lacks for the measure; nothing where it can be told."""
    lacking = tuple(name for name in measure.needs if name not in dataset)
    if measure.needs_baseline:
        names = dataset["scenario"].to_numpy() if "scenario" in dataset.coords else ()
        if BASELINE not in names or len(names) < 2:
            lacking += ("a policy beside the baseline",)
    return lacking


def parts(
    measure: Measure, dataset: xr.Dataset, read: Callable[[xr.DataArray], xr.DataArray]
) -> Parts:
    """What the measure is made of, broken down by all it has, from its variables as `read` gives
    them: the measure, or for a ratio what is divided and by what.

    Raises BadInput where the Dataset lacks what the measure needs.
    """
    lacking = missing(measure, dataset)
    if lacking:
        raise BadInput(
            Problem(
                f"needs {', '.join(lacking)}, which these results do not hold.",
                "Run the scenario again with the shipped model, beside the baseline and without "
                "--save.",
                key=measure.name,
            )
        )
    variables = [read(dataset[name]) for name in measure.needs]
    whole = None if measure.over is None else measure.over(*variables)
    return measure.function(*variables), whole


def _divided(measure: Measure, values: xr.DataArray, whole: xr.DataArray | None) -> xr.DataArray:
    """A measure from its parts, put together; empty where nothing is divided by."""
    found = values if whole is None else values / whole.where(whole != 0)
    return found.rename(measure.name)


def _worked_out(
    measure: Measure,
    dataset: xr.Dataset,
    by: Sequence[str] | None,
    read: Callable[[xr.DataArray], xr.DataArray],
    average: Callable[[xr.DataArray], xr.DataArray],
) -> xr.DataArray:
    # put together first: what is averaged then is small
    values, whole = parts(measure, dataset, read)
    values = average(gathered(measure, values, by))
    whole = None if whole is None else average(gathered(measure, whole, by))
    return _divided(measure, values, whole).assign_attrs(
        units=measure.units, long_name=measure.title, formula=measure.formula
    )


def gathered(measure: Measure, values: Figures, by: Sequence[str] | None) -> Figures:
    """Values put together along the dimensions that `by` does not name; all are kept for None.

    Raises BadInput where the measure makes no such figure.
    """
    if by is None:
        return values
    own = [str(name) for name in values.dims if name not in LEADING]
    across = [name for name in own if name not in by]
    if not across:
        return values
    if not measure.aggregate:
        raise BadInput(
            Problem(f"cannot be put together over {', '.join(across)}.", key=measure.name)
        )
    averaged = measure.aggregate == "mean" and measure.over is None
    return values.mean(across) if averaged else values.sum(across)

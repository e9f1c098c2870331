"""What planners read off a run: each measure with its title, unit, formula and source.

A `Measure` takes the Dataset of a run or comparison and gives a monthly DataArray over the
scenario dimension, `time` and the dimensions it is broken down by. Measures only add, divide and
pick what the model computed; the model holds every assumption. `direction` says which way is
better for a patient or the purse, "" where it depends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcare.measures.periods import by_year, monthly, year_ends
from localcare.problems import BadInput, Problem

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MEASURES", "Measure", "compute", "find", "yearly"]


@dataclass(frozen=True)
class Measure:
    """One measure. `needs` lists the model variables it reads; `function` maps them, monthly and in
    the order of `needs`, to the measure; `aggregate` over its breakdown is "sum" or "mean" where a
    single figure for all of Kent and Medway can be formed from the parts, "" where it cannot. A
    measure `at_year_end` reads stocks at the end of the year instead of means over it."""

    name: str
    title: str
    units: str
    formula: str
    source: str
    needs: tuple[str, ...]
    function: Callable[..., xr.DataArray]
    aggregate: str = "sum"
    direction: str = ""
    at_year_end: bool = False


def yearly(measure: Measure, dataset: xr.Dataset) -> xr.DataArray:
    """The measure by calendar year: the mean of the year's months, or its end for what has
    accumulated. Raises BadInput where the Dataset lacks a variable it needs."""
    if not measure.at_year_end:
        return by_year(compute(measure, dataset))
    _check(measure, dataset)
    values = measure.function(*(year_ends(dataset[name], dataset) for name in measure.needs))
    return _named(measure, values)


def compute(measure: Measure, dataset: xr.Dataset) -> xr.DataArray:
    """The measure by month. Raises BadInput where the Dataset lacks a variable it needs."""
    _check(measure, dataset)
    return _named(
        measure, measure.function(*(monthly(dataset[name], dataset) for name in measure.needs))
    )


def _named(measure: Measure, values: xr.DataArray) -> xr.DataArray:
    return values.rename(measure.name).assign_attrs(units=measure.units, long_name=measure.title)


def _check(measure: Measure, dataset: xr.Dataset) -> None:
    missing = [name for name in measure.needs if name not in dataset]
    if missing:
        raise BadInput(
            Problem(
                f"needs {', '.join(missing)}, which these results do not hold.",
                "Run the scenario again with the shipped model and without --save.",
                key=measure.name,
            )
        )


def find(name: str) -> Measure | None:
    """The measure of that name, None where there is none."""
    return next((measure for measure in MEASURES if measure.name == name), None)


def _same(values: xr.DataArray) -> xr.DataArray:
    return values


def _moderate_and_severe(people: xr.DataArray) -> xr.DataArray:
    return people.sel(frailty=["moderate", "severe"]).sum("frailty")


def _at_risk(people: xr.DataArray) -> xr.DataArray:
    return people.sel(frailty="mild", drop=True)


def _ratio_over_systems(part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    return part.sum("system") / whole.sum("system")


MODEL = "model equations; `localcare describe` names their evidence"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "people_with_moderate_or_severe_frailty",
        "People with moderate or severe frailty",
        "person",
        "population of frailty moderate and severe, summed over age",
        MODEL,
        ("people_by_place_and_frailty",),
        _moderate_and_severe,
        direction="down",
    ),
    Measure(
        "people_at_risk_of_progression",
        "People at risk of progression (mild frailty)",
        "person",
        "population of frailty mild, summed over age",
        MODEL,
        ("people_by_place_and_frailty",),
        _at_risk,
        direction="down",
    ),
    Measure(
        "emergency_admissions",
        "Emergency admissions",
        "admission/Year",
        "emergency admissions of the four acute trusts",
        MODEL,
        ("emergency_admissions",),
        _same,
        direction="down",
    ),
    Measure(
        "ae_attendances",
        "A&E attendances",
        "attendance/Year",
        "attendances of all types at the four acute trusts",
        MODEL,
        ("ae_attendances",),
        _same,
        direction="down",
    ),
    Measure(
        "beds_needed",
        "General and acute beds needed at 92% occupancy",
        "bed",
        "patients in beds and waiting for one, divided by 0.92",
        "92%: NHS England planning ceiling, 2020/21",
        ("beds_needed",),
        _same,
        direction="down",
    ),
    Measure(
        "beds_open",
        "General and acute beds open",
        "bed",
        "core and escalation beds open",
        MODEL,
        ("beds_open",),
        _same,
    ),
    Measure(
        "occupancy",
        "Occupancy of general and acute beds",
        "1",
        "beds occupied divided by beds open, over the four trusts",
        MODEL,
        ("beds_occupied", "beds_open"),
        _ratio_over_systems,
        aggregate="mean",
        direction="down",
    ),
    Measure(
        "no_criteria_to_reside",
        "Patients in hospital who no longer need to be",
        "person",
        "medically fit patients waiting to leave, over pathways",
        MODEL,
        ("no_criteria_to_reside",),
        _same,
        direction="down",
    ),
    Measure(
        "staffing_gap",
        "Staffing gap",
        "FTE",
        "staff needed less staff in post, summed over roles: posts to spare in one role count "
        "against a gap in another",
        MODEL,
        ("staffing_gap",),
        _same,
        direction="down",
    ),
    Measure(
        "running_cost",
        "Running cost of health and care",
        "GBP/Year",
        "running cost by layer, real 2023/24 prices",
        MODEL,
        ("running_cost_by_layer",),
        _same,
        direction="down",
    ),
    Measure(
        "capital_cost",
        "Capital cost",
        "GBP/Year",
        "capital cost by layer, real 2023/24 prices",
        MODEL,
        ("capital_cost_by_layer",),
        _same,
        direction="down",
    ),
    Measure(
        "policy_spend",
        "Policy spend since 2019, discounted",
        "GBP",
        "what levers cost above 2019, running and capital, discounted at 3.5% a year; gross of "
        "what is saved",
        "model equations; 3.5%: HM Treasury Green Book",
        ("gross_policy_spend_discounted",),
        _same,
        at_year_end=True,
    ),
)

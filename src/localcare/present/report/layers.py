"""The comparison by layer of care: a table of measures and the figures of each.

In: a `Material` and the year of the tables. Out: a `Section` for all layers together, one a layer
and one for the workforce, as far as there are figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcare.measures.catalogue import Measure, missing, yearly
from localcare.present.declared import known
from localcare.present.figures import drawable
from localcare.present.findings import names, thousands
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.report.parts import Cell, Material, Picture, Section, Sheet

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LAYERS", "Layer", "layers"]

#: What is told of a layer beside its own measures, where it is told by layer.
BY_LAYER = ("running_cost", "investment", "staff_needed_by_layer", "staff_in_post_by_layer",
            "staffing_gap_by_layer")  # fmt: skip


#: Less than this, in the unit that money is told in, is told as none.
LEAST = 0.005


@dataclass(frozen=True)
class Layer:
    """A section: its heading, its figures (of the Dataset, then others by name), the measures of
    its table, and the layer of care, "" for all of them."""

    heading: str
    figures: tuple[str, ...]
    measures: tuple[str, ...]
    layer: str = ""


LAYERS = (
    Layer(
        "All layers together",
        ("layers", "comparison", "trade_off", "money", "drivers"),
        ("running_cost", "capital_cost", "policy_spend", "savings", "net_cost",
         "return_on_investment", "people_with_moderate_or_severe_frailty", "emergency_admissions",
         "beds_needed", "staffing_gap"),
    ),
    Layer(
        "Primary care",
        ("primary_care",),
        ("gp_contacts", "gp_access"),
        "primary",
    ),
    Layer(
        "Neighbourhood care",
        ("frailty", "frailty_by_place", "places", "care_functions"),
        ("people_with_moderate_or_severe_frailty", "people_at_risk_of_progression",
         "new_progressions", "contacts_delivered", "people_supported", "wellbeing", "maturity",
         "community_assets"),
        "neighbourhood",
    ),
    Layer(
        "Intermediate care",
        ("intermediate_care",),
        ("people_in_places", "fullness_of_places", "no_criteria_to_reside", "care_home_residents",
         "home_care_hours", "unpaid_carers"),
        "intermediate",
    ),
    Layer(
        "Acute care",
        ("beds", "occupancy", "waiting_list"),
        ("emergency_admissions", "ae_attendances", "twelve_hour_waits", "bed_days", "beds_needed",
         "beds_open", "occupancy", "days_over_92_percent", "no_criteria_to_reside",
         "waiting_list", "weeks_waited"),
        "acute",
    ),
    Layer(
        "Workforce",
        ("workforce", "workforce_by_role"),
        ("staff_needed", "staff_in_post", "staffing_gap", "staffing_gap_share", "leavers",
         "leaver_rate"),
    ),
)  # fmt: skip


def layers(material: Material, year: int) -> list[Section]:
    """Sections in the order of `LAYERS`, those without a figure left out."""
    figures = {figure.name: figure for figure in drawable(material.dataset)}
    ready = {each.name: Picture.drawn(each) for each in material.drawings}
    sections = []
    for layer in LAYERS:
        pictures = tuple(
            ready.get(name) or Picture.declared(figures[name], material.dataset)
            for name in layer.figures
            if name in ready or name in figures
        )
        if pictures:
            key = layer.heading.lower().replace(" ", "-")
            sheet = _measures_sheet(material, layer, year)
            sections.append(Section(key, layer.heading, tables=sheet, pictures=pictures))
    return sections


def _measures_sheet(material: Material, layer: Layer, year: int) -> tuple[Sheet, ...]:
    """Measures in rows, scenarios in columns, in one year: those of the layer alone last."""
    dataset = material.dataset
    rows = [
        _row(name, dataset, yearly(known(name), dataset, ()).sel(year=year))
        for name in layer.measures
        if not missing(known(name), dataset)
    ]
    for name in BY_LAYER if layer.layer else ():
        if not missing(known(name), dataset):
            values = yearly(known(name), dataset, ("layer",)).sel(year=year, layer=layer.layer)
            title = known(name).title.removesuffix(" by layer of care")
            rows.append(_row(name, dataset, values, f"{title}, {layer.layer} care alone"))
    if not rows:
        return ()
    heads = ("measure", *names(dataset))
    return (Sheet(f"Kent and Medway in {year}.", heads, tuple(rows)),)


def _row(name: str, dataset: xr.Dataset, values: xr.DataArray, title: str = "") -> tuple[Cell, ...]:
    measure = known(name)
    numbers = [float(values.sel(scenario=each)) for each in names(dataset)]
    unit = in_words(measure)
    cells = (
        Cell("") if math.isnan(each) else Cell(_shown(measure, each), each) for each in numbers
    )
    head = title or measure.title
    return (Cell(f"{head}, {unit}" if unit else head), *cells)


def _shown(measure: Measure, value: float) -> str:
    """Four digits; money of less than half a hundredth of what it is told in is 0."""
    number = scaled_number(measure, value)
    return "0" if "GBP" in measure.units and abs(number) < LEAST else thousands(number, 4)

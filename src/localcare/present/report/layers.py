"""The comparison by layer of care: a table of measures and the figures of each.

In: a `Material` and the year of the tables. Out: a `Section` a layer that has figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localcare.measures.catalogue import missing, yearly
from localcare.present.declared import Declared, known
from localcare.present.figures import drawable
from localcare.present.findings import names, thousands
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.report.parts import Cell, Material, Picture, Section, Sheet

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LAYERS", "layers"]

#: Figures by the section they stand in; others follow the last.
LAYERS = {
    "All layers together": ("layers", "comparison", "trade_off", "money"),
    "Primary and neighbourhood care": ("frailty", "frailty_by_place", "places", "care_functions"),
    "Intermediate and acute care": ("beds", "occupancy", "waiting_list"),
    "Workforce": ("workforce", "workforce_by_role"),
}


def layers(material: Material, year: int) -> list[Section]:
    """Sections in the order of `LAYERS`, those without a figure left out."""
    figures = {figure.name: figure for figure in drawable(material.dataset)}
    sections = []
    placed = {name for group in LAYERS.values() for name in group}
    groups = dict(LAYERS)
    rest = tuple(name for name in figures if name not in placed)
    if rest:
        groups["Further figures"] = rest
    for heading, wanted in groups.items():
        pictures = tuple(
            _picture(figures[name], material.dataset) for name in wanted if name in figures
        )
        if not pictures:
            continue
        shown = dict.fromkeys(
            m for name in wanted if name in figures for m in figures[name].measures
        )
        sections.append(
            Section(
                heading.lower().replace(" ", "-"),
                heading,
                tables=_measures_sheet(material, tuple(shown), year),
                pictures=pictures,
            )
        )
    return sections


def _picture(figure: Declared, dataset: xr.Dataset) -> Picture:
    return Picture(figure, figure.title(dataset), figure.caption(dataset), figure.alt(dataset))


def _measures_sheet(material: Material, wanted: Sequence[str], year: int) -> tuple[Sheet, ...]:
    """Measures in rows, scenarios in columns, for Kent and Medway in one year."""
    scenarios = names(material.dataset)
    rows = []
    for measure in map(known, wanted):
        if missing(measure, material.dataset) or not measure.aggregate or measure.needs_baseline:
            continue
        values = yearly(measure, material.dataset, ()).sel(year=year)
        numbers = [float(values.sel(scenario=name)) for name in scenarios]
        unit = in_words(measure)
        cells = (Cell(thousands(scaled_number(measure, each), 4), each) for each in numbers)
        rows.append((Cell(f"{measure.title}, {unit}" if unit else measure.title), *cells))
    if not rows:
        return ()
    return (Sheet(f"Kent and Medway in {year}.", ("measure", *scenarios), tuple(rows)),)

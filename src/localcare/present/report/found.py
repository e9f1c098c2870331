"""What was found, told first: sentences, and what each policy makes better and worse.

In: a `Material` and the year to tell of. Out: a `Section`. Null and harmful findings are told as
the others are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from localcare.measures.catalogue import MEASURES, Measure, missing, yearly
from localcare.measures.summary import HEADLINE, NEEDS, headline
from localcare.measures.unfilled import COSTS, unfilled
from localcare.present.findings import capital, headline_changes, listed, names, signed, thousands
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.report.parts import Cell, Material, Point, Section, Sheet
from localcare.present.tables import HEADS, sentences

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["findings", "share_of"]

#: A change from baseline of less than this share of the baseline is called none.
NOTHING = 0.001
#: So many measures are named before the rest are counted.
MOST = 4
HEADING = "What was found"


def findings(material: Material, year: int) -> Section:
    """The findings of one calendar year, the most important sentence first."""
    dataset = material.dataset
    if not set(dataset.data_vars) >= NEEDS or "baseline" not in names(dataset):
        names_only = listed([capital(name) for name in names(dataset)])
        return Section("findings", HEADING, (f"{names_only}, {year}.",))
    table = headline(dataset, year)
    told = tuple(sentences(table, year)) or (_level(table["baseline"], year),)
    points = [_policy(dataset, policy, year) for policy in headline_changes(table)]
    sheet = _headline_sheet(dataset, year)
    return Section("findings", HEADING, told, tuple(points), (sheet,))


def _level(base: Mapping[str, float], year: int) -> str:
    beds, people = base["beds_needed"], base["people_with_moderate_or_severe_frailty"]
    return (
        f"By {year} the baseline needs {thousands(beds, 4)} general and acute beds at 92% "
        f"occupancy and has {thousands(people, 4)} people with moderate or severe frailty."
    )


def _policy(dataset: xr.Dataset, policy: str, year: int) -> Point:
    """What one policy makes better, worse and leaves as it is: of all measures with a better side,
    those of the headline first."""
    better, worse, same, unspent = [], [], [], []
    empty = unfilled(dataset)
    for measure in _judged(dataset):
        values = yearly(measure, dataset, ()).sel(year=year)
        base = float(values.sel(scenario="baseline"))
        change = float(values.sel(scenario=policy)) - base
        if math.isnan(change):
            continue
        if abs(change) <= NOTHING * abs(base):
            same.append(measure.title)
        elif policy in empty and measure.name in COSTS:
            unspent.append(f"{measure.title} {share_of(change, base, measure)}")
        elif (change > 0) == (measure.direction == "up"):
            better.append(f"{measure.title} {share_of(change, base, measure)}")
        else:
            worse.append(f"{measure.title} {share_of(change, base, measure)}")
    below = tuple(
        f"{head}: {'; '.join(each[:MOST])}{_others(each)}."
        for head, each in (("Better", better), ("Worse", worse), ("No change", same))
        if each
    )
    if unspent:
        posts = thousands(empty[policy])
        told = f"Not spent, as {posts} more posts stay empty, and no saving: {'; '.join(unspent)}."
        below = (*below, told)
    return Point(capital(policy), below)


def _others(found: list[str]) -> str:
    return f"; and {len(found) - MOST} more" if len(found) > MOST else ""


def _judged(dataset: xr.Dataset) -> list[Measure]:
    judged = [
        each
        for each in MEASURES
        if each.direction and each.aggregate and not each.needs_baseline
        and not missing(each, dataset)
    ]  # fmt: skip
    return sorted(judged, key=lambda each: each.name not in HEADLINE)


def share_of(change: float, base: float, measure: Measure) -> str:
    """A change as a share of the baseline, or as it is where the baseline has next to nothing."""
    if abs(change) < abs(base):
        return f"{signed(100 * change / abs(base), 2)}%"
    return f"{signed(scaled_number(measure, change), 2)} {in_words(measure)}".rstrip()


def _headline_sheet(dataset: xr.Dataset, year: int) -> Sheet:
    table = headline(dataset, year)
    base = table["baseline"]
    rows = []
    for scenario in names(dataset):
        cells = [Cell(scenario)]
        for name in HEADLINE:
            scale, own = HEADS[name][1], table[scenario][name]
            if scenario == "baseline":
                cells.append(Cell(thousands(own / scale, 5), own))
            else:
                cells.append(Cell(signed((own - base[name]) / scale), own - base[name]))
        rows.append(tuple(cells))
    caption = f"Kent and Medway in {year}: the baseline, and each policy's change from it."
    return Sheet(caption, ("scenario", *(HEADS[name][0] for name in HEADLINE)), tuple(rows))

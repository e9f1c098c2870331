"""Tables and sentences for the terminal, as rich renderables. No logic but layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from rich import box
from rich.table import Table

from localcare.measures.catalogue import find
from localcare.measures.summary import HEADLINE
from localcare.present.findings import listed, signed, thousands

__all__ = ["GLOSSARY", "comparison_table", "measure_title", "plain_table", "sentences"]

#: Column heads of the printed comparison, with the divisor that their unit asks for.
_HEADS = {
    "emergency_admissions": ("Emergency admissions a year", 1.0),
    "beds_needed": ("Beds needed at 92%", 1.0),
    "people_with_moderate_or_severe_frailty": ("People, moderate or severe frailty", 1.0),
    "staffing_gap": ("Staffing gap, FTE", 1.0),
    "running_cost": ("Running cost, £m a year", 1e6),
}

GLOSSARY = {
    "emergency admission": "an unplanned stay in hospital, same-day stays included.",
    "beds needed at 92%": "general and acute beds with which 92 in 100 would be occupied, "
    "the NHS planning ceiling.",
    "occupancy": "general and acute beds with a patient in them, as a share of those open.",
    "no criteria to reside": "in hospital though well enough to be elsewhere.",
    "moderate or severe frailty": "high and very high need by the electronic Frailty Index; mild "
    "is the group at risk of progression.",
    "FTE": "full-time equivalent: one person's full working week.",
    "staffing gap": "staff needed for the care asked for, less staff in post, role by role.",
    "running cost": "what the care modelled here costs in a year, in prices of one stated year; "
    "capital is counted apart.",
    "policy spend": "what a scenario's levers cost above 2019, in running and capital money, "
    "discounted at 3.5% a year; savings are not taken off.",
}


def comparison_table(headline: pd.DataFrame, year: int) -> Table:
    """Each scenario in one year: the baseline's level, every policy's change from it."""
    table = Table(
        title=f"Kent and Medway in {year}: baseline, and each policy's change from it",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("scenario", overflow="fold")
    for name in HEADLINE:
        table.add_column(_HEADS[name][0], justify="right", overflow="fold")
    for scenario, row in headline.iterrows():
        cells = []
        for name in HEADLINE:
            scale = _HEADS[name][1]
            if scenario == "baseline" or "baseline" not in headline.index:
                cells.append(thousands(row[name] / scale, 5))
            else:
                cells.append(signed((row[name] - headline.loc["baseline", name]) / scale))
        table.add_row(str(scenario), *cells)
    return table


def sentences(headline: pd.DataFrame, year: int) -> list[str]:
    """Two sentences on what was found, from the numbers of the table."""
    if "baseline" not in headline.index or len(headline) < 2:
        return []
    base = headline.loc["baseline"]
    change = headline.drop(index="baseline") - base
    beds, people = change["beds_needed"], change["people_with_moderate_or_severe_frailty"]
    best, cost = str(beds.idxmin()), change["running_cost"] / 1e6
    first = (
        f"By {year} {best} lowers beds needed most: by {thousands(-float(beds[best]))} of "
        f"{thousands(float(base['beds_needed']), 4)}, with running cost "
        f"{signed(float(cost[best]))} £m a year against baseline."
        if beds[best] < 0
        else f"By {year} no policy lowers the beds needed."
    )
    worse = [str(name) for name in change.index if float(people[name]) > 0.5]
    lower = {str(name): float(people[name]) for name in change.index if float(people[name]) < -0.5}
    if lower:
        least = min(lower, key=lambda name: lower[name])
        second = (
            f"{least[0].upper()}{least[1:]} lowers the number of people with moderate or severe "
            f"frailty most, by {thousands(-lower[least])}"
        )
        second += f"; {listed(worse)} raises it." if worse else "."
    else:
        second = "No policy lowers the number of people with moderate or severe frailty."
    return [first, second]


def plain_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), title: str = ""
) -> Table:  # fmt: skip
    """A simple table; columns named in `right` are set to the right."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left",
        title_style="bold",
    )  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def measure_title(name: str) -> str:
    """The title of a measure, or the name itself where there is none of that name."""
    measure = find(name)
    return name if measure is None else measure.title

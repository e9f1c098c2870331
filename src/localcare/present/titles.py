"""The finding that a figure's title states, computed from the numbers that are drawn.

In: the Dataset of a run or comparison. Out: a sentence of about ten words.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from localcare.measures.catalogue import yearly
from localcare.measures.summary import headline, last_year
from localcare.measures.unfilled import unfilled
from localcare.present.declared import known, largest_caseload
from localcare.present.findings import (
    capital,
    headline_changes,
    largest,
    listed,
    names,
    signed,
    thousands,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "beds",
    "care",
    "comparison",
    "frailty",
    "frailty_by_place",
    "intermediate",
    "layers",
    "money",
    "occupancy",
    "places",
    "primary",
    "trade_off",
    "waiting",
    "workforce",
    "workforce_by_role",
]

FRAIL = "people_with_moderate_or_severe_frailty"


def comparison(dataset: xr.Dataset) -> str:
    """Which policy lowers beds needed most, and which frailty."""
    year = last_year(dataset)
    changes = headline_changes(headline(dataset, year, ("beds_needed", FRAIL)))
    if not changes:
        return f"{capital(names(dataset)[0])} in {year}"
    fewest = min(changes, key=lambda name: changes[name]["beds_needed"])
    least = min(changes, key=lambda name: changes[name][FRAIL])
    fewer, people = changes[fewest]["beds_needed"], changes[least][FRAIL]
    if fewest == least and fewer < 0 and people < 0:
        return (
            f"{capital(fewest)} lowers both beds needed ({signed(fewer)}) and people with moderate "
            f"or severe frailty ({signed(people)}) most in {year}"
        )
    first = (
        f"{fewest} lowers beds needed most in {year} ({signed(fewer)})"
        if fewer < 0
        else f"No policy lowers beds needed in {year}"
    )
    second = (
        f"{least} lowers frailty most ({signed(people)} people)"
        if people < 0
        else "no policy lowers frailty"
    )
    return capital(f"{first}; {second}")


def layers(dataset: xr.Dataset) -> str:
    """Which policy needs fewest beds, and what each end of the range adds to running cost."""
    year = last_year(dataset)
    reference, *policies = names(dataset)
    if not policies:
        return f"The four layers of care in the {reference}, {year}"
    fewest, _ = largest(yearly(known("beds_needed"), dataset, ()), year, lowest=True)
    empty = unfilled(dataset)
    paid = [name for name in names(dataset) if name not in empty]
    first = f"{capital(fewest)} needs fewest beds in {year}"
    if len(paid) < 2:
        return first
    cost = yearly(known("running_cost"), dataset, ()).sel(scenario=paid)
    (least, low), (most, high) = (largest(cost, year, lowest=each) for each in (True, False))
    moves = f"{first}; running cost moves by {_millions(low)} a year"
    return moves if least == most else f"{moves} ({least}) to {_millions(high)} ({most})"


def _millions(pounds: float) -> str:
    """A change in money: its sign before the pound sign."""
    told = signed(pounds / 1e6)
    sign, number = (told[0], told[1:]) if told[0] in "+\N{MINUS SIGN}" else ("", told)
    return f"{sign}\N{POUND SIGN}{number}m"


def primary(dataset: xr.Dataset) -> str:
    """How much of what people need of general practice they get."""
    met = yearly(known("gp_access"), dataset, ())
    year, reference = last_year(dataset), names(dataset)[0]
    level = float(met.sel(scenario=reference, year=year))
    sentence = f"General practice meets {level:.0%} of the contacts that people need in {year}"
    best, most = largest(met, year, lowest=False) if len(names(dataset)) > 1 else ("", math.nan)
    if most < 0.0005:
        return f"{sentence}; no policy raises that"
    return f"{sentence}; {best} raises that most, to {level + most:.1%}" if best else sentence


def intermediate(dataset: xr.Dataset) -> str:
    """How many people could leave hospital."""
    people = yearly(known("no_criteria_to_reside"), dataset, ())
    year, reference = last_year(dataset), names(dataset)[0]
    level = float(people.sel(scenario=reference, year=year))
    sentence = f"{thousands(level)} people wait in hospital to leave it in {year}"
    if len(names(dataset)) < 2:
        return sentence
    best, most = largest(people, year, lowest=True)
    if most > -0.5:
        return f"{sentence}; no policy lowers that"
    return f"{sentence} in the {reference}; {best} lowers that most, by {thousands(-most)}"


def frailty(dataset: xr.Dataset) -> str:
    """How moderate and severe frailty grow, and what the best policy takes off."""
    heavy = yearly(known(FRAIL), dataset, ())
    base = heavy.sel(scenario=names(dataset)[0])
    first, last = (int(base["year"][i]) for i in (0, -1))
    growth = float(base.sel(year=last) / base.sel(year=first)) - 1
    sentence = (
        f"People with moderate or severe frailty {'rise' if growth > 0 else 'fall'} "
        f"{abs(growth):.0%} from {first} to {last}"
    )
    if len(names(dataset)) < 2:
        return sentence
    best, most = largest(heavy, last, lowest=True)
    share = -most / float(base.sel(year=last))
    if share < 0.0005:
        return f"{sentence}; no policy lowers them"
    return f"{sentence}; {best}, which lowers them most, does so by {share:.1%}"


def frailty_by_place(dataset: xr.Dataset) -> str:
    """Where the largest and the smallest share of residents is frail."""
    people = yearly(known("people_by_frailty"), dataset).sel(scenario=names(dataset)[0])
    share = people.sel(frailty=["mild", "moderate", "severe"]).sum("frailty") / people.sum(
        "frailty"
    )
    last = share.isel(year=-1)
    order = last.sortby(last)
    low, high = str(order["place"].to_numpy()[0]), str(order["place"].to_numpy()[-1])
    return (
        f"{high} has the largest share of residents with any frailty in {int(last['year'])}, "
        f"{float(order[-1]):.0%}; {low} the smallest, {float(order[0]):.0%}"
    )


def beds(dataset: xr.Dataset) -> str:
    """Which systems need more beds than are open, without a policy."""
    gap = yearly(known("beds_needed"), dataset) - yearly(known("beds_open"), dataset)
    gap = gap.sel(scenario=names(dataset)[0]).isel(year=-1)
    last = int(gap["year"])
    short = [str(name) for name in gap["system"].to_numpy() if float(gap.sel(system=name)) > 0]
    without = "Without new policy" if names(dataset)[0] == "baseline" else f"In {names(dataset)[0]}"
    if not short:
        return f"{without}, beds open cover what is needed at 92% occupancy in {last}"
    where = "every system" if len(short) == gap.sizes["system"] else listed(short)
    return (
        f"{without}, {where} needs more beds than are open in {last}: "
        f"{float(gap.sum()):,.0f} net in Kent and Medway"
    )


def occupancy(dataset: xr.Dataset) -> str:
    """How full beds are without a policy and under the one that empties most."""
    full = yearly(known("occupancy"), dataset, ())
    last = last_year(dataset)
    reference = names(dataset)[0]
    level = float(full.sel(scenario=reference, year=last))
    sentence = f"{level:.0%} of beds are occupied in {last} in the {reference}"
    if len(names(dataset)) < 2:
        return sentence
    best, most = largest(full, last, lowest=True)
    if most > -0.0005:
        return f"{sentence}; no policy lowers that"
    return f"{sentence}; {best} lowers that most, to {level + most:.1%}"


def waiting(dataset: xr.Dataset) -> str:
    """How the waiting list grows."""
    people = yearly(known("waiting_list"), dataset, ())
    own = people.sel(scenario=names(dataset)[0])
    first, last = (int(own["year"][i]) for i in (0, -1))
    one, two = float(own.sel(year=first)), float(own.sel(year=last))
    sentence = (
        f"In the {names(dataset)[0]} the waiting list {'grows' if two > one else 'shrinks'} from "
        f"{thousands(one)} in {first} to {thousands(two)} in {last}"
    )
    if len(names(dataset)) < 2:
        return sentence
    best, most = largest(people, last, lowest=True)
    return f"{sentence}; {best} ends lowest, {signed(most)}" if most < -0.5 else sentence


def workforce(dataset: xr.Dataset) -> str:
    """Which layer lacks the largest share of its staff."""
    post = yearly(known("staff_in_post_by_layer"), dataset)
    need = yearly(known("staff_needed_by_layer"), dataset)
    reference, last = names(dataset)[0], last_year(dataset)
    gap = (need - post).sel(scenario=reference, year=last)
    share = gap / need.sel(scenario=reference, year=last)
    worst = str(share["layer"].to_numpy()[int(share.to_numpy().argmax())])
    size = float(gap.sel(layer=worst))
    if size <= 0:
        return f"In {last} every layer has the staff that the {reference} asks for"
    return (
        f"In the {reference} {worst} care lacks the largest share of its staff in {last}: "
        f"{float(share.sel(layer=worst)):.0%}, {size:,.0f} full-time equivalents"
    )


def workforce_by_role(dataset: xr.Dataset) -> str:
    """Which role lacks the largest share of its posts."""
    share = yearly(known("staffing_gap_share"), dataset).isel(year=-1)
    own = share.sel(scenario=names(dataset)[0])
    worst = str(own["role"].to_numpy()[int(own.to_numpy().argmax())])
    sentence = (
        f"{capital(worst)} is the role shortest of staff in {int(share['year'])}: "
        f"{float(own.sel(role=worst)):.0%} of those needed are missing"
    )
    others = share.sel(role=worst)
    best = min(names(dataset), key=lambda name: float(others.sel(scenario=name)))
    if best == names(dataset)[0]:
        return sentence
    return f"{sentence}, {float(others.sel(scenario=best)):.0%} under {best}"


def care(dataset: xr.Dataset) -> str:
    """Which care function reaches the smallest share of those it could, for want of capacity."""
    reach = yearly(known("reach"), dataset, ("care_function",)).isel(year=-1)
    reference, *policies = names(dataset)
    own = reach.sel(scenario=reference)
    least = str(own["care_function"].to_numpy()[int(own.to_numpy().argmin())])
    sentence = (
        f"{capital(least)} reaches the smallest share of the people eligible for it, "
        f"{thousands(100 * float(own.sel(care_function=least)), 2)}% in {int(own['year'])}"
    )
    if not policies:
        return sentence
    under = largest_caseload(dataset)[-1]
    same = float(reach.sel(care_function=least, scenario=under))
    return f"{sentence}, and {thousands(100 * same, 2)}% under {under}"


def places(dataset: xr.Dataset) -> str:
    """Where maturity is highest and lowest."""
    own = yearly(known("maturity"), dataset, ("place",)).sel(scenario=names(dataset)[0])
    own = own.isel(year=-1)
    order = own.sortby(own)["place"].to_numpy()
    return (
        f"{order[-1]} is the most mature in place-based working in {int(own['year'])}, {order[0]} "
        "the least"
    )


def money(dataset: xr.Dataset) -> str:
    """Whether any policy pays for itself, and which comes nearest."""
    back = yearly(known("return_on_investment"), dataset).isel(year=-1)
    told = {name: float(back.sel(scenario=name)) for name in names(dataset)[1:]}
    told = {name: value for name, value in told.items() if not math.isnan(value)}
    year = int(back["year"])
    if not told:
        return f"No policy has spent anything by {year}"
    best = max(told, key=lambda name: told[name])
    paid = [name for name, value in told.items() if value >= 0]
    if paid:
        return f"{capital(listed(paid))} pays for itself in money by {year}"
    return (
        f"No policy has paid for itself in money by {year}; {best} comes nearest, giving back "
        f"{1 + told[best]:.0%} of what it costs"
    )


def trade_off(dataset: xr.Dataset) -> str:
    """Which policy frees most bed-days, and at what net cost."""
    days = yearly(known("bed_days_needed"), dataset, ())
    cost = yearly(known("net_cost"), dataset).isel(year=-1)
    year = last_year(dataset)
    best, most = largest(days, year, lowest=True)
    net = float(cost.sel(scenario=best)) / 1e6
    if most >= 0:
        return f"No policy lowers the bed-days that patients need in {year}"
    return (
        f"{capital(best)} spares most bed-days in {year} ({thousands(-most)}), at a net cost of "
        f"\N{POUND SIGN}{thousands(net)} million since 2019"
    )

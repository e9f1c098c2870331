"""The facts that a figure's alt text tells, computed from the numbers that are drawn.

In: the Dataset of a run or comparison. Out: sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcare.measures.catalogue import yearly
from localcare.measures.summary import HEADLINE, headline, last_year
from localcare.measures.unfilled import unfilled
from localcare.present.declared import known
from localcare.present.findings import capital, headline_changes, listed, names, thousands

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["beds", "comparison", "empty_posts", "frailty", "workforce"]

FRAIL = "people_with_moderate_or_severe_frailty"


def comparison(dataset: xr.Dataset) -> str:
    """Every headline measure: the baseline's level, and each policy's change."""
    year = last_year(dataset)
    table = headline(dataset, year)
    changes, reference = headline_changes(table), table[names(dataset)[0]]
    parts = [
        f"{known(name).title} in {year}: {names(dataset)[0]} {reference[name]:,.0f}"
        + "".join(f", {policy} {moved[name]:+,.0f}" for policy, moved in changes.items())
        for name in HEADLINE
    ]
    return ". ".join(parts) + "."


def frailty(dataset: xr.Dataset) -> str:
    """People by state in the last year, and each policy's change."""
    people = yearly(known("people_by_frailty"), dataset, ("frailty",))
    heavy = yearly(known(FRAIL), dataset, ())
    reference, *policies = names(dataset)
    last = last_year(dataset)
    at = people.sel(scenario=reference, year=last)
    told = ", ".join(f"{float(at.sel(frailty=s)):,.0f} {s}" for s in ("mild", "moderate", "severe"))
    ends = heavy.sel(year=last) - heavy.sel(year=last, scenario=reference)
    moved = ", ".join(f"{name} {float(ends.sel(scenario=name)):+,.0f}" for name in policies)
    return (
        f"In the {reference} in {last} there are {told}. Change in people with moderate or severe "
        f"frailty in {last}: {moved or 'no policy compared'}."
    )


def beds(dataset: xr.Dataset) -> str:
    """Beds needed and open in the last year, by scenario."""
    need, have = (
        yearly(known(name), dataset, ()).isel(year=-1) for name in ("beds_needed", "beds_open")
    )
    each = ", ".join(
        f"{name}: {float(need.sel(scenario=name)):,.0f} needed, "
        f"{float(have.sel(scenario=name)):,.0f} open"
        for name in names(dataset)
    )
    return f"Kent and Medway, mean of {int(need['year'])}: {each}."


def workforce(dataset: xr.Dataset) -> str:
    """Staff in post and needed in the last year, by scenario and layer."""
    post = yearly(known("staff_in_post_by_layer"), dataset)
    need = yearly(known("staff_needed_by_layer"), dataset)
    last = last_year(dataset)
    at = [
        f"{name} scenario, {layer} care: "
        f"{float(post.sel(scenario=name, year=last, layer=layer)):,.0f} in post, "
        f"{float(need.sel(scenario=name, year=last, layer=layer)):,.0f} needed"
        for name in names(dataset)
        for layer in map(str, post["layer"].to_numpy())
    ]
    return f"In {last}, full-time equivalents: {'; '.join(at)}."


def empty_posts(dataset: xr.Dataset) -> str:
    """Which scenarios cost less for want of staff alone; nothing where none does."""
    found = unfilled(dataset)
    if not found:
        return ""
    posts = listed([thousands(each) for each in found.values()])
    verbs = "buys nothing and costs" if len(found) == 1 else "buy nothing and cost"
    return (
        f"{capital(listed(list(found)))} {verbs} less only as {posts} more posts stay empty: money "
        "not spent on care not given, which is no saving."
    )

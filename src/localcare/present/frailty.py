"""Figure: frailty stocks over time by state, and what each policy changes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcare.measures.periods import by_year, monthly
from localcare.present.findings import change, largest, names, policy_starts
from localcare.present.style import BLUE, GREY, PALETTE, Drawing, folded, frame, mark, new_figure

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw"]

STATES = ("mild", "moderate", "severe")
COLOURS = dict(zip(STATES, (PALETTE[1], PALETTE[0], PALETTE[2]), strict=True))


def draw(dataset: xr.Dataset, caption: str) -> Drawing:
    """Above: people by frailty state in the baseline. Below, one panel a policy on shared axes: the
    change from baseline in people with mild, and with moderate or severe, frailty."""
    import pandas as pd

    people = monthly(dataset["people_by_place_and_frailty"], dataset).sum("place")
    yearly = by_year(people).sel(frailty=list(STATES))
    heavy = yearly.sel(frailty=["moderate", "severe"]).sum("frailty")
    years = yearly["year"].to_numpy()
    last = int(years[-1])
    policies = [name for name in names(dataset) if name != "baseline"]

    figure, axes = new_figure(
        2,
        max(len(policies), 1),
        title=_finding(heavy, int(years[0]), last, bool(policies)),
        caption=caption,
        sharex=True,
    )
    grid = axes[0, 0].get_gridspec()
    for panel in axes[0]:
        panel.remove()
    top = figure.add_subplot(grid[0, :])
    for state in STATES:
        line = yearly.sel(scenario="baseline", frailty=state).to_numpy() / 1000
        top.plot(years, line, color=COLOURS[state])
        top.annotate(
            f"{state} {line[-1]:,.0f}",
            (years[-1], line[-1]),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=COLOURS[state],
            fontweight="bold",
            annotation_clip=False,
        )
    top.set_title("Baseline: people by frailty, thousands, mean of each year")
    top.set_xlim(years[0], years[-1] + 1.1)
    top.set_xticks(years)
    frame(top, zero=True)

    starts = policy_starts(dataset)
    rows = []
    differences = yearly - yearly.sel(scenario="baseline")
    low = heavy - heavy.sel(scenario="baseline")
    limit = 1.1 * max(float(abs(differences.sel(frailty="mild")).max()), float(abs(low).max()), 1.0)
    for panel, policy in zip(axes[1], policies, strict=False):
        mark(panel, [starts[policy]] if policy in starts else [])
        panel.axhline(0, color=GREY, linewidth=0.9)
        mild = differences.sel(scenario=policy, frailty="mild").to_numpy()
        panel.plot(years, mild, color=COLOURS["mild"], linestyle="--", label="mild")
        strong = low.sel(scenario=policy).to_numpy()
        panel.plot(years, strong, color=BLUE, label="moderate or severe")
        panel.set_title(folded(policy, len(policies)))
        panel.set_ylim(-limit, limit)
        panel.set_xticks([int(years[0]), 2026, last])
        frame(panel)
        if panel is not axes[1, 0]:
            panel.set_yticklabels([])
    if policies:
        axes[1, 0].set_ylabel("change from baseline, people")
        axes[1, 0].legend(loc="upper left", frameon=False, fontsize=8)
    for name in names(dataset):
        for state in STATES:
            series = yearly.sel(scenario=name, frailty=state).to_numpy()
            rows += [(name, state, int(y), float(v)) for y, v in zip(years, series, strict=True)]
    numbers = pd.DataFrame(rows, columns=["scenario", "frailty", "year", "people"])
    return Drawing("frailty", figure, numbers, _alt(yearly, heavy, policies, last))


def _finding(heavy: xr.DataArray, first: int, last: int, compared: bool) -> str:
    base = heavy.sel(scenario="baseline")
    growth = float(base.sel(year=last) / base.sel(year=first)) - 1
    sentence = (
        f"People with moderate or severe frailty {'rise' if growth > 0 else 'fall'} "
        f"{abs(growth):.0%} from {first} to {last}"
    )
    if not compared:
        return sentence
    best, most = largest(heavy, last, lowest=True)
    share = -most / float(base.sel(year=last))
    if share < 0.0005:
        return f"{sentence}; no policy lowers them"
    return f"{sentence}; {best}, which lowers them most, does so by {share:.1%}"


def _alt(yearly: xr.DataArray, heavy: xr.DataArray, policies: list[str], last: int) -> str:
    base = yearly.sel(scenario="baseline", year=last)
    levels = ", ".join(f"{float(base.sel(frailty=s)):,.0f} {s}" for s in STATES)
    moved = ", ".join(f"{p} {change(heavy, p, last):+,.0f}" for p in policies)
    return (
        f"Line charts of people by frailty state in Kent and Medway. In the baseline in {last} "
        f"there are {levels}. Change in people with moderate or severe frailty against baseline "
        f"in {last}: {moved or 'no policy compared'}."
    )

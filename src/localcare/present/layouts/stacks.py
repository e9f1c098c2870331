"""Layouts: parts of a whole over time, stacked by place, and levels with each policy's change."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import yearly
from localcare.present.declared import known
from localcare.present.findings import names, policy_starts
from localcare.present.layouts.axes import numbers_of
from localcare.present.style import BLUE, GREY, PALETTE, folded, frame, mark, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LevelsAndChanges", "StackedPlaces"]

STATES = ("mild", "moderate", "severe")
COLOURS = dict(zip(STATES, (PALETTE[1], PALETTE[0], PALETTE[2]), strict=True))
#: What the key says of the panels of policies.
BELOW: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "linewidth": 2.6, "label": "below: moderate or severe"},
    {"color": GREY, "linestyle": ":", "label": "policy starts"},
)
#: Panels of places in a row.
ACROSS = 5
#: Panels of policies in a row.
ABREAST = 5


@dataclass(frozen=True)
class StackedPlaces:
    """People by frailty as a share of those who live in a place, in the baseline: a panel a place,
    states stacked from severe up, the places with the largest share first."""

    measure: str = "people_by_frailty"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measure it shows."""
        return (self.measure,)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, place, state and year."""
        people = yearly(known(self.measure), dataset)
        share = people / people.sum("frailty")
        shown = share.sel(scenario=names(dataset)[0], frailty=list(STATES)) * 100
        years = shown["year"].to_numpy()
        totals = shown.isel(year=-1).sum("frailty")
        places = [str(name) for name in totals.sortby(totals, ascending=False)["place"].to_numpy()]
        rows, highest = -(-len(places) // ACROSS), 1.2 * float(shown.sum("frailty").max())
        figure, axes = new_figure(
            rows, ACROSS, title=title, caption=caption, sharex=True, sharey=True,
            key=tuple(
                {"marker": "s", "linestyle": "", "markersize": 8, "color": COLOURS[state],
                 "label": state}
                for state in STATES
            ),
        )  # fmt: skip
        for panel, place in zip(axes.flat, places, strict=False):
            _stack(panel, years, shown.sel(place=place), place, highest)
        for panel in axes.flat[len(places) :]:
            panel.remove()
        for row in axes[:, 0]:
            row.set_ylabel("% of residents", fontsize=8)
        for index, panel in enumerate(axes.flat):
            if index + ACROSS >= len(places) and index < len(places):
                panel.tick_params(labelbottom=True)
        return figure, numbers_of({self.measure: people, "share_of_residents": share})


def _stack(panel: Axes, years: Any, shares: xr.DataArray, place: str, highest: float) -> None:
    base = np.zeros(len(years))
    for state in reversed(STATES):
        top = base + shares.sel(frailty=state).to_numpy()
        panel.fill_between(years, base, top, color=COLOURS[state], linewidth=0)
        panel.plot(years, top, color="white", linewidth=0.8)
        base = top
    panel.set_title(place, fontsize=8.5)
    panel.annotate(
        f"{base[-1]:.0f}%", (years[-1], base[-1]), xytext=(0, 3), textcoords="offset points",
        ha="right", va="bottom", fontsize=8, fontweight="bold",
    )  # fmt: skip
    panel.set_xlim(years[0], years[-1])
    panel.set_xticks([2020, int(years[-1])])
    frame(panel, zero=True)
    panel.set_ylim(top=highest)


@dataclass(frozen=True)
class LevelsAndChanges:
    """Above: people by state of frailty in the baseline. Below, a panel a policy on shared axes:
    its change from baseline in people with mild, and with moderate or severe, frailty."""

    measure: str = "people_by_frailty"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measure it shows."""
        return (self.measure,)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, state and year."""
        people = yearly(known(self.measure), dataset, ("frailty",)).sel(frailty=list(STATES))
        reference, *policies = names(dataset)
        years = people["year"].to_numpy()
        rows = -(-len(policies) // ABREAST)
        across = max(min(len(policies), ABREAST), 1)
        figure, axes = new_figure(
            1 + rows, across, title=title, caption=caption, sharex=True,
            key=(
                {"color": COLOURS["mild"], "linestyle": "--", "label": "mild: at risk"},
                {"color": COLOURS["moderate"], "label": "moderate"},
                {"color": COLOURS["severe"], "label": "severe"},
                *(BELOW if policies else ()),
            ),
        )  # fmt: skip
        grid = axes[0, 0].get_gridspec()
        for panel in axes[0]:
            panel.remove()
        top = figure.add_subplot(grid[0, :])
        _levels(top, years, people.sel(scenario=reference), reference)
        changes = people - people.sel(scenario=reference)
        heavy = changes.sel(frailty=["moderate", "severe"]).sum("frailty")
        mild = changes.sel(frailty="mild")
        limit = 1.1 * max(float(abs(mild).max()), float(abs(heavy).max()), 1.0)
        starts = policy_starts(dataset)
        panels = list(axes[1:].flat)
        for panel, policy in zip(panels, policies, strict=False):
            mark(panel, [starts[policy]] if policy in starts else [])
            panel.axhline(0, color=GREY, linewidth=0.9)
            look = {"color": COLOURS["mild"], "linestyle": "--"}
            panel.plot(years, mild.sel(scenario=policy).to_numpy(), **look)
            panel.plot(years, heavy.sel(scenario=policy).to_numpy(), color=BLUE, linewidth=2.2)
            panel.set_title(folded(policy, across))
            panel.set_ylim(-limit, limit)
            panel.set_xticks([int(years[0]), 2026, int(years[-1])])
            frame(panel)
            if panel not in axes[:, 0]:
                panel.set_yticklabels([])
            if panels.index(panel) + ABREAST >= len(policies):
                panel.tick_params(labelbottom=True)
        for panel in panels[len(policies) :]:
            panel.remove()
        for panel in axes[1:, 0]:
            panel.set_ylabel(textwrap.fill("change from baseline, people", 20), fontsize=8)
        return figure, numbers_of({"people": people})


def _levels(top: Axes, years: Any, people: xr.DataArray, reference: str) -> None:
    for state in STATES:
        line = people.sel(frailty=state).to_numpy() / 1000
        dashes = "--" if state == "mild" else "-"
        top.plot(years, line, color=COLOURS[state], linestyle=dashes)
        top.annotate(
            f"{state} {line[-1]:,.0f}", (years[-1], line[-1]), xytext=(5, 0),
            textcoords="offset points", va="center", color=COLOURS[state], fontweight="bold",
            annotation_clip=False,
        )  # fmt: skip
    head = reference[:1].upper() + reference[1:]
    top.set_title(f"{head}: people by frailty, thousands, mean of each year")
    top.set_xlim(years[0], years[-1] + 1.3)
    top.set_xticks(years)
    frame(top, zero=True)

"""Layouts: what there is beside what is needed, a dot and a ring on one line."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcare.measures.catalogue import yearly
from localcare.present.declared import known, largest_caseload
from localcare.present.findings import names, signed, thousands
from localcare.present.layouts.axes import numbers_of
from localcare.present.style import BLUE, GREY, LIGHT, ORANGE, folded, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ReachAndCapacity", "StaffByLayer"]

RING = {
    "color": ORANGE,
    "marker": "o",
    "markersize": 9,
    "fillstyle": "none",
    "markeredgewidth": 1.8,
}


@dataclass(frozen=True)
class StaffByLayer:
    """A panel a layer; a row a scenario in the last year, under the baseline of the first: a dot
    for staff in post, a ring for staff needed, the gap written beside."""

    post: str = "staff_in_post_by_layer"
    need: str = "staff_needed_by_layer"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it shows."""
        return (self.post, self.need)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, layer and year."""
        post, need = yearly(known(self.post), dataset), yearly(known(self.need), dataset)
        years = post["year"].to_numpy()
        scenarios = names(dataset)
        rows = [(scenarios[0], int(years[0])), *((name, int(years[-1])) for name in scenarios)]
        figure, axes = new_figure(
            2, 2, title=title, caption=caption,
            size=(11.0, 4.4 + 0.37 * len(rows)),
            key=(
                {"color": BLUE, "marker": "o", "linestyle": "", "label": "in post"},
                {**RING, "linestyle": "", "label": "needed"},
            ),
            sharey=True,
        )  # fmt: skip
        sides = [folded(f"{name} {year}", 2) for name, year in rows]
        for panel, layer in zip(axes.flat, post["layer"].to_numpy(), strict=False):
            pairs = [
                (float(post.sel(scenario=name, year=year, layer=layer)),
                 float(need.sel(scenario=name, year=year, layer=layer)))
                for name, year in rows
            ]  # fmt: skip
            _pairs(panel, pairs, sides, [signed(have - want) for have, want in pairs])
            panel.set_title(f"{str(layer).capitalize()} care")
            panel.set_xlabel("full-time equivalents")
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        return figure, numbers_of({"staff_in_post": post, "staff_needed": need})


@dataclass(frozen=True)
class ReachAndCapacity:
    """A row a care function: the share of eligible people on its caseload (dot) and the share that
    staff and places allow (ring), in the last year; a panel for the baseline and one for the
    policy with the largest caseload."""

    reach: str = "reach"
    capacity: str = "staffed_reach"
    caseload: str = "caseload"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it shows."""
        return (self.reach, self.capacity, self.caseload)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, care function and year."""
        kept = ("care_function",)
        values = {name: yearly(known(name), dataset, kept) for name in self.measures}
        reach, capacity = (100 * values[name].isel(year=-1) for name in self.measures[:2])
        functions = [str(each) for each in reach["care_function"].to_numpy()]
        shown = largest_caseload(dataset)
        year = int(values[self.reach]["year"][-1])
        figure, axes = new_figure(
            1, len(shown), title=title, caption=caption, sharex=True, sharey=True,
            size=(11.0, 2.6 + 0.36 * len(functions)),
            key=(
                {"color": BLUE, "marker": "o", "linestyle": "", "label": "on the caseload"},
                {**RING, "linestyle": "", "label": "staff and places would allow"},
            ),
        )  # fmt: skip
        for panel, scenario in zip(axes[0], shown, strict=True):
            have, could = reach.sel(scenario=scenario), capacity.sel(scenario=scenario)
            pairs = [
                (float(have.sel(care_function=each)), float(could.sel(care_function=each)))
                for each in functions
            ]
            _pairs(panel, pairs, functions, [f"{thousands(one, 2)}%" for one, _ in pairs])
            panel.set_title(folded(f"{scenario}, {year}", len(shown)))
            panel.set_xlabel("% of eligible people")
        widest = max(
            float(reach.sel(scenario=shown).max()), float(capacity.sel(scenario=shown).max())
        )
        axes[0, 0].set_xlim(-0.02 * widest, widest * 1.18)
        return figure, numbers_of(values)


def _pairs(
    panel: Axes, pairs: Sequence[tuple[float, float]], sides: Sequence[str], words: Sequence[str]
) -> None:
    """Dots and rings from the top down, with words to their right."""
    heights: list[Any] = list(range(len(pairs)))[::-1]
    largest = 0.0
    for height, (have, want), text in zip(heights, pairs, words, strict=True):
        largest = max(largest, have, want)
        panel.plot([have, want], [height, height], color=LIGHT, linewidth=3, zorder=1)
        panel.plot(have, height, "o", color=BLUE, markersize=7, zorder=3)
        panel.plot(want, height, zorder=2, **RING)  # type: ignore[arg-type]
        panel.annotate(
            text, (max(have, want), height), xytext=(9, 0), textcoords="offset points",
            va="center", fontsize=8, color=GREY,
        )  # fmt: skip
    panel.set_yticks(heights, [textwrap.fill(each, 40) for each in sides])
    panel.tick_params(axis="y", labelsize=7.5)
    panel.grid(axis="x")
    panel.grid(visible=False, axis="y")
    panel.set_ylim(-0.6, len(pairs) - 0.4)
    panel.set_xlim(0, largest * 1.18 + 1)

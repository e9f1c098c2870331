"""Layout: a table whose cells are tinted by how far they depart from the baseline.

Every cell says its number, with its sign; the tint repeats it, so that no reader depends on colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import Measure, yearly
from localcare.measures.summary import last_year
from localcare.measures.unfilled import COSTS, unfilled
from localcare.present.declared import known
from localcare.present.findings import names, signed, thousands
from localcare.present.layouts.axes import in_words, judged, numbers_of, scaled_number
from localcare.present.style import BLUE, GREY, ORANGE, folded, new_figure, tinted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Group", "Overview", "RoleGaps"]

#: The share of a colour in the darkest cell: grey text on it keeps a contrast above 4.5.
DARKEST = 0.45
#: A smaller share of the baseline's level than this is told as no change.
SMALLEST = 0.0005


@dataclass(frozen=True)
class Group:
    """Columns under one head, each a measure and a short name for it: of one layer where the
    measure is told by layer, else of Kent and Medway."""

    head: str
    columns: tuple[tuple[str, str], ...]
    layer: str = ""


@dataclass(frozen=True)
class Overview:
    """A row a scenario, a group of columns a layer of care: the baseline's level in the last year,
    every policy's change from it."""

    groups: tuple[Group, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of all groups."""
        return tuple(dict.fromkeys(name for group in self.groups for name, _ in group.columns))

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, layer and measure."""
        import pandas as pd

        year = last_year(dataset)
        scenarios = names(dataset)
        columns = [(group, known(name)) for group in self.groups for name, _ in group.columns]
        short = [words for group in self.groups for _, words in group.columns]
        levels = np.array(
            [
                [float(_whole(dataset, group, measure.name, year).sel(scenario=each))
                 for group, measure in columns]
                for each in scenarios
            ]
        )  # fmt: skip
        height = 3.0 + 0.42 * len(scenarios)
        figure, axes = new_figure(
            1, 1, title=title, caption=caption, size=(11.0, height),
            key=(
                {"marker": "s", "linestyle": "", "markersize": 8, "color": tinted(BLUE, DARKEST),
                 "label": "better than baseline"},
                {"marker": "s", "linestyle": "", "markersize": 8, "color": tinted(ORANGE, DARKEST),
                 "label": "worse (deeper tint: larger beside the others of its column)"},
            ),
        )  # fmt: skip
        panel = axes[0, 0]
        changes, empty = levels - levels[0], unfilled(dataset)
        largest = np.abs(changes).max(axis=0)
        for row in range(len(scenarios)):
            for column, (_, measure) in enumerate(columns):
                change = changes[row, column]
                share = abs(change) / largest[column] if largest[column] else 0.0
                neither = measure.name in COSTS and scenarios[row] in empty
                colour = GREY if neither else judged(measure, change)
                fill = tinted(colour, DARKEST * share) if row else "#F2F2F2"
                text = _told(measure, levels[0, column], change if row else None)
                _cell(panel, row, column, text, fill)
        sides = [f"{scenarios[0]}, {year}", *scenarios[1:]]
        heads = [
            f"{textwrap.fill(words, 13)}\n{textwrap.fill(in_words(measure), 13)}"
            for words, (_, measure) in zip(short, columns, strict=True)
        ]
        _frame(panel, sides, heads)
        start = 0
        for group in self.groups:
            middle = start + (len(group.columns) - 1) / 2
            panel.annotate(
                group.head, (middle, -0.5), xytext=(0, 50), textcoords="offset points",
                ha="center", va="bottom", fontweight="bold", fontsize=9.5, color=BLUE,
                annotation_clip=False,
            )  # fmt: skip
            start += len(group.columns)
            if start < len(columns):
                panel.axvline(start - 0.5, color=GREY, linewidth=1.2)
        rows = [
            (scenario, group.head, measure.name, year, levels[row, column], changes[row, column],
             measure.units)
            for row, scenario in enumerate(scenarios)
            for column, (group, measure) in enumerate(columns)
        ]  # fmt: skip
        heads_of = ["scenario", "layer", "measure", "year", "value", "change", "units"]
        return figure, pd.DataFrame(rows, columns=heads_of)


@dataclass(frozen=True)
class RoleGaps:
    """A row a role, a column a scenario: staff needed less staff in post, as a share of those
    needed, with the full-time equivalents beside."""

    gap: str = "staffing_gap"
    share: str = "staffing_gap_share"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it shows."""
        return (self.gap, self.share)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, role and year."""
        gap, share = yearly(known(self.gap), dataset), yearly(known(self.share), dataset)
        years = gap["year"].to_numpy()
        first, last = int(years[0]), int(years[-1])
        scenarios = names(dataset)
        columns = [(scenarios[0], first), *((name, last) for name in scenarios)]
        roles = [str(role) for role in gap["role"].to_numpy()]
        figure, axes = new_figure(
            1, 1, title=title, caption=caption, size=(11.0, 2.4 + 0.42 * len(roles)),
            key=(
                {"marker": "s", "linestyle": "", "markersize": 8, "color": tinted(ORANGE, DARKEST),
                 "label": "posts short"},
                {"marker": "s", "linestyle": "", "markersize": 8, "color": tinted(BLUE, DARKEST),
                 "label": "posts to spare (deeper tint: larger share of staff needed)"},
            ),
        )  # fmt: skip
        panel = axes[0, 0]
        deepest = float(np.nanmax(np.abs(share.sel(year=[first, last])))) or 1.0
        for column, (scenario, year) in enumerate(columns):
            for row, role in enumerate(roles):
                at = {"scenario": scenario, "year": year, "role": role}
                part, posts = float(share.sel(at)), float(gap.sel(at))
                colour = ORANGE if part > 0 else BLUE
                text = f"{part:.0%}  ({posts:,.0f})".replace("-", "\N{MINUS SIGN}")
                _cell(panel, row, column, text, tinted(colour, DARKEST * abs(part) / deepest))
        heads = [f"{folded(name, len(columns))}\n{year}" for name, year in columns]
        _frame(panel, roles, heads)
        return figure, numbers_of({self.gap: gap, self.share: share})


def _whole(dataset: xr.Dataset, group: Group, name: str, year: int) -> xr.DataArray:
    measure = known(name)
    if group.layer:
        by_layer = yearly(measure, dataset, ("layer",)).sel(year=year)
        if "layer" in by_layer.dims:
            return by_layer.sel(layer=group.layer)
        return by_layer
    return yearly(measure, dataset, ()).sel(year=year)


def _told(measure: Measure, level: float, change: float | None) -> str:
    """A level, or a change from it; 0 where it is less than `SMALLEST` of the level."""
    if change is None:
        return thousands(scaled_number(measure, level), 4)
    return signed(scaled_number(measure, change)) if abs(change) >= SMALLEST * abs(level) else "0"


def _cell(panel: Axes, row: int, column: int, text: str, fill: str) -> None:
    from matplotlib.patches import Rectangle

    box: Any = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill, edgecolor="white")
    panel.add_patch(box)
    panel.text(column, row, text, ha="center", va="center", fontsize=8, color="#1A1A1A")


def _frame(panel: Axes, sides: Sequence[str], heads: Sequence[str]) -> None:
    panel.set_xlim(-0.5, len(heads) - 0.5)
    panel.set_ylim(len(sides) - 0.5, -0.5)
    panel.set_xticks(range(len(heads)), heads, fontsize=7.5)
    panel.set_yticks(range(len(sides)), [folded(each, 3) for each in sides], fontsize=8)
    panel.xaxis.tick_top()
    panel.tick_params(length=0)
    panel.grid(visible=False)
    for side in panel.spines.values():
        side.set_visible(False)

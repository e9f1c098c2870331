"""Layout: a tile for each of the 13 places, laid out roughly as they lie in Kent and Medway."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import Measure, yearly
from localcare.present.declared import known
from localcare.present.findings import names, thousands
from localcare.present.layouts.axes import in_words, numbers_of, scaled
from localcare.present.style import BLUE, folded, new_figure, tinted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Tiles"]

#: Column and row of each place's tile, north at the top; tiles keep neighbours, not distances.
TILES: Mapping[str, tuple[int, int]] = {
    "Dartford": (0, 0),
    "Gravesham": (1, 0),
    "Medway": (2, 0),
    "Swale": (3, 0),
    "Canterbury": (4, 0),
    "Thanet": (5, 0),
    "Sevenoaks": (0, 1),
    "Tonbridge and Malling": (1, 1),
    "Maidstone": (2, 1),
    "Ashford": (3, 1),
    "Folkestone and Hythe": (4, 1),
    "Dover": (5, 1),
    "Tunbridge Wells": (1, 2),
}
#: The tints of the lowest and the highest tile: dark text reads on both.
PALEST, DARKEST = 0.04, 0.45


@dataclass(frozen=True)
class Tiles:
    """A row a measure, three maps on one scale: the baseline in the first and the last year, and in
    the last year the policy that moves the measure most. Places that the tiles do not know stand
    in rows below."""

    measures: tuple[str, ...]

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, place and year."""
        values = {name: yearly(known(name), dataset, ("place",)) for name in self.measures}
        shown = {name: _maps(dataset, known(name), values[name]) for name in self.measures}
        across = max(len(each) for each in shown.values())
        size = (11.0, 1.5 + 2.5 * len(self.measures))
        figure, axes = new_figure(
            len(self.measures), across, title=title, caption=caption, size=size
        )
        for row, (name, maps) in zip(axes, shown.items(), strict=True):
            every = np.concatenate([each.to_numpy() for _, each in maps])
            low, high = float(every.min()), float(every.max())
            for panel, (head, each) in zip(row, maps, strict=False):
                _map(panel, each, low, high)
                panel.set_title(folded(head, across + 1), fontsize=8.5)
            for panel in row[len(maps) :]:
                panel.remove()
            unit = in_words(known(name))
            words = textwrap.fill(f"{known(name).title}{f', {unit}' if unit else ''}", 24)
            row[0].set_ylabel(words, fontsize=8.5, fontweight="bold")
        return figure, numbers_of(values)


def _maps(
    dataset: xr.Dataset, measure: Measure, values: xr.DataArray
) -> Sequence[tuple[str, xr.DataArray]]:
    reference, *policies = names(dataset)
    own = scaled(measure, values)
    years = own["year"].to_numpy()
    maps = [
        (f"{reference}, {year}", own.sel(scenario=reference, year=year))
        for year in (int(years[0]), int(years[-1]))
    ]
    if policies:
        ends = own.isel(year=-1)
        moved = abs(ends - ends.sel(scenario=reference)).sum("place")
        most = max(policies, key=lambda name: float(moved.sel(scenario=name)))
        maps.append((f"{most}, {int(years[-1])}", ends.sel(scenario=most)))
    return maps


def _map(panel: Axes, values: xr.DataArray, low: float, high: float) -> None:
    from matplotlib.patches import Rectangle

    spots = _spots([str(name) for name in values["place"].to_numpy()])
    for place, (column, row) in spots.items():
        value = float(values.sel(place=place))
        share = (value - low) / (high - low) if high > low else 0.5
        fill = tinted(BLUE, PALEST + (DARKEST - PALEST) * share)
        box: Any = Rectangle((column, row), 0.96, 0.92, facecolor=fill, edgecolor="#707070")
        panel.add_patch(box)
        words = textwrap.fill(_short(place), 9, break_long_words=False)
        panel.text(column + 0.48, row + 0.34, words, ha="center", va="center", fontsize=5.6)
        panel.text(
            column + 0.48, row + 0.74, thousands(value, 3), ha="center", va="center",
            fontsize=7.5, fontweight="bold",
        )  # fmt: skip
    panel.set_xlim(-0.05, max(column for column, _ in spots.values()) + 1.05)
    panel.set_ylim(max(row for _, row in spots.values()) + 1.05, -0.05)
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(visible=False)
    for side in panel.spines.values():
        side.set_visible(False)


def _spots(places: Sequence[str]) -> dict[str, tuple[int, int]]:
    """A tile for every place; those that are not ours fill rows of six below."""
    spots = {place: TILES[place] for place in places if place in TILES}
    below = 1 + max((row for _, row in spots.values()), default=-1)
    others = [place for place in places if place not in TILES]
    return spots | {place: (i % 6, below + i // 6) for i, place in enumerate(others)}


def _short(place: str) -> str:
    return place.replace(" and ", " & ")

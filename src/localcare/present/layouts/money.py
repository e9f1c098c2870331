"""Layouts: what policies cost and bring back, and what their money buys in bed-days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import yearly
from localcare.measures.unfilled import unfilled
from localcare.present.declared import known
from localcare.present.findings import names, signed, thousands
from localcare.present.layouts.axes import in_words, numbers_of, scaled
from localcare.present.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    PALETTE,
    folded,
    frame,
    new_figure,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CostAndReturn", "TradeOff"]

LAYERS = ("primary", "neighbourhood", "intermediate", "acute")
COLOURS = dict(zip(LAYERS, (PALETTE[1], PALETTE[0], PALETTE[2], PALETTE[3]), strict=True))
MILLION = 1e6
#: Millions that are told as none.
LEAST = 0.05
#: What lower cost is called where posts stay empty.
EMPTY = "not spent, as posts stay empty"


@dataclass(frozen=True)
class CostAndReturn:
    """Left: running cost by layer in the baseline, by year. Middle: what each policy spends, saves
    and costs net by the last year, discounted. Right: return on investment, with the payback
    year."""

    cost: str = "running_cost"
    money: tuple[str, ...] = ("policy_spend", "savings", "net_cost")
    back: str = "return_on_investment"
    payback: str = "payback_year"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it shows."""
        return (self.cost, *self.money, self.back, self.payback)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario and year with the money measures."""
        policies, empty = names(dataset)[1:], unfilled(dataset)
        figure, axes = new_figure(
            1, 3, title=title, caption=caption, size=(11.0, 3.6 + 0.42 * len(policies)),
            key=(
                {"marker": "s", "linestyle": "", "color": ORANGE, "label": "policy spend"},
                {"marker": "s", "linestyle": "", "color": BLUE, "label": "savings"},
                {"marker": "D", "linestyle": "", "color": GREY, "label": "net cost"},
                *([{"marker": "s", "linestyle": "", "color": LIGHT, "label": EMPTY}] if empty
                  else []),
            ),
            width_ratios=(1.0, 1.15, 0.85),
        )  # fmt: skip
        _layers(axes[0, 0], yearly(known(self.cost), dataset), names(dataset)[0])
        ends = {
            name: yearly(known(name), dataset).isel(year=-1).sel(scenario=policies)
            for name in (*self.money, self.back, self.payback)
        }
        year = int(ends[self.back]["year"])
        heights = np.arange(len(policies))[::-1]
        spend, saved, net = (ends[name].to_numpy() / MILLION for name in self.money)
        colours = [LIGHT if name in empty else BLUE for name in policies]
        _spending(axes[0, 1], heights, policies, (spend, saved, net), colours)
        axes[0, 1].set_title(f"By the end of {year}, £ million, discounted")
        panel = axes[0, 2]
        told = 100 * ends[self.back].to_numpy()
        back = np.nan_to_num(told)
        panel.barh(heights, back, height=0.55, color=[BLUE if x >= 0 else ORANGE for x in back])
        panel.axvline(0, color=GREY, linewidth=0.9)
        for height, share, paid in zip(heights, told, ends[self.payback].to_numpy(), strict=True):
            if np.isnan(share):
                _word(panel, 0.0, height, "spends nothing", left=True)
                continue
            when = "not paid back" if np.isnan(paid) else f"paid back {paid:.0f}"
            _word(panel, share, height, f"{signed(float(share))}%, {when}")
        reach = max(float(np.nanmax(np.abs(back), initial=1.0)), 1.0)
        ends_at = (2.6 if (back < 0).any() else 0.0, 2.6 if (back > 0).any() else 0.1)
        panel.set_xlim(-ends_at[0] * reach, ends_at[1] * reach)
        panel.set_yticks(heights, [""] * len(policies))
        panel.set_ylim(axes[0, 1].get_ylim())
        panel.set_title("Return on investment, %")
        panel.grid(visible=False)
        table = {name: yearly(known(name), dataset) for name in ends}
        return figure, numbers_of(table)


def _layers(panel: Axes, cost: xr.DataArray, reference: str) -> None:
    shown = cost.sel(scenario=reference) / MILLION
    years = shown["year"].to_numpy()
    base = np.zeros(len(years))
    for layer in LAYERS:
        top = base + shown.sel(layer=layer).to_numpy()
        panel.fill_between(years, base, top, color=COLOURS[layer], linewidth=0)
        panel.plot(years, top, color="white", linewidth=0.8)
        colour = "black" if layer == "acute" else "white"
        words = f"{layer} {thousands(float(shown.sel(layer=layer)[-1]))}"
        panel.text(
            years[0] + 0.3, (base[0] + top[0]) / 2, words, color=colour,
            va="center", fontsize=8.5, fontweight="bold",
        )  # fmt: skip
        base = top
    panel.set_title(
        f"Running cost in the {reference},\n£ million a year ({int(years[-1])} written)"
    )
    panel.set_xlim(years[0], years[-1])
    panel.set_xticks([int(years[0]), 2025, int(years[-1])])
    frame(panel, zero=True)


def _spending(
    panel: Axes, heights: Any, policies: Sequence[str], money: tuple[Any, Any, Any],
    colours: Sequence[str],
) -> None:  # fmt: skip
    spend, saved, net = money
    panel.barh(heights + 0.19, spend, height=0.34, color=ORANGE)
    panel.barh(heights - 0.19, saved, height=0.34, color=colours)
    panel.plot(net, heights, "D", color=GREY, markersize=5, markeredgecolor="white")
    panel.axvline(0, color=GREY, linewidth=0.9)
    for height, one, two in zip(heights, spend, saved, strict=True):
        _word(panel, one, height + 0.19, _amount(float(one)))
        _word(panel, two, height - 0.19, _amount(float(two)))
    top = max(float(np.max(spend, initial=1.0)), float(np.max(saved, initial=1.0)))
    low = min(0.0, float(np.min(saved, initial=0.0)), float(np.min(net, initial=0.0)))
    panel.set_xlim(min(1.5 * low, -0.3 * top if low < 0 else 0.0), top * 1.22)
    panel.set_yticks(heights, [folded(each, 4) for each in policies])
    panel.grid(visible=False, axis="y")
    panel.grid(axis="x")


def _amount(millions: float) -> str:
    """Millions in three digits; what is less than half a tenth is 0."""
    return thousands(millions) if abs(millions) >= LEAST else "0"


def _word(panel: Axes, x: float, y: float, text: str, *, left: bool = False) -> None:
    right = x >= 0 and not left
    panel.annotate(
        text, (x, y), xytext=(4 if right else -4, 0), textcoords="offset points",
        ha="left" if right else "right", va="center", fontsize=7.5,
    )  # fmt: skip


@dataclass(frozen=True)
class TradeOff:
    """A dot a policy: its net cost along, its change in another measure up, both against the
    baseline in the last year; a ring where it costs less since posts stay empty."""

    cost: str = "net_cost"
    effect: str = "bed_days_needed"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it shows."""
        return (self.cost, self.effect)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario and year."""
        cost, effect = (yearly(known(name), dataset, ()) for name in self.measures)
        policies = names(dataset)[1:]
        moved = scaled(known(self.effect), effect - effect.sel(scenario=names(dataset)[0]))
        figure, axes = new_figure(1, 1, title=title, caption=caption, size=(11.0, 6.4))
        panel = axes[0, 0]
        spots = [
            (float(cost.sel(scenario=name).isel(year=-1)) / MILLION,
             float(moved.sel(scenario=name).isel(year=-1)))
            for name in policies
        ]  # fmt: skip
        panel.axhline(0, color=GREY, linewidth=0.9)
        panel.axvline(0, color=GREY, linewidth=0.9)
        xs, ys = [x for x, _ in spots], [y for _, y in spots]
        empty = unfilled(dataset)
        for (x, y), name in zip(spots, policies, strict=True):
            look = {"color": GREY, "fillstyle": "none"} if name in empty else {"color": BLUE}
            panel.plot(x, y, "o", markersize=8, **look)
        panel.set_xlim(*_room(xs, 0.25))
        panel.set_ylim(*_room(ys, 0.15))
        for (x, y), name, (side, lift) in zip(
            spots, policies, _labels(panel, spots, policies), strict=True
        ):
            far = {"arrowstyle": "-", "color": "#707070", "linewidth": 0.6}
            panel.annotate(
                name, (x, y), xytext=(8 * side, lift), textcoords="offset points", fontsize=9,
                ha="left" if side > 0 else "right", va="center",
                arrowprops=far if abs(lift) > 4 else None,
            )  # fmt: skip
        year = int(cost["year"][-1])
        panel.set_xlabel(f"net cost by the end of {year}, £ million, discounted")
        unit = in_words(known(self.effect))
        panel.set_ylabel(f"change in {unit}, {year}")
        panel.grid(axis="both")
        frame(panel)
        return figure, numbers_of({self.cost: cost, self.effect: effect})


def _room(values: Sequence[float], share: float) -> tuple[float, float]:
    """Limits around values and 0, with room to write."""
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    return low - share * span, high + share * span


def _labels(
    panel: Axes, spots: Sequence[tuple[float, float]], words: Sequence[str]
) -> list[tuple[int, float]]:
    """The side of its dot (1 right, -1 left) and the lift in points of each label: the first of a
    few places where it lies on no dot and no other label."""
    low, high = panel.get_ylim()
    left, right = panel.get_xlim()
    across, up = 9.0 * 72 / (right - left), 5.0 * 72 / (high - low)  # points of the page
    dots = [((x - left) * across, (y - low) * up) for x, y in spots]
    taken = [(x - 5, x + 5, y - 5, y + 5) for x, y in dots]
    chosen = []
    for number, ((x, y), text) in enumerate(zip(dots, words, strict=True)):
        others = [box for i, box in enumerate(taken) if i != number]
        places = [
            (side, lift) for lift in (0.0, 14.0, -14.0, 28.0, -28.0, 42.0) for side in (1, -1)
        ]
        boxes = [_box(x, y + lift, side, len(text)) for side, lift in places]
        free = [i for i, box in enumerate(boxes) if not any(_meet(box, each) for each in others)]
        best = free[0] if free else 0
        taken.append(boxes[best])
        chosen.append(places[best])
    return chosen


def _box(x: float, y: float, side: int, letters: int) -> tuple[float, float, float, float]:
    """Where a label of some letters lies, in points."""
    ends = sorted((x + 6 * side, x + side * (10 + 5.6 * letters)))
    return ends[0], ends[1], y - 6, y + 6


def _meet(one: tuple[float, float, float, float], two: tuple[float, float, float, float]) -> bool:
    return one[0] < two[1] and two[0] < one[1] and one[2] < two[3] and two[2] < one[3]

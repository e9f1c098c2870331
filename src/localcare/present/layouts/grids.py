"""Layouts: small multiples of measures over time, a panel a system and scenario, or a few
scenarios in a panel with the others behind them in grey."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import compute, yearly
from localcare.measures.summary import quantile_name
from localcare.present.declared import known
from localcare.present.findings import names, policy_starts
from localcare.present.layouts.axes import in_words, numbers_of, scaled
from localcare.present.layouts.bands import fan_key, fill
from localcare.present.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    UPRIGHT,
    folded,
    frame,
    mark,
    new_figure,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Highlights", "Line", "SystemsByScenario"]

MONTHS = 12
#: Scenarios that fit beside each other; more lie below each other.
ABREAST = 6


@dataclass(frozen=True)
class Line:
    """A measure drawn as a line."""

    measure: str
    label: str
    colour: str = BLUE
    dashed: bool = False


@dataclass(frozen=True)
class SystemsByScenario:
    """Monthly lines of measures by system: a row a system and a column a scenario, or the other way
    round on an upright page where scenarios are many. The first line of the baseline lies behind
    every policy's in grey; with a `fan`, the summary of an ensemble of the same scenarios, bands of
    draws lie behind the first line instead."""

    lines: tuple[Line, ...]
    fan: xr.Dataset | None = field(default=None, compare=False, repr=False)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it shows."""
        return tuple(line.measure for line in self.lines)

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, system and month."""
        values = {name: compute(known(name), dataset) for name in self.measures}
        first = values[self.measures[0]]
        systems = [str(name) for name in first["system"].to_numpy()]
        scenarios = names(dataset)
        months = first["time"].to_numpy().astype("datetime64[M]").astype(int) / MONTHS + 1970
        upright = len(scenarios) > ABREAST
        shape = (len(scenarios), len(systems)) if upright else (len(systems), len(scenarios))
        figure, axes = new_figure(
            *shape,
            title=title,
            caption=caption,
            key=(
                *({"color": each.colour, "linestyle": _dash(each), "label": each.label}
                  for each in self.lines),
                *([{"color": LIGHT, "label": f"the same in the {scenarios[0]}"}]
                  if self.fan is None else fan_key()),
                {"color": GREY, "linestyle": ":", "label": "policy starts"},
            ),
            **({"size": UPRIGHT, "sharey": "col"} if upright else {"sharey": "row"}),
            sharex=True,
        )  # fmt: skip
        grid = axes.T if upright else axes
        starts = policy_starts(dataset)
        spread = self._spread()
        for row, system in zip(grid, systems, strict=True):
            behind = first.sel(scenario=scenarios[0], system=system).to_numpy()
            for panel, scenario in zip(row, scenarios, strict=True):
                at = {"scenario": scenario, "system": system}
                if spread is not None:
                    fill(panel, months, spread.sel(at))
                elif scenario != scenarios[0]:
                    panel.plot(months, behind, color=LIGHT, linewidth=1.0)
                for line in self.lines:
                    if spread is not None:
                        panel.plot(months, values[line.measure].sel(at), color="white", linewidth=2)
                    panel.plot(
                        months, values[line.measure].sel(at).to_numpy(), color=line.colour,
                        linewidth=1.4 if line.dashed else 1.0, linestyle=_dash(line),
                    )  # fmt: skip
                mark(panel, [starts[scenario]] if scenario in starts else [])
                panel.set_xticks([int(months[0]), 2025, int(months[-1]) + 1])
                panel.tick_params(labelsize=7.5)
                panel.margins(x=0.02)
                frame(panel)
        heads, sides = (axes[0], axes[:, 0])
        over, beside = (systems, scenarios) if upright else (scenarios, systems)
        for panel, name in zip(heads, over, strict=True):
            words = textwrap.fill(name, 16) if upright else folded(name, len(over))
            panel.set_title(words, fontsize=8.5 if upright else None)
        for panel, name in zip(sides, beside, strict=True):
            panel.set_ylabel(textwrap.fill(name, 15), fontsize=8)
        if spread is not None:
            for share in spread["quantile"].to_numpy():
                name = f"{self.measures[0]}_{quantile_name(float(share))}"
                values[name] = spread.sel(quantile=share, drop=True).transpose(*first.dims)
        return figure, numbers_of(values)

    def _spread(self) -> xr.DataArray | None:
        """Quantiles of the first measure by month and system, None without draws."""
        return None if self.fan is None else self.fan[f"{self.measures[0]}__monthly__system"]


@dataclass(frozen=True)
class Highlights:
    """A row a measure, by year: the baseline, the policies that end lowest and highest, and the
    others in grey. A column a system with `by_system`, else all of Kent and Medway. A level to
    compare with stands in `marks` by measure: (height, words)."""

    measures: tuple[str, ...]
    by_system: bool = False
    marks: tuple[tuple[str, float, str], ...] = ()

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario, system and year."""
        kept = ("system",) if self.by_system else ()
        values = {
            name: scaled(known(name), yearly(known(name), dataset, kept)) for name in self.measures
        }
        first = values[self.measures[0]]
        columns: list[str | None] = (
            [str(each) for each in first["system"].to_numpy()] if self.by_system else [None]
        )
        chosen = _chosen(dataset, self.measures[0])
        figure, axes = new_figure(
            len(self.measures), len(columns), title=title, caption=caption,
            key=_key(chosen, len(names(dataset)), bool(policy_starts(dataset))),
            sharex=True, sharey="row",
        )  # fmt: skip
        marks = {name: (height, words) for name, height, words in self.marks}
        years = first["year"].to_numpy()
        for row, name in zip(axes, self.measures, strict=True):
            for panel, column in zip(row, columns, strict=True):
                shown = values[name] if column is None else values[name].sel(system=column)
                for scenario in names(dataset):
                    if scenario not in chosen:
                        line = shown.sel(scenario=scenario).to_numpy()
                        panel.plot(years, line, color=LIGHT, linewidth=1.0)
                for scenario, look in chosen.items():
                    panel.plot(years, shown.sel(scenario=scenario).to_numpy(), **look)
                if name in marks:
                    height, words = marks[name]
                    panel.axhline(height, color=GREY, linewidth=0.9, linestyle="-.")
                    if panel is row[0]:
                        panel.annotate(
                            words, (years[-1], height), xytext=(-2, -3), fontsize=7.5,
                            textcoords="offset points", va="top", ha="right", color=GREY,
                        )  # fmt: skip
                mark(panel, sorted(set(policy_starts(dataset).values()))[:1])
                panel.set_xticks(_spread(years))
                frame(panel)
            label = f"{known(name).title}, {in_words(known(name))}"
            row[0].set_ylabel(textwrap.fill(label, 34), fontsize=8)
        if self.by_system:
            for panel, column in zip(axes[0], columns, strict=True):
                panel.set_title(textwrap.fill(str(column), 22))
        return figure, numbers_of({name: yearly(known(name), dataset, kept) for name in values})


def _chosen(dataset: xr.Dataset, measure: str) -> dict[str, dict[str, Any]]:
    """The scenarios of a panel that are told apart, with how each is drawn."""
    scenarios = names(dataset)
    looks: dict[str, dict[str, Any]] = {
        scenarios[0]: {"color": GREY, "linewidth": 1.8, "linestyle": "-"}
    }
    ends = yearly(known(measure), dataset, ()).isel(year=-1)
    order = sorted(scenarios[1:], key=lambda name: float(ends.sel(scenario=name)))
    if order:
        looks[order[0]] = {"color": BLUE, "linewidth": 1.8, "linestyle": "-"}
    if len(order) > 1:
        looks[order[-1]] = {"color": ORANGE, "linewidth": 1.8, "linestyle": "--"}
    return looks


def _key(chosen: Mapping[str, Mapping[str, Any]], count: int, starts: bool) -> tuple[Any, ...]:
    key = [{**look, "label": name} for name, look in chosen.items()]
    if count > len(chosen):
        key.append({"color": LIGHT, "label": "other policies"})
    if starts:
        key.append({"color": GREY, "linestyle": ":", "label": "first policy starts"})
    return tuple(key)


def _spread(years: Any) -> list[int]:
    """A few years to write under an axis, the first and the last among them."""
    first, last = int(years[0]), int(years[-1])
    return sorted({first, *np.linspace(first, last, 4).round().astype(int).tolist()[1:-1], last})


def _dash(line: Line) -> str:
    return "--" if line.dashed else "-"

"""Layout: one panel a measure, one bar a policy, its change from baseline in the last year."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcare.measures.catalogue import Measure
from localcare.measures.summary import headline, last_year
from localcare.measures.unfilled import COSTS, unfilled
from localcare.present.declared import known
from localcare.present.findings import headline_changes, signed, thousands
from localcare.present.layouts.axes import in_words, judged, scaled_number
from localcare.present.style import BLUE, GREY, MINUS, ORANGE, folded, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ChangeBars"]

SQUARE = {"marker": "s", "linestyle": "", "markersize": 7}
COLUMNS = ["scenario", "measure", "year", "value", "change_from_baseline", "units"]


@dataclass(frozen=True)
class ChangeBars:
    """`measures` side by side; bars are blue where better than the baseline, orange where worse. A
    cost that is lower since posts stay empty is neither."""

    measures: tuple[str, ...]

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Figure, pd.DataFrame]:
        """The page, and a row a scenario and measure."""
        import pandas as pd

        year = last_year(dataset)
        table = headline(dataset, year, self.measures)
        changes = headline_changes(table)
        policies, empty = list(changes), unfilled(dataset)
        figure, axes = new_figure(
            1,
            len(self.measures),
            title=title,
            caption=caption,
            key=(
                {**SQUARE, "color": BLUE, "label": "better than baseline"},
                {**SQUARE, "color": ORANGE, "label": "worse"},
                {**SQUARE, "color": GREY, "label": "neither"},
            ),
            size=(11.0, 2.1 + 0.55 * max(len(policies), 2)),
            sharey=True,
        )
        for panel, name in zip(axes[0], self.measures, strict=True):
            measure = known(name)
            values = [scaled_number(measure, changes[policy][name]) for policy in policies]
            colours = [
                GREY if name in COSTS and policy in empty else judged(measure, value)
                for policy, value in zip(policies, values, strict=True)
            ]
            _bars(panel, measure, policies, values, colours)
            base = table.get("baseline", next(iter(table.values())))[name]
            panel.set_title(_title(measure, scaled_number(measure, base)), fontsize=8)
        rows = [
            (
                scenario,
                name,
                year,
                value,
                changes.get(scenario, {}).get(name, 0.0),
                known(name).units,
            )
            for scenario, row in table.items()
            for name, value in row.items()
        ]
        return figure, pd.DataFrame(rows, columns=COLUMNS)


def _bars(
    panel: Axes, measure: Measure, policies: list[str], values: list[float], colours: list[str]
) -> None:
    from matplotlib.ticker import MaxNLocator

    heights = list(range(len(policies)))[::-1]
    panel.barh(heights, values, color=colours, height=0.6)
    panel.axvline(0, color=GREY, linewidth=0.9)
    reach = max((abs(value) for value in values), default=1.0) or 1.0
    panel.set_xlim(-2.8 * reach, 2.8 * reach)
    for height, value in zip(heights, values, strict=True):
        panel.annotate(
            signed(value),
            (value, height),
            xytext=(4 if value >= 0 else -4, 0),
            textcoords="offset points",
            ha="left" if value >= 0 else "right",
            va="center",
            fontsize=8,
        )
    panel.set_xlabel(f"change, {in_words(measure)}", fontsize=8)
    panel.set_yticks(heights, [folded(each, 3) for each in policies])
    panel.tick_params(axis="x", labelsize=7.5)
    panel.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace("-", MINUS))
    panel.grid(visible=False, axis="y")


def _title(measure: Measure, baseline: float) -> str:
    return f"{textwrap.fill(measure.title, 20)}\nbaseline {thousands(baseline, 4)}"

"""Figures: the chance of breaching a limit year by year, and what a one-in-twenty winter does.

In: the tables of `measures.chances`, the summary of the ensemble and the central run. Out:
`Drawing`s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcare.measures.catalogue import Measure
from localcare.measures.limits import LIMITS
from localcare.measures.summary import WHOLE
from localcare.present.bands import chance_words
from localcare.present.declared import caption_of, known
from localcare.present.fans import caption, ends
from localcare.present.findings import listed, names, signed, thousands
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.style import BLUE, LIGHT, ORANGE, Drawing, folded, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw_breaches", "draw_winters"]

#: What is told of a winter, as far as a run holds it.
WINTER = ("beds_needed", "occupancy", "no_criteria_to_reside")


def draw_breaches(table: pd.DataFrame, summary: xr.Dataset, central: xr.Dataset) -> Drawing:
    """A row a limit, a column a scenario: the chance of a breach by year, the baseline's behind."""
    scenarios = names(central)
    table = table[table["area"] == WHOLE]
    limits = [each for each in LIMITS if (table["measure"] == each.measure).any()]
    title = _breach_finding(table, scenarios)
    said = caption(summary, central, "Share of draws in which a limit is breached, by year.")
    figure, axes = new_figure(
        len(limits), len(scenarios), title=title, caption=said,
        size=(11.0, 1.6 + 1.9 * len(limits)),
        key=(
            {"color": BLUE, "label": "chance of a breach"},
            {"color": ORANGE, "linestyle": "--", "label": "in the baseline"},
        ),
        sharex=True, sharey=True,
    )  # fmt: skip
    for row, limit in zip(axes, limits, strict=True):
        own = table[table["measure"] == limit.measure]
        behind = own[own["scenario"] == scenarios[0]]
        for panel, scenario in zip(row, scenarios, strict=True):
            line = own[own["scenario"] == scenario]
            years = line["year"].to_numpy()
            chances = 100 * line["chance"].to_numpy()
            panel.fill_between(years, chances, color=LIGHT, linewidth=0)
            panel.plot(years, chances, color=BLUE, marker="o", markersize=2.5, linewidth=1.4)
            if scenario != scenarios[0]:
                panel.plot(
                    years, 100 * behind["chance"].to_numpy(), color=ORANGE, linewidth=1.2,
                    linestyle="--",
                )  # fmt: skip
            panel.set_ylim(-3, 103)
            panel.set_yticks([0, 25, 50, 75, 100])
            panel.set_xticks(ends(years, len(scenarios)))
        row[0].set_ylabel(folded(f"% of draws with {limit.words}", 3), fontsize=8)
    for panel, scenario in zip(axes[0], scenarios, strict=True):
        panel.set_title(folded(scenario, len(scenarios)), fontsize=9.5 if len(scenarios) < 7 else 7)
    alt = _breach_alt(table, scenarios)
    return Drawing("chance_of_breach", figure, table, alt, title, said)


def draw_winters(table: pd.DataFrame, summary: xr.Dataset, central: xr.Dataset) -> Drawing:
    """A panel a measure, a row a scenario: the middling last winter (dot) and the one-in-twenty
    winter (ring), with how much worse that is."""
    scenarios = names(central)
    winter = int(table["winter"].max())
    table = table[(table["winter"] == winter)]
    shown = [known(each) for each in WINTER if (table["measure"] == each).any()]
    title = _winter_finding(table, scenarios, winter)
    said = caption_of(
        central,
        f"December {winter - 1} to February {winter}; one winter in twenty is worse than the ring. "
        f"Winters differ by chance alone (the model's noise), over {_count(summary):,} draws at "
        "the model's own numbers: how sure those are is not in this figure.",
    )
    figure, axes = new_figure(
        1, len(shown), title=title, caption=said,
        size=(11.0, 2.2 + 0.42 * max(len(scenarios), 2)),
        key=(
            {"color": BLUE, "marker": "o", "linestyle": "", "label": "middling winter"},
            {**_RING, "linestyle": "", "label": "one-in-twenty winter"},
        ),
        sharey=True,
    )  # fmt: skip
    heights: list[Any] = list(range(len(scenarios)))[::-1]
    for panel, measure in zip(axes[0], shown, strict=True):
        for height, scenario in zip(heights, scenarios, strict=True):
            middle, bad = (
                scaled_number(measure, _one(table, scenario, measure.name, column))
                for column in ("median", "one_in_twenty")
            )
            panel.plot([middle, bad], [height, height], color=LIGHT, linewidth=3, zorder=1)
            panel.plot(middle, height, "o", color=BLUE, markersize=7, zorder=3)
            panel.plot(bad, height, zorder=2, **_RING)
            panel.annotate(
                _more(measure, bad - middle), (max(middle, bad), height), xytext=(9, 0),
                textcoords="offset points", va="center", fontsize=8,
            )  # fmt: skip
        panel.set_title(folded(measure.title, len(shown)), fontsize=9)
        panel.set_xlabel(in_words(measure), fontsize=8)
        panel.set_yticks(heights, [folded(each, 3) for each in scenarios])
        panel.set_ylim(-0.6, len(scenarios) - 0.4)
        panel.margins(x=0.22)
        panel.locator_params(axis="x", nbins=5)
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
        panel.grid(axis="x")
        panel.grid(visible=False, axis="y")
    alt = _winter_alt(table, scenarios, shown, winter)
    return Drawing("bad_winter", figure, table, alt, title, said)


_RING: dict[str, Any] = {
    "color": ORANGE,
    "marker": "o",
    "markersize": 9,
    "fillstyle": "none",
    "markeredgewidth": 1.8,
}


def _more(measure: Measure, by: float) -> str:
    """How much worse a winter is; points of a percentage to one decimal."""
    return signed(round(by, 1), 1) if in_words(measure) == "%" else signed(by, 2)


def _count(summary: xr.Dataset) -> int:
    """The draws that a summary is of."""
    return int(summary.attrs.get("retained", summary.attrs["draws"]))


def _one(table: pd.DataFrame, scenario: str, measure: str, column: str) -> float:
    picked = table[(table["scenario"] == scenario) & (table["measure"] == measure)]
    return float(picked[column].iloc[-1])


def _breach_finding(table: pd.DataFrame, scenarios: list[str]) -> str:
    first = LIMITS[0].measure
    last = int(table["year"].max())
    final = table[(table["measure"] == first) & (table["year"] == last)]
    chances = {
        name: float(final[final["scenario"] == name]["chance"].iloc[0]) for name in scenarios
    }
    base = chances.pop(scenarios[0])
    words = (
        f"In {last} more than 92% of beds are full in {chance_words(base)} of draws of the baseline"
    )
    if not chances:
        return words
    least = chance_words(min(chances.values()))
    best = [name for name, chance in chances.items() if chance_words(chance) == least]
    if len(best) == len(chances) > 1:
        return f"{words}, and in {least} with every policy"
    return f"{words}, and in {least} with {listed(best)}, the least"


def _breach_alt(table: pd.DataFrame, scenarios: list[str]) -> str:
    last = int(table["year"].max())
    final = table[table["year"] == last]
    told = [
        f"{limit.words}: "
        + ", ".join(
            f"{name} {chance_words(_one(final, name, limit.measure, 'chance'))}"
            for name in scenarios
        )
        for limit in LIMITS
        if (final["measure"] == limit.measure).any()
    ]
    return (
        f"Line charts of the chance of breaching a limit by year and scenario. In {last}, "
        f"{'; '.join(told)}."
    )


def _winter_finding(table: pd.DataFrame, scenarios: list[str], winter: int) -> str:
    middle, bad = (
        _one(table, scenarios[0], "beds_needed", column) for column in ("median", "one_in_twenty")
    )
    words = (
        f"A one-in-twenty winter in {winter - 1}/{winter % 100:02d} needs "
        f"{thousands(bad - middle, 2)} beds more than a middling one in the baseline"
    )
    policies = scenarios[1:]
    if not policies:
        return words
    saved = {name: _one(table, name, "beds_needed", "change_then") for name in policies}
    best = min(saved, key=lambda name: saved[name])
    return f"{words}; {best} then changes the need by {signed(saved[best], 2)}"


def _winter_alt(table: pd.DataFrame, scenarios: list[str], shown: list[Any], winter: int) -> str:
    told = []
    for measure in shown:
        each = ", ".join(
            f"{name} "
            + " and ".join(
                thousands(scaled_number(measure, _one(table, name, measure.name, column)), 4)
                for column in ("median", "one_in_twenty")
            )
            for name in scenarios
        )
        told.append(f"{measure.title}, {in_words(measure)}: {each}.")
    return (
        f"Dot charts of a middling and a one-in-twenty winter, December {winter - 1} to February "
        f"{winter}, by scenario. {' '.join(told)}"
    )

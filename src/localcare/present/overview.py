"""Figure: the scenarios on one page, each headline measure as its change from baseline."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from localcare.measures.catalogue import Measure, find
from localcare.measures.summary import HEADLINE, headline, last_year
from localcare.present.findings import signed, thousands
from localcare.present.style import BLUE, GREY, ORANGE, Drawing, new_figure

__all__ = ["draw"]

#: Shorter units and scales for axes: name of a unit in the model to (divisor, words).
_SCALES = {
    "GBP/Year": (1e6, "£ million a year"),
    "admission/Year": (1.0, "a year"),
    "person": (1.0, "people"),
    "bed": (1.0, "beds"),
    "FTE": (1.0, "full-time equivalents"),
}


def draw(dataset: xr.Dataset, caption: str) -> Drawing:
    """One panel a headline measure: a bar a policy, its change from baseline in the last year."""
    year = last_year(dataset)
    table = headline(dataset, year)
    policies = [str(name) for name in table.index if name != "baseline"]
    changes = table.loc[policies] - table.loc["baseline"]
    heights = list(range(len(policies)))[::-1]

    figure, axes = new_figure(
        1,
        len(HEADLINE),
        title=_finding(changes, year),
        caption=caption,
        size=(11.0, 1.9 + 0.55 * max(len(policies), 2)),
        sharey=True,
    )
    for panel, name in zip(axes[0], HEADLINE, strict=True):
        measure = _measure(name)
        scale, words = _SCALES[measure.units]
        values = changes[name] / scale
        better = values < 0 if measure.direction == "down" else values > 0
        colours = [BLUE if good else ORANGE for good in better]
        panel.barh(heights, values, color=colours, height=0.6)
        panel.axvline(0, color=GREY, linewidth=0.9)
        reach = max(float(values.abs().max()), 1e-9)
        panel.set_xlim(-2.1 * reach, 2.1 * reach)
        for height, value in zip(heights, values, strict=True):
            panel.annotate(
                signed(float(value)),
                (value, height),
                xytext=(4 if value >= 0 else -4, 0),
                textcoords="offset points",
                ha="left" if value >= 0 else "right",
                va="center",
                fontsize=8,
            )
        panel.set_title(_title(measure, float(table.loc["baseline", name]) / scale), fontsize=8.5)
        panel.set_xlabel(f"change, {words}", fontsize=8)
        panel.set_yticks(heights, policies)
        panel.tick_params(axis="x", labelsize=7.5)
        panel.xaxis.set_major_locator(_three_ticks())
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        panel.grid(visible=False, axis="y")
    numbers = table.reset_index().melt("scenario", var_name="measure", value_name="value")
    numbers["year"] = year
    numbers["change_from_baseline"] = numbers["value"] - numbers["measure"].map(
        table.loc["baseline"]
    )
    return Drawing("comparison", figure, numbers, _alt(table, changes, year))


def _three_ticks() -> object:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    return MaxNLocator(3, symmetric=True)


def _measure(name: str) -> Measure:
    measure = find(name)
    if measure is None:  # HEADLINE names measures of the catalogue
        raise KeyError(name)
    return measure


def _title(measure: Measure, baseline: float) -> str:
    import textwrap  # noqa: PLC0415

    return f"{textwrap.fill(measure.title, 24)}\nbaseline {thousands(baseline, 4)}"


def _finding(changes: pd.DataFrame, year: int) -> str:
    if changes.empty:
        return f"The baseline in {year}"
    beds, people = changes["beds_needed"], changes["people_with_moderate_or_severe_frailty"]
    fewest, least = str(beds.idxmin()), str(people.idxmin())
    if fewest == least and beds.min() < 0 and people.min() < 0:
        return (
            f"{fewest} lowers both beds needed ({signed(float(beds.min()))}) and people with "
            f"moderate or severe frailty ({signed(float(people.min()))}) most in {year}"
        )
    first = (
        f"{fewest} lowers beds needed most in {year} ({signed(float(beds.min()))})"
        if beds.min() < 0
        else f"No policy lowers beds needed in {year}"
    )
    second = (
        f"{least} lowers frailty most ({signed(float(people.min()))} people)"
        if people.min() < 0
        else "no policy lowers frailty"
    )
    return f"{first}; {second}"


def _alt(table: pd.DataFrame, changes: pd.DataFrame, year: int) -> str:
    parts = [
        f"{_measure(name).title}: baseline {table.loc['baseline', name]:,.0f}"
        + "".join(f", {policy} {changes.loc[policy, name]:+,.0f}" for policy in changes.index)
        for name in HEADLINE
    ]
    return (
        f"Bar charts of the change from baseline in {year} by policy, Kent and Medway. "
        + ". ".join(parts)
        + "."
    )

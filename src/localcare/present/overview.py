"""Figure: the scenarios on one page, each headline measure as its change from baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcare.measures.catalogue import Measure, find
from localcare.measures.summary import HEADLINE, Headline, headline, last_year
from localcare.present.findings import capital, headline_changes, signed, thousands
from localcare.present.style import BLUE, GREY, ORANGE, Drawing, folded, new_figure

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw"]

SQUARE = {"marker": "s", "linestyle": "", "markersize": 7}
FRAILTY = "people_with_moderate_or_severe_frailty"
COLUMNS = ["scenario", "measure", "year", "value", "change_from_baseline", "units"]

#: Shorter units and scales for axes: name of a unit in the model to (divisor, words).
_SCALES = {
    "GBP/Year": (1e6, "£ million a year"),
    "admission/Year": (1.0, "a year"),
    "person": (1.0, "people"),
    "bed": (1.0, "beds"),
    "FTE": (1.0, "full-time equivalents"),
    "GBP": (1e6, "£ million"),
}


def draw(dataset: xr.Dataset, caption: str) -> Drawing:
    """One panel a headline measure: a bar a policy, its change from baseline in the last year."""
    import pandas as pd

    year = last_year(dataset)
    table = headline(dataset, year)
    changes = headline_changes(table)
    policies = list(changes)
    heights = list(range(len(policies)))[::-1]

    figure, axes = new_figure(
        1,
        len(HEADLINE),
        title=_finding(changes, year),
        caption=caption,
        key=(
            {**SQUARE, "color": BLUE, "label": "better than baseline"},
            {**SQUARE, "color": ORANGE, "label": "worse"},
            {**SQUARE, "color": GREY, "label": "neither"},
        ),
        size=(11.0, 2.1 + 0.55 * max(len(policies), 2)),
        sharey=True,
    )
    for panel, name in zip(axes[0], HEADLINE, strict=True):
        measure = _measure(name)
        scale, words = _SCALES[measure.units]
        values = [changes[policy][name] / scale for policy in policies]
        colours = [_colour(measure, value) for value in values]
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
        panel.set_title(_title(measure, table["baseline"][name] / scale), fontsize=8)
        panel.set_xlabel(f"change, {words}", fontsize=8)
        panel.set_yticks(heights, [folded(each, 3) for each in policies])
        panel.tick_params(axis="x", labelsize=7.5)
        panel.xaxis.set_major_locator(_three_ticks())
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        panel.grid(visible=False, axis="y")
    rows = [
        (scenario, name, year, value, value - table["baseline"][name], _measure(name).units)
        for scenario, row in table.items()
        for name, value in row.items()
    ]
    numbers = pd.DataFrame(rows, columns=COLUMNS)
    return Drawing("comparison", figure, numbers, _alt(table, changes, year))


def _three_ticks() -> object:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(3, symmetric=True)


def _measure(name: str) -> Measure:
    measure = find(name)
    if measure is None:  # HEADLINE names measures of the catalogue
        raise KeyError(name)
    return measure


def _title(measure: Measure, baseline: float) -> str:
    import textwrap

    return f"{textwrap.fill(measure.title, 20)}\nbaseline {thousands(baseline, 4)}"


def _colour(measure: Measure, change: float) -> str:
    if not measure.direction:
        return GREY
    return BLUE if (change < 0) == (measure.direction == "down") else ORANGE


def _finding(changes: Headline, year: int) -> str:
    if not changes:
        return f"The baseline in {year}"
    fewest = min(changes, key=lambda name: changes[name]["beds_needed"])
    least = min(changes, key=lambda name: changes[name][FRAILTY])
    beds, people = changes[fewest]["beds_needed"], changes[least][FRAILTY]
    if fewest == least and beds < 0 and people < 0:
        return (
            f"{capital(fewest)} lowers both beds needed ({signed(beds)}) and people with moderate "
            f"or severe frailty ({signed(people)}) most in {year}"
        )
    first = (
        f"{fewest} lowers beds needed most in {year} ({signed(beds)})"
        if beds < 0
        else f"No policy lowers beds needed in {year}"
    )
    second = (
        f"{least} lowers frailty most ({signed(people)} people)"
        if people < 0
        else "no policy lowers frailty"
    )
    return capital(f"{first}; {second}")


def _alt(table: Headline, changes: Headline, year: int) -> str:
    parts = [
        f"{_measure(name).title}: baseline {table['baseline'][name]:,.0f}"
        + "".join(f", {policy} {change[name]:+,.0f}" for policy, change in changes.items())
        for name in HEADLINE
    ]
    return (
        f"Bar charts of the change from baseline in {year} by policy, Kent and Medway. "
        + ". ".join(parts)
        + "."
    )

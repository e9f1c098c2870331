"""What drives a result, for readers: a tornado, a table, and where a policy would fail.

In: the tables of `study.sensitivity`, the measure they are of. Out: a `Drawing`, a table for the
terminal, one sentence for each policy.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import Measure
from localcare.present.findings import capital, listed, signed, thousands
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.style import BLUE, GREY, MINUS, ORANGE, Drawing, new_figure
from localcare.present.tables import plain_table
from localcare.study.driving import ENDS
from localcare.study.sensitivity import Driven

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

__all__ = ["draw_tornado", "drivers_tables", "failing", "sentence", "tornado_shows"]

_FIFTH = dict(enumerate(("lowest", "second", "middle", "fourth", "highest"), start=1))
_FIFTHS = ("in its lowest fifth", "in its highest fifth")
#: Bars that a panel has room for at least, so that one does not fill it.
FEWEST = 4
#: How thick a bar is; rows are 1 apart.
THICK = 0.62
#: Swings that are a smaller share of the widest one cannot be seen beside it.
UNSEEN = 0.005
#: Numbers shown for each scenario.
SHOWN = 8
#: A fifth in which a policy fails so much more often than overall is worth naming, unless as many
#: failures would fall into some fifth of some number by chance more often than this.
TELLING, BY_CHANCE = 1.5, 0.05


def drivers_tables(driven: Driven, measure: Measure, year: int) -> list[Table]:
    """The numbers that matter most in a year, by total index, for each scenario."""
    rows: list[tuple[str, ...]] = []
    for scenario in dict.fromkeys(driven.indices["scenario"]):
        for place, row in enumerate(_largest(driven.indices, scenario, year, "ST")):
            rows.append(
                (
                    "" if place else scenario,
                    str(row["parameter"]),
                    _index(row["ST"], row["ST_conf"]),
                    _index(row["S1"], row["S1_conf"]),
                )
            )
    title = (
        f"{measure.title} in {year}: shares of the variance (half-widths of 95% intervals). The "
        "baseline's level; each policy's change from it"
    )
    heads = ("scenario", "assumption", "in all", "by itself")
    return [plain_table(heads, rows, right=("in all", "by itself"), title=title)]


def draw_tornado(
    tornado: pd.DataFrame, measure: Measure, year: int, caption: str, *, fifths: bool = False
) -> Drawing:
    """A panel a scenario: the result with one number at a time at its 5th and 95th percentile, the
    widest on top; with `fifths` the mean of draws in which it is in its lowest or highest fifth.
    `tornado` has columns scenario, year, parameter, at_low, at_centre, at_high."""
    ends = _FIFTHS if fifths else tuple(f"at its {100 * each:g}th percentile" for each in ENDS)
    scenarios = [
        each for each in dict.fromkeys(tornado["scenario"])
        if _largest_swings(tornado, each, year)
    ]  # fmt: skip
    columns = min(2, len(scenarios))
    rows = -(-len(scenarios) // columns)
    title = _finding(tornado, scenarios, measure, year)
    figure, axes = new_figure(
        rows, columns, title=title, caption=caption,
        size=(11.0, 1.5 + 2.2 * rows),
        key=(
            {"color": ORANGE, "marker": "s", "linestyle": "", "label": ends[0]},
            {"color": BLUE, "marker": "s", "linestyle": "", "label": ends[1]},
        ),
    )  # fmt: skip
    for panel, scenario in zip(axes.flat, scenarios, strict=False):
        own = _largest_swings(tornado, scenario, year)
        heights: list[Any] = list(range(len(own)))[::-1]
        centre = scaled_number(measure, own[0]["at_centre"])
        for height, row in zip(heights, own, strict=True):
            ends_at = [scaled_number(measure, row[end]) for end in ("at_low", "at_high")]
            # both on one side of the centre: one above the other, since one would hide the other
            beside = (ends_at[0] - centre) * (ends_at[1] - centre) > 0
            for at, colour, up in zip(ends_at, (ORANGE, BLUE), (1, -1), strict=True):
                panel.barh(
                    height + (up * THICK / 4 if beside else 0), at - centre, left=centre,
                    color=colour, height=THICK / 2 if beside else THICK, zorder=2,
                )  # fmt: skip
        panel.axvline(centre, color=GREY, linewidth=0.9, zorder=3)
        labels = [textwrap.fill(_called(row["parameter"]), 44) for row in own]
        panel.set_yticks(heights, labels, fontsize=6.5, linespacing=0.9)
        panel.set_ylim(min(0, len(own) - FEWEST) - 0.6, len(own) - 0.4)
        what = "level" if scenario == "baseline" else "change from baseline"
        panel.set_title(f"{scenario}: {what}")
        panel.set_xlabel(in_words(measure), fontsize=8)
        panel.use_sticky_edges = False
        panel.margins(x=0.06)
        panel.locator_params(axis="x", nbins=5)
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}".replace("-", MINUS))
        panel.grid(axis="x")
        panel.grid(visible=False, axis="y")
    for panel in list(axes.flat)[len(scenarios) :]:
        panel.remove()
    numbers = tornado[tornado["year"] == year]
    alt = _alt(tornado, scenarios, measure, year, ends)
    return Drawing("tornado", figure, numbers, alt, title, caption)


def tornado_shows(measure: Measure, year: int, top: int) -> str:
    """What the caption of a tornado says of it, whose `top` most influential numbers were moved."""
    return (
        f"{measure.title}, {year}, with one of the {top} most influential assumptions at a time at "
        "the 5th and the 95th percentile of its distribution, the others at the model's own values."
    )


def failing(driven: Driven, measure: Measure, year: int) -> list[str]:
    """One sentence for each policy on which assumptions would make it fail."""
    table = driven.failures[driven.failures["year"] == year]
    return [
        sentence(table[table["scenario"] == name], driven.tornado, name, measure, year)
        for name in dict.fromkeys(driven.indices["scenario"])
        if name != "baseline" and measure.direction
    ]


def sentence(
    table: pd.DataFrame, tornado: pd.DataFrame, name: str, measure: Measure, year: int
) -> str:
    """Which assumptions would make one policy fail; `table` holds its failures in one year."""
    aim = f"{'lower' if measure.direction == 'down' else 'raise'} {_plainly(measure)}"
    if table.empty:
        return f"{capital(name)} does not change {_plainly(measure)} in {year}."
    chance, points = float(table["chance"].iloc[0]), int(table["points"].iloc[0])
    if chance == 0:
        widest = _largest_swings(tornado, name, year)[0]
        return (
            f"{capital(name)} {aim.replace(' ', 's ', 1)} in {year} in all {points:,} draws of the "
            "most influential assumptions, so none makes it fail; by how much hangs most on "
            f"{_called(widest['parameter'])}."
        )
    if chance == 1:
        return (
            f"{capital(name)} fails to {aim} in {year} in all {points:,} draws of the most "
            "influential assumptions."
        )
    worst = table.sort_values("chance_in_fifth", ascending=False, kind="stable")
    worst = worst.drop_duplicates("parameter")
    worst = worst[worst["chance_in_fifth"] > TELLING * chance]
    worst = worst[_by_chance(worst["chance_in_fifth"], chance, points) < BY_CHANCE / len(table)]
    worst = worst.head(3)
    words = [
        f"{_called(name)} is in its {_FIFTH[int(fifth)]} fifth ({float(share):.0%})"
        for name, fifth, share in zip(
            worst["parameter"], worst["fifth"], worst["chance_in_fifth"], strict=True
        )
    ]
    where = f", most often where {listed(words)}" if words else ", and no one assumption decides it"
    low, high = (float(table[f"chance_{end}"].iloc[0]) for end in ("low", "high"))
    return (
        f"{capital(name)} fails to {aim} in {year} in {_percent(chance)} of draws (95% interval "
        f"{_percent(low)} to {_percent(high)}){where}."
    )


def _called(parameter: object) -> str:
    """An assumption as a reader is told it: one element of an array in round brackets.

    >>> _called("evidence position[community development]")
    'evidence position (community development)'
    """
    return str(parameter).replace("[", " (").replace("]", ")")


def _by_chance(shares: pd.Series, chance: float, points: int) -> Any:
    """How likely as many of all failures fall into a fifth of the points (Fisher's exact test)."""
    from scipy.stats import hypergeom

    there = round(points / len(_FIFTH))
    failures = round(chance * points)
    # fifths differ by a point or two, so a count is rounded down
    inside = np.minimum(np.floor(shares * there + 0.1), failures)
    return hypergeom.sf(inside - 1, points, failures, there)


def _index(share: float, half: float) -> str:
    """A share of the variance and the half-width of its interval.

    >>> _index(-0.001, 0.004), _index(0.12, 0.1)
    ('0.00 (0.00)', '0.12 (0.10)')
    """
    text = f"{share:.2f}".replace("-0.00", "0.00").replace("-", MINUS)
    return f"{text} ({half:.2f})"


def _percent(chance: float) -> str:
    return "under 1%" if chance < 0.01 else f"{chance:.0%}"


def _plainly(measure: Measure) -> str:
    title = measure.title
    return title if title[:2].isupper() or title[1:2] == "&" else title[:1].lower() + title[1:]


def _largest(table: pd.DataFrame, scenario: str, year: int, by: str) -> list[dict[str, Any]]:
    own = table[(table["scenario"] == scenario) & (table["year"] == year)]
    found: list[dict[str, Any]] = own.nlargest(SHOWN, by).to_dict("records")  # type: ignore[assignment]
    return found


def _largest_swings(table: pd.DataFrame, scenario: str, year: int) -> list[dict[str, Any]]:
    """The rows of a tornado with the widest swings, those that cannot be seen left out. A swing
    holds the centre too, of which both ends may lie to one side."""
    three = table[["at_low", "at_centre", "at_high"]]
    table = table.assign(swing=three.max(axis=1) - three.min(axis=1))
    rows = _largest(table, scenario, year, "swing")
    return [row for row in rows if row["swing"] > UNSEEN * rows[0]["swing"]]


def _finding(table: pd.DataFrame, scenarios: list[str], measure: Measure, year: int) -> str:
    row = _largest_swings(table, scenarios[0], year)[0]
    low, high = sorted(scaled_number(measure, row[end]) for end in ("at_low", "at_high"))
    words = (
        f"{capital(_called(row['parameter']))} moves {_plainly(measure)} of {year} most: "
        f"{thousands(low, 4)} to {thousands(high, 4)} {in_words(measure)}"
    )
    return words.replace(" %", "%")


def _alt(
    table: pd.DataFrame, scenarios: list[str], measure: Measure, year: int, ends: tuple[str, ...]
) -> str:
    told = []
    for scenario in scenarios:
        shown = thousands if scenario == "baseline" else signed
        each = "; ".join(
            f"{_called(row['parameter'])} {shown(scaled_number(measure, row['at_low']), 4)} to "
            f"{shown(scaled_number(measure, row['at_high']), 4)}"
            for row in _largest_swings(table, scenario, year)
        )
        told.append(f"{scenario}: {each}.")
    return (
        f"Tornado charts of {measure.title} in {year}, {in_words(measure)}, with one assumption at "
        f"a time {ends[0]} and {ends[1]}. {' '.join(told)}"
    )

"""Figures: fans of bands year by year, and how sure each policy's change is in the last year.

In: the summary of an ensemble of scenarios. Out: `Drawing`s. Bands hold the middle 50, 80 and 95%
of draws, and captions say what they cover.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.measures.catalogue import Measure, missing, yearly
from localcare.measures.summary import HEADLINE
from localcare.present.bands import chance_words, retained_words
from localcare.present.declared import caption_of, known
from localcare.present.findings import capital, listed, names, signed, thousands
from localcare.present.layouts.axes import in_words, scaled
from localcare.present.layouts.bands import BANDS, fan_key, fill
from localcare.present.style import (
    BLUE,
    GREY,
    ORANGE,
    Drawing,
    folded,
    frame,
    new_figure,
    tinted,
)
from localcare.present.tables import HEADS

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["FANNED", "caption", "draw_changes", "draw_fans", "ends"]

#: The unit at the end of a column's head.
_UNIT = re.compile(", (FTE|£m.*)$")
#: What is fanned, as far as a run holds it.
FANNED = ("beds_needed", "occupancy", "emergency_admissions", "staffing_gap_share")
#: What stands beside beds needed.
OPEN = "beds_open"
#: As many policies are named in a title.
NAMED = 3
#: Fewer panels than this beside each other have room for three years below.
ROOMY = 7


def caption(summary: xr.Dataset, central: xr.Dataset, shows: str) -> str:
    """A caption that says what bands cover."""
    return f"{caption_of(central, shows)} {retained_words(summary.attrs)}"


def ends(years: NDArray[np.int64], panels: int) -> list[int]:
    """The years named below a panel: the first and the last, and 2025 where there is room."""
    first, last = int(years[0]), int(years[-1])
    return [first, 2025, last] if panels < ROOMY and first < 2025 < last else [first, last]


def draw_fans(summary: xr.Dataset, central: xr.Dataset) -> Drawing:
    """A row a measure on one scale, a column a scenario: bands and the median by year; the
    baseline's median lies behind every policy, and beds open stand beside beds needed."""
    scenarios = names(central)
    shown = [known(each) for each in FANNED if each in summary]
    open_ = None if missing(known(OPEN), central) else yearly(known(OPEN), central, ())
    title = _fans_finding(summary, scenarios)
    said = caption(summary, central, "Bands of draws by calendar year.")
    figure, axes = new_figure(
        len(shown), len(scenarios), title=title, caption=said,
        size=(11.0, 1.6 + 1.55 * len(shown)),
        key=(
            {"color": BLUE, "label": "median"},
            *fan_key(),
            {"color": ORANGE, "linestyle": "--", "label": "median of the baseline"},
            *([] if open_ is None else
              [{"color": GREY, "linestyle": "-.", "label": "beds open, model's own"}]),
        ),
        sharex=True, sharey="row",
    )  # fmt: skip
    for row, measure in zip(axes, shown, strict=True):
        spread = scaled(measure, summary[measure.name])
        years = spread["year"].to_numpy()
        beside = open_ if measure.name == "beds_needed" else None
        for panel, scenario in zip(row, scenarios, strict=True):
            own = spread.sel(scenario=scenario)
            fill(panel, years, own)
            panel.plot(years, own.sel(quantile=0.5), color="white", linewidth=2.6)
            panel.plot(years, own.sel(quantile=0.5), color=BLUE, linewidth=1.4)
            if scenario != scenarios[0]:
                behind = spread.sel(scenario=scenarios[0], quantile=0.5)
                panel.plot(years, behind, color=ORANGE, linewidth=1.2, linestyle="--")
            if beside is not None:
                open_beds = beside.sel(scenario=scenario, year=years).to_numpy()
                panel.plot(years, open_beds, color=GREY, linewidth=1.3, linestyle="-.")
            panel.set_xticks(ends(years, len(scenarios)))
            frame(panel)
        row[0].set_ylabel(_side(measure), fontsize=8)
    for panel, scenario in zip(axes[0], scenarios, strict=True):
        panel.set_title(folded(scenario, len(scenarios)), fontsize=9.5 if len(scenarios) < 7 else 7)
    numbers = _fan_numbers(summary, shown)
    return Drawing("fans", figure, numbers, _fans_alt(summary, shown), title, said)


def draw_changes(summary: xr.Dataset, central: xr.Dataset) -> Drawing:
    """A panel a headline measure, a row a policy: the change from baseline draw by draw in the last
    year, its bands and median, and the chance that it is for the better."""
    policies = names(central)[1:]
    shown = [known(each) for each in HEADLINE if f"{each}_change" in summary]
    year = int(summary["year"][-1])
    title = _changes_finding(summary, policies, year)
    said = caption(
        summary, central,
        f"Change from baseline in {year}, draw by draw; below each, the share of draws in which it "
        "is for the better.",
    )  # fmt: skip
    figure, axes = new_figure(
        1, len(shown), title=title, caption=said,
        size=(11.0, 2.4 + 0.62 * max(len(policies), 2)),
        key=(
            {"color": BLUE, "marker": "o", "linestyle": "", "label": "median"},
            *fan_key(),
        ),
        sharey=True,
    )  # fmt: skip
    heights: list[Any] = list(range(len(policies)))[::-1]
    for panel, measure in zip(axes[0], shown, strict=True):
        spread = scaled(measure, summary[f"{measure.name}_change"]).sel(year=year)
        for height, policy in zip(heights, policies, strict=True):
            own = spread.sel(scenario=policy)
            for low, high, dark, _ in BANDS:
                ends = float(own.sel(quantile=low)), float(own.sel(quantile=high))
                panel.barh(
                    height, ends[1] - ends[0], left=ends[0], height=0.34,
                    color=tinted(BLUE, dark), zorder=2,
                )  # fmt: skip
            middle = float(own.sel(quantile=0.5))
            panel.plot(middle, height, "o", color="white", markersize=7, zorder=3)
            panel.plot(middle, height, "o", color=BLUE, markersize=5, zorder=4)
            panel.annotate(
                _chance_words(summary, measure, policy, year, middle), (middle, height - 0.2),
                xytext=(0, -2), textcoords="offset points", ha="center", va="top", fontsize=7,
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        panel.axvline(0, color=GREY, linewidth=0.9, zorder=1)
        panel.set_title(folded(_UNIT.sub("", HEADS[measure.name][0]), 4), fontsize=8)
        panel.set_xlabel(f"change, {in_words(measure)}", fontsize=8)
        panel.set_yticks(heights, [folded(each, 3) for each in policies])
        panel.set_ylim(-0.75, len(policies) - 0.5)
        panel.use_sticky_edges = False
        panel.margins(x=0.2)
        panel.tick_params(axis="x", labelsize=7.5)
        panel.locator_params(axis="x", nbins=3)
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
        panel.grid(axis="x")
        panel.grid(visible=False, axis="y")
    numbers = _change_numbers(summary, shown, policies, year)
    alt = _changes_alt(summary, shown, policies, year)
    return Drawing("certainty", figure, numbers, alt, title, said)


def _side(measure: Measure) -> str:
    return folded(measure.title.split(" as a share")[0], 3) + f"\n({in_words(measure)})"


def _at(values: xr.DataArray, **where: object) -> float:
    return float(values.sel(**where))  # type: ignore[arg-type]


def _fans_finding(summary: xr.Dataset, scenarios: list[str]) -> str:
    measure = known("beds_needed")
    spread = summary[measure.name].isel(year=-1)
    year = int(summary["year"][-1])
    low, high = (_at(spread, scenario=scenarios[0], quantile=share) for share in (0.1, 0.9))
    first = (
        f"In {year} the baseline needs {thousands(low, 3)} to {thousands(high, 3)} beds in 80% of "
        "draws"
    )
    if len(scenarios) == 1:
        return first
    changes = summary[f"{measure.name}_change"].isel(year=-1).sel(quantile=0.5)
    best = min(scenarios[1:], key=lambda name: _at(changes, scenario=name))
    chance = _at(summary[f"{measure.name}_better"].isel(year=-1), scenario=best)
    return f"{first}; {best} lowers the need in {chance_words(chance)}"


def _changes_finding(summary: xr.Dataset, policies: list[str], year: int) -> str:
    sure: dict[str, list[str]] = {}
    for policy in policies:
        for name, words in (("beds_needed", "beds needed"), ("running_cost", "running cost")):
            if f"{name}_better" in summary:
                chance = _at(summary[f"{name}_better"].sel(year=year), scenario=policy)
                if chance >= 0.95:
                    sure.setdefault(words, []).append(policy)
    beds = sure.get("beds needed", [])
    cost = sure.get("running cost", [])
    several = f"{len(beds)} of {len(policies)} policies"
    named = capital(listed(beds)) if len(beds) <= NAMED else several
    lowered = f"{named} lower" + ("s" if len(beds) == 1 else "")
    first = (
        f"{lowered} beds needed in at least 95% of draws in {year}"
        if beds
        else f"No policy lowers beds needed in 95% of draws in {year}"
    )
    if "running_cost_better" not in summary:
        return first
    if not cost:
        return f"{first}; none lowers running cost as surely"
    unfilled = [each for each in cost if _leaves_posts_empty(summary, each, year)]
    why = ", by posts that stay empty" if unfilled == cost else ""
    verb = "lowers" if len(cost) == 1 else "lower"
    only = "only " if len(cost) == 1 < len(beds) else ""
    return f"{first}; {only}{listed(cost)} {verb} running cost as surely{why}"


def _leaves_posts_empty(summary: xr.Dataset, policy: str, year: int) -> bool:
    """Whether a policy widens the staffing gap in at least 95% of draws."""
    better = summary.get("staffing_gap_better")
    return better is not None and _at(better.sel(year=year), scenario=policy) <= 0.05


def _chance_words(
    summary: xr.Dataset, measure: Measure, policy: str, year: int, middle: float
) -> str:
    if not measure.direction:
        return signed(middle)
    chance = _at(summary[f"{measure.name}_better"].sel(year=year), scenario=policy)
    short = chance_words(chance).replace("over ", ">").replace("under ", "<")
    return f"{signed(middle)} ({short})"


def _fan_numbers(summary: xr.Dataset, shown: list[Measure]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for measure in shown:
        table = summary[measure.name].to_series().unstack("quantile").reset_index()
        table.insert(0, "measure", measure.name)
        frames.append(table)
    return pd.concat(frames, ignore_index=True)


def _change_numbers(
    summary: xr.Dataset, shown: list[Measure], policies: list[str], year: int
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for measure in shown:
        spread = summary[f"{measure.name}_change"].sel(year=year)
        better = summary.get(f"{measure.name}_better")
        for policy in policies:
            chance = np.nan if better is None else _at(better.sel(year=year), scenario=policy)
            levels = [_at(spread, scenario=policy, quantile=q) for q in summary["quantile"].values]
            rows.append((measure.name, policy, year, *levels, chance))
    shares = [f"{float(share):g}" for share in summary["quantile"].values]
    return pd.DataFrame(rows, columns=["measure", "scenario", "year", *shares, "chance_better"])


def _fans_alt(summary: xr.Dataset, shown: list[Measure]) -> str:
    told = []
    for measure in shown:
        last = scaled(measure, summary[measure.name]).isel(year=-1)
        each = ", ".join(
            f"{scenario} {thousands(_at(last, scenario=scenario, quantile=0.025), 3)} to "
            f"{thousands(_at(last, scenario=scenario, quantile=0.975), 3)}"
            for scenario in map(str, summary["scenario"].to_numpy())
        )
        told.append(f"{measure.title}, {in_words(measure)}: {each}.")
    year = int(summary["year"][-1])
    return (
        f"Fan charts by scenario. The middle 95% of draws in {year}. {' '.join(told)} "
        f"{retained_words(summary.attrs)}"
    )


def _changes_alt(summary: xr.Dataset, shown: list[Measure], policies: list[str], year: int) -> str:
    told = []
    for measure in shown:
        spread = scaled(measure, summary[f"{measure.name}_change"]).sel(year=year)
        each = ", ".join(
            f"{policy} {signed(_at(spread, scenario=policy, quantile=0.5))}, 95% of draws from "
            f"{signed(_at(spread, scenario=policy, quantile=0.025))} to "
            f"{signed(_at(spread, scenario=policy, quantile=0.975))}"
            for policy in policies
        )
        told.append(f"{measure.title}, {in_words(measure)}: {each}.")
    return (
        f"Interval charts of the change from baseline in {year} by policy. {' '.join(told)} "
        f"{retained_words(summary.attrs)}"
    )

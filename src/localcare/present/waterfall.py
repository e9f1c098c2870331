"""Figure: what drives the difference that a policy makes, a step a group of its settings.

In: the Dataset of `measures.drivers`. Out: a `Drawing`: a panel a measure, in each a step from the
baseline for every group, in one order for all panels, and the whole difference below; what each
group spends beside.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from localcare.measures.catalogue import Measure
from localcare.present.declared import known
from localcare.present.findings import capital, signed, thousands
from localcare.present.layouts.axes import in_words, judged, scaled_number
from localcare.present.style import BLUE, GREY, MINUS, ORANGE, Drawing, new_figure, style

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["DRIVEN", "SPEND", "draw_drivers", "drivers_finding", "drivers_table"]

#: The measures that are broken down unless others are named; the first orders the groups.
DRIVEN = ("beds_needed", "emergency_admissions", "people_with_moderate_or_severe_frailty")
#: What stands beside them: what each group costs.
SPEND = "policy_spend"


def draw_drivers(
    drivers: xr.Dataset, policy: str, attributes: Mapping[str, str], reference: str = "baseline"
) -> Drawing:
    """The figure; `attributes` are those of the run (version and name) for the caption."""
    order = _order(drivers)
    measures = [str(name) for name in drivers.data_vars]
    title = drivers_finding(drivers, policy)
    caption = _caption(drivers, policy, attributes, reference)
    with style():
        figure, axes = new_figure(
            1,
            len(measures),
            title=title,
            caption=caption,
            size=(11.0, 3.2 + 0.42 * len(order)),
            key=(
                {"marker": "s", "linestyle": "", "color": BLUE, "label": "better"},
                {"marker": "s", "linestyle": "", "color": ORANGE, "label": "worse"},
                {"marker": "s", "linestyle": "", "color": GREY, "label": "neither"},
            ),
            sharey=True,
        )  # fmt: skip
        for panel, name in zip(axes[0], measures, strict=True):
            _steps(panel, known(name), drivers[name].sel(group=order))
        heads = [*(textwrap.fill(each, 30) for each in order), f"{policy}, all together"]
        axes[0, 0].set_yticks(range(len(heads)), heads)
        axes[0, 0].set_ylim(len(heads) - 0.4, -0.6)
    alt = _alt(drivers, policy, order, reference)
    return Drawing("drivers", figure, drivers_table(drivers), alt, title, caption)


def drivers_table(drivers: xr.Dataset) -> pd.DataFrame:
    """A row a measure and group: its part, and the share of the whole difference."""
    import pandas as pd

    rows = []
    for name, values in drivers.data_vars.items():
        base, end = values.attrs["baseline"], values.attrs["policy"]
        for group in _order(drivers):
            part = float(values.sel(group=group))
            rows.append((str(name), group, part, base, end, values.attrs["units"]))
    return pd.DataFrame(
        rows, columns=["measure", "group", "part_of_the_difference", "baseline", "policy", "units"]
    )


def drivers_finding(drivers: xr.Dataset, policy: str) -> str:
    """Which group does most of what the policy does to the first measure."""
    name = str(next(iter(drivers.data_vars)))
    values = drivers[name]
    whole = values.attrs["policy"] - values.attrs["baseline"]
    title = _lower(known(name).title)
    year = drivers.attrs["year"]
    if whole == 0:
        return f"{capital(policy)} does not move {title} in {year}"
    with_it = values * np.sign(whole)
    most = str(values["group"].to_numpy()[int(with_it.to_numpy().argmax())])
    told = _told(known(name), whole)
    return (
        f"{capital(policy)} moves {title} by {told} in {year}, of which {most} "
        f"{_told(known(name), float(values.sel(group=most)))}"
    )


def _steps(panel: Axes, measure: Measure, parts: xr.DataArray) -> None:
    from matplotlib.ticker import MaxNLocator

    start = 0.0
    values = [scaled_number(measure, float(each)) for each in parts.to_numpy()]
    edges = [0.0]
    for row, value in enumerate(values):
        panel.barh(row, value, left=start, height=0.6, color=judged(measure, value))
        panel.plot([start + value] * 2, [row - 0.3, row + 1.3], color=GREY, linewidth=0.7)
        start += value
        edges.append(start)
    panel.barh(len(values), start, height=0.6, color=judged(measure, start))
    panel.axvline(0, color=GREY, linewidth=0.9)
    low, high = min(edges), max(edges)
    span = (high - low) or 1.0
    panel.set_xlim(low - 0.42 * span, high + 0.42 * span)
    for row, value in enumerate([*values, start]):
        left, right = (edges[row], edges[row] + value) if row < len(values) else (0.0, start)
        forward = value >= 0
        panel.annotate(
            signed(value), (max(left, right) if forward else min(left, right), row),
            xytext=(4 if forward else -4, 0), textcoords="offset points",
            ha="left" if forward else "right", va="center", fontsize=8,
            fontweight="bold" if row == len(values) else None,
        )  # fmt: skip
    base = scaled_number(measure, float(parts.attrs["baseline"]))
    panel.set_title(
        f"{textwrap.fill(measure.title, 24)}\nbaseline {thousands(base, 4)}", fontsize=8
    )
    panel.set_xlabel(f"change, {in_words(measure)}", fontsize=8)
    panel.grid(visible=False)
    panel.grid(axis="x")
    panel.tick_params(labelsize=8)
    panel.xaxis.set_major_locator(MaxNLocator(3))
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}".replace("-", MINUS))


def _order(drivers: xr.Dataset) -> list[str]:
    """Groups by the size of their part of the first measure, the largest first."""
    first = drivers[str(next(iter(drivers.data_vars)))]
    sizes = abs(first)
    groups = [str(name) for name in drivers["group"].to_numpy()]
    return sorted(groups, key=lambda name: -float(sizes.sel(group=name)))


def _told(measure: Measure, value: float) -> str:
    return signed(scaled_number(measure, value))


def _lower(title: str) -> str:
    """A title within a sentence; names that begin with two capitals keep them."""
    return title if title[1:2].isupper() or title[1:2] == "&" else title[:1].lower() + title[1:]


def _caption(
    drivers: xr.Dataset, policy: str, attributes: Mapping[str, str], reference: str
) -> str:
    return (
        f"What drives the difference between {policy} and the {reference} in "
        f"{drivers.attrs['year']}: Shapley values over groups of settings, the mean of what each "
        f"adds over every order, from {drivers.attrs['runs']} runs of all coalitions. Parts add up "
        "to the whole. Spend since 2019, discounted at 3.5% a year, real 2023/24 prices. Kent and "
        f"Medway. Modelled: localcare {attributes['version']}, run {attributes['run']}. Contains "
        "public sector information licensed under the Open Government Licence v3.0."
    )


def _alt(drivers: xr.Dataset, policy: str, order: list[str], reference: str) -> str:
    told = []
    for name, values in drivers.data_vars.items():
        measure = known(str(name))
        parts = ", ".join(
            f"{each} {_told(measure, float(values.sel(group=each)))}" for each in order
        )
        whole = _told(measure, values.attrs["policy"] - values.attrs["baseline"])
        told.append(f"{measure.title}, {in_words(measure)}: {parts}; all together {whole}.")
    return (
        f"Waterfall charts of what drives the difference between {policy} and the {reference} in "
        f"{drivers.attrs['year']}, by group of settings. {' '.join(told)}"
    )

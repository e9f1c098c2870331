"""Figure: beds needed at 92% occupancy against beds open, by system and scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcare.measures.periods import by_year, monthly
from localcare.present.findings import listed, names, policy_starts
from localcare.present.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    Drawing,
    folded,
    frame,
    mark,
    new_figure,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

MONTHS = 12


def draw(dataset: xr.Dataset, caption: str) -> Drawing:
    """A grid: a row a system on one scale, a column a scenario. Monthly beds needed and open; the
    baseline's need lies behind every policy in grey."""
    needed = monthly(dataset["beds_needed"], dataset)
    open_ = monthly(dataset["beds_open"], dataset)
    systems = [str(name) for name in dataset["system"].to_numpy()]
    scenarios = names(dataset)
    months = needed["time"].to_numpy().astype("datetime64[M]").astype(int) / MONTHS + 1970
    last = int(by_year(needed)["year"].to_numpy()[-1])

    figure, axes = new_figure(
        len(systems),
        len(scenarios),
        title=_finding(by_year(needed), by_year(open_), last),
        caption=caption,
        key=(
            {"color": BLUE, "label": "beds needed at 92% occupancy"},
            {"color": ORANGE, "linestyle": "--", "label": "beds open"},
            {"color": LIGHT, "label": "needed in the baseline"},
            {"color": GREY, "linestyle": ":", "label": "policy starts"},
        ),
        sharex=True,
        sharey="row",
    )
    starts = policy_starts(dataset)
    for row, system in zip(axes, systems, strict=True):
        behind = needed.sel(scenario="baseline", system=system).to_numpy()
        for panel, scenario in zip(row, scenarios, strict=True):
            need = needed.sel(scenario=scenario, system=system).to_numpy()
            have = open_.sel(scenario=scenario, system=system).to_numpy()
            if scenario != "baseline":
                panel.plot(months, behind, color=LIGHT, linewidth=1.0)
            panel.plot(months, need, color=BLUE, linewidth=1.0)
            panel.plot(months, have, color=ORANGE, linewidth=1.4, linestyle="--")
            mark(panel, [starts[scenario]] if scenario in starts else [])
            panel.set_xticks([int(months[0]), 2025, last + 1])
            panel.margins(x=0.02)
            frame(panel)
        row[0].set_ylabel(system.replace(" and ", "\nand "), fontsize=8)
    for panel, scenario in zip(axes[0], scenarios, strict=True):
        panel.set_title(folded(scenario, len(scenarios)))
    return Drawing("beds", figure, _numbers(needed, open_), _alt(needed, open_, last))


def _finding(needed: xr.DataArray, open_: xr.DataArray, last: int) -> str:
    gap = (needed - open_).sel(scenario="baseline", year=last)
    short = [str(name) for name in gap["system"].to_numpy() if float(gap.sel(system=name)) > 0]
    total = float(gap.sum())
    if not short:
        return f"Without new policy, beds open cover what is needed at 92% occupancy in {last}"
    where = "every system" if len(short) == gap.sizes["system"] else listed(short)
    return (
        f"Without new policy, {where} needs more beds than are open in {last}: "
        f"{total:,.0f} net in Kent and Medway"
    )


def _numbers(needed: xr.DataArray, open_: xr.DataArray) -> pd.DataFrame:
    import xarray as xr

    table = xr.Dataset({"beds_needed": needed, "beds_open": open_}).drop_vars("year")
    table = table.transpose("scenario", "system", "time")
    frame_ = table.to_dataframe().reset_index()
    frame_["time"] = frame_["time"].dt.strftime("%Y-%m")
    return frame_[["scenario", "system", "time", "beds_needed", "beds_open"]]


def _alt(needed: xr.DataArray, open_: xr.DataArray, last: int) -> str:
    at = by_year(needed).sel(year=last).sum("system")
    have = by_year(open_).sel(year=last).sum("system")
    each = ", ".join(
        f"{name}: {float(at.sel(scenario=name)):,.0f} needed, "
        f"{float(have.sel(scenario=name)):,.0f} open"
        for name in (str(value) for value in at["scenario"].to_numpy())
    )
    return (
        "Line charts of general and acute beds needed at 92% occupancy and beds open, by month, "
        f"for four hospital systems and each scenario. Kent and Medway, mean of {last}: {each}."
    )

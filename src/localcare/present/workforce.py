"""Figure: staff in post against staff needed by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcare.measures.periods import by_year, monthly
from localcare.present.findings import names, signed
from localcare.present.style import BLUE, GREY, LIGHT, ORANGE, Drawing, folded, new_figure

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["draw"]

RING = {
    "color": ORANGE,
    "marker": "o",
    "markersize": 9,
    "fillstyle": "none",
    "markeredgewidth": 1.8,
}


def draw(dataset: xr.Dataset, caption: str) -> Drawing:
    """One panel a layer; one row a scenario in the last year, under the baseline of the first year:
    a filled dot for staff in post, a ring for staff needed, the gap written beside."""
    post = by_year(monthly(dataset["staff_in_post_by_layer"], dataset))
    need = by_year(monthly(dataset["staff_needed_by_layer"], dataset))
    layers = [str(name) for name in dataset["layer"].to_numpy()]
    years = post["year"].to_numpy()
    first, last = int(years[0]), int(years[-1])
    scenarios = names(dataset)
    rows = [("baseline", first), *((name, last) for name in scenarios)]
    labels = [f"{name} {year}" for name, year in rows]

    figure, axes = new_figure(
        2,
        2,
        title=_finding(post, need, last),
        caption=caption,
        size=(11.0, 7.0),
        key=(
            {"color": BLUE, "marker": "o", "linestyle": "", "label": "in post"},
            {**RING, "linestyle": "", "label": "needed"},
        ),
        sharey=True,
    )
    heights = list(range(len(rows)))[::-1]
    for panel, layer in zip(axes.flat, layers, strict=False):
        largest = 0.0
        for height, (name, year) in zip(heights, rows, strict=True):
            have = float(post.sel(scenario=name, year=year, layer=layer))
            want = float(need.sel(scenario=name, year=year, layer=layer))
            largest = max(largest, have, want)
            panel.plot([have, want], [height, height], color=LIGHT, linewidth=3, zorder=1)
            panel.plot(have, height, "o", color=BLUE, markersize=7, zorder=3)
            panel.plot(want, height, **RING, zorder=2)
            panel.annotate(
                signed(have - want),
                (max(have, want), height),
                xytext=(9, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=GREY,
            )
        panel.set_title(f"{layer.capitalize()} care")
        sides = [folded(each, 2) for each in labels]
        panel.set_yticks(heights, sides, fontsize=7 if "\n" in "".join(sides) else None)
        panel.grid(axis="x")
        panel.grid(visible=False, axis="y")
        panel.set_ylim(-0.6, len(rows) - 0.4)
        panel.set_xlim(0, largest * 1.18 + 1)
        panel.set_xlabel("full-time equivalents")
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return Drawing("workforce", figure, _numbers(post, need), _alt(post, need, last))


def _finding(post: xr.DataArray, need: xr.DataArray, last: int) -> str:
    gap = (need - post).sel(scenario="baseline", year=last)
    share = gap / need.sel(scenario="baseline", year=last)
    worst = str(share["layer"].to_numpy()[int(share.to_numpy().argmax())])
    size = float(gap.sel(layer=worst))
    if size <= 0:
        return f"In {last} every layer has the staff that the baseline asks for"
    return (
        f"In the baseline {worst} care lacks the largest share of its staff in {last}: "
        f"{float(share.sel(layer=worst)):.0%}, {size:,.0f} full-time equivalents"
    )


def _numbers(post: xr.DataArray, need: xr.DataArray) -> pd.DataFrame:
    import xarray as xr

    table = xr.Dataset({"staff_in_post": post, "staff_needed": need})
    frame = table.transpose("scenario", "layer", "year").to_dataframe().reset_index()
    return frame[["scenario", "layer", "year", "staff_in_post", "staff_needed"]]


def _alt(post: xr.DataArray, need: xr.DataArray, last: int) -> str:
    at = [
        f"{name} scenario, {layer} care: "
        f"{float(post.sel(scenario=name, year=last, layer=layer)):,.0f} in post, "
        f"{float(need.sel(scenario=name, year=last, layer=layer)):,.0f} needed"
        for name in (str(value) for value in post["scenario"].to_numpy())
        for layer in (str(value) for value in post["layer"].to_numpy())
    ]
    return (
        f"Dot charts of staff in post against staff needed by layer of care in {last}, in "
        f"full-time equivalents. {'; '.join(at)}."
    )

"""Figures of the past: what was observed, what the model says, with and without what was fitted.

In: the `SeriesFit`s of one series and dimension. Out: a `Drawing`, a panel an element on shared
axes. What flows is shown for a day, so that months of 28 and 31 days can be compared.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.present.findings import capital
from localcare.present.style import BLUE, GREY, ORANGE, Drawing, frame, new_figure, style
from localcare.study.validation import SeriesFit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw", "draw_history", "groups", "whole"]

Floats = NDArray[np.float64]
#: Figures that a line needs.
FEWEST = 3
#: Lines nearer than this part of each other are drawn as one.
SEEN = 0.01
#: Errors below this are not told apart in a title.
LEAST = 0.001
#: How far above the highest figure an axis ends.
ROOM = 1.06
_COLUMNS = ((1, 1), (2, 2), (4, 2), (6, 3), (9, 3))


def draw_history(fits: Sequence[SeriesFit], attributes: Mapping[Any, Any]) -> list[Drawing]:
    """A figure a series and dimension; `attributes` are those of the run (version and name) for the
    captions."""
    drawn = []
    with style():
        for group in groups(fits):
            daily = ", for a mean day of the period" if group[0].counts else ""
            publishers = sorted({row.publisher for fit in group for row in fit.rows})
            caption = (
                f"{capital(group[0].series)}: published figures against the model{daily}. Source: "
                f"{'; '.join(publishers)}. Modelled: localcare {attributes['version']}, run "
                f"{attributes['run']}. Contains public sector information licensed under the Open "
                "Government Licence v3.0."
            )
            drawn.append(draw(group, caption))
    return drawn


def groups(fits: Sequence[SeriesFit]) -> Iterator[tuple[SeriesFit, ...]]:
    """The fits of each figure: one series and one dimension, each with figures enough."""
    drawn = [fit for fit in fits if len(fit.rows) >= FEWEST]
    for _, group in itertools.groupby(drawn, key=lambda fit: (fit.series, fit.dimension)):
        yield tuple(group)


def draw(fits: Sequence[SeriesFit], caption: str) -> Drawing:
    """One figure."""
    columns = next((wide for most, wide in _COLUMNS if len(fits) <= most), 4)
    rows = -(-len(fits) // columns)
    without = not all(np.allclose(fit.modelled, fit.without, rtol=SEEN) for fit in fits)
    dots = {"color": GREY, "linestyle": ""}
    key: list[dict[str, Any]] = [
        {**dots, "marker": "o", "markersize": 3.5, "label": _kind(fits)},
        {"color": BLUE, "label": "model"},
    ]
    if without:
        label = "model without what was fitted to the past"
        key.append({"color": ORANGE, "linestyle": "--", "linewidth": 1.2, "label": label})
    if any(fit.excluded.any() for fit in fits):
        key.append({**dots, "marker": "x", "label": f"{_kind(fits)}, not compared"})
    title = _title(fits)
    figure, axes = new_figure(
        rows, columns, title=title, caption=caption, key=key,
        size=(11.0, 2.4 + 2.3 * rows), sharex=True, sharey=_alike(fits),
    )  # fmt: skip
    panels = list(axes.flat)
    for panel, fit in zip(panels, fits, strict=False):
        times, scale = _times(fit), _scale(fit)
        if without:
            panel.plot(times, fit.without / scale, color=ORANGE, linestyle="--", linewidth=1.2)
        panel.plot(times, fit.modelled / scale, color=BLUE)
        kept, out = ~fit.excluded, fit.excluded
        panel.plot(
            times[kept], (fit.observed / scale)[kept], marker="o", markersize=3.5, zorder=3, **dots
        )
        panel.plot(
            times[out], (fit.observed / scale)[out], marker="x", markersize=5, zorder=3, **dots
        )
        panel.set_title(capital(fit.element) if fit.element else "Kent and Medway")
        frame(panel)
        panel.set_xticks(range(int(times.min()), int(times.max()) + 1, _every(times)))
        panel.set_xlim(int(times.min()), float(times.max()) + 0.02 * float(np.ptp(times)) + 0.05)
    if _kind(fits) == "observed":
        tops = [panel.dataLim.y1 for panel in panels[: len(fits)]]
        for panel, top in zip(panels, tops, strict=False):
            panel.set_ylim(0, ROOM * (max(tops) if _alike(fits) else top))
    for panel in panels[max(len(fits) - columns, 0) : len(fits)]:
        panel.tick_params(labelbottom=True)
    for panel in panels[len(fits) :]:
        panel.set_visible(False)
    for row in axes:
        row[0].set_ylabel(_unit(fits[0]), fontsize=8)
    return Drawing(_name(fits), figure, _numbers(fits), _alt(fits), title, caption)


def whole(fits: Sequence[SeriesFit]) -> float:
    """The mean absolute percentage error over all elements, by their figures."""
    counts = np.array([int((~fit.excluded).sum()) for fit in fits])
    return float(np.average([fit.mape for fit in fits], weights=counts))


def _title(fits: Sequence[SeriesFit]) -> str:
    name = capital(fits[0].series)
    error = whole(fits)
    worst = max(fits, key=lambda fit: fit.mape)
    seen_as = f"what was {_kind(fits)}"
    if error < LEAST:
        return f"{name}: the model follows {seen_as} to within {LEAST:.1%}"
    if not np.isfinite(error) or error >= 1:
        bias = float(np.mean([fit.modelled.mean() for fit in fits]))
        seen = float(np.mean([fit.observed.mean() for fit in fits]))
        return f"{name}: the model has {bias / seen:.1f} times {seen_as}, on average"
    text = f"{name}: the model is {error:.1%} from {seen_as}, on average"
    if len(fits) > 1 and worst.mape > 1.25 * error:
        text += f", {worst.mape:.1%} in {worst.element}"
    return text


def _kind(fits: Sequence[SeriesFit]) -> str:
    """Whether the figures were observed, or put out before their time came."""
    ahead = any(row.start.year > row.published for fit in fits for row in fit.rows)
    return "projected" if ahead else "observed"


def _alike(fits: Sequence[SeriesFit]) -> bool:
    """Whether the elements are near enough in size for one scale."""
    sizes = [float(fit.observed.max() / _scale(fit).max()) for fit in fits]
    return min(sizes) > 0 and max(sizes) / min(sizes) < 4


def _scale(fit: SeriesFit) -> Floats:
    return np.array([float(row.days) if fit.counts else 1.0 for row in fit.rows])


def _times(fit: SeriesFit) -> Floats:
    """The middle of each period, in years."""
    return np.array(
        [
            row.start.year + (row.start.timetuple().tm_yday - 1 + row.days / 2) / 365.25
            for row in fit.rows
        ]
    )


def _every(times: Floats) -> int:
    return 1 if float(np.ptp(times)) < 6 else 3


def _unit(fit: SeriesFit) -> str:
    plural = fit.unit if fit.unit in ("FTE", "percent") else fit.unit + "s"
    plural = "people" if fit.unit == "person" else plural
    return f"{plural} a day" if fit.counts else plural


def _name(fits: Sequence[SeriesFit]) -> str:
    text = f"{fits[0].series} {fits[0].dimension}" if fits[0].dimension else fits[0].series
    return "observed_" + re.sub(r"\W+", "_", text.lower()).strip("_")


def _numbers(fits: Sequence[SeriesFit]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            (
                fit.series, fit.element, row.start.isoformat(), row.period.value, fit.unit, seen,
                said, bare, bool(out),
            )
            for fit in fits
            for row, seen, said, bare, out in zip(
                fit.rows, fit.observed, fit.modelled, fit.without, fit.excluded, strict=True
            )
        ],
        columns=[
            "series", "element", "start", "period", "unit", "observed", "modelled",
            "without_history", "left_out",
        ],
    )  # fmt: skip


def _alt(fits: Sequence[SeriesFit]) -> str:
    each = "; ".join(
        f"{fit.element or 'Kent and Medway'}: mean error {fit.mean_error:+.1%}"
        + (f", mean absolute error {fit.mape:.1%}" if np.isfinite(fit.mape) else "")
        for fit in fits
    )
    first, last = fits[0].rows[0].start, fits[0].rows[-1].start
    return (
        f"Line charts of {fits[0].series}, {first:%B %Y} to {last:%B %Y}, {_kind(fits)} against "
        f"the model, in {len(fits)} panel{'s' if len(fits) > 1 else ''}. {each}."
    )

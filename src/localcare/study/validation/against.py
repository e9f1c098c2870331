"""Rows that hold a run to observed figures.

In: a series as matched to the model, the modelled figures with and without history, a declared
part. Out: its result, element by element, the worst telling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from localcare.model.observed import Observation
from localcare.study import errors
from localcare.study.observation import Matched
from localcare.study.validation.declared import LeftOut, SeriesPart, Window
from localcare.study.validation.result import PartResult, SeriesFit
from localcare.study.validation.settings import told

__all__ = ["Figures", "fit_of", "held"]

Floats = NDArray[np.float64]

#: Relative difference that no printed figure shows.
UNSEEN = 1e-4

_MEASURES = {
    "mean error": errors.mean_error,
    "mean absolute error": errors.mape,
    "largest error": errors.largest_error,
    "largest difference": errors.largest_difference,
}
_WORDS = {
    "mean error": "mean error",
    "mean absolute error": "MAPE",
    "largest error": "largest error",
    "largest difference": "largest difference",
}


@dataclass(frozen=True, eq=False)
class Figures:
    """A series with what the model says of it, (n,) each, in the order of `matched.rows`."""

    matched: Matched
    modelled: Floats
    without: Floats


def held(part: SeriesPart, figures: Figures) -> PartResult:
    """The part's result. It fails, too, where nothing is left to compare."""
    rows = figures.matched.rows
    groups = {
        element: chosen
        for element in dict.fromkeys(row.element for row in rows)
        if not part.elements or element in part.elements
        if (chosen := _chosen(part, rows, element))
    }
    what = f"{part.series}, {_WORDS.get(part.measure, 'level')}{_window(part)}{told(part.set)}"
    if not groups:
        return PartResult(what, _target(part), "no figure to compare", passed=False)
    if part.measure == "level":
        return _level(what, figures, groups)
    measure = _MEASURES[part.measure]
    observed = figures.matched.values
    found = {
        element: measure(figures.modelled[chosen], observed[chosen])
        for element, chosen in groups.items()
    }
    bare = {
        element: measure(figures.without[chosen], observed[chosen])
        for element, chosen in groups.items()
    }
    worst = max(found, key=lambda element: abs(found[element]))
    limit = part.within or 0.0
    return PartResult(
        what,
        _target(part),
        _result(part, found),
        all(abs(value) <= limit for value in found.values()),
        found[worst],
        found,
        "" if _same(figures) else _result(part, bare),
    )


def fit_of(figures: Figures, element: str, left_out: Iterable[LeftOut]) -> SeriesFit:
    """One element of a series with its errors; figures that some row leaves out are not in them."""
    matched = figures.matched
    places = [place for place, row in enumerate(matched.rows) if row.element == element]
    rows = tuple(matched.rows[place] for place in places)
    out = {(each.element, each.start) for each in left_out}
    excluded = np.array([(row.element, row.start) in out for row in rows])
    observed, modelled = matched.values[places], figures.modelled[places]
    kept = ~excluded if not excluded.all() else np.ones(len(rows), dtype=bool)
    return SeriesFit(
        matched.series, element, matched.dimensions[element], rows[0].unit, matched.counts, rows,
        observed, modelled, figures.without[places], excluded,
        errors.mean_error(modelled[kept], observed[kept]),
        errors.mape(modelled[kept], observed[kept]),
        errors.theil(modelled[kept], observed[kept]),
    )  # fmt: skip


def _chosen(part: SeriesPart, rows: Iterable[Observation], element: str) -> list[int]:
    """Positions of the figures of an element that the part compares."""
    out = {(each.element, each.start) for each in part.leave_out}
    return [
        place
        for place, row in enumerate(rows)
        if row.element == element
        and part.holds(row.start)
        and not any(window.holds(row.start) for window in part.without)
        and (element, row.start) not in out
    ]


def _level(what: str, figures: Figures, groups: Mapping[str, list[int]]) -> PartResult:
    """Level, trend and error of all elements together; nothing is asked of them."""
    places = [place for chosen in groups.values() for place in chosen]
    rows = figures.matched.rows
    starts = sorted({rows[place].start for place in places})
    totals = [
        np.array([sum(v[p] for p in places if rows[p].start == start) for start in starts])
        for v in (figures.modelled, figures.matched.values, figures.without)
    ]
    modelled, observed, bare = totals
    words = f"{_number(modelled.mean())} against {_number(observed.mean())}"
    if len(starts) > 1:
        half = len(starts) // 2
        words += (
            f"; later half over earlier {_ratio(modelled, half)} against {_ratio(observed, half)}"
        )
    error = errors.mean_error(modelled, observed)
    words += f"; mean error {error:+.0%}"
    history = "" if _same(figures) else _number(bare.mean())
    return PartResult(what, "printed", words, passed=True, value=error, without_history=history)


def _same(figures: Figures) -> bool:
    """Whether what was fitted to the past makes no difference that could be printed."""
    return bool(np.allclose(figures.modelled, figures.without, rtol=UNSEEN, atol=0.0))


def _ratio(values: Floats, half: int) -> str:
    before = float(values[:half].mean())
    return f"{float(values[half:].mean()) / before:.2f}" if before else "from nothing"


def _result(part: SeriesPart, found: Mapping[str, float]) -> str:
    if len(found) == 1:
        return _shown(part, next(iter(found.values())))
    if len(found) <= 4:
        return ", ".join(f"{name} {_shown(part, value)}" for name, value in found.items())
    worst = max(found, key=lambda element: abs(found[element]))
    return f"at most {_shown(part, found[worst])} ({worst}), of {len(found)}"


def _shown(part: SeriesPart, value: float) -> str:
    if part.measure == "largest difference":
        return f"{value:.2f}"
    if abs(value) >= 10:
        return "over 1,000%"
    return f"{value:+.1%}" if part.measure == "mean error" else f"{value:.1%}"


def _target(part: SeriesPart) -> str:
    if part.within is None:
        return "printed"
    if part.measure == "largest difference":
        return f"within {part.within:g}"
    return f"within {part.within:.3g}" if part.within >= 10 else f"under {part.within * 100:.3g}%"


def _window(part: SeriesPart) -> str:
    return _stretch(part) + "".join(f", without{_stretch(each)}" for each in part.without)


def _stretch(window: Window) -> str:
    """A window by its first and last month."""
    last = None if window.end is None else window.end - timedelta(days=1)
    if window.start is not None and last is not None:
        return f" {window.start:%b %Y} to {last:%b %Y}"
    if window.start is not None:
        return f" from {window.start:%b %Y}"
    return "" if last is None else f" to {last:%b %Y}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

"""Tables of what validation found, and the same as plain data for JSON."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Table

from localcare.present.tables import plain_table
from localcare.study.calibration.hold_out import HeldOut
from localcare.study.forecasts import NAIVE
from localcare.study.validation import Validated

__all__ = [
    "as_json",
    "fit_table",
    "free_words",
    "hold_out_table",
    "hold_out_words",
    "row_table",
]

#: Figures that an error has to rest on to be split.
FEWEST = 8


def row_table(found: Validated) -> Table:
    """Every part of every row: target, result, the result without history, pass or fail."""
    rows = []
    for row in found.rows:
        rows.append((row.row, "", "", "", row.kind, "pass" if row.passed else "FAIL"))
        rows += [
            (
                f"  {part.what}",
                part.target,
                part.result,
                part.without_history,
                "",
                "pass" if part.passed else "FAIL",
            )
            for part in row.parts
        ]
    passed = len(found.rows) - found.failed
    heads = ("what must come out right", "target", "result", "without history", "kind", "")
    return plain_table(heads, rows, title=f"{passed} of {len(found.rows)} rows pass")


def fit_table(found: Validated) -> Table:
    """Each series by element: errors, and Theil's shares of the squared error."""
    rows = [
        (
            fit.series,
            fit.element or "all",
            str(int((~fit.excluded).sum())),
            f"{fit.mean_error:+.1%}",
            _percent(fit.mape),
            f"{fit.theil.rmse:,.4g}",
            _share(fit.theil.bias),
            _share(fit.theil.variation),
            _share(fit.theil.covariation),
        )
        for fit in found.fits
        if len(fit.rows) >= FEWEST
    ]
    numbers = ("figures", "mean error", "MAPE", "RMSE", "bias", "variation", "covariation")
    title = "Errors of each series; the squared error by Theil: bias, variation, covariation"
    return plain_table(("series", "element", *numbers), rows, right=numbers, title=title)


def free_words(found: Validated) -> str:
    """How many numbers were fitted to the past, and what drives the model from outside."""
    each = ", ".join(f"{free.variable} {free.count}" for free in found.free)
    count = sum(free.count for free in found.free)
    words = f"{count} numbers are fitted to the past{': ' if each else ''}{each}."
    if found.inputs:
        words += f" Driven from outside by: {', '.join(found.inputs)}."
    return words


def hold_out_table(held: HeldOut) -> Table:
    """Each series after the day that fits end by: errors of the model and of naive forecasts."""
    rows = [
        (
            each.series,
            each.element or "all",
            str(each.figures),
            _percent(each.model),
            *(_percent(each.naive[name]) for name in NAIVE),
            "model" if each.beats else each.best,
        )
        for each in held.forecasts
    ]
    numbers = ("figures", "model", *NAIVE)
    title = (
        f"Fitted to {held.until:%B %Y}, forecast to {held.last:%B %Y}: mean absolute percentage "
        "errors of the forecast"
    )
    heads = ("series", "element", *numbers, "nearest")
    return plain_table(heads, rows, right=numbers, title=title)


def hold_out_words(held: HeldOut) -> list[str]:
    """Where the model beats the best of the naive forecasts and where it does not."""
    wins = [each for each in held.forecasts if each.beats]
    losses = [each for each in held.forecasts if not each.beats]
    best = f"the best of {', '.join(NAIVE)}"
    told = [f"The model is nearer than {best} in {len(wins)} of {len(held.forecasts)}."]
    for words, group in (("Nearer in", wins), ("Not in", losses)):
        if group:
            named = [
                f"{each.series}{f' of {each.element}' if each.element else ''}" for each in group
            ]
            told.append(f"{words}: {'; '.join(named)}.")
    unknown = [each.identifier for each in held.fit.task.unknown]
    if unknown:
        told.append(
            f"{len(unknown)} numbers of what began after {held.until:%B %Y} are left at what does "
            "nothing."
        )
    return told


def as_json(found: Validated, held: HeldOut | None = None) -> dict[str, Any]:
    """All of it as plain data; a number that is none (infinite, undefined) is null."""
    after = {} if held is None else {"hold_out": _held(held)}
    return {
        **after,
        "passed": len(found.rows) - found.failed,
        "rows": [
            {
                "row": row.row,
                "kind": row.kind,
                "passed": row.passed,
                "because": row.because,
                "parts": [
                    {
                        "what": part.what,
                        "target": part.target,
                        "result": part.result,
                        "value": _number(part.value),
                        "values": {k: _number(v) for k, v in (part.values or {}).items()},
                        "without_history": part.without_history,
                        "passed": part.passed,
                    }
                    for part in row.parts
                ],
            }
            for row in found.rows
        ],
        "series": [
            {
                "series": fit.series,
                "element": fit.element,
                "figures": int((~fit.excluded).sum()),
                "mean_error": _number(fit.mean_error),
                "mape": _number(fit.mape),
                "rmse": _number(fit.theil.rmse),
                "unit": fit.unit,
                "theil": {
                    "bias": _number(fit.theil.bias),
                    "variation": _number(fit.theil.variation),
                    "covariation": _number(fit.theil.covariation),
                },
            }
            for fit in found.fits
        ],
        "inputs": list(found.inputs),
        "free_numbers": {each.variable: each.count for each in found.free},
    }


def _held(held: HeldOut) -> dict[str, Any]:
    return {
        "until": held.until.isoformat(),
        "last": held.last.isoformat(),
        "forecasts": [
            {
                "series": each.series,
                "element": each.element,
                "figures": each.figures,
                "model": _number(each.model),
                "naive": {name: _number(value) for name, value in each.naive.items()},
                "best_naive": each.best,
                "model_is_nearer": each.beats,
            }
            for each in held.forecasts
        ],
    }


def _percent(value: float) -> str:
    return f"{value:.1%}" if value < 10 else "over 1,000%"


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None

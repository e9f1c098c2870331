"""Tables of what a fit found."""

from __future__ import annotations

import itertools

import numpy as np
from rich.table import Table

from localcare.present.tables import plain_table
from localcare.study import errors
from localcare.study.calibration.fit import Fit
from localcare.study.calibration.identifiability import CORRELATED

__all__ = ["error_table", "number_table", "said", "start_table"]


def number_table(fit: Fit) -> Table:
    """Each number: old, new, standard error, bounds, how well it is known."""
    rows = [
        (
            each.identifier,
            f"{each.start:.5g}",
            f"{value:.5g}",
            f"{error:.2g}" if np.isfinite(error) else "",
            f"{each.low:g} to {each.high:g}",
            each.unit,
            verdict,
        )
        for each, value, error, verdict in zip(
            fit.task.parameters, fit.values, fit.known.errors, fit.known.verdicts, strict=True
        )
    ]
    heads = ("number", "old", "new", "standard error", "bounds", "unit", "the figures tell it")
    title = f"{len(rows)} numbers fitted to {fit.task.figures} figures"
    return plain_table(heads, rows, right=("old", "new", "standard error"), title=title)


def error_table(fit: Fit) -> Table:
    """Each series by element, as fitted."""
    rows = []
    ordered = itertools.groupby(fit.residuals, key=lambda each: (each.row.series, each.row.element))
    for (series, element), group in ordered:
        own = list(group)
        modelled = np.array([each.modelled for each in own])
        observed = np.array([each.observed for each in own])
        mape = errors.mape(modelled, observed)
        rows.append(
            (
                series,
                element or "all",
                str(len(own)),
                f"{errors.mean_error(modelled, observed):+.1%}",
                f"{mape:.1%}" if np.isfinite(mape) else "",
            )
        )
    numbers = ("figures", "mean error", "MAPE")
    return plain_table(("series", "element", *numbers), rows, right=numbers, title="Errors")


def start_table(fit: Fit) -> Table:
    """Each start and what it came to."""
    rows = [
        (
            "the model's own" if each.number == 0 else f"{each.number}",
            f"{each.before:.5g}",
            f"{each.after:.5g}",
            str(each.steps),
            f"{each.farthest:.1%}",
            "yes" if each.same else "no",
        )
        for each in fit.starts
    ]
    numbers = ("squares before", "after", "steps", "farthest number from the fit, of its bounds")
    return plain_table(
        ("start", *numbers, "the same fit"), rows, right=numbers,
        title=f"{len(rows)} starts, seed {fit.seed}",
    )  # fmt: skip


def said(fit: Fit) -> list[str]:
    """What a reader has to know beside the tables."""
    names = [each.identifier for each in fit.task.parameters]
    told = [
        f"{names[one]} and {names[other]} can hardly be told apart "
        f"(correlation {fit.known.correlations[one, other]:+.2f})."
        for one, other in itertools.combinations(range(len(names)), 2)
        if abs(fit.known.correlations[one, other]) > CORRELATED
    ]
    same = sum(each.same for each in fit.starts)
    told.append(
        f"The sum of squares falls from {fit.before:.4g} to {fit.after:.4g}; {same} of "
        f"{len(fit.starts)} starts come to it."
    )
    return told

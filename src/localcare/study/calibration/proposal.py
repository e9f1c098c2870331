"""What a fit proposes, as files that a person reads before anything is changed.

`files` gives the text of each by name: `proposal.csv` (constant, old, new, standard error, what it
was fitted to), `covariance.csv` (see `covariance`), `residuals.csv` (every figure with its
residual) and `correlations.csv`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcare.model.csv_records import number, read_records
from localcare.problems import BadInput
from localcare.study.calibration.covariance import covariance_of, write_covariance
from localcare.study.calibration.fit import Fit
from localcare.study.calibration.identifiability import rounded

__all__ = ["COLUMNS", "Proposed", "files", "fitted_to", "proposed", "read_proposal"]

COLUMNS = (
    "parameter", "variable", "elements", "at", "scope", "old", "new", "standard error", "low",
    "high", "unit", "verdict", "fitted to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposed:
    """One number to change. `scope` "factor" multiplies all values of the variable."""

    parameter: str
    variable: str
    elements: tuple[str, ...]
    at: float | None
    scope: str
    old: float
    new: float
    error: float
    low: float
    high: float
    unit: str
    verdict: str
    fitted_to: str


def proposed(fit: Fit) -> tuple[Proposed, ...]:
    """The numbers that a fit proposes, rounded as their errors allow, in the order of their
    declaration."""
    to = fitted_to(fit)
    return tuple(
        Proposed(
            each.identifier, each.variable, each.elements, each.at, each.scope, each.start,
            rounded(each, float(value), float(error)), float(error), each.low, each.high, each.unit,
            verdict, to,
        )
        for each, value, error, verdict in zip(
            fit.task.parameters, fit.values, fit.known.errors, fit.known.verdicts, strict=True
        )
    )  # fmt: skip


def fitted_to(fit: Fit) -> str:
    """The figures of a fit in words: each series with its first and last day."""
    told = []
    for target in fit.task.targets:
        rows = target.matched.rows
        first, last = min(row.start for row in rows), max(row.start for row in rows)
        told.append(f"{target.matched.series} {first:%B %Y} to {last:%B %Y}")
    return "; ".join(told)


def files(fit: Fit) -> dict[str, str]:
    """The text of every file, by its name."""
    rows = proposed(fit)
    changes = [
        (
            each.parameter, each.variable, "; ".join(each.elements),
            "" if each.at is None else repr(each.at), each.scope, _full(each.old), _full(each.new),
            f"{each.error:.6g}", repr(each.low), repr(each.high), each.unit, each.verdict,
            each.fitted_to,
        )
        for each in rows
    ]  # fmt: skip
    names = [each.parameter for each in rows]
    correlations = [
        (name, *(f"{value:.4f}" for value in line))
        for name, line in zip(names, fit.known.correlations, strict=True)
    ]
    residuals = [
        (
            each.row.series, each.row.element, each.row.start.isoformat(), each.row.period.value,
            f"{each.observed:.10g}", f"{each.modelled:.10g}", f"{each.residual:.6g}",
        )
        for each in fit.residuals
    ]  # fmt: skip
    heads = ("series", "element", "start", "period", "observed", "modelled", "residual")
    return {
        "proposal.csv": _table(COLUMNS, changes),
        "covariance.csv": write_covariance(covariance_of(fit)),
        "correlations.csv": _table(("parameter", *names), correlations),
        "residuals.csv": _table(heads, residuals),
    }


def read_proposal(path: Path) -> tuple[Proposed, ...]:
    """A proposal as it was written, perhaps with rows removed. Raises BadInput with every problem
    of it."""
    records, problems = read_records(path, COLUMNS)
    found = []
    for record in records:
        cells = record.cells
        name = cells["parameter"]
        old, new, low, high = (
            number(record, name, column, problems) for column in ("old", "new", "low", "high")
        )
        error = float(cells["standard error"]) if cells["standard error"] else float("nan")
        if cells["scope"] not in ("value", "factor"):
            problems.append(record.problem(name, f'"{cells["scope"]}" is no scope.'))
        if not low <= new <= high:
            why = f"the new value {new:g} lies outside its bounds {low:g} to {high:g}."
            problems.append(record.problem(name, why))
        elements = tuple(each.strip() for each in cells["elements"].split(";") if each.strip())
        found.append(
            Proposed(
                name, cells["variable"], elements, float(cells["at"]) if cells["at"] else None,
                cells["scope"], old, new, error, low, high, cells["unit"], cells["verdict"],
                cells["fitted to"],
            )
        )  # fmt: skip
    if problems:
        raise BadInput(problems)
    return tuple(found)


def _full(value: float) -> str:
    """A number as the model will hold it: the digits that a fit can tell."""
    return f"{value:.8g}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return stream.getvalue()

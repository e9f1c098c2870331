"""The file that keeps how fitted numbers vary together, `<model>.covariance.csv`, for ensembles.

Columns: `parameter` (its identifier), `variable`, `elements` (separated by semicolons), `at` (the
knot of a series), `scope`, `value`, `low`, `high`, and then one column a parameter, headed by its
identifier, with their covariance. For scope "value" all are in the variable's unit and `value` is
that of the model; for scope "factor" they are of a factor on the values of the model, so that
`value` is 1. Numbers at a bound, or of which the figures say nothing, are not in it: an ensemble
draws those from their rows of assumptions. `read_covariance` gives it back as `Parameter`s, whose
`places` say where each sits in the variable's values, with the matrix in their order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.model import ModelSpec
from localcare.model.csv_records import Record, number, read_records, read_text
from localcare.model.variable_names import closest, find
from localcare.problems import BadInput, Problem
from localcare.study.calibration.declared import FittedConstant
from localcare.study.calibration.fit import Fit
from localcare.study.calibration.identifiability import rounded
from localcare.study.calibration.parameters import Parameter, in_model

__all__ = [
    "Covariance",
    "covariance_of",
    "kept_covariance",
    "read_covariance",
    "write_covariance",
]

Floats = NDArray[np.float64]
_COLUMNS = ("parameter", "variable", "elements", "at", "scope", "value", "low", "high")
#: How far, relatively, the model may have moved from what was fitted.
MOVED = 1e-6
#: A matrix whose lowest eigenvalue lies further below 0 than this part of its highest is none of
#: covariances; rounding to the digits of the file stays well inside.
NEGATIVE = 1e-6


@dataclass(frozen=True, eq=False)
class Covariance:
    """`values` (n,) of the parameters and their `matrix` (n, n), in the same units."""

    parameters: tuple[Parameter, ...]
    values: Floats
    matrix: Floats


def covariance_of(fit: Fit) -> Covariance:
    """Of the numbers that a fit knows, as they will be in the model that it is applied to."""
    known = fit.known
    kept = [
        place
        for place, verdict in enumerate(known.verdicts)
        if "known" in verdict and np.isfinite(known.errors[place])
    ]
    parameters = tuple(fit.task.parameters[place] for place in kept)
    values = np.array(
        [
            rounded(parameter, float(fit.values[place]), float(known.errors[place]))
            for parameter, place in zip(parameters, kept, strict=True)
        ]
    )
    factor = np.array([parameter.scope == "factor" for parameter in parameters], dtype=bool)
    scale = np.where(factor, 1 / np.where(factor, values, 1.0), 1.0)
    matrix = fit.known.covariance[np.ix_(kept, kept)] * np.outer(scale, scale)
    return Covariance(parameters, values * scale, matrix)


def write_covariance(covariance: Covariance) -> str:
    """The text of the file."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    named = [each.identifier for each in covariance.parameters]
    writer.writerow([*_COLUMNS, *named])
    for each, value, row in zip(
        covariance.parameters, covariance.values, covariance.matrix, strict=True
    ):
        writer.writerow(
            [
                each.identifier, each.variable, "; ".join(each.elements),
                "" if each.at is None else repr(each.at), each.scope, f"{value:.12g}",
                repr(each.low), repr(each.high), *(f"{cell:.10g}" for cell in row),
            ]
        )  # fmt: skip
    return stream.getvalue()


def kept_covariance(path: Path, kept: Collection[str]) -> str:
    """The text of a covariance file with the parameters of these identifiers only."""
    rows = list(csv.reader(io.StringIO(read_text(path))))
    columns = [place for place, name in enumerate(rows[0]) if place < len(_COLUMNS) or name in kept]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([rows[0][place] for place in columns])
    writer.writerows([row[place] for place in columns] for row in rows[1:] if row[0] in kept)
    return stream.getvalue()


def read_covariance(path: Path, spec: ModelSpec) -> Covariance:
    """The file, held against the model. Raises BadInput with every problem of it: a parameter that
    the model lacks, a value that is no longer the model's, a matrix that is none of covariances."""
    header = _header(path)
    named = [each for each in header if each not in _COLUMNS]
    records, problems = read_records(path, [*_COLUMNS, *named])
    parameters, rows, values = [], [], []
    for record in records:
        name = record.cells["parameter"]
        value = number(record, name, "value", problems)
        low, high = (number(record, name, column, problems) for column in ("low", "high"))
        rows.append([number(record, name, column, problems) for column in named])
        values.append(value)
        made, faults = _parameter(spec, record, low, high)
        problems += [record.problem(name, each.why, each.cure) for each in faults]
        if made is None:
            continue
        parameters.append(made)
        if abs(made.start - value) > MOVED * max(abs(value), abs(made.start)):
            why = f"was fitted as {value:g}, and is {made.start:g} in the model."
            problems.append(record.problem(name, why, "Run `localcare calibrate` again."))
    if [each.cells["parameter"] for each in records] != named:
        why = "the columns of the matrix are not the parameters of the rows, in their order."
        problems.append(Problem(why, file=path, line=1))
    elif not problems:
        problems += _no_covariance(path, np.array(rows))
    if problems:
        raise BadInput(problems)
    return Covariance(tuple(parameters), np.array(values), np.array(rows))


def _parameter(
    spec: ModelSpec, record: Record, low: float, high: float
) -> tuple[Parameter | None, list[Problem]]:
    """The parameter that a row names, and what is wrong with it."""
    cells = record.cells
    elements = [each.strip() for each in cells["elements"].split(";") if each.strip()]
    variable = find(spec, cells["variable"])
    if variable is None:
        return None, [Problem("no such variable.", closest(spec, cells["variable"]))]
    if cells["scope"] not in ("value", "factor"):
        return None, [Problem(f'"{cells["scope"]}" is no scope.', "It is value or factor.")]
    by_dimension: dict[str, tuple[str, ...]] = {}
    for element in elements:
        own = [d for d in variable.dimensions if element in spec.by_dimension[d].elements]
        if not own:
            return None, [Problem(f"{variable.name} has no element {element}.")]
        by_dimension[own[0]] = (*by_dimension.get(own[0], ()), element)
    try:
        declared = FittedConstant(
            constant=variable.name, elements=by_dimension, factor=cells["scope"] == "factor",
            at=(float(cells["at"]),) if cells["at"] else (), low=low, high=high,
        )  # fmt: skip
    except ValueError as error:
        return None, [Problem(f"cannot be read: {error}.")]
    made, faults = in_model(spec, declared)
    return (made[0], []) if len(made) == 1 and not faults else (None, faults)


def _header(path: Path) -> list[str]:
    first = next(csv.reader(io.StringIO(read_text(path))))
    return [cell.strip() for cell in first]


def _no_covariance(path: Path, matrix: Floats) -> list[Problem]:
    if matrix.size and not np.allclose(matrix, matrix.T, rtol=1e-6, atol=0.0):
        return [Problem("the matrix is not the same across its diagonal.", file=path)]
    sizes = np.linalg.eigvalsh(matrix) if matrix.size else np.zeros(0)
    if sizes.size and sizes.min() < -NEGATIVE * max(float(sizes.max()), 0.0):
        return [
            Problem(
                "no numbers vary together like this: a direction has less than no variance.",
                "Run `localcare calibrate` again.",
                path,
            )
        ]
    return []

"""Uncertain numbers that go together: optional rank correlations between pairs.

In: `<model>.correlations.csv` beside the model, if there is one, with the columns

    first, second, correlation, note

naming two parameters of the assumptions table (one element of an array as `name[element]`) and
their correlation, between -1 and 1; pairs that are not named are independent. Out: shares of the
distributions, tied. The correlation is that of a Gaussian copula (Nelsen 2006), so each number
keeps its own distribution, and rank correlations come within 0.02 of what the table says. Of the
numbers that hang together the first by name keeps the draws it has alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.model import names
from localcare.model.csv_records import Record, number, read_records
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study.project import Project
from localcare.study.uncertainty import Parameter

__all__ = ["Correlations", "read", "read_beside"]

Floats = NDArray[np.float64]
ENDING = ".correlations.csv"
_COLUMNS = ("first", "second", "correlation", "note")
#: How far below zero rounding may take an eigenvalue of a matrix that is a correlation matrix.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Correlations:
    """`matrix` (n, n) between the parameters `names`, sorted."""

    file: Path
    names: tuple[str, ...]
    matrix: Floats

    def applied(self, shares: Mapping[str, Floats]) -> dict[str, Floats]:
        """Independent shares (draws,) by name, tied; those of other names as they are."""
        from scipy.special import ndtr, ndtri

        if not self.names:
            return dict(shares)
        alone = np.stack([ndtri(shares[name]) for name in self.names])
        tied = ndtr(np.linalg.cholesky(self.matrix) @ alone)
        return {**shares, **dict(zip(self.names, tied, strict=True))}


def read_beside(project: Project, drawn: Sequence[Parameter]) -> Correlations | None:
    """The table beside a model, None where there is none. Raises what `read` does."""
    path = project.beside(ENDING)
    return read(path, drawn) if path.exists() else None


def read(path: Path, drawn: Sequence[Parameter]) -> Correlations:
    """Read a table. Raises BadInput with every problem of it, and where the pairs together cannot
    be correlations of anything."""
    records, problems = read_records(path, _COLUMNS)
    known = {names.key(each.name): each.name for each in drawn}
    pairs: dict[tuple[str, str], tuple[float, int]] = {}
    for record in records:
        first, second = (_known(record, each, known, problems) for each in _COLUMNS[:2])
        value = number(record, record.cells["first"], "correlation", problems)
        if abs(value) > 1:
            why = f"{value:g} is no correlation."
            problems.append(record.problem(record.cells["first"], why, "It lies from -1 to 1."))
        if not record.cells["note"]:
            cure = "Say why the two go together."
            problems.append(record.problem(record.cells["first"], "there is no note.", cure))
        if first is None or second is None:
            continue
        if first == second:
            problems.append(record.problem(first, "a number is not paired with itself."))
            continue
        pair = (min(first, second), max(first, second))
        if pair in pairs:
            why = f"line {pairs[pair][1]} holds the pair with {record.cells['second']} already."
            problems.append(record.problem(record.cells["first"], why))
            continue
        pairs[pair] = (value, record.line)
    if not problems:
        tied = tuple(sorted({name for pair in pairs for name in pair}))
        places = {name: place for place, name in enumerate(tied)}
        matrix = np.eye(len(tied))
        for (first, second), (value, _) in pairs.items():
            matrix[places[first], places[second]] = matrix[places[second], places[first]] = value
        if tied and float(np.linalg.eigvalsh(matrix)[0]) > _ROUNDING:
            return Correlations(path, tied, matrix)
        if not tied:
            return Correlations(path, (), np.empty((0, 0)))
        why = (
            "the correlations contradict each other: together they are no correlation matrix (its "
            f"smallest eigenvalue is {np.linalg.eigvalsh(matrix)[0]:.2g})."
        )
        cure = f"Make some weaker; they tie {', '.join(tied)}."
        problems.append(Problem(why, cure, file=path))
    raise BadInput(sorted(problems, key=lambda problem: problem.line or 0))


def _known(
    record: Record, column: str, known: Mapping[str, str], problems: list[Problem]
) -> str | None:
    """The parameter named in a cell; a problem where there is none."""
    text = record.cells[column]
    found = known.get(names.key(text))
    if found is None:
        cure = did_you_mean(text, list(known.values()))
        why = "is no number that is drawn." if text else f"there is no {column}."
        problems.append(record.problem(text, why, cure))
    return found

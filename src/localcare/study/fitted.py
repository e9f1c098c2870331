"""Numbers that were fitted together are drawn together, from the calibration's covariance.

In: `<model>.covariance.csv` beside the model (see `calibration.covariance`), if there is one. Out:
the fitted numbers as `Parameter`s, in place of what the assumptions table says of the same places
of a variable; and their joint draws, normal with the fitted covariance, each cut off at its bounds.
`Parameter`s spread normally by themselves, two standard deviations to either side: that is what
`sensitivity`, which varies one number at a time, takes of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.model import Kind
from localcare.model.assumptions import Distribution, Scope
from localcare.study.calibration.covariance import read_covariance
from localcare.study.project import Project
from localcare.study.uncertainty import Parameter

__all__ = ["Fitted", "read_fitted", "uncertain"]

Floats = NDArray[np.float64]
ENDING = ".covariance.csv"


@dataclass(frozen=True, eq=False)
class Fitted:
    """`parameters` with their `values` (n,), the square `root` (n, n) of their covariance, and
    bounds (n, 2)."""

    file: Path
    parameters: tuple[Parameter, ...]
    values: Floats
    root: Floats
    bounds: Floats

    def drawn(self, shares: Mapping[str, Floats]) -> dict[str, Floats]:
        """Joint draws, (draws,) by name, from independent shares of each."""
        from scipy.special import ndtri

        alone = np.stack([ndtri(shares[each.name]) for each in self.parameters])
        found = self.values[:, np.newaxis] + self.root @ alone
        inside = np.clip(found, self.bounds[:, :1], self.bounds[:, 1:])
        return {each.name: inside[place] for place, each in enumerate(self.parameters)}


def read_fitted(project: Project) -> Fitted | None:
    """What stands beside a model, None where nothing does. Raises BadInput with every problem."""
    path = project.beside(ENDING)
    if not path.exists():
        return None
    found = read_covariance(path, project.spec)
    if not found.parameters:
        return None
    sizes, directions = np.linalg.eigh(found.matrix)
    root = (directions * np.sqrt(np.clip(sizes, 0.0, None))) @ directions.T
    deviations = np.sqrt(np.clip(np.diag(found.matrix), 0.0, None))
    parameters = tuple(
        Parameter(
            f"{each.identifier} (fitted)",
            each.variable,
            each.places,
            Distribution.NORMAL,
            max(each.low, value - 2 * deviation),
            float(value),
            min(each.high, value + 2 * deviation),
            Scope(each.scope),
            "1" if each.scope == "factor" else each.unit,
        )
        for each, value, deviation in zip(found.parameters, found.values, deviations, strict=True)
    )
    bounds = np.array([(each.low, each.high) for each in found.parameters])
    return Fitted(path, parameters, found.values, root, bounds)


def uncertain(
    project: Project, drawn: Sequence[Parameter], fit: Fitted | None
) -> tuple[Parameter, ...]:
    """Everything that is uncertain: the fitted numbers, and those of the table that say anything
    of a place that was not fitted.

    A factor on a series some knots of which were fitted is left out: the others are what the fit is
    relative to, such as the 1 before and after a pandemic, and moving those would move every year.
    """
    if fit is None:
        return tuple(drawn)
    taken: dict[str, set[int]] = {}
    for each in fit.parameters:
        taken.setdefault(each.variable, set()).update(each.places or ())
    variables = project.spec.by_identifier
    kept = [
        each
        for each in drawn
        if each.variable not in taken
        or (
            not (each.scope is not Scope.VALUE and variables[each.variable].kind is Kind.SERIES)
            and set(each.places or range(len(variables[each.variable].values)))
            - taken[each.variable]
        )
    ]
    return (*kept, *fit.parameters)

"""What validation found: rows with their parts, and each series with its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.model.observed import Observation
from localcare.study.errors import Theil

__all__ = ["FreeNumbers", "PartResult", "RowResult", "SeriesFit", "Validated"]


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part: what it is of, its target and result in words, and whether it passes.

    `value` is the result as a number where there is one (the worst element's, for a series) and
    `values` that of every element. `without_history` is the result in words of a run without what
    was fitted to the past, where that can be told.
    """

    what: str
    target: str
    result: str
    passed: bool
    value: float | None = None
    values: Mapping[str, float] | None = None
    without_history: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row; `because` is what is known of why it fails."""

    row: str
    kind: str
    parts: tuple[PartResult, ...]
    because: str = ""

    @property
    def passed(self) -> bool:
        """Whether all its parts pass."""
        return all(part.passed for part in self.parts)


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """One element of a series: its figures, what the model says with and without the numbers that
    were fitted to the past, and the errors of the former. `rows`, `modelled` and `without` are in
    the order of time; `excluded` marks figures that no row compares. `dimension` is that of the
    element, "" for none; `counts` is true where a figure counts what flows in its period."""

    series: str
    element: str
    dimension: str
    unit: str
    counts: bool
    rows: tuple[Observation, ...]
    observed: NDArray[np.float64]
    modelled: NDArray[np.float64]
    without: NDArray[np.float64]
    excluded: NDArray[np.bool_]
    mean_error: float
    mape: float
    theil: Theil


@dataclass(frozen=True, slots=True)
class FreeNumbers:
    """How many numbers of one input were fitted to the past."""

    variable: str
    count: int


@dataclass(frozen=True, eq=False)
class Validated:
    """All that was found. `inputs` drive the model from outside; `free` were fitted to its past."""

    rows: tuple[RowResult, ...]
    fits: tuple[SeriesFit, ...]
    inputs: tuple[str, ...]
    free: tuple[FreeNumbers, ...]

    @property
    def failed(self) -> int:
        """How many rows fail."""
        return sum(not row.passed for row in self.rows)

"""Levels that measures should keep: those of every run, and what it is to keep one for good.

In: the values of a measure. Out: whether they keep to a level, and since which year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.measures.hospital import CEILING

__all__ = ["LIMITS", "Limit", "for_good"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limit:
    """A level that a measure should not be above, or below where it should be `at_least` that.
    `words` say what is breached; nothing for a target that is asked for."""

    measure: str
    level: float
    words: str = ""
    at_least: bool = False

    def kept(self, values: Floats) -> NDArray[np.bool_]:
        """Where values are not on the wrong side of the level."""
        kept: NDArray[np.bool_] = values >= self.level if self.at_least else values <= self.level
        return kept

    def __str__(self) -> str:
        return f"{self.measure} at {'least' if self.at_least else 'most'} {self.level:.10g}"


LIMITS = (
    Limit("occupancy", CEILING, "more than 92% of beds occupied over the year"),
    Limit("staffing_gap_share", 0.10, "more than one post in ten unfilled over the year"),
)


def for_good(kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The place (runs,) of the first year from which a limit is kept to the end, of what is kept
    (runs, years); the number of years where there is none."""
    lasting = np.logical_and.accumulate(kept[:, ::-1], axis=1).sum(axis=1)
    found: NDArray[np.int64] = kept.shape[1] - lasting
    return found

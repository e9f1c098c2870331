"""How far modelled figures are from observed ones.

All take two arrays of the same length, modelled and observed, in one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Theil", "largest_difference", "largest_error", "mape", "mean_error", "theil"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Theil:
    """The mean squared error split into three shares that add to 1 (Theil 1966; Sterman 1984,
    "Appropriate summary statistics for evaluating the historical fit of system dynamics models",
    Dynamica 10).

    `bias`: the means differ. `variation`: the spreads differ. `covariation`: point by point the two
    move apart, which is where noise that a model does not claim to hold should be. All are NaN
    where the fit is exact. `rmse` is the root of the mean squared error, in the unit of the data.
    """

    rmse: float
    bias: float
    variation: float
    covariation: float


def mean_error(modelled: Floats, observed: Floats) -> float:
    """(mean modelled - mean observed) / mean observed, a share."""
    mean = float(observed.mean())
    return (float(modelled.mean()) - mean) / mean if mean else float("inf")


def mape(modelled: Floats, observed: Floats) -> float:
    """The mean absolute percentage error, a share. Infinite where something observed is 0."""
    return float(_shares(modelled, observed).mean())


def largest_error(modelled: Floats, observed: Floats) -> float:
    """The largest absolute percentage error, a share."""
    return float(_shares(modelled, observed).max())


def largest_difference(modelled: Floats, observed: Floats) -> float:
    """The largest absolute difference, in the unit of the data."""
    return float(np.abs(modelled - observed).max())


def theil(modelled: Floats, observed: Floats) -> Theil:
    """Theil's inequality shares.

    >>> theil(np.array([2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    Theil(rmse=1.0, bias=1.0, variation=0.0, covariation=0.0)
    """
    squared = float(np.mean((modelled - observed) ** 2))
    if squared == 0.0:
        return Theil(0.0, float("nan"), float("nan"), float("nan"))
    spread, own = float(modelled.std()), float(observed.std())
    bias = float(modelled.mean() - observed.mean()) ** 2 / squared
    variation = (spread - own) ** 2 / squared
    covariance = float(np.mean((modelled - modelled.mean()) * (observed - observed.mean())))
    return Theil(
        float(np.sqrt(squared)), bias, variation, 2 * (spread * own - covariance) / squared
    )


def _shares(modelled: Floats, observed: Floats) -> Floats:
    away = np.abs(modelled - observed)
    return np.divide(away, observed, out=np.where(away > 0, np.inf, 0.0), where=observed != 0)

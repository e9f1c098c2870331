"""Forecasts that need no model, to hold a model's against.

In: figures of consecutive periods (n,), how many periods make a year, how many to forecast. Out:
forecasts (h,). See Hyndman and Athanasopoulos 2021, Forecasting: principles and practice, 3rd
edition, section 5.2, "Some simple forecasting methods".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["NAIVE", "drift", "last_value", "seasonal_naive"]

Floats = NDArray[np.float64]


def seasonal_naive(figures: Floats, a_year: int, ahead: int) -> Floats:
    """Each period as the same one of the last year known.

    >>> seasonal_naive(np.array([9.0, 1.0, 2.0]), 2, 3)
    array([1., 2., 1.])
    """
    return np.resize(figures[-a_year:], ahead)


def last_value(figures: Floats, a_year: int, ahead: int) -> Floats:  # noqa: ARG001
    """Every period as the last one known.

    >>> last_value(np.array([9.0, 1.0, 2.0]), 2, 3)
    array([2., 2., 2.])
    """
    return np.full(ahead, figures[-1])


def drift(figures: Floats, a_year: int, ahead: int) -> Floats:  # noqa: ARG001
    """On along the line from the first figure known to the last.

    >>> drift(np.array([1.0, 9.0, 3.0]), 2, 2)
    array([4., 5.])
    """
    slope = (figures[-1] - figures[0]) / (figures.size - 1)
    return np.asarray(figures[-1] + slope * np.arange(1, ahead + 1))


#: The forecasts by name.
NAIVE: Mapping[str, Callable[[Floats, int, int], Floats]] = {
    "seasonal naive": seasonal_naive,
    "last value": last_value,
    "drift": drift,
}

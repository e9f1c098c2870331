"""How well the figures tell each parameter.

In: parameters at the fit, the slopes of the residuals there, which residuals belong to one series.
Out: covariance, standard errors, correlations.

The residuals of a model are alike from month to month, so that they hold less than their number
says. Each element of a series has its own variance, raised by (1 + r) / (1 - r) for residuals that
resemble their neighbours by r (Bayley and Hammersley 1946, "The effective number of independent
observations in an autocorrelated time series", JRSS supplement 8), and the covariance is the
sandwich H^-1 (sum of variance J'J) H^-1 with H = J'J.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.study.calibration.parameters import Parameter

__all__ = ["CORRELATED", "Known", "Verdict", "how_well_known", "rounded"]

Floats = NDArray[np.float64]
#: Neighbouring residuals count as this much alike at most.
MOST_ALIKE = 0.95
#: Two parameters beyond this correlation cannot be told apart.
CORRELATED = 0.9
#: A parameter whose standard error is more than this part of its bounds is not known from the data:
#: an even spread between bounds has a standard deviation of 0.29 of their distance.
WIDE = 0.25
#: Within this part of its bounds a parameter lies at one of them.
AT_BOUND = 1e-4
#: Directions in which residuals move less than this part of the most are not known at all.
FLAT = 1e-8

Verdict = str


@dataclass(frozen=True, eq=False)
class Known:
    """`covariance` (parameters, parameters) in the parameters' units, infinite where the figures
    say nothing; `errors` and `correlations` from it; `verdicts` in words: "known", "at its low
    bound", "at its high bound", "hardly known", "not known"; `condition` is the ratio of the best
    to the worst told direction, in units of the bounds."""

    covariance: Floats
    errors: Floats
    correlations: Floats
    verdicts: tuple[Verdict, ...]
    condition: float


def how_well_known(
    parameters: Sequence[Parameter],
    values: Floats,
    slopes: Floats,
    groups: Sequence[Sequence[int]],
    residuals: Floats,
) -> Known:
    """`slopes` (figures, parameters) in the parameters' units; `groups` hold the positions of the
    residuals of each element of each series in the order of time."""
    width = np.array([each.high - each.low for each in parameters])
    scaled = slopes * width
    freedom = residuals.size / max(residuals.size - len(parameters), 1)
    meat = np.zeros((len(parameters), len(parameters)))
    for group in groups:
        own = scaled[list(group)]
        meat += _variance(residuals[list(group)]) * freedom * own.T @ own
    sizes, axes = np.linalg.eigh(scaled.T @ scaled)
    told = sizes > FLAT**2 * max(float(sizes.max(initial=0.0)), np.finfo(float).tiny)
    inverse = (axes[:, told] / sizes[told]) @ axes[:, told].T
    covariance = inverse @ meat @ inverse
    blind = (axes[:, ~told] ** 2).sum(axis=1) > FLAT
    covariance[blind, :] = covariance[:, blind] = 0.0
    covariance[blind, blind] = np.inf
    spread = np.sqrt(np.diag(covariance))
    correlations = np.eye(len(parameters))
    for one in range(len(parameters)):
        for other in range(len(parameters)):
            product = spread[one] * spread[other]
            if one != other and 0 < product < np.inf:
                correlations[one, other] = covariance[one, other] / product
    least = float(sizes.min(initial=np.inf))
    condition = float(np.sqrt(sizes.max() / least)) if least > 0 else float("inf")
    errors = spread * width
    finite = np.where(np.isfinite(covariance), covariance * np.outer(width, width), covariance)
    return Known(
        finite, errors, correlations,
        tuple(
            _verdict(each, value, error)
            for each, value, error in zip(parameters, values, errors, strict=True)
        ),
        condition,
    )  # fmt: skip


def rounded(parameter: Parameter, value: float, error: float) -> float:
    """A fitted value with the digits that its standard error leaves: to about a tenth of it,
    and inside its bounds."""
    if not 0 < error < float("inf"):
        return float(f"{value:.8g}")
    found = round(value, 1 - math.floor(math.log10(error)))
    return min(max(found, parameter.low), parameter.high)


def _variance(residuals: Floats) -> float:
    """The variance of residuals about 0, raised for what neighbours have in common."""
    variance = float((residuals**2).mean())
    if residuals.size < 3 or variance == 0.0:
        return variance
    alike = float((residuals[1:] * residuals[:-1]).mean()) / variance
    alike = min(max(alike, 0.0), MOST_ALIKE)
    return variance * (1 + alike) / (1 - alike)


def _verdict(parameter: Parameter, value: float, error: float) -> Verdict:
    width = parameter.high - parameter.low
    if value - parameter.low <= AT_BOUND * width:
        return "at its low bound"
    if parameter.high - value <= AT_BOUND * width:
        return "at its high bound"
    if not np.isfinite(error):
        return "not known"
    return "hardly known" if error > WIDE * width else "known"

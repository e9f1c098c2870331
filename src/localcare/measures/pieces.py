"""What measures are put together from: variables as they are, picked, subtracted, held to the
baseline. In: arrays over scenario, time or year, and their own dimensions. Out: the same."""

from __future__ import annotations

from localcare.measures.plain import Figures

__all__ = [
    "BASELINE",
    "above_baseline",
    "as_it_is",
    "below_baseline",
    "difference",
    "first_of",
    "second_of",
]

#: The scenario that others are held to.
BASELINE = "baseline"


def as_it_is(values: Figures) -> Figures:
    """The variable itself."""
    return values


def first_of(first: Figures, _second: Figures) -> Figures:
    """The first of two variables."""
    return first


def second_of(_first: Figures, second: Figures) -> Figures:
    """The second of two variables."""
    return second


def difference(first: Figures, second: Figures) -> Figures:
    """The first variable less the second."""
    return first - second


def above_baseline(values: Figures) -> Figures:
    """Each scenario's less the baseline's."""
    return values - values.sel(scenario=BASELINE, drop=True)


def below_baseline(values: Figures) -> Figures:
    """The baseline's less each scenario's."""
    return -above_baseline(values)

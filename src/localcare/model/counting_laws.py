"""Laws that give whole numbers, as the points of their cumulative functions.

`poisson`, `binomial` and `negative_binomial` take what shapes the law and a range of whole numbers
that may come; each returns those numbers with the shares of the law at or below them, the last of
which is 1. A number drawn evenly from 0 to 1 then stands for the first whose share it does not
pass: the inverse of the law, cut at both ends. Logarithms of factorials come from `math.lgamma`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from localcare.model.refusal import Refusal

__all__ = ["Points", "binomial", "negative_binomial", "poisson"]

#: So many numbers a law may give.
MOST = 10_000
#: What is rarer than this, against the likeliest number, never comes.
NEVER = math.log(1e-20)

Points = tuple[tuple[float, ...], tuple[float, ...]]


def poisson(mean: float, least: float, most: float) -> Points:
    """How many events there are where `mean` are expected."""
    if not mean >= 0:
        raise Refusal(f"its mean is {mean:g}.", "Give 0 or more.")
    if mean == 0:
        return _points(lambda _: 0.0, _whole(0, 0, least, most))
    rate = math.log(mean)
    spread = 10 * math.sqrt(mean) + 50
    found = _whole(mean - spread, mean + spread, least, most)
    return _points(lambda k: k * rate - mean - math.lgamma(k + 1), found)


def binomial(chance: float, trials: float, least: float, most: float) -> Points:
    """How many of so many trials succeed, each with the same chance."""
    _chance(chance)
    if not (trials >= 0 and float(trials).is_integer()):
        raise Refusal(f"its number of trials is {trials:g}.", "Give a whole number, 0 or more.")
    if chance in (0, 1):
        sure = trials * chance
        return _points(lambda _: 0.0, _whole(sure, sure, least, most))

    def weight(k: float) -> float:
        ways = math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        return ways + k * math.log(chance) + (trials - k) * math.log1p(-chance)

    middle = trials * chance
    spread = 10 * math.sqrt(middle * (1 - chance)) + 50
    found = _whole(max(middle - spread, 0), min(middle + spread, trials), least, most)
    return _points(weight, found)


def negative_binomial(chance: float, wanted: float, least: float, most: float) -> Points:
    """How many trials there are until so many succeed, each with the same chance."""
    _chance(chance)
    if chance == 0 or not (wanted >= 1 and float(wanted).is_integer()):
        raise Refusal(
            f"it waits for {wanted:g} successes of chance {chance:g}.",
            "Give a whole number, 1 or more, and a chance above 0.",
        )
    if chance == 1:
        return _points(lambda _: 0.0, _whole(wanted, wanted, least, most))

    def weight(k: float) -> float:
        ways = math.lgamma(k) - math.lgamma(wanted) - math.lgamma(k - wanted + 1)
        return ways + wanted * math.log(chance) + (k - wanted) * math.log1p(-chance)

    middle = wanted / chance
    # The right tail falls like that of a single wait, by (1 - chance) a trial.
    spread = 10 * math.sqrt(wanted * (1 - chance)) / chance - 50 / math.log1p(-chance)
    found = _whole(max(middle - spread, wanted), middle + spread, least, most)
    return _points(weight, found)


def _chance(chance: float) -> None:
    if not 0 <= chance <= 1:
        raise Refusal(f"its chance is {chance:g}.", "Give a chance from 0 to 1.")


def _whole(first: float, last: float, least: float, most: float) -> range:
    """The whole numbers of a law from `first` to `last` that lie between its ends."""
    low, high = math.ceil(max(first, least, 0.0)), math.floor(min(last, most))
    if high < low:
        raise Refusal("no number of its law lies between its ends.", "Put them further apart.")
    if high - low >= MOST:
        raise Refusal(
            f"its law has over {MOST:,} numbers.", "Use RANDOM NORMAL, which comes close to it."
        )
    return range(low, high + 1)


def _points(weight: Callable[[float], float], numbers: range) -> Points:
    """The numbers, and the shares at or below them, from the logarithms of their weights."""
    weights = [weight(float(each)) for each in numbers]
    top = max(weights)
    likely = [
        (float(number), math.exp(each - top))
        for number, each in zip(numbers, weights, strict=True)
        if each - top > NEVER
    ]
    whole = math.fsum(share for _, share in likely)
    ys, xs = zip(*_rising(likely, whole), strict=True)
    return xs, ys


def _rising(likely: list[tuple[float, float]], whole: float) -> Iterator[tuple[float, float]]:
    """Numbers and shares, without those that add nothing a double can tell."""
    before, below = 0.0, 0.0
    for number, share in likely[:-1]:
        below += share / whole
        if before < below < 1:
            yield number, below
            before = below
    yield likely[-1][0], 1.0

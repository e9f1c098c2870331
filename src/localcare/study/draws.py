"""Draws of uncertain numbers that depend on nothing but seed, name and count.

In: a seed, the name of what is drawn, how many draws. Out: numbers in (0, 1), which `uncertainty`
turns into values.

Each name has a one-dimensional Sobol' sequence of its own, scrambled as Owen does and shuffled: of
the first 1, 2, 4, 8, ... draws one falls into each of as many equal parts, and where in its part,
and in which order the parts are filled, are random bits keyed by seed and name (`engine.noise`). So
draw k is the same for every number of draws, a name that is added leaves all others alone, and each
number alone is spread as evenly as it can be.

Why not one Sobol' sequence of many dimensions, a dimension for each name: dimensions have to be
given out by position, which a new name shifts, or by a hash of the name, and two dimensions picked
at random are often alike in their first thousand points. For 200 dimensions so picked from
`scipy.stats.qmc.Sobol`, scrambled, the largest correlation of a pair is 0.84 at 512 points, and
0.38 for the first 200; with these sequences it is 0.19, as for independent numbers, where the mean
of each number alone is about `n` times as good. Source of the scrambling: Owen 1995, "Randomly
permuted (t,m,s)-nets"; of stratified sequences that double: Christensen and others 2018,
"Progressive multi-jittered sample sequences", in one dimension.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localcare.engine.noise import key, philox
from localcare.problems import BadInput, Problem

__all__ = ["MOST", "check_number", "check_seed", "uniforms"]

Floats = NDArray[np.float64]
#: More draws of one name than anyone can run.
MOST = 2**20
_SPARE = np.uint64(11)
_HALF = np.uint64(32)


def uniforms(seed: int, name: str, count: int) -> Floats:
    """The first `count` draws of a name, (count,), strictly between 0 and 1."""
    whole = 1 << max(count - 1, 0).bit_length()
    first, second = key(seed, "draw", name)
    zero = np.zeros(1, dtype=np.uint64)
    numbers = np.arange(whole, dtype=np.uint64)
    words = (np.array([first], dtype=np.uint64), np.array([second], dtype=np.uint64))
    a, b, c, d = philox((numbers, zero, zero, zero), words)
    within = _fraction(a, b)
    order = (c << _HALF) | d
    drawn = np.empty(whole)
    drawn[0] = within[0]
    have = 1
    while have < whole:
        # Each of `have` draws lies alone in the half of its part that holds it. The next as many
        # go into the other halves, in an order of their own.
        beside = np.argsort(order[have : 2 * have], kind="stable")
        halves = np.floor(drawn[beside] * (2 * have)).astype(np.int64) ^ 1
        drawn[have : 2 * have] = (halves + within[have : 2 * have]) / (2 * have)
        have *= 2
    return np.clip(drawn[:count], 2.0**-54, 1.0 - 2.0**-53)


def check_number(draws: object) -> int:
    """A number of draws. Raises BadInput unless it is a power of two, from 1 to `MOST`."""
    if not isinstance(draws, (int, np.integer)) or isinstance(draws, bool):
        why, cure = f"{draws!r} is no whole number.", "Give a power of two, such as 512."
    elif draws < 1:
        why, cure = f"{draws} draws cannot be run.", "Give a power of two, such as 512."
    elif draws > MOST:
        why, cure = f"{draws:,} draws are too many.", f"Give {MOST:,} at most."
    elif draws & (draws - 1):
        lower = 1 << (int(draws).bit_length() - 1)
        why = f"{draws} is no power of two, for which draws are spread evenly."
        cure = f"Give {lower} or {2 * lower}."
    else:
        return int(draws)
    raise BadInput(Problem(why, cure, key="draws"))


def check_seed(seed: object) -> int:
    """A seed. Raises BadInput unless it is a whole number from 0."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or int(seed) < 0:  # type: ignore[call-overload]
        why = f"{seed!r} is no whole number from 0."
        raise BadInput(Problem(why, "Give 1, say: it fixes every draw.", key="seed"))
    return int(seed)  # type: ignore[call-overload,no-any-return]


def _fraction(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> Floats:
    """Numbers evenly spread over [0, 1) from two words of 32 bits each."""
    return (((high << _HALF) | low) >> _SPARE).astype(np.float64) * 2.0**-53

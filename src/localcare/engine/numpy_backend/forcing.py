"""Inputs that change over time: series of the model and paths of the scenarios.

In: knots, one set for all members or one each, and the time. Out: the values at that time, written
into the rows of the input. What passing a knot and a jump mean stands in `engine.semantics`. The
interval between knots is looked for only when the time has left the one before, and an interval
over which no member changes costs nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

from localcare.engine.semantics import JUMP

__all__ = ["Forcing", "LinearForcing", "SteppedForcing", "drop_repeats"]

Floats = NDArray[np.float64]


class LinearForcing:
    """Values linear between knots.

    `times` is (k, members) and `values` (rows, k, members), where members may be 1 for knots that
    all share; `out` is (rows, width).
    """

    def __init__(self, times: Floats, values: Floats, out: Floats, step: float) -> None:
        self._times, self._values, self._out = times, values, out
        self._tolerance = JUMP * step
        self._count = drop_repeats(times, values)
        used = np.arange(times.shape[0])[:, np.newaxis] < self._count
        same_time = (times[1:] == times[:-1]) & used[1:]
        jump = same_time & (values[:, 1:] != values[:, :-1]).any(axis=0)
        self._jumps = np.zeros(times.shape, dtype=bool)
        self._jumps[1:] |= jump
        self._jumps[:-1] |= jump
        self._used = used
        self._smooth_times = np.unique(times[used & ~self._jumps]).tolist()
        self._jump_times = np.unique(times[used & self._jumps]).tolist()
        self._where: tuple[int, int] | None = None
        self._moving = False
        self._before = self._slack = self._base = self._rise = np.zeros((1, 1))
        self._share = np.zeros((1, times.shape[1]))

    def update(self, time: float, step_start: float) -> None:
        """Write the values at `time`, a stage of the step that starts at `step_start`."""
        start = step_start + self._tolerance
        where = (bisect_right(self._smooth_times, time), bisect_right(self._jump_times, start))
        if where != self._where:
            self._where = where
            self._enter(time, start)
        elif not self._moving:
            return
        if not self._moving:
            np.copyto(self._out, self._base)
            return
        share = self._share
        np.subtract(time, self._before, out=share)
        np.divide(share, self._slack, out=share)
        np.minimum(share, 1.0, out=share)
        np.maximum(share, 0.0, out=share)
        np.multiply(self._rise, share, out=self._scratch)
        np.add(self._scratch, self._base, out=self._scratch)
        np.copyto(self._out, self._scratch)

    def _enter(self, time: float, start: float) -> None:
        """Find, for each member, the knots around a time that has left the interval before."""
        passed = np.where(self._jumps, start >= self._times, time >= self._times) & self._used
        number = np.logical_and.accumulate(passed, axis=0).sum(axis=0)
        lower = np.maximum(number - 1, 0)
        between = (number > 0) & (number < self._count)
        upper = np.where(between, number, lower)
        columns = np.arange(self._times.shape[1])
        self._base = self._values[:, lower, columns]
        self._rise = self._values[:, upper, columns] - self._base
        self._before = self._times[lower, columns][np.newaxis]
        width = self._times[upper, columns] - self._times[lower, columns]
        self._slack = np.where(width > 0, width, 1.0)[np.newaxis]
        self._moving = bool(self._rise.any())
        self._scratch = np.empty_like(self._base)


class SteppedForcing:
    """A series that holds its last value, looks to the next, or has values at its points only.

    `times` is (k,), `values` (rows, k) and `out` (rows, width).
    """

    def __init__(
        self, times: Floats, values: Floats, out: Floats, step: float, interpolation: str
    ) -> None:
        self._times = times.tolist()
        self._values, self._out = values, out
        self._tolerance = JUMP * step
        self._interpolation = interpolation
        self._where: int | None = None

    def update(self, time: float, step_start: float) -> None:  # noqa: ARG002 (as LinearForcing)
        """Write the values of the step that starts at `step_start`."""
        earliest, latest = step_start - self._tolerance, step_start + self._tolerance
        last = len(self._times) - 1
        held = bisect_right(self._times, latest) - 1
        if self._interpolation == "next":
            point = min(bisect_left(self._times, earliest), last)
        elif self._interpolation == "raw":
            point = held if held >= 0 and self._times[held] >= earliest else -1
        else:
            point = max(held, 0)
        if point != self._where:
            self._where = point
            self._out[...] = self._values[:, point, np.newaxis] if point >= 0 else np.nan


Forcing = LinearForcing | SteppedForcing


def drop_repeats(times: Floats, values: Floats) -> NDArray[np.int64]:
    """How many knots each member has without those at the end that repeat the one before."""
    if times.shape[0] == 1:
        return np.ones(times.shape[1], dtype=np.int64)
    differs = (times[1:] != times[:-1]) | (values[:, 1:] != values[:, :-1]).any(axis=0)
    positions = np.arange(2, times.shape[0] + 1)[:, np.newaxis]
    return np.asarray(np.max(np.where(differs, positions, 1), axis=0), dtype=np.int64)

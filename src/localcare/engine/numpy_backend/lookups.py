"""Reading piecewise linear tables for whole arrays of arguments.

In: arguments (n, width). Out: the table's values at them, (n, width), written to `out`. A table may
hold many elements, each with its own values and perhaps its own points; `elements` (n,) says which
of them each row of arguments reads. What the modes mean stands in `engine.semantics`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcare.model.spec import Variable

__all__ = ["Table"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Table:
    """One use of a lookup of `count` elements; `elements` is None for a lookup of one."""

    def __init__(self, lookup: Variable, count: int, mode: str, elements: Integers | None) -> None:
        self._values = np.array(lookup.values, dtype=np.float64).reshape(count, -1)
        points = np.array(lookup.times, dtype=np.float64).reshape(-1, self._values.shape[1])
        own = points.shape[0] > 1 and bool((points != points[0]).any())
        self._elements = np.zeros(1, dtype=np.int64) if elements is None else elements
        self._own = own
        self._points = points if own else points[:1]
        self._mode = mode
        self._last = points.shape[1] - 1
        ends = self._points[self._elements if own else [0]]
        self._lowest, self._highest = ends[:, :1], ends[:, -1:]
        self._end_value = self._values[self._elements, -1:]
        # Segments of all elements end to end: where each starts, its value there and its slope.
        last = self._last
        with np.errstate(all="ignore"):
            slope = np.diff(self._values, axis=1) / np.diff(self._points, axis=1)
        self._slope = np.ascontiguousarray(slope)
        self._start = np.ascontiguousarray(self._values[:, :last])
        left = np.broadcast_to(self._points[:, :last], self._start.shape)
        self._left = np.ascontiguousarray(left)

    def read(self, argument: Floats, out: Floats) -> None:
        """Fill `out` with the values at `argument`, both (n, width)."""
        if self._mode in ("forward", "backward") or self._last == 0:
            self._step(argument, out)
            return
        inside = argument
        if self._mode == "hold":
            inside = np.maximum(np.minimum(argument, self._highest), self._lowest)
        segment = self._count(inside, self._points[:, 1:-1], "right")
        segment += (self._elements * self._last)[:, np.newaxis]
        np.subtract(inside, self._left.take(segment), out=out)
        np.multiply(out, self._slope.take(segment), out=out)
        np.add(out, self._start.take(segment), out=out)
        if self._mode == "hold":
            # The slope times the width need not add up to the last value exactly.
            np.copyto(out, self._end_value, where=inside >= self._highest)

    def _step(self, argument: Floats, out: Floats) -> None:
        """The value of the next or the previous point."""
        if self._mode == "forward":
            point = self._count(argument, self._points, "left")
        else:
            point = self._count(argument, self._points, "right") - 1
        point = np.minimum(np.maximum(point, 0), self._last)
        point += (self._elements * (self._last + 1))[:, np.newaxis]
        np.copyto(out, self._values.take(point))
        np.copyto(out, np.nan, where=np.isnan(argument))

    def _count(self, argument: Floats, points: Floats, side: Literal["left", "right"]) -> Integers:
        """How many points lie below each argument; on the right, or are equal to it."""
        if not self._own:
            return np.asarray(points[0].searchsorted(argument, side), dtype=np.int64)
        rows = points[self._elements][:, np.newaxis, :]
        wanted = argument[..., np.newaxis]
        before = rows < wanted if side == "left" else rows <= wanted
        return np.asarray(before.sum(axis=-1), dtype=np.int64)

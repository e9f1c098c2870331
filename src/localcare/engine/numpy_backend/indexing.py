"""Which elements of a variable an index picks, as the loops around it run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from localcare.model.expression import At, Index

__all__ = ["arithmetic_step", "element_numbers"]


def arithmetic_step(positions: Sequence[int]) -> int | None:
    """The step of positions that rise evenly (0 for a single one), or None."""
    if len(positions) == 1:
        return 0
    step = positions[1] - positions[0]
    even = all(after - before == step for before, after in pairwise(positions))
    return step if even and step > 0 else None


def element_numbers(
    indices: Sequence[Index],
    shape: Sequence[int],
    names: Sequence[str],
    extents: Sequence[int],
) -> NDArray[np.int64]:
    """The row-major number of the element that indices pick, for all counters of the loops."""
    numbers = np.zeros(tuple(extents), dtype=np.int64)
    unit = 1
    for length, index in reversed(list(zip(shape, indices, strict=True))):
        if isinstance(index, At):
            numbers += index.position * unit
        else:
            dimension = names.index(index.axis)
            along = [1] * len(extents)
            along[dimension] = len(index.positions)
            numbers += np.asarray(index.positions, dtype=np.int64).reshape(along) * unit
        unit *= length
    return numbers

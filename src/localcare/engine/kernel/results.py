"""The arrays that results are written to.

In: shapes by identifier, the member last. Out: arrays of doubles, new ones in one piece of memory
or those of an earlier run, to be written over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINE", "fitting", "in_one_piece"]

Floats = NDArray[np.float64]
BYTES = 8
#: Bytes that memory is read and written in; what results and workspaces are aligned to.
LINE = 64


def in_one_piece(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Floats]:
    """Arrays of these shapes, one after the other in one piece of memory: the system hands out
    large pieces in large pages, and many small ones page by page, which takes as long as computing
    a sixth of what goes into them."""
    ends = np.cumsum([0, *(math.prod(shape) for shape in shapes.values())]).tolist()
    raw = np.empty(ends[-1] + LINE // BYTES)
    memory = raw[-raw.ctypes.data % LINE // BYTES :]
    return {
        name: memory[begin:end].reshape(shape)
        for (name, shape), begin, end in zip(shapes.items(), ends, ends[1:], strict=False)
    }


def fitting(into: Mapping[str, Floats], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Floats]:
    """The arrays to write into. Raises ValueError for one that is missing, of another shape, or not
    plain memory of doubles that may be written to."""
    for name, shape in shapes.items():
        own = into.get(name)
        plain = own is not None and own.dtype == np.float64 and own.flags.carray
        if own is None or own.shape != shape or not plain:
            raise ValueError(f"{name}: results of shape {shape} do not fit into what was given")
    return {name: into[name] for name in shapes}

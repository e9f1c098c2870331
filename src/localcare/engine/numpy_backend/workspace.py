"""Where every variable of a model lies while it runs.

One array `values` of shape (rows, width): a row is one scalar of the model, a column one member.
A variable's scalars lie in consecutive rows, row-major over its dimensions, in the order inputs
(constants and series), auxiliaries, stocks, net flows, so that a method can advance all stocks,
and a check can look at everything computed, in one call.

The width is a multiple of `LANES` and at least that: numpy's loops then never see a member axis
of length 1 (which it would merge away, and add pairwise along) nor a remainder of members.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.model.spec import Kind, ModelSpec

__all__ = ["LANES", "Workspace"]

Floats = NDArray[np.float64]
#: Members are padded to a multiple of this many, the widest vector of doubles in common use.
LANES = 8
_BYTES = 8


class Workspace:
    """The rows of a model for `width` members at a time."""

    def __init__(self, spec: ModelSpec, width: int) -> None:
        if width % LANES or width < LANES:
            raise ValueError(f"a width of {width} is no multiple of {LANES}")
        self.width = width
        self._shapes = {
            variable.identifier: spec.shape(variable.identifier)
            for variable in spec.variables
            if variable.kind is not Kind.LOOKUP
        }
        by_kind: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        for variable in spec.variables:
            by_kind[variable.kind].append(variable.identifier)
        # Discrete stocks come last, so that what flows lies together.
        by_kind[Kind.STOCK].sort(key=lambda name: spec.by_identifier[name].discrete)
        self.stocks = tuple(by_kind[Kind.STOCK])
        self.auxiliaries = tuple(by_kind[Kind.AUXILIARY])
        self._first: dict[str, int] = {}
        end = self._place(by_kind[Kind.CONSTANT] + by_kind[Kind.SERIES], 0)
        computed = end
        states = self._place(by_kind[Kind.AUXILIARY], end)
        flows = self._place(by_kind[Kind.STOCK], states)
        rows = flows + (flows - states)
        self._flow_offset = flows - states
        self.values = _aligned(rows, width)
        self.state = self.values[states:flows]
        self.flow = self.values[flows:rows]
        self.computed = self.values[computed:rows]
        self.first_state_row = states
        discrete = [name for name in self.stocks if spec.by_identifier[name].discrete]
        self.discrete = slice(
            self._first[discrete[0]] - states if discrete else flows - states, None
        )

    def _place(self, identifiers: Sequence[str], row: int) -> int:
        for identifier in identifiers:
            self._first[identifier] = row
            row += int(np.prod(self._shapes[identifier], dtype=np.int64))
        return row

    def shape(self, identifier: str) -> tuple[int, ...]:
        """The lengths of a variable's dimensions."""
        return self._shapes[identifier]

    def rows(self, identifier: str) -> slice:
        """The rows of a variable."""
        first = self._first[identifier]
        return slice(first, first + int(np.prod(self._shapes[identifier], dtype=np.int64)))

    def first_flow_row(self, identifier: str) -> int:
        """The first row of a stock's net flow."""
        return self._first[identifier] + self._flow_offset

    def array(self, identifier: str) -> Floats:
        """A variable's values, (*dimensions, width)."""
        return self.values[self.rows(identifier)].reshape(*self._shapes[identifier], self.width)

    def net_flow(self, identifier: str) -> Floats:
        """A stock's net flow, (*dimensions, width)."""
        first = self.first_flow_row(identifier)
        size = self.rows(identifier).stop - self.rows(identifier).start
        return self.values[first : first + size].reshape(*self._shapes[identifier], self.width)

    def view(self, row: int, strides: Sequence[int], extents: Sequence[int]) -> Floats:
        """The rows row + sum(counter * stride) for all counters, (*extents, width)."""
        unit = self.width * _BYTES
        return np.ndarray(
            (*extents, self.width),
            np.float64,
            self.values,
            row * unit,
            (*(stride * unit for stride in strides), _BYTES),
        )


def _aligned(rows: int, width: int) -> Floats:
    """Zeros that start at a cache line."""
    line = 64
    raw = np.zeros(rows * width * _BYTES + line, dtype=np.uint8)
    start = -raw.ctypes.data % line
    return raw[start : start + rows * width * _BYTES].view(np.float64).reshape(rows, width)

"""Stopping a run at the first value that means nothing, and saying which one it is.

`Watch` looks at all that was computed after every evaluation, at the price of one pass. Only when
something is wrong does it look closer: for the first variable in the order of computation that is
not finite, or the stock that has left its limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from localcare.engine.failure import SimulationError
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.model.spec import ModelSpec

__all__ = ["Watch"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
#: A stock may pass a limit by this share of the largest magnitude it has had: rounding does.
SLACK = 1e-9


class Watch:
    """Checks one workspace, whose first columns are members `first`, ... of `members`."""

    def __init__(self, spec: ModelSpec, workspace: Workspace, first: int, members: int) -> None:
        self._spec, self._workspace = spec, workspace
        self._first, self._members = first, members
        self._finite = np.zeros(workspace.computed.shape, dtype=bool)
        state = workspace.state
        self._lowest = np.full((len(state), 1), -np.inf)
        self._highest = np.full((len(state), 1), np.inf)
        for name in workspace.stocks:
            low, high = spec.by_identifier[name].limits
            own = self._own(name)
            self._lowest[own] = -np.inf if low is None else low
            self._highest[own] = np.inf if high is None else high
        self._largest, self._magnitude = np.zeros_like(state), np.zeros_like(state)

    def begun(self, time: float) -> None:
        """Check what a run starts from: constants, initial values, each in its order."""
        order = self._spec.order
        self._raise_unusable((task.variable for task in order.constants), time)
        self._raise_unusable((task.variable for task in order.initial), time)
        self._raise_unusable(self._workspace.stocks, time)

    def evaluated(self, time: float) -> None:
        """Check everything that an evaluation computed, and what it started from."""
        if np.isfinite(self._workspace.computed, out=self._finite).all():
            return
        order = self._spec.order
        self._raise_unusable(self._workspace.stocks, time)
        self._raise_unusable((task.variable for task in order.constants), time)
        self._raise_unusable((task.variable for task in order.step), time)
        for name in self._workspace.stocks:
            flow = self._workspace.net_flow(name)
            self._raise_where(
                name, ~np.isfinite(flow), flow, time, lambda x: f"has a net flow that {_fault(x)}"
            )

    def stepped(self, time: float) -> None:
        """Check the stocks between two steps: finite, and within their limits but for rounding."""
        state = self._workspace.state
        np.absolute(state, out=self._magnitude)
        np.maximum(self._largest, self._magnitude, out=self._largest)
        inside = (state >= self._lowest) & (state <= self._highest) & (self._magnitude < np.inf)
        if inside.all():
            return
        self._raise_unusable(self._workspace.stocks, time)
        for name in self._workspace.stocks:
            self._raise_where(
                name, self._outside(name), self._workspace.array(name), time, self._beyond(name)
            )

    def _raise_unusable(self, names: Iterable[str], time: float) -> None:
        for name in names:
            values = self._workspace.array(name)
            self._raise_where(name, ~np.isfinite(values), values, time, _fault)

    def _raise_where(
        self, name: str, wrong: Truths, values: Floats, time: float, reason: Callable[[float], str]
    ) -> None:
        """Raise SimulationError for the first element and member that is wrong, if any is."""
        wrong = wrong[..., : self._members]
        if not wrong.any():
            return
        variable = self._spec.by_identifier[name]
        *element, column = (int(i) for i in np.argwhere(wrong)[0])
        subscripts = tuple(
            self._spec.by_dimension[dimension].elements[position]
            for dimension, position in zip(variable.dimensions, element, strict=True)
        )
        value = float(values[(*element, column)])
        raise SimulationError(variable.name, subscripts, time, self._first + column, reason(value))

    def _outside(self, name: str) -> Truths:
        """Where a stock has left its limits by more than rounding, (*dimensions, width)."""
        own = self._own(name)
        slack = SLACK * self._largest[own].max(axis=0)
        state = self._workspace.state[own]
        outside = (state < self._lowest[own] - slack) | (state > self._highest[own] + slack)
        return np.asarray(outside.reshape(self._workspace.array(name).shape))

    def _beyond(self, name: str) -> Callable[[float], str]:
        low, high = self._spec.by_identifier[name].limits
        units = self._spec.by_identifier[name].units

        def reason(value: float) -> str:
            if low is not None and value < low:
                return f"fell to {value:.6g} {units}, below its limit of {low:.6g},"
            return f"rose to {value:.6g} {units}, above its limit of {high:.6g},"

        return reason

    def _own(self, name: str) -> slice:
        """The rows of a stock among the stocks."""
        rows, first = self._workspace.rows(name), self._workspace.first_state_row
        return slice(rows.start - first, rows.stop - first)


def _fault(value: float) -> str:
    return "is not a number" if np.isnan(value) else "is infinite"

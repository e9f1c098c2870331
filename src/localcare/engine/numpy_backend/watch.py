"""Stopping a run at the first value that means nothing, and saying which one it is.

`Watch` looks at all that was computed after every evaluation, at the price of one pass. Only when
something is wrong does it look closer: for the first variable in the order of computation that is
not finite, or the stock that has left its limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.failure import SimulationError
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.model.spec import ModelSpec

__all__ = ["Fault", "Watch"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
#: A stock may pass a limit by this share of the largest magnitude it has had: rounding does.
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one element of a variable, by identifier, in one column."""

    name: str
    element: tuple[int, ...]
    column: int
    reason: str


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

    def largest(self, name: str) -> Floats:
        """The largest magnitude that any element of a stock has had, (width,)."""
        return np.asarray(self._largest[self._own(name)].max(axis=0))

    def set_largest(self, name: str, largest: Floats) -> None:
        """Go on from such magnitudes (width,)."""
        self._largest[self._own(name)] = largest

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
            fault = self._first_fault(
                name, ~np.isfinite(flow), flow, lambda x: f"has a net flow that {_unusable(x)}"
            )
            if fault is not None:
                raise self.error(fault, time)

    def outside(self, time: float) -> Fault | None:
        """The first stock outside its limits by more than rounding, between two steps.

        Raises SimulationError for one that is not finite.
        """
        state = self._workspace.state
        np.absolute(state, out=self._magnitude)
        np.maximum(self._largest, self._magnitude, out=self._largest)
        inside = (state >= self._lowest) & (state <= self._highest) & (self._magnitude < np.inf)
        if inside.all():
            return None
        self._raise_unusable(self._workspace.stocks, time)
        for name in self._workspace.stocks:
            fault = self._first_fault(
                name, self._beyond_limits(name), self._workspace.array(name), self._passed(name)
            )
            if fault is not None:
                return fault
        return None

    def error(self, fault: Fault, time: float, because: str = "") -> SimulationError:
        """What a run raises for a fault; `because` is put after the reason."""
        variable = self._spec.by_identifier[fault.name]
        subscripts = tuple(
            self._spec.by_dimension[dimension].elements[position]
            for dimension, position in zip(variable.dimensions, fault.element, strict=True)
        )
        member = self._first + fault.column
        return SimulationError(variable.name, subscripts, time, member, fault.reason + because)

    def _raise_unusable(self, names: Iterable[str], time: float) -> None:
        for name in names:
            values = self._workspace.array(name)
            fault = self._first_fault(name, ~np.isfinite(values), values, _unusable)
            if fault is not None:
                raise self.error(fault, time)

    def _first_fault(
        self, name: str, wrong: Truths, values: Floats, reason: Callable[[float], str]
    ) -> Fault | None:
        """The first element and member that is wrong, if any is."""
        wrong = wrong[..., : self._members]
        if not wrong.any():
            return None
        *element, column = (int(i) for i in np.argwhere(wrong)[0])
        value = float(values[(*element, column)])
        return Fault(name, tuple(element), column, reason(value))

    def _beyond_limits(self, name: str) -> Truths:
        """Where a stock has left its limits by more than rounding, (*dimensions, width)."""
        own = self._own(name)
        slack = SLACK * self.largest(name)
        state = self._workspace.state[own]
        outside = (state < self._lowest[own] - slack) | (state > self._highest[own] + slack)
        return np.asarray(outside.reshape(self._workspace.array(name).shape))

    def _passed(self, name: str) -> Callable[[float], str]:
        low, high = self._spec.by_identifier[name].limits
        units = self._spec.by_identifier[name].units

        def reason(value: float) -> str:
            if low is not None and value < low:
                return f"fell to {value:.6g} {units}, below its limit of {low:.6g}"
            return f"rose to {value:.6g} {units}, above its limit of {high:.6g}"

        return reason

    def _own(self, name: str) -> slice:
        """The rows of a stock among the stocks."""
        rows, first = self._workspace.rows(name), self._workspace.first_state_row
        return slice(rows.start - first, rows.stop - first)


def _unusable(value: float) -> str:
    return "is not a number" if np.isnan(value) else "is infinite"

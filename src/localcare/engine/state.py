"""Where a run stands between two saving intervals: all that a continued run needs to go on.

In: the stocks of every member at a bound, and the largest magnitude each stock has had, which says
how far rounding may take it past a limit. Everything else is computed from these, the inputs and
the number of the step, so a continued run gives the bits of one that never stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.schedule import Schedule
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem

__all__ = ["State", "check_state", "empty_state", "part_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class State:
    """The state of a run after `interval` saving intervals from the model's initial time.

    `stocks` holds, by identifier, every stock of the model, hidden ones too, (*dimensions,
    members); `largest` (members,) the largest magnitude that any element of each has had. `step` is
    the length of the step it was reached with.
    """

    interval: int
    step: float
    stocks: Mapping[str, Floats]
    largest: Mapping[str, Floats]

    @property
    def members(self) -> int:
        """How many members there are."""
        return next((each.shape[-1] for each in self.stocks.values()), 0)


def empty_state(spec: ModelSpec, schedule: Schedule, members: int) -> State:
    """The state at the end of a run, for an engine to fill."""
    stocks = [each.identifier for each in spec.variables if each.kind is Kind.STOCK]
    return State(
        schedule.intervals,
        schedule.step,
        {name: np.empty((*spec.shape(name), members)) for name in stocks},
        {name: np.zeros(members) for name in stocks},
    )


def part_of(state: State, first: int, last: int) -> State:
    """The state of some members."""
    return State(
        state.interval,
        state.step,
        {name: array[..., first:last] for name, array in state.stocks.items()},
        {name: array[first:last] for name, array in state.largest.items()},
    )


def check_state(spec: ModelSpec, batch: Batch, schedule: Schedule, state: State) -> None:
    """Raise BadInput unless the members of a batch can go on from a state by this schedule."""
    stocks = {each.identifier for each in spec.variables if each.kind is Kind.STOCK}
    why = cure = ""
    if set(state.stocks) != stocks or set(state.largest) != stocks:
        why = "does not hold the stocks of this model."
    elif any(
        array.shape != (*spec.shape(name), batch.members) or state.largest[name].ndim != 1
        for name, array in state.stocks.items()
    ):
        why = f"is not for {batch.members} members of this model."
    elif state.step != schedule.step:
        why = f"was reached with a step of {state.step:.9g}, not {schedule.step:.9g}."
        cure = "Continue with the step it was reached with."
    elif not 0 <= state.interval < schedule.intervals:
        time = schedule.time(state.interval * schedule.per_interval)
        why = f"is that of {time:.9g}; nothing is left to run."
    if why:
        raise BadInput(Problem(why, cure, key="state"))

"""Inputs over time as thresholds and values that the kernel can follow.

In: series of the model and paths of a batch. Out: arrays in which the lane comes last, and records
that point to them (`control.RECORD`). Every rule on when a knot counts as passed, of
`engine.semantics`, is applied here once, in the arithmetic of the reference engine: knots that
jump, and series that step, are passed from a whole number of steps on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.kernel.control import RECORD
from localcare.engine.schedule import Schedule
from localcare.engine.semantics import JUMP
from localcare.model.spec import Kind, ModelSpec, Variable

__all__ = ["Followed", "Knots", "of_paths", "of_series"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Knots:
    """The knots of one input: thresholds and `times` (knots, lanes), `values` (elements, knots,
    lanes), `used` (lanes,)."""

    name: str
    from_time: Floats
    from_step: Floats
    times: Floats
    values: Floats
    used: Integers


class Followed:
    """Records for some inputs, with the memory that the kernel writes to: for one block's run."""

    def __init__(self, inputs: Sequence[Knots], slots: Mapping[str, int]) -> None:
        self.records = np.zeros(len(inputs), dtype=RECORD)
        self._alive: list[object] = [inputs]
        for row, knots in zip(self.records, inputs, strict=True):
            elements, count, lanes = knots.values.shape
            arrays = {
                "from_time": knots.from_time,
                "from_step": knots.from_step,
                "times": knots.times,
                "values": knots.values,
                "used": knots.used,
                "cursor": np.zeros(lanes, dtype=np.int64),
                "base": np.zeros((elements, lanes)),
                "rise": np.zeros((elements, lanes)),
                "before": np.zeros(lanes),
                "slack": np.zeros(lanes),
            }
            row["slot"], row["count"] = slots[knots.name], elements
            row["knots"], row["fresh"] = count, 1
            for name, array in arrays.items():
                row[name] = array.ctypes.data
            self._alive.append(arrays)


def of_paths(spec: ModelSpec, batch: Batch, schedule: Schedule, columns: Integers) -> list[Knots]:
    """The paths of the members `columns` of a batch."""
    found = []
    for name, (times, values) in batch.paths.items():
        elements = int(np.prod(spec.shape(name), dtype=np.int64))
        own = values.reshape(elements, times.shape[0], batch.members)[..., columns] + 0.0
        found.append(_linear(name, times[:, columns], own, schedule))
    return found


def of_series(spec: ModelSpec, batch: Batch, schedule: Schedule) -> list[Knots]:
    """The series that no member of the batch puts on a path: one lane for all."""
    return [
        _series(variable, schedule)
        for variable in spec.variables
        if variable.kind is Kind.SERIES and variable.identifier not in batch.paths
    ]


@lru_cache(maxsize=256)
def _series(variable: Variable, schedule: Schedule) -> Knots:
    """The knots of a series: worked out once for all runs."""
    times = np.array(variable.times, dtype=np.float64)
    values = np.array(variable.values, dtype=np.float64).reshape(-1, times.size) + 0.0
    if variable.interpolation == "linear":
        return _linear(variable.identifier, times[:, np.newaxis], values[..., np.newaxis], schedule)
    tolerance = JUMP * schedule.step
    on, past = _first_step(times, schedule, tolerance), _first_step(times, schedule, -tolerance)
    # The first step that starts after a point by more than rounding.
    past += schedule.initial + past * schedule.step - tolerance == times
    if variable.interpolation == "next":
        # Up to the first point that is its own; from the step after each point on, the next one.
        steps = np.concatenate([[0.0], past[:-1]])
        return _flat(variable.identifier, steps, values)
    if variable.interpolation == "raw":
        past[:-1] = np.minimum(past[:-1], on[1:])  # the next point takes over
        steps = np.stack([on, past], axis=-1).reshape(-1)
        gaps = np.full_like(values, np.nan)
        both = np.stack([values, gaps], axis=-1).reshape(values.shape[0], -1)
        nothing = np.full((values.shape[0], 1), np.nan)
        return _flat(
            variable.identifier,
            np.concatenate([[0.0], steps]),
            np.concatenate([nothing, both], axis=-1),
        )
    return _flat(variable.identifier, on, values)


def _linear(name: str, times: Floats, values: Floats, schedule: Schedule) -> Knots:
    """Knots with straight lines between them; `times` (knots, lanes)."""
    differs = values[:, 1:] != values[:, :-1]
    changed = differs.any(axis=0)
    later = times[1:] != times[:-1]
    positions = np.arange(2, times.shape[0] + 1)[:, np.newaxis]
    used = np.max(np.where(later | changed, positions, 1), axis=0, initial=1).astype(np.int64)
    there = np.arange(times.shape[0])[:, np.newaxis] < used
    jump = np.zeros(times.shape, dtype=bool)
    pairs = ~later & changed & there[1:]
    jump[1:] |= pairs
    jump[:-1] |= pairs
    steps = _first_step(times, schedule, JUMP * schedule.step)
    from_time = np.where(jump, -np.inf, np.where(there, times, np.inf))
    from_step = np.where(jump, steps, -np.inf)
    return Knots(
        name,
        np.ascontiguousarray(from_time),
        np.ascontiguousarray(from_step),
        np.ascontiguousarray(times),
        np.ascontiguousarray(values),
        used,
    )


def _flat(name: str, steps: Floats, values: Floats) -> Knots:
    """Values that hold from a step on; none is between two knots, so `used` is 0."""
    count = steps.size
    return Knots(
        name,
        np.full((count, 1), -np.inf),
        np.ascontiguousarray(steps[:, np.newaxis], dtype=np.float64),
        np.zeros((count, 1)),
        np.ascontiguousarray(values[..., np.newaxis]),
        np.zeros(1, dtype=np.int64),
    )


def _first_step(times: Floats, schedule: Schedule, tolerance: float) -> Floats:
    """The number of the first step whose start plus a tolerance is not before each time, in the
    very arithmetic of `Schedule.time`."""
    steps = np.floor((times - tolerance - schedule.initial) / schedule.step) - 2.0
    for _ in range(5):
        start = schedule.initial + (steps + 0.0) * schedule.step
        steps = np.where(start + tolerance >= times, steps, steps + 1.0)
    return steps

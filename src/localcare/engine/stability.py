"""Is the step short enough? The step over each stock's quickest time constant.

In: a spec and a step. Out: for every stock the largest ratio of the step to the time constant with
which it drains, over its elements and some times of a run, quickest first. Above 1 an Euler step
overshoots zero; RK4 turns unstable at 2.8 but is wrong long before.

The time constant of an element is 1 / -(d net flow / d stock), the rest of the model held still: a
diagonal element of the Jacobian, found by moving each element a little in a member of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch, Overrides
from localcare.engine.numpy_backend.program import Program
from localcare.engine.run import Engine, run
from localcare.model.spec import Kind, ModelSpec

__all__ = ["StepRatio", "step_ratios"]

Floats = NDArray[np.float64]
#: Elements moved in one evaluation.
WIDTH = 64
#: Elements are moved by this share of their value, or of `FLOOR` times their stock's largest.
NUDGE = 1e-6
FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class StepRatio:
    """The quickest element of a stock: `ratio` is the step over its `time_constant` (in the
    model's unit of time) at `time`; a stock that never drains has ratio 0."""

    variable: str
    subscripts: tuple[str, ...]
    time: float
    ratio: float
    time_constant: float


def step_ratios(
    spec: ModelSpec,
    step: float | None = None,
    overrides: Overrides | None = None,
    *,
    moments: int = 13,
    engine: Engine = "numpy",
) -> tuple[StepRatio, ...]:
    """The largest step over time constant of every stock, the largest of all first.

    `step` is the model's own for None; `moments` saved times, spread evenly over the run, are
    looked at along a run by `engine`. Raises SimulationError where the run stops.
    """
    batch = Batch.of(spec, [overrides or Overrides()])
    stocks = [v.identifier for v in spec.variables if v.kind is Kind.STOCK]
    saved = run(spec, batch, step=step, save=stocks, engine=engine)
    count = len(saved.bounds)
    looked_at = np.unique(np.linspace(0, count - 1, min(moments, count)).round().astype(int))
    with np.errstate(all="ignore"):
        program = Program(spec, WIDTH, saved.step, batch.paths)
        program.load(batch, np.zeros(WIDTH, dtype=np.intp))
        program.constants()
        flat = {name: saved.values[name].reshape(count, -1) for name in stocks}
        states = np.concatenate([flat[name] for name in stocks], axis=1)
        floor = np.concatenate(
            [np.full(flat[name].shape[1], np.abs(flat[name]).max() * FLOOR) for name in stocks]
        )
        rates = np.stack(
            [_drain(program, states[at], floor, float(saved.bounds[at])) for at in looked_at]
        )
    found, first = [], 0
    for name in stocks:
        own = rates[:, first : first + flat[name].shape[1]]
        first += flat[name].shape[1]
        when, element = (int(i) for i in np.unravel_index(int(own.argmax()), own.shape))
        rate = float(own[when, element])
        variable = spec.by_identifier[name]
        positions = np.unravel_index(element, spec.shape(name)) if variable.dimensions else ()
        subscripts = tuple(
            spec.by_dimension[dimension].elements[int(position)]
            for dimension, position in zip(variable.dimensions, positions, strict=True)
        )
        time = float(saved.bounds[looked_at[when]])
        constant = 1.0 / rate if rate > 0 else math.inf
        found.append(StepRatio(variable.name, subscripts, time, rate * saved.step, constant))
    return tuple(sorted(found, key=lambda each: -each.ratio))


def _drain(program: Program, state: Floats, floor: Floats, time: float) -> Floats:
    """Minus the diagonal of the Jacobian of the net flows, (rows,), at one state and time."""
    workspace, rows = program.workspace, state.size
    nudge = NUDGE * np.maximum(np.abs(state), floor)
    nudge = np.where(nudge > 0, nudge, NUDGE)
    workspace.state[...] = state[:, np.newaxis]
    program.evaluate(time, time)
    still = workspace.flow[:, 0].copy()
    rate = np.zeros(rows)
    for first in range(0, rows, WIDTH):
        moved = np.arange(first, min(first + WIDTH, rows))
        workspace.state[...] = state[:, np.newaxis]
        workspace.state[moved, moved - first] += nudge[moved]
        # What was added after rounding, not what should have been.
        added = workspace.state[moved, moved - first] - state[moved]
        program.evaluate(time, time)
        rate[moved] = -(workspace.flow[moved, moved - first] - still[moved]) / added
    return np.where(np.isnan(rate), np.inf, np.maximum(rate, 0.0)) + 0.0

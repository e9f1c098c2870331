"""Euler and Runge-Kutta of order 4, for one block of members.

In: a program loaded with the members' inputs, a schedule, a recorder and a watch. Out: the
recorder's arrays filled, or SimulationError. All methods are explicit and each stage starts from
the stage before it alone, so one loop over stages serves them. What a stochastic method adds to
the stocks after them is `Noise`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from localcare.engine.numpy_backend.program import Program
from localcare.engine.numpy_backend.recorder import Block
from localcare.engine.numpy_backend.watch import Fault, Watch
from localcare.engine.schedule import Schedule

__all__ = ["Noise", "Stepper", "integrate"]

#: A stock is moved by this share of itself to see how fast it drains.
NUDGE = 1e-6


class Noise(Protocol):
    """What a stochastic method adds to the stocks of a block in each step."""

    def begun(self, step: int) -> None:
        """Look at the model, just evaluated at the start of step number `step`."""

    def add(self, step: int) -> None:
        """Add the noise over the step to the stocks, which hold what the net flows made of them."""

    def moves(self, name: str) -> bool:
        """Whether a stock, by identifier, has noise of its own."""


def integrate(stepper: Stepper, restore: Callable[[], None] | None = None) -> None:
    """Simulate from the first bound to the last. Where the schedule begins after the initial time,
    `restore` brings the stocks to where they stood then."""
    program, schedule = stepper.program, stepper.schedule
    recorder, watch = stepper.recorder, stepper.watch
    program.constants()
    program.initial(schedule.initial)
    watch.begun(schedule.initial)
    if restore is not None:
        restore()
    for interval in range(schedule.first, schedule.intervals):
        recorder.stocks_at(interval - schedule.first)
        for step in range(schedule.per_interval):
            stepper.step(interval, step)
        recorder.end(interval - schedule.first)
    stepper.check(schedule.steps)
    end = schedule.time(schedule.steps)
    recorder.stocks_at(schedule.saved)
    if schedule.points:
        program.evaluate(end, end)
        watch.evaluated(end)
        recorder.points_at(schedule.saved)


class Stepper:
    """The arrays that a step needs, and the step."""

    def __init__(
        self,
        program: Program,
        schedule: Schedule,
        recorder: Block,
        watch: Watch,
        noise: Noise | None = None,
    ) -> None:
        self.program, self.schedule = program, schedule
        self.recorder, self.watch = recorder, watch
        self._noise = noise
        state = program.workspace.state
        self._start, self._gain, self._move = (np.zeros_like(state) for _ in range(3))
        # Discrete stocks hold their value in a step, and take the one kept here at its end.
        self._held = program.workspace.discrete
        self._following = np.zeros_like(state[self._held])

    def step(self, interval: int, step: int) -> None:
        """Advance the stocks by one step; `step` counts from the start of the interval."""
        schedule, program, recorder = self.schedule, self.program, self.recorder
        start, gain, move, held = self._start, self._gain, self._move, self._held
        state, flow = program.workspace.state, program.workspace.flow
        number = interval * schedule.per_interval + step
        begin = schedule.time(number)
        self.check(number)
        np.copyto(start, state)
        gain.fill(0.0)
        for position, stage in enumerate(schedule.stages):
            first = position == 0
            time = schedule.time(number, stage.offset)
            if not first:
                np.multiply(flow, stage.offset * schedule.step, out=move)
                np.add(start, move, out=state)
                state[held] = start[held]
            same_time = not first and stage.offset == schedule.stages[position - 1].offset
            program.evaluate(time, begin, same_time=same_time)
            self.watch.evaluated(time)
            if first and step == 0:
                recorder.points_at(interval - schedule.first)
                recorder.begin()
            if first and self._noise is not None:
                self._noise.begun(number)
            recorder.stage(stage.weight / schedule.per_interval)
            if first:
                np.copyto(self._following, flow[held])
            np.multiply(flow, stage.weight, out=move)
            np.add(gain, move, out=gain)
        np.multiply(gain, schedule.step, out=gain)
        np.add(start, gain, out=state)
        state[held] = self._following
        if self._noise is not None:
            self._noise.add(number)

    def check(self, number: int) -> None:
        """Raise SimulationError where a stock is outside its limits at the start of a step."""
        time = self.schedule.time(number)
        fault = self.watch.outside(time)
        if fault is not None:
            stepped = number > self.schedule.first_step
            because = self._too_long(fault, number - 1) if stepped else ""
            if not because and self.noise_moves(fault.name):
                because = " (noise took it there: its diffusion should vanish at the limit)"
            raise self.watch.error(fault, time, because)

    def noise_moves(self, name: str) -> bool:
        """Whether a stock, by identifier, has noise of its own."""
        return self._noise is not None and self._noise.moves(name)

    def _too_long(self, fault: Fault, number: int) -> str:
        """Whether the step just made was longer than the time in which the stock drains."""
        program, workspace = self.program, self.program.workspace
        first = workspace.rows(fault.name).start - workspace.first_state_row
        inside = np.ravel_multi_index(fault.element, workspace.shape(fault.name))
        row = first + int(inside) if fault.element else first
        time = self.schedule.time(number)
        np.copyto(workspace.state, self._start)
        program.evaluate(time, time)
        still = workspace.flow[row, fault.column]
        held = self._start[row, fault.column]
        workspace.state[row, fault.column] += NUDGE * max(abs(held), NUDGE)
        added = workspace.state[row, fault.column] - held
        program.evaluate(time, time)
        ratio = -(workspace.flow[row, fault.column] - still) / added * self.schedule.step
        if not ratio > 1:
            return ""
        return f" (too long a step: {ratio:.2g} times the time constant with which it drains)"

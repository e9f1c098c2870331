"""Euler and Runge-Kutta of order 4, for one block of members.

In: a program loaded with the members' inputs, a schedule, a recorder and a watch. Out: the
recorder's arrays filled, or SimulationError. Both methods are explicit and each stage starts from
the stage before it alone, so one loop over stages serves both.
"""

from __future__ import annotations

import numpy as np

from localcare.engine.numpy_backend.program import Program
from localcare.engine.numpy_backend.recorder import Block
from localcare.engine.numpy_backend.watch import Watch
from localcare.engine.schedule import Schedule

__all__ = ["integrate"]


def integrate(program: Program, schedule: Schedule, recorder: Block, watch: Watch) -> None:
    """Simulate from the first bound to the last."""
    stepper = _Stepper(program, schedule, recorder, watch)
    program.constants()
    program.initial(schedule.initial)
    watch.begun(schedule.initial)
    for interval in range(schedule.intervals):
        recorder.stocks_at(interval)
        for step in range(schedule.per_interval):
            stepper.step(interval, step)
        recorder.end(interval)
    end = schedule.time(schedule.steps)
    watch.stepped(end)
    recorder.stocks_at(schedule.intervals)
    if schedule.points:
        program.evaluate(end, end)
        watch.evaluated(end)
        recorder.points_at(schedule.intervals)


class _Stepper:
    """The arrays that a step needs, and the step."""

    def __init__(self, program: Program, schedule: Schedule, recorder: Block, watch: Watch) -> None:
        self._program, self._schedule = program, schedule
        self._recorder, self._watch = recorder, watch
        state = program.workspace.state
        self._start, self._gain, self._move = (np.zeros_like(state) for _ in range(3))

    def step(self, interval: int, step: int) -> None:
        """Advance the stocks by one step; `step` counts from the start of the interval."""
        schedule, program, recorder = self._schedule, self._program, self._recorder
        start, gain, move = self._start, self._gain, self._move
        state, flow = program.workspace.state, program.workspace.flow
        number = interval * schedule.per_interval + step
        begin = schedule.time(number)
        self._watch.stepped(begin)
        np.copyto(start, state)
        gain.fill(0.0)
        for position, stage in enumerate(schedule.stages):
            first = position == 0
            time = schedule.time(number, stage.offset)
            if not first:
                np.multiply(flow, stage.offset * schedule.step, out=move)
                np.add(start, move, out=state)
            same_time = not first and stage.offset == schedule.stages[position - 1].offset
            program.evaluate(time, begin, same_time=same_time)
            self._watch.evaluated(time)
            if first and step == 0:
                recorder.points_at(interval)
                recorder.begin()
            recorder.stage(stage.weight / schedule.per_interval)
            np.multiply(flow, stage.weight, out=move)
            np.add(gain, move, out=gain)
        np.multiply(gain, schedule.step, out=gain)
        np.add(start, gain, out=state)

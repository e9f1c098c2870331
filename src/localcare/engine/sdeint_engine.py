"""sdeint as an engine: an independent integrator of stochastic models, slow, for small models.

sdeint (Matthew Aburn's package) gets the model as f(y, t) and G(y, t) and takes every step, by its
own `itoEuler` or `itoSRI2`, from our increments dW and repeated integrals I. So a path can be held
against the numpy engine's number by number. Only one member runs at a time and G is a full matrix:
a model of a few dozen stocks is what this is for.

Each step is handed over by itself, with time counted from its start: what jumps in a model is
decided for a step, and a function of t alone could not tell the end of one from the next's start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine.brownian import Increments
from localcare.engine.diffusion import Process, additive, processes
from localcare.engine.inputs import Batch
from localcare.engine.noise import Noise
from localcare.engine.numpy_backend import simulate as simulate_blocks
from localcare.engine.numpy_backend.integrate import Stepper
from localcare.engine.numpy_backend.program import Program
from localcare.engine.numpy_backend.recorder import Block
from localcare.engine.numpy_backend.watch import Watch
from localcare.engine.schedule import STOCHASTIC, Schedule
from localcare.engine.stochastic import rows_of
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem

__all__ = ["MOST_STOCKS", "simulate"]

Floats = NDArray[np.float64]
#: Larger models are refused, by elements of stocks: a step would take minutes, not milliseconds.
MOST_STOCKS = 50


def simulate(
    spec: ModelSpec, batch: Batch, schedule: Schedule, names: Sequence[str], noise: Noise | None
) -> dict[str, Floats]:
    """Run every member of the batch, one after another, and return what `names` asks for.

    Raises BadInput for a deterministic method and for a model that is too large.
    """
    if noise is None:
        why = f"sdeint does not run {schedule.method}, only stochastic methods."
        cure = f"Use the numpy engine, or {' or '.join(sorted(STOCHASTIC))}."
        raise BadInput(Problem(why, cure, key="engine"))
    noisy = processes(spec)
    if schedule.method == "sri2":
        additive(spec, noisy)
    stocks = [each.identifier for each in spec.variables if each.kind is Kind.STOCK]
    elements = sum(int(np.prod(spec.shape(name), dtype=np.int64)) for name in stocks)
    if elements > MOST_STOCKS:
        why = f"the model has {elements} stocks, elements counted; sdeint is for {MOST_STOCKS}."
        raise BadInput(Problem(why, "Use the numpy engine.", file=spec.file, key="engine"))

    def stepper(
        program: Program, times: Schedule, recorder: Block, watch: Watch, columns: NDArray[np.intp]
    ) -> Stepper:
        labels = [each.label for each in noisy]
        members = noise.members[columns]
        increments = Increments(labels, noise.seed, members, times, spec.time.step)
        return _SdeintStepper(program, times, recorder, watch, noisy=noisy, increments=increments)

    return simulate_blocks(spec, batch, schedule, names, stepper, widest=1)


class _SdeintStepper(Stepper):
    """Steps one member, which stands in every column."""

    def __init__(
        self,
        program: Program,
        schedule: Schedule,
        recorder: Block,
        watch: Watch,
        *,
        noisy: Sequence[Process],
        increments: Increments,
    ) -> None:
        super().__init__(program, schedule, recorder, watch)
        self._increments = increments
        self._states, self._diffusions = rows_of(program.workspace, noisy)
        self._stocks = {each.stock for each in noisy}
        self._number = 0
        self._seen: tuple[int, float, bytes] | None = None

    def step(self, interval: int, step: int) -> None:
        """Advance the stocks by one step; `step` counts from the start of the interval."""
        import sdeint

        self._number = interval * self.schedule.per_interval + step
        self.check(self._number)
        state = self.program.workspace.state
        np.copyto(self._start, state)
        begin = state[:, 0].copy()
        self._net_flow(begin, 0.0)
        np.copyto(self._following, self.program.workspace.flow[self._held])
        if step == 0:
            self.recorder.points_at(interval)
            self.recorder.begin()
        self._count_stage(0)
        length = self.schedule.step
        span = np.array([0.0, length])
        moved = self._increments.over(self._number)[np.newaxis, :, 0]
        if self.schedule.method == "euler-maruyama":
            path = sdeint.itoEuler(self._net_flow, self._matrix, begin, span, dW=moved)
        else:
            # What is off the diagonal counts for nothing: no process acts on another's diffusion.
            integrals = np.diag(0.5 * (moved[0] * moved[0] - length))[np.newaxis]
            columns = [self._column(process) for process in range(moved.size)]
            path = sdeint.itoSRI2(self._drift, columns, begin, span, dW=moved, I=integrals)
        state[...] = path[-1][:, np.newaxis]
        state[self._held] = self._following

    def noise_moves(self, name: str) -> bool:
        """Whether a stock has noise of its own."""
        return name in self._stocks

    def _drift(self, state: Floats, since: float) -> Floats:
        """As `_net_flow`; SRI2 weighs the one at the end of the step too, so means must."""
        flow = self._net_flow(state, since)
        if since > 0.0:
            self._count_stage(1)
        return flow

    def _net_flow(self, state: Floats, since: float) -> Floats:
        """The net flows (stocks,) for a state (stocks,) and the time since the step's start."""
        self.watch.evaluated(self._evaluate(state, since))
        flow = self.program.workspace.flow[:, 0].copy()
        flow[self._held] = 0.0  # discrete stocks hold their value in a step
        return flow

    def _matrix(self, state: Floats, since: float) -> Floats:
        """The diffusion as a matrix, (stocks, processes)."""
        self._evaluate(state, since)
        matrix = np.zeros((len(state), len(self._states)))
        values = self.program.workspace.values[self._diffusions, 0]
        matrix[self._states, np.arange(len(self._states))] = values
        return matrix

    def _column(self, process: int) -> Callable[[Floats, float], Floats]:
        """One column of the diffusion as a function of state and time since the step's start."""

        def column(state: Floats, since: float) -> Floats:
            time = self._evaluate(state, since)
            value = self.program.workspace.values[self._diffusions[process], 0]
            if not np.isfinite(value):
                self.watch.evaluated(time)
            moved = np.zeros(len(state))
            moved[self._states[process]] = value
            return moved

        return column

    def _evaluate(self, state: Floats, since: float) -> float:
        """Evaluate the model, unless it stands evaluated; the time that it was evaluated for."""
        begin = self.schedule.time(self._number)
        time = self.schedule.time(self._number, since / self.schedule.step)
        asked = (self._number, since, state.tobytes())
        if asked != self._seen:
            self.program.workspace.state[...] = state[:, np.newaxis]
            self.program.evaluate(time, begin)
            self._seen = asked
        return time

    def _count_stage(self, number: int) -> None:
        weight = self.schedule.stages[number].weight
        self.recorder.stage(weight / self.schedule.per_interval)

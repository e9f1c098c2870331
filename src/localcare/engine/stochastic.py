"""Stochastic methods: Euler-Maruyama and Roessler's SRI2, for Ito equations.

In: what the numpy engine takes, and the noise of the run. Out: arrays by identifier, as `Run`
describes them; net flows and means are those of the deterministic part, so what a stock gains over
an interval is its mean net flow times the interval and its noise. With W the Wiener process of one
element, f its net flow, g its diffusion, h the step, x0 its value and dW the increment of W:

- `euler-maruyama`: x0 + f h + g dW. Strong order 0.5, or 1 where the noise is additive.
- `sri2` (SRI2 of Roessler 2010): x0 + (f + f(x1)) h/2 + g dW + (g(x1 + a) - g(x1 - a)) sqrt(h)/2,
  with x1 = x0 + f h and a = g (dW^2 - h) / (2 sqrt(h)); the second f and both further g are for the
  step's end. Strong order 1 where the noise of an element depends on no other noisy one; other
  noise is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine.brownian import Increments, Normals
from localcare.engine.diffusion import Process, additive, processes
from localcare.engine.inputs import Batch
from localcare.engine.noise import Noise, Words
from localcare.engine.numpy_backend import simulate as simulate_blocks
from localcare.engine.numpy_backend.integrate import Stepper
from localcare.engine.numpy_backend.program import Program
from localcare.engine.numpy_backend.recorder import Block
from localcare.engine.numpy_backend.watch import Watch
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.engine.schedule import Schedule
from localcare.engine.state import State
from localcare.engine.swings import Swings
from localcare.model.spec import ModelSpec

__all__ = ["rows_of", "simulate", "simulate_swings"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def simulate(
    spec: ModelSpec,
    batch: Batch,
    schedule: Schedule,
    names: Sequence[str],
    noise: Noise,
    *,
    start: State | None = None,
    ending: State | None = None,
) -> dict[str, Floats]:
    """Run every member of the batch with noise and return what `names` asks for; `start` and
    `ending` are those of the numpy engine.

    Raises BadInput where the model has no noise, or noise that the method cannot take.
    """
    noisy = processes(spec)
    supported = schedule.method == "sri2" and not additive(spec, noisy)

    def stepper(
        program: Program, times: Schedule, recorder: Block, watch: Watch, columns: Rows
    ) -> Stepper:
        members = noise.members[columns]
        added = (_Supported if supported else _Plain)(
            program, times, watch, noisy, _increments(spec, times, noisy, noise.seed, members)
        )
        return Stepper(program, times, recorder, watch, added)

    return simulate_blocks(spec, batch, schedule, names, stepper, start=start, ending=ending)


def simulate_swings(
    swings: Swings,
    batch: Batch,
    schedule: Schedule,
    names: Sequence[str],
    noise: Noise,
    *,
    start: State | None = None,
    ending: State | None = None,
) -> dict[str, Floats]:
    """The same by a deterministic method with noise beside it."""

    def stepper(
        program: Program, times: Schedule, recorder: Block, watch: Watch, columns: Rows
    ) -> Stepper:
        added = _Exact(program, swings, noise.seed, noise.members[columns])
        return Stepper(program, times, recorder, watch, added)

    return simulate_blocks(swings.spec, batch, schedule, names, stepper, start=start, ending=ending)


def rows_of(workspace: Workspace, noisy: Sequence[Process]) -> tuple[Rows, Rows]:
    """Where each process finds its element among the stocks, and its diffusion among all values."""
    states, diffusions = [], []
    for each in noisy:
        shape = workspace.shape(each.stock)
        inside = int(np.ravel_multi_index(each.element, shape)) if shape else 0
        states.append(workspace.rows(each.stock).start - workspace.first_state_row + inside)
        diffusions.append(workspace.rows(each.diffusion).start + inside)
    return np.array(states, dtype=np.intp), np.array(diffusions, dtype=np.intp)


def _increments(
    spec: ModelSpec, schedule: Schedule, noisy: Sequence[Process], seed: int, members: Words
) -> Increments:
    return Increments([each.label for each in noisy], seed, members, schedule, spec.time.step)


class _Exact:
    """Noise beside a deterministic method: each swing goes on exactly over every interval of the
    grid, and its stock with it."""

    def __init__(self, program: Program, swings: Swings, seed: int, members: Words) -> None:
        workspace, own = program.workspace, [each.process for each in swings.all]
        self._values, self._swings = workspace.values, swings
        self._stocks = rows_of(workspace, own)[0] + workspace.first_state_row
        inside = self._stocks - np.array([workspace.rows(each.stock).start for each in own])

        def rows(names: Sequence[str]) -> Rows:
            starts: Rows = np.array([workspace.rows(name).start for name in names], dtype=np.intp)
            found: Rows = starts + inside
            return found

        self._swing = rows([each.value for each in swings.all])
        self._kept = rows([each.kept for each in swings.all])
        self._spread = rows([each.spread for each in swings.all])
        self._noisy = {each.stock for each in own}
        self._normals = Normals([each.label for each in own], seed, members)

    def begun(self, step: int) -> None:
        """The start of a step matters to no swing."""

    def add(self, step: int) -> None:
        """Bring the swings to the end of the step, if the grid has a point there."""
        swings, values = self._swings, self._values
        after, within = divmod(step + 1, swings.steps)
        if within:
            return
        before = values[self._swing]
        swing = before
        for number in range((after - 1) * swings.intervals, after * swings.intervals):
            shock = values[self._spread] * self._normals.draw(number)
            swing = values[self._kept] * swing + shock
        values[self._stocks] += swing - before
        values[self._swing] = swing

    def moves(self, name: str) -> bool:
        """Whether a stock has noise of its own."""
        return name in self._noisy


class _Plain:
    """Noise as Euler and Maruyama add it: the diffusion at the start of the step times dW. What
    `sri2` adds too where the noise is additive."""

    def __init__(
        self,
        program: Program,
        schedule: Schedule,
        watch: Watch,
        noisy: Sequence[Process],
        increments: Increments,
    ) -> None:
        self._program, self._schedule, self._watch = program, schedule, watch
        self._stocks = {each.stock for each in noisy}
        self._increments = increments
        self._states, self._diffusions = rows_of(program.workspace, noisy)
        self._diffusion = np.zeros((len(noisy), program.workspace.width))

    def begun(self, step: int) -> None:  # noqa: ARG002 (as `Noise` has it)
        """Keep the diffusion at the start of the step."""
        np.take(self._program.workspace.values, self._diffusions, axis=0, out=self._diffusion)

    def add(self, step: int) -> None:
        """Add the noise over the step to the stocks."""
        kick = self._diffusion * self._increments.over(step)
        self._program.workspace.state[self._states] += kick

    def moves(self, name: str) -> bool:
        """Whether a stock has noise of its own."""
        return name in self._stocks


class _Supported(_Plain):
    """Noise as SRI2 adds it: two supporting values on either side of the drift tell how the
    diffusion changes with its stock. One evaluation serves all elements, since the diffusion of
    each depends on no other noisy one."""

    def __init__(
        self,
        program: Program,
        schedule: Schedule,
        watch: Watch,
        noisy: Sequence[Process],
        increments: Increments,
    ) -> None:
        super().__init__(program, schedule, watch, noisy, increments)
        self._drifted = np.zeros_like(program.workspace.state)
        self._result = np.zeros_like(program.workspace.state)

    def begun(self, step: int) -> None:
        """Keep the diffusion at the start of the step, and where net flows alone would lead."""
        super().begun(step)
        workspace = self._program.workspace
        np.multiply(workspace.flow, self._schedule.step, out=self._drifted)
        np.add(workspace.state, self._drifted, out=self._drifted)
        self._drifted[workspace.discrete] = workspace.state[workspace.discrete]

    def add(self, step: int) -> None:
        """Add the noise over the step to the stocks."""
        length, state = self._schedule.step, self._program.workspace.state
        root = np.sqrt(length)
        super().add(step)
        np.copyto(self._result, state)
        moved = self._increments.over(step)
        reach = self._diffusion * ((0.5 * (moved * moved - length)) / root)
        above = self._at(step, reach)
        below = self._at(step, -reach)
        self._result[self._states] += (0.5 * root) * (above - below)
        np.copyto(state, self._result)

    def _at(self, step: int, reach: Floats) -> Floats:
        """The diffusion at the end of the step, noisy elements moved by `reach` from the drift."""
        workspace, schedule = self._program.workspace, self._schedule
        np.copyto(workspace.state, self._drifted)
        workspace.state[self._states] += reach
        end = schedule.time(step, 1.0)
        self._program.evaluate(end, schedule.time(step), same_time=True)
        diffusion = np.take(workspace.values, self._diffusions, axis=0)
        if not np.isfinite(diffusion).all():
            self._watch.evaluated(end)
        return diffusion

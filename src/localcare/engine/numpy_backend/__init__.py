"""The reference engine: numpy, vectorised over members.

In: a spec, a batch, a schedule and the identifiers to save. Out: arrays by identifier, as `Run`
describes them. The model is compiled once for a block of members, then each block runs by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.numpy_backend.continuing import keep, restore
from localcare.engine.numpy_backend.integrate import Stepper, integrate
from localcare.engine.numpy_backend.program import Program
from localcare.engine.numpy_backend.recorder import Block, Recorder
from localcare.engine.numpy_backend.watch import Watch
from localcare.engine.numpy_backend.workspace import LANES
from localcare.engine.schedule import Schedule
from localcare.engine.state import State
from localcare.model.spec import ModelSpec

__all__ = ["WIDEST", "MakeStepper", "simulate"]

#: Members of one block. More would share the cost of a call, but no longer fit into the cache.
WIDEST = 64

#: Makes what steps a block, whose columns are these members of the batch.
MakeStepper = Callable[[Program, Schedule, Block, Watch, NDArray[np.intp]], Stepper]


def _deterministic(
    program: Program,
    schedule: Schedule,
    recorder: Block,
    watch: Watch,
    _columns: NDArray[np.intp],
) -> Stepper:
    return Stepper(program, schedule, recorder, watch)


def simulate(
    spec: ModelSpec,
    batch: Batch,
    schedule: Schedule,
    names: Sequence[str],
    make_stepper: MakeStepper = _deterministic,
    *,
    widest: int = WIDEST,
    start: State | None = None,
    ending: State | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Run every member of the batch, at most `widest` at a time, and return what `names` asks for.

    `make_stepper` is what other methods than the deterministic ones put in their place. `start` is
    the state to go on from where the schedule begins late; `ending` is filled with the last one.
    """
    together = min(widest, batch.members)
    width = -(-together // LANES) * LANES
    recorder = Recorder(spec, schedule, names, batch.members)
    # What is not a number or infinite is looked for and named, so numpy need not warn of it.
    with np.errstate(all="ignore"):
        program = Program(spec, width, schedule.step, batch.paths)
        for first in range(0, batch.members, together):
            count = min(together, batch.members - first)
            # Columns without a member repeat the last one.
            columns = np.minimum(np.arange(first, first + width), first + count - 1)
            program.load(batch, columns)
            block = recorder.block(program.workspace, first, count)
            watch = Watch(spec, program.workspace, first, count)
            stepper = make_stepper(program, schedule, block, watch, columns)
            if start is None:
                integrate(stepper)
            else:
                integrate(stepper, partial(restore, program.workspace, watch, start, columns))
            if ending is not None:
                keep(program.workspace, watch, ending, first, count)
    return recorder.values

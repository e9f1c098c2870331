"""The reference engine: numpy, vectorised over members.

In: a spec, a batch, a schedule and the identifiers to save. Out: arrays by identifier, as `Run`
describes them. The model is compiled once for a block of members, then each block runs by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.numpy_backend.integrate import integrate
from localcare.engine.numpy_backend.program import Program
from localcare.engine.numpy_backend.recorder import Recorder
from localcare.engine.numpy_backend.watch import Watch
from localcare.engine.numpy_backend.workspace import LANES
from localcare.engine.schedule import Schedule
from localcare.model.spec import ModelSpec

__all__ = ["WIDEST", "simulate"]

#: Members of one block. More would share the cost of a call, but no longer fit into the cache.
WIDEST = 64


def simulate(
    spec: ModelSpec, batch: Batch, schedule: Schedule, names: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Run every member of the batch and return what `names` asks for."""
    width = min(WIDEST, -(-batch.members // LANES) * LANES)
    recorder = Recorder(spec, schedule, names, batch.members)
    # What is not a number or infinite is looked for and named, so numpy need not warn of it.
    with np.errstate(all="ignore"):
        program = Program(spec, width, schedule.step, batch.paths)
        for first in range(0, batch.members, width):
            count = min(width, batch.members - first)
            # Columns without a member repeat the last one.
            program.load(batch, np.minimum(np.arange(first, first + width), batch.members - 1))
            block = recorder.block(program.workspace, first, count)
            integrate(program, schedule, block, Watch(spec, program.workspace, first, count))
    return recorder.values

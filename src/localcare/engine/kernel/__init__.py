"""The compiled engine: a model as machine code, eight members at a time.

`simulate` takes what the reference engine takes and gives what it gives, to rounding, many times
faster. The way through: expressions are lowered to terms over places in memory (`lower`), what
changes rarely is hoisted (`hoist`), equations are put in groups (`plan`), the groups become loops
of LLVM IR (`loops`, `expressions`, `maths`), the time loop goes around them (`integrate`), llvmlite
makes an object file of it all (`machine`, `cache`), and blocks of members run it (`run`).

A member's bits depend on its inputs, the model and the method alone: not on the batch, the
threads, the lanes, or what is saved. All arithmetic is IEEE double precision in one fixed order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from localcare.engine.failure import SimulationError
from localcare.engine.inputs import Batch
from localcare.engine.kernel.blocks import Failure, SwingNoise
from localcare.engine.kernel.build import Kernel, KernelUnavailable, build, text_of
from localcare.engine.kernel.patterns import loosened_by
from localcare.engine.kernel.run import run_kernel
from localcare.engine.noise import Noise
from localcare.engine.schedule import Schedule
from localcare.engine.state import State, part_of
from localcare.model.spec import ModelSpec

__all__ = [
    "LANES",
    "MANY",
    "Kernel",
    "KernelUnavailable",
    "SwingNoise",
    "build",
    "lanes_for",
    "prepare",
    "simulate",
    "text_of",
    "varied_by",
]

METHODS = ("euler", "rk4")
#: Kernels kept in memory.
REMEMBERED = 8
#: Members of a block. Up to a few members run faster one by one, elements side by side.
LANES = 8
FEW = 3
#: From so many members on, a kernel pays that knows in which inputs they differ.
MANY = 64


def lanes_for(members: int) -> int:
    """How many lanes suit a batch."""
    return 1 if members <= FEW else LANES


def varied_by(batch: Batch) -> frozenset[str] | None:
    """In which inputs the members of a large batch may differ; None, any, for smaller ones."""
    return frozenset((*batch.constants, *batch.paths)) if batch.members >= MANY else None


def prepare(
    spec: ModelSpec,
    names: Sequence[str],
    schedule: Schedule,
    lanes: int = LANES,
    varied: Collection[str] | None = None,
    *,
    loose: Collection[str] = (),
) -> Kernel:
    """A kernel that can save these variables of a model, for batches whose members differ in the
    inputs `varied`, None for any, and put other numbers for noughts in no tables but those that
    are `loose` (`patterns.loosened_by`). The last few are kept in memory, for callers that simulate
    batch after batch. Raises KernelUnavailable where it cannot be had."""
    if schedule.method not in METHODS:
        raise KernelUnavailable(f"it has no method {schedule.method}")
    kept = frozenset(names)
    differing = None if varied is None else frozenset(varied)
    wanted = _Wanted(
        spec.fingerprint, kept, lanes, schedule.points, differing, frozenset(loose), spec
    )
    return _remembered(wanted)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a kernel is wanted for; equal for equal models."""

    fingerprint: str
    kept: frozenset[str]
    lanes: int
    points: bool
    varied: frozenset[str] | None
    loose: frozenset[str]
    spec: ModelSpec = field(compare=False)


@lru_cache(maxsize=REMEMBERED)
def _remembered(wanted: _Wanted) -> Kernel:
    return build(
        wanted.spec,
        wanted.kept,
        wanted.lanes,
        points=wanted.points,
        varied=wanted.varied,
        loose=wanted.loose,
    )


def simulate(
    spec: ModelSpec,
    batch: Batch,
    schedule: Schedule,
    names: Sequence[str],
    *,
    kernel: Kernel | None = None,
    lanes: int | None = None,
    threads: int | None = None,
    noise: SwingNoise | None = None,
    start: State | None = None,
    ending: State | None = None,
    into: Mapping[str, NDArray[np.float64]] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Run every member of the batch and return what `names` asks for.

    `kernel` is one that was prepared for this model and these names; else one of so many `lanes`
    is built. Where they are not said, lanes suit the batch and threads the processors. `noise`
    moves the swings of the model, which then is that of `noise.swings`. `start` is the state to go
    on from where the schedule begins late; `ending` is filled with the last one. `into` are arrays
    to write to, such as an equal run returned: memory that is new has to be cleared by the system.

    Raises KernelUnavailable where the kernel cannot be had and SimulationError as the reference
    engine does.
    """
    if kernel is None:
        lanes = lanes or lanes_for(batch.members)
        needed = names if noise is None else (*names, *noise.swings.names)
        loose = loosened_by(spec, batch)
        kernel = prepare(spec, needed, schedule, lanes, varied_by(batch), loose=loose)
    values, failure = run_kernel(
        kernel,
        spec,
        batch,
        schedule,
        names,
        threads=threads,
        noise=noise,
        start=start,
        ending=ending,
        into=into,
    )
    if failure is not None:
        raise _located(spec, batch, schedule, failure, start=start, noise=noise)
    return values


def _located(
    spec: ModelSpec,
    batch: Batch,
    schedule: Schedule,
    failure: Failure,
    *,
    start: State | None,
    noise: SwingNoise | None,
) -> SimulationError:
    """What went wrong in a block, found by running its members again with the reference engine,
    which looks at every value it computes."""
    from localcare.engine.numpy_backend import simulate as simulate_slowly
    from localcare.engine.stochastic import simulate_swings

    members = slice(failure.first, failure.last)
    alone = Batch(
        failure.last - failure.first,
        {name: array[..., members] for name, array in batch.constants.items()},
        {
            name: (times[..., members], values[..., members])
            for name, (times, values) in batch.paths.items()
        },
    )
    reached = max(failure.step // schedule.per_interval, schedule.first) + 1
    part = replace(schedule, intervals=min(schedule.intervals, reached))
    begun = None if start is None else part_of(start, failure.first, failure.last)
    try:
        if noise is None:
            simulate_slowly(spec, alone, part, (), start=begun)
        else:
            own = Noise(noise.noise.seed, noise.noise.members[members])
            simulate_swings(noise.swings, alone, part, (), own, start=begun)
    except SimulationError as error:
        return SimulationError(
            error.variable, error.subscripts, error.time, failure.first + error.member, error.reason
        )
    return SimulationError(
        spec.name,
        (),
        schedule.time(max(failure.step, 0)),
        failure.first,
        "left what the compiled engine can compute, though not the reference engine,",
    )

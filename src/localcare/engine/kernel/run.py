"""Running a compiled model: blocks of members on threads.

In: a kernel, a batch, a schedule, the identifiers to save. Out: arrays by identifier, as `Run`
describes them. Every block is a run of its own with a workspace of its own; which thread runs it,
and beside which others, changes nothing in it. The kernel runs without Python's interpreter lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.kernel.blocks import Blocks, Failure, SwingNoise, workspace_for
from localcare.engine.kernel.build import Kernel
from localcare.engine.schedule import Schedule
from localcare.engine.state import State
from localcare.model.spec import ModelSpec

__all__ = ["run_kernel"]


def run_kernel(
    kernel: Kernel,
    spec: ModelSpec,
    batch: Batch,
    schedule: Schedule,
    names: Sequence[str],
    *,
    threads: int | None = None,
    noise: SwingNoise | None = None,
    start: State | None = None,
    ending: State | None = None,
    into: Mapping[str, NDArray[np.float64]] | None = None,
) -> tuple[dict[str, NDArray[np.float64]], Failure | None]:
    """Simulate every member. Where one fails, the first block in which one did comes back too,
    and the arrays mean nothing."""
    blocks = Blocks(
        kernel, spec, batch, schedule, names, noise=noise, start=start, ending=ending, into=into
    )
    firsts = range(0, batch.members, kernel.outline.lanes)
    waiting, turn = iter(firsts), threading.Lock()
    failures: list[Failure] = []

    def work() -> None:
        workspace = workspace_for(kernel.outline)
        while True:
            with turn:
                first = next(waiting, None)
            if first is None or not blocks.wanted(first):
                return
            failure = blocks.run(first, workspace)
            if failure is not None:
                failures.append(failure)
                blocks.stop_after(failure.first)

    workers = min(threads or _processors(), len(firsts))
    with ThreadPoolExecutor(workers, thread_name_prefix="kernel") as pool:
        # Even a single block runs on a thread, so that Ctrl-C finds the main thread listening.
        try:
            tasks = [pool.submit(work) for _ in range(workers)]
            wait(tasks)
        except BaseException:
            blocks.stop_after(-1)
            raise
        for task in tasks:
            task.result()
    return blocks.values, min(failures, key=lambda failure: failure.first, default=None)


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

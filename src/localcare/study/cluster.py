"""Blocks of an ensemble on other processes or machines, through Dask.

In: how many worker processes to start here, or the address of a scheduler that others started. Out:
a function that runs blocks as `blocks.here` does, in whatever order they are done. Results come
back to this process, which alone writes the store, so that a worker that is lost leaves nothing
half written; Dask gives its blocks to others. A block's bits do not depend on where it is run.

A worker runs one block at a time on all processors it may use. Whoever can reach a Dask scheduler
can run what they like on its workers: it belongs on a trusted network.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcare.extras import let_dask_in
from localcare.problems import BadInput, Problem
from localcare.study.blocks import Block, Job, here
from localcare.study.work import Lost

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Workers", "running_blocks"]

#: Seconds to wait for a scheduler to answer.
PATIENCE = 10
#: Blocks that wait for each worker: enough to keep it busy, few enough to hold their results.
AHEAD = 2

_KEPT = "What was done is kept: the same command goes on."

RunBlocks = Callable[[Job, Iterable[int]], Iterator[Block]]


@dataclass(frozen=True, slots=True)
class Workers:
    """Where blocks are run: `count` processes started for it, or those of a `scheduler`; in this
    process where neither is said."""

    count: int | None = None
    scheduler: str | None = None


@contextmanager
def running_blocks(workers: Workers) -> Iterator[RunBlocks]:
    """What runs blocks, for as long as the context lasts.

    Raises BadInput where both are asked for, the package is missing, or no scheduler answers.
    """
    if workers.count is None and workers.scheduler is None:
        yield here
        return
    if workers.count is not None and workers.scheduler is not None:
        why = "starts workers here, and --scheduler names others."
        raise BadInput(Problem(why, "Give one of them.", key="--workers"))
    _need_distributed()
    with _untold(), _client(workers) as client:
        yield lambda job, firsts: _run(client, job, firsts)


@contextmanager
def _untold() -> Iterator[None]:
    """Keep Dask from logging the trace of a lost connection, which is told in words."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _client(workers: Workers) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    if workers.scheduler is not None:
        try:
            _knock(workers.scheduler)
            # not the default: xarray would put its own work to it
            client = Client(workers.scheduler, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            why = "no Dask scheduler answers there."
            cure = "Start one with `dask scheduler`, and give its address, tcp://HOST:8786."
            raise BadInput(Problem(why, cure, key=workers.scheduler)) from error
        with client:
            if not client.scheduler_info()["workers"]:
                why = "the scheduler has no workers."
                cure = f"Start some with `dask worker {workers.scheduler} --nthreads 1`."
                raise BadInput(Problem(why, cure, key=workers.scheduler))
            yield client
        return
    if workers.count is not None and workers.count < 1:
        why = f"{workers.count} workers can do nothing."
        raise BadInput(Problem(why, "Give 1 or more.", key="--workers"))
    with (
        LocalCluster(
            n_workers=workers.count, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _knock(address: str) -> None:
    """Raise OSError or ValueError where nobody listens at an address: a Client that fails to begin
    leaves a trace of errors behind when it is thrown away."""
    from distributed.comm.addressing import get_address_host_port, parse_address

    protocol, _ = parse_address(address)
    if protocol in ("tcp", "tls"):
        with socket.create_connection(get_address_host_port(address, strict=True), PATIENCE):
            pass


def _run(client: Client, job: Job, firsts: Iterable[int]) -> Iterator[Block]:
    """Blocks as they are done, a few ahead of what is taken."""
    from concurrent.futures import CancelledError

    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    waiting = iter(firsts)
    # a task, not scattered data: Dask makes it again where the worker that held it is lost
    shared = client.submit(_same, job, pure=False)
    ahead = AHEAD * max(1, len(client.scheduler_info()["workers"]))
    begun = [client.submit(_block, shared, first, pure=False) for first in _some(waiting, ahead)]
    try:
        done = as_completed(begun, loop=client.loop)
        for future in done:
            yield future.result()
            future.release()
            for first in _some(waiting, 1):
                done.add(client.submit(_block, shared, first, pure=False))
    except KilledWorker as error:
        why = "Workers were lost again and again, perhaps for want of memory."
        raise Lost(f"{why} {_KEPT}") from error
    except (CancelledError, OSError) as error:
        if client.status == "running":
            raise
        raise Lost(f"The Dask scheduler was lost. Start it again. {_KEPT}") from error
    except ModuleNotFoundError as error:
        why = f"a worker lacks the package {error.name}."
        cure = "Install the same localcare where workers run."
        raise BadInput(Problem(why, cure, key="workers")) from error


def _same(job: Job) -> Job:
    return job


def _block(job: Job, first: int) -> Block:
    return job.run(first)


def _some(waiting: Iterator[int], count: int) -> list[int]:
    """The next few, or as many as there are."""
    return [first for _, first in zip(range(count), waiting, strict=False)]


def _need_distributed() -> None:
    let_dask_in()
    try:
        import distributed  # noqa: F401 (looked for only)
    except ImportError as error:
        why = "blocks are sent to other processes by Dask, and the package distributed is missing."
        cure = "Install it with: pip install 'localcare[cluster]'"
        raise BadInput(Problem(why, cure)) from error

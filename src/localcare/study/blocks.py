"""The blocks of an ensemble: each is run by itself, spooled, and told apart from damage.

In: a `Job`, which says what to run and what to keep; a folder to work in. Out: in the folder the
store `members.zarr` and, once a block of members is in it, `blocks/<first>.json` with checksums of
what the block gave. A folder in which some blocks are done is gone on with: a block is run again
unless its record is there and the store still holds what the record says. That the inputs are the
same is for `work` to see to. Memory holds a few blocks at a time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.engine import Run, SimulationError, run
from localcare.model import ModelSpec
from localcare.study.dataset import label
from localcare.study.given import Given
from localcare.study.retention import History
from localcare.study.spool import Spool
from localcare.study.values import MEMBER, SCENARIO

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["IMPLAUSIBILITY", "INPUTS", "MEMBERS", "Block", "Derived", "Job", "here", "spool"]

MEMBERS, INPUTS, RECORDS = "members.zarr", "inputs", "blocks"
#: Among the inputs: how far each member is from each observed figure, and what that is of.
IMPLAUSIBILITY, OBSERVED = "implausibility", "observed"
#: Dimensions of time, one of which follows the member in the store.
TIMES = ("time", "time_bound", "year")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Derived:
    """A measure to keep: `compute` makes it, over the member and time, of a Dataset of the model
    variables `needs` (by identifier). Those that have the same `together` are made by it, all at
    once and for less, to the same bits: the variables of a Dataset, coordinates among them."""

    name: str
    needs: tuple[str, ...]
    compute: Callable[[xr.Dataset], xr.DataArray]
    together: Callable[[Sequence[Derived], xr.Dataset], dict[str, xr.Variable]] | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """What a block gave: `results` and what is kept of its `inputs`, over `member`, and
    the engine that ran it."""

    first: int
    results: xr.Dataset
    inputs: xr.Dataset
    engine: str


@dataclass(frozen=True, eq=False)
class Job:
    """What to run: the variables of one's `own` choice and the measures `derived` are kept, for
    which `kept` have to be computed; `block` members at a time, with these `options`. Each member
    of the first scenario is held against the `history`, if there is one.
    """

    spec: ModelSpec
    given: Given
    own: tuple[str, ...]
    kept: tuple[str, ...]
    derived: tuple[Derived, ...]
    block: int
    options: Mapping[str, Any]
    history: History | None = None

    def firsts(self) -> range:
        """The first member of each block."""
        return range(0, self.given.members, self.block)

    def last(self, first: int) -> int:
        """One past the last member of a block."""
        return min(first + self.block, self.given.members)

    def run(self, first: int) -> Block:
        """Run a block. Raises what `simulate` raises."""
        return self.finish(first, self.simulate(first))

    def simulate(self, first: int) -> Run:
        """Simulate a block. Raises SimulationError with the number of the member that has to
        stop."""
        last, beside = self.last(first), self.given.beside
        batch = self.given.block(first, last)
        numbers = self.given.numbers(first, last)
        try:
            return run(self.spec, batch, member_numbers=numbers, **self.options)
        except SimulationError as stop:
            where = f" in scenario {beside[stop.member % len(beside)]}" if beside else ""
            raise SimulationError(
                stop.variable, stop.subscripts, stop.time, numbers[stop.member], stop.reason + where
            ) from None

    def finish(self, first: int, result: Run) -> Block:
        """What is kept of a block that was simulated."""
        last = self.last(first)
        results, inputs = self._keep(first, last, result), self.given.kept(self.spec, first, last)
        if self.history is not None:
            columns = range(0, result.members, max(1, len(self.given.beside)))
            found = self.history.implausibility(self.spec, result, columns)
            inputs = inputs.assign({IMPLAUSIBILITY: ((MEMBER, OBSERVED), found)})
            inputs = inputs.assign_coords({OBSERVED: list(self.history.labels)})
        return Block(first, results, inputs, result.engine)

    def _keep(self, first: int, last: int, result: Run) -> xr.Dataset:
        """What is kept of a block."""
        columns = np.arange(result.members)
        dataset = _side_by_side(
            label(self.spec, result, columns, across=MEMBER), first, last, self.given.beside
        )
        others = [name for name in dataset.data_vars if name not in self.own]
        found = dataset.drop_vars(others).assign(_measures(self.derived, dataset))
        ordered = [_ordered(each.variable) for each in found.data_vars.values()]
        return found.assign(dict(zip(found.data_vars, ordered, strict=True)))


def spool(
    job: Job,
    folder: Path,
    run_blocks: Callable[[Job, Iterable[int]], Iterator[Block]],
    progress: Progress,
) -> str:
    """Have all blocks in the store of a folder; the engines that ran them.

    `run_blocks` runs the blocks that begin with some members, in any order.
    """
    store, records = folder / MEMBERS, folder / RECORDS
    members = job.given.members
    again = _is_whole(store, records)
    results = Spool(store, members, job.block, again=again)
    inputs = Spool(store, members, job.block, INPUTS, again=again)
    records.mkdir(exist_ok=True)
    todo = [first for first in job.firsts() if not _is_done(job, first, records, results, inputs)]
    done = sum(job.last(first) - first for first in job.firsts() if first not in set(todo))
    progress("running members", done, members)
    for block in run_blocks(job, todo):
        record = {
            "engine": block.engine,
            "results": results.write(block.first, block.results),
            "inputs": inputs.write(block.first, block.inputs),
        }
        _write_record(records / f"{block.first}.json", record)
        done += job.last(block.first) - block.first
        progress("running members", done, members)
    inputs.close()
    results.close()
    found = [_record(records / f"{first}.json") or {} for first in job.firsts()]
    return " and ".join(sorted({each["engine"] for each in found}))


def here(job: Job, firsts: Iterable[int]) -> Iterator[Block]:
    """Run blocks in this process, one after the other: while what one gave is gathered and
    written, the next is simulated."""
    waiting = iter(firsts)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        first = next(waiting, None)
        ahead = None if first is None else pool.submit(job.simulate, first)
        while first is not None and ahead is not None:
            result, done = ahead.result(), first
            first = next(waiting, None)
            ahead = None if first is None else pool.submit(job.simulate, first)
            yield job.finish(done, result)


def _measures(asked: Sequence[Derived], dataset: xr.Dataset) -> dict[str, Any]:
    """Measures of a Dataset by name."""
    shared: dict[Any, list[Derived]] = {}
    for each in asked:
        if each.together is not None:
            shared.setdefault(each.together, []).append(each)
    made: dict[str, Any] = {}
    for together, own in shared.items():
        made |= together(own, dataset)
    found = {each.name: made.pop(each.name, None) for each in asked}
    for each in asked:
        if found[each.name] is None:
            found[each.name] = each.compute(dataset)
    return {**found, **made}


def _ordered(values: xr.Variable) -> xr.Variable:
    """The member, the time, the scenario, then what else there is."""
    front = [MEMBER, *(each for each in (*TIMES, SCENARIO) if each in values.dims)]
    return values.transpose(*front, ...)


def _side_by_side(
    dataset: xr.Dataset, first: int, last: int, beside: tuple[str, ...]
) -> xr.Dataset:
    """A Dataset over columns as one over members, and over scenarios where there are several."""
    import xarray as xr

    numbers = np.arange(first, last)
    if not beside:
        return dataset.assign_coords({MEMBER: numbers})
    shape = (last - first, len(beside))
    found = {
        name: xr.Variable(
            (MEMBER, SCENARIO, *each.dims[1:]),
            each.values.reshape(*shape, *each.shape[1:]),
            each.attrs,
        )
        if each.dims[:1] == (MEMBER,)
        else each
        for name, each in dataset.drop_vars(MEMBER).variables.items()
    }
    labels = {MEMBER: numbers, SCENARIO: np.array(beside)}
    coordinates = {name: each for name, each in found.items() if name in dataset.coords}
    variables = {name: each for name, each in found.items() if name not in coordinates}
    return xr.Dataset(variables, {**coordinates, **labels}, dataset.attrs)


def _is_whole(store: Path, records: Path) -> bool:
    """Whether there is a store to go on with; one that was being made is removed."""
    if any(records.glob("*.json")):
        return True
    shutil.rmtree(store, ignore_errors=True)
    return False


def _is_done(job: Job, first: int, records: Path, results: Spool, inputs: Spool) -> bool:
    record, last = _record(records / f"{first}.json"), job.last(first)
    return (
        record is not None
        and record["results"] == results.stored(first, last)
        and record["inputs"] == inputs.stored(first, last)
    )


def _record(path: Path) -> dict[str, str] | None:
    """The record of a block, None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(found[name]) for name in ("engine", "results", "inputs")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_record(path: Path, record: Mapping[str, str]) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(record) + "\n", encoding="utf-8")
    beside.replace(path)

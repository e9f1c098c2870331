"""One block of members: its inputs into a workspace, its control, its run.

A `Blocks` holds what the blocks of a batch share; `run` runs one of them in the workspace it is
given. Nothing that one block does is seen by another but through the arrays of results, of which
each writes its own members.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.brownian import GRID
from localcare.engine.inputs import Batch
from localcare.engine.kernel.build import Kernel
from localcare.engine.kernel.control import CONTROL, LIMITS, NO_FAILURE, SAVED, SWING
from localcare.engine.kernel.knots import Followed, of_paths, of_series
from localcare.engine.kernel.names import LARGEST, STATE, STEP, first_of, sum_of
from localcare.engine.kernel.outline import Outline
from localcare.engine.kernel.patterns import loosened_by
from localcare.engine.kernel.results import LINE, fitting, in_one_piece
from localcare.engine.noise import Noise, key
from localcare.engine.schedule import Schedule
from localcare.engine.state import State
from localcare.engine.swings import Swings
from localcare.model.spec import ModelSpec

__all__ = ["Blocks", "Failure", "SwingNoise", "workspace_for"]

Floats = NDArray[np.float64]
Records = NDArray[np.void]
BYTES = 8


@dataclass(frozen=True, eq=False)
class SwingNoise:
    """The swings of a model and the noise that moves them."""

    swings: Swings
    noise: Noise


@dataclass(frozen=True, slots=True)
class Failure:
    """A block, members `first` to `last` of the batch (the last left out), in which some member
    failed in step number `step` (-1 for the initial values)."""

    first: int
    last: int
    step: int


def workspace_for(outline: Outline) -> Floats:
    """The memory in which one block runs, (slots, lanes)."""
    size = outline.size * outline.lanes * BYTES
    raw = np.zeros(size + LINE, dtype=np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size].view(np.float64).reshape(outline.size, outline.lanes)


class Blocks:
    """What the blocks of a run share; `values` are the results, by identifier."""

    def __init__(
        self,
        kernel: Kernel,
        spec: ModelSpec,
        batch: Batch,
        schedule: Schedule,
        names: Sequence[str],
        *,
        noise: SwingNoise | None = None,
        start: State | None = None,
        ending: State | None = None,
        into: Mapping[str, Floats] | None = None,
    ) -> None:
        self._noise = noise
        self._start, self._ending = start, ending
        self._kernel, self._spec, self._batch, self._schedule = kernel, spec, batch, schedule
        self.values: dict[str, Floats] = {}
        _expect_same(batch, kernel.outline)
        _expect_noughts(spec, batch, kernel.outline)
        again, moving = kernel.outline.moved_by(batch.paths)
        self._saved = self._records(names, moving, into)
        self._some_flags = np.frombuffer(again, dtype=np.uint8)
        self._all_flags = np.ones_like(self._some_flags)
        self._series = of_series(spec, batch, schedule)
        self._limits = _limits(spec, kernel.outline)
        self._controls: dict[int, Records] = {}
        self._stop = math.inf

    def run(self, first: int, workspace: Floats) -> Failure | None:
        """Run the members from `first` on, as many as there are lanes; which failed, if any."""
        outline, batch, schedule = self._kernel.outline, self._batch, self._schedule
        used = min(outline.lanes, batch.members - first)
        # Lanes without a member repeat the last one.
        columns = np.minimum(np.arange(first, first + outline.lanes), batch.members - 1)
        self._load(workspace, columns)
        wide = Followed(of_paths(self._spec, batch, schedule, columns), outline.slots)
        shared = Followed(self._series, outline.slots)
        control = np.zeros(1, dtype=CONTROL)
        for name, value in self._fields(used).items():
            control[name] = value
        lists = {"wide": wide.records, "shared": shared.records, "limits": self._limits}
        for kind, records in self._saved.items():
            lists[kind] = records.copy()
            lists[kind]["address"] += first * BYTES
        noise = None if self._noise is None else _Swinging(self._noise, outline, columns)
        if noise is not None:
            lists["swings"] = noise.records
            control["numbers"] = noise.numbers.ctypes.data
            control["swing_intervals"] = noise.swings.intervals
            control["swing_steps"] = noise.swings.steps
        for name, records in lists.items():
            control[name], control[name + "_count"] = records.ctypes.data, len(records)
        given = None if self._start is None else _given(self._start, outline, columns)
        control["state"] = 0 if given is None else given.ctypes.data
        self._controls[first] = control
        if first <= self._stop:
            self._kernel.simulate(workspace.ctypes.data, control.ctypes.data)
        del self._controls[first]
        failed = int(control["failed"][0])
        if failed != NO_FAILURE:
            return Failure(first, first + used, failed)
        if self._ending is not None:
            _keep(self._ending, outline, workspace, slice(first, first + used))
        return None

    def stop_after(self, first: int) -> None:
        """Have blocks after the one that starts with a member end early."""
        self._stop = min(self._stop, first)
        for begun, control in list(self._controls.items()):
            if begun > self._stop:
                control["cancelled"] = 1

    def wanted(self, first: int) -> bool:
        """Whether the block that starts with a member is still to run."""
        return first <= self._stop

    def _load(self, workspace: Floats, columns: NDArray[np.int64]) -> None:
        """Put the members' inputs into a workspace, and nothing else."""
        batch, outline = self._batch, self._kernel.outline
        workspace[...] = self._kernel.inputs[:, np.newaxis]
        workspace[outline.slots[STEP]] = self._schedule.step
        for name, values in batch.constants.items():
            first, size = outline.slots[name], math.prod(self._spec.shape(name))
            own = values.reshape(size, batch.members)[:, columns]
            workspace[first : first + size] = own + 0.0

    def _fields(self, used: int) -> dict[str, float | int]:
        """The plain fields of a block's control."""
        schedule = self._schedule
        runge_kutta = schedule.method == "rk4"
        return {
            "initial": schedule.initial,
            "step": schedule.step,
            "sixth": schedule.step / 6.0,
            "weights": schedule.per_interval * (6.0 if runge_kutta else 1.0),
            "per_interval": schedule.per_interval,
            "first_step": schedule.first_step,
            "steps": schedule.steps,
            "runge_kutta": int(runge_kutta),
            "members": self._batch.members,
            "used": used,
            "all_flags": self._all_flags.ctypes.data,
            "some_flags": self._some_flags.ctypes.data,
            "swing_steps": 1,
            "again": int(self._some_flags.any()),
            "failed": NO_FAILURE,
        }

    def _records(
        self, names: Sequence[str], moving: frozenset[str], into: Mapping[str, Floats] | None
    ) -> dict[str, Records]:
        """What to save, by kind, with the addresses of the first member; makes the arrays, unless
        it is given some to write `into`."""
        outline, slots = self._kernel.outline, self._kernel.outline.slots
        moving = frozenset() if outline.points else moving
        if outline.points is not self._schedule.points:
            raise ValueError("the kernel was made to save points, or means, and not the other")
        listed: dict[str, list[tuple[int, ...]]] = {
            kind: [] for kind in ("stocks", "sums", "changes", "fixed")
        }
        shapes = {
            name: (
                self._schedule.saved + (name in outline.stocks or self._schedule.points),
                *self._spec.shape(name),
                self._batch.members,
            )
            for name in names
        }
        arrays = in_one_piece(shapes) if into is None else fitting(into, shapes)
        for name, array in arrays.items():
            self.values[name] = array
            shape, stock = array.shape[1:-1], name in outline.stocks
            if stock:
                kind, places = "stocks", (slots[name], 0, 0)
            elif name in outline.sums:
                kind, places = "sums", (slots[sum_of(name)], 0, 0)
            elif name in outline.changes or (name in outline.fixed and name in moving):
                kind, places = "changes", (slots[name], slots[first_of(name)], slots[sum_of(name)])
            elif name in outline.fixed:
                kind, places = "fixed", (slots[name], 0, 0)
            else:
                raise ValueError(f"the kernel was not made to save {name}")
            listed[kind].append((*places, math.prod(shape), array.ctypes.data))
        return {kind: np.array(rows, dtype=SAVED) for kind, rows in listed.items()}


class _Swinging:
    """The records of the swings of a block's members, and what they point to."""

    def __init__(self, given: SwingNoise, outline: Outline, columns: NDArray[np.int64]) -> None:
        self.swings, slots = given.swings, outline.slots
        spec, own = given.swings.spec, given.swings.all
        self.numbers = given.noise.members[columns]
        self.drawn = np.zeros((len(own), 2, columns.size))
        self.records = np.zeros(len(own), dtype=SWING)
        for row, swing, drawn in zip(self.records, own, self.drawn, strict=True):
            shape = spec.shape(swing.process.stock)
            inside = int(np.ravel_multi_index(swing.process.element, shape)) if shape else 0
            row["stock"] = slots[swing.process.stock] + inside
            for name in ("value", "kept", "spread"):
                row[name] = slots[getattr(swing, name)] + inside
            words = key(given.noise.seed, GRID, swing.process.label)
            row["first_key"], row["second_key"] = words
            row["pair"], row["drawn"] = -1, drawn.ctypes.data


def _expect_same(batch: Batch, outline: Outline) -> None:
    """Raise ValueError where members differ in what the kernel takes to be the same for all."""
    if outline.varied is None:
        return
    for name in {*batch.constants, *batch.paths}.difference(outline.varied):
        if name in batch.paths or (np.ptp(batch.constants[name], axis=-1) != 0).any():
            raise ValueError(f"the kernel was made for members that do not differ in {name}")


def _expect_noughts(spec: ModelSpec, batch: Batch, outline: Outline) -> None:
    """Raise ValueError where members have numbers for what the kernel takes to be nought."""
    for name in sorted(loosened_by(spec, batch).difference(outline.loose)):
        raise ValueError(f"the kernel was made for members that keep the noughts of {name}")


def _given(state: State, outline: Outline, columns: NDArray[np.int64]) -> Floats:
    """The state of some members as the kernel reads it, (elements + stocks, lanes)."""
    stocks = [state.stocks[name][..., columns].reshape(-1, columns.size) for name in outline.stocks]
    largest = [state.largest[name][columns][np.newaxis] for name in outline.stocks]
    rows = [*stocks, *largest] or [np.zeros((1, columns.size))]
    # lane by lane: numpy would keep columns together where the parts do
    return np.ascontiguousarray(np.concatenate(rows))


def _keep(state: State, outline: Outline, workspace: Floats, members: slice) -> None:
    """Keep the state that a block has come to."""
    used = members.stop - members.start
    for number, name in enumerate(outline.stocks):
        kept = state.stocks[name][..., members]
        first = outline.slots[name]
        kept[...] = workspace[first : first + kept[..., 0].size, :used].reshape(kept.shape)
        state.largest[name][members] = workspace[outline.slots[LARGEST] + number, :used]


def _limits(spec: ModelSpec, outline: Outline) -> Records:
    """The limits of all stocks."""
    rows = []
    for name in outline.stocks:
        low, high = spec.by_identifier[name].limits
        first, count = outline.slots[name] - outline.slots[STATE], math.prod(spec.shape(name))
        bounds = (-math.inf if low is None else low, math.inf if high is None else high)
        rows.append((first, count, *bounds))
    return np.array(rows, dtype=LIMITS)

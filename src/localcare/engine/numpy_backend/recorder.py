"""What a run keeps: stocks at the bounds of saving intervals, means over them for the rest.

In: the workspace after each stage, with the stage's weight. Out: arrays by identifier,
(n + 1, *dimensions, members) for points and (n, *dimensions, members) for means.

A mean is taken as the first value of the interval plus the weighted mean of the differences from
it, so that what does not change is saved to the bit, and a member for which it does not change is
not affected by another for which it does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine.numpy_backend.workspace import Workspace
from localcare.engine.schedule import Schedule
from localcare.model.spec import Kind, ModelSpec

__all__ = ["Recorder"]

Floats = NDArray[np.float64]


class Recorder:
    """Saves `names` for `members` members, some of them (a block) at a time."""

    def __init__(
        self, spec: ModelSpec, schedule: Schedule, names: Sequence[str], members: int
    ) -> None:
        self._points = {
            name for name in names if schedule.points or spec.by_identifier[name].kind is Kind.STOCK
        }
        self._stocks = {name for name in names if spec.by_identifier[name].kind is Kind.STOCK}
        count = schedule.saved
        self.values: dict[str, Floats] = {
            name: np.empty((count + (name in self._points), *spec.shape(name), members))
            for name in names
        }

    def block(self, workspace: Workspace, first: int, count: int) -> Block:
        """A recorder of the members first, first + 1, ... that lie in the workspace's columns."""
        kept = {name: array[..., first : first + count] for name, array in self.values.items()}
        means = [name for name in kept if name not in self._points]
        others = [name for name in kept if name in self._points - self._stocks]
        groups = (sorted(self._stocks), others, means)
        return Block(workspace, kept, groups, count)


class Block:
    """Saves the members of one block."""

    def __init__(
        self,
        workspace: Workspace,
        kept: dict[str, Floats],
        groups: tuple[Sequence[str], Sequence[str], Sequence[str]],
        count: int,
    ) -> None:
        self._kept, self._count = kept, count
        stocks, others, means = groups
        self._stocks = [(name, workspace.array(name)) for name in stocks]
        self._others = [(name, workspace.array(name)) for name in others]
        self._runs = [_Run(workspace, rows) for rows in _merged(workspace, means)]
        self._means = [
            (name, run.mean_of(workspace, name))
            for name in means
            for run in self._runs
            if run.rows.start <= workspace.rows(name).start < run.rows.stop
        ]

    def begin(self) -> None:
        """Start a saving interval; call after its first evaluation, before `stage`."""
        for run in self._runs:
            np.copyto(run.first, run.now)
            run.sum.fill(0.0)

    def stage(self, weight: float) -> None:
        """Count the evaluation just made with its share of the interval."""
        for run in self._runs:
            np.subtract(run.now, run.first, out=run.mean)
            np.multiply(run.mean, weight, out=run.mean)
            np.add(run.sum, run.mean, out=run.sum)

    def end(self, interval: int) -> None:
        """Save the means over an interval."""
        for run in self._runs:
            np.add(run.first, run.sum, out=run.mean)
        for name, mean in self._means:
            self._kept[name][interval] = mean[..., : self._count]

    def stocks_at(self, bound: int) -> None:
        """Save the stocks at a bound."""
        for name, array in self._stocks:
            self._kept[name][bound] = array[..., : self._count]

    def points_at(self, bound: int) -> None:
        """Save what is wanted as points besides stocks at a bound; call after an evaluation."""
        for name, array in self._others:
            self._kept[name][bound] = array[..., : self._count]


class _Run:
    """Consecutive rows of the workspace whose means are taken together."""

    def __init__(self, workspace: Workspace, rows: slice) -> None:
        self.rows = rows
        self.now = workspace.values[rows]
        self.first, self.sum, self.mean = (np.zeros_like(self.now) for _ in range(3))

    def mean_of(self, workspace: Workspace, name: str) -> Floats:
        """The part of the means that belongs to a variable, (*dimensions, width)."""
        own, start = workspace.rows(name), self.rows.start
        part = self.mean[own.start - start : own.stop - start]
        return part.reshape(*workspace.shape(name), workspace.width)


def _merged(workspace: Workspace, names: Sequence[str]) -> list[slice]:
    """The rows of some variables as few slices."""
    merged: list[slice] = []
    for rows in sorted((workspace.rows(name) for name in names), key=lambda rows: rows.start):
        if merged and merged[-1].stop == rows.start:
            merged[-1] = slice(merged[-1].start, rows.stop)
        else:
            merged.append(rows)
    return merged

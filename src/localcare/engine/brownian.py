"""Increments of Wiener processes over the steps of a run.

In: the labels of the processes, a seed, member numbers, a schedule and the model's own time step.
Out: for each step the increments (processes, members), normal with variance equal to the step.

A process is drawn on the grid of the model's own time step. A run with a longer step adds the
increments up; one with a shorter step puts a Brownian bridge between the points of the grid: first
into an odd number of parts, then by halves. So halving the step refines the same paths, and what
the step alone does to a member can be seen. What a member draws depends neither on the other
members nor on the saving interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from localcare.engine.noise import Noise, Words, key, normals
from localcare.engine.schedule import WHOLE, Schedule

__all__ = ["Increments", "Normals", "ratio", "wiener_path"]

Floats = NDArray[np.float64]
#: A step is taken for p / q times the grid's, p and q whole, up to this product of them: so many
#: increments are drawn for one. Any other step is a grid of its own.
LARGEST = 4096
#: So many pairs of them at most.
LONGEST = 256
#: What names the draws over intervals of the grid.
GRID = "grid"
#: About so many numbers are drawn ahead.
AHEAD = 2**19


class Increments:
    """The increments of the processes `labels` for the members of some columns.

    `members` (columns,) are the columns' member numbers, a multiple of 8 of them.
    """

    def __init__(
        self, labels: Sequence[str], seed: int, members: Words, schedule: Schedule, grid: float
    ) -> None:
        self._labels, self._seed, self._members = tuple(labels), seed, members
        self._step = schedule.step
        self._sums, parts = ratio(schedule.step, grid)
        self._halvings = (parts & -parts).bit_length() - 1
        self._odd = parts >> self._halvings
        # Draws come in pairs, so steps are drawn in multiples of two intervals of the grid.
        unit = 2 * parts
        size = max(1, len(labels) * len(members) * self._sums * unit)
        wanted = min(max(1, AHEAD // size), -(-schedule.steps // unit))
        self._together = unit * wanted
        self._grid_together = 2 * self._sums * wanted
        self._at = -1
        self._drawn: Floats = np.empty(0)

    def over(self, step: int) -> Floats:
        """The increments over step number `step`, (processes, columns). Not to be written to."""
        at, within = divmod(step, self._together)
        if at != self._at:
            self._at, self._drawn = at, self._draw(at)
        return np.asarray(self._drawn[:, within])

    def _draw(self, at: int) -> Floats:
        """The increments over the steps drawn together number `at`, (processes, steps, columns)."""
        first, count = at * self._grid_together, self._grid_together
        length = self._step * (self._odd << self._halvings) / self._sums
        path: Floats = np.sqrt(length) * self._normals(first, count, GRID)
        if self._odd > 1:
            path = self._split(path, first, length)
            first, count, length = first * self._odd, count * self._odd, length / self._odd
        for halving in range(self._halvings):
            drawn = self._normals(first, count, f"{self._odd} parts, halved {halving}")
            early = 0.5 * path + (0.5 * np.sqrt(length)) * drawn
            halves = np.empty((len(path), 2 * count, path.shape[-1]))
            halves[:, 0::2], halves[:, 1::2] = early, path - early
            path, first, count, length = halves, 2 * first, 2 * count, length / 2
        if self._sums == 1:
            return path
        grouped = path.reshape(len(path), -1, self._sums, path.shape[-1])
        total = grouped[:, :, 0].copy()
        for part in range(1, self._sums):
            total += grouped[:, :, part]
        return total

    def _split(self, path: Floats, first: int, length: float) -> Floats:
        """Every increment split into an odd number of parts that add up to it: draws less their
        mean are independent of the whole, as the parts of a Wiener process are."""
        odd, count = self._odd, path.shape[1]
        drawn = self._normals(first * odd, count * odd, f"{odd} parts")
        parts = drawn.reshape(len(path), count, odd, path.shape[-1])
        mean = parts[:, :, 0].copy()
        for part in range(1, odd):
            mean += parts[:, :, part]
        mean /= odd
        parts -= mean[:, :, np.newaxis]
        parts *= np.sqrt(length / odd)
        parts += (path / odd)[:, :, np.newaxis]
        return parts.reshape(len(path), count * odd, path.shape[-1])

    def _normals(self, first: int, count: int, level: str) -> Floats:
        keys = [key(self._seed, level, label) for label in self._labels]
        return normals(keys, first, count, self._members)


class Normals:
    """The standard normal draws that the increments over the grid are made of, one interval at a
    time."""

    def __init__(self, labels: Sequence[str], seed: int, members: Words) -> None:
        self._keys = [key(seed, GRID, label) for label in labels]
        self._members = members
        self._together = 2 * min(LONGEST, max(1, AHEAD // (2 * len(labels) * len(members))))
        self._at = -1
        self._drawn: Floats = np.empty(0)

    def draw(self, number: int) -> Floats:
        """The draws for interval `number`, (processes, columns)."""
        at, within = divmod(number, self._together)
        if at != self._at:
            first = at * self._together
            self._at = at
            self._drawn = normals(self._keys, first, self._together, self._members)
        return np.asarray(self._drawn[:, within])


def wiener_path(labels: Sequence[str], noise: Noise, schedule: Schedule, grid: float) -> Floats:
    """The increments of a whole run, (processes, steps, members), as every engine draws them."""
    count = len(noise.members)
    padded = np.resize(noise.members, -(-count // 8) * 8)
    drawn = Increments(labels, noise.seed, padded, schedule, grid)
    return np.stack([drawn.over(step)[:, :count] for step in range(schedule.steps)], axis=1)


def ratio(step: float, grid: float) -> tuple[int, int]:
    """The step as p / q times the grid, or 1 / 1 where there is no such ratio."""
    ratio = step / grid
    near = Fraction(ratio).limit_denominator(LARGEST)
    drawn = near.numerator * near.denominator
    if 0 < drawn <= LARGEST and abs(float(near) - ratio) <= WHOLE * ratio:
        return near.numerator, near.denominator
    return 1, 1

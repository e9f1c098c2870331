"""Reading the model's lookups: piecewise linear tables, or steps from point to point.

In: the points of a lookup and the argument as a real. Out: the real read. A short table becomes a
chain of choices; in a long one each lane looks for its place by halving. Either way the segment
and the arithmetic are the same as in the reference engine (`engine.semantics`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.ir_module import BYTES
from localcare.model.spec import Variable

__all__ = ["Points", "read_lookup"]

Floats = NDArray[np.float64]
#: Longer tables are searched; up to here comparing with every point is faster.
LONGEST_CHAIN = 40


@dataclass(frozen=True, eq=False)
class Points:
    """A lookup's points: x and y (elements, n), and slopes (elements, n - 1) between them."""

    x: Floats
    y: Floats
    slope: Floats

    @classmethod
    def of(cls, lookup: Variable, elements: int) -> Points:
        """The points of a lookup variable that has so many elements."""
        y = np.array(lookup.values, dtype=np.float64).reshape(elements, -1)
        x = np.array(lookup.times, dtype=np.float64).reshape(-1, y.shape[1])
        x = np.ascontiguousarray(np.broadcast_to(x, y.shape))
        with np.errstate(all="ignore"):
            slope = np.diff(y, axis=1) / np.diff(x, axis=1)
        return cls(x, y, slope)


@dataclass(frozen=True)
class _Table:
    """Numbers of one kind (x, y or slope) for the element that is read."""

    code: Arithmetic
    numbers: Floats
    element: int | str

    def __getitem__(self, number: int) -> str:
        """Number so many as a real, the same in each lane."""
        if isinstance(self.element, int):
            return self.code.number(float(self.numbers[self.element, number]))
        return self.code.splat(self._load(self.code.index_add(self._row(), number)))

    def at(self, numbers: str) -> str:
        """In each lane the number that its bits say."""
        lanes = range(self.code.lanes.count)
        found = []
        for lane in lanes:
            one = self.code.lane(numbers, lane, "i64")
            found.append(self._load(self.code.index_add(one, self._row())))
        return self.code.gather(found)

    def _row(self) -> str:
        width = self.numbers.shape[1]
        if isinstance(self.element, int):
            return str(self.element * width)
        return self.code.index_multiply(self.element, width)

    def _load(self, index: str) -> str:
        name = self.code.module.reals(self.numbers.reshape(-1).tolist())
        at = self.code.pure(f"getelementptr double, ptr {name}, i64 {index}", index)
        return self.code.pure(f"load double, ptr {at}, align {BYTES}", at)


def read_lookup(
    code: Arithmetic, points: Points, element: int | str, mode: str, argument: str
) -> str:
    """The lookup read at `argument`; `element` is its number or an index."""
    x, y = _Table(code, points.x, element), _Table(code, points.y, element)
    last = points.x.shape[1] - 1
    unknown = code.compare("uno", argument, argument)
    if mode == "forward":
        # The first point not below the argument: as many points on as lie below it.
        value = _stepped(code, argument, "ogt", (x, y), range(last))
        return code.choose(unknown, argument, value)
    if mode == "backward" or last == 0:
        value = _stepped(code, argument, "oge", (x, y), range(1, last + 1))
        return code.choose(unknown, argument, value)
    inside, lowest, highest = argument, x[0], x[last]
    if mode == "hold":
        inside = code.choose(code.compare("ogt", inside, highest), highest, inside)
        inside = code.choose(code.compare("olt", inside, lowest), lowest, inside)
    slope = _Table(code, points.slope, element)
    left, start, rise = _segment(code, inside, (x, y, slope), last)
    value = code.add(code.multiply(code.subtract(inside, left), rise), start)
    if mode == "hold":
        value = code.choose(code.compare("oge", inside, highest), y[last], value)
    return value


def _segment(
    code: Arithmetic, inside: str, tables: tuple[_Table, _Table, _Table], last: int
) -> tuple[str, ...]:
    """The left end of the segment that holds the argument, the value there and the slope."""
    x = tables[0]
    if last > LONGEST_CHAIN:
        found = _search(code, inside, "oge", x, range(1, last))
        return tuple(table.at(found) for table in tables)
    values = tuple(table[0] for table in tables)
    for k in range(1, last):
        reached = code.compare("oge", inside, x[k])
        values = tuple(
            code.choose(reached, table[k], value)
            for table, value in zip(tables, values, strict=True)
        )
    return values


def _stepped(
    code: Arithmetic, argument: str, predicate: str, tables: tuple[_Table, _Table], among: range
) -> str:
    """The value of as many points on as the argument has passed of the points `among`."""
    x, y = tables
    if len(among) > LONGEST_CHAIN:
        return y.at(_search(code, argument, predicate, x, among))
    value = y[0]
    for number, point in enumerate(among, start=1):
        value = code.choose(code.compare(predicate, argument, x[point]), y[number], value)
    return value


def _search(code: Arithmetic, argument: str, predicate: str, x: _Table, among: range) -> str:
    """Bits: how many of the points `among` the argument has passed; points never fall."""
    count = code.integer(0)
    size = len(among)
    step = 1 << (size.bit_length() - 1)
    while step:
        # Try to pass `step` more points: the last of them must exist and be passed.
        tried = code.bitwise("add", count, code.integer(step))
        there = code.pure(f"icmp sle {code.lanes.bits} {tried}, {code.integer(size)}", tried)
        last = code.choose_bits(there, tried, code.integer(size))
        point = x.at(code.bitwise("add", last, code.integer(among.start - 1)))
        passed = code.both(there, code.compare(predicate, argument, point))
        count = code.choose_bits(passed, tried, count)
        step >>= 1
    return count

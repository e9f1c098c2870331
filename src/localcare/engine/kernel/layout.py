"""Where everything lies in the workspace of one block of members.

The workspace is one array of slots; a slot holds one number for each lane. A variable lies in
consecutive slots, row-major. What is read together at a stage lies close together, so that it
stays in the cache: the clock, inputs, what follows from constants, what follows from time, the
stocks, auxiliaries that are read again, then the integrator's own copies of the stocks, then what
is added up for means.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from localcare.engine.kernel.names import (
    BASE,
    FAULT,
    FLOW,
    GAIN,
    LARGEST,
    MARGIN,
    MIDDLE,
    NARROW,
    STATE,
    STEP,
    SUMS,
    TIME,
    WEIGHT,
    first_of,
    flow_of,
    sum_of,
)
from localcare.model.spec import Kind, ModelSpec

__all__ = ["SIDE_BY_SIDE", "Layout"]

#: Elements that go side by side where members do not.
SIDE_BY_SIDE = 8


@dataclass
class Layout:
    """`slots` gives the first slot of every name, `lengths` how many it has, `size` all of them.

    A slot has so many `lanes`. `narrow` are places of which there is also a copy with one number
    for each element: where that begins, counted in numbers.
    """

    spec: ModelSpec
    lanes: int = 1
    slots: dict[str, int] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    size: int = 0
    narrow: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (TIME, MIDDLE, STEP, WEIGHT, FAULT):
            self.add(name, 1)

    def add(self, name: str, length: int) -> int:
        """Give a name slots, unless it has some; the first."""
        if name not in self.slots:
            self.slots[name], self.lengths[name] = self.size, length
            self.size += length
        return self.slots[name]

    def add_together(self, stretch: str, offsets: Mapping[str, int], length: int) -> None:
        """Give names slots in one stretch, which they share out among themselves."""
        first = self.add(stretch, length)
        for name, offset in offsets.items():
            self.slots[name] = first + offset

    def add_narrow(self, begin: int) -> None:
        """Give everything from a slot on narrow copies, in one stretch."""
        wide = {name: slot for name, slot in self.slots.items() if slot >= begin}
        count = self.size - begin
        first = self.add(NARROW, -(-count // self.lanes))
        self.lengths[NARROW] = count
        self.narrow = {name: first * self.lanes + slot - begin for name, slot in wide.items()}

    def elements(self, identifier: str) -> int:
        """How many numbers a variable of the model has."""
        return math.prod(self.spec.shape(identifier))

    def add_variables(self, identifiers: Iterable[str]) -> None:
        """Give variables of the model their slots."""
        for identifier in identifiers:
            self.add(identifier, self.elements(identifier))

    def add_stocks(self) -> None:
        """Give all stocks their slots for the stage's values."""
        self._stretch(STATE, self.stocks)

    def add_integrator(self) -> None:
        """Give the stocks what the integrator needs for each."""
        self._stretch(FLOW, [flow_of(name) for name in self.stocks], self.stocks)
        count = self.lengths[STATE]
        self.add(BASE, count)
        self.add(GAIN, count)
        self.add(LARGEST, len(self.stocks))
        # Elements go side by side: those behind the last are read, too.
        self.add(MARGIN, SIDE_BY_SIDE)

    def add_sums(self, identifiers: Iterable[str]) -> None:
        """Give variables the places in which they are added up."""
        identifiers = list(identifiers)
        self._stretch(SUMS, [sum_of(name) for name in identifiers], identifiers)

    def add_changes(self, identifiers: Iterable[str]) -> None:
        """Give variables the places of their first value and of the sum of changes from it."""
        for name in identifiers:
            self.add(first_of(name), self.elements(name))
            self.add(sum_of(name), self.elements(name))

    @property
    def stocks(self) -> list[str]:
        """All stocks, in the model's order, discrete ones last."""
        stocks = [v for v in self.spec.variables if v.kind is Kind.STOCK]
        return [v.identifier for v in sorted(stocks, key=lambda each: each.discrete)]

    @property
    def flowing(self) -> int:
        """How many numbers the stocks have that flow, which come first."""
        of = self.spec.by_identifier
        return sum(self.elements(name) for name in self.stocks if not of[name].discrete)

    def _stretch(
        self, stretch: str, names: Iterable[str], like: Iterable[str] | None = None
    ) -> None:
        """Give names slots one after the other, and a name to all of them together."""
        names = list(names)
        first = self.size
        for name, identifier in zip(names, like or names, strict=True):
            self.add(name, self.elements(identifier))
        self.slots[stretch], self.lengths[stretch] = first, self.size - first

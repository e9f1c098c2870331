"""Places that take turns: where values lie that are only passed from group to group of a stage.

In: the groups of a stage in order, and how many elements each variable to be stored has. Out: for
each an offset into one stretch of slots, such that no two share a slot while both are needed. What
a stage touches then stays small enough for a processor's cache.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from localcare.engine.kernel.plan import Group
from localcare.engine.kernel.terms import Load, walk

__all__ = ["take_turns"]


def take_turns(groups: Sequence[Group], lengths: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """The offset of each variable in `lengths`, and how many slots they need together."""
    first, last = _lifetimes(groups, lengths)
    begins, ends = defaultdict(list), defaultdict(list)
    for name in first:
        begins[first[name]].append(name)
        ends[last[name]].append(name)
    stretch = _Stretch()
    offsets: dict[str, int] = {}
    for number in range(len(groups)):
        # The largest first: what is left between them then suits the smaller.
        for name in sorted(begins[number], key=lambda each: (-lengths[each], each)):
            offsets[name] = stretch.take(lengths[name])
        for name in ends[number]:
            stretch.give(offsets[name], lengths[name])
    return offsets, stretch.size


def _lifetimes(
    groups: Sequence[Group], lengths: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """The group that computes each variable first, and the one that last computes or reads it."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, group in enumerate(groups):
        for equation in group.equations:
            if equation.target.variable in lengths:
                first.setdefault(equation.target.variable, number)
                last[equation.target.variable] = number
            for part in walk(equation.term):
                if isinstance(part, Load) and part.place.variable in lengths:
                    last[part.place.variable] = number
    return first, last


class _Stretch:
    """Slots of which some are free: stretches by their first slot."""

    def __init__(self) -> None:
        self.size = 0
        self._free: dict[int, int] = {}

    def take(self, length: int) -> int:
        """The first slot of a stretch of this length: the tightest that is free, or a new one."""
        fitting = [start for start, free in self._free.items() if free >= length]
        if fitting:
            start = min(fitting, key=lambda each: (self._free[each], each))
            free = self._free.pop(start)
            if free > length:
                self._free[start + length] = free - length
            return start
        ending = [start for start, free in self._free.items() if start + free == self.size]
        start = ending[0] if ending else self.size
        self._free.pop(start, None)
        self.size = start + length
        return start

    def give(self, start: int, length: int) -> None:
        """Free a stretch, and join it to free neighbours."""
        before = [each for each, free in self._free.items() if each + free == start]
        for each in before:
            length += self._free.pop(each)
            start = each
        length += self._free.pop(start + length, 0)
        self._free[start] = length

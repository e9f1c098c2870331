"""Subscripts on the right-hand side: which element each loop picks in the variable read.

A `Loops` holds the loops that run where an equation (or a sum inside it) is computed. Its
`indices` turn the written subscripts of a reference into one `Index` for each dimension of the
variable read: a fixed element, or positions along a loop. A range on the right that is not on the
left is found through mappings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localcare.model import names
from localcare.model.definitions import Definition
from localcare.model.expression import Along, At, Index
from localcare.model.refusal import Refusal
from localcare.model.subscripts import Range, Subscripts
from localcare.problems import did_you_mean

__all__ = ["Loop", "Loops", "positions"]


@dataclass(frozen=True, slots=True)
class Loop:
    """A running loop: the name of its axis, the key of the range it was written as ("" for a
    single element) and the elements its counter stands for.
    """

    axis: str
    range: str
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Loops:
    """The loops of an equation's left-hand side (`outer`, `written` as in the file) and of the
    sums around (`reducing`, outermost first).
    """

    subscripts: Subscripts
    written: tuple[str, ...]
    outer: tuple[Loop, ...]
    reducing: tuple[Loop, ...] = ()

    def indices(self, found: Definition, written: Sequence[str]) -> tuple[Index, ...]:
        """One index for each dimension of the variable read."""
        ranges = found.domain.ranges
        if len(written) != len(ranges):
            over = ", ".join(each.name for each in ranges)
            raise Refusal(
                f'reads "{found.name}" with {len(written)} subscripts; it has '
                + (f"{len(ranges)}: [{over}]." if ranges else "none."),
                f"Write {found.name}{f'[{over}]' if ranges else ''}.",
            )
        return tuple(
            self._index(found, dimension, name)
            for dimension, name in zip(ranges, written, strict=True)
        )

    def running(self, wanted: str) -> tuple[Loop, tuple[str, ...]]:
        """The loop that subscript range `wanted` follows, and its element at each count."""
        for loop in self.outer:
            if loop.range == wanted:
                return loop, loop.elements
        for loop in self.outer:
            if loop.range:
                paired = self.subscripts.counterparts(wanted, loop.range, loop.elements)
                if paired is not None:
                    return loop, paired
        left = f" [{', '.join(self.written)}]" if self.written else ""
        raise Refusal(
            f"the subscript [{self.subscripts.ranges[wanted].name}] on the right is not among "
            f"those on the left{left}, nor mapped to one of them.",
            "Use a subscript of the left-hand side, a single element, or SUM with a `!`.",
        )

    def _index(self, found: Definition, dimension: Range, name: str) -> Index:
        wanted = names.key(name.strip().rstrip("!"))
        if name.strip().endswith("!"):
            for loop in reversed(self.reducing):
                if loop.range == f"{wanted}!":
                    return Along(loop.axis, self._places(found, dimension, loop.elements))
            raise Refusal(
                f"[{wanted}!] stands outside SUM, PROD, VMIN and VMAX.", "Leave out the `!`."
            )
        if wanted not in self.subscripts.ranges:
            (element,) = self.subscripts.elements(name)
            return At(self._places(found, dimension, (element,))[0])
        loop, elements = self.running(wanted)
        return Along(loop.axis, self._places(found, dimension, elements))

    def _places(
        self, found: Definition, dimension: Range, elements: tuple[str, ...]
    ) -> tuple[int, ...]:
        if elements == dimension.elements:
            return tuple(range(len(elements)))
        strangers = set(elements) - set(dimension.elements)
        if strangers:
            label = self.subscripts.labels[min(strangers, key=elements.index)]
            raise Refusal(
                f'reads "{found.name}" at [{label}], which is not in its range [{dimension.name}].',
                did_you_mean(label, dimension.labels) or "Use a subrange that fits.",
            )
        return positions(dimension, elements)


def positions(dimension: Range, elements: Sequence[str]) -> tuple[int, ...]:
    """Where `elements` stand in `dimension`, counted from 0."""
    where = {element: place for place, element in enumerate(dimension.elements)}
    return tuple(where[element] for element in elements)

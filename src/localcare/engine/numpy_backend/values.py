"""What a computation consists of, before any array exists: values, operands, loops.

A `Value` is one array (*extents, members), one dimension for each loop it depends on, or a scalar
that all members share. A `Term` is a value together with the loops its dimensions run along.

Each value has a phase: what follows from constants alone is computed once, what follows from
time and inputs only when the time changes, the rest at every evaluation. Moving a value between
phases never changes its bits, since the same operations run on the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from localcare.model.expression import Axis

__all__ = [
    "Detail",
    "Evenly",
    "Gathered",
    "Loops",
    "Operand",
    "Phase",
    "Reduction",
    "TableUse",
    "Term",
    "Value",
]


class Phase(IntEnum):
    """When a value changes."""

    CONSTANT = 0
    TIME = 1
    STATE = 2


@dataclass(frozen=True, slots=True)
class Operand:
    """A value used by another: dimension i of it runs along dimension `along[i]` of the user."""

    value: Value
    along: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evenly:
    """Rows row + sum(counter * stride) of the workspace, one stride for each dimension."""

    row: int
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows of a variable, counted from its first, as the bytes of 64-bit integers."""

    variable: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class TableUse:
    """A lookup, its mode, and which of its elements each row reads (as `Gathered` rows)."""

    lookup: str
    mode: str
    elements: bytes


@dataclass(frozen=True, slots=True)
class Reduction:
    """What combines elements, along how many leading dimensions."""

    operation: str
    dimensions: int


Detail = float | Evenly | Gathered | TableUse | Reduction | None


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One array of the computation. `detail` is what the operation needs to know besides."""

    operation: str
    operands: tuple[Operand, ...] = ()
    extents: tuple[int, ...] = ()
    phase: Phase = Phase.CONSTANT
    members: bool = True
    logical: bool = False
    detail: Detail = None


@dataclass(frozen=True, slots=True)
class Term:
    """A value and the names of the loops its dimensions run along, outermost first."""

    value: Value
    loops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loops:
    """The loops around an expression: length and rank by name; lower ranks run outside."""

    lengths: Mapping[str, int]
    ranks: Mapping[str, int]

    @classmethod
    def of(cls, axes: Sequence[Axis]) -> Loops:
        """The loops of an equation, in the order of its axes."""
        return cls(
            {axis.name: len(axis.positions) for axis in axes},
            {axis.name: rank for rank, axis in enumerate(axes)},
        )

    def around(self, axes: Sequence[Axis]) -> Loops:
        """These loops inside those of a reduction, which then runs over leading dimensions."""
        outermost = min(self.ranks.values(), default=0)
        return Loops(
            {**self.lengths, **{axis.name: len(axis.positions) for axis in axes}},
            {
                **self.ranks,
                **{axis.name: outermost - len(axes) + i for i, axis in enumerate(axes)},
            },
        )

    def ordered(self, names: set[str]) -> tuple[str, ...]:
        """Loop names, outermost first."""
        return tuple(sorted(names, key=self.ranks.__getitem__))

    def extents(self, names: Sequence[str]) -> tuple[int, ...]:
        """The lengths of some loops."""
        return tuple(self.lengths[name] for name in names)

"""What a caller of a compiled kernel needs to know of it: kept beside the machine code on disk."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

__all__ = ["Outline"]

#: What a group of equations reads, and what it computes.
Names = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Outline:
    """The workspace has `size` slots of `lanes` numbers; `slots` gives each name's first.

    Of the kept variables that are no stocks, `sums` follow from stocks, `changes` from time, and
    `fixed` from constants alone; where `points` are saved and not means, all are `fixed`.
    `constants` are the groups of equations that follow from constants, in the order of their
    flags. `varied` are the inputs that may differ between members, None for all; `loose` the tables
    that need not have noughts where the model's have.
    """

    lanes: int
    points: bool
    size: int
    slots: dict[str, int]
    stocks: tuple[str, ...]
    sums: tuple[str, ...]
    changes: tuple[str, ...]
    fixed: tuple[str, ...]
    constants: tuple[Names, ...]
    varied: tuple[str, ...] | None = None
    loose: tuple[str, ...] = ()

    def moved_by(self, paths: Collection[str]) -> tuple[bytes, frozenset[str]]:
        """Which groups of constants have to be computed again where these inputs follow paths (a
        byte for each), and which variables then change over time."""
        moving, flags = set(paths), bytearray()
        for read, computed in self.constants:
            again = not moving.isdisjoint(read)
            flags.append(again)
            if again:
                moving.update(computed)
        return bytes(flags), frozenset(moving)

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Outline:
        """The inverse of `encode`. Raises ValueError, KeyError or TypeError for anything else."""
        fields = json.loads(data)
        return cls(
            lanes=fields["lanes"],
            points=fields["points"],
            size=fields["size"],
            slots=fields["slots"],
            stocks=tuple(fields["stocks"]),
            sums=tuple(fields["sums"]),
            changes=tuple(fields["changes"]),
            fixed=tuple(fields["fixed"]),
            constants=tuple((tuple(read), tuple(own)) for read, own in fields["constants"]),
            varied=None if fields["varied"] is None else tuple(fields["varied"]),
            loose=tuple(fields["loose"]),
        )

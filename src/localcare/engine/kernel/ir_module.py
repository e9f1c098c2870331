"""What the functions of one LLVM module share: how values are typed, tables, declarations.

`Lanes` says how many members one value holds and how LLVM writes the types that follow from it;
`Module` collects the texts of functions, which `ir_text.Code` writes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["BYTES", "Lanes", "Module", "printable"]

BYTES = 8  # of one double


def printable(words: str) -> str:
    """Words that fit on one line, for comments: names come from model files."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many members one value holds, and how LLVM writes the types that follow from it."""

    count: int

    def _of(self, scalar: str) -> str:
        return scalar if self.count == 1 else f"<{self.count} x {scalar}>"

    @property
    def real(self) -> str:
        """The type of a real."""
        return self._of("double")

    @property
    def bits(self) -> str:
        """The type of bits."""
        return self._of("i64")

    @property
    def mask(self) -> str:
        """The type of a mask."""
        return self._of("i1")

    @property
    def suffix(self) -> str:
        """What LLVM puts after the name of an intrinsic on reals."""
        return "f64" if self.count == 1 else f"v{self.count}f64"

    @property
    def align(self) -> int:
        """Alignment in bytes of a real in the workspace."""
        return BYTES * self.count

    def number(self, value: float) -> str:
        """A real with the same literal in every lane."""
        word = f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
        return self._splat("double", word)

    def integer(self, value: int) -> str:
        """Bits with the same literal in every lane."""
        return self._splat("i64", str(value))

    def truth(self, *, value: bool) -> str:
        """A mask with the same literal in every lane."""
        return self._splat("i1", "true" if value else "false")

    def _splat(self, scalar: str, word: str) -> str:
        if self.count == 1:
            return word
        return "<" + ", ".join([f"{scalar} {word}"] * self.count) + ">"


@dataclass
class Module:
    """What the functions of one kernel share: declarations, tables and the functions' texts."""

    lanes: Lanes
    attributes: str = "nounwind"
    declarations: dict[str, None] = field(default_factory=dict)
    tables: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)

    def table(self, scalar: str, words: Sequence[str]) -> str:
        """The name of a constant array of `scalar`s; equal arrays are written once."""
        key = (scalar, tuple(words))
        return self.tables.setdefault(key, f"@table{len(self.tables)}")

    def reals(self, values: Sequence[float]) -> str:
        """The name of a constant array of doubles."""
        one = Lanes(1)
        return self.table("double", [one.number(value) for value in values])

    def text(self) -> str:
        """The whole module."""
        tables = [
            f"{name} = internal constant [{len(words)} x {scalar}] ["
            + ", ".join(f"{scalar} {word}" for word in words)
            + "], align 64"
            for (scalar, words), name in self.tables.items()
        ]
        parts = [*self.declarations, *tables, *self.functions.values()]
        return "\n".join(parts) + f"\nattributes #0 = {{ {self.attributes} }}\n"

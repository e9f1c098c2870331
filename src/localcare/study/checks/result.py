"""What a check found: one line for each thing held to, and why where it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localcare.problems import Problem

__all__ = ["Finding", "found"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, what was held to what, and the faults; it passes where there are none.

    `shown` is what a reader may want to see even where all is well (the worst value met).
    """

    check: str
    shown: str
    faults: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


def found(check: str, what: str, problems: Sequence[Problem]) -> Finding:
    """A finding from a list of problems; `what` says what was looked at."""
    return Finding(check, what, tuple(problems))

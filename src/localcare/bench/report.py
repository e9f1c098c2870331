"""What the benchmark found, as plain frozen data that `dataclasses.asdict` makes JSON of.

Times are seconds. `Spread` is the median, the smallest and the largest of several rounds.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = [
    "Agreement",
    "Missing",
    "Report",
    "Row",
    "Spread",
    "Start",
    "Subject",
    "Target",
    "spread",
]


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    least: float
    most: float
    rounds: int


def spread(numbers: Iterable[float]) -> Spread:
    """The spread of at least one number."""
    numbers = list(numbers)
    return Spread(statistics.median(numbers), min(numbers), max(numbers), len(numbers))


@dataclass(frozen=True, slots=True)
class Subject:
    """A model as it was measured: how many numbers it computes at a step, its steps, and how many
    numbers are saved at each of so many times."""

    name: str
    stocks: int
    auxiliaries: int
    steps: int
    saved: int
    times: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a contender's results are from the reference engine's at most, relative to each
    variable's largest magnitude (None where they have no number, or none at all), what was
    allowed, how many variables were compared, and `where` they are furthest apart."""

    worst: float | None
    allowed: float
    variables: int
    where: str = ""

    @property
    def reached(self) -> bool:
        """Whether the results agree."""
        return self.worst is not None and self.worst <= self.allowed


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on one model: seconds a member of processor time and on the clock, and how
    many times our member's processor time (of the ensemble on one thread) that is."""

    subject: str
    contender: str
    members: int
    threads: int
    processor: Spread
    clock: Spread
    ratio: Spread
    agreement: Agreement | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """How long something takes from the start: compiling, or a whole command."""

    what: str
    clock: Spread
    processor: Spread
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What the kernel is held to: `found` should not be below `wanted` (or not above, where
    `less` is better)."""

    what: str
    wanted: float
    found: Spread
    less: bool = False

    @property
    def reached(self) -> bool:
        """Whether the median reaches the target."""
        return self.found.median <= self.wanted if self.less else self.found.median >= self.wanted


@dataclass(frozen=True, slots=True)
class Missing:
    """A contender that could not take part, why, and the command that would let it."""

    contender: str
    why: str
    cure: str


@dataclass(frozen=True)
class Report:
    """All of it. `machine` says what it was measured on."""

    machine: dict[str, str]
    subjects: tuple[Subject, ...] = ()
    rows: tuple[Row, ...] = ()
    members: tuple[Row, ...] = ()
    sizes: tuple[Row, ...] = ()
    starts: tuple[Start, ...] = ()
    targets: tuple[Target, ...] = ()
    missing: tuple[Missing, ...] = field(default=())

    @property
    def disagreeing(self) -> tuple[Row, ...]:
        """The rows whose results differ from the reference engine's by more than is allowed."""
        return tuple(
            row for row in self.rows if row.agreement is not None and not row.agreement.reached
        )

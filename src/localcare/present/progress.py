"""A bar that tells how much of a long job is done and how long the rest will take.

It is drawn on standard error where that is a terminal. Elsewhere, as in the log of a long run, a
line is written from time to time. Where quiet is asked for, nothing is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["EVERY", "progress_bar"]

#: Seconds between two lines of a log.
EVERY = 60.0


@contextmanager
def progress_bar(
    *,
    quiet: bool = False,
    console: Console | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[str, int, int], None]]:
    """Gives what to call with a job's name, how much of it is done and how much there is; each
    name has a bar of its own. `clock` gives the seconds by which a log's lines are spaced."""
    console = console or Console(stderr=True)
    if quiet:
        yield lambda _what, _done, _all: None
        return
    if not console.is_terminal:
        yield _Log(console, clock).tell
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )  # fmt: skip
    # over the whole job, so that the estimate does not jump with every block
    with Progress(*columns, console=console, speed_estimate_period=600.0) as bars:
        tasks = {}

        def tell(what: str, done: int, everything: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=everything)
            bars.update(tasks[what], completed=done)

        yield tell


@dataclass
class _Log:
    """Lines for a file: when each job began, and how much of it was done then already."""

    console: Console
    clock: Callable[[], float]
    _began: dict[str, tuple[float, int]] = field(default_factory=dict)
    _last: float | None = None

    def tell(self, what: str, done: int, everything: int) -> None:
        now = self.clock()
        began, before = self._began.setdefault(what, (now, done))
        self._last = now if self._last is None else self._last
        if now - self._last < EVERY or not before < done < everything:
            return
        self._last = now
        left = timedelta(seconds=round((now - began) * (everything - done) / (done - before)))
        self.console.print(
            f"{what}: {done:,} of {everything:,}, about {left} left",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

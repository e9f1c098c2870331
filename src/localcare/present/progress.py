"""A bar that tells how much of a long job is done and how long the rest will take.

It is drawn on standard error where that is a terminal. Elsewhere, and where quiet is asked for,
nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(
    *, quiet: bool = False, console: Console | None = None
) -> Iterator[Callable[[str, int, int], None]]:
    """Gives what to call with a job's name, how much of it is done and how much there is; each
    name has a bar of its own."""
    console = console or Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _what, _done, _all: None
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

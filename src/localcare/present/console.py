"""Where words go: tables to standard output, everything else to standard error."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from localcare.problems import Problem

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Terminal"]

#: How a console that knows neither says them; a minus sign must never be lost.
_PLAIN = {"\N{MINUS SIGN}": "-", "\N{POUND SIGN}": "GBP", "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-"}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """What is written for characters that the console's encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each, "?") for each in lacking), error.end


codecs.register_error("localcare.plainly", _plainly)


class Terminal:
    """The two consoles of one command. `quiet` silences all but results and errors.

    NO_COLOR and the width of the console are honoured by rich; sentences that are piped are not
    wrapped. Where the encoding lacks a character, a plainer one is written.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper) and not stream.encoding.startswith("utf"):
                stream.reconfigure(errors="localcare.plainly")
        self.out = Console(highlight=False, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)
        if not self.out.is_terminal:
            self.out = Console(highlight=False, width=max(self.out.width, 120))

    def show(self, *renderables: object) -> None:
        """Results: to standard output."""
        for each in renderables:
            if isinstance(each, str):
                self.out.print(each, markup=False, soft_wrap=not self.out.is_terminal)
            else:
                self.out.print(each)

    def say(self, text: str) -> None:
        """What is being done or was done: to standard error, unless quiet."""
        if not self.quiet:
            self.err.print(text, markup=False)

    def fail(self, problems: Iterable[Problem | str]) -> None:
        """What is wrong: to standard error, always."""
        for problem in problems:
            self.err.print(str(problem), markup=False, style="red" if self.err.is_terminal else "")

    @contextmanager
    def busy(self, text: str) -> Iterator[Status | None]:
        """A spinner with words while work goes on; plain words where there is no terminal."""
        if self.quiet or not self.err.is_terminal:
            self.say(text + " ...")
            yield None
        else:
            with self.err.status(text) as status:
                yield status

"""How everything in localcare says that an input is wrong.

A `Problem` is one fault in one input: where it is, what was found, why that cannot be, and what
to do about it. Readers collect every problem of a file and raise them together as one `BadInput`,
which the command line prints without a traceback before it exits with status 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BadInput", "CheckFailed", "Problem", "did_you_mean"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one input.

    `why` says what is wrong and `cure` what to do. `file`, `line` (counted from 1) and `key` (the
    name of the thing: a lever, a variable, a column) say where; any of them may be unknown.
    """

    why: str
    cure: str = ""
    file: Path | str | None = None
    line: int | None = None
    key: str = ""

    def __str__(self) -> str:
        where = "" if self.file is None else _short(self.file)
        if where and self.line is not None:
            where += f":{self.line}"
        parts = [part for part in (where, self.key, self.why) if part]
        text = ": ".join(parts)
        return f"{text} {self.cure}".rstrip() if self.cure else text


def _short(file: Path | str) -> str:
    """A path below the current folder without what leads to it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


class BadInput(Exception):
    """An input cannot be used. Holds every problem found in it (exit status 2)."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


class CheckFailed(Exception):
    """A check of the model, or a run of it, failed (exit status 1)."""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A sentence that names the closest known word, or nothing where none is close."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f'Did you mean "{lowered[close[0]]}"?' if close else ""

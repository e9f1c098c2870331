"""A second process that helps to draw, since matplotlib keeps Python's interpreter to itself.

In: nothing. Out: a `Helper`, started before a run, so that what drawing imports is there when there
is something to draw. It runs `sharing.serve`: a line of JSON a figure, and a line of answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["DONE", "Helper", "helping"]

#: What the second process runs, from where this process has it.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from localcare.present.sharing import serve; serve()"
)
#: What it says of a figure that it has drawn.
DONE = "drawn"


class Helper:
    """A process that draws figures of a file that holds a Dataset."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def draw(self, figure: str, file: Path, folder: Path, formats: Sequence[str]) -> bool:
        """Have it draw a figure into a folder and wait for it; whether it did."""
        asked = {"figure": figure, "file": str(file), "folder": str(folder), "formats": formats}
        talk, listen = self._process.stdin, self._process.stdout
        if talk is None or listen is None:
            return False
        try:
            talk.write(json.dumps(asked) + "\n")
            talk.flush()
            return listen.readline().strip() == DONE
        except (OSError, ValueError):  # it has gone
            return False

    def end(self) -> None:
        """Have it gone, with what it has open."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


@contextmanager
def helping(*, wanted: bool = True) -> Iterator[Helper | None]:
    """A helper for as long as the context lasts; None where none is wanted, there is no second
    processor for it, or it cannot be started."""
    process = _started() if wanted and _processors() > 1 else None
    if process is None:
        yield None
        return
    helper = Helper(process)
    try:
        yield helper
    finally:
        helper.end()


def _started() -> subprocess.Popen[str] | None:
    if not sys.executable:
        return None
    command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)]
    try:
        return subprocess.Popen(  # noqa: S603 (our own code, in the Python that runs this)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for this process to hear
        )  # fmt: skip
    except OSError:
        return None


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

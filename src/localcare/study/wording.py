"""Problems of a declared file in the words of this project.

In: a YAML document and what pydantic found wrong with it. Out: `Problem`s with file and line.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from localcare.problems import Problem
from localcare.scenario.document import Mapping, line_of

__all__ = ["worded"]


def worded(path: Path, document: Mapping, error: ValidationError, cure: str) -> list[Problem]:
    """Every fault as a problem at its line; `cure` says where the form is told."""
    return [
        Problem(
            _why(fault["type"], fault["msg"]),
            cure,
            file=path,
            line=line_of(document, *fault["loc"]),
            key=".".join(str(step) for step in fault["loc"]),
        )
        for fault in error.errors()
    ]


def _why(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "no such key here."
    if kind == "missing":
        return "has to be given."
    return message.removeprefix("Value error, ") + "."

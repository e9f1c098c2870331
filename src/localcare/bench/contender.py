"""Who takes part: something that runs a model, timed from outside.

A `Contender` is made ready beforehand (parsed, compiled, loaded) and then called again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcare.bench.subjects import Values

__all__ = ["Contender", "Unavailable"]


class Unavailable(Exception):
    """A tool is missing: `why`, and the command that would be the `cure`."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.why, self.cure = why, cure


@dataclass(frozen=True)
class Contender:
    """One engine set up for one model. `run` is what is timed; `values` takes what it gave and
    returns the points of the first member, perhaps for the first saving times alone. `share` is
    the part of a whole run that is timed; what `idle` takes is not counted. `rounds` bounds how
    often the slow ones run. `reference` is what its values should be,
    if not what those of all others should.
    """

    name: str
    members: int
    run: Callable[[], Any]
    values: Callable[[Any], Values]
    allowed: float
    threads: int = 1
    share: float = 1.0
    idle: Callable[[], Any] | None = None
    rounds: int = 1000
    note: str = ""
    reference: Values | None = None

"""Timing in rounds, and holding results to each other.

In: contenders. Out: their times a member, round by round, and how well they agree. Processor time
is what counts a member and core: it leaves out what other programs did meanwhile.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from localcare.bench.contender import Contender
from localcare.bench.report import Agreement
from localcare.bench.subjects import Values

__all__ = ["Times", "agreement", "best_against_best", "take_times"]

#: What is quicker than this (seconds) is run often enough to take as long.
_SHORTEST = 0.1


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds a member of one contender in one round."""

    processor: float
    clock: float


def take_times(
    contenders: Sequence[Contender],
    rounds: int,
    tell: Callable[[str], None],
    *,
    shortest: float = _SHORTEST,
) -> list[list[Times]]:
    """The times of each contender, one for each round in which it ran."""
    found: list[list[Times]] = [[] for _ in contenders]
    repeats = [0] * len(contenders)
    with _no_collection():
        for number in range(rounds):
            for at, contender in enumerate(contenders):
                if number >= contender.rounds:
                    continue
                tell(f"round {number + 1} of {rounds}: {contender.name}")
                if not repeats[at]:
                    once = _timed(contender.run, 1)
                    repeats[at] = max(1, round(shortest / max(once.clock, 1e-9)))
                took = _timed(contender.run, repeats[at])
                if contender.idle is not None:
                    idle = _timed(contender.idle, repeats[at])
                    took = Times(took.processor - idle.processor, took.clock - idle.clock)
                whole = contender.share * contender.members
                found[at].append(Times(took.processor / whole, took.clock / whole))
    return found


def best_against_best(
    one: Contender, other: Contender, groups: int, tell: Callable[[str], None], *, runs: int = 4
) -> list[float]:
    """The clock of one over that of the other, a member, once for each of so many groups. In a
    group both run several times in turn, and the quickest of each counts: it is the least
    disturbed, where other programs want the processors too."""
    ratios = []
    with _no_collection():
        for group in range(groups):
            tell(f"group {group + 1} of {groups}: {one.name}, {one.threads} and {other.threads}")
            taken = [(_timed(one.run, 1).clock, _timed(other.run, 1).clock) for _ in range(runs)]
            first, second = (min(each) for each in zip(*taken, strict=True))
            ratios.append(first / one.members / (second / other.members))
    return ratios


def agreement(contender: Contender, reference: Values) -> Agreement:
    """How well the contender agrees with the reference."""
    values = contender.values(contender.run())
    if contender.reference is not None:
        reference = contender.reference
    worst, where = 0.0, ""
    for name, wanted in reference.items():
        if name not in values:
            return Agreement(None, contender.allowed, len(reference), name)
        found = values[name]
        own = wanted[: len(found)]
        scale = max(float(np.abs(own).max()), 1e-300)
        difference = float(np.abs(found - own).max()) / scale
        if not np.isfinite(difference):
            return Agreement(None, contender.allowed, len(reference), name)
        if difference > worst:
            worst, where = difference, name
    return Agreement(worst, contender.allowed, len(reference), where)


def _timed(run: Callable[[], Any], repeats: int) -> Times:
    """Seconds that one call takes, of several."""
    clock, processor = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        run()
    processor, clock = time.process_time() - processor, time.perf_counter() - clock
    return Times(processor / repeats, clock / repeats)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Have no garbage collected meanwhile."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

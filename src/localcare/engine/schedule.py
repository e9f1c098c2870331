"""The times of a run: steps, stages and saving intervals.

In: the model's time settings, a method, perhaps another step. Out: a `Schedule`, in the model's
unit of time. The time of step i is computed from i, never accumulated, so that a run of 12 years
ends exactly where 12 times one year ends. Every saving interval holds a whole number of steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcare.model.spec import TimeSettings
from localcare.problems import BadInput, Problem

__all__ = ["STOCHASTIC", "Method", "Schedule", "Stage", "between", "schedule"]

Method = Literal["euler", "rk4", "euler-maruyama", "sri2"]

#: Methods that integrate the noise of noisy stocks (`engine.diffusion`); the others ignore it.
STOCHASTIC = frozenset({"euler-maruyama", "sri2"})

#: How far (relative) a ratio of times that must be whole may lie from a whole number.
WHOLE = 1e-6
#: More steps than this are taken for a mistake: at a microsecond each they would last a day.
MOST_STEPS = 10**10


@dataclass(frozen=True, slots=True)
class Stage:
    """One evaluation within a step: `offset` after the step's start as a share of the step, and
    the `weight` of its net flow in the step (the weights of a method add to 1).
    """

    offset: float
    weight: float


STAGES: dict[str, tuple[Stage, ...]] = {
    "euler": (Stage(0.0, 1.0),),
    "rk4": (Stage(0.0, 1 / 6), Stage(0.5, 1 / 3), Stage(0.5, 1 / 3), Stage(1.0, 1 / 6)),
    # Of stochastic methods, what becomes of the net flows; the noise is added in `stochastic`.
    "euler-maruyama": (Stage(0.0, 1.0),),
    "sri2": (Stage(0.0, 0.5), Stage(1.0, 0.5)),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """`intervals` saving intervals of `per_interval` steps of length `step` from `initial`; those
    before interval number `first` are not run."""

    method: Method
    initial: float
    step: float
    per_interval: int
    intervals: int
    points: bool = False
    first: int = 0

    @property
    def steps(self) -> int:
        """The number of the step at whose start the run ends."""
        return self.per_interval * self.intervals

    @property
    def first_step(self) -> int:
        """The number of the step with which the run begins."""
        return self.per_interval * self.first

    @property
    def saved(self) -> int:
        """How many intervals are run and saved."""
        return self.intervals - self.first

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The evaluations of one step, in order."""
        return STAGES[self.method]

    @property
    def bounds(self) -> NDArray[np.float64]:
        """The times (saved + 1,) between which results are saved."""
        numbers = range(self.first, self.intervals + 1)
        return np.array([self.time(k * self.per_interval) for k in numbers], dtype=np.float64)

    def time(self, step: int, offset: float = 0.0) -> float:
        """The time `offset` steps after the start of step number `step`."""
        return self.initial + (step + offset) * self.step


def schedule(
    time: TimeSettings, method: Method, step: float | None = None, *, points: bool = False
) -> Schedule:
    """The schedule of a run by `method`, with the model's own step or with `step`."""
    if method not in STAGES:
        cure = f"Use one of {', '.join(STAGES)}."
        raise BadInput(Problem(f"no such method: {method}.", cure, key="method"))
    try:
        wanted = time.step if step is None else float(step)
    except (TypeError, ValueError):
        raise BadInput(
            Problem(f"{step!r} is not a number.", "Give 0.25, say.", key="step")
        ) from None
    horizon = time.final - time.initial
    problems = [
        Problem(f"{value!r} is not a positive number.", key=key)
        for key, value in (
            ("TIME STEP", wanted),
            ("SAVEPER", time.saveper),
            ("FINAL TIME minus INITIAL TIME", horizon),
        )
        if not (math.isfinite(value) and value > 0)
    ]
    if problems:
        raise BadInput(problems)
    if horizon / wanted > MOST_STEPS:
        raise BadInput(
            Problem(f"a run would take {horizon / wanted:.2g} steps.", key="TIME STEP", cure="")
        )
    per_interval = _whole(time.saveper / wanted)
    if per_interval is None:
        fitting = time.saveper / math.ceil(time.saveper / wanted)
        raise BadInput(
            Problem(
                f"a saving interval of {time.saveper:.9g} is no whole number of steps of "
                f"{wanted:.9g} {time.unit}".rstrip()
                + ".",
                f"The next shorter step that fits is {fitting:.9g}.",
                key="TIME STEP",
            )
        )
    intervals = _whole(horizon / time.saveper)
    if intervals is None:
        raise BadInput(
            Problem(
                f"the run from {time.initial:.9g} to {time.final:.9g} is no whole number of "
                f"saving intervals of {time.saveper:.9g}.",
                "Let FINAL TIME fall on a saving time.",
                key="SAVEPER",
            )
        )
    return Schedule(
        method, time.initial, time.saveper / per_interval, per_interval, intervals, points
    )


def between(whole: Schedule, first: int, until: float | None) -> Schedule:
    """The part of a schedule from interval number `first` to the time `until` (to its end for
    None). Raises BadInput where that is no bound of a saving interval after its start."""
    if until is None:
        return replace(whole, first=first)
    length = whole.per_interval * whole.step
    intervals = (until - whole.initial) / length
    wanted = _whole(intervals) if math.isfinite(intervals) else None
    if wanted is None or not first < wanted <= whole.intervals:
        nearest = round(intervals) if math.isfinite(intervals) else whole.intervals
        nearest = min(max(nearest, first + 1), whole.intervals)
        times = [
            f"{whole.time(number * whole.per_interval):.9g}"
            for number in (first + 1, whole.intervals, nearest)
        ]
        why = f"{until:.9g} is not a saving time from {times[0]} to {times[1]}."
        raise BadInput(Problem(why, f"The nearest is {times[2]}.", key="until"))
    return replace(whole, first=first, intervals=wanted)


def _whole(ratio: float) -> int | None:
    """The whole number of at least 1 that the ratio is, to rounding, or None."""
    nearest = round(ratio)
    return nearest if nearest >= 1 and abs(ratio - nearest) <= WHOLE * nearest else None

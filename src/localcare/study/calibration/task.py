"""What a calibration fits to what: its parameters and its figures, held against the model.

In: a spec, a declared `Calibration`, figures and what they mean. Out: a `Task`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch
from localcare.model import ModelSpec, names
from localcare.model.observed import Observation, Observed
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.scenario.document import Mapping as Document
from localcare.scenario.document import line_of
from localcare.study.calibration.declared import Calibration, FittedSeries
from localcare.study.calibration.parameters import Parameter, batch, parameters
from localcare.study.observation import Matched, Meanings, match

__all__ = ["Target", "Task", "set_up"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Target:
    """A series with how it is fitted."""

    matched: Matched
    declared: FittedSeries


@dataclass(frozen=True, eq=False)
class Task:
    """What is fitted to what. `until` is the time at which runs may end; `unknown` are parameters
    of what happened after the figures, which are left at what does nothing."""

    spec: ModelSpec
    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    until: float
    unknown: tuple[Parameter, ...] = ()

    def batch(self, values: Floats) -> Batch:
        """Members that set the parameters to `values` (parameters, members)."""
        off = np.array([each.off or 0.0 for each in self.unknown])
        still = np.repeat(off[:, np.newaxis], values.shape[1], axis=1)
        together = np.concatenate([values, still]) if self.unknown else values
        return batch(self.spec, (*self.parameters, *self.unknown), together)

    @property
    def figures(self) -> int:
        """How many figures there are."""
        return sum(len(target.matched.rows) for target in self.targets)


def set_up(
    spec: ModelSpec,
    declared: Calibration,
    path: Path,
    document: Document,
    *,
    observed: Observed,
    meanings: Meanings,
    until: date | None = None,
) -> Task:
    """The task of a calibration, with figures that end by `until` only.

    Raises BadInput with every fault between the file, the figures and the model, before anything
    is fitted.
    """
    problems: list[Problem] = []
    fitted: tuple[Parameter, ...] = ()
    try:
        fitted = parameters(spec, declared.constants, path, document)
    except BadInput as error:
        problems += error.problems
    try:
        matched = match(spec, meanings, observed)
    except BadInput as error:  # what names nothing in the model hides what each series could be
        raise BadInput([*problems, *error.problems]) from error
    targets = []
    for position, series in enumerate(declared.series):
        line = line_of(document, "series", position)
        fault = _missing(series, matched, observed)
        if fault is not None:
            problems.append(Problem(fault.why, fault.cure, path, line, series.series))
            continue
        own = next(m for n, m in matched.items() if names.key(n) == names.key(series.series))
        rows = tuple(row for row in own.rows if _asked(series, row, until))
        if series.transform == "log":
            problems += [
                row.problem("is 0, which has no logarithm.", "Fit it by `transform: root`.")
                for row in rows
                if row.value <= 0
            ]
        if rows:
            targets.append(Target(replace(own, rows=rows), series))
    unknown = tuple(each for each in fitted if until and each.dated and each.dated >= until)
    fitted = tuple(each for each in fitted if each not in unknown)
    if not problems and not targets:
        problems.append(Problem("leaves no figure to fit to.", "", path, key="series"))
    task = Task(spec, fitted, tuple(targets), _end(spec, targets), unknown)
    if not problems and task.figures <= len(fitted):
        why = f"{len(fitted)} numbers cannot be fitted to {task.figures} figures."
        problems.append(Problem(why, "Fit fewer, or give more figures.", path))
    if problems:
        raise BadInput(problems)
    return task


def _missing(
    series: FittedSeries, matched: Mapping[str, Matched], observed: Observed
) -> Problem | None:
    """Why a series that a calibration names cannot be fitted to."""
    known = {names.key(name) for name in matched}
    if names.key(series.series) in known:
        return None
    if names.key(series.series) in {names.key(name) for name in observed.series}:
        return Problem("the model does not hold it.", "Leave it out until it does.")
    return Problem("no such series.", did_you_mean(series.series, observed.series))


def _asked(series: FittedSeries, row: Observation, until: date | None) -> bool:
    out = {(each.element, each.start) for each in series.leave_out}
    return (
        series.holds(row.start)
        and not any(window.holds(row.start) for window in series.without)
        and (not series.elements or row.element in series.elements)
        and (row.element, row.start) not in out
        and (until is None or row.end <= until + timedelta(days=1))
    )


def _end(spec: ModelSpec, targets: Sequence[Target]) -> float:
    """The first time by which every figure is over."""
    last = max(
        (row.first_month + max(row.months, 1) for target in targets for row in target.matched.rows),
        default=0,
    )
    months = last + 1 - round(spec.time.initial * 12)
    return min(spec.time.initial + months / 12, spec.time.final)

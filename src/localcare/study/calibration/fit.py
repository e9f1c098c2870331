"""Bounded least squares through the engine, from several starts.

In: a spec, a `Task`: the parameters and the figures with their weights. Out: a `Fit`. Residuals of
one set of parameters are one run; a Jacobian is one batch that holds every perturbed member, two
for each parameter. The minimiser is scipy's trust region reflective method for bounds (Branch,
Coleman and Li 1999, SIAM Journal on Scientific Computing 21), in coordinates that are 0 at a
parameter's lower bound and 1 at its upper. The first start is the model's own values, the others
are drawn evenly between the bounds by the seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, SimulationError, run
from localcare.model import ModelSpec, names
from localcare.model.observed import Observation, Observed
from localcare.problems import BadInput, CheckFailed, Problem, did_you_mean
from localcare.scenario.document import Mapping as Document
from localcare.scenario.document import line_of
from localcare.study.calibration.declared import Calibration, FittedSeries
from localcare.study.calibration.identifiability import Known, how_well_known
from localcare.study.calibration.parameters import Parameter, batch, parameters
from localcare.study.observation import Matched, Meanings, match, predict

__all__ = ["Fit", "Residual", "Start", "Target", "Task", "fit", "set_up"]

Floats = NDArray[np.float64]
#: Step of a difference quotient, as a part of the distance between the bounds: the cube root of
#: rounding, where the errors of rounding and of curvature of a central difference are alike.
STEP = 1e-5
#: What a residual counts where a run stops: so much that the minimiser turns back.
STOPPED = 1e3
#: Steps are followed until they lower the sum of squares by less than this part of it.
PRECISION = 1e-10
#: Fits are the same where their sums of squares differ by at most this part.
SAME = 1e-3
#: Or where both are rounding, beside the sum of squares at the model's own values.
EXACT = 1e-12


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


@dataclass(frozen=True, slots=True)
class Start:
    """One start: what it came to, and whether that is the fit. `farthest` is the largest distance
    of a parameter from the fit, in the distance between its bounds."""

    number: int
    before: float
    after: float
    steps: int
    farthest: float
    same: bool


@dataclass(frozen=True, slots=True)
class Residual:
    """One figure, what the fit says of it, and their weighted difference."""

    row: Observation
    observed: float
    modelled: float
    residual: float


@dataclass(frozen=True, eq=False)
class Fit:
    """What came out. `values` (parameters,) in their units; `squares` sums the squared residuals
    at the start and at the fit; `known` says how well each is known; `starts` in their order."""

    task: Task
    values: Floats
    before: float
    after: float
    known: Known
    residuals: tuple[Residual, ...]
    starts: tuple[Start, ...]
    seed: int


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
    matched: Mapping[str, Matched] = {}
    try:
        matched = match(spec, meanings, observed)
    except BadInput as error:
        problems += error.problems
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
                row.problem("is 0, which has no logarithm.", "Fit it by `transform: level`.")
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


def fit(
    task: Task,
    *,
    starts: int = 1,
    seed: int = 0,
    engine: Engine = "kernel",
    say: Callable[[str], None] = lambda _: None,
) -> Fit:
    """The best fit of several starts. Raises CheckFailed where the model stops near it."""
    from scipy.optimize import least_squares

    runner = _Runner(task, engine)
    low = np.array([each.low for each in task.parameters])
    width = np.array([each.high for each in task.parameters]) - low
    own = (np.array([each.start for each in task.parameters]) - low) / width
    generator = np.random.Generator(np.random.Philox(seed))
    others = generator.uniform(0.0, 1.0, (max(starts, 1) - 1, own.size))

    def residuals(unit: Floats) -> Floats:
        return runner.residuals(low + width * unit)

    def jacobian(unit: Floats) -> Floats:
        return runner.jacobian(low, width, unit)

    found = []
    for number, begin in enumerate([own, *others]):
        result = least_squares(
            residuals, begin, jac=jacobian, bounds=(0.0, 1.0), method="trf",
            ftol=PRECISION, xtol=PRECISION, gtol=PRECISION,
        )  # fmt: skip
        before = float((residuals(begin) ** 2).sum())
        found.append((number, before, 2 * float(result.cost), int(result.nfev), result.x))
        say(f"start {number + 1} of {max(starts, 1)}: {before:.4g} to {2 * result.cost:.6g}")
    best = min(found, key=lambda each: each[2])
    unit = np.clip(best[4], 0.0, 1.0)
    values = low + width * unit
    modelled = runner.modelled(values[:, np.newaxis])
    final = [
        _residuals(target, column[:, 0])
        for target, column in zip(task.targets, modelled, strict=True)
    ]
    known = how_well_known(
        task.parameters, values, runner.jacobian(low, width, unit) / width,
        _groups(task), np.concatenate(final),
    )  # fmt: skip
    return Fit(
        task, values, found[0][1], best[2], known,
        tuple(
            Residual(row, float(observed), float(figure[0]), float(residual))
            for target, column, differences in zip(task.targets, modelled, final, strict=True)
            for row, observed, figure, residual in zip(
                target.matched.rows, target.matched.values, column, differences, strict=True
            )
        ),
        tuple(
            Start(
                number, before, after, steps, float(np.abs(at - best[4]).max(initial=0.0)),
                after <= best[2] * (1 + SAME) + EXACT * found[0][1],
            )
            for number, before, after, steps, at in found
        ),
        seed,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Runner:
    """Runs parameters through the engine."""

    task: Task
    engine: Engine

    def modelled(self, values: Floats) -> list[Floats]:
        """Figures of every target, (figures, members), for parameters (parameters, members)."""
        task = self.task
        save = sorted({name for target in task.targets for name in target.matched.needs})
        result = run(task.spec, task.batch(values), engine=self.engine, save=save, until=task.until)
        return [predict(task.spec, result, target.matched) for target in task.targets]

    def residuals(self, values: Floats) -> Floats:
        """Residuals (figures,) of one set of parameters."""
        try:
            columns = self.modelled(values[:, np.newaxis])
        except SimulationError:
            return np.full(self.task.figures, STOPPED)
        return self._stacked(columns)[:, 0]

    def jacobian(self, low: Floats, width: Floats, unit: Floats) -> Floats:
        """Slopes (figures, parameters) by central differences in unit coordinates, at a bound from
        the bound, of one batch."""
        up, down = np.minimum(unit + STEP, 1.0), np.maximum(unit - STEP, 0.0)
        moved = np.repeat(unit[:, np.newaxis], 2 * unit.size, axis=1)
        for place in range(unit.size):
            moved[place, 2 * place], moved[place, 2 * place + 1] = up[place], down[place]
        try:
            found = self._stacked(self.modelled(low[:, np.newaxis] + width[:, np.newaxis] * moved))
        except SimulationError as stop:
            name = self.task.parameters[stop.member // 2].identifier
            raise CheckFailed(f"the model stops near {name}: {stop} Tighten its bounds.") from stop
        return np.asarray((found[:, 0::2] - found[:, 1::2]) / (up - down))

    def _stacked(self, columns: Sequence[Floats]) -> Floats:
        return np.concatenate(
            [
                np.stack([_residuals(target, each) for each in figures.T], axis=1)
                for target, figures in zip(self.task.targets, columns, strict=True)
            ]
        )


def _residuals(target: Target, modelled: Floats) -> Floats:
    """Weighted differences (figures,) of modelled and observed figures."""
    observed, declared = target.matched.values, target.declared
    if declared.transform == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.log(modelled / observed)
        away = np.where(np.isfinite(away), away, STOPPED)
    else:
        scale = np.empty_like(observed)
        for chosen in _elements(target.matched.rows).values():
            scale[chosen] = observed[chosen].mean() or 1.0
        away = (modelled - observed) / scale
    return np.asarray(math.sqrt(declared.weight) * away)


def _groups(task: Task) -> list[list[int]]:
    """Positions of the residuals of each element of each series, in the order of time."""
    groups, first = [], 0
    for target in task.targets:
        groups += [
            [first + place for place in chosen]
            for chosen in _elements(target.matched.rows).values()
        ]
        first += len(target.matched.rows)
    return groups


def _elements(rows: Sequence[Observation]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(row.element, []).append(place)
    return found


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

"""Bounded least squares through the engine, from several starts.

In: a `Task`, the parameters and the figures with their weights. Out: a `Fit`. Residuals of
one set of parameters are one run; a Jacobian is one batch that holds every perturbed member, two
for each parameter. The minimiser is scipy's trust region reflective method for bounds (Branch,
Coleman and Li 1999, SIAM Journal on Scientific Computing 21), in coordinates that are 0 at a
parameter's lower bound and 1 at its upper. The first start is the model's own values, the others
are drawn evenly between the bounds by the seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Engine, SimulationError, run
from localcare.model.observed import Observation
from localcare.problems import CheckFailed
from localcare.study.calibration.identifiability import Known, how_well_known
from localcare.study.calibration.task import Target, Task
from localcare.study.observation import predict

__all__ = ["Fit", "Residual", "Start", "fit"]

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
        if declared.transform == "root":
            away = (np.sqrt(np.maximum(modelled, 0.0)) - np.sqrt(observed)) / np.sqrt(scale)
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

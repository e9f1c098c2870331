"""A hold-out: fit to the figures up to a day, forecast those after it, and compare.

In: a `Task` of a fit to figures that end by the day, and the same task of all figures. Out: for
each element of each series the errors of the model and of forecasts that need no model, fitted on
the same months.

What is dated starts from what does nothing, so that where the early figures say nothing of it the
fit does not keep what the later ones told; what is dated after the day does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Engine, run
from localcare.model.observed import Period
from localcare.study import errors
from localcare.study.calibration.fit import Fit, fit
from localcare.study.calibration.task import Target, Task
from localcare.study.forecasts import NAIVE
from localcare.study.observation import predict

__all__ = ["Forecast", "HeldOut", "forewarned", "hold_out"]

Floats = NDArray[np.float64]
_A_YEAR = {Period.MONTH: 12, Period.MONTH_END: 12, Period.QUARTER: 4, Period.YEAR: 1}


@dataclass(frozen=True, eq=False)
class Forecast:
    """One element of a series after the day: MAPE of the model and of each naive forecast. Elements
    with a figure of 0, against which there is no percentage, are left out."""

    series: str
    element: str
    figures: int
    model: float
    naive: Mapping[str, float]

    @property
    def best(self) -> str:
        """The naive forecast that came nearest."""
        return min(self.naive, key=lambda name: self.naive[name])

    @property
    def beats(self) -> bool:
        """Whether the model came nearer than every naive forecast."""
        return self.model < self.naive[self.best]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The day that fits end by, the last of the figures, the fit, and each forecast."""

    until: date
    last: date
    fit: Fit
    forecasts: tuple[Forecast, ...]


def forewarned(task: Task) -> Task:
    """The task with what is dated begun from what does nothing."""
    return replace(
        task,
        parameters=tuple(
            each
            if each.off is None
            else replace(each, start=min(max(each.off, each.low), each.high))
            for each in task.parameters
        ),
    )


def hold_out(
    early: Task, whole: Task, until: date, *, engine: Engine = "kernel", starts: int = 1
) -> HeldOut:
    """Fit `early`, whose figures end by `until`, and forecast the figures of `whole` after it."""
    found = fit(forewarned(early), starts=starts, engine=engine)
    save = sorted({name for target in whole.targets for name in target.matched.needs})
    members = early.batch(found.values[:, np.newaxis])
    result = run(early.spec, members, engine=engine, save=save, until=whole.until)
    forecasts: list[Forecast] = []
    for target in whole.targets:
        modelled = predict(whole.spec, result, target.matched)[:, 0]
        forecasts += _forecasts(target, modelled, until)
    last = max(row.end for target in whole.targets for row in target.matched.rows)
    return HeldOut(until, last - timedelta(days=1), found, tuple(forecasts))


def _forecasts(target: Target, modelled: Floats, until: date) -> list[Forecast]:
    matched, found = target.matched, []
    observed = matched.values
    daily = np.array([row.days if matched.counts else 1 for row in matched.rows])
    for element in dict.fromkeys(row.element for row in matched.rows):
        places = [at for at, row in enumerate(matched.rows) if row.element == element]
        known = [at for at in places if matched.rows[at].end <= until + timedelta(days=1)]
        later = [at for at in places if at not in known]
        a_year = _A_YEAR.get(matched.rows[places[0]].period)
        if a_year is None or len(known) < a_year or not later:
            continue
        if not observed[later].all():
            continue  # nothing has a percentage error against 0
        rates = observed[known] / daily[known]  # months differ in length, not in what they say
        naive = {
            name: errors.mape(method(rates, a_year, len(later)) * daily[later], observed[later])
            for name, method in NAIVE.items()
        }
        model = errors.mape(modelled[later], observed[later])
        found.append(Forecast(matched.series, element, len(later), model, naive))
    return found

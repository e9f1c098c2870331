"""Run a model: one batch of members through one engine.

In: a `ModelSpec` and a `Batch` (overrides, member on the last axis). Out: a `Run`, arrays by
identifier. The engines ("numpy", the reference, and "kernel", compiled) take the same arguments
and agree to rounding; each promises that a member's bits depend neither on the other members of
the batch nor on what is saved.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch, check_batch
from localcare.engine.own_step import with_step
from localcare.engine.schedule import Method, Schedule, schedule
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem, did_you_mean

__all__ = ["Engine", "Run", "run", "saved_identifiers"]

Engine = Literal["numpy", "kernel"]
Floats = NDArray[np.float64]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Run:
    """What came out of a run, in the units of the model.

    `start` (n,) and `bounds` (n + 1,) are the times of the saving intervals. `values` holds, by
    identifier, stocks as points at the bounds, (n + 1, *dimensions, members), and everything else
    as the mean over each interval, (n, *dimensions, members), weighted as the method weighs its
    stages: what a stock gains over an interval is its mean net flow times the interval. Where
    `points` is true everything is saved as points at the bounds. `engine`, `method` and `step`
    are those really used.
    """

    start: Floats
    bounds: Floats
    values: Mapping[str, Floats]
    engine: Engine
    method: Method
    step: float
    points: bool = False

    @property
    def members(self) -> int:
        """How many members ran."""
        return next((array.shape[-1] for array in self.values.values()), 0)


def run(
    spec: ModelSpec,
    batch: Batch,
    *,
    engine: Engine = "numpy",
    method: Method = "rk4",
    step: float | None = None,
    save: Sequence[str] | None = None,
    points: bool = False,
) -> Run:
    """Simulate every member of the batch over the model's whole time.

    `save` names the stocks, auxiliaries and series to keep, by identifier; None keeps all stocks
    and auxiliaries but those that delays and smooths were expanded into. Raises BadInput for a
    step that does not divide the saving interval or a name that cannot be saved, and
    SimulationError where a run has to stop.
    """
    times = schedule(spec.time, method, step, points=points)
    names = saved_identifiers(spec, save)
    batch = with_step(spec, batch, times.step)
    check_batch(spec, batch)
    values, used = _simulate(engine, spec, batch, times, names)
    bounds = times.bounds
    return Run(bounds[:-1], bounds, values, used, method, times.step, points)


def saved_identifiers(spec: ModelSpec, save: Sequence[str] | None) -> tuple[str, ...]:
    """The identifiers to save, in the order of the model file for None, else as asked for."""
    if save is None:
        return tuple(
            variable.identifier
            for variable in spec.variables
            if variable.kind in (Kind.STOCK, Kind.AUXILIARY) and not variable.hidden
        )
    problems = []
    for name in save:
        variable = spec.by_identifier.get(name)
        if variable is None:
            cure = did_you_mean(name, list(spec.by_identifier))
            problems.append(Problem("no such variable to save.", cure, key=name))
        elif variable.kind in (Kind.CONSTANT, Kind.LOOKUP):
            problems.append(
                Problem(f"a {variable.kind} does not change and is not saved.", key=name)
            )
    if problems:
        raise BadInput(problems)
    return tuple(dict.fromkeys(save))


def _simulate(
    engine: Engine, spec: ModelSpec, batch: Batch, times: Schedule, names: tuple[str, ...]
) -> tuple[dict[str, Floats], Engine]:
    """Arrays by identifier from the engine asked for, which is imported only when it is, and the
    engine that made them: the reference where the compiled one cannot be had."""
    if engine == "kernel":
        from localcare.engine.kernel import KernelUnavailable
        from localcare.engine.kernel import simulate as simulate_compiled

        try:
            return simulate_compiled(spec, batch, times, names), "kernel"
        except KernelUnavailable as reason:
            _log.warning("The compiled engine cannot be used (%s); numpy runs instead.", reason)
    elif engine != "numpy":
        raise BadInput(Problem(f"no such engine: {engine}.", "Use numpy or kernel.", key="engine"))
    from localcare.engine.numpy_backend import simulate

    return simulate(spec, batch, times, names), "numpy"

"""Run a model: one batch of members through one engine.

In: a `ModelSpec` and a `Batch` (overrides, member on the last axis). Out: a `Run`, arrays by
identifier. The engines ("numpy", the reference, and "kernel", compiled) take the same arguments
and agree to rounding; each promises that a member's bits depend neither on the other members of
the batch nor on what is saved. "sdeint" integrates small stochastic models by the package of that
name: slow, and independent of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from localcare.engine.diffusion import noisy, processes
from localcare.engine.extent import refuse_too_long
from localcare.engine.inputs import Batch, check_batch
from localcare.engine.noise import Noise, noise_for
from localcare.engine.own_step import with_step
from localcare.engine.random_series import DEFAULT_SEED, drawn_series, with_draws
from localcare.engine.schedule import STOCHASTIC, Method, Schedule, between, schedule
from localcare.engine.state import State, check_state, empty_state
from localcare.engine.swings import Swings, with_swings
from localcare.engine.volatility import refuse_negative
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem, did_you_mean

__all__ = ["Engine", "Run", "run", "saved_identifiers"]

Engine = Literal["numpy", "kernel", "sdeint"]
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
    are those really used, `seed` that of the noise or of RANDOM
    functions, None for a run without either. `state` is
    where the run ended, if that was asked for.
    """

    start: Floats
    bounds: Floats
    values: Mapping[str, Floats]
    engine: Engine
    method: Method
    step: float
    points: bool = False
    seed: int | None = None
    state: State | None = None

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
    seed: int | None = None,
    first_member: int = 0,
    member_numbers: Sequence[int] | None = None,
    until: float | None = None,
    start: State | None = None,
    keep_state: bool = False,
) -> Run:
    """Simulate every member of the batch over the model's whole time.

    `save` names the stocks, auxiliaries and series to keep, by identifier; None keeps all stocks
    and auxiliaries but those that delays and smooths were expanded into.

    A stochastic method ("euler-maruyama", "sri2") needs a `seed`. A deterministic one without a
    seed ignores noise; with one it takes mean-reverting noise, exact on the grid of the model's own
    step (`engine.swings`), in both engines.

    RANDOM functions draw with or without a seed; without one by seed 1 (`engine.random_series`).

    The noise of a column, and what is drawn for it, depends on the seed and the number of its
    member alone: first_member, first_member + 1, ..., or what `member_numbers`
    says (equal numbers meet equal noise, which pairs scenarios).

    The run ends at the saving time `until`, if given, and begins where an earlier one ended with
    the state `start`; `keep_state` has it tell its own. Parts give the bits of the whole, by the
    same engine and method.

    Raises BadInput for a step that does not divide the saving interval, a run that would last for
    hours, a name that cannot be saved, a negative volatility, or noise that the model, the method
    or the engine does not have, and SimulationError where a run has to stop.
    """
    noise = noise_for(method, seed, batch.members, first_member, member_numbers)
    draws = None
    if drawn_series(spec):
        own = DEFAULT_SEED if seed is None else seed
        draws = noise_for(method, own, batch.members, first_member, member_numbers)
        if method not in STOCHASTIC and not noisy(spec):
            noise = None
    times = schedule(spec.time, method, step, points=points)
    names = saved_identifiers(spec, save)
    swings = None
    if noise is not None and method in STOCHASTIC:
        processes(spec)  # a model without noise is refused before anything else is said
    elif noise is not None:
        swings = with_swings(spec, batch, times)
        spec = swings.spec
    if start is not None:
        check_state(spec, batch, times, start)
    times = between(times, 0 if start is None else start.interval, until)
    refuse_too_long(spec, times, batch.members)
    batch = with_step(spec, batch, times.step)
    if draws is not None:
        batch = with_draws(spec, batch, times, draws)
    check_batch(spec, batch)
    if noise is not None:
        refuse_negative(spec, batch)
    ending = empty_state(spec, times, batch.members) if keep_state else None
    job = _Job(spec, batch, times, names, noise, swings, start, ending)
    values, used = _simulate(engine, job)
    bounds = times.bounds
    named = noise or draws
    drawn = None if named is None else named.seed
    return Run(bounds[:-1], bounds, values, used, method, times.step, points, drawn, ending)


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


@dataclass(frozen=True, eq=False)
class _Job:
    """What an engine is asked for. `swings` are the model's where a deterministic method has noise
    beside it."""

    spec: ModelSpec
    batch: Batch
    times: Schedule
    names: tuple[str, ...]
    noise: Noise | None
    swings: Swings | None
    start: State | None
    ending: State | None


def _simulate(engine: Engine, job: _Job) -> tuple[dict[str, Floats], Engine]:
    """Arrays by identifier from the engine asked for, which is imported only when it is, and the
    engine that made them: the reference where the compiled one cannot be had."""
    if engine not in get_args(Engine):
        cure = "Use numpy or kernel (or sdeint, for small stochastic models)."
        raise BadInput(Problem(f"no such engine: {engine}.", cure, key="engine"))
    if engine == "sdeint":
        return _by_sdeint(job), "sdeint"
    stochastic = job.times.method in STOCHASTIC
    if engine == "kernel" and stochastic:
        _log.warning("The compiled engine does not run %s; numpy runs it.", job.times.method)
    elif engine == "kernel":
        from localcare.engine.kernel import KernelUnavailable

        try:
            return _by_kernel(job), "kernel"
        except KernelUnavailable as reason:
            _log.warning("The compiled engine cannot be used (%s); numpy runs instead.", reason)
    return _by_numpy(job), "numpy"


def _by_sdeint(job: _Job) -> dict[str, Floats]:
    if job.start is not None or job.ending is not None:
        why = "sdeint cannot keep a state, nor go on from one."
        raise BadInput(Problem(why, "Use numpy.", key="engine"))
    from localcare.engine.sdeint_engine import simulate

    noise = job.noise if job.swings is None else None
    return simulate(job.spec, job.batch, job.times, job.names, noise)


def _by_kernel(job: _Job) -> dict[str, Floats]:
    from localcare.engine.kernel import SwingNoise, simulate

    moved = None
    if job.swings is not None and job.noise is not None:
        moved = SwingNoise(job.swings, job.noise)
    return simulate(
        job.spec,
        job.batch,
        job.times,
        job.names,
        noise=moved,
        start=job.start,
        ending=job.ending,
    )


def _by_numpy(job: _Job) -> dict[str, Floats]:
    from localcare.engine import stochastic
    from localcare.engine.numpy_backend import simulate

    batch, times, names, ends = job.batch, job.times, job.names, (job.start, job.ending)
    if job.noise is None:
        return simulate(job.spec, batch, times, names, start=ends[0], ending=ends[1])
    if job.swings is None:
        return stochastic.simulate(
            job.spec, batch, times, names, job.noise, start=ends[0], ending=ends[1]
        )
    return stochastic.simulate_swings(
        job.swings, batch, times, names, job.noise, start=ends[0], ending=ends[1]
    )

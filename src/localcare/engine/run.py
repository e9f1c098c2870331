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

from localcare.engine.diffusion import processes
from localcare.engine.inputs import Batch, check_batch
from localcare.engine.noise import Noise, noise_for
from localcare.engine.own_step import with_step
from localcare.engine.schedule import Method, Schedule, between, schedule
from localcare.engine.state import State, check_state, empty_state
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
    are those really used, `seed` that of the noise, None for a deterministic method. `state` is
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

    A stochastic method ("euler-maruyama", "sri2") needs a `seed`, a deterministic one takes none.
    The noise of a column depends on the seed and the number of its member alone: first_member,
    first_member + 1, ..., or what `member_numbers` says (equal numbers meet equal noise, which
    pairs scenarios).

    The run ends at the saving time `until`, if given, and begins where an earlier one ended with
    the state `start`; `keep_state` has it tell its own. Parts give the bits of the whole, by the
    same engine and method.

    Raises BadInput for a step that does not divide the saving interval, a name that cannot be
    saved, or noise that the model, the method or the engine does not have, and SimulationError
    where a run has to stop.
    """
    times = schedule(spec.time, method, step, points=points)
    if start is not None:
        check_state(spec, batch, times, start)
    times = between(times, 0 if start is None else start.interval, until)
    names = saved_identifiers(spec, save)
    batch = with_step(spec, batch, times.step)
    check_batch(spec, batch)
    noise = noise_for(method, seed, batch.members, first_member, member_numbers)
    if noise is not None:
        processes(spec)  # a model without noise is refused before anything else is said
    ending = empty_state(spec, times, batch.members) if keep_state else None
    values, used = _simulate(
        engine, spec, batch, times, names, noise=noise, start=start, ending=ending
    )
    bounds = times.bounds
    drawn = None if noise is None else noise.seed
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


def _simulate(
    engine: Engine,
    spec: ModelSpec,
    batch: Batch,
    times: Schedule,
    names: tuple[str, ...],
    *,
    noise: Noise | None,
    start: State | None,
    ending: State | None,
) -> tuple[dict[str, Floats], Engine]:
    """Arrays by identifier from the engine asked for, which is imported only when it is, and the
    engine that made them: the reference where the compiled one cannot be had."""
    if engine not in get_args(Engine):
        cure = "Use numpy or kernel (or sdeint, for small stochastic models)."
        raise BadInput(Problem(f"no such engine: {engine}.", cure, key="engine"))
    if engine == "sdeint":
        if start is not None or ending is not None:
            why = "sdeint cannot keep a state, nor go on from one."
            raise BadInput(Problem(why, "Use numpy.", key="engine"))
        from localcare.engine.sdeint_engine import simulate as simulate_by_sdeint

        return simulate_by_sdeint(spec, batch, times, names, noise), "sdeint"
    if noise is not None:
        from localcare.engine.stochastic import simulate as simulate_noise

        if engine == "kernel":
            _log.warning("The compiled engine does not run %s; numpy runs it.", times.method)
        values = simulate_noise(spec, batch, times, names, noise, start=start, ending=ending)
        return values, "numpy"
    if engine == "kernel":
        from localcare.engine.kernel import KernelUnavailable
        from localcare.engine.kernel import simulate as simulate_compiled

        try:
            values = simulate_compiled(spec, batch, times, names, start=start, ending=ending)
            return values, "kernel"
        except KernelUnavailable as reason:
            _log.warning("The compiled engine cannot be used (%s); numpy runs instead.", reason)
    from localcare.engine.numpy_backend import simulate

    return simulate(spec, batch, times, names, start=start, ending=ending), "numpy"

"""Running the members of a batch in memory, to the end or to a time at which they stand.

In: a spec, a batch, the members' names, how to run them, perhaps a state to go on from. Out: a
labelled Dataset over member and time, and with it the run or where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, Method, Run, State, run
from localcare.engine.extent import refuse_too_much
from localcare.engine.run import saved_identifiers
from localcare.model import ModelSpec
from localcare.problems import BadInput, Problem
from localcare.study.dataset import label
from localcare.study.given import InputsHash
from localcare.study.overrides import identifiers
from localcare.study.standing import Standing
from localcare.study.store import PROGRAM
from localcare.study.values import MEMBER, Refused, time_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["How", "run_members", "stand"]

#: Results of one call may take this much memory, in bytes.
MOST = 4 * 10**9
_FEWER = "Name what to keep with save=[...], or stream to disk with `ensemble`."


@dataclass(frozen=True)
class How:
    """How a model is run."""

    engine: Engine
    method: Method
    step: float | None
    points: bool
    seed: int | None


def run_members(
    spec: ModelSpec,
    batch: Batch,
    names: NDArray[Any] | None,
    how: How,
    *,
    save: Sequence[str] | None,
    until: float | str | None,
    start: State | None = None,
    keep_state: bool = False,
) -> tuple[xr.Dataset, Run]:
    """Labelled results, and the run. `save` names variables as a person does; None keeps all."""
    kept = saved_identifiers(spec, None if save is None else identifiers(spec, save))
    refuse_too_much(spec, kept, batch.members, MOST, _FEWER)
    result = run(
        spec,
        batch,
        engine=how.engine,
        method=how.method,
        step=how.step,
        save=kept,
        points=how.points,
        seed=how.seed,
        until=None if until is None else _time(spec, until),
        start=start,
        keep_state=keep_state,
    )
    digest = InputsHash()
    digest.update(batch)
    told: dict[str, str | int | float] = {
        "program": PROGRAM,
        "version": version(PROGRAM),
        "model": spec.name,
        "model_hash": spec.hash,
        "inputs_hash": digest.hexdigest(),
        "engine": result.engine,
        "method": result.method,
        "step": result.step,
    }
    if result.seed is not None:
        told["seed"] = result.seed
    numbered = np.arange(batch.members) if names is None else names
    return label(spec, result, numbered, across=MEMBER, attributes=told), result


def stand(
    spec: ModelSpec,
    batch: Batch,
    names: NDArray[Any] | None,
    how: How,
    *,
    save: Sequence[str] | None,
    until: float | str,
    start: State | None = None,
) -> Standing:
    """Run to a saving time and stand there."""
    dataset, result = run_members(
        spec, batch, names, how, save=save, until=until, start=start, keep_state=True
    )
    if result.state is None:
        raise ValueError("no state was kept")
    return Standing(
        spec, float(result.bounds[-1]), result.state, batch, dataset[MEMBER].to_numpy(),
        result.engine, how.method, how.points, how.seed, dataset,
    )  # fmt: skip


def _time(spec: ModelSpec, given: float | str) -> float:
    try:
        return time_of(spec, given)
    except Refused as refused:
        raise BadInput(Problem(refused.why, refused.cure, key="until")) from refused

"""Run scenarios side by side: each is one member of one batch.

In: a `Project` and resolved scenarios. Out: an `Outcome`, the labelled Dataset with its manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.engine import Batch, Engine, Method, Overrides, run
from localcare.engine.extent import refuse_too_much
from localcare.engine.run import saved_identifiers
from localcare.scenario import Scenario
from localcare.study import manifest
from localcare.study.dataset import has_calendar, label
from localcare.study.project import Project

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Outcome", "simulate"]

#: What the results of one scenario, and of all, may take in bytes, with the copies that are made of
#: them to label and write them (measured: a model of 9.9 million elements, and one of 50 million
#: saving times, take 3.5 and 4.2 times what they keep).
ONE, ALL = 2_500_000_000, 5_000_000_000
_COPIES = 4
_FEWER = (
    "Save less often (SAVEPER), use shorter subscript ranges, or keep some variables alone with "
    "localcare.load(...).run(save=[...])."
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a batch of scenarios came to. `dataset` has the dimension `scenario`; `manifest` is
    what ran, and stands in the Dataset's attributes too."""

    dataset: xr.Dataset
    manifest: dict[str, Any]


def simulate(
    project: Project,
    scenarios: Sequence[Scenario],
    *,
    engine: Engine = "kernel",
    method: Method = "rk4",
    step: float | None = None,
    seed: int | None = None,
    settings: Sequence[str] = (),
    grid: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run the scenarios as one batch and label the result.

    A model with a calendar saves monthly means of everything but stocks; any other model saves
    points at its own saveper. With a stochastic method all scenarios meet the same noise, that of
    member 0 of the `seed`. `settings` are the `NAME=VALUE` already applied to the scenarios, for
    the manifest, and `grid` what made them of fewer. Raises what `engine.run` raises, and BadInput
    for results that memory should not hold.
    """
    spec = project.spec
    everything = saved_identifiers(spec, None)
    for count, most in ((1, ONE), (len(scenarios), ALL)):
        refuse_too_much(spec, everything, count, most, _FEWER, copies=_COPIES)
    overrides = [scenario.overrides(spec) for scenario in scenarios]
    result = run(
        spec,
        Batch.of(spec, overrides),
        engine=engine,
        method=method,
        step=step,
        points=not has_calendar(spec),
        seed=seed,
        member_numbers=[0] * len(scenarios),
    )
    described = {
        scenario.name: {"title": scenario.title, "hash": scenario.hash} for scenario in scenarios
    }
    contents = manifest.build(
        spec, result, described, overrides, project.hashes, settings=settings, grid=grid
    )
    names = [scenario.name for scenario in scenarios]
    dataset = label(spec, result, names, attributes=manifest.attributes(contents))
    dataset = dataset.assign_coords(
        policy_start=(
            "scenario",
            np.array([_start(each) for each in overrides]),
            {"long_name": "when the scenario first departs from the model", "units": "1"},
        )
    )
    return Outcome(dataset, contents)


def _start(overrides: Overrides) -> float:
    """The first time at which a path leaves its first value; NaN where none does."""
    starts = []
    for path in overrides.paths.values():
        flat = path.values.reshape(-1, path.times.size)
        moves = np.flatnonzero((np.diff(flat, axis=-1) != 0).any(axis=0))
        starts += [float(path.times[moves[0]])] if moves.size else []
    return min(starts, default=float("nan"))

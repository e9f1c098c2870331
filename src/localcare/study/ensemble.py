"""Thousands of members: run block by block, spooled to disk, summarised exactly.

In: a model, what its members are given, what to keep of them, a folder. Out: in the folder, which
takes its place when all is done (`work`, `blocks` keep what was done until then),

* `members.zarr`: what was kept, over `member`, `time` and the variables' own dimensions, and in its
  group `inputs` what each member was given;
* `summary.nc`: means, quantiles and exceedance of all that was kept (`summaries`);
* `manifest.json`: what ran.

Memory holds one block of members, or one part of the store, at a time. A member's numbers do not
depend on the blocks. Up to 32 members everything may be kept; beyond, what is named.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, Method, Overrides, Run
from localcare.engine.run import saved_identifiers
from localcare.engine.schedule import schedule
from localcare.model import ModelSpec
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study import manifest
from localcare.study.blocks import IMPLAUSIBILITY, INPUTS, MEMBERS, Block, Derived, Job, here, spool
from localcare.study.dataset import has_calendar
from localcare.study.given import Given
from localcare.study.kept import RETAINED, SUMMARY, Ensemble
from localcare.study.netcdf import write_dataset
from localcare.study.project import Project
from localcare.study.retention import History
from localcare.study.spool import need_zarr, open_group
from localcare.study.store import MANIFEST, PROGRAM, check_target
from localcare.study.summaries import QUANTILES, Paired, summarise
from localcare.study.values import MEMBER
from localcare.study.work import working

__all__ = [
    "Derived",
    "Given",
    "Plan",
    "carry_out",
    "plan",
    "refuse_full_disk",
    "retained_of",
    "run_ensemble",
]

#: As many members may keep all variables.
FEW = 32
#: Columns of a block: a multiple of what the compiled engine runs at once on two threads.
NARROWEST, WIDEST = 64, 256
#: The results of a block may take this many bytes; two are in memory at a time.
BLOCK_BYTES = 384 * 2**20

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Plan:
    """An ensemble that can be run: its job, what is made of the results, and what the manifest says
    besides (`hashes` of further inputs, `told`)."""

    job: Job
    quantiles: tuple[float, ...]
    above: Mapping[str, Sequence[float]]
    hashes: Mapping[str, str]
    told: Mapping[str, Any]
    paired: Paired | None = None

    def words(self) -> dict[str, Any]:
        """What tells this work from other work, as plain JSON."""
        job = self.job
        return {
            "what": "ensemble",
            "version": version(PROGRAM),
            "model": job.spec.name,
            "model_hash": job.spec.hash,
            "input_hashes": dict(self.hashes),
            "scenarios": list(job.given.beside),
            **self.told,
            "members": job.given.members,
            "kept": [*job.own, *(each.name for each in job.derived)],
            "inputs_hash": job.given.digest,
            "block": job.block,
            **{name: value for name, value in job.options.items() if name != "save"},
        }


def run_ensemble(
    model: Project | ModelSpec,
    given: Given | Batch | Iterable[Overrides],
    folder: Path,
    *,
    save: Sequence[str] | None = None,
    derived: Sequence[Derived] = (),
    quantiles: Sequence[float] = QUANTILES,
    above: Mapping[str, Sequence[float]] | None = None,
    engine: Engine = "kernel",
    method: Method = "rk4",
    step: float | None = None,
    points: bool | None = None,
    seed: int | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Ensemble:
    """Run every member and keep the variables `save` (by identifier) and the measures `derived`.

    `given` is what the members are given: a batch, overrides one by one, or `Given`, which makes
    them block by block. `above` names levels for what is kept. A folder of ours is replaced, when
    all is done; until then blocks are kept beside it, and the same call goes on with them.
    `progress` is told what is being done, how much of it is done and how much there is.

    Raises BadInput before anything runs for what cannot be kept, found or stored, and
    SimulationError, with the number of the member, where one has to stop.
    """
    check_target(folder)
    planned = plan(
        model, given, save=save, derived=derived, quantiles=quantiles, above=above, engine=engine,
        method=method, step=step, points=points, seed=seed,
    )  # fmt: skip
    refuse_full_disk(folder, planned)
    with working(folder, planned.words()) as place:
        carry_out(planned, place, progress=progress)
    return Ensemble(folder)


def plan(
    model: Project | ModelSpec,
    given: Given | Batch | Iterable[Overrides],
    *,
    save: Sequence[str] | None = None,
    derived: Sequence[Derived] = (),
    quantiles: Sequence[float] = QUANTILES,
    above: Mapping[str, Sequence[float]] | None = None,
    engine: Engine = "kernel",
    method: Method = "rk4",
    step: float | None = None,
    points: bool | None = None,
    seed: int | None = None,
    hashes: Mapping[str, str] | None = None,
    told: Mapping[str, Any] | None = None,
    paired: Paired | None = None,
    history: History | None = None,
) -> Plan:
    """What `run_ensemble` would run, looked over. `hashes` are of further inputs, and `told` is
    what the manifest says besides, `paired` how scenarios are compared, `history` what members
    are held against.

    Raises BadInput for what cannot be kept or found.
    """
    need_zarr()
    spec, beside = (model, {}) if isinstance(model, ModelSpec) else (model.spec, model.hashes)
    asked = Given.of(spec, given)
    own, kept = _what_to_keep(spec, asked.members, save, derived)
    if history is not None:
        kept = saved_identifiers(spec, [*kept, *history.needs])
    known = [*own, *(each.name for each in derived)]
    for name in above or {}:
        if name not in known:
            raise BadInput(
                Problem("is not among what is kept.", did_you_mean(name, known), key=name)
            )
    block = _block(asked.members, max(1, len(asked.beside)), _size(spec, kept))
    job = Job(
        spec, asked.hashed(block), own, kept, tuple(derived), block,
        {"engine": engine, "method": method, "step": step, "seed": seed, "save": kept,
         "points": not has_calendar(spec) if points is None else points},
        history,
    )  # fmt: skip
    return Plan(
        job, tuple(quantiles), above or {}, {**beside, **(hashes or {})}, told or {}, paired
    )


def carry_out(
    planned: Plan,
    place: Path,
    *,
    run_blocks: Callable[[Job, Iterable[int]], Iterator[Block]] = here,
    progress: Progress = lambda _what, _done, _all: None,
) -> Ensemble:
    """Run what is not done yet of an ensemble in a folder, and summarise it."""
    job = planned.job
    engines = spool(job, place, run_blocks, progress)
    retained = retained_of(job, place)
    contents = manifest.named(
        {
            **manifest.common(job.spec, _ran(job, engines), planned.hashes),
            **planned.told,
            "members": job.given.members,
            "inputs_hash": job.given.digest,
            "saved": list(job.own),
            "measures": [each.name for each in job.derived],
            **({} if retained is None else {"retained": int(retained.sum())}),
        }
    )
    summary = summarise(
        place / MEMBERS,
        quantiles=planned.quantiles,
        above=planned.above,
        paired=planned.paired,
        retained=retained,
        progress=lambda done, parts: progress("summarising", done, parts),
    )
    if retained is not None:
        told = {"long_name": "whether a member agrees with the history", "units": "1"}
        summary = summary.assign({RETAINED: (MEMBER, retained.astype(np.float64), told)})
        summary = summary.assign_coords({MEMBER: np.arange(retained.size)})
    summary = summary.assign_attrs(manifest.attributes(contents))
    write_dataset(summary, place / SUMMARY)
    (place / MANIFEST).write_text(manifest.to_json(contents), encoding="utf-8")
    return Ensemble(place, summary)


def retained_of(job: Job, place: Path) -> NDArray[np.bool_] | None:
    """Which members of a job in a folder do not contradict the history, None where there is none.
    Raises CheckFailed where all do."""
    if job.history is None:
        return None
    return job.history.retained(open_group(place / MEMBERS, INPUTS)[IMPLAUSIBILITY].to_numpy())


def refuse_full_disk(folder: Path, planned: Plan) -> None:
    """Raise BadInput where the variables to keep, before compression, may not fit."""
    job = planned.job
    size = _size(job.spec, job.own) * job.given.members * max(1, len(job.given.beside))
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        raise BadInput(
            Problem(
                f"the ensemble may take {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free.",
                "Keep less of it, run fewer members, or choose another folder.",
                file=folder,
            )
        )


def _ran(job: Job, engines: str) -> Run:
    """How the blocks of a job were run, without their results."""
    options = job.options
    times = schedule(job.spec.time, options["method"], options["step"], points=options["points"])
    bounds = times.bounds
    return Run(
        bounds[:-1], bounds, {}, cast("Engine", engines), options["method"], times.step,
        options["points"], options["seed"],
    )  # fmt: skip


def _what_to_keep(
    spec: ModelSpec, members: int, save: Sequence[str] | None, derived: Sequence[Derived]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The variables to keep, and those to compute for them and for measures."""
    if save is None and not derived and members > FEW:
        raise BadInput(
            Problem(
                f"{members} members are too many to keep every variable of.",
                f"Name what to keep; up to {FEW} members keep all.",
                key="save",
            )
        )
    own = saved_identifiers(spec, () if save is None and derived else save)
    return own, saved_identifiers(spec, [*own, *(name for each in derived for name in each.needs)])


def _size(spec: ModelSpec, names: Sequence[str]) -> int:
    """The bytes that variables take for one member."""
    bounds = round((spec.time.final - spec.time.initial) / spec.time.saveper) + 1
    return 8 * bounds * sum(math.prod(spec.shape(name)) for name in names)


def _block(members: int, beside: int, size: int) -> int:
    """How many members to run at a time, one of which has `beside` columns of `size` bytes: about a
    fiftieth of all, as many as fill both threads' vectors, no more than memory should hold."""
    columns = min(
        WIDEST, max(NARROWEST, members * beside // 50), max(1, BLOCK_BYTES // max(1, size))
    )
    columns = max(1, columns // NARROWEST) * NARROWEST
    return max(1, columns // beside)

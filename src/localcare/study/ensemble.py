"""Thousands of members: run block by block, spooled to disk, summarised exactly.

In: a model, what its members are given, what to keep of them, a folder. Out: in the folder, written
whole or not at all,

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.engine import Batch, Engine, Method, Overrides, Run, SimulationError, run
from localcare.engine.run import saved_identifiers
from localcare.model import ModelSpec
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study import manifest
from localcare.study.dataset import has_calendar, label
from localcare.study.given import Given, InputsHash, as_dataset
from localcare.study.netcdf import write_dataset
from localcare.study.project import Project
from localcare.study.spool import Spool, need_zarr, open_group
from localcare.study.store import MANIFEST, check_target, read_manifest, replacing
from localcare.study.summaries import QUANTILES, summarise
from localcare.study.values import MEMBER

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Derived", "Ensemble", "Given", "open_ensemble", "run_ensemble"]

MEMBERS, INPUTS, SUMMARY = "members.zarr", "inputs", "summary.nc"
#: As many members may keep all variables.
FEW = 32
#: Members of a block: a multiple of what the compiled engine runs at once on two threads.
NARROWEST, WIDEST = 16, 256
#: The results of a block may take this many bytes.
BLOCK_BYTES = 128 * 2**20

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Derived:
    """A measure to keep: `compute` makes it, over the member and time, of a Dataset of the model
    variables `needs` (by identifier)."""

    name: str
    needs: tuple[str, ...]
    compute: Callable[[xr.Dataset], xr.DataArray]


@dataclass(frozen=True)
class Ensemble:
    """An ensemble in a folder."""

    folder: Path

    @property
    def members(self) -> xr.Dataset:
        """What was kept of every member; numbers are read when they are asked for."""
        return open_group(self.folder / MEMBERS)

    @property
    def inputs(self) -> xr.Dataset:
        """What every member was given."""
        return open_group(self.folder / MEMBERS, INPUTS)

    @property
    def summary(self) -> xr.Dataset:
        """Means, quantiles and exceedance, in memory."""
        import xarray as xr

        with xr.open_dataset(self.folder / SUMMARY, engine="h5netcdf") as summary:
            return summary.load()


def open_ensemble(folder: Path | str) -> Ensemble:
    """The ensemble in a folder that `run_ensemble` wrote. Raises BadInput where there is none."""
    folder = Path(folder)
    read_manifest(folder)
    if not (folder / MEMBERS).is_dir():
        raise BadInput(Problem(f"holds no {MEMBERS}.", "Run the ensemble again.", file=folder))
    return Ensemble(folder)


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
    them block by block. `above` names levels for what is kept. A folder of ours is replaced.
    `progress` is told what is being done, how much of it is done and how much there is.

    Raises BadInput before anything runs for what cannot be kept, found or stored, and
    SimulationError, with the number of the member, where one has to stop.
    """
    need_zarr()
    check_target(folder)
    spec, hashes = (model, {}) if isinstance(model, ModelSpec) else (model.spec, model.hashes)
    asked = Given.of(spec, given)
    own, kept = _what_to_keep(spec, asked.members, save, derived)
    known = [*own, *(each.name for each in derived)]
    for name in above or {}:
        if name not in known:
            raise BadInput(
                Problem("is not among what is kept.", did_you_mean(name, known), key=name)
            )
    bounds = round((spec.time.final - spec.time.initial) / spec.time.saveper) + 1
    size = 8 * bounds * sum(math.prod(spec.shape(name)) for name in kept)
    _refuse_full_disk(folder, size * asked.members)
    job = _Job(
        spec, asked, own, kept, tuple(derived), _block(asked.members, size),
        {"engine": engine, "method": method, "step": step, "seed": seed, "save": kept,
         "points": not has_calendar(spec) if points is None else points},
    )  # fmt: skip
    with replacing(folder) as scratch:
        contents = _spool(job, scratch / MEMBERS, hashes, progress)
        summary = summarise(
            scratch / MEMBERS,
            quantiles=quantiles,
            above=above,
            progress=lambda done, parts: progress("summarising", done, parts),
        )
        summary = summary.assign_attrs(manifest.attributes(contents))
        write_dataset(summary, scratch / SUMMARY)
        (scratch / MANIFEST).write_text(manifest.to_json(contents), encoding="utf-8")
    return Ensemble(folder)


@dataclass(frozen=True)
class _Job:
    """What to run: the variables of one's `own` choice and the measures `derived` are kept, for
    which `kept` have to be computed; `block` members at a time, with these `options`."""

    spec: ModelSpec
    given: Given
    own: tuple[str, ...]
    kept: tuple[str, ...]
    derived: tuple[Derived, ...]
    block: int
    options: Mapping[str, Any]

    def blocks(self) -> Iterator[tuple[int, Batch, Run]]:
        """The first member, the inputs and the results of each block."""
        for first in range(0, self.given.members, self.block):
            batch = self.given.block(first, min(first + self.block, self.given.members))
            try:
                yield first, batch, run(self.spec, batch, first_member=first, **self.options)
            except SimulationError as stop:
                raise SimulationError(
                    stop.variable, stop.subscripts, stop.time, first + stop.member, stop.reason
                ) from None

    def keep(self, first: int, result: Run) -> xr.Dataset:
        """What is kept of a block."""
        numbers = np.arange(first, first + result.members)
        dataset = label(self.spec, result, numbers, across=MEMBER)
        measures = {
            each.name: each.compute(dataset).transpose(MEMBER, ...) for each in self.derived
        }
        others = [name for name in dataset.data_vars if name not in self.own]
        return dataset.drop_vars(others).assign(measures)


def _spool(job: _Job, store: Path, hashes: Mapping[str, str], progress: Progress) -> dict[str, Any]:
    """Run all members into a store; the manifest of what ran."""
    members = job.given.members
    results = Spool(store, members, job.block)
    inputs = Spool(store, members, job.block, INPUTS)
    digest = InputsHash()
    progress("running members", 0, members)
    for first, batch, result in job.blocks():
        results.write(first, job.keep(first, result))
        inputs.write(first, as_dataset(job.spec, batch, first))
        digest.update(batch)
        progress("running members", first + batch.members, members)
    inputs.close()
    results.close()
    return manifest.named(
        {
            **manifest.common(job.spec, result, hashes),
            "members": members,
            "inputs_hash": digest.hexdigest(),
            "saved": list(job.own),
            "measures": [each.name for each in job.derived],
        }
    )


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


def _block(members: int, size: int) -> int:
    """How many members to run at a time, one of which takes `size` bytes: about a fiftieth of all,
    as many as fill both threads' vectors, no more than memory should hold."""
    wanted = min(WIDEST, max(NARROWEST, members // 50), max(1, BLOCK_BYTES // size))
    return max(1, wanted // NARROWEST) * NARROWEST


def _refuse_full_disk(folder: Path, size: float) -> None:
    """Raise BadInput where a store of `size` bytes, before compression, may not fit."""
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

"""localcare as a library: a model is loaded, run with what is given, and answers with a Dataset.

    import localcare
    model = localcare.load("model.mdl")
    results = model.run(overrides={"birth rate": 0.03}, series={"beds": {2026: 90.0, 2028: 120.0}})

In: paths, numbers, arrays. Out: xarray Datasets with the dimensions member, time and the model's
own, as `study.dataset` labels them. A model is never changed by a run.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare import model as models
from localcare.engine import Batch, Engine, Method, run
from localcare.engine.run import saved_identifiers
from localcare.measures.catalogue import compute
from localcare.measures.catalogue import find as measure
from localcare.model import Kind, ModelSpec
from localcare.model.names import identifier
from localcare.model.variable_names import closest, find
from localcare.paths import MODEL, models_folder
from localcare.present.progress import progress_bar
from localcare.problems import BadInput, Problem
from localcare.study.dataset import has_calendar, label
from localcare.study.ensemble import Derived, Ensemble, open_ensemble, run_ensemble
from localcare.study.overrides import batch_of, identifiers
from localcare.study.store import PROGRAM
from localcare.study.summaries import QUANTILES
from localcare.study.values import MEMBER

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Model", "load", "open_ensemble"]

#: Results of one call may take this much memory, in bytes.
MOST = 4 * 10**9


def load(path: Path | str | None = None, *, cache: bool = True) -> Model:
    """A Vensim model, the shipped one for None. Raises BadInput with every problem of the file.

    `cache` allows keeping the parsed model in the user's cache folder, which is read while neither
    the file nor its tables change.
    """
    return Model(models.load(models_folder() / MODEL if path is None else path, cache=cache))


@dataclass(frozen=True)
class Model:
    """A model ready to run. `spec` is all that is known of it."""

    spec: ModelSpec

    def run(
        self,
        *,
        members: int | Sequence[str] | None = None,
        overrides: Mapping[str, Any] | None = None,
        series: Mapping[str, Any] | None = None,
        save: Sequence[str] | None = None,
        engine: Engine = "kernel",
        method: Method = "rk4",
        step: float | None = None,
        points: bool | None = None,
        seed: int | None = None,
    ) -> xr.Dataset:
        """Run the model, once for each member, and label what it computed.

        `members` says how many there are, or their names; None takes the number from the arrays.
        `overrides` replace constants for the whole run and `series` what constants or series do
        over time; `study.overrides` says what may be given. `save` names the variables to keep, all
        for None. `points` keeps values at the saving times instead of means between them; None
        does so for a model without a calendar. A stochastic method needs a `seed`.

        Raises BadInput for what cannot be used and SimulationError where a run has to stop.
        """
        names = None if members is None or isinstance(members, int) else list(members)
        count = members if isinstance(members, int) else None if names is None else len(names)
        batch = batch_of(self.spec, overrides or {}, series or {}, count)
        kept = saved_identifiers(self.spec, None if save is None else identifiers(self.spec, save))
        self._refuse_too_much(kept, batch.members)
        result = run(
            self.spec,
            batch,
            engine=engine,
            method=method,
            step=step,
            save=kept,
            points=not has_calendar(self.spec) if points is None else points,
            seed=seed,
        )
        told: dict[str, str | int | float] = {
            "program": PROGRAM,
            "version": version(PROGRAM),
            "model": self.spec.name,
            "model_hash": self.spec.hash,
            "inputs_hash": _hash(batch),
            "engine": result.engine,
            "method": result.method,
            "step": result.step,
        }
        return label(
            self.spec,
            result,
            np.arange(batch.members) if names is None else names,
            across=MEMBER,
            attributes=told if result.seed is None else {**told, "seed": result.seed},
        )

    def ensemble(
        self,
        folder: Path | str,
        *,
        save: Sequence[str],
        members: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        series: Mapping[str, Any] | None = None,
        quantiles: Sequence[float] = QUANTILES,
        above: Mapping[str, Sequence[float]] | None = None,
        engine: Engine = "kernel",
        method: Method = "rk4",
        step: float | None = None,
        points: bool | None = None,
        seed: int | None = None,
        quiet: bool = False,
    ) -> Ensemble:
        """Run more members than memory holds, streaming into a folder, with a bar that tells the
        time left. The extra `ensemble` has to be installed.

        `save` names variables, and measures of the shipped model, to keep of every member; `above`
        gives for any of them levels whose passing is counted. What comes back has `members`,
        `inputs` and `summary`, Datasets; `localcare.open_ensemble` finds them again. Other
        arguments are those of `run`.
        """
        batch = batch_of(self.spec, overrides or {}, series or {}, members)
        wanted = [(name, find(self.spec, name), measure(identifier(name))) for name in save]
        derived = [each for _, variable, each in wanted if variable is None and each is not None]
        with progress_bar(quiet=quiet) as progress:
            return run_ensemble(
                self.spec,
                batch,
                Path(folder),
                save=identifiers(
                    self.spec, [name for name, variable, each in wanted if variable or not each]
                ),
                derived=[
                    Derived(each.name, each.needs, partial(compute, each)) for each in derived
                ],
                quantiles=quantiles,
                above={identifier(name): levels for name, levels in (above or {}).items()},
                engine=engine,
                method=method,
                step=step,
                points=points,
                seed=seed,
                progress=progress,
            )

    def constant(self, name: str) -> xr.DataArray:
        """The model's own value of a constant, labelled: what an override may start from."""
        import xarray as xr

        variable = find(self.spec, name)
        if variable is None or variable.kind is not Kind.CONSTANT:
            why = "no such constant." if variable is None else f"is a {variable.kind}."
            raise BadInput(Problem(why, closest(self.spec, name), key=name))
        dimensions = [self.spec.by_dimension[each] for each in variable.dimensions]
        return xr.DataArray(
            np.array(variable.values).reshape(self.spec.shape(variable.identifier)),
            {identifier(each.name): list(each.elements) for each in dimensions},
            name=variable.identifier,
            attrs={"units": variable.units, "long_name": variable.name},
        )

    def _refuse_too_much(self, names: Sequence[str], members: int) -> None:
        time = self.spec.time
        bounds = (time.final - time.initial) / time.saveper + 1
        numbers = sum(math.prod(self.spec.shape(name)) for name in names) * members * bounds
        if numbers * 8 > MOST:
            raise BadInput(
                Problem(
                    f"{members} members of {len(names)} variables take {numbers * 8 / 1e9:.0f} GB.",
                    "Name what to keep with save=[...], or stream to disk with `ensemble`.",
                    key="members",
                )
            )


def _hash(batch: Batch) -> str:
    """A SHA-256 of all that a batch gives the model."""
    digest = hashlib.sha256(str(batch.members).encode())
    paths = [(f"{name} over time", array) for name, pair in batch.paths.items() for array in pair]
    for name, array in sorted([*batch.constants.items(), *paths], key=lambda pair: pair[0]):
        digest.update(f"{name} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()

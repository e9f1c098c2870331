"""localcare as a library: a model is loaded, run with what is given, and answers with a Dataset.

    import localcare
    model = localcare.load("model.mdl")
    results = model.run(overrides={"birth rate": 0.03}, series={"beds": {2026: 90.0, 2028: 120.0}})

In: paths, numbers, arrays. Out: xarray Datasets with the dimensions member, time and the model's
own, as `study.dataset` labels them. A model is never changed by a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare import model as models
from localcare.engine import Batch, Engine, Method, State
from localcare.measures.catalogue import compute
from localcare.measures.catalogue import find as measure
from localcare.model import Kind, ModelSpec
from localcare.model.names import identifier
from localcare.model.variable_names import closest, find, with_article
from localcare.paths import MODEL, models_folder
from localcare.present.progress import progress_bar
from localcare.problems import BadInput, Problem
from localcare.study.dataset import has_calendar
from localcare.study.ensemble import Derived, run_ensemble
from localcare.study.kept import Ensemble, open_ensemble
from localcare.study.members import How, run_members, stand
from localcare.study.naming import by_name, members_of
from localcare.study.overrides import batch_of, identifiers
from localcare.study.standing import Standing, go_on, read_standing
from localcare.study.summaries import QUANTILES

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Model", "load", "open_ensemble"]


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
        until: float | str | None = None,
    ) -> xr.Dataset:
        """Run the model, once for each member, and label what it computed.

        `members` says how many there are, or their names; None takes the number from the arrays.
        `overrides` replace constants for the whole run and `series` what constants or series do
        over time; `study.values` says what may be given. `save` names the variables to keep, all
        for None. `points` keeps values at the saving times instead of means between them; None
        does so for a model without a calendar. A stochastic method needs a `seed`. The run ends at
        the saving time `until`, a number or a date.

        Raises BadInput for what cannot be used and SimulationError where a run has to stop.
        """
        batch, names = self._members(members, overrides, series)
        how = How(engine, method, step, self._points(points), seed)
        return run_members(self.spec, batch, names, how, save=save, until=until)[0]

    def run_until(
        self,
        until: float | str,
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
    ) -> Standing:
        """Run the model to a saving time and let it stand there, to go on by `resume`.

        What comes back holds its `results` and can be kept in a file by `save(path)`. Other
        arguments are those of `run`.
        """
        batch, names = self._members(members, overrides, series)
        how = How(engine, method, step, self._points(points), seed)
        return stand(self.spec, batch, names, how, save=save, until=until)

    def resume(
        self,
        start: Standing | Path | str,
        *,
        until: float | str | None = None,
        members: int | Sequence[str] | None = None,
        overrides: Mapping[str, Any] | None = None,
        series: Mapping[str, Any] | None = None,
        save: Sequence[str] | None = None,
    ) -> xr.Dataset:
        """Go on from where a run stands, given as it came from `run_until` or as its file.

        Members keep what they were given but for what is given now; a single one may go on as many.
        With nothing new, the results are those of a run that never stopped, to the bit.
        """
        batch, names, how, state = self._from(start, members, overrides, series)
        return run_members(self.spec, batch, names, how, save=save, until=until, start=state)[0]

    def resume_until(
        self,
        start: Standing | Path | str,
        until: float | str,
        *,
        members: int | Sequence[str] | None = None,
        overrides: Mapping[str, Any] | None = None,
        series: Mapping[str, Any] | None = None,
        save: Sequence[str] | None = None,
    ) -> Standing:
        """Go on as `resume` does, and stand again at a later time."""
        batch, names, how, state = self._from(start, members, overrides, series)
        return stand(self.spec, batch, names, how, save=save, until=until, start=state)

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
        batch, _ = self._members(members, overrides, series)
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
            why = "no such constant." if variable is None else f"is {with_article(variable)}."
            raise BadInput(Problem(why, closest(self.spec, name), key=name))
        dimensions = [self.spec.by_dimension[each] for each in variable.dimensions]
        return xr.DataArray(
            np.array(variable.values).reshape(self.spec.shape(variable.identifier)),
            {identifier(each.name): list(each.elements) for each in dimensions},
            name=variable.identifier,
            attrs={"units": variable.units, "long_name": variable.name},
        )

    def _members(
        self,
        members: int | Sequence[str] | None,
        overrides: Mapping[str, Any] | None,
        series: Mapping[str, Any] | None,
    ) -> tuple[Batch, NDArray[Any] | None]:
        """What members are given, and their names, None where they have none."""
        constants, paths = by_name(overrides, "overrides"), by_name(series, "series")
        count, names = members_of(members, constants, paths)
        return batch_of(self.spec, constants, paths, count), names

    def _points(self, asked: bool | None) -> bool:
        if asked is not None and not isinstance(asked, bool):
            raise BadInput(Problem(f"{asked!r} is neither True nor False.", key="points"))
        return not has_calendar(self.spec) if asked is None else asked

    def _from(
        self,
        start: Standing | Path | str,
        members: int | Sequence[str] | None,
        overrides: Mapping[str, Any] | None,
        series: Mapping[str, Any] | None,
    ) -> tuple[Batch, NDArray[Any] | None, How, State]:
        """What members go on with, their names, how, and from what."""
        if not isinstance(start, Standing):
            start = read_standing(Path(start), self.spec)
        given, names = self._members(members, overrides, series)
        batch, state = go_on(start, given)
        if names is None and batch.members == len(start.names):
            names = start.names
        how = How(start.engine, start.method, start.state.step, start.points, start.seed)
        return batch, names, how, state

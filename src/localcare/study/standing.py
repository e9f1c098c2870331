"""A run that stands still at a saving time, in memory and in a file, and what it goes on with.

In: the state an engine came to, what its members were given, how they were run. Out: the same from
a file, to the bit; and the batch and state of members that go on, perhaps with other inputs.

The file is plain NetCDF-4: the stocks, each over `member` and its own dimensions; `largest_of_x`,
the largest magnitude each has had; `given_x`, what the members were given. What is no array is in
the attributes. Reading it runs nothing that it holds.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, Method, State
from localcare.engine.inputs import check_batch
from localcare.model import Kind, ModelSpec
from localcare.problems import BadInput, Problem
from localcare.study.dataset import axis_name
from localcare.study.given import as_dataset
from localcare.study.values import MEMBER, repeated

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Standing", "go_on", "read_standing", "write_standing"]

Floats = NDArray[np.float64]
LARGEST, GIVEN = "largest_of_", "given_"
FORMAT = "localcare state 1"


@dataclass(frozen=True, eq=False)
class Standing:
    """A run at model time `time`: its `state`, the `batch` of its members, their `names` (numbers
    where they have none), and how they were run. `results` are those of the run that came here,
    None where it was read from a file."""

    spec: ModelSpec
    time: float
    state: State
    batch: Batch
    names: NDArray[Any]
    engine: Engine
    method: Method
    points: bool
    seed: int | None = None
    results: xr.Dataset | None = None

    def save(self, path: Path | str) -> None:
        """Write it to a file, whole or not at all."""
        write_standing(self, Path(path))


def go_on(standing: Standing, given: Batch) -> tuple[Batch, State]:
    """What members go on with: what they were given, but for what is given now.

    A single member may go on as many. Raises BadInput where the numbers do not fit.
    """
    before, state = standing.batch, standing.state
    members = max(before.members, given.members)
    if {before.members, given.members} - {1, members}:
        why = f"the state has {before.members} members, and {given.members} are given."
        raise BadInput(Problem(why, "Give as many, or go on from a single member.", key="members"))
    new = {*given.constants, *given.paths}
    batch = Batch(
        members,
        {
            name: repeated(array, members)
            for name, array in {**before.constants, **given.constants}.items()
            if name in given.constants or name not in new
        },
        {
            name: (repeated(times, members), repeated(values, members))
            for name, (times, values) in {**before.paths, **given.paths}.items()
            if name in given.paths or name not in new
        },
    )
    stocks = {name: repeated(array, members) for name, array in state.stocks.items()}
    largest = {name: repeated(array, members) for name, array in state.largest.items()}
    return batch, replace(state, stocks=stocks, largest=largest)


def write_standing(standing: Standing, path: Path) -> None:
    """Write a standing run to a file."""
    spec, batch, state = standing.spec, standing.batch, standing.state
    told = {
        "format": FORMAT,
        "model": spec.name,
        "model_hash": spec.hash,
        "engine": standing.engine,
        "method": standing.method,
        "points": int(standing.points),
        "seed": "" if standing.seed is None else str(standing.seed),
        "time": standing.time,
        "interval": state.interval,
        "step": state.step,
        "constants": json.dumps(list(batch.constants)),
        "paths": json.dumps(list(batch.paths)),
        "swings": json.dumps([each for each in state.stocks if each not in spec.by_identifier]),
    }
    given = as_dataset(spec, batch, 0).drop_vars(MEMBER)
    given = given.rename({name: f"{GIVEN}{name}" for name in given.data_vars})
    stocks = _stocks(spec, state, standing.names)
    # put together in memory, since HDF5 ends the whole process when the disk fills beneath it
    contents = stocks.assign(given.variables).assign_attrs(told).to_netcdf(engine="h5netcdf")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(contents)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        why = f"could not be written: {error.strerror or error}."
        raise BadInput(Problem(why, "Choose another place.", file=path)) from error


def read_standing(path: Path, spec: ModelSpec) -> Standing:
    """A standing run of a model from a file. Raises BadInput where it is none, or another's."""
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            found = opened.load()
        told = found.attrs
        if told["format"] != FORMAT:
            raise ValueError(f"its format is {told['format']}")
        if told["model_hash"] != spec.hash:
            why = f"is a state of {told['model']}, or of {spec.name} as it was before it changed."
            raise BadInput(
                Problem(why, "Run the model as it is now to that time again.", file=path)
            )
        return _read(spec, found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"is not a state that localcare saved, or is damaged: {error}."
        raise BadInput(Problem(why, "Save it again.", file=path)) from error


def _read(spec: ModelSpec, found: xr.Dataset) -> Standing:
    told = found.attrs
    own = [each.identifier for each in spec.variables if each.kind is Kind.STOCK]
    names = [*own, *json.loads(told.get("swings", "[]"))]
    count = found.sizes[MEMBER]
    batch = Batch(
        count,
        {name: _member_last(found[f"{GIVEN}{name}"]) for name in json.loads(told["constants"])},
        {
            name: (
                _member_last(found[f"{GIVEN}{name}_times"]),
                _member_last(found[f"{GIVEN}{name}_values"]),
            )
            for name in json.loads(told["paths"])
        },
    )
    check_batch(spec, batch)
    state = State(
        int(told["interval"]),
        float(told["step"]),
        {name: _member_last(found[name]) for name in names},
        {name: _member_last(found[f"{LARGEST}{name}"]) for name in names},
    )
    for name in names:
        if name in own and state.stocks[name].shape != (*spec.shape(name), count):
            raise ValueError(f"{name} has the shape {state.stocks[name].shape}")
        if not np.isfinite(state.stocks[name]).all():
            raise ValueError(f"{name} holds what is no number")
    return Standing(
        spec,
        float(told["time"]),
        state,
        batch,
        found[MEMBER].to_numpy(),
        told["engine"],
        told["method"],
        bool(told["points"]),
        int(told["seed"]) if told["seed"] else None,
    )


def _stocks(spec: ModelSpec, state: State, names: NDArray[Any]) -> xr.Dataset:
    """A state as a Dataset, labelled as results are; swings, which the model itself knows nothing
    of, without labels."""
    import xarray as xr

    known = {each: spec.by_identifier[each] for each in state.stocks if each in spec.by_identifier}
    used = {each for variable in known.values() for each in variable.dimensions}
    labels = {
        axis_name(each.name): np.array(each.elements)
        for each in spec.dimensions
        if each.name in used
    }
    found = {
        name: (
            (MEMBER, *(axis_name(each) for each in variable.dimensions)),
            np.moveaxis(state.stocks[name], -1, 0),
            {"units": variable.units or "1"},
        )
        for name, variable in known.items()
    }
    for name in (each for each in state.stocks if each not in known):
        array = np.moveaxis(state.stocks[name], -1, 0)
        found[name] = ((MEMBER, *(f"{name}_{at}" for at in range(1, array.ndim))), array, {})
    largest = {f"{LARGEST}{name}": (MEMBER, array) for name, array in state.largest.items()}
    return xr.Dataset({**found, **largest}, {**labels, MEMBER: names})


def _member_last(values: xr.DataArray) -> Floats:
    array = values.to_numpy().astype(np.float64, copy=False)
    return np.ascontiguousarray(np.moveaxis(array, 0, -1))

"""The shipped model on the kernel: every variable as by the reference engine, levers pulled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kernel_models import assert_agree
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides, Path
from localcare.engine.kernel import simulate
from localcare.engine.numpy_backend import simulate as simulate_slowly
from localcare.engine.run import saved_identifiers
from localcare.engine.schedule import Method, schedule
from localcare.model import load
from localcare.model.spec import Kind, ModelSpec
from localcare.paths import MODEL, models_folder


@pytest.fixture(scope="module")
def spec() -> ModelSpec:
    return load(models_folder() / MODEL)


def members(spec: ModelSpec) -> list[Overrides]:
    """The baseline, a member whose every constant is a little off, and one that changes over time
    what each of a dozen constants says."""
    constants = [v for v in spec.variables if v.kind is Kind.CONSTANT]
    off, paths = {}, {}
    for number, variable in enumerate(constants):
        own = np.array(variable.values).reshape(spec.shape(variable.identifier))
        off[variable.identifier] = own * (1 + 1e-4 * np.sin(number))
        if number % (len(constants) // 12) == 0:
            later = np.stack([own, own * 1.001], axis=-1)
            paths[variable.identifier] = Path(np.array([2019.3, 2019.9]), later)
    return [Overrides(), Overrides(off), Overrides({}, paths)]


@pytest.mark.parametrize(
    ("method", "years"),
    [
        pytest.param("rk4", 1 / 2, id="half a year"),
        pytest.param("euler", 1 / 2, id="half a year by Euler"),
        pytest.param("rk4", 12, id="to the end", marks=pytest.mark.long),
    ],
)
def test_every_variable_agrees(spec: ModelSpec, method: Method, years: float) -> None:
    spec = replace(spec, time=replace(spec.time, final=spec.time.initial + years))
    batch, times = Batch.of(spec, members(spec)), schedule(spec.time, method)
    names = saved_identifiers(spec, None)
    assert len(names) > 200
    ours, reference = (run(spec, batch, times, names) for run in (simulate, simulate_slowly))
    # What care functions avoid starts as 1 - 1.
    assert_agree(*(_of_members(values, slice(2)) for values in (ours, reference)), nothing=1e-15)
    # A member whose constants move a little lacks a little of what it had, and the money for it.
    largest: dict[str, float] = {}
    for name, values in reference.items():
        unit = spec.by_identifier[name].units
        largest[unit] = max(largest.get(unit, 0.0), float(np.abs(values).max()))
    for name, values in reference.items():
        least = 1e-15 * largest[spec.by_identifier[name].units]
        assert_agree({name: ours[name][..., 2:]}, {name: values[..., 2:]}, nothing=least)


def _of_members(
    values: dict[str, NDArray[np.float64]], members: slice
) -> dict[str, NDArray[np.float64]]:
    return {name: array[..., members] for name, array in values.items()}


def test_alone_among_others_and_with_little_saved(spec: ModelSpec) -> None:
    spec = replace(spec, time=replace(spec.time, final=spec.time.initial + 1 / 4))
    several, times = members(spec), schedule(spec.time, "rk4")
    names = saved_identifiers(spec, None)
    together = simulate(spec, Batch.of(spec, several * 3), times, names, lanes=8, threads=2)
    for number, member in enumerate(several):
        alone = simulate(spec, Batch.of(spec, [member]), times, names, lanes=1, threads=1)
        few = simulate(spec, Batch.of(spec, [member]), times, names[::40], lanes=1, threads=1)
        for name, array in alone.items():
            for position in (number, number + 3, number + 6):
                np.testing.assert_array_equal(array[..., 0], together[name][..., position], name)
        for name, array in few.items():
            np.testing.assert_array_equal(array, alone[name], name)

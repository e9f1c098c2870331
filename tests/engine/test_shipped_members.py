"""On the shipped model: the same bits in any company, from any selection, and flows that add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import Kind, ModelSpec, load
from localcare.paths import MODEL, models_folder


@pytest.fixture(scope="module")
def spec() -> ModelSpec:
    whole = load(models_folder() / MODEL)
    return replace(whole, time=replace(whole.time, final=whole.time.initial + 1 / 4))


def varied(spec: ModelSpec, number: int) -> Overrides:
    """Member `number` has constants of its own, and every other one a path as well."""
    draw = np.random.default_rng(number)
    constants = [v for v in spec.variables if v.kind is Kind.CONSTANT and v.dimensions]
    chosen = [constants[i] for i in draw.choice(len(constants), 12, replace=False)]
    values = {v.identifier: np.array(v.values).reshape(spec.shape(v.identifier)) for v in chosen}
    changed = {name: array * draw.uniform(0.99, 1.01) for name, array in values.items()}
    if number % 2 == 0:
        return Overrides(changed)
    name, array = changed.popitem()
    times = spec.time.initial + np.array([0.0, 0.1, 0.1, 0.2])
    steps = np.array([1.0, 1.002, 1.001, 1.004])
    return Overrides(changed, {name: Path(times, array[..., np.newaxis] * steps)})


def test_a_member_has_the_same_bits_in_any_company(spec: ModelSpec) -> None:
    overrides = [varied(spec, number) for number in range(17)]
    together = run(spec, Batch.of(spec, overrides))
    for members in ([3], [16, 3, 8], [5, 0, 3, 12, 7, 1, 16, 2]):
        found = run(spec, Batch.of(spec, [overrides[number] for number in members]))
        for name, array in found.values.items():
            np.testing.assert_array_equal(array, together.values[name][..., members], name)


def test_saving_less_changes_no_bit(spec: ModelSpec) -> None:
    batch = Batch.of(spec, [varied(spec, 1)])
    whole = run(spec, batch)
    names = ["population", "emergency_admissions", "occupancy"]
    for name, array in run(spec, batch, save=names).values.items():
        np.testing.assert_array_equal(array, whole.values[name], name)

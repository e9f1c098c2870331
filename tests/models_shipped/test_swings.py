"""The noise of the shipped model: none without a seed, the scatter of observed months with one."""

from __future__ import annotations

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.engine.diffusion import SUFFIX, processes
from localcare.model import ModelSpec, load
from localcare.paths import MODEL, models_folder

SAVED = ["emergency_admissions", "completed_in_clinic", "day_cases", "swing_in_sickness"]


@pytest.fixture(scope="module")
def spec() -> ModelSpec:
    return load(models_folder() / MODEL)


def test_without_a_seed_nothing_swings(spec: ModelSpec) -> None:
    noisy = {each.stock for each in processes(spec)}
    assert len(noisy) == 5
    of_the_moment = [name for name in spec.by_identifier if name.endswith("_of_the_moment")]
    assert len(of_the_moment) == 4
    found = run(spec, Batch(1), engine="kernel", method="euler", save=[*noisy, *of_the_moment])
    for name, values in found.values.items():
        assert (values == (0 if name in noisy else 1)).all(), name


def test_without_scatter_a_seed_changes_no_bit(spec: ModelSpec) -> None:
    calm = {name: np.array(0.0) for name in spec.by_identifier if "scatter_of" in name}
    batch = Batch.of(spec, [Overrides(calm)])
    quiet, noisy = (
        run(spec, batch, engine="kernel", method="euler", save=SAVED, seed=seed)
        for seed in (None, 1)
    )
    for name, values in quiet.values.items():
        np.testing.assert_array_equal(noisy.values[name], values)


def test_months_scatter_as_observed_and_means_stay(spec: ModelSpec) -> None:
    """Emergency admissions a day differ from month to month by 0.021 (shared) and 0.035 (a
    system's own), as the months outside the pandemic did; bounds are what 64 members leave open."""
    batch = Batch.of(spec, [Overrides()] * 64)
    noisy = run(spec, batch, engine="kernel", method="euler", save=SAVED, seed=1)
    quiet = run(spec, Batch(1), engine="kernel", method="euler", save=SAVED)
    ratio = noisy.values["emergency_admissions"] / quiet.values["emergency_admissions"]
    moved = np.log(ratio)[2:]
    systems = [moved[:, number].ravel() for number in range(4)]
    matrix = np.cov(systems)
    shared = (matrix.sum() - np.trace(matrix)) / 12
    assert np.sqrt(shared) == pytest.approx(0.021, rel=0.1)
    assert np.sqrt(np.trace(matrix) / 4 - shared) == pytest.approx(0.035, rel=0.1)
    assert ratio[2:].mean() == pytest.approx(1, abs=4 * 0.041 / np.sqrt(64 * 142))
    neighbours = np.corrcoef(moved[1:].ravel(), moved[:-1].ravel())[0, 1]
    assert neighbours < 0.25


def test_every_swing_forgets_slower_than_four_days(spec: ModelSpec) -> None:
    for each in processes(spec):
        memory = next(
            name
            for name in spec.by_identifier
            if name.startswith("memory_of") and name[10:] in each.stock
        )
        assert spec.by_identifier[memory].values[0] >= 4 / 365.25
        assert each.diffusion == each.stock + SUFFIX

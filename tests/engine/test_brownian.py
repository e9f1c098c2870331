"""Increments of Wiener processes: right in law, and the same path whatever the step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from localcare.engine import brownian
from localcare.engine.brownian import wiener_path
from localcare.engine.noise import Noise
from localcare.engine.schedule import schedule
from localcare.model.spec import TimeSettings

GRID = 1 / 4
NOISE = Noise(11, np.arange(64, dtype=np.uint64))


def path(
    step: float, *, saveper: float = 4.0, labels: tuple[str, ...] = ("x", "y"), noise: Noise = NOISE
) -> NDArray[np.float64]:
    times = schedule(TimeSettings(0.0, 16.0, GRID, saveper), "sri2", step)
    return wiener_path(labels, noise, times, GRID)


def summed(fine: NDArray[np.float64], together: int) -> NDArray[np.float64]:
    return fine.reshape(fine.shape[0], -1, together, fine.shape[-1]).sum(axis=2)


@pytest.mark.parametrize("coarse", [1.0, 0.5, GRID, GRID / 2, GRID / 3, GRID / 5, GRID * 2 / 3])
def test_halving_the_step_refines_the_same_path(coarse: float) -> None:
    if coarse == GRID * 2 / 3:  # a saving interval holds a whole number of steps
        long, short = path(coarse, saveper=1.0), path(coarse / 2, saveper=1.0)
    else:
        long, short = path(coarse), path(coarse / 2)
    np.testing.assert_allclose(summed(short, 2), long, atol=1e-12)


@pytest.mark.parametrize("parts", [2, 3, 4, 7, 12])
def test_any_part_of_the_grid_adds_up_to_it(parts: int) -> None:
    np.testing.assert_allclose(summed(path(GRID / parts), parts), path(GRID), atol=1e-12)


@pytest.mark.parametrize("step", [1.0, GRID, GRID / 2, GRID / 3, GRID / 8, GRID / 12])
def test_increments_have_the_variance_of_the_step_and_are_independent(step: float) -> None:
    drawn = path(step, noise=Noise(2, np.arange(1024, dtype=np.uint64)))
    scaled = drawn / np.sqrt(step)
    error = 1 / np.sqrt(scaled.size)
    assert abs(scaled.mean()) < 4 * error
    assert abs(scaled.var() - 1) < 4 * np.sqrt(2) * error
    # Places inside one step of the grid share it: look at each, and at all pairs near one another.
    for place in range(min(12, scaled.shape[1])):
        own = scaled[:, place::12]
        assert abs(own.var() - 1) < 4.5 * np.sqrt(2 / own.size)
    for apart in range(1, min(12, scaled.shape[1])):
        product = scaled[:, apart:] * scaled[:, :-apart]
        assert abs(product.mean()) < 4 / np.sqrt(product.size)
    assert abs((scaled[0] * scaled[1]).mean()) < 4 / np.sqrt(scaled[0].size)


@pytest.mark.parametrize("step", [1.0, GRID, GRID / 6])
def test_a_path_does_not_depend_on_saving_company_or_other_processes(step: float) -> None:
    whole = path(step)
    np.testing.assert_array_equal(path(step, saveper=2.0), whole)
    np.testing.assert_array_equal(path(step, labels=("new", "y", "x"))[[2, 1]], whole)
    few = np.array([7, 3, 3, 60, 12, 0, 1, 2, 9], dtype=np.uint64)
    np.testing.assert_array_equal(path(step, noise=Noise(11, few)), whole[..., few.astype(int)])


def test_how_much_is_drawn_ahead_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [path(step) for step in (1.0, GRID, GRID / 6)]
    monkeypatch.setattr(brownian, "AHEAD", 1)
    for step, expected in zip((1.0, GRID, GRID / 6), whole, strict=True):
        np.testing.assert_array_equal(path(step), expected)


def test_a_step_without_a_ratio_to_the_grid_has_increments_of_its_own() -> None:
    step = GRID * 1009 / 1013  # a saving interval of its own that it divides
    times = schedule(TimeSettings(0.0, 64 * step, GRID, step), "sri2", step)
    drawn = wiener_path(("x",), NOISE, times, GRID)
    assert drawn.shape == (1, 64, 64)
    assert abs(drawn.var() / step - 1) < 4 * np.sqrt(2 / drawn.size)

"""Inputs that change over time are read between their knots, and jump where two knots meet."""

from __future__ import annotations

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides, Path, run
from localcare.engine.numpy_backend.forcing import drop_repeats
from localcare.model.spec import ModelSpec, TimeSettings

FOUR_YEARS = TimeSettings(0, 4, 0.25, 1)


def followed(**series: object) -> ModelSpec:
    """A lever that a stock accumulates, and a series beside it."""
    model = Building({"place": ("p", "q")}, FOUR_YEARS)
    model.constant("lever", [1.0, 2.0], "place")
    model.stock("spent", model.read("lever", "place"), 0.0, "place")
    model.auxiliary("now", model.read("lever", "place"), "place")
    model.series("births", [0, 1, 3], [10, 20, 0], **series)  # type: ignore[arg-type]
    model.auxiliary("born", model.read("births"))
    return model.spec()


def path(times: list[float], *values: list[float]) -> Path:
    return Path(np.array(times, dtype=float), np.array(values, dtype=float))


def points(spec: ModelSpec, name: str, *overrides: Overrides) -> np.ndarray:  # type: ignore[type-arg]
    found = run(spec, Batch.of(spec, list(overrides) or [Overrides()]), points=True)
    return found.values[name]


def test_a_path_is_linear_between_knots_and_held_at_the_ends() -> None:
    ramp = Overrides(paths={"lever": path([1, 3], [1, 5], [0, 8])})
    found = points(followed(), "now", ramp)[..., 0]
    assert found.tolist() == [[1, 0], [1, 0], [3, 4], [5, 8], [5, 8]]


def test_each_member_has_knots_of_its_own() -> None:
    early = Overrides(paths={"lever": path([0, 1], [0, 4], [0, 4])})
    late = Overrides(paths={"lever": path([2, 3, 4], [0, 4, 8], [0, 4, 8])})
    found = points(followed(), "now", early, Overrides(), late)[:, 0]
    assert found[:, 0].tolist() == [0, 4, 4, 4, 4]
    assert found[:, 1].tolist() == [1, 1, 1, 1, 1]
    assert found[:, 2].tolist() == [0, 0, 0, 4, 8]


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_jump_between_two_steps_is_accumulated_exactly(method: str) -> None:
    jump = Overrides(paths={"lever": path([0, 1.25, 1.25, 4], [0, 0, 8, 8], [1, 1, 3, 3])})
    spec = followed()
    found = run(spec, Batch.of(spec, [jump]), method=method).values["spent"]  # type: ignore[arg-type]
    assert found[:, 0, 0] == pytest.approx([0, 0, 6, 14, 22], rel=1e-14)
    assert found[:, 1, 0] == pytest.approx([0, 1, 3.5, 6.5, 9.5], rel=1e-14)


def test_rounding_of_a_jump_does_not_move_it_to_another_step() -> None:
    spec = followed()
    for at in (np.nextafter(1.25, 0), 1.25, np.nextafter(1.25, 2)):
        jump = Overrides(paths={"lever": path([0, at, at], [0, 0, 8], [0, 0, 8])})
        found = run(spec, Batch.of(spec, [jump])).values["spent"][:, 0, 0]
        assert found == pytest.approx([0, 0, 6, 14, 22], rel=1e-14)


def test_runge_kutta_integrates_a_ramp_exactly() -> None:
    ramp = Overrides(paths={"lever": path([1, 3], [0, 4], [0, 4])})
    spec = followed()
    found = run(spec, Batch.of(spec, [ramp])).values["spent"][:, 0, 0]
    assert found == pytest.approx([0, 0, 1, 4, 8], rel=1e-14)


@pytest.mark.parametrize(
    ("how", "expected"),
    [("linear", [10, 20, 10, 0, 0]), ("hold", [10, 20, 20, 0, 0]), ("next", [10, 20, 0, 0, 0])],
)
def test_a_series_is_read_as_its_interpolation_says(how: str, expected: list[float]) -> None:
    assert points(followed(how=how), "born")[:, 0].tolist() == expected


def test_a_raw_series_has_values_at_its_points_only() -> None:
    model = Building(time=FOUR_YEARS)
    model.series("births", [0, 1, 3], [10, 20, 0], how="raw")
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()]), save=["births"], points=True)
    np.testing.assert_array_equal(found.values["births"][:, 0], [10, 20, np.nan, 0, np.nan])


def test_a_series_that_holds_changes_between_steps_for_runge_kutta_too() -> None:
    model = Building(time=FOUR_YEARS)
    model.series("rate", [0, 1, 3], [10, 20, 0], how="hold")
    model.stock("total", model.read("rate"), 0.0)
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()])).values["total"][:, 0]
    assert found == pytest.approx([0, 10, 30, 50, 50], rel=1e-14)


def test_a_series_may_be_put_on_a_path() -> None:
    lower = Overrides(paths={"births": Path(np.array([0.0, 4.0]), np.array([0.0, 4.0]))})
    found = points(followed(), "born", Overrides(), lower)
    assert found[:, 0].tolist() == [10, 20, 10, 0, 0]
    assert found[:, 1].tolist() == [0, 1, 2, 3, 4]


def test_what_follows_from_a_constant_follows_its_path() -> None:
    model = Building(time=FOUR_YEARS)
    model.constant("lever", 1.0)
    model.auxiliary("doubled", do("multiply", model.read("lever"), 2.0))
    model.stock("level", model.read("doubled"), model.read("doubled"))
    spec = model.spec()
    ramp = Overrides(paths={"lever": Path(np.array([0.0, 4.0]), np.array([5.0, 1.0]))})
    found = run(spec, Batch.of(spec, [Overrides(), ramp]), points=True).values
    assert found["doubled"][:, 1].tolist() == [10, 8, 6, 4, 2]
    assert found["level"][0].tolist() == [2, 10]


def test_knots_that_repeat_the_last_one_are_dropped_and_no_others() -> None:
    times = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    values = np.array([[[1.0, 1.0, 3.0], [2.0, 2.0, 3.0], [2.0, 5.0, 3.0]]])
    assert drop_repeats(times, values).tolist() == [2, 3, 1]

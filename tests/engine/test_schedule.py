"""The times of a run follow from the step number, and steps fill saving intervals whole."""

from __future__ import annotations

import pytest

from localcare.engine.schedule import schedule
from localcare.model.spec import TimeSettings
from localcare.problems import BadInput

SHIPPED = TimeSettings(2019.0, 2031.0, 1 / 120, 1 / 12, "Year")


def test_a_run_of_twelve_years_in_months_has_1440_steps_and_ends_on_time() -> None:
    times = schedule(SHIPPED, "rk4")
    assert (times.intervals, times.per_interval, times.steps) == (144, 10, 1440)
    assert times.bounds[-1] == 2031.0
    assert times.bounds[12] == 2020.0


def test_the_last_stage_of_a_step_falls_on_the_next_step_to_the_bit() -> None:
    times = schedule(SHIPPED, "rk4")
    assert all(times.time(i, 1.0) == times.time(i + 1) for i in range(times.steps))


def test_weights_of_a_method_add_to_one() -> None:
    for method in ("euler", "rk4"):
        assert sum(stage.weight for stage in schedule(SHIPPED, method).stages) == pytest.approx(1)


def test_another_step_is_used_if_it_divides_the_saving_interval() -> None:
    assert schedule(SHIPPED, "euler", 1 / 240).per_interval == 20


@pytest.mark.parametrize(
    ("settings", "step", "expected"),
    [
        (SHIPPED, 1 / 100, "is no whole number of steps"),
        (SHIPPED, 0.0, "0.0 is not a positive number"),
        (SHIPPED, -1.0, "not a positive number"),
        (SHIPPED, float("nan"), "not a positive number"),
        (SHIPPED, 1e-30, "steps"),
        (SHIPPED, 1.0, "is no whole number of steps"),
        (TimeSettings(0, 10, 1, 3), None, "no whole number of saving intervals"),
        (TimeSettings(10, 10, 1, 1), None, "FINAL TIME minus INITIAL TIME"),
        (TimeSettings(0, float("inf"), 1, 1), None, "FINAL TIME minus INITIAL TIME"),
    ],
)
def test_times_that_do_not_fit_are_refused(
    settings: TimeSettings, step: float | None, expected: str
) -> None:
    with pytest.raises(BadInput) as caught:
        schedule(settings, "rk4", step)
    assert expected in str(caught.value)


def test_a_step_that_does_not_fit_is_told_one_that_does() -> None:
    with pytest.raises(BadInput) as caught:
        schedule(SHIPPED, "rk4", 1 / 100)
    assert "0.00925925926" in str(caught.value)
    assert schedule(SHIPPED, "rk4", 0.00925925926).per_interval == 9


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(BadInput, match="no such method: heun"):
        schedule(SHIPPED, "heun")  # type: ignore[arg-type]

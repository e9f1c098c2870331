"""What is saved: stocks at bounds, means between them, the same bits whatever else is saved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides, Path, run
from localcare.model.expression import Time
from localcare.model.spec import ModelSpec, TimeSettings


def waning() -> ModelSpec:
    """Two stocks that drain into each other at rates that depend on time and on what they hold."""
    model = Building({"place": ("p", "q", "r")}, TimeSettings(2019, 2022, 1 / 24, 1 / 12, "Year"))
    model.constant("rate", [0.5, 1.5, 3.0], "place")
    model.constant("share", 0.92)
    model.auxiliary("doubled", do("multiply", model.read("share"), 2.0))
    wave = do("add", 1.0, do("sine", do("multiply", 6.0, Time())))
    model.auxiliary("wave", wave)
    falling = do("multiply", model.read("rate", "place"), model.read("fit", "place"))
    model.auxiliary("falling_ill", do("multiply", falling, model.read("wave")), "place")
    model.auxiliary("recovering", do("multiply", 0.3, model.read("ill", "place")), "place")
    net = do("subtract", model.read("falling_ill", "place"), model.read("recovering", "place"))
    model.stock("fit", do("negate", net), 1000.0, "place")
    model.stock("ill", net, 10.0, "place")
    return model.spec()


SPEC = waning()
BATCH = Batch.of(SPEC, [Overrides(), Overrides({"share": np.array(0.1)})])


def test_stocks_are_saved_at_bounds_and_the_rest_between_them() -> None:
    found = run(SPEC, BATCH)
    assert found.bounds.shape == (37,)
    assert found.start.tolist() == found.bounds[:-1].tolist()
    assert found.values["ill"].shape == (37, 3, 2)
    assert found.values["falling_ill"].shape == (36, 3, 2)
    assert found.values["wave"].shape == (36, 2)
    assert (found.engine, found.method, found.members) == ("numpy", "rk4", 2)
    assert found.step == pytest.approx(1 / 24)


def test_points_are_saved_at_all_bounds() -> None:
    found = run(SPEC, BATCH, points=True)
    assert {array.shape[0] for array in found.values.values()} == {37}
    expected = 1 + np.sin(6 * found.bounds)
    assert found.values["wave"][:, 0] == pytest.approx(expected, rel=1e-12)
    rate = np.array([0.5, 1.5, 3.0])[:, np.newaxis]
    flow = rate * found.values["fit"] * found.values["wave"][:, np.newaxis]
    assert found.values["falling_ill"] == pytest.approx(flow, rel=1e-12)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_what_a_stock_gains_is_its_mean_net_flow_times_the_interval(method: str) -> None:
    found = run(SPEC, BATCH, method=method)  # type: ignore[arg-type]
    net = found.values["falling_ill"] - found.values["recovering"]
    gained = np.diff(found.values["ill"], axis=0)
    interval = np.diff(found.bounds)[:, np.newaxis, np.newaxis]
    assert np.abs(gained - net * interval).max() < 1e-12 * 1000


def test_nothing_is_lost_between_two_stocks() -> None:
    found = run(SPEC, BATCH).values
    total = found["fit"] + found["ill"]
    assert np.abs(total - 1010.0).max() < 1e-9 * 1010


def test_what_is_constant_is_saved_to_the_bit() -> None:
    found = run(SPEC, BATCH).values["doubled"]
    assert found[:, 0].tolist() == [1.84] * 36
    assert found[:, 1].tolist() == [0.2] * 36


@pytest.mark.parametrize("points", [False, True])
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_saving_less_changes_no_bit(method: str, *, points: bool) -> None:
    whole = run(SPEC, BATCH, method=method, points=points)  # type: ignore[arg-type]
    for names in (["ill"], ["wave", "fit"], ["recovering"], ["doubled", "recovering"]):
        part = run(SPEC, BATCH, method=method, points=points, save=names)  # type: ignore[arg-type]
        assert list(part.values) == names
        for name in names:
            np.testing.assert_array_equal(part.values[name], whole.values[name])


def test_a_second_run_is_not_affected_by_the_first() -> None:
    first = run(SPEC, BATCH)
    rate, lever = np.array([9.0, 9.0, 9.0]), Path(np.array([0.0]), np.array([4.0]))
    changed = Batch.of(SPEC, [Overrides({"rate": rate}, {"share": lever})])
    other = run(SPEC, changed)
    again = run(SPEC, BATCH)
    for name, array in first.values.items():
        np.testing.assert_array_equal(array, again.values[name])
    assert not np.array_equal(first.values["ill"][..., 0], other.values["ill"][..., 0])


def test_series_are_saved_where_they_are_asked_for() -> None:
    model = Building(time=TimeSettings(0, 2, 0.5, 1))
    model.series("births", [0, 1, 2], [0, 10, 0])
    spec = model.spec()
    batch = Batch.of(spec, [Overrides()])
    assert list(run(spec, batch).values) == []
    found = run(spec, batch, save=["births"]).values["births"]
    assert found[:, 0] == pytest.approx([5, 5], rel=1e-14)


def test_stocks_that_a_delay_was_expanded_into_are_saved_only_by_name() -> None:
    hidden = tuple(
        replace(variable, hidden=variable.identifier == "ill") for variable in SPEC.variables
    )
    spec = replace(SPEC, variables=hidden)
    assert "ill" not in run(spec, BATCH).values
    assert "ill" in run(spec, BATCH, save=["ill"]).values

"""Stochastic runs: reproducible member by member, deterministic without noise, clear when wrong."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from building import Building, do
from hypothesis import given, settings
from hypothesis import strategies as st

from localcare.engine import Batch, Method, Overrides, Run, SimulationError, run
from localcare.engine.brownian import wiener_path
from localcare.engine.noise import noise_for
from localcare.engine.schedule import schedule
from localcare.model.expression import Expression, Time
from localcare.model.spec import ModelSpec, TimeSettings
from localcare.problems import BadInput

METHODS: tuple[Method, ...] = ("euler-maruyama", "sri2")


def lively(extra: str = "") -> ModelSpec:
    """A noisy stock of two places beside a quiet one; `extra` names a noisy stock put first."""
    model = Building({"place": ("north", "south")}, TimeSettings(0, 3, 1 / 8, 1 / 2, "Year"))
    if extra:
        model.stock(extra, 0.0, 1.0)
        model.constant(f"{extra}_diffusion", 0.5)
    model.constant("volatility", [0.3, 0.4], "place")
    model.constant("pull", 0.7)
    x: Expression = model.read("x", "place")
    model.auxiliary("gap", do("subtract", do("add", 2.0, do("sine", Time())), x), "place")
    model.auxiliary("gain", do("multiply", model.read("pull"), model.read("gap", "place")), "place")
    model.stock("x", model.read("gain", "place"), 1.0, "place")
    model.auxiliary("x_diffusion", do("multiply", model.read("volatility", "place"), x), "place")
    model.stock("kept", model.reduce("sum", ["place"], x), 0.0)
    return model.spec()


SPEC = lively()


def member(number: int) -> Overrides:
    return Overrides({"pull": np.array(0.5 + 0.05 * number)})


def together(
    numbers: list[int], method: Method, save: list[str] | None = None, seed: int = 4
) -> Run:
    batch = Batch.of(SPEC, [member(number) for number in numbers])
    return run(SPEC, batch, method=method, seed=seed, member_numbers=numbers, save=save)


ALONE = {method: {number: together([number], method) for number in range(10)} for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    numbers=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    save=st.sampled_from([None, ["kept"], ["gap", "x"]]),
)
def test_a_member_is_the_same_in_any_company(
    method: Method, numbers: list[int], save: list[str] | None
) -> None:
    found = together(numbers, method, save)
    for position, number in enumerate(numbers):
        for name, array in found.values.items():
            expected = ALONE[method][number].values[name][..., 0]
            np.testing.assert_array_equal(array[..., position], expected, err_msg=name)


@pytest.mark.parametrize("method", METHODS)
def test_members_are_numbered_from_the_first_across_blocks(method: Method) -> None:
    whole = run(SPEC, Batch.of(SPEC, [Overrides()] * 130), method=method, seed=9)
    part = run(SPEC, Batch.of(SPEC, [Overrides()] * 5), method=method, seed=9, first_member=97)
    for name, array in part.values.items():
        np.testing.assert_array_equal(array, whole.values[name][..., 97:102], err_msg=name)
    last = whole.values["x"][-1, 0]
    assert np.unique(last).size == 130
    assert whole.seed == 9


@pytest.mark.parametrize("method", METHODS)
def test_the_seed_decides_and_its_absence_is_refused(method: Method) -> None:
    again, other = together([1], method), together([1], method, seed=5)
    np.testing.assert_array_equal(again.values["x"], ALONE[method][1].values["x"])
    assert (again.values["x"][1:] != other.values["x"][1:]).all()
    with pytest.raises(BadInput, match="needs a seed"):
        run(SPEC, Batch.of(SPEC, [Overrides()]), method=method)


def test_noise_that_is_not_mean_reverting_is_refused_beside_a_deterministic_method() -> None:
    with pytest.raises(BadInput, match="x: the noise of x is not of the kind that rk4 takes"):
        run(SPEC, Batch.of(SPEC, [Overrides()]), seed=1)


@pytest.mark.parametrize("method", METHODS)
def test_a_process_that_is_added_leaves_the_others_alone(method: Method) -> None:
    larger = lively("before")
    batch = Batch.of(larger, [member(2)])
    found = run(larger, batch, method=method, seed=4, member_numbers=[2])
    for name, expected in ALONE[method][2].values.items():
        np.testing.assert_array_equal(found.values[name], expected, err_msg=name)


def test_without_volatility_the_bits_are_those_of_euler() -> None:
    quiet = [Overrides({"volatility": np.zeros(2)})] * 3
    batch = Batch.of(SPEC, quiet)
    expected = run(SPEC, batch, method="euler")
    found = run(SPEC, batch, method="euler-maruyama", seed=1)
    for name, array in expected.values.items():
        np.testing.assert_array_equal(found.values[name], array, err_msg=name)


def test_without_volatility_sri2_is_heuns_method() -> None:
    batch = Batch.of(SPEC, [Overrides({"volatility": np.zeros(2)})])
    found = run(SPEC, batch, method="sri2", seed=1, points=True).values["x"][:, 0, 0]

    def flow(x: float, time: float) -> float:
        return 0.7 * (2 + np.sin(time) - x)

    x, h = 1.0, 1 / 8
    for step in range(24):
        early = flow(x, step * h)
        x += (early + flow(x + early * h, (step + 1) * h)) * h / 2
    assert found[-1] == pytest.approx(x, rel=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_a_stock_gains_its_mean_net_flow_and_its_noise(method: Method) -> None:
    """With noise of constant size the noise of an interval is known: g times dW."""
    model = Building(time=TimeSettings(0, 2, 1 / 8, 1 / 2, "Year"))
    model.stock("x", model.read("loss"), 1.0)
    model.auxiliary("loss", do("multiply", -2.0, model.read("x")))
    model.constant("x_diffusion", 0.3)
    spec = model.spec()
    found = run(spec, Batch.of(spec, [Overrides()] * 9), method=method, seed=3).values
    noise = noise_for(method, 3, 9)
    assert noise is not None
    moved = wiener_path(("x",), noise, schedule(spec.time, method), spec.time.step)
    moved = moved.reshape(4, 4, 9).sum(axis=1)
    gain = np.diff(found["x"], axis=0)
    np.testing.assert_allclose(gain, found["loss"] * 0.5 + 0.3 * moved, atol=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_the_compiled_engine_hands_over_to_numpy_and_says_so(
    method: Method, caplog: pytest.LogCaptureFixture
) -> None:
    batch = Batch.of(SPEC, [member(0)])
    with caplog.at_level(logging.WARNING):
        found = run(SPEC, batch, engine="kernel", method=method, seed=4)
    assert found.engine == "numpy"
    assert [record.getMessage() for record in caplog.records] == [
        f"The compiled engine does not run {method}; numpy runs it."
    ]
    np.testing.assert_array_equal(found.values["x"], ALONE[method][0].values["x"])


def test_deterministic_engines_ignore_the_noise() -> None:
    batch = Batch.of(SPEC, [Overrides(), Overrides({"volatility": np.array([9.0, 9.0])})])
    for engine in ("numpy", "kernel"):
        found = run(SPEC, batch, engine=engine, save=["x", "kept"])  # type: ignore[arg-type]
        for array in found.values.values():
            np.testing.assert_array_equal(array[..., 0], array[..., 1])


def test_sdeint_refuses_what_it_is_not_for() -> None:
    with pytest.raises(BadInput, match="sdeint does not run rk4, only stochastic methods"):
        run(SPEC, Batch.of(SPEC, [Overrides()]), engine="sdeint")
    model = Building({"place": tuple(f"p{number}" for number in range(51))})
    model.stock("x", 0.0, 1.0, "place")
    model.constant("x_diffusion", np.ones(51), "place")
    spec = model.spec()
    with pytest.raises(BadInput, match="the model has 51 stocks, elements counted; sdeint is for"):
        run(spec, Batch.of(spec, [Overrides()]), engine="sdeint", method="sri2", seed=1)


@pytest.mark.parametrize("engine", ["numpy", "kernel", "sdeint"])
def test_a_model_without_noise_is_refused_by_stochastic_methods(engine: str) -> None:
    model = Building()
    model.stock("x", 0.0, 1.0)
    spec = model.spec()
    with pytest.raises(BadInput, match="no stock of the model has noise"):
        run(spec, Batch.of(spec, [Overrides()]), engine=engine, method="sri2", seed=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["numpy", "sdeint"])
def test_sri2_refuses_noise_that_depends_on_other_noise(engine: str) -> None:
    model = Building()
    model.stock("x", 0.0, 1.0)
    model.stock("y", 0.0, 1.0)
    model.constant("x_diffusion", 0.1)
    model.auxiliary("y_diffusion", model.read("x"))
    spec = model.spec()
    batch = Batch.of(spec, [Overrides()])
    with pytest.raises(BadInput, match="y_diffusion: the noise of y depends on x"):
        run(spec, batch, engine=engine, method="sri2", seed=1)  # type: ignore[arg-type]
    run(spec, batch, engine=engine, method="euler-maruyama", seed=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ["numpy", "sdeint"])
@pytest.mark.parametrize("method", METHODS)
def test_noise_that_breaks_a_limit_is_named_as_the_cause(method: Method, engine: str) -> None:
    model = Building()
    model.stock("people", 0.0, 1.0, limits=(0.0, None))
    model.constant("people_diffusion", 5.0)
    spec = model.spec()
    with pytest.raises(SimulationError) as caught:
        run(spec, Batch.of(spec, [Overrides()] * 8), method=method, engine=engine, seed=1)  # type: ignore[arg-type]
    assert "below its limit of 0 (noise took it there" in str(caught.value)


@pytest.mark.parametrize("engine", ["numpy", "sdeint"])
@pytest.mark.parametrize("method", METHODS)
def test_a_diffusion_that_is_no_number_is_named(method: Method, engine: str) -> None:
    model = Building()
    model.stock("x", 0.0, 0.01)
    model.auxiliary("x_diffusion", do("square_root", model.read("x")))
    spec = model.spec()
    with pytest.raises(SimulationError, match="x_diffusion is not a number"):
        run(spec, Batch.of(spec, [Overrides()] * 16), method=method, engine=engine, seed=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_a_run_in_parts_meets_the_same_noise(method: Method) -> None:
    batch = Batch.of(SPEC, [member(number) for number in range(3)])
    whole = run(SPEC, batch, method=method, seed=4)
    first = run(SPEC, batch, method=method, seed=4, until=1.5, keep_state=True)
    rest = run(SPEC, batch, method=method, seed=4, start=first.state)
    for name, values in whole.values.items():
        np.testing.assert_array_equal(first.values[name], values[: len(first.values[name])])
        np.testing.assert_array_equal(rest.values[name], values[first.start.size :])


def test_sdeint_keeps_no_state() -> None:
    with pytest.raises(BadInput, match="sdeint cannot keep a state"):
        run(SPEC, Batch(1), engine="sdeint", method="sri2", seed=1, keep_state=True)

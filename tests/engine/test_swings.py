"""Mean-reverting noise beside Euler and Runge-Kutta: the same in both engines, member by member."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcare.engine import Batch, Engine, Method, Overrides, Run, run
from localcare.engine import Path as Course
from localcare.engine.noise import key, normals
from localcare.model import ModelSpec, load
from localcare.problems import BadInput

MODEL = """{UTF-8}
place : north, south ~~|
time to revert[place] = 0.2, 0.5 ~ Year ~|
volatility[place] = 0.3, 0.4 ~ 1 ~|
level = 3 ~~|
return[place] = (level - x[place]) / time to revert[place] ~~|
x[place] = INTEG(return[place] + 0.1 * SIN(Time), 1) ~ Dmnl ~|
x diffusion[place] = volatility[place] * 1.5 ~~|
common = INTEG(-2 * common, 0) ~~|
common diffusion = 0.2 ~~|
demand[place] = EXP(x[place] + common) ~~|
total = INTEG(SUM(demand[place!]), 0) ~~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 3 ~ Year ~|
TIME STEP = 0.0625 ~ Year ~|
SAVEPER = 0.1875 ~ Year ~|
"""
METHODS: tuple[Method, ...] = ("rk4", "euler")
ENGINES: tuple[Engine, ...] = ("numpy", "kernel")


def written(folder: Path, text: str = MODEL) -> ModelSpec:
    (folder / "noisy.mdl").write_text(text, encoding="utf-8")
    return load(folder / "noisy.mdl")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return written(tmp_path_factory.mktemp("swings"))


def same(found: Run, expected: Run) -> None:
    for name, array in expected.values.items():
        np.testing.assert_array_equal(found.values[name], array, err_msg=name)


@pytest.mark.parametrize("step", [1 / 16, 1 / 32, 1 / 80, 3 / 16])
@pytest.mark.parametrize("method", METHODS)
def test_both_engines_agree(spec: ModelSpec, method: Method, step: float) -> None:
    """With the step of the grid, with a part of it, even and odd, and with a multiple."""
    batch = Batch.of(spec, [Overrides()] * 11)
    numpy, kernel = (
        run(spec, batch, engine=engine, method=method, step=step, seed=5) for engine in ENGINES
    )
    assert kernel.engine == "kernel"
    assert kernel.seed == 5
    for name, expected in numpy.values.items():
        scale = np.abs(expected).max()
        np.testing.assert_allclose(kernel.values[name], expected, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", METHODS)
def test_without_volatility_the_bits_are_those_without_noise(
    spec: ModelSpec, engine: Engine, method: Method
) -> None:
    off = Overrides({"volatility": np.zeros(2), "common_diffusion": np.array(0.0)})
    batch = Batch.of(spec, [off] * 3)
    same(
        run(spec, batch, engine=engine, method=method, seed=1),
        run(spec, batch, engine=engine, method=method),
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_seed_noise_is_ignored(spec: ModelSpec, engine: Engine) -> None:
    loud = Overrides({"volatility": np.full(2, 9.0)})
    batch = Batch.of(spec, [Overrides(), loud])
    found = run(spec, batch, engine=engine)
    np.testing.assert_array_equal(found.values["x"][..., 0], found.values["x"][..., 1])
    noisy = run(spec, batch, engine=engine, seed=1)
    assert (noisy.values["x"][1:, :, 0] != noisy.values["x"][1:, :, 1]).all()


def test_the_swing_is_the_exact_process_with_the_draws_of_its_own_name(tmp_path: Path) -> None:
    """Worked out here from the draws: at every point of the grid, whatever the step."""
    text = MODEL.replace("SAVEPER = 0.1875", "SAVEPER = 0.0625").replace("0.1 * SIN(Time)", "0")
    own = written(tmp_path, text)
    grid, rate, volatility = 1 / 16, 1 / 0.5, 0.4 * 1.5
    drawn = normals([key(8, "grid", "x[south]")], 0, 48, np.arange(8, dtype=np.uint64))[0, :, 3]
    swing = np.zeros(49)
    spread = volatility * np.sqrt((1 - np.exp(-2 * rate * grid)) / (2 * rate))
    for number, draw in enumerate(drawn):
        swing[number + 1] = np.exp(-rate * grid) * swing[number] + spread * draw
    for engine in ENGINES:
        for step in (1 / 16, 1 / 48):
            quiet = run(own, Batch(1), engine=engine, step=step)
            found = run(own, Batch(1), engine=engine, step=step, seed=8, first_member=3)
            moved = found.values["x"][:, 1, 0] - quiet.values["x"][:, 1, 0]
            np.testing.assert_allclose(moved, swing, rtol=0, atol=1e-12)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    numbers=st.lists(st.integers(0, 9), min_size=1, max_size=19),
    save=st.sampled_from([None, ["total"], ["demand", "x"]]),
    threads=st.integers(1, 2),
    lanes=st.sampled_from([1, 4, 8]),
)
def test_a_member_is_the_same_in_any_company(
    spec: ModelSpec, numbers: list[int], save: list[str] | None, threads: int, lanes: int
) -> None:
    from localcare.engine import kernel

    real = kernel.simulate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            kernel,
            "simulate",
            lambda *given, **more: real(*given, **more, lanes=lanes, threads=threads),
        )
        members = [Overrides({"level": np.array(2.0 + number)}) for number in numbers]
        batch = Batch.of(spec, members)
        found = run(spec, batch, engine="kernel", seed=2, member_numbers=numbers, save=save)
    for position, number in enumerate(numbers):
        alone = run(
            spec,
            Batch.of(spec, [members[position]]),
            engine="kernel",
            seed=2,
            first_member=number,
        )
        for name, array in found.values.items():
            np.testing.assert_array_equal(
                array[..., position], alone.values[name][..., 0], err_msg=name
            )


def test_draws_hang_on_names_alone(spec: ModelSpec, tmp_path: Path) -> None:
    """A noisy stock that is added leaves the others' noise alone; seeds and members differ."""
    more = MODEL.replace(
        "place : north", "a = INTEG(-a, 0) ~~|\na diffusion = 1 ~~|\nplace : north"
    )
    batch = Batch.of(spec, [Overrides()] * 9)
    for engine in ENGINES:
        before = run(spec, batch, engine=engine, seed=4).values["demand"]
        after = run(written(tmp_path, more), batch, engine=engine, seed=4).values["demand"]
        np.testing.assert_array_equal(before, after)
        other = run(spec, batch, engine=engine, seed=5).values["demand"]
        last = np.concatenate([before[-1], other[-1]], axis=-1)
        assert len(np.unique(last)) == last.size


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", METHODS)
def test_a_run_goes_on_from_its_state_with_the_same_bits(
    spec: ModelSpec, engine: Engine, method: Method
) -> None:
    """From an odd point of the grid too, in the middle of a pair of draws."""
    batch = Batch.of(spec, [Overrides()] * 9)
    for step in (None, 1 / 32):
        how = {"engine": engine, "method": method, "seed": 3, "step": step}
        whole = run(spec, batch, **how)  # type: ignore[arg-type]
        for until in (3 / 16, 6 / 16):
            first = run(spec, batch, until=until, keep_state=True, **how)  # type: ignore[arg-type]
            rest = run(spec, batch, start=first.state, **how)  # type: ignore[arg-type]
            for name in ("x", "total"):
                np.testing.assert_array_equal(
                    np.concatenate([first.values[name][:-1], rest.values[name]]),
                    whole.values[name],
                )


NOT_CONSTANT = "common diffusion is not constant"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("-2 * common", "-common * common", "straight line"),
        ("-2 * common", "-2 * common * x[north]", "rate at which it reverts is not constant"),
        ("-2 * common", "-MAX(common, 0)", "straight line"),
        ("-2 * common", "-2 * common + SUM(echo[place!])", "straight line"),
        ("common diffusion = 0.2", "common diffusion = 0.2 * Time", NOT_CONSTANT),
        ("common diffusion = 0.2", "common diffusion = 0.2 + common", NOT_CONSTANT),
        ("0) ~~|\ncommon diffusion", "0) ~ Dmnl [0,?] ~|\ncommon diffusion", "has limits"),
    ],
)  # fmt: skip
def test_other_noise_is_refused_by_name(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in MODEL
    text = MODEL.replace(old, new).replace(
        "demand[place] =", "echo[place] = common ~~|\ndemand[place] ="
    )
    own = written(tmp_path, text)
    with pytest.raises(BadInput, match="common: the noise of common is not of the kind") as raised:
        run(own, Batch(1), seed=1)
    assert why in str(raised.value)
    assert "euler-maruyama" in str(raised.value)


def test_what_else_may_go_into_the_net_flow(tmp_path: Path) -> None:
    """Anything that does not follow from the stock itself, and other ways to write the rate."""
    text = MODEL.replace("-2 * common", "total / 1e6 - 2 * common * 1.5 / (1 + level) + x[north]")
    own = written(tmp_path, text)
    numpy, kernel = (run(own, Batch(1), engine=engine, seed=1) for engine in ENGINES)
    np.testing.assert_allclose(numpy.values["common"], kernel.values["common"], atol=1e-12)


def test_a_step_beside_the_grid_is_refused(spec: ModelSpec) -> None:
    with pytest.raises(BadInput, match="neither a part nor a multiple"):
        run(spec, Batch(1), seed=1, step=0.09375)


def test_what_should_be_constant_may_not_follow_a_path(spec: ModelSpec) -> None:
    moved = Course(np.array([0.0, 1.0]), np.array([[0.3, 0.6], [0.4, 0.4]]))
    batch = Batch.of(spec, [Overrides(paths={"volatility": moved})])
    with pytest.raises(BadInput, match="x diffusion is not constant"):
        run(spec, batch, seed=1)
    run(spec, batch)


@pytest.mark.parametrize("method", [*METHODS, "euler-maruyama", "sri2"])
def test_a_negative_volatility_is_named_with_what_it_follows_from(
    spec: ModelSpec, method: Method
) -> None:
    """Also that of one element of one member; where nothing is random it does not matter."""
    members = [Overrides(), Overrides({"volatility": np.array([0.3, -0.4])})]
    batch = Batch.of(spec, members)
    why = "x diffusion: a volatility of -0.6 cannot be: .* See what it follows from: volatility"
    for engine in ENGINES:
        with pytest.raises(BadInput, match=why):
            run(spec, batch, engine=engine, method=method, seed=1)
    if method in METHODS:
        run(spec, batch, method=method)
    run(spec, Batch.of(spec, members[:1]), method=method, seed=1)


def test_a_diffusion_that_moves_with_a_stock_may_change_its_sign(tmp_path: Path) -> None:
    text = MODEL.replace("common diffusion = 0.2", "common diffusion = -0.2 * EXP(common)")
    run(written(tmp_path, text), Batch(4), method="euler-maruyama", seed=1)


def test_a_seed_for_a_model_without_noise_is_refused(tmp_path: Path) -> None:
    own = written(tmp_path, MODEL.replace(" diffusion", " spread"))
    for engine in ENGINES:
        with pytest.raises(BadInput, match="no stock of the model has noise"):
            run(own, Batch(1), engine=engine, seed=1)


def test_a_kernel_that_knows_what_differs_takes_noise(spec: ModelSpec) -> None:
    """Large batches get one; noise makes members differ that have the same inputs."""
    batch = Batch.of(spec, [Overrides()] * 70)
    found = run(spec, batch, engine="kernel", seed=6)
    few = run(spec, Batch.of(spec, [Overrides()] * 9), engine="kernel", seed=6, first_member=61)
    for name, array in few.values.items():
        np.testing.assert_array_equal(found.values[name][..., 61:], array, err_msg=name)

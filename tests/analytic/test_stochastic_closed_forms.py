"""Processes whose law is known: the moments come out, and errors fall as fast as theory says.

Seeds are fixed, so each test either passes or fails for good; bounds are four standard errors of
the estimate. Models are plain Vensim text: `x diffusion` is the noise of the stock `x`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, Method, Overrides, run
from localcare.engine.brownian import wiener_path
from localcare.engine.noise import noise_for
from localcare.engine.schedule import schedule
from localcare.model import ModelSpec, load

METHODS: tuple[Method, ...] = ("euler-maruyama", "sri2")
Floats = NDArray[np.float64]

CONTROL = """
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = {final} ~ Year ~|
TIME STEP = {step} ~ Year ~|
SAVEPER = {saveper} ~ Year ~|
"""
#: Reversion at rate 1.5 towards 2, noise 0.8, from a start out of balance.
REVERSION = """{UTF-8}
x = INTEG(1.5 * (2 - x), 5) ~~|
x diffusion = 0.8 ~~|
"""
GROWTH = """{UTF-8}
x = INTEG(0.3 * x, 2) ~~|
x diffusion = 0.6 * x ~~|
"""


def model(folder: Path, equations: str, *, final: float, step: float, saveper: float) -> ModelSpec:
    path = folder / "model.mdl"
    path.write_text(equations + CONTROL.format(final=final, step=step, saveper=saveper), "utf-8")
    return load(path, cache=False)


def paths(
    spec: ModelSpec, method: Method, members: int, *, seed: int, step: float | None = None
) -> Floats:
    """The stock x, (saved times, members)."""
    batch = Batch.of(spec, [Overrides()] * members)
    return run(spec, batch, method=method, seed=seed, step=step, points=True).values["x"]


@pytest.mark.parametrize("method", METHODS)
def test_an_ornstein_uhlenbeck_process_has_its_mean_variance_and_memory(
    tmp_path: Path, method: Method
) -> None:
    step, members = 1 / 64, 4000
    spec = model(tmp_path, REVERSION, final=6, step=step, saveper=0.25)
    found = paths(spec, method, members, seed=1)
    times = np.arange(25) * 0.25
    rate, noise = 1.5, 0.8
    mean = 2 + 3 * np.exp(-rate * times)
    variance = noise**2 / (2 * rate) * (1 - np.exp(-2 * rate * times))
    # The step itself widens a settled process, by a share of rate * step / 2 (Euler-Maruyama) or
    # rate * step (SRI2, whose noise enters the net flows a step later).
    bias = rate * step
    slack = 4 * np.sqrt(variance / members) + 3 * bias * rate * times * np.exp(-rate * times)
    assert (np.abs(found.mean(axis=1) - mean) <= slack + 1e-12).all()
    spread = np.abs(found.var(axis=1) - variance)
    assert (spread <= variance * (4 * np.sqrt(2 / members) + bias) + 1e-12).all()
    # Squares forget at twice the rate, so three years hold about 3 * rate independent values.
    settled = found[12:] - 2
    independent = members * 3 * rate
    ratio = (settled**2).mean() / (noise**2 / (2 * rate))
    assert abs(ratio - 1 - bias / 2) < bias / 2 + 4 * np.sqrt(2 / independent)
    for apart in range(1, 6):
        memory = (settled[apart:] * settled[:-apart]).mean() / (settled**2).mean()
        assert abs(memory - np.exp(-rate * 0.25 * apart)) < 4 / np.sqrt(independent) + bias / 2


@pytest.mark.parametrize(("engine", "members"), [("numpy", 2000), ("kernel", 8000)])
@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_noise_beside_a_deterministic_method_has_no_bias_at_any_step(
    tmp_path: Path, engine: Engine, method: Method, members: int
) -> None:
    """The exact transitions of an Ornstein-Uhlenbeck process: mean, variance and memory, with steps
    so long that Euler-Maruyama would be off by a fifth."""
    spec = model(tmp_path, REVERSION, final=6, step=0.25, saveper=0.25)
    batch = Batch.of(spec, [Overrides()] * members)
    how = {"engine": engine, "method": method, "points": True}
    found = run(spec, batch, seed=2, **how).values["x"]  # type: ignore[arg-type]
    quiet = run(spec, Batch(1), **how).values["x"]  # type: ignore[arg-type]
    times, rate = np.arange(25) * 0.25, 1.5
    variance = 0.8**2 / (2 * rate) * (1 - np.exp(-2 * rate * times))
    error = 4 * np.sqrt(variance / members)
    assert (np.abs(found.mean(axis=1) - quiet[:, 0]) <= error + 1e-12).all()
    spread = np.abs(found.var(axis=1) - variance)
    assert (spread <= variance * 4 * np.sqrt(2 / members) + 1e-12).all()
    swing = (found - quiet)[12:]
    assert abs((swing**2).mean() / variance[-1] - 1) < 4 * np.sqrt(2 / (members * 3 * rate))
    for apart in range(1, 6):
        memory = (swing[apart:] * swing[:-apart]).mean() / (swing**2).mean()
        assert abs(memory - np.exp(-rate * 0.25 * apart)) < 4 / np.sqrt(members * 3 * rate)


@pytest.mark.parametrize("method", METHODS)
def test_an_ornstein_uhlenbeck_process_has_the_law_of_its_steps(
    tmp_path: Path, method: Method
) -> None:
    """With a long step, the law is that of x' = a x + noise sqrt(h) z, far from the limit's."""
    step, members = 1 / 2, 40_000
    spec = model(tmp_path, REVERSION, final=8, step=step, saveper=8)
    end = paths(spec, method, members, seed=7)[-1]
    a = 1 - 1.5 * step + (0.5 * (1.5 * step) ** 2 if method == "sri2" else 0.0)
    mean = 2 + 3 * a**16
    variance = 0.8**2 * step * (1 - a**32) / (1 - a**2)
    assert abs(end.mean() - mean) < 4 * np.sqrt(variance / members)
    assert abs(end.var() / variance - 1) < 4 * np.sqrt(2 / members)


@pytest.mark.parametrize("method", METHODS)
def test_a_geometric_brownian_motion_has_its_moments(tmp_path: Path, method: Method) -> None:
    spec = model(tmp_path, GROWTH, final=1, step=1 / 64, saveper=0.25)
    members = 4000
    found = paths(spec, method, members, seed=2)[-1]
    mean, square = 2 * np.exp(0.3), 4 * np.exp(0.6 + 0.36)
    fourth = 16 * np.exp(4 * 0.3 + 6 * 0.36)
    assert abs(found.mean() - mean) < 4 * np.sqrt((square - mean**2) / members) + 0.3**2 / 128
    assert abs((found**2).mean() - square) < 4 * np.sqrt((fourth - square**2) / members) + 0.05
    logs = np.log(found / 2)
    assert abs(logs.mean() - (0.3 - 0.18)) < 4 * 0.6 / np.sqrt(members) + 0.01
    assert abs(logs.std() - 0.6) < 4 * 0.6 / np.sqrt(2 * members) + 0.01


@pytest.mark.parametrize(("birth", "death"), [(0.9, 0.5), (0.4, 0.7)])
@pytest.mark.parametrize("method", METHODS)
def test_a_birth_death_limit_has_the_moments_of_births_and_deaths_one_by_one(
    tmp_path: Path, method: Method, birth: float, death: float
) -> None:
    """Many alike, each with births and deaths of its own: the numbers are those of Feller's
    diffusion, whose mean and variance are exactly those of the process that counts heads
    (Bailey 1964, The elements of stochastic processes, section 8.6)."""
    start, members, step = 1000, 8000, 1 / 128
    equations = f"""{{UTF-8}}
x = INTEG({birth} * x - {death} * x, {start}) ~~|
x diffusion = SQRT({birth} * x + {death} * x) ~~|
"""
    spec = model(tmp_path, equations, final=2, step=step, saveper=0.5)
    found = paths(spec, method, members, seed=8)
    rate, times = birth - death, np.arange(5) * 0.5
    grown = np.exp(rate * times)
    mean = start * grown
    variance = start * (birth + death) / rate * grown * (grown - 1)
    slack = 4 * np.sqrt(variance / members) + mean * rate**2 * step * times
    assert (np.abs(found.mean(axis=1) - mean) <= slack + 1e-9).all()
    bias = 2 * abs(rate) * step
    spread = np.abs(found.var(axis=1) - variance)
    assert (spread <= variance * (4 * np.sqrt(2 / members) + bias) + 1e-9).all()


@pytest.mark.parametrize("method", METHODS)
def test_births_at_a_steady_rate_settle_where_mean_and_variance_are_equal(
    tmp_path: Path, method: Method
) -> None:
    """As those of the Poisson distribution, to which such births and deaths one by one settle."""
    members, step = 4000, 1 / 64
    equations = """{UTF-8}
x = INTEG(600 - 1.5 * x, 400) ~~|
x diffusion = SQRT(600 + 1.5 * x) ~~|
"""
    spec = model(tmp_path, equations, final=4, step=step, saveper=4)
    end = paths(spec, method, members, seed=9)[-1]
    assert abs(end.mean() - 400) < 4 * np.sqrt(400 / members)
    assert abs(end.var() / 400 - 1) < 4 * np.sqrt(2 / members) + 1.5 * step


def strong_errors(spec: ModelSpec, method: Method, exact: Floats, seed: int) -> list[float]:
    """The root mean square error at the end, on the same paths, as the step is halved."""
    errors = []
    for halvings in range(5):
        step = spec.time.step / 2**halvings
        end = paths(spec, method, exact.size, seed=seed, step=step)[-1]
        errors.append(float(np.sqrt(((end - exact) ** 2).mean())))
    return errors


def order(errors: list[float]) -> float:
    """The slope of log error over log step, by least squares."""
    return -float(np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0])


@pytest.mark.parametrize(("method", "expected"), [("euler-maruyama", 0.5), ("sri2", 1.0)])
def test_the_strong_order_is_observed_on_geometric_brownian_motion(
    tmp_path: Path, method: Method, expected: float
) -> None:
    spec = model(tmp_path, GROWTH, final=1, step=1 / 16, saveper=1)
    members = 2000
    noise = noise_for(method, 3, members)
    assert noise is not None
    ends = wiener_path(("x",), noise, schedule(spec.time, method), spec.time.step)[0].sum(axis=0)
    exact = 2 * np.exp(0.3 - 0.18 + 0.6 * ends)
    errors = strong_errors(spec, method, exact, seed=3)
    assert order(errors) == pytest.approx(expected, abs=0.07), errors


@pytest.mark.parametrize("method", METHODS)
def test_additive_noise_gains_half_an_order(tmp_path: Path, method: Method) -> None:
    """Against the same paths at a step 64 times shorter, since the end depends on all of a path."""
    spec = model(tmp_path, REVERSION, final=1, step=1 / 8, saveper=1)
    exact = paths(spec, method, 500, seed=4, step=1 / 2048)[-1]
    errors = strong_errors(spec, method, exact, seed=4)
    assert order(errors) == pytest.approx(1.0, abs=0.1), errors


def test_each_element_has_noise_of_its_own(tmp_path: Path) -> None:
    equations = """{UTF-8}
    place: north, south ~~|
    x[place] = INTEG(0 * x[place], 0) ~~|
    x diffusion[place] = 1 ~~|
    y = INTEG(0 * y, 0) ~~|
    y diffusion = 1 ~~|
    """.replace("    ", "")
    spec = model(tmp_path, equations, final=4, step=1 / 16, saveper=1)
    members = 3000
    found = run(spec, Batch.of(spec, [Overrides()] * members), method="sri2", seed=6).values
    ends = np.stack([*found["x"][-1], found["y"][-1]])
    expected = 4 * np.eye(3)
    assert np.abs(np.cov(ends) - expected).max() < 4 * 4 * np.sqrt(2 / members)

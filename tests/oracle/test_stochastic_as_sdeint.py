"""Stochastic runs agree with sdeint path for path, given the same increments.

Twice over: sdeint integrating the compiled model (`engine="sdeint"`), and sdeint integrating the
same process written by hand, which knows nothing of our model, right-hand side or time loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import sdeint
from numpy.typing import NDArray
from reference import by_ours, by_pysd, worst

from localcare.engine import Batch, Method, Overrides, run
from localcare.engine.brownian import wiener_path
from localcare.engine.diffusion import processes
from localcare.engine.noise import noise_for
from localcare.engine.schedule import schedule
from localcare.model import ModelSpec, load

Floats = NDArray[np.float64]

CONTROL = """
INITIAL TIME = 1 ~ Year ~|
FINAL TIME = 5 ~ Year ~|
TIME STEP = 0.03125 ~ Year ~|
SAVEPER = 0.25 ~ Year ~|
"""


@dataclass(frozen=True)
class Written:
    """A process as Vensim text and by hand: net flows f(y, t) and diffusions g(y, t) of the
    stocks, each with noise of its own."""

    equations: str
    stocks: tuple[str, ...]
    start: tuple[float, ...]
    f: Callable[[Floats, float], list[float]]
    g: Callable[[Floats, float], list[float]]
    methods: tuple[Method, ...] = ("euler-maruyama", "sri2")


def season(t: float) -> float:
    return float(1 + 0.3 * np.sin(6.25 * t))


GROWTH = """{UTF-8}
x = INTEG(0.1 * x, 2) ~~|
x diffusion = 0.4 * x ~~|
"""
REVERSION = """{UTF-8}
x = INTEG(1.5 * (2 - x), 5) ~~|
x diffusion = 0.8 ~~|
"""
SEASONAL = """{UTF-8}
x = INTEG(season - x, 1) ~~|
x diffusion = 0.3 * season * SQRT(1 + x * x) ~~|
season = 1 + 0.3 * SIN(6.25 * Time) ~~|
"""
EPIDEMIC = """{UTF-8}
s = INTEG(0.5 * (900 - s) - infection, 890) ~~|
i = INTEG(infection - 2 * i, 10) ~~|
infection = 6 * s * i / 900 ~~|
s diffusion = 0.05 * s ~~|
i diffusion = 0.2 * i ~~|
"""
#: The noise of chance infections depends on both stocks: only Euler-Maruyama takes it.
CHANCE = EPIDEMIC.replace("0.05 * s", "SQRT(infection)").replace("0.2 * i", "SQRT(infection + 2*i)")


def infection(y: Floats) -> float:
    return float(6 * y[0] * y[1] / 900)


def spreading(y: Floats, _: float) -> list[float]:
    return [0.5 * (900 - y[0]) - infection(y), infection(y) - 2 * y[1]]


PROCESSES = {
    "geometric Brownian motion": Written(
        GROWTH, ("x",), (2.0,), lambda y, _: [0.1 * y[0]], lambda y, _: [0.4 * y[0]]
    ),
    "Ornstein-Uhlenbeck": Written(
        REVERSION, ("x",), (5.0,), lambda y, _: [1.5 * (2 - y[0])], lambda *_: [0.8]
    ),
    "season and curved noise": Written(
        SEASONAL,
        ("x",),
        (1.0,),
        lambda y, t: [season(t) - y[0]],
        lambda y, t: [0.3 * season(t) * np.sqrt(1 + y[0] ** 2)],
    ),
    "epidemic": Written(
        EPIDEMIC, ("s", "i"), (890.0, 10.0), spreading, lambda y, _: [0.05 * y[0], 0.2 * y[1]]
    ),
    "epidemic by chance": Written(
        CHANCE,
        ("s", "i"),
        (890.0, 10.0),
        spreading,
        lambda y, _: [np.sqrt(infection(y)), np.sqrt(infection(y) + 2 * y[1])],
        methods=("euler-maruyama",),
    ),
}
CASES = [(name, method) for name, written in PROCESSES.items() for method in written.methods]
MEMBERS = 3


def read(folder: Path, equations: str) -> ModelSpec:
    path = folder / "model.mdl"
    path.write_text(equations + CONTROL, encoding="utf-8")
    return load(path, cache=False)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_sdeint_takes_the_same_paths_through_the_compiled_model(
    tmp_path: Path, name: str, method: Method
) -> None:
    spec = read(tmp_path, PROCESSES[name].equations)
    batch = Batch.of(spec, [Overrides()] * MEMBERS)
    for points in (True, False):
        ours, theirs = (
            run(spec, batch, engine=engine, method=method, seed=8, first_member=2, points=points)  # type: ignore[arg-type]
            for engine in ("numpy", "sdeint")
        )
        assert (ours.engine, theirs.engine) == ("numpy", "sdeint")
        assert set(ours.values) == set(theirs.values)
        for variable, values in theirs.values.items():
            np.testing.assert_allclose(ours.values[variable], values, rtol=1e-11, err_msg=variable)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_sdeint_takes_the_same_paths_through_the_process_written_by_hand(
    tmp_path: Path, name: str, method: Method
) -> None:
    written = PROCESSES[name]
    spec = read(tmp_path, written.equations)
    ours = run(spec, Batch.of(spec, [Overrides()] * MEMBERS), method=method, seed=8, points=True)
    times, noise = schedule(spec.time, method), noise_for(method, 8, MEMBERS)
    assert noise is not None
    labels = [each.label for each in processes(spec)]
    moved = wiener_path(labels, noise, times, spec.time.step)
    span = np.array([times.time(step) for step in range(times.steps + 1)])
    start, count = np.array(written.start), len(labels)

    def f(y: Floats, t: float) -> Floats:
        return np.array(written.f(y, t))

    def whole(y: Floats, t: float) -> Floats:
        return np.diag(written.g(y, t))

    for member in range(MEMBERS):
        dw = np.ascontiguousarray(moved[..., member].T)  # (steps, processes)
        if method == "euler-maruyama":
            path = sdeint.itoEuler(f, whole, start, span, dW=dw)
        else:
            # All integrals, those between two processes too: diagonal noise must not feel them.
            integrals = sdeint.Ikpw(dw, times.step, generator=np.random.default_rng(1))[1]
            own = np.arange(count)
            expected = 0.5 * (dw**2 - times.step)
            np.testing.assert_allclose(integrals[:, own, own], expected, atol=1e-15)
            path = sdeint.itoSRI2(f, whole, start, span, dW=dw, I=integrals)
        saved = path[:: times.per_interval]
        for place, stock in enumerate(written.stocks):
            found = ours.values[stock][:, member]
            np.testing.assert_allclose(found, saved[:, place], rtol=1e-10, err_msg=stock)


def test_sdeint_stands_at_the_same_time_where_a_model_jumps(tmp_path: Path) -> None:
    """What jumps between two steps belongs to the later one, for both evaluations of a step."""
    equations = """{UTF-8}
    x = INTEG(STEP(6, 2.5) - x, 1) ~~|
    x diffusion = IF THEN ELSE(Time >= 3, 0.5, 0.1) + PULSE(4, 0.25) * x ~~|
    """.replace("    ", "")
    spec = read(tmp_path, equations)
    batch = Batch.of(spec, [Overrides()] * 2)
    for method in ("euler-maruyama", "sri2"):
        ours, theirs = (
            run(spec, batch, engine=engine, method=method, seed=8)  # type: ignore[arg-type]
            for engine in ("numpy", "sdeint")
        )
        for variable, values in theirs.values.items():
            np.testing.assert_allclose(ours.values[variable], values, rtol=1e-11, err_msg=variable)


@pytest.mark.parametrize("method", ["euler-maruyama", "sri2"])
def test_sdeint_holds_discrete_stocks_as_ours_does(tmp_path: Path, method: Method) -> None:
    equations = """{UTF-8}
    x = INTEG(4 * (behind - x), 1) ~~|
    x diffusion = 0.3 * x * kept ~~|
    behind = DELAY FIXED(2 + SIN(9 * Time) - 0.2 * x, 0.125, 1) ~~|
    kept = SAMPLE IF TRUE(x > 1, x, 1) ~~|
    """.replace("    ", "")
    spec = read(tmp_path, equations)
    batch = Batch.of(spec, [Overrides()] * 2)
    ours, theirs, still = (
        run(spec, batch, engine=engine, method=how, seed=seed, points=True)  # type: ignore[arg-type]
        for engine, how, seed in (
            ("numpy", method, 8),
            ("sdeint", method, 8),
            ("numpy", "rk4", None),
        )
    )
    for variable, values in theirs.values.items():
        np.testing.assert_allclose(ours.values[variable], values, rtol=1e-11, err_msg=variable)
    assert np.abs(ours.values["behind"] - still.values["behind"]).max() > 0.01
    assert np.ptp(ours.values["kept"]) > 0.5


def test_a_noisy_model_is_plain_vensim_to_pysd(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(EPIDEMIC + CONTROL, encoding="utf-8")
    spec, ours = by_ours(path, 5.0)
    differences = worst(spec, ours, by_pysd(path, 5.0))
    assert {"s", "i", "s_diffusion", "i_diffusion"} <= set(differences)
    assert {name: d for name, d in differences.items() if d > 1e-12} == {}

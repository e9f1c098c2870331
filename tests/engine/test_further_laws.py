"""Further laws of RANDOM functions: their moments in closed form, their tables against scipy's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, gamma, inf, sqrt
from pathlib import Path

import numpy as np
import pytest
from laws import follow, read
from scipy import integrate, stats

from localcare.engine import Batch, Run, run
from localcare.model.counting_laws import binomial, negative_binomial, poisson
from localcare.problems import BadInput

HEAD = """{UTF-8}
INITIAL TIME = 0 ~~|
FINAL TIME = 50 ~~|
SAVEPER = 0.5 ~~|
TIME STEP = 0.5 ~~|
events = 4 ~~|
"""
MODEL = (
    HEAD
    + """poisson = RANDOM POISSON(0, 1000, events, 0, 1, 7) ~~|
shifted = RANDOM POISSON(2, 11, events, 0.5, 1.5, 7) ~~|
successes = RANDOM BINOMIAL(0, 100, 0.3, 12, 0, 1, 7) ~~|
trials = RANDOM NEGATIVE BINOMIAL(0, 1000, 0.3, 3, 0, 1, 7) ~~|
sure = RANDOM BINOMIAL(0, 9, 1, 5, 0, 1, 7) ~~|
triangle = RANDOM TRIANGULAR(-9, 9, 1, 2, 5, 7) ~~|
cut triangle = RANDOM TRIANGULAR(1.5, 3, 1, 2, 5, 7) ~~|
slope = RANDOM TRIANGULAR(-9, 9, 0, 0, 3, 7) ~~|
weibull = RANDOM WEIBULL(0, 1000, 2, 1, 3, 7) ~~|
cut weibull = RANDOM WEIBULL(1.5, 4, 0.7, 1, 3, 7) ~~|
pink = RANDOM PINK NOISE(10, 2, 4, 7) ~~|
"""
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    spec = read(tmp_path_factory.mktemp("laws"), MODEL)
    return {
        each: run(spec, Batch(300), engine=each, method="euler", points=True)
        for each in ("numpy", "kernel")
    }


def moments(density: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Mean and standard deviation of what has this density, cut at both ends."""
    whole, first, second = (
        integrate.quad(lambda x, k=k: x**k * density(x), low, high)[0] for k in range(3)
    )
    mean = first / whole
    return mean, sqrt(second / whole - mean**2)


def of_whole(law: stats.rv_discrete, low: float, high: float) -> tuple[float, float]:
    """The same of a law of whole numbers."""
    numbers = np.arange(low, high + 1)
    shares = law.pmf(numbers) / law.pmf(numbers).sum()
    mean = (numbers * shares).sum()
    return mean, sqrt((numbers**2 * shares).sum() - mean**2)


def weibull(shape: float) -> Callable[[float], float]:
    """The density of 1 + 3 times a Weibull distribution of mean 1."""
    scale = 3 / gamma(1 + 1 / shape)
    return lambda x: ((x - 1) / scale) ** (shape - 1) * exp(-(((x - 1) / scale) ** shape))


def triangle(x: float) -> float:
    return (x - 1) / 1 if x < 2 else (5 - x) / 3


CUT = of_whole(stats.poisson(4), 1, 7)  # 0.5 + 1.5 times 1 to 7 lie from 2 to 11
LAWS = {
    "poisson": (4, 2, 0, 1000),
    "shifted": (0.5 + 1.5 * CUT[0], 1.5 * CUT[1], 2, 11),
    "successes": (3.6, sqrt(12 * 0.3 * 0.7), 0, 12),
    "trials": (10, sqrt(3 * 0.7) / 0.3, 3, 1000),
    "triangle": (8 / 3, sqrt((1 + 4 + 25 - 2 - 5 - 10) / 18), 1, 5),
    "cut_triangle": (*moments(triangle, 1.5, 3), 1.5, 3),
    "slope": (1, sqrt(9 / 18), 0, 3),
    "weibull": (4, 3 * sqrt(4 / np.pi - 1), 1, inf),
    "cut_weibull": (*moments(weibull(0.7), 1.5, 4), 1.5, 4),
}


@pytest.mark.parametrize("name", list(LAWS))
def test_draws_have_the_mean_and_spread_of_their_law(runs: Mapping[str, Run], name: str) -> None:
    follow(runs["numpy"].values[name], LAWS[name], spread=6)


def test_pink_noise_keeps_its_spread_and_forgets_at_its_rate(runs: Mapping[str, Run]) -> None:
    pink = runs["numpy"].values["pink"]
    assert abs(pink.mean() - 10) < 0.2
    for moment in (pink[0], pink[50], pink[100]):  # the same spread at every time
        assert abs(moment.std() - 2) < 4 * 2 / sqrt(2 * moment.size)
    for lag in (1, 4):
        kept = np.corrcoef(pink[lag:].ravel(), pink[:-lag].ravel())[0, 1]
        assert abs(kept - (1 - 0.5 / 4) ** lag) < 0.03


def test_engines_read_the_same_numbers(runs: Mapping[str, Run]) -> None:
    for name, values in runs["numpy"].values.items():
        np.testing.assert_allclose(runs["kernel"].values[name], values, rtol=1e-12, err_msg=name)
    for name in ("poisson", "shifted", "successes", "trials"):
        np.testing.assert_array_equal(runs["kernel"].values[name], runs["numpy"].values[name])
    assert (runs["kernel"].values["sure"] == 5).all()


@pytest.mark.parametrize(
    ("made", "law"),
    [
        (poisson(0.01, 0, inf), stats.poisson(0.01)),
        (poisson(4, 0, inf), stats.poisson(4)),
        (poisson(2500, 0, inf), stats.poisson(2500)),
        (binomial(0.3, 12, 0, inf), stats.binom(12, 0.3)),
        (binomial(0.999, 5000, 0, inf), stats.binom(5000, 0.999)),
        (negative_binomial(0.3, 3, 0, inf), stats.nbinom(3, 0.3, loc=3)),
        (negative_binomial(0.02, 1, 0, inf), stats.geom(0.02)),
    ],
)
def test_the_points_of_a_law_are_its_cumulative_function(made, law) -> None:
    shares, numbers = made
    np.testing.assert_allclose(shares, law.cdf(np.array(numbers)), rtol=1e-10, atol=1e-14)
    assert shares[-1] == 1
    assert law.sf(numbers[-1]) < 1e-15


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("RANDOM POISSON(0, 9, Time, 0, 1, 7)", None),
        ("RANDOM POISSON(0, 9, events + STEP(1, 3), 0, 1, 7)", None),
        ("RANDOM POISSON(0, 9, level, 0, 1, 7)", None),
        ("RANDOM POISSON(0, 9, -1, 0, 1, 7)", "its mean is -1"),
        ("RANDOM POISSON(5.2, 5.8, 4, 0, 1, 7)", "no number of its law lies between"),
        ("RANDOM POISSON(9, 0, 4, 0, 1, 7)", "the lower end first"),
        ("RANDOM POISSON(0, 9, 4, 0, 0, 7)", "a stretch above 0"),
        ("RANDOM POISSON(0, 1e9, 1e8, 0, 1, 7)", "over 10,000 numbers"),
        ("RANDOM BINOMIAL(0, 9, 1.1, 4, 0, 1, 7)", "its chance is 1.1"),
        ("RANDOM BINOMIAL(0, 9, 0.1, 4.5, 0, 1, 7)", "number of trials is 4.5"),
        ("RANDOM NEGATIVE BINOMIAL(0, 9, 0, 4, 0, 1, 7)", "waits for 4 successes of chance 0"),
        ("RANDOM WEIBULL(0, 9, 0, 0, 1, 7)", "the shape of RANDOM WEIBULL is 0"),
        ("RANDOM WEIBULL(0, 9, moving, 0, 1, 7)", "the shape of RANDOM WEIBULL: it must be known"),
        ("RANDOM POISSON(0, 9, 4, 0, 1)", "takes 6 arguments, not 5"),
        ("RANDOM GAMMA(0, 9, 4, 0, 1, 7)", "RANDOM GAMMA is not supported"),
    ],
)
def test_a_law_that_cannot_be_is_refused(tmp_path: Path, call: str, why: str | None) -> None:
    text = HEAD + f"moving = RANDOM 0 1() ~~| level = INTEG(1, 4) ~~| x = {call} ~~|"
    with pytest.raises(BadInput, match=why or "RANDOM POISSON changes while the model runs"):
        read(tmp_path, text)


def test_what_shapes_a_law_cannot_be_set_by_a_scenario(tmp_path: Path) -> None:
    assert "events" in read(tmp_path, MODEL).structural

"""RANDOM functions of a model file: the distributions they ask for, drawn anew in each step, the
same in both engines and whatever is run beside them."""

from __future__ import annotations

from collections.abc import Mapping
from math import erf, exp, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from laws import follow, read

from localcare.engine import Batch, Engine, Run, run
from localcare.engine.noise import noise_for, uniforms
from localcare.engine.random_series import drawn_series, with_draws
from localcare.engine.schedule import schedule
from localcare.model import ModelSpec
from localcare.problems import BadInput

HEAD = """{UTF-8}
place: Dover, Swale, Thanet ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 50 ~~|
SAVEPER = 1 ~~|
TIME STEP = 0.5 ~~|
stretch = 2 ~~|
"""
MODEL = (
    HEAD
    + """plain = RANDOM 0 1() ~~|
even = RANDOM UNIFORM(2, 5, 7) ~~|
turned = RANDOM UNIFORM(5, 2, 7) ~~|
placed[place] = RANDOM UNIFORM(0, 1, 7) ~~|
twice = RANDOM UNIFORM(0, 1, 7) - RANDOM UNIFORM(0, 1, 7) ~~|
bell = RANDOM NORMAL(-1, 3, 0.5, stretch, 7) ~~|
whole bell = RANDOM NORMAL(-1e+9, 1e+9, 10, 3, 7) ~~|
upper tail = RANDOM NORMAL(10, 12, 0, 1, 7) ~~|
lower tail = RANDOM NORMAL(-12, -10, 0, 1, 7) ~~|
wait = RANDOM EXPONENTIAL(1, 6, 0.5, stretch, 7) ~~|
fixed = RANDOM NORMAL(0, 10, 4, 0, 7) ~~|
level = INTEG(plain, RANDOM UNIFORM(5, 6, 3)) ~~|
"""
)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return read(tmp_path_factory.mktemp("random"), MODEL)


@pytest.fixture(scope="module")
def runs(spec: ModelSpec) -> Mapping[str, Run]:
    found = {each: run(spec, Batch(400), engine=each, points=True) for each in ("numpy", "kernel")}
    assert [each.engine for each in found.values()] == ["numpy", "kernel"]
    return found


def bell(low: float, high: float, mean: float, deviation: float) -> tuple[float, float]:
    """Mean and standard deviation of a normal distribution cut at both ends."""
    a, b = (low - mean) / deviation, (high - mean) / deviation
    heights = [exp(-each * each / 2) / sqrt(2 * pi) for each in (a, b)]
    share = (erf(b / sqrt(2)) - erf(a / sqrt(2))) / 2
    middle = (heights[0] - heights[1]) / share
    spread = 1 + (a * heights[0] - b * heights[1]) / share - middle**2
    return mean + deviation * middle, deviation * sqrt(spread)


def wait(low: float, high: float, stretch: float) -> tuple[float, float]:
    """The same of an exponential distribution, cut at `high` and beginning at `low`."""
    b = (high - low) / stretch
    rest = exp(-b) / (1 - exp(-b))
    return low + stretch * (1 - b * rest), stretch * sqrt(1 - b * b * rest * (1 + rest))


LAWS = {
    "plain": (0.5, sqrt(1 / 12), 0, 1),
    "even": (3.5, sqrt(9 / 12), 2, 5),
    "turned": (3.5, sqrt(9 / 12), 2, 5),
    "placed": (0.5, sqrt(1 / 12), 0, 1),
    "twice": (0.0, sqrt(1 / 6), -1, 1),
    "bell": (*bell(-1, 3, 0.5, 2), -1, 3),
    "whole_bell": (10.0, 3.0, -1e9, 1e9),
    "wait": (*wait(1, 6, 2), 1, 6),
}


@pytest.mark.parametrize("name", list(LAWS))
def test_draws_have_the_mean_and_spread_of_their_law(runs: Mapping[str, Run], name: str) -> None:
    follow(runs["numpy"].values[name], LAWS[name])


def test_far_tails_keep_their_law_and_mirror_each_other(runs: Mapping[str, Run]) -> None:
    # Beyond a, the excess of a normal number over a is about 1/a - 2/a^3 + 10/a^5.
    excess = runs["numpy"].values["upper_tail"] - 10
    assert excess.min() >= 0
    wanted = 1 / 10 - 2 / 10**3 + 10 / 10**5
    assert abs(excess.mean() - wanted) < 4 * 0.097 / sqrt(excess.size)
    below = -10 - runs["numpy"].values["lower_tail"]
    assert abs(below.mean() - wanted) < 4 * 0.097 / sqrt(below.size)


def test_a_distribution_without_spread_is_its_mean(runs: Mapping[str, Run]) -> None:
    assert (runs["numpy"].values["fixed"] == 4).all()


def test_draws_of_calls_elements_members_and_steps_are_independent(runs: Mapping[str, Run]) -> None:
    values = runs["numpy"].values
    streams = [values["plain"], values["even"], values["bell"], values["wait"]]
    streams += [values["placed"][:, number] for number in range(3)]
    table = np.corrcoef([each.ravel() for each in streams])
    limit = 4.5 / sqrt(values["plain"].size)
    assert np.abs(table - np.eye(len(streams))).max() < limit
    plain = values["plain"]
    assert abs(np.corrcoef(plain[1:].ravel(), plain[:-1].ravel())[0, 1]) < limit
    assert abs(np.corrcoef(plain[:, 1:].ravel(), plain[:, :-1].ravel())[0, 1]) < limit


def test_engines_read_the_same_numbers(runs: Mapping[str, Run]) -> None:
    for name, values in runs["numpy"].values.items():
        other = runs["kernel"].values[name]
        if name in ("plain", "even", "turned", "placed", "twice"):
            np.testing.assert_array_equal(other, values)
        np.testing.assert_allclose(other, values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_all_stages_of_a_step_see_the_draw_of_its_start(spec: ModelSpec, engine: Engine) -> None:
    """Then RK4 gives what Euler gives, and a stock gains step times draw in each step."""
    euler, fourth = (
        run(spec, Batch(3), engine=engine, method=method, points=True)
        for method in ("euler", "rk4")
    )
    np.testing.assert_allclose(fourth.values["level"], euler.values["level"], rtol=1e-14)
    noise = noise_for("euler", 1, 3)
    assert noise is not None
    given = with_draws(spec, Batch(3), schedule(spec.time, "euler"), noise)
    drawn = given.paths["plain_draw"][1][::2]
    gained = np.cumsum(0.5 * drawn[:-1], axis=0)[1::2]
    start = euler.values["level"][0]
    assert ((start >= 5) & (start <= 6)).all()
    np.testing.assert_allclose(euler.values["level"][1:] - start, gained, rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_a_member_is_the_same_alone_and_in_company(spec: ModelSpec, engine: Engine) -> None:
    together = run(spec, Batch(70), engine=engine)
    for member in (0, 13, 69):
        alone = run(spec, Batch(1), engine=engine, first_member=member, save=["level", "bell"])
        for name, values in alone.values.items():
            np.testing.assert_array_equal(values[..., 0], together.values[name][..., member])


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_parts_of_a_run_give_the_bits_of_the_whole(spec: ModelSpec, engine: Engine) -> None:
    whole = run(spec, Batch(2), engine=engine, seed=9)
    first = run(spec, Batch(2), engine=engine, seed=9, until=21, keep_state=True)
    rest = run(spec, Batch(2), engine=engine, seed=9, start=first.state)
    for name, values in whole.values.items():
        kept = first.values[name]
        joined = np.concatenate([kept[:21], rest.values[name]])
        np.testing.assert_array_equal(joined, values)


def test_a_seed_fixes_the_draws_and_is_told(spec: ModelSpec) -> None:
    default, one, two = (run(spec, Batch(1), seed=seed, save=["plain"]) for seed in (None, 1, 2))
    assert (default.seed, one.seed, two.seed) == (1, 1, 2)
    np.testing.assert_array_equal(default.values["plain"], one.values["plain"])
    assert (one.values["plain"] != two.values["plain"]).all()


def test_the_seed_in_the_model_file_names_another_stream(tmp_path: Path, spec: ModelSpec) -> None:
    other = read(
        tmp_path, MODEL.replace("even = RANDOM UNIFORM(2, 5, 7)", "even = RANDOM UNIFORM(2, 5, 8)")
    )
    before, after = (run(each, Batch(1), points=True).values for each in (spec, other))
    assert (before["even"] != after["even"]).all()
    np.testing.assert_array_equal(before["bell"], after["bell"])


def test_a_stretch_drawn_by_itself_is_that_of_the_whole() -> None:
    members = np.arange(5, dtype=np.uint64)
    whole = uniforms((3, 4), 0, 40, members)
    np.testing.assert_array_equal(uniforms((3, 4), 12, 8, members[2:3]), whole[12:20, 2:3])
    with pytest.raises(ValueError, match="pairs"):
        uniforms((3, 4), 1, 2, members)


@pytest.mark.parametrize(
    "call",
    [
        "RANDOM TRIANGULAR(0, 5, 1, 2 - Time, 3, 1)",
        "RANDOM WEIBULL(0, 5, 2, 0, 1 - Time, 1)",
        "RANDOM PINK NOISE(0, 1, 0.2, 1)",
        "RANDOM NORMAL(0, 1 - Time, 0, 1, 1)",
        "RANDOM NORMAL(-5, 5, 0, 1 - Time, 1)",
        "RANDOM EXPONENTIAL(0, 5, 0, 1 - Time, 1)",
    ],
)
@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_a_law_that_is_none_stops_the_run(tmp_path: Path, call: str, engine: Engine) -> None:
    from localcare.engine.failure import SimulationError

    model = read(tmp_path, HEAD + f"drawn = {call} ~~|\nsum = INTEG(drawn, 0) ~~|\n")
    with pytest.raises(SimulationError, match="drawn"):
        run(model, Batch(1), engine=engine)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("RANDOM 0 1(3)", "takes 0 arguments"),
        ("RANDOM UNIFORM(0, 1)", "takes 3 arguments"),
        ("RANDOM UNIFORM(0, 1, plain)", "the seed of RANDOM UNIFORM"),
        ("SUM(many[place!] * RANDOM 0 1())", "inside SUM"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, call: str, why: str) -> None:
    text = HEAD + f"many[place] = 1, 2, 3 ~~|\nplain = RANDOM 0 1() ~~|\nx = {call} ~~|\n"
    with pytest.raises(BadInput, match=why):
        read(tmp_path, text)


def test_draws_that_memory_cannot_hold_are_refused(spec: ModelSpec) -> None:
    with pytest.raises(BadInput, match="fewer members"):
        run(spec, Batch(1_000_000))


def test_drawn_series_cannot_be_set(spec: ModelSpec) -> None:
    series = drawn_series(spec)[0]
    path = (np.zeros((1, 1)), np.ones((1, 1)))
    with pytest.raises(BadInput, match="cannot be set"):
        run(spec, Batch(1, paths={series.identifier: path}))

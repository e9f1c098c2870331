"""A run that stops at a saving time and goes on from its state gives the bits of the whole run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from building import Building, do
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_models import lively, overridden, saved, tamed
from random_models import models

from localcare.engine import Batch, Run, SimulationError, State, run
from localcare.engine.state import part_of
from localcare.model import ModelSpec, load
from localcare.model.expression import Time
from localcare.problems import BadInput

LIVELY = lively()
HOW = st.fixed_dictionaries(
    {
        "engine": st.sampled_from(["kernel", "numpy"]),
        "method": st.sampled_from(["rk4", "euler"]),
        "points": st.booleans(),
        "step": st.sampled_from([None, 1 / 16]),
    }
)


def in_parts(spec: ModelSpec, batch: Batch, cuts: list[int], **options) -> list[Run]:
    """The run, stopped after so many saving intervals each time and continued from its state."""
    times = [spec.time.initial + cut * spec.time.saveper for cut in sorted(set(cuts))]
    parts: list[Run] = []
    for until in (*times, None):
        start = parts[-1].state if parts else None
        parts.append(run(spec, batch, until=until, start=start, keep_state=True, **options))
    return parts


def assert_same(whole: Run, parts: list[Run]) -> None:
    """Parts put together are the whole, to the bit; what two of them tell of a bound agrees."""
    assert sum(part.start.size for part in parts) == whole.start.size
    np.testing.assert_array_equal(np.concatenate([part.start for part in parts]), whole.start)
    for name, values in whole.values.items():
        first = 0
        for part in parts:
            own = part.values[name]
            same = values[first : first + len(own)]
            np.testing.assert_array_equal(own.view(np.int64), same.view(np.int64), name)
            first += part.start.size


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    numbers=st.lists(st.integers(0, 20), min_size=1, max_size=11),
    cuts=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    how=HOW,
)
def test_parts_are_the_whole(numbers: list[int], cuts: list[int], how: dict) -> None:
    batch = Batch.of(LIVELY, [overridden(number) for number in numbers])
    whole = run(LIVELY, batch, save=saved(LIVELY), **how)
    assert_same(whole, in_parts(LIVELY, batch, cuts, save=saved(LIVELY), **how))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(spec=models(), cut=st.integers(1, 3), how=HOW)
def test_parts_of_any_model_are_the_whole(spec: ModelSpec, cut: int, how: dict) -> None:
    spec, batch = tamed(spec), Batch(2)
    try:
        whole = run(spec, batch, save=saved(spec), **how)
    except SimulationError:
        return
    assert_same(whole, in_parts(spec, batch, [cut], save=saved(spec), **how))


REMEMBERING = """{UTF-8}
arrivals = 3 + Time*Time ~ person/Year ~ |
leaving = DELAY FIXED(arrivals, 1.5, -1) ~ person/Year ~ |
smoothed = SMOOTH3(arrivals, 2) ~ person/Year ~ |
conveyed = DELAY N(arrivals, 1 + 0.3*Time, 4, 3) ~ person/Year ~ |
sampled = SAMPLE IF TRUE(MODULO(Time, 2) < 0.3, arrivals, 5) ~ person/Year ~ |
at start = INITIAL(arrivals*2) ~ person/Year ~ |
people = INTEG(arrivals - leaving + STEP(4, 5.1) + PULSE(6, 1) + at start*0, 7) ~ person ~ |
INITIAL TIME = 2 ~ Year ~ |
FINAL TIME = 8 ~ Year ~ |
SAVEPER = 0.5 ~ Year ~ |
TIME STEP = 0.25 ~ Year ~ |
"""


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_what_a_model_remembers_is_part_of_its_state(tmp_path: Path, engine, method) -> None:
    (tmp_path / "memory.mdl").write_text(REMEMBERING)
    spec, batch = load(tmp_path / "memory.mdl", cache=False), Batch(1)
    options = {"engine": engine, "method": method, "points": True}
    whole = run(spec, batch, **options)
    for cut in range(1, 12):
        assert_same(whole, in_parts(spec, batch, [cut], **options))


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_a_member_goes_on_alone_as_in_company(engine) -> None:
    batch = Batch.of(LIVELY, [overridden(number) for number in range(10)])
    first = run(LIVELY, batch, until=1.5, keep_state=True, engine=engine)
    together = run(LIVELY, batch, start=first.state, engine=engine)
    assert first.state is not None
    alone = run(
        LIVELY,
        Batch.of(LIVELY, [overridden(7)]),
        start=part_of(first.state, 7, 8),
        engine=engine,
    )
    for name, values in alone.values.items():
        np.testing.assert_array_equal(values[..., 0], together.values[name][..., 7])


def emptied() -> ModelSpec:
    """A queue that is emptied in four years, to rounding, and stays so."""
    model = Building()
    draining = do("if", do("less", Time(), 3.99), -0.3, 0.0)
    model.stock("people", draining, 1.2, limits=(0.0, None))
    spec = model.spec()
    return replace(spec, time=replace(spec.time, final=6.0))


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_what_rounding_may_do_to_a_stock_is_part_of_the_state(engine) -> None:
    spec = emptied()
    whole = run(spec, Batch(1), engine=engine, method="euler", step=0.1)
    assert whole.values["people"].min() < 0  # by rounding
    parts = in_parts(spec, Batch(1), [4], engine=engine, method="euler", step=0.1)
    assert_same(whole, parts)
    state = parts[0].state
    assert state is not None
    forgetful = replace(state, largest={"people": np.zeros(1)})
    with pytest.raises(SimulationError, match="below its limit"):
        run(spec, Batch(1), start=forgetful, engine=engine, method="euler", step=0.1)


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_a_continued_run_that_stops_says_where(engine) -> None:
    model = Building()
    model.constant("rate", 0.5)
    model.stock("people", do("negate", model.read("rate")), 3.0, limits=(0.0, None))
    spec = model.spec()
    slow = run(spec, Batch(12), until=2.0, keep_state=True, engine=engine)
    rates = np.full(12, 0.5)
    rates[9] = 1.9
    with pytest.raises(SimulationError) as caught:
        run(spec, Batch(12, {"rate": rates}), start=slow.state, engine=engine)
    assert (caught.value.member, caught.value.time) == (9, 3.25)


@pytest.mark.parametrize("until", [0.0, 0.7, 3.5, -1.0, float("nan"), float("inf")])
def test_a_run_ends_at_a_saving_time_only(until: float) -> None:
    with pytest.raises(BadInput, match=r"saving time from 0\.5 to 3\. The nearest is"):
        run(LIVELY, Batch(1), until=until)


def test_a_state_fits_one_model_its_members_and_its_step() -> None:
    state = run(LIVELY, Batch(2), until=1.0, keep_state=True).state
    assert isinstance(state, State)
    end = run(LIVELY, Batch(2), start=state, keep_state=True).state
    refused = (
        (emptied(), Batch(2), state, {}, "stocks of this model"),
        (LIVELY, Batch(3), state, {}, "not for 3 members"),
        (LIVELY, Batch(2), state, {"step": 1 / 16}, "reached with a step of 0.125, not 0.0625"),
        (LIVELY, Batch(2), end, {}, "nothing is left to run"),
        (LIVELY, Batch(2), state, {"until": 1.0}, "saving time from 1.5 to 3"),
    )
    for spec, batch, start, options, words in refused:
        with pytest.raises(BadInput, match=words):
            run(spec, batch, start=start, **options)


def test_no_state_is_kept_unless_it_is_asked_for() -> None:
    assert run(LIVELY, Batch(1), until=1.0).state is None

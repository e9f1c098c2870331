"""Functions that remember: DELAY FIXED, SAMPLE IF TRUE, DELAY N of a changing time, ACTIVE INITIAL.

Expected values are worked out here from what the functions mean, for both engines and both methods.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.engine.interpreter import Interpreter

from localcare.engine import Batch, Overrides, SimulationError, run
from localcare.engine.inputs import Path as Curve
from localcare.model import ModelSpec, load
from localcare.model.units import check
from localcare.problems import BadInput

END = """
INITIAL TIME = 2 ~ Year ~ |
FINAL TIME = 8 ~ Year ~ |
SAVEPER = 0.5 ~ Year ~ |
TIME STEP = 0.5 ~ Year ~ |
"""
TIMES = np.arange(2, 8.25, 0.5)
ENGINES = [(engine, method) for engine in ("numpy", "kernel") for method in ("euler", "rk4")]


@pytest.fixture
def read(tmp_path: Path):
    def reads(text: str) -> ModelSpec:
        path = tmp_path / "memory.mdl"
        path.write_text("{UTF-8}\n" + text + END, encoding="utf-8")
        return load(path, cache=False)

    return reads


def points(spec: ModelSpec, engine: str, method: str, batch: Batch | None = None):
    result = run(spec, batch or Batch(1), engine=engine, method=method, points=True)
    assert result.engine == engine
    return {name: values[..., 0] for name, values in result.values.items()}


@pytest.mark.parametrize(("engine", "method"), ENGINES)
def test_a_fixed_delay_gives_back_what_went_in(read, engine, method) -> None:
    spec = read(
        """
        place: Dover, Swale ~~|
        stay = 1.5 ~ Year ~ |
        arrivals = Time*Time ~ person/Year ~ |
        leaving = DELAY FIXED(arrivals, stay, -1) ~ person/Year ~ |
        at once = DELAY FIXED(arrivals, 0, -1) ~ person/Year ~ |
        half up = DELAY FIXED(arrivals, 1.25, -1) ~ person/Year ~ |
        at first = DELAY FIXED(arrivals, Time, -1) ~ person/Year ~ only its time at the start |
        start[place] = 3, 4 ~ person/Year ~ |
        by place[place] = 2 + DELAY FIXED(arrivals*start[place], 1, start[place]) ~ ~ |
        """
    )
    found = points(spec, engine, method)

    def late(steps: int, before: float, factor: float = 1.0) -> np.ndarray:
        return np.concatenate([np.full(steps, before), factor * TIMES[: len(TIMES) - steps] ** 2])

    np.testing.assert_array_equal(found["leaving"], late(3, -1))
    np.testing.assert_array_equal(found["at_once"], late(1, -1))  # never less than a step
    np.testing.assert_array_equal(found["half_up"], late(3, -1))
    np.testing.assert_array_equal(found["at_first"], late(4, -1))
    np.testing.assert_array_equal(found["by_place"][:, 0], 2 + late(2, 3, 3))
    np.testing.assert_array_equal(found["by_place"][:, 1], 2 + late(2, 4, 4))


def test_what_shaped_a_fixed_delay_is_known(read) -> None:
    spec = read("stay = 1 ~ Year ~ | out = DELAY FIXED(Time, stay, 0) ~ Year ~ |")
    assert spec.structural == ("stay", "time_step")
    with pytest.raises(BadInput, match="runs with its own step"):
        run(spec, Batch(1), step=0.25)
    assert not check(spec)


@pytest.mark.parametrize(
    ("equation", "said"),
    [
        ("DELAY FIXED(Time, wait, 0)", "must be known before the run"),
        ("DELAY FIXED(Time, 1e6, 0)", "2,000,000 steps; up to 10,000"),
        ("DELAY FIXED(Time, 1/0, 0)", "must be known before the run"),
        ("DELAY N(Time, 1, 0, 2.5)", "order of a delay must be a whole number"),
        ("DELAY N(Time, 1, 0, wait)", "order of a delay must be a whole number"),
        ("1 + ACTIVE INITIAL(Time, 0)", "ACTIVE INITIAL"),
    ],
)
def test_what_cannot_be_known_beforehand_is_refused(read, equation, said) -> None:
    with pytest.raises(BadInput, match=said):
        read(f"wait = SMOOTH(Time, 2) ~~| out = {equation} ~~|")


@pytest.mark.parametrize(("engine", "method"), ENGINES)
def test_a_sample_is_held_until_the_next(read, engine, method) -> None:
    spec = read(
        """
        counted = SAMPLE IF TRUE(MODULO(Time, 2) = 1, Time*10, -5) ~ person ~ |
        place: Dover, Swale ~~|
        when[place] = 4, 100 ~ Year ~ |
        seen[place] = SAMPLE IF TRUE(Time = when[place], Time, when[place]) + 1 ~ Year ~ |
        """
    )
    found = points(spec, engine, method)
    wanted = [-5 if t < 3 else 10 * (2 * np.floor((t - 1) / 2) + 1) for t in TIMES]
    np.testing.assert_array_equal(found["counted"], wanted)
    np.testing.assert_array_equal(found["seen"][:, 0], 5)
    np.testing.assert_array_equal(found["seen"][:, 1], 101)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_delay_n_keeps_in_each_stage_the_time_that_held_on_entry(read, engine) -> None:
    spec = read(
        """
        stay = 3 + STEP(3, 4) ~ Year ~ |
        out = DELAY N(10, stay, 4, 2) ~ ~ |
        """
    )
    times = np.where(TIMES >= 4, 6.0, 3.0)  # what a step is for is decided at its middle
    first, second = 4 * 1.5, 4 * 1.5
    wanted = []
    for step in range(len(TIMES)):
        before = times[max(step - 1, 0)] / 2
        wanted.append(second / before)
        through = first / (times[step] / 2)
        first, second = first + 0.5 * (10 - through), second + 0.5 * (through - second / before)
    np.testing.assert_allclose(points(spec, engine, "euler")["out"], wanted, rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
@pytest.mark.parametrize(
    "stay", ["steps(Time)", "held[south]", "SMOOTH(0, 1e9)*0 + steps(Time)", "3 + 3*(late > 3.5)"]
)
def test_delay_n_takes_a_time_that_only_the_run_can_tell(read, engine, stay) -> None:
    text = f"""
        place: north, south ~~|
        late = INTEG(1, INITIAL TIME) ~~|
        steps((0,3),(3.5,3),(4,6),(9,6)) ~~|
        held[place] = IF THEN ELSE(late > 3.5, 6, 3) ~~|
        out = DELAY N(10, {stay}, 4, 2) ~~|
        known = DELAY N(10, 3 + STEP(3, 4), 4, 2) ~~|
        """
    found = points(read(text), engine, "euler")
    np.testing.assert_allclose(found["out"], found["known"], rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_a_stage_shorter_than_a_step_stops_where_its_order_is_not_known(read, engine) -> None:
    spec = read(
        """
        place: north, south ~~|
        stay[place] = 4, 1 ~~|
        out[place] = DELAY N(10, stay[place], 4, 3) ~~|
        """
    )
    with pytest.raises(SimulationError, match=r"out, delay.*\[south\] is not a number"):
        points(spec, engine, "euler")


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_an_order_too_high_for_the_step_is_lowered_as_vensim_does(read, engine) -> None:
    spec = read(
        """
        out = DELAY N(Time, 1, 2, 3) ~~|
        same = DELAY N(Time, 1, 2, 2) ~~|
        """
    )
    found = points(spec, engine, "euler")
    np.testing.assert_array_equal(found["out"], found["same"])


@pytest.mark.parametrize(("engine", "method"), ENGINES)
def test_active_initial_is_used_for_initial_values_only(read, engine, method) -> None:
    spec = read(
        """
        wanted = ACTIVE INITIAL(beds*2, 7) ~ bed ~ |
        beds = INTEG(0, wanted + 1) ~ bed ~ |
        fixed = ACTIVE INITIAL(20, 3) ~ bed ~ |
        more = fixed + 1 ~ bed ~ |
        held = INTEG(0, more) ~ bed ~ |
        place: Dover, Swale ~~|
        mixed[Dover] = ACTIVE INITIAL(5, 1) ~ bed ~ |
        mixed[Swale] = 6 ~ bed ~ |
        begun[place] = INTEG(0, mixed[place]) ~ bed ~ |
        """
    )
    found = points(spec, engine, method)
    assert set(found["beds"]) == {8}
    assert set(found["wanted"]) == {16}
    assert set(found["held"]) == {4}
    assert set(found["more"]) == {21}
    assert found["begun"][-1].tolist() == [1, 6]
    assert found["mixed"][-1].tolist() == [5, 6]


def test_a_step_of_nothing_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "still.mdl"
    text = "out = DELAY FIXED(Time, 1, 0) + DELAY N(1, 2, 0, 2) ~~|" + END.replace("= 0.5", "= 0")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"TIME STEP: is 0, which is not above 0"):
        load(path, cache=False)


def test_active_initial_needs_an_equation_of_its_own_and_no_loop(read) -> None:
    with pytest.raises(BadInput, match="circular definition: its initial value"):
        read("a = ACTIVE INITIAL(b, b) ~~| b = INTEG(0, a) ~~|")


MEMORY = """
place: Dover, Swale ~~|
level = 3 ~ person ~ |
input[Dover] = level*Time ~~|
input[Swale] = Time ~~|
piped[place] = DELAY FIXED(input[place], 1.5, level) ~~|
taken[place] = SAMPLE IF TRUE(input[place] > 6, input[place], level) ~~|
held[place] = INTEG(piped[place] - taken[place]/2, begin[place]) ~~|
begin[place] = ACTIVE INITIAL(held[place]*2, level) ~~|
"""


def test_engines_and_interpreter_agree_and_members_keep_their_bits(read) -> None:
    spec = read(MEMORY)
    overrides = [Overrides({"level": np.array(3.0 + n)}) for n in range(10)]
    curve = Curve(np.array([2.0, 5.0]), np.array([1.0, 9.0]))
    overrides.append(Overrides(paths={"level": curve}))
    batch = Batch.of(spec, overrides)
    for method in ("euler", "rk4"):
        slow = run(spec, batch, engine="numpy", method=method, points=True)
        fast = run(spec, batch, engine="kernel", method=method, points=True)
        for name, values in slow.values.items():
            np.testing.assert_allclose(fast.values[name], values, rtol=1e-12, atol=1e-12)
        for member, own in enumerate(overrides):
            for engine, together in (("numpy", slow), ("kernel", fast)):
                alone = run(spec, Batch.of(spec, [own]), engine=engine, method=method, points=True)
                for name, values in alone.values.items():
                    assert np.array_equal(values[..., 0], together.values[name][..., member])
    plain = Interpreter(spec, {"level": [5.0]})
    plain.begin()
    third = run(spec, Batch.of(spec, overrides[2:3]), method="euler", points=True)
    for step, time in enumerate(TIMES):
        plain.time = float(time)
        plain.evaluate()
        for name, values in third.values.items():
            for element, value in plain.values[name].items():
                assert values[(step, *element, 0)] == pytest.approx(value, rel=1e-13)
        plain.advance(0.5)

"""Contenders are timed in turn, and only results that agree count."""

import numpy as np
import pytest

from localcare.bench.contender import Contender
from localcare.bench.report import Target, spread
from localcare.bench.timing import agreement, best_against_best, take_times

WANTED = {"a": np.array([1.0, 2.0, 4.0]), "b": np.array([[0.0], [0.0], [-10.0]])}


def contender(values=None, log=None, **options):
    def run():
        if log is not None:
            log.append(options.get("name", "x"))

    settings = {"name": "x", "members": 1, "allowed": 1e-9, **options}
    return Contender(run=run, values=lambda _: WANTED if values is None else values, **settings)


def test_equal_results_agree():
    found = agreement(contender(), WANTED)
    assert (found.worst, found.variables) == (0.0, 2)


def test_the_first_times_alone_are_compared_where_there_are_no_more():
    assert agreement(contender({k: v[:2] for k, v in WANTED.items()}), WANTED).worst == 0.0


@pytest.mark.parametrize(
    ("difference", "worst"), [(1e-6, 1e-7), (-1e-6, 1e-7), (np.nan, None), (np.inf, None)]
)
def test_a_result_that_differs_disagrees(difference, worst):
    values = {**WANTED, "b": WANTED["b"] + difference}
    found = agreement(contender(values), WANTED)
    assert not found.reached
    assert found.where == "b"
    assert found.worst == (None if worst is None else pytest.approx(worst))


def test_what_is_not_finite_is_never_forgotten():
    values = {"a": WANTED["a"] * np.nan, "b": WANTED["b"] + 1e-12}
    found = agreement(contender(values), WANTED)
    assert (found.reached, found.where) == (False, "a")


def test_a_variable_that_is_missing_disagrees():
    found = agreement(contender({"a": WANTED["a"]}), WANTED)
    assert (found.reached, found.where) == (False, "b")


def test_contenders_take_turns_and_slow_ones_stop_early():
    log: list[str] = []
    one = contender(log=log, name="one")
    two = contender(log=log, name="two", rounds=2)
    found = take_times([one, two], 3, lambda text: None, shortest=0.0)
    assert [len(times) for times in found] == [3, 2]
    # Each runs once more at first, to see how often it has to.
    assert log == ["one", "one", "two", "two", "one", "two", "one"]


class Clock:
    """Time that passes only where a test says so, so that no machine's noise decides one."""

    def __init__(self) -> None:
        self.now = 0.0

    def work(self, seconds: float) -> None:
        self.now += seconds

    def perf_counter(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    own = Clock()
    monkeypatch.setattr("localcare.bench.timing.time", own)
    return own


def test_times_are_a_members_and_a_whole_runs(clock):
    def busy():
        clock.work(0.2)

    whole = Contender("whole", 1, busy, lambda _: WANTED, 1e-9)
    shared = Contender("shared", 4, busy, lambda _: WANTED, 1e-9, share=0.125)
    (one,), (other,) = take_times([whole, shared], 1, lambda text: None, shortest=0.05)
    assert one.processor == pytest.approx(0.2)
    assert other.processor == pytest.approx(0.2 / (4 * 0.125))


def test_idle_time_is_not_counted(clock):
    working = Contender(
        "working",
        1,
        lambda: clock.work(0.3),
        lambda _: WANTED,
        1e-9,
        idle=lambda: clock.work(0.1),
    )
    ((found,),) = take_times([working], 1, lambda text: None, shortest=1.0)
    assert found.processor == pytest.approx(0.2)
    assert found.clock == pytest.approx(0.2)


def test_targets_are_reached_from_above_or_below():
    assert Target("times", 3.0, spread([3.0, 2.0, 4.0])).reached
    assert not Target("times", 3.0, spread([2.9])).reached
    assert Target("seconds", 3.0, spread([2.9]), less=True).reached
    assert not Target("seconds", 3.0, spread([3.1]), less=True).reached


def test_the_quickest_of_each_in_turn_are_put_against_each_other(monkeypatch):
    """Once in four runs a neighbour disturbs either; no ratio tells of it."""
    now, log = [0.0], []

    def taking(seconds):
        def run():
            log.append(len(log))
            now[0] += seconds * (5.0 if len(log) % 4 == 1 else 1.0)

        return run

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    one = Contender("a", 10, taking(2.0), lambda _: WANTED, 1e-9)
    two = Contender("b", 20, taking(2.0), lambda _: WANTED, 1e-9, threads=2)
    ratios = best_against_best(one, two, 3, lambda text: None)
    assert ratios == pytest.approx([2.0] * 3)
    assert len(log) == 24

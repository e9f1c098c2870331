"""A member has the same bits whatever the lanes, threads, batch, order and what is saved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_models import lively, overridden, saved
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides
from localcare.engine import Path as Course
from localcare.engine.kernel import prepare, simulate
from localcare.engine.schedule import Method, schedule

SPEC = lively()
NAMES = saved(SPEC)
MEMBERS = 20
SAVED = st.one_of(
    st.just(NAMES), st.sampled_from([("people",), ("waves", "level"), ("season", "total", "tide")])
)


def run(
    numbers: list[int],
    names: tuple[str, ...] = NAMES,
    *,
    method: Method = "rk4",
    points: bool = False,
    lanes: int = 1,
    threads: int = 1,
) -> dict[str, NDArray[np.float64]]:
    batch = Batch.of(SPEC, [overridden(number) for number in numbers])
    times = schedule(SPEC.time, method, points=points)
    return simulate(SPEC, batch, times, names, lanes=lanes, threads=threads)


@pytest.fixture(scope="module")
def alone() -> dict[tuple[int, str, bool], dict[str, NDArray[np.float64]]]:
    return {
        (number, method, points): run([number], method=method, points=points)  # type: ignore[arg-type]
        for number in range(MEMBERS)
        for method in ("rk4", "euler")
        for points in (False, True)
    }


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    numbers=st.lists(st.integers(0, MEMBERS - 1), min_size=1, max_size=40),
    names=SAVED,
    how=st.tuples(st.sampled_from([1, 4, 8]), st.sampled_from([1, 2, 3])),
    method=st.sampled_from(["rk4", "euler"]),
    points=st.booleans(),
)
def test_a_member_among_any_others(
    alone: dict[tuple[int, str, bool], dict[str, NDArray[np.float64]]],
    numbers: list[int],
    names: tuple[str, ...],
    how: tuple[int, int],
    *,
    method: Method,
    points: bool,
) -> None:
    lanes, threads = how
    found = run(numbers, names, method=method, points=points, lanes=lanes, threads=threads)
    assert set(found) == set(names)
    for position, number in enumerate(numbers):
        expected = alone[number, method, points]
        for name, array in found.items():
            np.testing.assert_array_equal(
                array[..., position].view(np.int64), expected[name][..., 0].view(np.int64), name
            )


@pytest.mark.parametrize("members", [301, 304, pytest.param(10_000, marks=pytest.mark.long)])
def test_many_members_on_two_threads_are_each_as_alone(
    alone: dict[tuple[int, str, bool], dict[str, NDArray[np.float64]]], members: int
) -> None:
    numbers = [(7 * number) % MEMBERS for number in range(members)]
    found = run(numbers, ("people", "waves"), lanes=8, threads=2)
    for position, number in enumerate(numbers):
        for name, array in found.items():
            expected = alone[number, "rk4", False][name][..., 0]
            np.testing.assert_array_equal(array[..., position], expected, name)


def test_members_differ_where_their_inputs_do(
    alone: dict[tuple[int, str, bool], dict[str, NDArray[np.float64]]],
) -> None:
    ends = {
        each["people"][-1].tobytes()
        for (_, method, p), each in alone.items()
        if method == "rk4" and not p
    }
    assert len(ends) == MEMBERS


def test_removing_an_override_restores_the_baseline_to_the_bit() -> None:
    times = schedule(SPEC.time, "rk4")
    own = Course(np.array([0, 0.7, 1.4, 1.4, 3]), np.array([1, 1.4, 0.8, 0.9, 1.1]))
    still = Course(np.array([0.5, 2.0]), np.array([0.0, 0.0]))
    ways = [
        Overrides(),
        Overrides({"power": np.array(1.3)}),
        Overrides(paths={"lever": still}),
        Overrides(paths={"season": own}),
        Overrides({"power": np.array(1.3)}, {"lever": still, "season": own}),
    ]
    baseline = simulate(SPEC, Batch.of(SPEC, [Overrides()]), times, NAMES, lanes=1)
    for batch in (*([way] for way in ways), ways):
        found = simulate(SPEC, Batch.of(SPEC, batch), times, NAMES, lanes=8)
        for name, array in found.items():
            for member in range(len(batch)):
                np.testing.assert_array_equal(array[..., member], baseline[name][..., 0], name)


def test_one_kernel_serves_batch_after_batch() -> None:
    times = schedule(SPEC.time, "rk4")
    kernel = prepare(SPEC, NAMES, times)
    for number in (3, 0, 3):
        batch = Batch.of(SPEC, [overridden(number), overridden(1)])
        found = simulate(SPEC, batch, times, NAMES[:4], kernel=kernel)
        expected = simulate(SPEC, batch, times, NAMES, lanes=1)
        for name, array in found.items():
            np.testing.assert_array_equal(array, expected[name], name)


def test_a_kernel_is_not_asked_for_what_it_cannot_save() -> None:
    batch, times = Batch.of(SPEC, [Overrides()]), schedule(SPEC.time, "rk4")
    kernel = prepare(SPEC, ["people"], times)
    with pytest.raises(ValueError, match="waves"):
        simulate(SPEC, batch, times, ("people", "waves"), kernel=kernel)
    with pytest.raises(ValueError, match="points"):
        simulate(SPEC, batch, schedule(SPEC.time, "rk4", points=True), ("people",), kernel=kernel)


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_an_interrupted_run_ends_at_once(tmp_path: Path) -> None:
    """Ctrl-C while the kernel runs: it stops within a step, though the run would take hours."""
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from pathlib import Path\n"
        "from building import Building\n"
        "from localcare.engine import Batch, Overrides\n"
        "from localcare.engine.kernel import cache, prepare, simulate\n"
        "from localcare.engine.schedule import schedule\n"
        "from localcare.model.spec import TimeSettings\n"
        "cache.folder = lambda: Path(sys.argv[1])\n"
        "model = Building({}, TimeSettings(0.0, 9e9, 1.0, 9e9))\n"
        "model.stock('s', 1.0, 0.0)\n"
        "spec = model.spec()\n"
        "times = schedule(spec.time, 'rk4')\n"
        "kernel = prepare(spec, ['s'], times)\n"
        "print('begins', flush=True)\n"
        "batch = Batch.of(spec, [Overrides()] * 20)\n"
        "simulate(spec, batch, times, ['s'], kernel=kernel)\n"
    )
    here = Path(__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), str(here)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begins\n"
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        try:
            _, said = running.communicate(timeout=120)
        finally:
            running.kill()
    assert said.rstrip().endswith("KeyboardInterrupt")


def test_a_kernel_that_knows_what_differs_gives_the_same_bits() -> None:
    """What is the same for all members is kept once; it changes no bit."""
    members = [overridden(number) for number in range(13)]
    batch = Batch.of(SPEC, members)
    names = frozenset((*batch.constants, *batch.paths))
    methods: tuple[Method, ...] = ("euler", "rk4")
    for method in methods:
        times = schedule(SPEC.time, method)
        expected = simulate(SPEC, batch, times, NAMES, kernel=prepare(SPEC, NAMES, times))
        for varied in (names, names | {"power"}):
            kernel = prepare(SPEC, NAMES, times, varied=varied)
            found = simulate(SPEC, batch, times, NAMES, kernel=kernel)
            for name, array in found.items():
                np.testing.assert_array_equal(array, expected[name], name)


def test_such_a_kernel_is_given_no_other_differences() -> None:
    times = schedule(SPEC.time, "rk4")
    kernel = prepare(SPEC, ["people"], times, varied=["birth"])
    differs = [Overrides(), Overrides({"power": np.array(1.7)})]
    with pytest.raises(ValueError, match="do not differ in power"):
        simulate(SPEC, Batch.of(SPEC, differs), times, ("people",), kernel=kernel)
    same = Batch.of(SPEC, differs[1:] * 2)
    found = simulate(SPEC, same, times, ("people",), kernel=kernel)
    alone = simulate(SPEC, same, times, ("people",), lanes=1)
    np.testing.assert_array_equal(found["people"], alone["people"])


def test_results_are_written_to_memory_that_is_given() -> None:
    """An equal run writes the same bits over them; what does not fit is refused."""
    times, names = schedule(SPEC.time, "rk4"), ("people", "waves")
    batches = [Batch.of(SPEC, [overridden(number)] * 3) for number in (0, 1)]
    first = simulate(SPEC, batches[0], times, names)
    expected = simulate(SPEC, batches[1], times, names)
    found = simulate(SPEC, batches[1], times, names, into=first)
    for name in names:
        assert found[name] is first[name]
        np.testing.assert_array_equal(found[name], expected[name])
    for wrong in (
        {"people": first["people"]},
        {**first, "waves": first["waves"][1:]},
        {**first, "waves": first["waves"].astype(np.float32)},
        {**first, "waves": first["waves"][::-1]},
    ):
        with pytest.raises(ValueError, match="waves: results of shape"):
            simulate(SPEC, batches[1], times, names, into=wrong)

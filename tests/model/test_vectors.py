"""Vector functions, held to what numpy makes of the same numbers, in both engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, SimulationError, run
from localcare.model import load
from localcare.problems import BadInput

HEAD = """{UTF-8}
ward: w1, w2, w3, w4 ~~|
place: (ward1-ward4) -> ward ~~|
team: a, b, c ~~|
some: w2, w3 ~~|
beds[ward] = 3, 1, 3, -2 ~~|
staff[team, ward] = 5, 2, 2, 9; 1, 2, 3, 4; 4, 3, 2, 1; ~~|
use[ward] = 1, 0, 2, 0 ~~|
none[ward] = 0 ~~|
open[team, ward] = 0, 1, 1, 0; 0, 0, 0, 0; 2, 0.5, 0, 1; ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 11 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""
BEDS = np.array([3, 1, 3, -2.0])
STAFF = np.array([[5, 2, 2, 9], [1, 2, 3, 4], [4, 3, 2, 1.0]])
OPEN = np.array([[0, 1, 1, 0], [0, 0, 0, 0], [2, 0.5, 0, 1.0]])


@pytest.fixture
def results(tmp_path: Path):
    def read(text: str) -> dict[str, np.ndarray]:
        path = tmp_path / "vectors.mdl"
        path.write_text(HEAD + text, encoding="utf-8")
        spec = load(path, cache=False)
        found = [
            run(spec, Batch(1), engine=engine, method="euler", points=True).values
            for engine in ("numpy", "kernel")
        ]
        for name, values in found[0].items():
            np.testing.assert_allclose(found[1][name], values, rtol=1e-14)
        return {name: values[..., 0] for name, values in found[0].items()}

    return read


def actions(chosen: np.ndarray, values: np.ndarray) -> list[float]:
    some = chosen != 0
    if not some.any():
        return [-7.0] * 11
    weights, kept = chosen[some], values[some]
    both = weights * kept
    return [
        both.sum(), both.prod(), both.min(), both.max(), both.mean(), (kept**weights).prod(),
        kept.sum(), kept.prod(), kept.min(), kept.max(), kept.mean(),
    ]  # fmt: skip


def test_vector_select_takes_every_action_over_what_is_selected(results) -> None:
    found = results(
        """
        by time = VECTOR SELECT(use[ward!], beds[ward!] + 4, -7, Time, 0) ~~|
        nothing = VECTOR SELECT(none[ward!], beds[ward!], -7, Time, 0) ~~|
        of team[team] = VECTOR SELECT(open[team, ward!], staff[team, ward!], -7, Time, 0) ~~|
        all together = VECTOR SELECT(open[team!, ward!], beds[ward!]*0 + 2, -7, 6, 0) ~~|
        """
    )
    np.testing.assert_allclose(
        found["by_time"][:11], actions(np.array([1, 0, 2, 0.0]), BEDS + 4), rtol=1e-14
    )
    assert set(found["nothing"]) == {-7}
    for team in range(3):
        wanted = actions(OPEN[team], STAFF[team])
        np.testing.assert_allclose(found["of_team"][:11, team], wanted, rtol=1e-14)
    assert set(found["all_together"]) == {10}


def test_orders_ranks_and_reordering_are_those_of_numpy(results) -> None:
    found = results(
        """
        up[ward] = VECTOR SORT ORDER(beds[ward], 1) ~~|
        down[ward] = VECTOR SORT ORDER(beds[ward], Time - 20) ~~|
        sorted[ward] = VECTOR REORDER(beds[ward], up[ward]) ~~|
        rank[ward] = VECTOR RANK(beds[ward], 1) ~~|
        rank down[ward] = VECTOR RANK(beds[ward], 0) ~~|
        of team[team, ward] = VECTOR RANK(staff[team, ward], 1) ~~|
        order of team[team, place] = VECTOR SORT ORDER(staff[team, ward], 1) ~~|
        sorted team[team, place] = VECTOR REORDER(staff[team, ward], order of team[team, place]) ~~|
        middle[some] = VECTOR RANK(beds[some], 1) ~~|
        """
    )
    last = {name: values[-1] for name, values in found.items()}
    order = np.argsort(BEDS, kind="stable")
    np.testing.assert_array_equal(last["up"], order)
    np.testing.assert_array_equal(last["down"], order[::-1])
    np.testing.assert_array_equal(last["sorted"], np.sort(BEDS))
    np.testing.assert_array_equal(last["rank"], np.argsort(order) + 1)
    np.testing.assert_array_equal(last["rank_down"], np.argsort(order[::-1]) + 1)
    orders = np.argsort(STAFF, axis=1, kind="stable")
    np.testing.assert_array_equal(last["order_of_team"], orders)
    np.testing.assert_array_equal(last["of_team"], np.argsort(orders, axis=1) + 1)
    np.testing.assert_array_equal(last["sorted_team"], np.sort(STAFF, axis=1))
    np.testing.assert_array_equal(last["middle"], [1, 2])


def test_an_element_is_found_by_counting_on_from_another(results) -> None:
    found = results(
        """
        stage: (s1-s4) ~~|
        one by one[ward] = VECTOR ELM MAP(beds[w1], ward - 1) ~~|
        next round[ward] = VECTOR ELM MAP(beds[ward], 1 - 4*(ward = w4)) ~~|
        through rows[team, ward] = VECTOR ELM MAP(staff[a, w1], (team - 1)*ELMCOUNT(ward) + ward
          - 1) ~~|
        down a column[team] = VECTOR ELM MAP(staff[team, w2], use[w3]) ~~|
        by time = VECTOR ELM MAP(staff[a, w1], Time) ~~|
        level[stage] = INTEG(entering[stage] - leaving[stage], stage) ~~|
        leaving[stage] = level[stage]/4 ~~|
        entering[stage] = IF THEN ELSE(stage = s1, 1, VECTOR ELM MAP(leaving[stage], -1)) ~~|
        nearly = VECTOR ELM MAP(beds[w1], 0.1*3*10 - 1) ~~|
        cut = VECTOR ELM MAP(beds[w1], 1.9) ~~|
        defined for some[some] = some * 10 ~~|
        of some[some] = VECTOR ELM MAP(defined for some[w2], 3 - some) ~~|
        """
    )
    last = {name: values[-1] for name, values in found.items()}
    np.testing.assert_array_equal(last["one_by_one"], BEDS)
    np.testing.assert_array_equal(last["next_round"], np.roll(BEDS, -1))
    np.testing.assert_array_equal(last["through_rows"], STAFF)
    np.testing.assert_array_equal(last["down_a_column"], [9, 4, 1])  # two places on, w4
    np.testing.assert_array_equal(found["by_time"], STAFF.ravel())
    leaving = found["leaving"]
    np.testing.assert_array_equal(found["entering"][:, 1:], leaving[:, :-1])
    assert set(found["entering"][:, 0]) == {1}
    assert (last["nearly"], last["cut"]) == (3, 1)
    np.testing.assert_array_equal(last["of_some"], [30, 20])


@pytest.mark.parametrize(
    "equation",
    [
        "VECTOR ELM MAP(beds[w1], Time)",
        "VECTOR ELM MAP(beds[w2], -2)",
        "VECTOR SELECT(none[ward!], beds[ward!], 0, 0, 1)",
        "VECTOR SELECT(use[ward!], beds[ward!], 0, 0, 2)",
        "VECTOR SELECT(use[ward!], beds[ward!], 0, 0, 2 + STEP(1, 0))",
    ],
)
def test_what_vensim_calls_an_error_stops_the_run(results, equation) -> None:
    with pytest.raises(SimulationError, match="x is not a number"):
        results(f"x = {equation} ~~|")


def test_errors_that_are_asked_for_leave_what_is_in_order(results) -> None:
    found = results(
        """
        strict = 1 ~~|
        some of it = VECTOR SELECT(use[ward!], beds[ward!], 0, 0, strict) ~~|
        one = VECTOR SELECT(use[ward!], beds[ward!], 0, 0, 0*strict) ~~|
        """
    )
    assert set(found["some_of_it"]) == set(found["one"]) == {9}


@pytest.mark.parametrize(
    ("equation", "said"),
    [
        ("x[ward] = VECTOR RANK(beds[ward] + 1, 1)", "given an expression"),
        ("x[ward] = VECTOR RANK(beds[ward!], 1)", "needs no `!`"),
        ("x = VECTOR RANK(beds[ward], 1)", "on the right is not among"),
        ("x = VECTOR RANK(beds[w1], 1)", r"runs over \[w1\]"),
        ("x = VECTOR RANK(TIME STEP, 1)", "given an expression"),
        ("x = VECTOR SELECT(use[ward!], beds[ward!], 0, 11, 0)", "no action 11"),
        ("x = VECTOR ELM MAP(beds[ward], 1)", "on the right is not among"),
        ("x = VECTOR ELM MAP(Time, 1)", "given an expression"),
        ("x = VECTOR ELM MAP(beds[w1])", "takes 2 arguments, not 1"),
        ("x = VECTOR SELECT(use[w1], beds[w2], 0, 1, 0)", "runs over no subscript"),
        ("x = VECTOR SELECT(use[ward!])", "takes 5 arguments, not 1"),
    ],
)
def test_misuse_is_refused(results, equation, said) -> None:
    with pytest.raises(BadInput, match=said):
        results(equation + " ~~|")

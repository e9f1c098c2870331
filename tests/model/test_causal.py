"""Causes and uses of a variable, seen through delays, and the variables that nothing uses."""

from pathlib import Path

import pytest

from localcare.model import load
from localcare.model.causal import Tree, graph, unused

BROKEN = Path(__file__).parents[1] / "broken"
MODEL = """{UTF-8}
people = INTEG(arrivals - leaving, people at start) ~ person ~ . |
people at start = 100 ~ person ~ . |
arrivals = 12 * season(Time) ~ person/Year ~ . |
season((0,1),(1,2)) ~ Dmnl ~ . |
leaving = people / stay ~ person/Year ~ . |
stay = base stay * crowding ~ Year ~ . |
base stay = 2 ~ Year ~ . |
crowding = SMOOTH3(people, memory) / beds ~ Dmnl ~ . |
memory = 1 ~ Year ~ . |
beds = 50 ~ person ~ . |
people diffusion = 0.1 ~ person ~ Noise of a stock. |
crowd diffusion = 0.1 ~ person ~ Noise of nothing. |
INITIAL TIME = 0 ~ Year ~ . |
FINAL TIME = 1 ~ Year ~ . |
TIME STEP = 0.125 ~ Year ~ . |
SAVEPER = 0.5 ~ Year ~ . |
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("causal") / "m.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return load(path, cache=False)


def test_a_stocks_causes_are_its_flows_and_apart_from_them_its_initial_value(model) -> None:
    causal = graph(model)
    assert causal.flow["people"] == ("arrivals", "leaving")
    assert causal.initial["people"] == ("people_at_start",)
    assert causal.causes("people") == ("arrivals", "leaving", "people_at_start")


def test_lookups_are_causes_and_smooths_are_seen_through(model) -> None:
    causal = graph(model)
    assert causal.causes("arrivals") == ("season",)
    assert set(causal.causes("crowding")) == {"people", "memory", "beds"}
    assert causal.uses["people"] == ("leaving", "crowding")
    assert causal.uses["beds"] == ("crowding",)
    assert not any("smooth" in name for name in causal.flow)


def test_a_cause_tree_goes_as_deep_as_asked_and_shows_a_loop_once(model) -> None:
    causal = graph(model)
    assert causal.cause_tree("leaving", 1) == Tree(
        "leaving", (Tree("people", more=True), Tree("stay", more=True))
    )
    tree = causal.cause_tree("people", 9)
    leaving = tree.branches[1]
    assert leaving.branches[0] == Tree("people", repeated=True)
    assert leaving.branches[1].branches[0] == Tree("base_stay")
    assert causal.use_tree("beds", 1) == Tree("beds", (Tree("crowding", more=True),))


def test_what_a_lever_can_change_is_found_through_loops_and_delays(model) -> None:
    causal = graph(model)
    assert causal.reached_from("beds") == {"crowding", "stay", "leaving", "people"}
    assert causal.reached_from("crowding") == {"crowding", "stay", "leaving", "people"}
    assert causal.feeds("season") == frozenset()
    assert "beds" in causal.feeds("people")


def test_only_noise_of_a_stock_may_stand_unused(model) -> None:
    assert [problem.key for problem in unused(model)] == ["crowd diffusion"]


def test_an_unused_variable_is_reported_unless_it_is_an_output() -> None:
    spec = load(BROKEN / "evidence_unused.mdl", cache=False)
    (problem,) = unused(spec)
    assert str(problem) == (
        "evidence_unused.mdl:12: mistake: nothing uses it. Use it, remove it, or declare it an "
        'output with ":SUPPLEMENTARY" as the fourth field of its equation.'
    )
    assert unused(spec, outputs={"mistake"}) == []

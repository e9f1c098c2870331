"""What drives a difference: parts by hand, parts that add up, coalitions that are runs."""

import itertools

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.engine.inputs import Path
from localcare.measures.catalogue import find
from localcare.measures.drivers import drivers
from localcare.problems import BadInput
from localcare.study.shapley import (
    MOST,
    coalitions,
    groups_of,
    run_coalitions,
    shapley_values,
)


def game(players, worth):
    """The figures of all coalitions of a game, by what a set of players is worth."""
    return np.array(
        [worth({i for i in range(players) if number >> i & 1}) for number in range(2**players)],
        float,
    )


def test_players_that_only_add_get_what_they_add():
    alone = [3.0, -5.0, 0.0, 7.5]
    parts = shapley_values(game(4, lambda held: sum(alone[i] for i in held)))
    np.testing.assert_allclose(parts, alone, atol=1e-12)


def test_gloves_are_worth_as_shapley_found():
    """Two left gloves and one right: a pair is worth 1 (Shapley 1953: 1/6, 1/6, 2/3)."""
    parts = shapley_values(game(3, lambda held: float(2 in held and bool(held & {0, 1}))))
    np.testing.assert_allclose(parts, [1 / 6, 1 / 6, 2 / 3], atol=1e-12)


def test_parts_are_the_mean_over_every_order_and_add_up_to_the_whole():
    values = np.random.default_rng(5).normal(size=32)
    parts = shapley_values(values)
    orders = list(itertools.permutations(range(5)))
    by_hand = np.zeros(5)
    for order in orders:
        held = 0
        for player in order:
            by_hand[player] += values[held | 1 << player] - values[held]
            held |= 1 << player
    np.testing.assert_allclose(parts, by_hand / len(orders), atol=1e-12)
    assert parts.sum() == pytest.approx(values[-1] - values[0], rel=1e-12)


def test_parts_do_not_depend_on_the_order_of_the_groups():
    worth = {frozenset(c): float(len(c) ** 2 + sum(c)) for n in range(4)
             for c in itertools.combinations(range(3), n)}  # fmt: skip
    one = shapley_values(game(3, lambda held: worth[frozenset(held)]))
    turned = shapley_values(game(3, lambda held: worth[frozenset(2 - i for i in held)]))
    np.testing.assert_allclose(one, turned[::-1], atol=1e-12)


def test_a_number_of_coalitions_that_is_no_power_of_two_is_refused():
    with pytest.raises(ValueError, match="6 coalitions"):
        shapley_values(np.zeros(6))


NOTHING = Overrides()
POLICY = Overrides(
    {"stay": np.array(0.04)},
    {
        "demand": Path(
            np.array([2020.0, 2021.0]),
            np.array([[400.0, 300.0], [300.0, 250.0], [100.0, 100.0]]),
        )
    },
)


def test_only_what_differs_is_in_a_group(wards):
    groups = groups_of(wards.spec, NOTHING, POLICY)
    assert {group.name: dict(group.elements) for group in groups} == {
        "stay": {"stay": (0,)},
        "demand": {"demand": (0, 1)},
    }
    with pytest.raises(BadInput, match="set the same"):
        groups_of(wards.spec, POLICY, POLICY)


def test_the_empty_and_the_full_coalition_are_the_two_runs_to_the_bit(wards):
    groups = groups_of(wards.spec, NOTHING, POLICY)
    every = coalitions(wards.spec, NOTHING, POLICY, groups)
    results = run_coalitions(wards.spec, every, ["patients"])
    own = run(wards.spec, Batch.of(wards.spec, [NOTHING, POLICY]), engine="kernel", points=True)
    for member, column in ((0, 0), (-1, 1)):
        np.testing.assert_array_equal(
            results["patients"].isel(member=member), own.values["patients"][..., column]
        )
    assert not np.array_equal(results["patients"][1], results["patients"][0])


@pytest.fixture(scope="module")
def policies(project):
    from localcare.verbs.scenarios import find_scenarios, shipped_files

    found = find_scenarios(shipped_files(), project)
    return {each.name: each.overrides(project.spec) for each in found}


def test_every_shipped_policy_falls_into_at_most_eight_groups_that_share_nothing(project, policies):
    spec = project.spec
    layers = {"additional_reach": "neighbourhood"}
    for name, overrides in policies.items():
        if name == "baseline":
            continue
        groups = groups_of(spec, policies["baseline"], overrides, layers)
        assert 1 <= len(groups) <= MOST, name
        held = [(v, p) for g in groups for v, positions in g.elements.items() for p in positions]
        assert len(held) == len(set(held)), name
        full = coalitions(spec, policies["baseline"], overrides, groups)[-1]
        assert set(full.paths) == set(overrides.paths), name
        for variable, path in overrides.paths.items():
            np.testing.assert_array_equal(full.paths[variable].values, path.values)


def test_the_parts_of_a_shipped_policy_are_those_of_the_comparison(project, policies, comparison):
    measures = [find("beds_needed"), find("policy_spend")]
    found = drivers(project.spec, policies["baseline"], policies["acute"], measures)
    beds = found["beds_needed"]
    whole = beds.attrs["policy"] - beds.attrs["baseline"]
    assert float(beds.sum()) == pytest.approx(whole, rel=1e-9)
    year = comparison.dataset["beds_needed"].where(comparison.dataset["year"] == 2030, drop=True)
    own = year.mean("time").sum("system")
    assert beds.attrs["baseline"] == pytest.approx(float(own.sel(scenario="baseline")), rel=1e-12)
    assert beds.attrs["policy"] == pytest.approx(float(own.sel(scenario="acute")), rel=1e-12)
    spend = found["policy_spend"]
    assert float(spend.sum()) == pytest.approx(spend.attrs["policy"], rel=1e-9)
    assert (spend >= -1e-6 * spend.attrs["policy"]).all()
    assert found.attrs["runs"] == 2 ** found.sizes["group"]


def test_what_cannot_be_broken_down_is_said(project, policies):
    first, second = policies["baseline"], policies["acute"]
    with pytest.raises(BadInput, match="net_cost: is itself a difference"):
        drivers(project.spec, first, second, [find("net_cost")])
    with pytest.raises(BadInput, match="no whole year 2050"):
        drivers(project.spec, first, second, [find("beds_needed")], year=2050)

"""Places in the shipped model: wellbeing, community assets, maturity, the loop "learning", hubs.

One batch over all years, Euler at the model's own step: what is tested here does not turn on the
method.
"""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
EARLY_LEARNER = "Folkestone and Hythe"
FROM = np.array([2022.0, 2022.0 + 1 / 12])
PULLED = (2022 - 2019) * 12  # months from the start to the pull of every lever here
#: The least by which a loop has to move its measure by 2030 to be more than weak.
FELT = 0.005
EFFECTS = (
    "wellbeing_effect_on_progression", "maturity_effect_on_quality", "maturity_effect_on_reach",
    "staff_turnover_against_2019", "hub_effect_on_reach", "hub_effect_on_productivity",
)  # fmt: skip
SAVED = (
    *EFFECTS, "wellbeing", "community_assets", "maturity", "maturity_of_place", "wanted_reach",
    "excess_reach", "hub_sites", "hubs_under_construction", "share_of_people_with_a_hub",
    "hours_at_hand_by_place", "hub_capital_cost", "gross_policy_spend_by_layer",
)  # fmt: skip


@pytest.fixture(scope="module")
def spec():
    return load(MODEL)


@pytest.fixture(scope="module")
def places(spec):
    return spec.by_dimension["place"].elements


@pytest.fixture(scope="module")
def function(spec):
    """The position of a care function."""
    return spec.by_dimension["care function"].elements.index


def constants(spec, **values):
    """Constants set outright, every element to the same number."""
    return {name: np.full(spec.shape(name), float(value)) for name, value in values.items()}


def lever(spec, name, amount, where=...):
    """A lever pulled at the start of 2022, on all elements or on those `where` names."""
    own = np.array(spec.by_identifier[name].values, dtype=float).reshape(spec.shape(name))
    pulled = own.copy()
    pulled[where] += amount
    return {name: Path(FROM, np.stack([own, pulled], axis=-1))}


@pytest.fixture(scope="module")
def ran(spec, places, function):
    one = places.index(EARLY_LEARNER)
    community = np.s_[:, function("community development")]
    team = np.s_[:, function("multidisciplinary team")]
    led = lever(spec, "maturity_leadership", 4.0)
    cut = constants(spec, learning_loop_acts=0)
    capital = constants(spec, capital_budget=1e9)  # 26 hubs at once are more than is allotted
    members = {
        "baseline": Overrides(),
        "lower frailty": Overrides(constants(spec, lower_frailty_variant=1)),
        "one led": Overrides(paths=lever(spec, "maturity_leadership", 4.0, one)),
        "one led, no learning": Overrides(cut, lever(spec, "maturity_leadership", 4.0, one)),
        "no learning": Overrides(cut),
        "academy": Overrides(paths=lever(spec, "academy_places", 30.0)),
        "community": Overrides(paths=lever(spec, "additional_reach", 0.6, community)),
        "neglect": Overrides(paths=lever(spec, "additional_reach", -0.02, community)),
        "teams": Overrides(paths=lever(spec, "additional_reach", 0.3, team)),
        "teams, all led": Overrides(paths=lever(spec, "additional_reach", 0.3, team) | led),
        "hubs": Overrides(capital, lever(spec, "additional_hubs", 2.0)),
        "hubs and teams": Overrides(
            capital,
            lever(spec, "additional_hubs", 2.0) | lever(spec, "additional_reach", 0.3, team),
        ),
        "leaders without end": Overrides(
            constants(spec, cost_of_a_leader=0, cost_of_an_academy_place=0),
            lever(spec, "maturity_leadership", 1e6) | lever(spec, "academy_places", 1e6),
        ),
        "nobody stays": Overrides(constants(spec, leaving_response_to_workload=50)),
        "no responses": Overrides(
            constants(spec, leaving_response_to_workload=0, leavers_kept_by_the_academy=0) | cut
        ),
    }
    result = run(
        spec, Batch.of(spec, list(members.values())), method="euler", save=SAVED, engine="kernel"
    )
    return list(members), result


@pytest.fixture(scope="module")
def of(ran):
    """Values of one variable in one member, (time, *dimensions)."""
    names, result = ran
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


@pytest.fixture(scope="module")
def elsewhere(of, places):
    """Mean maturity of all places but the early learner at the end."""
    others = [i for i, place in enumerate(places) if place != EARLY_LEARNER]
    return lambda member: of("maturity_of_place", member)[-1, others].mean()


@pytest.mark.parametrize("picture", ["baseline", "lower frailty"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_every_effect_of_a_place_is_one_at_the_start_of_2019(of, effect, picture):
    np.testing.assert_allclose(of(effect, picture)[0], 1, rtol=1e-4)


def test_a_place_stays_as_mature_as_it_was_while_staff_leave_as_they_did(of):
    maturity = of("maturity", "no responses")
    np.testing.assert_allclose(maturity[-1], maturity[0], rtol=1e-9)


def test_the_pillars_combine_as_a_geometric_mean(of):
    pillars = of("maturity", "academy")
    expected = np.exp(np.log(pillars).mean(axis=-1))
    np.testing.assert_allclose(of("maturity_of_place", "academy")[-1], expected[-1], rtol=1e-3)


def test_leaders_make_a_place_mature_over_years_not_months(of, places):
    one = places.index(EARLY_LEARNER)
    gained = of("maturity_of_place", "one led")[:, one] - of("maturity_of_place")[:, one]
    assert gained[PULLED + 9] < 0.25 * gained[-1]
    assert gained[PULLED + 36] > 0.5 * gained[-1]
    assert gained[-1] > 0.1


def test_the_academy_makes_every_place_mature_and_keeps_staff(of):
    assert (of("maturity_of_place", "academy")[-1] > of("maturity_of_place")[-1] + 0.05).all()
    turnover = "staff_turnover_against_2019"
    assert (of(turnover, "academy")[-1] < of(turnover)[-1]).all()


def test_maturity_erodes_as_staff_leave(of):
    assert (of("maturity", "nobody stays")[-1] < of("maturity")[-1]).all()


def test_the_learning_loop_makes_other_places_mature(elsewhere):
    """What one place is led to, the others learn; with the loop cut they do not."""
    assert elsewhere("one led") > (1 + FELT) * elsewhere("one led, no learning")
    unled = elsewhere("no learning")
    assert elsewhere("one led, no learning") == pytest.approx(unled, rel=FELT / 10)


def test_a_mature_place_attains_more_reach_and_more_effect_for_it(of, function):
    team = function("multidisciplinary team")
    for name in ("wanted_reach", "excess_reach"):
        led, plain = of(name, "teams, all led"), of(name, "teams")
        assert (led[-1, :, team] > plain[-1, :, team]).all(), name
    beds = function("community beds")  # not of the neighbourhood layer
    same = [of("wanted_reach", name)[-1, :, beds] for name in ("teams, all led", "teams")]
    np.testing.assert_array_equal(*same)


def test_community_development_builds_assets_and_its_end_erodes_them(of):
    assets = {name: of("community_assets", name)[-1] for name in ("community", "neglect")}
    plain = of("community_assets")[-1]
    assert (assets["community"] > plain).all()
    assert (assets["neglect"] < plain).all()


def test_assets_draw_wellbeing_to_its_goal_and_wellbeing_slows_progression(of, spec):
    goal = spec.by_identifier["aspirational_wellbeing"].values[0]
    for built, member in ((True, "community"), (False, "neglect")):
        change = of("wellbeing", member)[-1] - of("wellbeing")[-1]
        assert ((change > 0) == built).all()
        assert (of("wellbeing", member) < goal).all()
        effect = of("wellbeing_effect_on_progression", member)[-1]
        assert ((effect < of("wellbeing_effect_on_progression")[-1]) == built).all()


@pytest.mark.parametrize("member", ["leaders without end", "nobody stays"])
def test_maturity_stays_between_nothing_and_all_under_extreme_conditions(of, member):
    maturity = of("maturity", member)
    assert np.isfinite(maturity).all()
    assert (maturity > 0).all()
    assert (maturity < 1).all()


def test_hubs_open_after_they_are_built_and_stay(of):
    open_, building = of("hub_sites", "hubs"), of("hubs_under_construction", "hubs")
    assert (open_[PULLED + 9] < 0.1).all()
    assert (building[PULLED + 18] > 1).all()
    np.testing.assert_allclose(open_[-1], 2, rtol=1e-3)
    assert (np.diff(open_, axis=0) >= 0).all()


def test_a_hub_gives_more_reach_and_hours_and_only_to_the_people_it_serves(of, spec, function):
    served = of("share_of_people_with_a_hub", "hubs")[-1]
    assert (served <= 1).all()
    assert served[spec.by_dimension["place"].elements.index("Medway")] < 0.5
    team = function("multidisciplinary team")
    with_hubs, without = (of("wanted_reach", m)[-1, :, team] for m in ("hubs and teams", "teams"))
    assert (with_hubs > without).all()
    nurse = spec.by_dimension["place role"].elements.index("community nurse")
    hours = "hours_at_hand_by_place"
    assert (of(hours, "hubs")[-1, :, nurse] > of(hours)[-1, :, nurse]).all()


def test_hubs_cost_their_capital_and_their_upkeep_in_the_neighbourhood_layer(of, spec):
    layers = spec.by_dimension["layer"].elements
    spent = of("gross_policy_spend_by_layer", "hubs")[-1]
    assert spent[layers.index("neighbourhood")] > 0.999 * spent.sum()
    capital = of("hub_capital_cost", "hubs").sum() / 12
    price = spec.by_identifier["capital_cost_of_a_hub"].values[0]
    assert capital == pytest.approx(2 * 13 * price, rel=1e-3)
    assert spent.sum() > capital

"""`--set NAME=VALUE`, held to what a scenario file is held to."""

import numpy as np
import pytest

from localcare.problems import BadInput
from localcare.scenario import parse_setting, parse_settings


def test_a_setting_is_a_constant_for_the_whole_run(resolve, spec, known):
    scenario = resolve().with_settings([parse_setting("real recovery share=0.4", known)])
    assert scenario.overrides(spec).constants["real_recovery_share"] == 0.4


@pytest.mark.parametrize(
    "text",
    [
        "virtual ward places[East Kent]=30",
        "virtual_ward_places [ east kent ] = 30 places",
        '"virtual ward places"[East Kent]=3e1 place',
    ],
)
def test_elements_and_units_may_be_given(resolve, spec, known, text):
    scenario = resolve().with_settings([parse_setting(text, known)])
    assert scenario.overrides(spec).constants["virtual_ward_places"].tolist() == [30, 20]


def test_a_setting_wins_over_the_scenario_only_where_they_meet(resolve, spec, known):
    body = "levers: [{lever: virtual ward places, target: 100, unit: place, start: 2026/27}]"
    scenario = resolve(body).with_settings(
        [parse_setting("virtual ward places[East Kent]=30", known)]
    )
    path = scenario.overrides(spec).paths["virtual_ward_places"]
    assert (path.values[0] == 30).all()
    assert path.values[1].tolist() == [20, 100]
    everywhere = resolve(body).with_settings([parse_setting("virtual ward places=30", known)])
    assert not everywhere.overrides(spec).paths
    assert np.all(everywhere.overrides(spec).constants["virtual_ward_places"] == 30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", '--set: "" is not NAME=VALUE.'),
        ("real recovery share", '"real recovery share" is not NAME=VALUE.'),
        ("=3", '"=3" is not NAME=VALUE.'),
        ("real recovery share=", "--set: real recovery share: says no number."),
        ("real recovery share=lots", 'the text "lots" where a number belongs.'),
        ("real recovery share=nan", 'the text "nan" where a number belongs.'),
        (
            "real recovery shar=0.3",
            'no such input of the model. Did you mean "real recovery share"?',
        ),
        ("real recovery share=0.9", "0.9 is above the highest allowed, 0.5 (toy.assumptions.csv)."),
        ("real recovery share=0.3 bed", '"bed" is not the unit of real recovery share'),
        ("virtual ward places[Thanet]=3", "Thanet: is no element of virtual ward places."),
        ("real recovery share[Thanet]=0.3", "real recovery share is one number."),
        ("occupancy=1", "is computed by the model (an auxiliary)"),
        ("home care supply=3", "is a series over time."),
        ("real recovery share=1e999", "inf"),
    ],
)
def test_what_cannot_be_set_is_refused_in_one_line(known, text, said):
    with pytest.raises(BadInput) as refused:
        parse_setting(text, known)
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert str(problem).startswith("--set: ")


def test_every_problem_of_several_settings_is_told_and_none_may_meet(known):
    with pytest.raises(BadInput) as refused:
        parse_settings(["a=1", "same day care share=0.4", "same_day_care_share=0.5", "b"], known)
    assert len(refused.value.problems) == 3

"""In the shipped model care functions change how long people stay in hospital, what practices
cannot meet comes back, and who trains for another role leaves a post.

One batch to 2023, saved at points.
"""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
FROM = np.array([2019.5, 2019.5 + 1 / 12])
TEAM = "multidisciplinary team"
SAVED = (
    "care_effect_on_stays", "care_effect_on_stays_at_trusts", "excess_reach", "eligible_share",
    "medically_fit_flow", "emergency_patients", "long_stay_admissions", "gp_access",
    "gp_contacts_needed", "access_shortfall", "gp_contacts_that_come_back", "unmet_gp_need_waiting",
    "staff_who_advance", "joining_from_training", "staff_in_post",
)  # fmt: skip


@pytest.fixture(scope="module")
def spec():
    return load(MODEL)


def number(spec, dimension, element):
    return spec.by_dimension[dimension].elements.index(element)


def table(spec, name):
    return np.array(np.reshape(spec.by_identifier[name].values, spec.shape(name)), dtype=float)


@pytest.fixture(scope="module")
def of(spec):
    """Values of one variable in one member, (time, *dimensions)."""
    none = table(spec, "central_effect")
    stay = number(spec, "outcome", "length of stay")
    none[:, stay] = 0
    shorter = none.copy()
    shorter[number(spec, "care function", TEAM), stay] = -0.2
    reach = np.zeros(spec.shape("additional_reach"))
    reach[:, number(spec, "care function", TEAM)] = 0.3
    reach = {"additional_reach": Path(FROM, np.stack([0 * reach, reach], -1))}
    places = np.zeros(spec.shape("additional_training_places"))
    places[number(spec, "role", "advanced practitioner")] = 20
    places = {"additional_training_places": Path(FROM, np.stack([0 * places, places], -1))}
    hours = np.full(spec.shape("enhanced_access_hours"), 5e4)
    never = {"share_of_unmet_requests_that_come_back": np.array(0.0)}
    members = {
        "baseline": Overrides(),
        "no effect": Overrides({"central_effect": none}, reach),
        "shorter": Overrides({"central_effect": shorter}, reach),
        "never back": Overrides(never),
        "more hours": Overrides({"enhanced_access_hours": hours}),
        "loop cut": Overrides({"access_loop_acts": np.array(0.0)}),
        "trained": Overrides(paths=places),
        "trained from outside": Overrides(
            {"trained_from_among_staff": np.zeros(spec.shape("trained_from_among_staff"))}, places
        ),
    }
    names = list(members)
    batch = Batch.of(spec, list(members.values()))
    result = run(spec, batch, points=True, engine="kernel", until=2023.0, save=list(SAVED))
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


def test_a_function_shortens_the_stays_of_its_caseload_by_its_table_alone(spec, of):
    assert (of("care_effect_on_stays", "no effect") == 1).all()
    function = number(spec, "care function", TEAM)
    use = table(spec, "relative_use_by_the_enrolled")[function]
    excess = of("excess_reach", "shorter")[:, :, None, function]
    expected = 1 - 0.2 * use * excess * of("eligible_share", "shorter")[:, None, function]
    assert of("care_effect_on_stays", "shorter") == pytest.approx(expected, rel=1e-9)
    at_trusts = of("care_effect_on_stays_at_trusts", "shorter")[-1]
    assert (at_trusts[:, 1:] < 1).all()
    assert (at_trusts > of("care_effect_on_stays", "shorter")[-1].min(axis=0) - 1e-9).all()


def test_shorter_stays_are_fewer_days_for_each_who_is_admitted(of):
    def days(member):
        last = slice(-12, None)
        patients = of("emergency_patients", member)[last].sum(axis=(0, 1))
        return patients / of("medically_fit_flow", member)[last].sum(axis=(0, 1))

    effect = of("care_effect_on_stays_at_trusts", "shorter")[-12:].mean(axis=(0, 1))
    frail = slice(2, 4)  # moderate and severe: hardly anyone fitter is on that caseload
    moved = (days("shorter") / days("no effect") - 1)[frail]
    # Not to the digit: a hospital with more room hurries less and is less crowded.
    assert (moved < -0.01).all()
    assert moved == pytest.approx(effect[frail] - 1, rel=0.15)


def test_functions_that_move_people_out_of_hospital_do_not_shorten_stays_as_well(spec):
    stay = number(spec, "outcome", "length of stay")
    moving = [*spec.by_dimension["placed function"].elements, "urgent response"]
    rows = [number(spec, "care function", name) for name in moving]
    for name in ("central_effect", "favourable_effect", "unfavourable_effect"):
        assert (table(spec, name)[rows, stay] == 0).all(), name


def test_half_of_what_cannot_be_met_comes_back_and_nothing_at_the_start(of):
    waiting, back = of("unmet_gp_need_waiting"), of("gp_contacts_that_come_back")
    assert (waiting[0] == 0).all()
    unmet = (of("gp_contacts_needed") * of("access_shortfall")).sum(axis=1)
    assert back[-1].sum() == pytest.approx(0.5 * unmet[-1], rel=0.02)
    assert of("gp_contacts_needed")[-1].sum() > of("gp_contacts_needed", "never back")[-1].sum()
    assert (of("gp_contacts_that_come_back", "never back") == 0).all()
    assert (of("gp_contacts_that_come_back", "loop cut") == 0).all()


def test_where_access_is_better_than_in_2019_fewer_come_back(of):
    better = of("access_shortfall", "more hours")[-1] < 0
    assert better.any()
    assert (of("gp_contacts_that_come_back", "more hours")[-1][better] < 0).all()


def test_who_advances_leaves_a_post_and_nobody_else_does(spec, of):
    assert np.abs(of("staff_who_advance")).max() < 1e-9
    advancing = of("staff_who_advance", "trained")
    joining = of("joining_from_training", "trained") - of("joining_from_training")
    role = number(spec, "role", "advanced practitioner")
    assert advancing.sum(axis=1) == pytest.approx(joining[:, role], abs=1e-9)
    assert advancing[-1].sum() > 1
    nurse = number(spec, "role", "ward nurse")
    staff = [of("staff_in_post", name)[-1] for name in ("trained", "trained from outside")]
    assert staff[0][nurse] < staff[1][nurse] - 1
    assert staff[0][number(spec, "role", "GP")] == pytest.approx(
        staff[1][number(spec, "role", "GP")], rel=1e-3
    )

"""How a care function finds people in the shipped model: by stratification, or, beyond the reach of
2019, by clinical impression, as in Frome."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
FROM_2020 = np.array([2020.0, 2020.0 + 1 / 12])
FUNCTION = "falls prevention"
YEAR = 12


@pytest.fixture(scope="module")
def spec():
    spec = load(MODEL)
    return replace(spec, time=replace(spec.time, final=2023.0))


@pytest.fixture(scope="module")
def at(spec):
    """Position of the function among care functions and among open functions."""
    return tuple(
        spec.by_dimension[dimension].elements.index(FUNCTION)
        for dimension in ("care function", "open function")
    )


@pytest.fixture(scope="module")
def of(spec, at):
    """Values of one variable in one member, (time, *dimensions)."""

    def reach(value):
        values = np.zeros(spec.shape("additional_reach"))
        values[:, at[0]] = value
        return {"additional_reach": Path(FROM_2020, np.stack([0 * values, values], axis=-1))}

    picked = np.zeros(spec.shape("found_by_clinical_impression"))
    picked[at[1]] = 1.0
    picked = {"found_by_clinical_impression": picked}
    alike = {
        "tilt_of_clinicians_towards_frailty": np.array(0.0),
        "emergency_use_of_those_picked": np.array(1.0),
        "response_of_those_picked": np.array(1.0),
        "extra_cost_of_finding_by_clinical_impression": np.array(0.0),
    }
    members = {
        "baseline": Overrides(),
        "picked": Overrides(picked),
        "listed, more": Overrides(paths=reach(0.3)),
        "picked, more": Overrides(picked, reach(0.3)),
        "picked alike, more": Overrides(picked | alike, reach(0.3)),
        "listed, all": Overrides(paths=reach(1.0)),
        "picked, all": Overrides(picked, reach(1.0)),
    }
    names = list(members)
    result = run(spec, Batch.of(spec, list(members.values())), engine="kernel")
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


def test_at_the_reach_of_2019_it_makes_no_difference(of):
    # Caseloads lag a little behind a growing population, so reach is not quite that of 2019.
    for name in ("emergency_admissions", "people_by_frailty", "care_effect_on_progression"):
        moved = np.abs(of(name, "picked") - of(name)).max()
        assert moved < 0.01 * np.abs(of(name, "picked, more") - of(name)).max(), name
    assert of("policy_cost", "picked").sum() < 1e-6 * of("policy_cost", "picked, more").sum()


def test_where_clinicians_pick_as_a_list_does_nothing_differs(of):
    for name in ("emergency_admissions", "caseload", "people_by_frailty", "policy_cost"):
        listed, picked = of(name, "listed, more"), of(name, "picked alike, more")
        assert picked == pytest.approx(listed, rel=1e-9, abs=1e-6), name


def test_clinicians_pick_as_many_people_but_more_of_the_frail(of, at, spec):
    share, eligible = (
        of(name, "picked, more")[-1, at[0]]
        for name in ("found_share_of_the_eligible", "eligible_share")
    )
    people = of("people_by_age_and_frailty", "picked, more")[-1].sum(axis=0)
    response = spec.by_identifier["response_of_those_picked"].values[0]
    assert (share * people).sum() == pytest.approx(response * (eligible * people).sum(), rel=1e-6)
    assert (np.diff(share / eligible) > 0).all()
    mild, severe = 1, 3
    assert share[mild] < response * eligible[mild]
    assert share[severe] > response * eligible[severe]


def test_the_mild_gain_less_and_the_severe_more_against_progression(of):
    effect = {
        member: of("care_effect_on_progression", member)[-YEAR:].mean(axis=(0, 1))
        for member in ("baseline", "listed, more", "picked, more")
    }
    listed, picked = (effect["baseline"] - effect[m] for m in ("listed, more", "picked, more"))
    response = 1.2
    assert picked[1] < response * listed[1]
    assert picked[2] > response * listed[2]


def test_fewer_can_be_reached_since_clinicians_do_not_know_everyone(of, at):
    listed, picked = (
        of("wanted_reach", member)[-1, :, at[0]] for member in ("listed, all", "picked, all")
    )
    assert listed == pytest.approx(0.95)
    assert picked == pytest.approx(0.6)


def test_finding_people_by_clinical_impression_is_charged(of):
    found = of("cost_of_finding_people", "picked, more")[-YEAR:].mean(axis=0)
    assert found.sum() > 0
    dearer = of("policy_cost", "picked, more") - of("policy_cost", "listed, more")
    assert dearer[-YEAR:].mean() == pytest.approx(found.sum(), rel=0.05)

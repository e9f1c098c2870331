"""Patient activation in the shipped model: a co-flow of the population, its effects, its programme.

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
MIX = np.array([0.22, 0.19, 0.46, 0.13])  # Islington (Barker 2018)
ADMISSIONS = np.array([100.0, 72.0, 66.0, 62.0])  # by level, as the local care programme read them
FROM = np.array([2022.0, 2022.0 + 1 / 12])
#: A year after everyone offered takes part and rises at once.
LIFTED = (2024 - 2019) * 12
EFFECTS = (
    "activation_effect_on_emergency_admissions",
    "activation_effect_on_ae_attendances", "activation_effect_on_gp_contacts",
    "activation_effect_on_outpatients", "activation_effect_on_progression",
)  # fmt: skip
SAVED = (
    *EFFECTS, "people_by_activation", "people_with_long_term_conditions",
    "long_term_conditions_by_prevalence", "people_supported", "gross_policy_spend",
    "emergency_admissions_with_long_term_conditions", "emergency_demand",
    "new_long_term_conditions", "new_progressions",
)  # fmt: skip


@pytest.fixture(scope="module")
def spec():
    return load(MODEL)


def set_to(spec, **values):
    return {
        name: np.broadcast_to(np.asarray(value, dtype=float), spec.shape(name)).copy()
        for name, value in values.items()
    }


def programme(spec, share):
    shape = spec.shape("activation_programme")
    return {
        "activation_programme": Path(FROM, np.stack([np.zeros(shape), np.full(shape, share)], -1))
    }


def coaching(spec, share):
    """More reach of health coaching, from 2022."""
    reach = np.zeros(spec.shape("additional_reach"))
    reach[:, spec.by_dimension["care function"].elements.index("health coaching")] = share
    return {"additional_reach": Path(FROM, np.stack([0 * reach, reach], -1))}


def lifting(spec, share):
    """A table of effects in which health coaching lifts a share of its caseload in a year."""
    effect = np.reshape(spec.by_identifier["central_effect"].values, spec.shape("central_effect"))
    effect = np.array(effect, dtype=float)
    row = spec.by_dimension["care function"].elements.index("health coaching")
    effect[row, spec.by_dimension["outcome"].elements.index("rising a level")] = share
    return {"central_effect": effect}


#: What fewer admissions, better access and less frailty would do in turn is held still.
STILL = (
    "bed_supply_response", "admission_response_to_access", "progression_response_to_access",
    "share_of_progression_due_to_bed_days", "range_of_progression_by_activation",
    "extra_progression_of_a_person_waiting", "progression_response_to_wellbeing",
)  # fmt: skip


@pytest.fixture(scope="module")
def ran(spec):
    everyone = {
        "take_up_of_the_programme": 1, "chance_of_rising_a_level": 1, "drift_of_activation": 0,
        "share_offered_by_activation": 1, "activation_of_new_cases": [0, 0, 0, 1],
    }  # fmt: skip
    still = dict.fromkeys(STILL, 0)
    members = {
        "baseline": Overrides(),
        "lower frailty": Overrides(set_to(spec, lower_frailty_variant=1)),
        "everyone highest": Overrides(
            set_to(spec, causal_share_of_activation=1, **everyone, **still), programme(spec, 20.0)
        ),
        "as it was": Overrides(set_to(spec, causal_share_of_activation=0, **everyone, **still)),
        "programme": Overrides(paths=programme(spec, 0.3)),
        "no cause": Overrides(set_to(spec, causal_share_of_activation=0), programme(spec, 0.3)),
        "coaching": Overrides(paths=coaching(spec, 0.3)),
        "coaching that lifts": Overrides(lifting(spec, 0.5), coaching(spec, 0.3)),
        "no births": Overrides(set_to(spec, birth_rate=0)),
        "everyone leaves": Overrides(
            paths={
                "net_migration_planned": Path(
                    np.array([2019.0]), np.full((*spec.shape("net_migration_planned"), 1), -1e6)
                )
            }
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


def test_people_start_at_the_levels_that_were_published(of):
    levels = of("people_by_activation")[0].sum(axis=0)
    np.testing.assert_allclose(levels / levels.sum(), MIX, rtol=1e-12)


@pytest.mark.parametrize("picture", ["baseline", "lower frailty"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_without_a_programme_activation_and_its_effects_stay_as_they_were(of, effect, picture):
    np.testing.assert_allclose(of(effect, picture), 1, rtol=1e-9)


@pytest.mark.parametrize("member", ["baseline", "no births", "everyone leaves", "programme"])
def test_the_levels_add_up_to_prevalence_times_population_at_all_times(of, member):
    total = of("people_with_long_term_conditions", member)
    np.testing.assert_allclose(
        total, of("long_term_conditions_by_prevalence", member), rtol=1e-9, atol=1e-6
    )
    assert (of("people_by_activation", member) >= 0).all()


def test_everyone_at_the_highest_level_and_all_causal_is_one_sixth_fewer_admissions(of):
    """74.1 to 62: -16.3% of the emergency admissions of people with long-term conditions."""
    highest = of("people_by_activation", "everyone highest")[LIFTED]
    np.testing.assert_allclose(highest[:, -1] / highest.sum(axis=1), 1, rtol=1e-3)
    expected = ADMISSIONS[-1] / (MIX @ ADMISSIONS)
    assert expected == pytest.approx(1 - 0.163, abs=5e-4)
    name = "emergency_admissions_with_long_term_conditions"
    ratio = of(name, "everyone highest")[LIFTED] / of(name, "as it was")[LIFTED]
    np.testing.assert_allclose(ratio, expected, atol=1e-3)


def test_other_uses_fall_over_their_own_ranges(of):
    """People with long-term conditions, their share of each use, all causal: the ranges of 32%,
    18% and 19% from the lowest level to the highest, positions between as for admissions."""
    position = (ADMISSIONS[0] - ADMISSIONS) / (ADMISSIONS[0] - ADMISSIONS[-1])
    for use, width, share in (
        ("ae_attendances", 0.32, 0.4),
        ("gp_contacts", 0.18, 0.5),
        ("outpatients", 0.19, 0.64),
    ):
        relative = (1 - width) / (1 - width * (MIX @ position))
        effect = of(f"activation_effect_on_{use}", "everyone highest")[LIFTED]
        np.testing.assert_allclose(effect, 1 + share * (relative - 1), atol=1e-3)


def test_a_programme_lifts_people_and_costs_what_those_who_take_part_cost(of):
    lifted = of("people_by_activation", "programme")[-1].sum(axis=0)
    plain = of("people_by_activation")[-1].sum(axis=0)
    assert lifted[0] < plain[0]
    assert lifted[-1] > plain[-1]
    assert lifted.sum() == pytest.approx(plain.sum(), rel=1e-3)
    years = (of("people_supported", "programme").sum(axis=1) / 12).sum()
    spent = of("gross_policy_spend", "programme")[-1] - of("gross_policy_spend")[-1]
    assert spent == pytest.approx(years * 250, rel=1e-3)


def test_a_care_function_lifts_those_it_reaches_beyond_2019_where_its_table_says_so(of):
    levels = {
        member: of("people_by_activation", member)[-1].sum(axis=0)
        for member in ("baseline", "coaching", "coaching that lifts")
    }
    # Coaching as shipped has effects measured on use, and lifts nobody.
    assert levels["coaching"] == pytest.approx(levels["baseline"], rel=1e-3)
    assert levels["coaching that lifts"][0] < 0.99 * levels["coaching"][0]
    assert levels["coaching that lifts"][-1] > 1.01 * levels["coaching"][-1]
    name = "people_with_long_term_conditions"
    total = of(name, "coaching that lifts")
    np.testing.assert_allclose(
        total, of("long_term_conditions_by_prevalence", "coaching that lifts"), rtol=1e-9
    )


def test_what_a_programme_does_depends_on_how_much_is_causal(of):
    demand = {m: of("emergency_demand", m)[-1].sum() for m in ("baseline", "programme", "no cause")}
    assert demand["programme"] < demand["no cause"] * (1 - 1e-3)
    assert demand["no cause"] == pytest.approx(demand["baseline"], rel=1e-9)
    assert (of("new_progressions", "programme")[-1] < of("new_progressions", "no cause")[-1]).all()

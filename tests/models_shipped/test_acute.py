"""The acute, primary-care access and money sectors of the shipped model: neutral at the reference,
at the level of 2019, conserving patients and beds, sensible under extreme conditions.

Two batches over the first years of the model. What is compared with 2019 was fitted to it, so it
shows that the fit holds in the whole model (reproduced), not that the model is right (validated).
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load
from localcare.model import observed as observed_table

HERE = FilePath(__file__).parent
MODEL = HERE.parents[1] / "models" / "kent_medway.mdl"
OBSERVED = HERE / "published" / "hospital_activity_2019.csv"
#: Long enough for a programme of beds to be built and opened.
END = 2025.0
DAYS = 365.25
APRIL, DECEMBER, MARCH_2020 = 3, 12, 14  # months counted from January 2019; ends are left out
FROM_2020 = np.array([2020.0, 2020.0 + 1 / 12])


@pytest.fixture(scope="module")
def spec():
    spec = load(MODEL)
    return replace(spec, time=replace(spec.time, final=END))


def own(spec, name):
    variable = spec.by_identifier[name]
    return np.array(variable.values, dtype=float).reshape(spec.shape(name))


def setting(spec, **values):
    """Constants set outright, every element to the same number."""
    return Overrides({name: np.full_like(own(spec, name), value) for name, value in values.items()})


def lever(spec, **values):
    """Levers pulled at the start of 2020."""
    paths = {}
    for name, value in values.items():
        base = own(spec, name)
        paths[name] = Path(FROM_2020, np.stack([base, np.full_like(base, value)], axis=-1))
    return Overrides(paths=paths)


def reach(spec):
    """Urgent community response for three in ten more of those eligible, from the start of 2020."""
    base = own(spec, "additional_reach")
    functions = spec.by_dimension["care function"].elements
    more = base.copy()
    more[:, functions.index("urgent response")] = 0.3
    return Overrides(paths={"additional_reach": Path(FROM_2020, np.stack([base, more], axis=-1))})


def members(spec):
    return {
        "baseline": Overrides(),
        "lower frailty": setting(spec, lower_frailty_variant=1.0),
        "more beds": lever(spec, additional_core_beds=60.0),
        "more beds, no response": Overrides(
            setting(spec, bed_supply_response=0.0, discharge_response_to_occupancy=0.0).constants,
            lever(spec, additional_core_beds=60.0).paths,
        ),
        "no response": setting(spec, bed_supply_response=0.0, discharge_response_to_occupancy=0.0),
        "same-day care": lever(spec, same_day_care_share_of_short_stays=0.4),
        "enhanced access": lever(spec, enhanced_access_hours=10_000.0),
        "no beds": setting(
            spec,
            reference_core_beds=0.0,
            reference_escalation_beds=0.0,
            reference_escalation_limit=0.0,
        ),
        "no nurse suffices": setting(spec, thinnest_nursing=1e15),
        "no demand": setting(
            spec, emergency_admission_rate_by_age=0.0, reference_emergency_admissions=0.0
        ),
        "threefold demand": Overrides(
            paths={
                f"pandemic_effect_on_{kind}": Path(FROM_2020, np.array([1.0, 3.0]))
                for kind in ("emergency_admissions", "long_stays")
            }
        ),
        "no dated changes": setting(spec, dated_changes_act=0.0),
        "urgent response": reach(spec),
        "urgent response, no dated changes": Overrides(
            setting(spec, dated_changes_act=0.0).constants, reach(spec).paths
        ),
        "same-day changes alone": setting(
            spec, changes_attendances=0.0, changes_long_stays=0.0, changes_waits_to_leave=0.0
        ),
        "full nursing": setting(spec, nursing_of_an_escalation_bed=1.0),
        "escalation alone": setting(spec, stay_response_to_crowding=0.0),
        "crowding from the start": setting(
            spec, crowding_threshold=0.5, stay_response_to_crowding=1.5
        ),
    }


@pytest.fixture(scope="module")
def ran(spec):
    named = members(spec)
    return list(named), run(spec, Batch.of(spec, list(named.values())), engine="kernel")


@pytest.fixture(scope="module")
def of(ran):
    """Values of one variable in one member, (time, *dimensions)."""
    names, result = ran
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


@pytest.fixture(scope="module")
def start(spec):
    """Every auxiliary at the first moment of 2019, under both pictures of frailty."""
    first = replace(spec, time=replace(spec.time, final=spec.time.initial + spec.time.saveper))
    variants = [Overrides(), setting(spec, lower_frailty_variant=1.0)]
    result = run(first, Batch.of(first, variants), method="euler", points=True, engine="kernel")
    return lambda name: result.values[name][0]


def observed(spec, measure):
    with OBSERVED.open(newline="", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["measure"] == measure)
    return np.array([float(row[system]) for system in spec.by_dimension["system"].elements])


def counted(spec, series, months):
    """What was observed of a series, counts a calendar day: (48 / months, system)."""
    rows = observed_table.read(MODEL.with_suffix(".observed.csv")).of(series)
    systems = spec.by_dimension["system"].elements
    days = [row.days if months == 1 else 1 for row in rows]
    values = np.array(
        [
            [
                row.value / length
                for row, length in zip(rows, days, strict=True)
                if row.element == system
            ]
            for system in systems
        ]
    ).T
    assert values.shape == (48 // months, len(systems))
    return values


# History, April 2019 to March 2023 (reproduced: fitted to these counts)


@pytest.mark.parametrize("series", ["A&E attendances", "emergency admissions"])
def test_history_is_reproduced_by_system_and_month(spec, of, series):
    seen = counted(spec, series, 1)
    name = {"A&E attendances": "ae_attendances"}.get(series, "emergency_admissions")
    model = of(name)[APRIL : APRIL + 48] / DAYS
    np.testing.assert_allclose(model.mean(0), seen.mean(0), rtol=0.03)
    error = abs(model / seen - 1)
    inside = slice(12, 24)  # April 2020 to March 2021
    assert error[inside].mean(0).max() < 0.15
    assert np.delete(error, inside, axis=0).mean(0).max() < 0.08
    without = of(name, "no dated changes")[APRIL : APRIL + 48] / DAYS
    assert np.delete(abs(without / seen - 1), inside, axis=0).mean(0).max() > 0.08


def test_beds_occupied_are_reproduced_by_system_and_quarter(spec, of):
    seen = counted(spec, "beds occupied", 3)
    model = of("beds_occupied")[APRIL : APRIL + 48].reshape(16, 3, -1).mean(1)
    error = abs(model / seen - 1)
    medway = spec.by_dimension["system"].elements.index("Medway and Swale")
    error[4, medway] = np.nan  # 130 of some 450 beds cannot have been
    assert np.nanmean(error[4:8], axis=0).max() < 0.15
    assert np.delete(error, slice(4, 8), axis=0).mean(0).max() < 0.05


# Neutral at the reference (rule 1)


@pytest.mark.parametrize(
    ("effect", "tolerance"),
    [
        ("bed_supply_effect_on_admissions", 1e-12),
        ("pressure_effect_on_discharge", 1e-12),
        ("crowding_effect_on_stay", 1e-12),
        ("dated_effect_on_attendances", 1e-12),
        ("dated_effect_on_admissions", 1e-12),
        ("dated_effect_on_stays", 1e-12),
        ("staffed_share_of_beds", 1e-12),
        # Services start within a thousandth of their reach of 2019, and people who wait to leave do
        # not have quite the season of those who are admitted.
        ("access_effect_on_progression", 1e-3),
        ("access_effect_on_emergency_admissions", 1e-3),
        ("deconditioning_effect_on_progression", 1e-3),
        ("bed_days_against_2019", 1e-3),
    ],
)
def test_every_effect_is_one_at_the_start_of_2019_under_both_pictures_of_frailty(
    start, effect, tolerance
):
    np.testing.assert_allclose(start(effect), 1, rtol=tolerance)


def test_only_a_change_of_access_sends_people_to_ae(start):
    sent = abs(start("ae_attendances_from_unmet_gp_need"))
    assert (sent < 1e-3 * start("ae_demand")).all()


@pytest.mark.parametrize(
    ("effect", "weight"),
    [
        ("deprivation_effect_on_emergency_care", "reference_population_by_place"),
        ("deprivation_effect_on_gp_contacts", "reference_population_by_place"),
    ],
)
def test_deprivation_redistributes_need_between_places_and_adds_none(start, effect, weight):
    mean = np.average(start(effect), axis=0, weights=start(weight))
    np.testing.assert_allclose(mean, 1)


@pytest.mark.parametrize(
    ("rate", "by_age"),
    [
        ("emergency_admission_rate", "emergency_admission_rate_by_age"),
        ("ae_attendance_rate", "ae_attendance_rate_by_age"),
        ("gp_contact_rate", "gp_contact_rate_by_age"),
    ],
)
def test_frailty_redistributes_use_within_an_age_and_adds_none(spec, start, rate, by_age):
    people = start("reference_population_by_age_and_frailty")
    mean = (people * start(rate)).sum(1) / people.sum(1)
    np.testing.assert_allclose(mean, own(spec, by_age)[:, np.newaxis] * np.ones(2))


def test_seasons_average_to_one_over_a_year(of):
    for name in ("season_of_emergency_admissions", "season_of_ae_attendances"):
        np.testing.assert_allclose(of(name)[:12].mean(0), 1, atol=1e-6)


# At the level of 2019 (reproduced)


@pytest.mark.parametrize("member", ["baseline", "lower frailty"])
@pytest.mark.parametrize("measure", ["emergency admissions", "ae attendances"])
def test_counts_of_2019_are_reproduced_by_system_within_1_percent(spec, of, measure, member):
    days = 335  # April 2019 to February 2020
    rate = of(measure.replace(" ", "_"), member)[APRIL:MARCH_2020].mean(0)
    np.testing.assert_allclose(rate * days / DAYS, observed(spec, measure), rtol=0.01)


@pytest.mark.parametrize("member", ["baseline", "lower frailty"])
@pytest.mark.parametrize("measure", ["beds occupied", "beds open"])
def test_beds_of_2019_are_reproduced_by_system_within_3_percent(spec, of, measure, member):
    mean = of(measure.replace(" ", "_"), member)[APRIL:DECEMBER].mean(0)
    np.testing.assert_allclose(mean, observed(spec, measure), rtol=0.03)


def test_people_who_no_longer_need_a_hospital_start_at_the_level_assumed_for_2019(spec, of):
    national = own(spec, "waiting_by_national_waits")
    against = own(spec, "wait_against_national_waits")[:, None]
    shortest = own(spec, "shortest_modelled_stay") / (
        1 - own(spec, "smallest_share_explained_by_capacity")
    )
    demand = own(spec, "reference_step_down_demand") / DAYS
    waiting = np.maximum(national * against, demand * shortest).sum(1)
    np.testing.assert_allclose(of("medically_fit_waiting")[:12].mean(0).sum(1), waiting, rtol=0.05)
    leavers = of("overnight_discharges") * own(spec, "time_that_leavers_are_counted") / DAYS
    overnight = of("medically_fit_waiting").sum(2)
    counted = (overnight[1:] + overnight[:-1]) / 2 + leavers
    calm = slice(MARCH_2020)  # within a month of the pandemic the stock bends too much for a mean
    np.testing.assert_allclose(of("no_criteria_to_reside")[calm], counted[calm], rtol=0.01)


@pytest.mark.parametrize(
    ("kind", "over"),
    [
        ("emergency_admissions", 2021.25),
        ("ae_attendances", 2021.25),
        ("long_stays", 2022.0),
    ],
)
def test_the_pandemic_is_at_most_six_numbers_and_over_by_march_2023(spec, kind, over):
    series = spec.by_identifier[f"pandemic_effect_on_{kind}"]
    times, values = np.array(series.times), np.array(series.values)
    shaped = values != 1
    assert 0 < shaped.sum() <= 6
    assert times[shaped].min() > 2020
    assert times[shaped].max() < over
    assert values[0] == values[-1] == 1
    assert not shaped[times > over].any()


def test_dated_changes_are_complete_by_march_2023_and_can_be_left_out(spec, of):
    ends = own(spec, "start_of_a_dated_change") + own(spec, "years_to_a_full_change")
    assert ends.max() <= 2023.25
    for outcome in ("attendances", "admissions", "stays", "waits_to_leave"):
        effect = of(f"dated_effect_on_{outcome}")
        assert (effect[:12] == 1).all()
        assert (abs(effect[-1] - 1) > 0.01).any()
        assert (of(f"dated_effect_on_{outcome}", "no dated changes") == 1).all()


def test_no_care_function_reaches_what_the_dated_changes_added_to_attendances(of):
    """The same reach avoids as many attendances with them as without."""
    spared = of("ae_attendances", "urgent response") - of("ae_attendances")
    without = of("ae_attendances", "urgent response, no dated changes") - of(
        "ae_attendances", "no dated changes"
    )
    assert spared[-1].max() < 0
    np.testing.assert_allclose(spared[-1].sum(), without[-1].sum(), rtol=0.02)


def test_same_day_care_recorded_differently_fills_no_bed(of):
    only = "same-day changes alone"
    assert (abs(of("dated_effect_on_admissions", only)[-1] - 1) > 0.01).any()
    np.testing.assert_allclose(
        of("beds_occupied", only), of("beds_occupied", "no dated changes"), rtol=1e-12
    )


# Nobody vanishes and no bed is lost


def all_members(spec):
    return list(members(spec))


def accumulated(ran, name, member):
    """A flow over each month, (months, *dimensions)."""
    names, result = ran
    values = result.values[name][..., names.index(member)]
    months = np.diff(result.bounds).reshape(-1, *[1] * (values.ndim - 1))
    return np.cumsum(values * months, axis=0)


@pytest.mark.parametrize("member", ["baseline", "no beds", "threefold demand", "more beds"])
def test_patients_leave_only_by_being_discharged(ran, of, member):
    held = of("emergency_patients", member).sum((1, 2)) + of("medically_fit_waiting", member).sum(
        (1, 2)
    )
    came = accumulated(ran, "long_stay_admissions", member).sum((1, 2))
    home = accumulated(ran, "discharges_home", member).sum(1)
    short = accumulated(ran, "short_stay_admissions", member).sum(1)
    taken = accumulated(ran, "step_down_discharges", member).sum((1, 2))
    without = accumulated(ran, "left_without_service", member).sum((1, 2))
    left = home - short + taken + without
    scale = max(held.max(), came.max())
    np.testing.assert_allclose(held[1:] - held[0], came - left, rtol=0, atol=1e-9 * scale)


def test_every_admission_is_same_day_short_or_long(of):
    whole = of("emergency_admissions")
    parts = (
        of("same_day_admissions") + of("short_stay_admissions") + of("long_stay_admissions").sum(-1)
    )
    np.testing.assert_allclose(parts, whole)
    assert of("same_day_admissions").min() > 0


@pytest.mark.parametrize("member", ["baseline", "more beds"])
def test_beds_come_from_building_and_go_by_closing_alone(ran, of, member):
    beds = of("core_beds", member) + of("beds_under_construction", member)
    started = accumulated(ran, "bed_starts", member)
    closed = accumulated(ran, "beds_closed", member)
    np.testing.assert_allclose(beds[1:] - beds[0], started - closed, rtol=0, atol=1e-7)


def test_nobody_lies_in_a_bed_that_is_not_open(spec, of):
    for member in all_members(spec):
        assert (of("beds_occupied", member) <= of("beds_open", member) * (1 + 1e-9) + 1e-9).all()


def test_step_down_never_takes_more_than_there_is_room_for(spec, of):
    for member in all_members(spec):
        taken = of("step_down_discharges", member)
        assert (taken <= of("step_down_capacity", member) * (1 + 1e-9)).all()


# Feedback


def test_pressure_hastens_discharge_and_slack_slows_it(of):
    above = of("occupancy") - of("reference_occupancy")
    effect = of("pressure_effect_on_discharge").mean(-1)
    clear = abs(above) > 0.03
    assert clear.any()
    assert (np.sign(effect[clear] - 1) == np.sign(above[clear])).all()


def test_crowding_lengthens_stays_only_beyond_what_2019_had(of):
    effect = of("crowding_effect_on_stay", "crowding from the start")
    above = of("occupancy", "crowding from the start") - of("reference_occupancy")
    clear = abs(above) > 0.03
    assert (np.sign(effect[clear] - 1) == np.sign(above[clear])).all()


def test_freed_beds_fill_again_unless_nobody_responds(of):
    def effect(name, with_beds, without):
        return of(name, with_beds)[-12:].sum() - of(name, without)[-12:].sum()

    assert effect("emergency_admissions", "more beds", "baseline") > 0
    responding = effect("beds_occupied", "more beds", "baseline")
    deaf = effect("beds_occupied", "more beds, no response", "no response")
    assert responding > deaf


def test_same_day_care_takes_short_stays_out_of_beds_and_turns_nobody_away(of):
    member = "same-day care"
    last = slice(-12, None)
    assert of("short_stays_replaced", member)[last].min() > 0
    assert (of("beds_needed", member)[last].sum(1) < of("beds_needed")[last].sum(1)).all()
    admitted = of("emergency_admissions", member)[last].sum()
    assert admitted == pytest.approx(of("emergency_admissions")[last].sum(), rel=0.02)


def test_gp_hours_raise_access_and_spare_ae_where_there_was_a_shortage(of):
    short = of("gp_access")[-1] < 0.95
    assert short.any()
    assert (of("gp_access", "enhanced access")[-1] > of("gp_access")[-1])[short].all()
    assert of("ae_attendances", "enhanced access")[-1].sum() < of("ae_attendances")[-1].sum()
    assert of("gp_access", "enhanced access").max() <= 1


def test_beds_open_about_the_building_time_after_they_are_ordered(of):
    beds, added = of("core_beds", "more beds")[:, 0] - of("core_beds")[:, 0], 60
    year = 12
    assert beds[year : 2 * year].max() < 0.2 * added
    assert beds[-1] == pytest.approx(added, rel=0.1)


def test_escalation_wards_are_thinly_staffed_and_keep_people_longer(of):
    stretched = of("share_of_beds_in_escalation") - of("reference_share_of_beds_in_escalation")
    alone = of("crowding_effect_on_stay", "escalation alone")
    clear = abs(stretched) > 0.005
    assert clear.any()
    assert (np.sign(alone[clear] - 1) == np.sign(stretched[clear])).all()
    fewer = of("ward_nurse_hours_needed") < of("ward_nurse_hours_needed", "full nursing")
    assert fewer[-1].any()


def test_long_waits_follow_crowded_departments_and_full_wards(of):
    waits, admitted = of("twelve_hour_waits"), of("emergency_admissions")
    assert waits[48:51].sum() > 10 * waits[APRIL:MARCH_2020].sum(1).max()
    assert (waits < admitted).all()
    more = of("twelve_hour_waits", "more beds")[-12:].sum()
    assert more < waits[-12:].sum()


# Extreme conditions


def test_every_member_stays_finite_and_non_negative(spec, of):
    names = (
        "emergency_patients", "medically_fit_waiting", "beds_occupied", "beds_open",
        "waiting_for_a_bed", "waiting_list_by_system", "no_criteria_to_reside",
        "emergency_admissions", "ae_attendances", "gp_access", "total_running_cost",
        "deconditioning_effect_on_progression",
    )  # fmt: skip
    for member in all_members(spec):
        for name in names:
            values = of(name, member)
            assert np.isfinite(values).all(), (member, name)
            assert values.min() >= 0, (member, name)


@pytest.mark.parametrize("member", ["no beds", "no nurse suffices"])
def test_without_open_beds_there_are_no_inpatients_and_the_queue_grows(of, member):
    assert of("beds_open", member).max() == pytest.approx(0, abs=1e-6)
    assert of("inpatients", member).max() == pytest.approx(0, abs=1e-6)
    queue = of("waiting_for_a_bed", member).sum(1)
    # In the first months people who were fit at the start still leave.
    assert (np.diff(queue[6:]) > 0).all()
    admitted_a_year = of("long_stay_admissions", member)[12:24].sum((1, 2)).mean()
    assert queue[24] - queue[12] == pytest.approx(admitted_a_year, rel=0.05)


def test_without_emergencies_hospitals_hold_planned_patients_alone(of):
    assert of("emergency_admissions", "no demand").max() == 0
    assert of("inpatients", "no demand")[-1].max() < 1e-3
    np.testing.assert_allclose(
        of("beds_occupied", "no demand")[-1],
        of("planned_patients_in_a_bed", "no demand")[-1],
        atol=1,
    )


def test_a_hospital_with_threefold_demand_is_full_and_queues(of):
    assert of("occupancy", "threefold demand")[-1].min() > 0.99
    assert of("waiting_for_a_bed", "threefold demand")[-1].min() > 100


# Money


def test_the_baseline_spends_nothing_on_policy(of):
    assert abs(of("policy_cost")).max() == 0
    assert of("gross_policy_spend_discounted")[-1] == 0


def test_layers_add_to_the_totals(of):
    for member in ("baseline", "more beds"):
        for kind in ("running", "capital"):
            layers = of(f"{kind}_cost_by_layer", member).sum(1)
            np.testing.assert_allclose(layers, of(f"total_{kind}_cost", member))
    spent = of("gross_policy_spend_by_layer", "more beds")[-1].sum()
    assert spent == pytest.approx(of("gross_policy_spend_discounted", "more beds")[-1])


def test_building_beds_costs_their_capital_once(spec, ran, of):
    capital = accumulated(ran, "total_capital_cost", "more beds")[-1]
    built = of("core_beds", "more beds")[-1] + of("beds_under_construction", "more beds")[-1]
    added = (built - own(spec, "reference_core_beds")).sum()
    assert added == pytest.approx(4 * 60, rel=0.01)
    assert capital == pytest.approx(added * own(spec, "capital_cost_of_an_acute_bed"))


def test_spending_is_discounted_at_three_and_a_half_per_cent_a_year(of):
    factor = of("discount_factor")
    np.testing.assert_allclose(factor[12:] / factor[:-12], 1 / 1.035)


def test_every_lever_of_these_sectors_costs_money(of):
    for member in ("more beds", "same-day care", "enhanced access"):
        assert of("gross_policy_spend_discounted", member)[-1] > 1e6

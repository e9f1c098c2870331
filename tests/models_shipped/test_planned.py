"""The planned-care sector of the shipped model: neutral at the reference, conserving the waiting
list, near the published pathways it was fitted to (reproduced, not validated), sensible under
extreme conditions; the loop "waiting" matters and can be cut.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

HERE = FilePath(__file__).parent
MODEL = HERE.parents[1] / "models" / "kent_medway.mdl"
OBSERVED = MODEL.with_suffix(".observed.csv")
STOCKS = ("waiting_for_a_clinic", "waiting_for_a_day_case", "waiting_for_an_overnight_operation")
TREATED = ("completed_in_clinic", "day_cases", "overnight_operations")
#: April 2020, counted in months from January 2019.
FIRST_OBSERVED = 15
#: The model may not be told of anything later.
END_OF_HISTORY = 2023.25


@pytest.fixture(scope="module")
def spec():
    return load(MODEL)


def own(spec, name):
    variable = spec.by_identifier[name]
    return np.array(variable.values, dtype=float).reshape(spec.shape(name))


def setting(spec, **values):
    """Constants set outright, every element to the same number."""
    return Overrides({name: np.full_like(own(spec, name), value) for name, value in values.items()})


def members(spec):
    return {
        "baseline": Overrides(),
        "lower frailty": setting(spec, lower_frailty_variant=1.0),
        "loop cut": setting(spec, waiting_loop_acts=0.0),
        "no theatres": setting(spec, theatre_productivity=0.0),
        "no beds": setting(
            spec,
            reference_core_beds=0.0,
            reference_escalation_beds=0.0,
            reference_escalation_limit=0.0,
        ),
        "no staff": setting(spec, thinnest_nursing=1e15),
        "nobody referred": Overrides(
            paths={"pandemic_effect_on_referrals": Path(np.array([2019.0]), np.array([0.0]))}
        ),
        "nobody gives up": setting(spec, removal_rate=0.0),
        "more theatres": setting(spec, additional_theatre_sessions=1000.0),
        "more day cases": setting(spec, additional_day_case_share=0.5),
        "more beds": setting(spec, additional_core_beds=150.0),
        "theatres and beds without end": setting(
            spec,
            theatre_productivity=1e3,
            additional_core_beds=1e4,
            additional_recruitment=1e3,
            most_recruits_a_year=1e6,
            real_growth_of_budgets=3.0,
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
    variants = [Overrides(), setting(spec, lower_frailty_variant=1.0)]
    batch = Batch.of(spec, variants)
    first = spec.time.initial + spec.time.saveper
    result = run(spec, batch, method="euler", points=True, engine="kernel", until=first)
    return lambda name: result.values[name][0]


def listed(of, member="baseline"):
    """People on the list at the bounds of the months, all systems."""
    return sum(of(stock, member) for stock in STOCKS).sum(1)


# Neutral at the reference (rule 1)


@pytest.mark.parametrize(
    "effect",
    [
        "waiting_effect_on_gp_contacts",
        "waiting_effect_on_ae_attendances",
        "waiting_effect_on_progression",
        "staffed_share_of_planned_care",
    ],
)
def test_every_effect_is_one_at_the_start_of_2019(start, effect):
    np.testing.assert_allclose(start(effect), 1, rtol=1e-12)


@pytest.mark.parametrize("flow", ["new_pathways", "completed_pathways"])
def test_pathways_of_the_first_day_are_those_of_2019_in_season(spec, start, flow):
    joined, left = (own(spec, name) for name in ("new_pathways_in_2019", "removal_rate"))
    left = left * own(spec, "waiting_list_in_2019")
    grown = own(spec, "growth_of_the_waiting_list_in_2019")
    in_2019 = {"new_pathways": joined, "completed_pathways": joined - left - grown}
    # Access to general practice starts within a thousandth of 2019's; in January beds are a little
    # short, since planned care has its season.
    expected = in_2019[flow] * start("season_of_planned_care")
    np.testing.assert_allclose(start(flow), expected, rtol=0.01)


def test_the_season_adds_nothing_over_the_years(of):
    assert of("season_of_planned_care").mean() == pytest.approx(1, abs=2e-3)


def test_planned_patients_of_2019_fill_the_beds_they_filled(of):
    in_bed = of("planned_patients_in_a_bed")[:12].mean(0)
    np.testing.assert_allclose(in_bed, of("reference_planned_patients")[0], rtol=0.03)


def test_all_systems_start_with_the_same_weeks_of_waiting(start):
    weeks = start("weeks_waited")
    assert weeks.min() == pytest.approx(weeks.max(), rel=0.02)
    assert 10 < weeks.mean() < 18


# Nobody appears or vanishes


@pytest.mark.parametrize("member", ["baseline", "no beds", "no theatres", "nobody gives up"])
def test_the_list_changes_by_referrals_treatment_and_removals_alone(of, member):
    gone = sum(of(flow, member) for flow in (*TREATED, "removals")).sum(1)
    came = of("new_pathways_by_system", member).sum(1)
    change = np.diff(listed(of, member))
    np.testing.assert_allclose(change, (came - gone) / 12, rtol=0, atol=1e-9 * came.max())


def test_totals_are_those_of_the_systems(of):
    for total in ("waiting_list", "completed_pathways", "new_pathways"):
        parts = of("waiting_list_by_system" if total == "waiting_list" else f"{total}_by_system")
        np.testing.assert_allclose(of(total), parts.sum(1))


# History (rule 3)


def test_the_pandemic_is_six_numbers_each_and_over_by_the_end_of_history(spec):
    for name in ("pandemic_effect_on_referrals", "pandemic_effect_on_planned_capacity"):
        series = spec.by_identifier[name]
        assert series.dimensions == ()
        values, times = np.array(series.values), np.array(series.times)
        assert 0 < (values != 1).sum() <= 6
        assert (values[times >= END_OF_HISTORY - 0.25] == 1).all()


def published():
    """The three published series of the observed table, and the days of their months."""
    series = {"waiting list": [], "new pathways": [], "completed pathways": []}
    days = []
    with OBSERVED.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["series"] in series:
                series[row["series"]].append(float(row["value"]))
            if row["series"] == "waiting list":
                year, month, _ = row["start"].split("-")
                days.append(monthrange(int(year), int(month))[1])
    return {name: np.array(values) for name, values in series.items()}, np.array(days)


@pytest.mark.parametrize(("flow", "limit"), [("new pathways", 0.08), ("completed pathways", 0.08)])
def test_pathways_by_month_are_near_the_published_ones_they_were_fitted_to(of, flow, limit):
    observed, days = published()
    months = slice(FIRST_OBSERVED, FIRST_OBSERVED + len(days))
    model = of(flow.replace(" ", "_"))[months] * days / 365.25
    assert np.abs(model / observed[flow] - 1).mean() < limit


def test_the_list_at_the_end_of_each_month_is_near_the_published_one(of):
    observed, days = published()
    model = listed(of)[FIRST_OBSERVED + 1 : FIRST_OBSERVED + 1 + len(days)]
    assert np.abs(model / observed["waiting list"] - 1).mean() < 0.02


def test_removals_are_those_that_the_published_accounts_leave(of):
    observed, days = published()
    left = observed["new pathways"] - observed["completed pathways"]
    a_month = (left[1:].sum() - (observed["waiting list"][-1] - observed["waiting list"][0])) / 35
    model = of("removals").sum(1)[FIRST_OBSERVED : FIRST_OBSERVED + len(days)].mean() / 12
    assert model == pytest.approx(a_month, rel=0.05)


# Extreme conditions


def test_every_member_stays_finite_and_non_negative(spec, of):
    for member in members(spec):
        for name in (*STOCKS, *TREATED, "removals", "weeks_waited", "theatre_hours"):
            values = of(name, member)
            assert np.isfinite(values).all(), (member, name)
            assert values.min() >= 0, (member, name)


def test_without_theatres_nobody_is_operated_on_and_clinics_go_on(of):
    assert of("day_cases", "no theatres").max() == 0
    assert of("overnight_operations", "no theatres").max() == 0
    assert of("planned_patients_in_a_bed", "no theatres").max() == 0
    assert of("completed_in_clinic", "no theatres").min() > 0
    assert listed(of, "no theatres")[-1] > 1.3 * listed(of)[-1]


def test_without_beds_only_operations_with_a_stay_stop(of):
    assert of("overnight_operations", "no beds").max() == 0
    assert of("day_cases", "no beds").min() > 0
    waiting = of("waiting_for_an_overnight_operation", "no beds")
    assert (waiting[24] > waiting[0]).all()


def test_without_staff_nobody_is_treated_and_the_list_grows(of):
    for flow in TREATED:
        assert of(flow, "no staff").max() == pytest.approx(0, abs=1e-3)
    assert listed(of, "no staff")[24] > 4 * listed(of, "no staff")[0]


def test_a_list_that_nobody_joins_empties(of):
    assert listed(of, "nobody referred")[24] < 0.02 * listed(of)[0]


def test_with_theatres_and_beds_without_end_an_operation_waits_as_long_as_booking_takes(spec, of):
    member = "theatres and beds without end"
    days = own(spec, "shortest_planned_wait")
    for stock, flow in zip(STOCKS[1:], TREATED[1:], strict=True):
        waiting, done = of(stock, member)[-12:].sum(), of(flow, member)[-12:].sum()
        assert 365.25 * waiting / done == pytest.approx(days, rel=0.05)


# Levers and the loop


def test_beds_that_emergencies_leave_treat_planned_patients(of):
    full = of("planned_share_in_a_bed")[-12:].mean(0) < 0.9
    assert full.any()
    done = of("overnight_operations", "more beds") / of("overnight_operations")
    assert (done[-12:].mean(0)[full] > 1.05).all()


def test_theatres_shorten_the_wait_for_operations_and_fill_beds(of):
    for stock in STOCKS[1:]:
        assert (of(stock, "more theatres")[48] < of(stock)[48]).all()
    assert of("planned_patients_in_a_bed", "more theatres")[36:48].sum() > (
        of("planned_patients_in_a_bed")[36:48].sum()
    )


def test_day_cases_give_beds_back(of):
    fewer = of("planned_patients_in_a_bed", "more day cases")[12:48].mean(0)
    assert (fewer < 0.7 * of("planned_patients_in_a_bed")[12:48].mean(0)).all()
    assert of("completed_pathways", "more day cases")[12:].sum() > (
        of("completed_pathways")[12:].sum()
    )


def test_the_waiting_loop_raises_demand_by_2030_and_can_be_cut(of):
    last_year = slice(-12, None)
    for name in ("ae_attendances", "gp_contacts_needed"):
        acts, cut = of(name)[last_year].sum(), of(name, "loop cut")[last_year].sum()
        assert acts / cut - 1 > 0.005, name
    assert of("new_progressions")[last_year].sum() > (
        of("new_progressions", "loop cut")[last_year].sum()
    )

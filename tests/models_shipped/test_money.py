"""The money sector of the shipped model: budgets that bind, money that buys and is charged once,
outcome payment and its loop, tariff against capitation, freed beds, a year of care.

One batch over the first years of the model, levers pulled at the start of 2020.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
END = 2026.0
FROM_2020 = np.array([2020.0, 2020.0 + 1 / 12])
NEIGHBOURHOOD, ACUTE = 0, 1  # collaboratives
LAYERS = ("primary", "neighbourhood", "intermediate", "acute")
MILLIONS = 1e6
YEAR = 12
GRANT = 20 * MILLIONS
#: Functions that avoid admissions at the centre of the evidence.
AVOIDING = (
    "community development",
    "care home support",
    "end of life care",
    "urgent response",
)


@pytest.fixture(scope="module")
def spec():
    spec = load(MODEL)
    return replace(spec, time=replace(spec.time, final=END))


def setting(spec, **values):
    """Constants set outright, every element to the same number."""
    return {name: np.full(spec.shape(name), value, dtype=float) for name, value in values.items()}


def lever(values):
    """A lever pulled from nothing to `values` at the start of 2020."""
    values = np.asarray(values, dtype=float)
    return Path(FROM_2020, np.stack([np.zeros_like(values), values], axis=-1))


def reach(spec, functions, value):
    values = np.zeros(spec.shape("additional_reach"))
    names = spec.by_dimension["care function"].elements
    values[:, [names.index(each) for each in functions]] = value
    return lever(values)


def grant(layer):
    return {"additional_budget": lever([GRANT if each == layer else 0 for each in LAYERS])}


def members(spec):
    teams = {"additional_reach": reach(spec, [*AVOIDING], 0.4)}
    everything = {"additional_reach": lever(np.full(spec.shape("additional_reach"), 0.5))}
    paid = {"outcome_payment_share": lever(1.0)}
    slow = setting(spec, real_growth_of_budgets=0.012)
    homes = {
        "additional_home_based_places": lever(
            np.full(spec.shape("additional_home_based_places"), 60)
        ),
        "additional_intermediate_beds": lever(
            np.full(spec.shape("additional_intermediate_beds"), 20)
        ),
    }
    return {
        "baseline": Overrides(),
        "teams": Overrides(paths=teams),
        "teams, paid": Overrides(paths=teams | paid),
        "teams, paid, loop cut": Overrides(
            setting(spec, invest_to_save_loop_acts=0.0), paths=teams | paid
        ),
        "everything": Overrides(paths=everything),
        "everything, slow growth": Overrides(slow, paths=everything),
        "no growth": Overrides(setting(spec, real_growth_of_budgets=0.0)),
        "homes": Overrides(paths=homes),
        # Without escalation, which would open dearer beds in place of some of those that close.
        "homes, core alone": Overrides(
            setting(spec, reference_escalation_limit=0.0, reference_escalation_beds=0.0),
            paths=homes,
        ),
        "homes, core alone, beds close": Overrides(
            setting(
                spec,
                reference_escalation_limit=0.0,
                reference_escalation_beds=0.0,
                share_of_freed_beds_that_close=1.0,
            ),
            paths=homes,
        ),
        "homes, beds kept": Overrides(
            setting(spec, share_of_freed_beds_kept_for_planned_care=1.0), paths=homes
        ),
        **{f"grant for {layer}": Overrides(paths=grant(layer)) for layer in LAYERS},
    }


@pytest.fixture(scope="module")
def of(spec):
    """Values of one variable in one member, (time, *dimensions)."""
    named = members(spec)
    names = list(named)
    result = run(spec, Batch.of(spec, list(named.values())), engine="kernel")
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


def last_year(values):
    return values[-YEAR:].mean(axis=0)


# Budgets


def test_budgets_do_not_bind_in_2019_nor_in_the_baseline(of):
    assert (of("share_of_plans_paid_for") == 1).all()
    assert of("budget")[:10] == pytest.approx(of("running_cost_by_layer")[:10])
    assert not of("outcome_payment").any()


def test_the_budget_grows_from_the_cost_of_2019_at_the_stated_rate_whatever_a_scenario_does(
    spec, of
):
    growth = spec.by_identifier["real_growth_of_budgets"].values[0]
    cost = of("running_cost_by_layer")[:YEAR].mean(axis=0)
    ratio = of("budget")[YEAR:].reshape(-1, YEAR, len(LAYERS)).mean(axis=1) / cost
    years = np.arange(1, len(ratio) + 1)
    assert ratio == pytest.approx(np.exp(growth * years)[:, None] * np.ones(4), rel=3e-3)
    assert np.array_equal(of("budget", "everything"), of("budget"))


def test_an_exhausted_budget_stops_what_levers_pay_for(of):
    short = "everything, slow growth"
    paid = of("share_of_plans_paid_for", short)[-1, NEIGHBOURHOOD]
    assert paid < 0.9
    spent, wished = (last_year(of("policy_cost", each)).sum() for each in (short, "everything"))
    assert spent < 0.9 * wished
    grown = of("policy_cost", short)
    assert grown[-YEAR:].mean() < 1.05 * grown[-2 * YEAR : -YEAR].mean()


def test_what_is_spent_is_within_the_budget_once_it_binds(of):
    short = "everything, slow growth"
    cost = last_year(of("running_cost_by_layer", short))[:3].sum()
    assert cost == pytest.approx(last_year(of("budget", short))[:3].sum(), rel=0.02)


def test_without_levers_a_short_budget_changes_no_care(of):
    for name in ("population", "beds_occupied", "staff_in_post"):
        assert np.array_equal(of(name, "no growth"), of(name)), name


# Money that buys


@pytest.mark.parametrize("layer", LAYERS)
def test_money_put_into_a_layer_buys_its_capacity_and_is_charged_once(of, layer):
    member = f"grant for {layer}"
    spent = last_year(of("policy_running_cost_by_layer", member))
    assert spent[LAYERS.index(layer)] > 0.5 * GRANT
    assert spent.sum() < 1.1 * GRANT


@pytest.mark.parametrize(
    ("layer", "output"),
    [
        ("primary", "gp_access"),
        ("neighbourhood", "capacity_wanted"),
        ("intermediate", "places"),
        ("acute", "core_beds"),
    ],
)
def test_it_buys_what_belongs_to_the_layer(of, layer, output):
    assert of(output, f"grant for {layer}")[-1].sum() > 1.002 * of(output)[-1].sum()


# Outcome payment


def test_a_share_of_what_is_avoided_moves_from_the_acute_to_the_neighbourhood_budget(of):
    avoided = of("acute_cost_avoided", "teams, paid")
    payment = of("outcome_payment", "teams, paid")
    assert (payment[2 * YEAR :] > 0).all()
    assert payment[2 * YEAR :] == pytest.approx(avoided[2 * YEAR :])
    change = of("money_in_hand", "teams, paid")[-1] - of("money_in_hand", "teams")[-1]
    assert change[NEIGHBOURHOOD] > 0 > change[ACUTE]


def test_the_loop_invest_to_save_buys_capacity_and_avoids_more(of):
    paid, cut = "teams, paid", "teams, paid, loop cut"
    assert of("capacity_bought", paid)[-1, 1] > 0
    assert (
        last_year(of("emergency_admissions", paid)).sum()
        < last_year(of("emergency_admissions", cut)).sum() - 1
    )
    for name in ("population", "emergency_admissions", "policy_cost"):
        assert np.array_equal(of(name, cut), of(name, "teams")), name


def test_nothing_avoided_nothing_paid(of):
    assert (of("acute_cost_avoided") < 0).all()


# Tariff and capitation


def test_tariff_and_capitation_pay_the_same_at_the_start_of_2019(spec):
    first = replace(spec, time=replace(spec.time, final=spec.time.initial + spec.time.saveper))
    batch = Batch.of(first, [Overrides()])
    result = run(first, batch, method="euler", points=True, engine="kernel")
    tariff, capitation = (
        result.values[name][0][..., 0] for name in ("payment_by_tariff", "payment_by_capitation")
    )
    assert tariff == pytest.approx(capitation, rel=1e-9)
    assert result.values["acute_cost_avoided"][0][0] == pytest.approx(0, abs=1)


def test_under_a_tariff_a_trust_loses_what_teams_avoid_and_under_capitation_hardly(of):
    def lost(name):
        return 1 - last_year(of(name, "teams")).sum() / last_year(of(name)).sum()

    assert lost("payment_by_tariff") > 5 * abs(lost("payment_by_capitation"))


# Freed beds


def test_a_freed_bed_that_closes_saves_a_part_of_its_cost(spec, of):
    kept, closing = "homes, core alone", "homes, core alone, beds close"
    closed = last_year(of("core_beds", kept)) - last_year(of("core_beds", closing))
    assert closed.sum() > 5
    stays = spec.by_identifier["share_of_a_bed_day_that_stays"].values[0]
    bed = 365.25 * 313 * 1.257
    saved = (
        (of("acute_running_cost", kept) - of("acute_running_cost", closing))
        .sum(axis=-1)[-YEAR:]
        .mean()
    )
    assert 0 < saved < (1 - stays) * 1.5 * closed.sum() * bed


def test_freed_beds_kept_for_planned_care_let_no_threshold_fall(of):
    kept, refilled = (
        last_year(of("emergency_admissions", each)).sum() for each in ("homes, beds kept", "homes")
    )
    assert kept < refilled


# A year of care


def test_a_year_of_care_costs_more_in_every_frailer_state(of):
    cost = last_year(of("year_of_care_cost"))
    assert (np.diff(cost) > 0).all()
    assert cost[0] > 0


def test_a_year_of_care_over_people_is_the_cost_by_frailty(of):
    people = of("population")[1:].sum(axis=(1, 2))
    parts = ("hospital_cost_by_frailty", "community_cost_by_frailty", "care_home_cost_by_frailty")
    total = sum(of(name) for name in parts)
    assert of("year_of_care_cost") * people == pytest.approx(total, rel=5e-3)

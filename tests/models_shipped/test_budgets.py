"""Running budgets of the shipped model limit every lever, and capital what is built.

One batch over the first years of the model, levers pulled at the start of 2020: with money enough,
with running budgets cut to nothing beyond today's services, and with hardly any capital.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
END = 2025.0
FROM_2020 = np.array([2020.0, 2020.0 + 1 / 12])
NEIGHBOURHOOD, ACUTE = 0, 1  # collaboratives
#: What each lever that a running budget pays for puts in place, and how far it is pulled.
PAID_FOR = {
    "maturity_leadership": (4.0, "leadership_at_work"),
    "academy_places": (30.0, "maturity_of_place"),
    "activation_programme": (0.3, "people_supported"),
    "additional_hubs": (0.5, "hub_sites"),
    "additional_carers_supported": (0.3, "cost_of_carer_support"),
    "same_day_care_share_of_short_stays": (0.2, "short_stays_replaced"),
    "additional_escalation_beds": (40.0, "escalation_limit"),
    "enhanced_access_hours": (5000.0, "sessional_gp_hours"),
    "additional_core_beds": (20.0, "core_beds"),
    "additional_theatre_sessions": (400.0, "theatre_hours"),
    "additional_home_based_places": (40.0, "places"),
    "additional_training_places": (50.0, "training_starts"),
    "additional_recruitment": (0.3, "recruitment_added"),
    "leavers_retained": (0.1, "leavers_kept"),
}
#: Levers whose work stays once it is built or learnt, so that a cut leaves a part of it.
LASTING = {
    "additional_hubs",
    "additional_core_beds",
    "academy_places",
    "additional_theatre_sessions",
}
POOR = {"capital_budget": np.array([2e6, 2e6])}
#: A cut deep enough that nothing beyond today's services can be paid for.
CUT = {"real_growth_of_budgets": np.array(-0.03)}


def pulled(spec):
    """Every lever of the table at once, from the start of 2020."""
    paths = {}
    for name, (value, _) in PAID_FOR.items():
        values = np.full(spec.shape(name), value)
        paths[name] = Path(FROM_2020, np.stack([np.zeros_like(values), values], axis=-1))
    return paths


@pytest.fixture(scope="module")
def spec():
    spec = load(MODEL)
    return replace(spec, time=replace(spec.time, final=END))


@pytest.fixture(scope="module")
def of(spec):
    """Values of one variable in one member, (time, *dimensions)."""
    rich = {"real_growth_of_budgets": np.array(0.2), "capital_budget": np.array([1e9, 1e9])}
    members = {
        "baseline": Overrides(),
        "cut": Overrides(CUT),
        "all": Overrides(rich, pulled(spec)),
        "all, cut": Overrides(CUT, pulled(spec)),
        "all, poor": Overrides(rich | POOR, pulled(spec)),
    }
    names = list(members)
    result = run(spec, Batch.of(spec, list(members.values())), engine="kernel")
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


def test_a_cut_budget_alone_moves_no_care(of):
    for name in ("population", "beds_occupied", "maturity_of_place", "escalation_limit"):
        assert np.array_equal(of(name, "cut"), of(name)), name


def test_with_no_money_beyond_todays_services_no_plan_is_paid_for(of):
    assert (of("share_of_plans_paid_for", "all") == 1).all()
    assert (of("share_of_plans_paid_for", "all, cut")[-1] < 0.05).all()


@pytest.mark.parametrize("lever", PAID_FOR)
def test_a_budget_limits_what_each_lever_puts_in_place(of, lever):
    _, outcome = PAID_FOR[lever]
    added, left = (
        (of(outcome, member)[-1] - of(outcome)[-1]).sum() for member in ("all", "all, cut")
    )
    assert added > 0
    assert left < (0.6 if lever in LASTING else 0.15) * added


def test_capital_limits_what_is_built(of):
    def built(member):
        hubs, beds = (of(name, member).sum() / 12 for name in ("hub_starts", "bed_starts"))
        return np.array([hubs, beds, of("added_places", member)[-1].sum()])

    poor = built("all, poor")
    assert (poor > 0).all()
    assert (poor < 0.8 * built("all")).all()


def test_capital_is_never_overspent_and_does_not_bind_in_the_baseline(of, spec):
    assert (of("capital_in_hand", "all, poor") >= 0).all()
    assert (of("share_of_capital_affordable") == 1).all()
    spent = of("capital_cost_by_layer", "all, poor").sum(axis=0) / 12
    carried = spec.by_identifier["years_of_capital_carried"].values[0]
    allotted = of("capital_allotted", "all, poor").sum(axis=0) / 12
    most = allotted + carried * POOR["capital_budget"]
    assert spent[:3].sum() < most[NEIGHBOURHOOD]
    assert spent[3] < most[ACUTE]
    assert (of("share_of_capital_affordable", "all, poor").min(axis=0) < 0.5).all()

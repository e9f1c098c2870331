"""The shipped scenarios: argued, sourced, equal in spend, and each doing what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from localcare.engine import Batch, run
from localcare.paths import scenarios_folder
from localcare.scenario import load, names, parse_settings
from localcare.study.project import open_project

SHIPPED = (
    "baseline", "primary", "neighbourhood", "intermediate", "acute", "four-layers",
    "prevention-first", "early-learner",
)  # fmt: skip
LAYERS = SHIPPED[1:5]
#: Discounted gross spend on policy, 2019 to 2030, that scenarios have in common, and how exactly.
COMMON_SPEND = 150e6
TOLERANCE = 0.005
#: What each of the single-layer scenarios is for: an output, and which way it should go by 2030.
PURPOSES = {
    "primary": ("gp_access", 1),
    "neighbourhood": ("people_by_frailty", -1),
    "intermediate": ("no_criteria_to_reside", -1),
    "acute": ("beds_open", 1),
}
FRAIL = slice(2, 4)  # moderate and severe


@pytest.fixture(scope="module")
def project():
    return open_project(None)


@pytest.fixture(scope="module")
def scenarios(project):
    keys = set(project.bibliography.by_key)
    folder = scenarios_folder()
    return {n: load(n, project.catalogue, folder=folder, references=keys) for n in names(folder)}


@pytest.fixture(scope="module")
def outcome(project, scenarios):
    """Outputs by scenario: the mean of the last year, over all places."""
    spec = project.spec
    spend = ["gross_policy_spend_discounted", "gross_policy_spend_by_layer"]
    purposes = [name for name, _ in PURPOSES.values()] + ["activation_score", "maturity_of_place"]
    overrides = [scenarios[name].overrides(spec) for name in SHIPPED]
    result = run(spec, Batch.of(spec, overrides), save=[*spend, *purposes], engine="kernel")

    def read(name: str, scenario: str) -> np.ndarray:
        values = result.values[name][..., SHIPPED.index(scenario)]
        return values[-1] if name in spend else values[-12:].mean(axis=0)

    return read


def test_these_scenarios_are_shipped(scenarios):
    assert set(SHIPPED) <= set(scenarios)


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_a_scenario_argues_for_itself_and_against(scenarios, name):
    scenario = scenarios[name]
    assert len(scenario.rationale.split()) >= 80
    assert scenario.sources
    assert scenario.extends == ("baseline",)


def test_the_baseline_sets_nothing_and_spends_nothing(scenarios, outcome):
    assert scenarios["baseline"].settings == ()
    assert outcome("gross_policy_spend_discounted", "baseline") == 0


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_scenarios_compared_head_to_head_spend_the_same(outcome, name):
    spent = outcome("gross_policy_spend_discounted", name)
    assert spent == pytest.approx(COMMON_SPEND, rel=TOLERANCE)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layers_scenario_spends_on_its_layer(project, outcome, name):
    layers = project.spec.by_dimension["layer"].elements
    spent = outcome("gross_policy_spend_by_layer", name)
    assert spent[layers.index(name)] > 0.95 * spent.sum()


def test_four_layers_spends_on_all_of_them(outcome):
    spent = outcome("gross_policy_spend_by_layer", "four-layers")
    assert (spent > 0.1 * spent.sum()).all()


@pytest.mark.parametrize("name", LAYERS)
def test_a_layers_scenario_does_what_it_is_for(outcome, name):
    output, direction = PURPOSES[name]
    part = FRAIL if output == "people_by_frailty" else slice(None)
    with_policy = outcome(output, name)[part].sum()
    without = outcome(output, "baseline")[part].sum()
    assert direction * (with_policy - without) > 0.001 * without


def test_prevention_first_lifts_activation_and_lowers_frailty(outcome):
    lifted = [outcome("activation_score", name) for name in ("baseline", "prevention-first")]
    assert (lifted[1] > lifted[0] * 1.005).all()
    frail = [
        outcome("people_by_frailty", name)[FRAIL].sum() for name in ("baseline", "prevention-first")
    ]
    assert frail[1] < frail[0] * (1 - 1e-3)


def test_the_early_learner_is_ahead_and_the_others_follow(project, outcome):
    places = project.spec.by_dimension["place"].elements
    one = places.index("Folkestone and Hythe")
    gained = outcome("maturity_of_place", "early-learner") - outcome(
        "maturity_of_place", "baseline"
    )
    assert gained[one] == gained.max()
    assert gained.min() > 0.1


def test_the_workforce_shortfall_spends_nothing_and_leaves_posts_and_patients_without(
    project, scenarios
):
    short = scenarios["workforce-shortfall"]
    assert len(short.rationale.split()) >= 80
    overrides = [scenarios["baseline"].overrides(project.spec), short.overrides(project.spec)]
    result = run(project.spec, Batch.of(project.spec, overrides), engine="kernel")

    def last_year(name):
        values = result.values[name][-12:]
        return values.reshape(-1, len(overrides)).sum(axis=0)

    assert result.values["gross_policy_spend_discounted"][-1, 1] == 0
    assert last_year("staff_in_post")[1] < 0.98 * last_year("staff_in_post")[0]
    for worse in ("staffing_gap", "leavers", "beds_needed"):
        before, after = last_year(worse)
        assert after > before, worse
    before, after = last_year("gp_access")
    assert after < before


def test_the_example_in_the_readme_is_a_scenario(project, tmp_path):
    text = (scenarios_folder() / "README.md").read_text(encoding="utf-8")
    example = tmp_path / "my-policy.yaml"
    example.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    keys = set(project.bibliography.by_key)
    folder = scenarios_folder()
    scenario = load(example, project.catalogue, folder=folder, references=keys)
    assert len(scenario.settings) == 4
    options = [part.split('"')[0] for part in text.split('--set "')[1:]]
    assert len(parse_settings(options, project.catalogue)) == 2

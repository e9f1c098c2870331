"""The model card says what the model and its assumptions table say: the evidence by quality, the
tables it names, and headline results under the variants of frailty and population.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.measures.catalogue import find, yearly
from localcare.model.assumptions import Quality, read
from localcare.planner import draw_model
from localcare.scenario import load
from localcare.study.project import open_project

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
SPENDERS = ("primary", "neighbourhood", "intermediate", "acute", "four-layers", "prevention-first",
            "early-learner")  # fmt: skip
SCENARIOS = (
    "baseline", "primary", "neighbourhood", "intermediate", "acute", "four-layers",
    "prevention-first", "early-learner", "workforce-shortfall",
)  # fmt: skip
VARIANTS = {
    "as shipped": {},
    "lower frailty": {"lower_frailty_variant": np.array(1.0)},
    "rebased population": {"rebased_population_variant": np.array(1.0)},
}
OUTCOMES = (
    "emergency_admissions",
    "beds_needed",
    "people_by_frailty",
    "staffing_gap",
    "gross_policy_spend_discounted",
)


def card():
    return (MODELS / "README.md").read_text("utf-8")


def test_the_card_counts_the_rows_of_each_quality():
    rows = read(MODELS / "kent_medway.assumptions.csv").rows
    counted = Counter(row.quality for row in rows)
    total = re.search(r"^\| all \|(.+)\|$", card(), re.MULTILINE)
    assert total is not None
    stated = [int(cell) for cell in total[1].split("|")]
    assert stated == [*(counted[quality] for quality in Quality), len(rows)]


def test_every_reference_of_the_card_to_a_table_exists():
    for name in re.findall(r"`(\w[\w*]*\.csv)`", card()):
        assert list((MODELS / "kent_medway").glob(name)), name


@pytest.mark.parametrize("name", ["structure", "loops"])
def test_the_diagrams_of_the_card_are_those_of_the_model_file(name):
    assert f"(diagrams/{name}.svg)" in card()
    (drawing,) = draw_model(open_project(None).spec, (name,))
    stream = io.StringIO()
    drawing.numbers.to_csv(stream, index=False)
    kept = (MODELS / "diagrams" / f"{name}.csv").read_text("utf-8")
    told = "draw it with localcare.planner.draw_model and present.style.write, into models/diagrams"
    assert stream.getvalue().splitlines() == kept.splitlines(), told


@pytest.fixture(scope="module")
def results():
    """Outcomes of 2030 by scenario and variant, as the card's columns."""
    project = open_project(None)
    members = []
    for name in SCENARIOS:
        own = load(name, project.catalogue, folder=ROOT / "scenarios").overrides(project.spec)
        members += [Overrides({**own.constants, **more}, own.paths) for more in VARIANTS.values()]
    values = run(
        project.spec, Batch.of(project.spec, members), save=list(OUTCOMES), engine="kernel"
    ).values
    year = slice(132, 144)  # the months of 2030
    columns = [
        values["emergency_admissions"][year].mean(0).sum(0),
        values["beds_needed"][year].mean(0).sum(0),
        values["people_by_frailty"][year, 2:].mean(0).sum(0),
        values["staffing_gap"][year].mean(0).sum(0),
        values["gross_policy_spend_discounted"][-1] / 1e6,
    ]
    return np.stack(columns).reshape(len(OUTCOMES), len(SCENARIOS), len(VARIANTS))


def test_headline_results_stand_under_every_variant_as_the_model_gives_them(results):
    pattern = rf"^\| ({'|'.join(SCENARIOS)}) \| ({'|'.join(VARIANTS)}) \|(.+)\|$"
    rows = re.findall(pattern, card(), re.MULTILINE)
    assert len(rows) == len(SCENARIOS) * len(VARIANTS)
    for scenario, variant, cells in rows:
        told = [
            float(x.strip().replace(",", "").replace("\N{MINUS SIGN}", "-"))
            for x in cells.split("|")
        ]
        level = results[:, SCENARIOS.index(scenario), list(VARIANTS).index(variant)]
        base = results[:, 0, list(VARIANTS).index(variant)]
        change = level if scenario == "baseline" else level - base
        # Three digits are told of a change, whole numbers of a level.
        np.testing.assert_allclose(
            told, change, rtol=0.006, atol=0.6, err_msg=f"{scenario} {cells}"
        )


def test_the_five_sentences_of_the_readme_quote_the_model(results):
    """Levels as whole numbers, changes to three digits, as `localcare compare` prints them."""
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    level = dict(zip(SCENARIOS, results[:, :, 0].T, strict=True))
    base = level["baseline"]
    change = {name: each - base for name, each in level.items()}
    admissions, beds, frail, gap = range(4)

    def rounded(value):
        return f"{float(f'{abs(value):.3g}'):,.0f}"

    intermediate, four = change["intermediate"], change["four-layers"]
    for quoted in (
        f"{rounded(intermediate[beds])} fewer needed of {base[beds]:,.0f}",
        f"four layers {rounded(four[beds])};",
        (
            f"comes to {rounded(change['acute'][beds])} and raises emergency admissions by "
            f"{rounded(change['acute'][admissions])} a year"
        ),
        f"leaves {rounded(change['primary'][frail])} fewer people",
        f"than the {base[frail]:,.0f} of 2030",
        f"{rounded(change['prevention-first'][admissions])} of {base[admissions]:,.0f}",
        f"opens {rounded(change['neighbourhood'][gap])} more posts",
        (
            f"{rounded(change['workforce-shortfall'][beds])} more beds are needed and "
            f"{rounded(change['workforce-shortfall'][gap])} more posts stay empty"
        ),
    ):
        assert quoted in readme, quoted
    most = {name: each[beds] for name, each in change.items()}
    assert min(most, key=most.get) == "intermediate"
    least = {name: each[frail] for name, each in change.items()}
    assert min(least, key=least.get) == "primary"
    fewest = {name: each[admissions] for name, each in change.items()}
    assert min(fewest, key=fewest.get) == "prevention-first"
    rows = read(MODELS / "kent_medway.assumptions.csv").rows
    assumed = sum(row.quality is Quality.EXPERT_ASSUMPTION for row in rows)
    assert f"{assumed} of {len(rows)} numbers are expert assumptions" in readme


def test_what_the_readme_says_did_not_work(comparison):
    dataset = comparison.dataset

    def in_2030(name):
        measure = find(name)
        return yearly(measure, dataset, () if measure.aggregate else None).sel(year=2030)

    assert np.isnan(in_2030("payback_year")).all()
    cost, waiting = in_2030("running_cost"), in_2030("waiting_list")
    for policy in SPENDERS:
        assert float(cost.sel(scenario=policy)) > float(cost.sel(scenario="baseline")), policy
    more = float(waiting.sel(scenario="primary") - waiting.sel(scenario="baseline"))
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"so that {float(f'{more:.3g}'):,.0f} more people wait" in readme

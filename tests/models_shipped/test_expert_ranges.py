"""What policies do stays within what national experts thought possible, and ranges hold no effect.

`published/expert_ranges.csv` carries the few figures that this needs: what experts thought could be
avoided of single kinds of hospital activity in 20 years (mean, and the tenth and ninetieth
percentile). Care functions are taken at the favourable end of their evidence and at 90 points more
reach everywhere, the most that a scenario may ask.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.paths import scenarios_folder
from localcare.scenario import load, names
from localcare.study.project import open_project

RANGES = Path(__file__).parent / "published" / "expert_ranges.csv"
ADMISSIONS = "emergency_admissions_by_place_and_frailty"
END = 2025.0
FRAIL = slice(2, 4)  # moderate and severe


@pytest.fixture(scope="module")
def project():
    return open_project(None)


@pytest.fixture(scope="module")
def experts() -> dict[str, dict[str, float]]:
    """Shares, not per cents, by kind of activity."""
    with RANGES.open(encoding="utf-8", newline="") as file:
        return {
            row.pop("activity"): {name: float(value) / 100 for name, value in row.items()}
            for row in csv.DictReader(file)
        }


def avoided(spec, members: list[Overrides]) -> np.ndarray:
    """The share of emergency admissions that each member avoids against the first in the last
    year, as (moderate and severe frailty, everyone) by member."""
    result = run(spec, Batch.of(spec, members), engine="kernel", save=[ADMISSIONS])
    values = result.values[ADMISSIONS][-12:].mean(axis=0).sum(axis=0)
    both = np.array([values[FRAIL].sum(axis=0), values.sum(axis=0)])
    return 1 - both[:, 1:] / both[:, :1]


def within(found: np.ndarray, experts, words: list[str]) -> list[str]:
    """Frail people are held to the lower of the two ninetieth percentiles, everyone to the mean of
    the admissions thought most avoidable: stricter than one kind of admission would need."""
    frail = experts["older people with high frailty risk admitted"]["reduction at p90"]
    everyone = experts["ambulatory care sensitive admissions (acute)"]["mean reduction"]
    return [
        f"{word}: {one:.1%} of the frail, {all_:.1%} of everyone"
        for word, one, all_ in zip(words, *found, strict=True)
        if one > frail or all_ > everyone
    ]


def test_no_care_function_avoids_more_than_experts_thought_possible(project, experts):
    spec = replace(project.spec, time=replace(project.spec.time, final=END))
    shape = spec.shape("additional_reach")
    functions = spec.by_dimension["care function"].elements
    best = {"evidence_position": np.ones(len(functions))}
    reaches = [np.zeros(shape) for _ in functions]
    for position, reach in enumerate(reaches):
        reach[:, position] = 0.9
    reaches.append(np.full(shape, 0.9))
    members = [Overrides({**best, "additional_reach": reach}) for reach in reaches]
    found = avoided(spec, [Overrides(best), *members])
    assert found.max() > 0.1  # the favourable ends do reach far
    assert within(found, experts, [*functions, "all of them"]) == []


def test_no_scenario_avoids_more_than_experts_thought_possible(project, experts):
    spec, folder = project.spec, scenarios_folder()
    best = {"evidence_position": np.ones(spec.shape("evidence_position"))}
    listed = [name for name in names(folder) if name != "baseline"]
    own = [load(name, project.catalogue, folder=folder).overrides(spec) for name in listed]
    members = [Overrides({**each.constants, **best}, each.paths) for each in own]
    found = avoided(spec, [Overrides(best), *members])
    assert within(found, experts, listed) == []


@pytest.mark.parametrize(
    ("lever", "activity"),
    [
        (
            "same day care share of short stays",
            "ambulatory emergency care (very high potential)",
        ),
        ("additional day case share", "elective surgery that is mainly day case"),
    ],
)
def test_levers_on_stays_end_where_experts_did(project, experts, lever, activity):
    (row,) = (each for each in project.levers.rows if each.variable == lever)
    assert row.high <= experts[activity]["reduction at p90"]


def test_ranges_of_what_functions_do_to_use_of_hospital_hold_no_effect(project):
    spec = project.spec
    outcomes = spec.by_dimension["outcome"].elements
    columns = [outcomes.index(name) for name in ("ae attendances", "emergency admissions")]
    good, bad = (
        np.reshape(spec.by_identifier[f"{end}_effect"].values, spec.shape(f"{end}_effect"))
        for end in ("favourable", "unfavourable")
    )
    acting = good[:, columns] != 0
    assert acting.sum() >= 14
    assert (good[:, columns][acting] < 0).all()
    assert (bad[:, columns][acting] > 0).all()

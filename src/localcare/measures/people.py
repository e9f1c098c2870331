"""Measures of need: people by frailty and age, progressions, activation."""

from __future__ import annotations

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import as_it_is, below_baseline
from localcare.measures.plain import Figures

__all__ = ["PEOPLE"]


def _moderate_and_severe(people: Figures) -> Figures:
    return people.sel(frailty=["moderate", "severe"]).sum("frailty")


def _at_risk(people: Figures) -> Figures:
    return people.sel(frailty="mild", drop=True)


PEOPLE: tuple[Measure, ...] = (
    Measure(
        "people_by_frailty",
        "People by frailty",
        "person",
        "population by place and state of frailty, summed over age; mild is the cohort at risk of "
        "progression, moderate and severe are high and very high frailty",
        MODEL,
        ("people_by_place_and_frailty",),
        as_it_is,
    ),
    Measure(
        "people_by_age",
        "People by age",
        "person",
        "population by place and age, summed over frailty",
        MODEL,
        ("people_by_place_and_age",),
        as_it_is,
    ),
    Measure(
        "people_with_moderate_or_severe_frailty",
        "People with moderate or severe frailty",
        "person",
        "population of frailty moderate and severe, summed over age",
        MODEL,
        ("people_by_place_and_frailty",),
        _moderate_and_severe,
        direction="down",
    ),
    Measure(
        "people_at_risk_of_progression",
        "People at risk of progression (mild frailty)",
        "person",
        "population of frailty mild, summed over age",
        MODEL,
        ("people_by_place_and_frailty",),
        _at_risk,
        direction="down",
    ),
    Measure(
        "new_progressions",
        "People who become frailer",
        "person/Year",
        "progressions to the next state of frailty, by the state people leave",
        MODEL,
        ("new_progressions_by_frailty",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "progressions_avoided",
        "Progressions avoided",
        "person/Year",
        "progressions in the baseline less progressions under the policy, by the state people "
        "leave; below 0 where a policy brings more",
        "difference of two runs; " + MODEL,
        ("new_progressions_by_frailty",),
        below_baseline,
        direction="up",
        needs_baseline=True,
    ),
    Measure(
        "deaths",
        "Deaths",
        "person/Year",
        "deaths by place",
        MODEL,
        ("deaths_by_place",),
        as_it_is,
    ),
    Measure(
        "people_by_activation",
        "People with long-term conditions by patient activation",
        "person",
        "people with long-term conditions by level of activation: overwhelmed, struggling, coping, "
        "optimising",
        MODEL,
        ("people_by_activation",),
        as_it_is,
    ),
    Measure(
        "people_supported",
        "People supported to manage their condition",
        "person/Year",
        "people who take part in the activation programme in a year, by place",
        MODEL,
        ("people_supported",),
        as_it_is,
    ),
    Measure(
        "emergency_admissions_with_long_term_conditions",
        "Emergency admissions of people with long-term conditions",
        "admission/Year",
        "emergency admissions of residents with a long-term condition, wherever treated",
        MODEL,
        ("emergency_admissions_with_long_term_conditions",),
        as_it_is,
        direction="down",
    ),
)

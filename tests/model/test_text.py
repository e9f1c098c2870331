"""Equations are printed so that a modeller reads in them what the engine computes."""

import pytest

from localcare.model import load
from localcare.model.text import equation_lines, shortened

MODEL = """{UTF-8}
place: north, south, coast -> (system: east, east, west), turn ~ ~ . |
turn: south, coast, north ~ ~ . |
system: east, west ~ ~ . |
frailty: fit, mild, severe ~ ~ . |
lower frailty: fit, mild -> upper frailty ~ ~ . |
upper frailty: mild, severe ~ ~ . |
people[place, frailty] = INTEG(inflow[place, frailty], start[place, frailty]) ~ person ~ . |
start[place, frailty] = 1, 2, 3; 4, 5, 6; 7, 8, 9; ~ person ~ . |
inflow[place, fit] = - progression[place, fit] ~ person/Year ~ . |
inflow[place, upper frailty] = people[place, upper frailty] * rate ~ person/Year ~ . |
progression[place, lower frailty] = people[place, upper frailty] * rate ~ person/Year ~ . |
rate = 0.25 ~ 1/Year ~ . |
all people = SUM(people[place!, frailty!]) ~ person ~ . |
by place[place] = SUM(people[place, frailty!]) - people[place, fit] ~ person ~ . |
left = (rate - (rate - rate)) - rate ~ 1/Year ~ . |
right = rate / (rate * rate) * (rate + 2) ~ 1/Year ~ . |
signs = (-rate) ^ 2 + -(rate + 1) ~ Dmnl ~ . |
logic = IF THEN ELSE(:NOT: (rate > 1 :OR: rate < 0.5) :AND: Time >= 3, 0, :NA:) ~ Dmnl ~ . |
smallest = MIN(MAX(rate, 0), EXP(LN(SQRT(ABS(rate))))) ~ Dmnl ~ . |
curve((0,0),(1,0.5),(3,2)) ~ Dmnl ~ . |
effect = curve(rate / 2) ~ Dmnl ~ . |
beyond = LOOKUP EXTRAPOLATE(curve, rate) ~ Dmnl ~ . |
use[place] = beds[system] * rate ~ bed/Year ~ . |
beds[system] = 5, 6 ~ bed ~ . |
turned[place] = by place[turn] ~ person ~ . |
late = DELAY1(rate, stay) ~ 1/Year ~ . |
stay = 2 ~ Year ~ . |
"A&E visits" = rate * 3 ~ 1/Year ~ . |
visits twice = "A&E visits" * 2 ~ 1/Year ~ . |
INITIAL TIME = 0 ~ Year ~ . |
FINAL TIME = 1 ~ Year ~ . |
TIME STEP = 0.125 ~ Year ~ . |
SAVEPER = 0.5 ~ Year ~ . |
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("text") / "m.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return load(path, cache=False)


@pytest.mark.parametrize(
    ("identifier", "lines"),
    [
        (
            "people",
            [
                "people[place, frailty] = INTEG(inflow[place, frailty])",
                "people[place, frailty] starts at start[place, frailty]",
            ],
        ),
        ("start", ["start[place, frailty] has 9 values"]),
        (
            "inflow",
            [
                "inflow[place, fit] = -progression[place, fit]",
                "inflow[place, upper frailty] = people[place, upper frailty] * rate",
            ],
        ),
        ("rate", ["rate = 0.25"]),
        ("all_people", ["all people = SUM(people[place!, frailty!])"]),
        ("by_place", ["by place[place] = SUM(people[place, frailty!]) - people[place, fit]"]),
        ("left", ["left = rate - (rate - rate) - rate"]),
        ("right", ["right = rate / (rate * rate) * (rate + 2)"]),
        ("signs", ["signs = (-rate) ^ 2 + -(rate + 1)"]),
        (
            "logic",
            [
                "logic = IF THEN ELSE(:NOT: (rate > 1 :OR: rate < 0.5) :AND: Time >= 3, 0, :NA:)",
            ],
        ),
        ("smallest", ["smallest = MIN(MAX(rate, 0), EXP(LN(SQRT(ABS(rate)))))"]),
        ("curve", ["curve is a lookup: (0, 0), (1, 0.5), (3, 2)"]),
        ("effect", ["effect = curve(rate / 2)"]),
        ("beyond", ["beyond = LOOKUP EXTRAPOLATE(curve, rate)"]),
        ("visits_twice", ['visits twice = "A&E visits" * 2']),
        (
            "late",
            [
                'late = "late, delay" / "late, delay, time"',
                '"late, delay" = INTEG(rate - "late, delay" / "late, delay, time")',
                '"late, delay" starts at rate * "late, delay, time"',
                '"late, delay, time" = stay',
            ],
        ),
    ],
)
def test_an_equation_reads_as_it_was_written(model, identifier: str, lines: list[str]) -> None:
    assert list(equation_lines(model, model.by_identifier[identifier])) == lines


def test_a_mapped_subscript_says_which_elements_it_reads(model) -> None:
    """Lower frailty fit and mild read the states above them, mild and severe; places read systems,
    not all alike.
    """
    (line,) = equation_lines(model, model.by_identifier["progression"])
    assert line == "progression[place, lower frailty] = people[place, lower frailty + 1] * rate"
    (line,) = equation_lines(model, model.by_identifier["use"])
    assert line == "use[place] = beds[system of place] * rate"
    (line,) = equation_lines(model, model.by_identifier["turned"])
    assert line == "turned[place] = by place[place -> south|coast|north]"


def test_a_long_text_loses_its_middle() -> None:
    assert shortened("abc", 10) == "abc"
    assert shortened("a" * 50 + "z" * 50, 20) == "a" * 10 + " ... " + "z" * 5

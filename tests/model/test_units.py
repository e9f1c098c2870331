"""The units check finds every clash, says where it is, and finds nothing where units agree."""

from pathlib import Path

import pytest

from localcare.model import load, units
from localcare.model.expression import FUNCTIONS, Apply, Number, Reference
from localcare.model.spec import Component, Kind, ModelSpec, TimeSettings, Variable

BROKEN = Path(__file__).parents[1] / "broken"
CONTROL = """
INITIAL TIME = 2019 ~ Year ~ Start. |
FINAL TIME = 2021 ~ Year ~ End. |
TIME STEP = 1/120 ~ Year ~ Step. |
SAVEPER = 1/12 ~ Year ~ A month. |
"""
SUM = "the terms of a sum need equal units but"
CLASHES = {
    "units_bare_number.mdl": [
        f'12: spare: in "people - 5" {SUM} "5" is in Dmnl and "people" in person. A bare number'
    ],
    "units_branches.mdl": [
        (
            '17: either: in "IF THEN ELSE(Time > start, people, beds)" the two outcomes of a '
            'condition need equal units but "beds" is in bed and "people" in person.'
        )
    ],
    "units_comparison.mdl": [
        (
            '12: flag: in "people > 92" the two sides of a comparison need equal units but "92" is '
            'in Dmnl and "people" in person. A bare number is dimensionless'
        )
    ],
    "units_declared.mdl": [
        '17: bed days: it is declared in bed but "arrivals * stay" gives person.'
    ],
    "units_delay.mdl": [
        (
            '17: discharges (inside its delay or smooth): it is declared in Year but "stay" gives '
            "Dmnl. The time of a delay or smooth is a named constant"
        )
    ],
    "units_exponent.mdl": [
        '12: effect: "2 ^ people" needs a dimensionless exponent but "people" is in person'
    ],
    "units_exponential.mdl": [
        '12: growth: "EXP(people)" needs a dimensionless argument but "people" is in person'
    ],
    "units_initial.mdl": [
        (
            '2: people: a stock in person needs an initial value in person but "beds at start" '
            "gives bed."
        )
    ],
    "units_lookup.mdl": [
        (
            '17: effect: in "curve(people)" the lookup needs an argument in Dmnl (or a time) but '
            '"people" is in person.'
        )
    ],
    "units_missing.mdl": ["12: beds: its units cannot be read: there is no unit."],
    "units_net_flow.mdl": [
        (
            f'2: people: in "arrivals - leavers" {SUM} "leavers" is in person and "arrivals" in '
            "person/Year."
        )
    ],
    "units_power.mdl": [
        (
            '17: effect: in "people ^ elasticity" "people" is in person and is raised to a power '
            "that is not a literal number"
        )
    ],
    "units_several.mdl": [
        f'22: first: in "people + beds + stay" {SUM} "beds" is in bed and "people" in person.',
        f'22: first: in "people + beds + stay" {SUM} "stay" is in Year and "people" in person.',
        '28: second: it is declared in person but "first * stay" gives Year*person.',
    ],
    "units_smooth.mdl": [
        (
            "17: recent arrivals (inside its delay or smooth): it is declared in Year but "
            '"memory / 3" gives day.'
        )
    ],
    "units_step.mdl": [
        '17: policy: "STEP(1, start month)" needs a time in Year but "start month" is in Month.'
    ],
    "units_subscripts.mdl": [
        (
            f'23: all in all: in "people[place] + beds[place]" {SUM} "beds[place]" is in bed and '
            '"people[place]" in person.'
        )
    ],
    "units_sum.mdl": [
        f'17: crowd: in "people + beds" {SUM} "beds" is in bed and "people" in person.'
    ],
    "units_unreadable.mdl": [
        '7: arrivals: its units cannot be read: "person/(Year" lacks a closing parenthesis.'
    ],
    "units_xidz.mdl": [
        (
            '17: people per bed: "XIDZ(people, beds, people)" needs a value of person/bed for a '
            'denominator of zero but "people" is in person.'
        )
    ],
}


def clashes(folder: Path, text: str) -> list[str]:
    path = folder / "m.mdl"
    path.write_text("{UTF-8}\n" + text + CONTROL, encoding="utf-8")
    return [str(problem) for problem in units.check(load(path, cache=False))]


def test_every_broken_model_has_its_messages_below() -> None:
    assert {path.name for path in BROKEN.glob("units_*.mdl")} == set(CLASHES)


@pytest.mark.parametrize("name", CLASHES)
def test_a_broken_model_is_rejected_with_these_clashes_and_no_others(name: str) -> None:
    found = [str(problem) for problem in units.check(load(BROKEN / name, cache=False))]
    assert len(found) == len(CLASHES[name])
    for message, expected in zip(found, CLASHES[name], strict=True):
        assert message.startswith(f"{name}:{expected}")


AGREEING = """
place: north, south ~ ~ Places. |
people[place] = INTEG(arrivals[place] - deaths[place], 100) ~ person [0,?] ~ A stock. |
arrivals[place] = 12, 13 ~ persons/Year ~ A flow. |
deaths[place] = MAX(people[place], 0) * rate[place] * effect(crowding / reference) ~ people/yr ~ . |
rate[place] = 0.1 * (1 + excess) ^ 2 / one year ~ 1/Year ~ Numbers multiply and add to ratios. |
one year = 1 ~ Year ~ . |
excess = 0.2 ~ fraction ~ . |
effect((0,1),(2,2)) ~ Dmnl ~ . |
crowding = SUM(people[place!]) / beds ~ person/bed ~ . |
beds = 5 ~ beds ~ . |
reference = 20 ~ person/bed ~ . |
late arrivals[place] = DELAY3(arrivals[place], lag) ~ person/Year ~ . |
seen arrivals[place] = SMOOTH(arrivals[place], lag) ~ person/Year ~ . |
twice late = DELAY1(2 * SUM(arrivals[place!]), lag) * lag ~ person ~ . |
lag = 0.5 ~ Year ~ . |
history(  (2019,1),(2021,2) ) ~ person ~ . |
past = history(Time + lag) ~ person ~ A lookup over time. |
shape = WITH LOOKUP(crowding / reference, ((0,1),(2,3))) ~ bed ~ An inline lookup. |
spread = SQRT(beds * beds) + beds ^ 0.5 * beds ^ (1/2) ~ bed ~ . |
ratio = XIDZ(beds, crowding, beds / crowding) ~ bed*bed/person ~ . |
safe ratio = ZIDZ(beds, crowding) ~ bed*bed/person ~ . |
choice = IF THEN ELSE(Time > start :AND: beds > 0, beds, 0) ~ bed ~ . |
start = 2020 ~ Year ~ . |
programme = STEP(beds, start) + RAMP(build rate, start, start + lag) ~ bed ~ . |
build rate = 2 ~ bed/Year ~ . |
season = SIN(2 * 3.14159 * Time / one year) * PULSE(start, lag) ~ Dmnl ~ . |
worst = VMAX(people[place!]) ~ person ~ . |
product of places = PROD(rate[place!]) ~ 1/(Year*Year) ~ . |
remainder = MODULO(Time, one year) ~ Year ~ . |
days = Time step days * days per year ~ day ~ . |
Time step days = 0.1 ~ Year ~ . |
days per year = 365.25 ~ day/Year ~ . |
missing = IF THEN ELSE(beds > 0, beds, :NA:) ~ bed ~ . |
"""


def test_a_model_whose_units_agree_has_no_clash(tmp_path: Path) -> None:
    assert clashes(tmp_path, AGREEING) == []


@pytest.mark.parametrize(
    ("agreeing", "clashing", "variable"),
    [
        ("effect(crowding / reference)", "effect(crowding)", "deaths"),
        ("(1 + excess) ^ 2", "(one year + excess) ^ 2", "rate"),
        ("(1 + excess) ^ 2", "(1 + excess) ^ one year", "rate"),
        ("SUM(people[place!]) / beds", "SUM(people[place!])", "crowding"),
        (
            "late arrivals[place] = DELAY3(arr",
            "late arrivals[place] = DELAY3(one year * arr",
            "late",
        ),
        ("SMOOTH(arrivals[place], lag)", "SMOOTH(people[place], lag)", "seen arrivals"),
        ("lag) * lag", "lag)", "twice late"),
        ("past = history(Time + lag)", "past = history(lag)", "past"),
        ("SQRT(beds * beds)", "SQRT(beds)", "spread"),
        ("beds ^ 0.5", "beds ^ 1.5", "spread"),
        ("ZIDZ(beds, crowding)", "ZIDZ(crowding, beds)", "safe ratio"),
        (":AND: beds > 0", ":AND: beds", "choice"),
        ("STEP(beds, start)", "STEP(lag, start)", "programme"),
        ("RAMP(build rate,", "RAMP(beds,", "programme"),
        ("Time / one year) * PULSE", "Time) * PULSE", "season"),
        ("PULSE(start, lag)", "PULSE(start, beds)", "season"),
        ("VMAX(people[place!])", "VMAX(arrivals[place!])", "worst"),
        ("PROD(rate[place!])", "PROD(people[place!])", "product of places"),
        ("MODULO(Time, one year)", "MODULO(Time, 1)", "remainder"),
        ("Time step days * days per year", "Time step days / days per year", "days"),
    ],
)
def test_one_change_to_it_brings_one_clash(
    tmp_path: Path, agreeing: str, clashing: str, variable: str
) -> None:
    assert AGREEING.count(agreeing) == 1
    found = clashes(tmp_path, AGREEING.replace(agreeing, clashing))
    assert len(found) == 1
    assert f": {variable}" in found[0]


def test_a_wrong_declaration_is_told_where_it_is_made_and_where_it_is_read(tmp_path: Path) -> None:
    found = clashes(tmp_path, AGREEING.replace("~ people/yr ~ . |", "~ people ~ . |"))
    assert [message.split(": ")[1] for message in found] == ["people", "deaths"]


def test_the_wrong_term_is_the_one_that_differs_from_most_or_from_what_is_declared(
    tmp_path: Path,
) -> None:
    text = (
        "a = 1 ~ bed ~ . | b = 1 ~ person ~ . | c = a + b ~ person ~ . | d = a + b + b ~ bed ~ . |"
    )
    found = clashes(tmp_path, text.replace("| ", "|\n"))
    assert ['"a" is in bed' in message for message in found] == [True, True]


def test_a_model_without_a_unit_of_time_is_told_so_once(tmp_path: Path) -> None:
    control = CONTROL.replace("~ Year ~", "~ ~")
    path = tmp_path / "m.mdl"
    path.write_text("{UTF-8}\nx = INTEG(y, 0) ~ bed ~ . |\ny = 1 ~ bed/Year ~ . |" + control)
    found = [str(problem) for problem in units.check(load(path, cache=False))]
    assert sum("unit of time" in message for message in found) == 1
    assert not any(": x:" in message or ": y:" in message for message in found)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_says_what_it_wants_of_units(function: str) -> None:
    """With arguments in three unlike units no function agrees, save those that take any."""
    units_of = ("person", "bed", "GBP", "hour")
    inputs = tuple(
        Variable(f"v{place}", f"v{place}", Kind.CONSTANT, units=unit, values=(1.0,))
        for place, unit in enumerate(units_of)
    )
    arguments = tuple(Reference(f"v{place}") for place in range(FUNCTIONS[function]))
    for outcome in ("person", "Dmnl", "person/bed", "person*bed", "person^1/2"):
        right = Component((), Apply(function, arguments), 7)
        result = Variable("result", "result", Kind.AUXILIARY, units=outcome, components=(right,))
        spec = ModelSpec("m", "m.mdl", "", TimeSettings(0, 1, 1, 1, "Year"), (), (*inputs, result))
        agrees = units.check(spec) == []
        expected = {
            "multiply": "person*bed",
            "divide": "person/bed",
            "zidz": "person/bed",
            "negate": "person",
            "absolute": "person",
            "integer": "person",
        }.get(function)
        assert agrees == (outcome == expected)


def test_numbers_alone_take_any_declared_units() -> None:
    right = Component((), Apply("divide", (Number(1.0), Number(120.0))), 3)
    step = Variable("step", "step", Kind.AUXILIARY, units="Year", components=(right,))
    spec = ModelSpec("m", "m.mdl", "", TimeSettings(0, 1, 1, 1, "Year"), (), (step,))
    assert units.check(spec) == []

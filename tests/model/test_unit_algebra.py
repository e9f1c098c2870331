"""Units of measure are read, combined and printed as products of powers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcare.model.unit_algebra import DIMENSIONLESS, Unit, UnitError, read_unit

NAMES = st.sampled_from(["person", "bed", "GBP", "Year", "widget per box", "$"])
UNITS = st.dictionaries(NAMES, st.integers(-5, 5).filter(bool)).map(
    lambda powers: Unit(tuple(sorted((name, Fraction(power)) for name, power in powers.items())))
)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("person", "person"),
        ("people/years", "person/Year"),
        ("GBP/(hour*person)", "GBP/(hour*person)"),
        ("GBP/hour/person", "GBP/(hour*person)"),
        ("£ / (hr * persons)", "GBP/(hour*person)"),
        ("1/Year", "1/Year"),
        ("Dmnl", "Dmnl"),
        ("1", "Dmnl"),
        ("fraction/1", "Dmnl"),
        ("metre*metre", "metre^2"),
        ("metre^2/metre", "metre"),
        ("person/(Year/day)", "day*person/Year"),
        ("Widget per box", "widget per box"),
        ("(person)", "person"),
        ("person^-1", "1/person"),
    ],
)
def test_a_units_field_is_read_into_powers(text: str, printed: str) -> None:
    assert str(read_unit(text)) == printed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("person", "Patients"),
        ("bed", "beds"),
        ("YEAR", "yr"),
        ("admission/Year", "admissions/years"),
        ("full time staff", "Full_Time  staff"),
    ],
)
def test_synonyms_and_capitals_do_not_make_two_units(one: str, other: str) -> None:
    assert read_unit(one) == read_unit(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("day", "Year"), ("bed", "place"), ("person", "FTE"), ("percent", "Dmnl"), ("GBP", "$")],
)
def test_units_that_differ_in_size_or_meaning_stay_apart(one: str, other: str) -> None:
    assert read_unit(one) != read_unit(other)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no unit"),
        ("  ", "there is no unit"),
        ("person/", "ends where a unit is missing"),
        ("person//Year", 'has "/" where a unit is missing'),
        ("GBP/(hour*person", "lacks a closing parenthesis"),
        ("person)", 'stray ")"'),
        ("1000 person", "is a number"),
        ("metre^x", "whole number"),
        ("metre^", "whole number"),
        ("(" * 30 + "person" + ")" * 30, "nested"),
    ],
)
def test_a_badly_formed_unit_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnitError) as caught:
        read_unit(text)
    assert why in str(caught.value)


def test_powers_add_and_cancel() -> None:
    person, year = read_unit("person"), read_unit("Year")
    assert person / year * year == person
    assert person / person == DIMENSIONLESS
    assert (person * person) ** Fraction(1, 2) == person
    assert str(person ** Fraction(1, 2)) == "person^1/2"
    assert person**0 == DIMENSIONLESS


@given(UNITS)
def test_a_printed_unit_reads_back_as_itself(unit: Unit) -> None:
    assert read_unit(str(unit)) == unit


@given(UNITS, UNITS, st.integers(-3, 3))
def test_units_multiply_like_numbers(one: Unit, other: Unit, power: int) -> None:
    assert one * other == other * one
    assert one * other / other == one
    assert (one * other) ** power == one**power * other**power


@given(st.text(alphabet="ab1 */^()-_", max_size=30))
def test_any_text_is_a_unit_or_is_refused(text: str) -> None:
    try:
        unit = read_unit(text)
    except UnitError:
        return
    assert read_unit(str(unit)) == unit

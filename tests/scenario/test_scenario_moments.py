"""Dates and lengths of time against the model's calendar of twelve equal months."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcare.model.spec import TimeSettings
from localcare.scenario.moments import Refused, duration, label, length, moment, year_start

YEARS = TimeSettings(2019.0, 2031.0, 1 / 120, 1 / 12, "Year")
MONTHS = TimeSettings(0.0, 100.0, 0.25, 1.0, "Months")
NO_UNIT = TimeSettings(0.0, 100.0, 0.25, 1.0, "")


@pytest.mark.parametrize("written", ["2026-04-01", "2026/27", "2026.25", 2026.25])
def test_the_three_ways_to_write_1_april_are_the_same_time(written):
    assert moment(written, YEARS) == 2026.25


@pytest.mark.parametrize("month", range(1, 13))
def test_the_first_of_a_month_is_a_bound_at_which_the_model_saves(month):
    assert moment(f"2026-{month:02d}-01", YEARS) == 2026 + (month - 1) / 12


def test_a_day_is_its_share_of_its_month():
    assert moment("2028-02-15", YEARS) == pytest.approx(2028 + (1 + 14 / 29) / 12, abs=1e-12)


def test_the_last_financial_year_of_a_century_is_read():
    assert moment("1999/00", YEARS) == 1999.25


@pytest.mark.parametrize("written", ["2026/28", "26/27", "2026-13-01", "soon", "", "1 April 2026"])
def test_what_is_no_date_is_refused(written):
    with pytest.raises(Refused):
        moment(written, YEARS)


@pytest.mark.parametrize("written", ["2026/27", "2026-04-01"])
def test_a_date_means_nothing_to_a_model_that_counts_in_months(written):
    with pytest.raises(Refused, match="counts time in"):
        moment(written, MONTHS)
    assert moment("18", MONTHS) == 18


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("9 months", 0.75),
        ("2 years", 2),
        ("1 quarter", 0.25),
        ("0.5 year", 0.5),
        ("1month", 1 / 12),
    ],
)
def test_lengths_of_time_become_years(written, years):
    assert duration(written, YEARS) == years


def test_lengths_of_time_become_the_models_own_unit():
    assert duration("2 years", MONTHS) == 24
    assert duration(3, NO_UNIT) == 3


@pytest.mark.parametrize(("written", "time"), [("soon", YEARS), (2, YEARS), ("-1 year", YEARS),
                                               ("2 years", NO_UNIT), (-1, NO_UNIT)])  # fmt: skip
def test_what_is_no_length_of_time_is_refused(written, time):
    with pytest.raises(Refused):
        duration(written, time)


def test_years_are_financial_or_of_the_calendar():
    assert year_start("2026/27", YEARS) == (2026.25, True)
    assert year_start("2026", YEARS) == (2026.0, False)
    with pytest.raises(Refused):
        year_start("2026.5", YEARS)


@given(st.dates())
def test_a_date_is_told_as_it_was_written(date):
    told = label(moment(date.isoformat(), YEARS), YEARS)
    expected = f"{date:%B} {date.year}"
    assert told == (expected if date.day == 1 else f"{date.day} {expected}")


def test_lengths_are_told_in_plain_words():
    assert length(1 / 12, YEARS) == "1 month"
    assert length(2.5, YEARS) == "2.5 years"
    assert length(3, NO_UNIT) == "3"

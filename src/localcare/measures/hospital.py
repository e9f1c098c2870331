"""Measures of the acute hospitals: emergency care, beds, discharge, planned care."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import as_it_is, difference, first_of, second_of
from localcare.measures.plain import Figures

__all__ = ["CEILING", "DAILY_SPREAD", "HOSPITAL", "normal_cdf"]

Floats = NDArray[np.float64]

#: NHS England's planning ceiling of 2020/21 for the occupancy of general and acute beds.
CEILING = 0.92
#: Standard deviation of a trust's daily occupancy about its mean of the month: the four trusts of
#: Kent and Medway, 1,666 trust-days of the winters 2015/16 to 2019/20 (NHS England, Winter Daily
#: SitRep). With it a normal spread about each month's mean gives 1,394 of the 1,439 days that
#: those months had above 92%. By trust it was 0.014 to 0.025.
DAILY_SPREAD = 0.020
DAYS_A_YEAR = 365.25
WEEKS_A_YEAR = DAYS_A_YEAR / 7


def _bed_days(occupied: Figures) -> Figures:
    return occupied * DAYS_A_YEAR


def _bed_days_needed(needed: Figures) -> Figures:
    return needed * CEILING * DAYS_A_YEAR


def _days_over(occupied: Figures, open_: Figures) -> Figures:
    """Days a year above the ceiling, trust by trust."""
    occupancy = occupied / open_.where(open_ > 0)
    chance = normal_cdf(((occupancy - CEILING) / DAILY_SPREAD).to_numpy())
    return occupancy.copy(data=DAYS_A_YEAR * chance)


def normal_cdf(values: Floats) -> Floats:
    """The standard normal distribution function, to 2e-7 (Abramowitz and Stegun 1964, 26.2.17);
    scipy has it too, but is not asked for where results are read."""
    size = np.abs(values)
    t = 1.0 / (1.0 + 0.2316419 * size)
    series = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = np.exp(-0.5 * size * size) / np.sqrt(2.0 * np.pi) * series
    chance: Floats = np.where(values > 0, 1.0 - tail, tail)
    return chance


def _weeks(people: Figures, _completed: Figures) -> Figures:
    return people * WEEKS_A_YEAR


HOSPITAL: tuple[Measure, ...] = (
    Measure(
        "emergency_admissions",
        "Emergency admissions",
        "admission/Year",
        "emergency admissions of the four acute trusts",
        MODEL,
        ("emergency_admissions",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "emergency_admissions_of_residents",
        "Emergency admissions of residents",
        "admission/Year",
        "emergency admissions of the people of each place by frailty, to whichever trust",
        MODEL,
        ("emergency_admissions_by_place_and_frailty",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "ae_attendances",
        "A&E attendances",
        "attendance/Year",
        "attendances of all types at the four acute trusts",
        MODEL,
        ("ae_attendances",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "twelve_hour_waits",
        "Waits of over 12 hours for a bed",
        "person/Year",
        "people who wait over 12 hours from the decision to admit, a fitted function",
        MODEL,
        ("twelve_hour_waits",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "bed_days",
        "Bed-days in general and acute beds",
        "bed*day/Year",
        "beds occupied, emergency and planned, times 365.25 days",
        MODEL,
        ("beds_occupied",),
        _bed_days,
        direction="down",
    ),
    Measure(
        "bed_days_needed",
        "Bed-days that patients need",
        "bed*day/Year",
        "patients in general and acute beds and waiting for one (beds needed times 0.92), times "
        "365.25 days",
        MODEL,
        ("beds_needed",),
        _bed_days_needed,
        direction="down",
    ),
    Measure(
        "bed_days_by_frailty",
        "Bed-days of emergency patients until fit to leave",
        "bed*day/Year",
        "emergency patients in beds who are not fit to leave, by trust and state of frailty, times "
        "365.25 days",
        MODEL,
        ("emergency_patients",),
        _bed_days,
        direction="down",
    ),
    Measure(
        "outpatient_attendances",
        "Outpatient attendances",
        "attendance/Year",
        "attendances at outpatient clinics",
        MODEL,
        ("outpatient_attendances",),
        as_it_is,
    ),
    Measure(
        "beds_needed",
        "General and acute beds needed at 92% occupancy",
        "bed",
        "patients in beds and waiting for one, divided by 0.92",
        "92%: NHS England planning ceiling, 2020/21",
        ("beds_needed",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "beds_open",
        "General and acute beds open",
        "bed",
        "core and escalation beds open",
        MODEL,
        ("beds_open",),
        as_it_is,
    ),
    Measure(
        "occupancy",
        "Occupancy of general and acute beds",
        "1",
        "beds occupied divided by beds open; for Kent and Medway, all beds of the four trusts",
        MODEL,
        ("beds_occupied", "beds_open"),
        first_of,
        over=second_of,
        direction="down",
    ),
    Measure(
        "days_over_92_percent",
        "Expected days with more than 92% of beds occupied",
        "day/Year",
        "365.25 times the chance that a day's occupancy is above 0.92, if it spreads normally with "
        "a standard deviation of 0.020 about the modelled mean of its month; by trust, and for "
        "Kent and Medway the mean of the four",
        "spread: within-month standard deviation of daily occupancy, the four trusts, 1,666 "
        "trust-days of the winters 2015/16 to 2019/20 (NHS England, Winter Daily SitRep)",
        ("beds_occupied", "beds_open"),
        _days_over,
        aggregate="mean",
        direction="down",
    ),
    Measure(
        "no_criteria_to_reside",
        "Patients in hospital who no longer need to be",
        "person",
        "medically fit patients waiting to leave, over pathways",
        MODEL,
        ("no_criteria_to_reside",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "waiting_list",
        "Waiting list for planned care",
        "person",
        "incomplete referral-to-treatment pathways: people waiting for a clinic, a day case or an "
        "operation with a stay, by the system that will treat them",
        MODEL,
        ("waiting_list_by_system",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "weeks_waited",
        "Weeks waited for planned care",
        "week",
        "the waiting list divided by pathways completed in a week: how long the list takes to "
        "clear at the pace of the time",
        "Little's law (Little 1961); " + MODEL,
        ("waiting_list_by_system", "completed_pathways_by_system"),
        _weeks,
        over=second_of,
        direction="down",
    ),
    Measure(
        "completed_pathways",
        "Planned pathways completed",
        "person/Year",
        "people discharged or treated in clinic, day cases and operations with a stay",
        MODEL,
        ("completed_pathways_by_system",),
        as_it_is,
        direction="up",
    ),
    Measure(
        "operations_without_a_bed",
        "Operations not done for want of a bed",
        "person/Year",
        "operations with a stay that theatres could do, less those done",
        MODEL,
        ("overnight_operations_scheduled", "overnight_operations"),
        difference,
        direction="down",
    ),
)

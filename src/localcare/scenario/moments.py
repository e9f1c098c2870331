"""Dates and durations as planners write them, as times of a model.

In: text or numbers from a scenario file. Out: model time, in the model's own time unit.

A model counts a year as twelve equal months, and every month bound it saves at is a twelfth of a
year. So does this module: `2026-04-01`, `2026/27` (the financial year from 1 April) and `2026.25`
are the same time, and a day is its share of its month.
"""

from __future__ import annotations

import calendar
import math
import re

from localcare.model.spec import TimeSettings

__all__ = [
    "Refused",
    "duration",
    "label",
    "length",
    "moment",
    "shortest_change",
    "span",
    "year_start",
]

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
#: How many of a time unit make a year.
PER_YEAR = {"year": 1.0, "quarter": 4.0, "month": 12.0, "week": 365.25 / 7.0, "day": 365.25}
FINANCIAL_YEAR_START = 0.25  # 1 April
#: A date a ten-thousandth of a year from a month bound (an hour) is that bound, in a label.
NEAR = 1e-4

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FINANCIAL_YEAR = re.compile(r"(\d{4})/(\d{2})")
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(year|quarter|month|week|day)s?", re.IGNORECASE)
_DATES = "Write 2026-04-01, 2026/27 (the financial year from 1 April) or 2026.25."
_DURATIONS = "Write it like `9 months` or `2 years`."


class Refused(ValueError):
    """A text that is no date, duration, name or number: `why`, and the `cure`."""

    def __init__(self, why: str, cure: str = "") -> None:
        super().__init__(f"{why} {cure}".rstrip())
        self.why, self.cure = why, cure


def moment(written: str | float, time: TimeSettings) -> float:
    """The model time of a date. Raises Refused."""
    if isinstance(written, str):
        return _dated(written.strip(), time)
    if not math.isfinite(written):
        raise Refused(f"{written} is not a time.", _DATES)
    return float(written)


def year_start(written: str, time: TimeSettings) -> tuple[float, bool]:
    """The start of a financial year (`2026/27`) or calendar year (`2026`), and whether it is
    financial. Raises Refused."""
    text = written.strip()
    if re.fullmatch(r"\d{4}", text):
        _needs_years(text, time)
        return float(text), False
    if _FINANCIAL_YEAR.fullmatch(text):
        return _dated(text, time), True
    cure = "Write financial years like 2026/27 or calendar years like 2026."
    raise Refused(f'"{written}" is not a year.', cure)


def duration(written: str | float, time: TimeSettings) -> float:
    """A length of time in the model's time unit, 0 or more. Raises Refused."""
    per_year = _per_year(time)
    if isinstance(written, str):
        matched = _DURATION.fullmatch(written.strip())
        if matched is None:
            raise Refused(f'"{written}" is not a length of time.', _DURATIONS)
        if per_year is None:
            why = f'"{written}": this model counts time in "{time.unit}".'
            raise Refused(why, "Give a bare number in that unit.")
        return float(matched[1]) * per_year / PER_YEAR[matched[2].lower()]
    if per_year is not None:
        raise Refused(f"{written:g} is a length of time without a unit.", _DURATIONS)
    if not math.isfinite(written) or written < 0.0:
        raise Refused(f"{written:g} is not a length of time.")
    return float(written)


def shortest_change(time: TimeSettings) -> float:
    """How long a change takes that is meant to be at once, in model time: one saving interval (a
    month in the shipped model), so that the integrator meets no jump and halving the step moves
    no result."""
    return max(time.saveper, time.step)


def label(when: float, time: TimeSettings) -> str:
    """A model time for people: "April 2026", "10 April 2026", or the number in other models."""
    if _per_year(time) != 1.0:
        return f"{when:g}"
    year = math.floor(when + NEAR)
    months = (when - year) * 12.0
    month = min(math.floor(months + 12.0 * NEAR), 11)
    days = calendar.monthrange(year, month + 1)[1] if 1 <= year <= 9999 else 30
    day = min(math.floor(max(months - month, 0.0) * days + 0.5), days - 1) + 1
    name = f"{MONTHS[month]} {year}"
    return name if day == 1 else f"{day} {name}"


def length(span: float, time: TimeSettings) -> str:
    """A length of model time for people: "1 month", "2.5 years", or the number in other models."""
    per_year = _per_year(time)
    if per_year is None:
        return f"{span:g}"
    count, unit = span / per_year, "year"
    if count < 1.0:
        count, unit = count * PER_YEAR["month"], "month"
    text = f"{count:.4g}"
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"


def span(time: TimeSettings) -> str:
    """The time a model covers, for messages."""
    return f"{label(time.initial, time)} to {label(time.final, time)}"


def _dated(text: str, time: TimeSettings) -> float:
    if re.fullmatch(r"\d+(\.\d*)?", text):
        return float(text)
    if matched := _FINANCIAL_YEAR.fullmatch(text):
        first = int(matched[1])
        if int(matched[2]) != (first + 1) % 100:
            cure = f"Write {first}/{(first + 1) % 100:02d}."
            raise Refused(f'"{text}" is not a financial year.', cure)
        _needs_years(text, time)
        return first + FINANCIAL_YEAR_START
    if matched := _DATE.fullmatch(text):
        year, month, day = (int(part) for part in matched.groups())
        if not _in_calendar(year, month, day):
            raise Refused(f'"{text}" is not in the calendar.', "Write year-month-day.")
        _needs_years(text, time)
        return year + (month - 1 + (day - 1) / calendar.monthrange(year, month)[1]) / 12.0
    raise Refused(f'"{text}" is not a date.', _DATES)


def _in_calendar(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _needs_years(text: str, time: TimeSettings) -> None:
    if _per_year(time) != 1.0:
        why = f'"{text}" is a date, and this model counts time in "{time.unit or "no unit"}".'
        raise Refused(why, "Give the time as a number of the model's own time.")


def _per_year(time: TimeSettings) -> float | None:
    """How many of the model's time units make a year; None where its unit is not known."""
    unit = time.unit.strip().lower()
    return PER_YEAR.get(unit, PER_YEAR.get(unit.removesuffix("s")))

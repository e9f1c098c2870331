"""What is fitted to what, read from `<model>.calibration.yaml` beside the model.

    tables: [kent_medway.observed.csv]
    constants:
      - {constant: stay response to crowding, low: 0, high: 2}
      - {constant: home care supply, elements: {year: [first, second]}, low: 0.5, high: 1.5}
      - {constant: hours a contact, factor: true, low: 0.5, high: 2}
      - {constant: pandemic effect on ae attendances, at: [2020.25, 2020.5], low: 0.2, high: 1.5}
      - {constant: size of change, elements: {change: [urgent care]}, low: -1, high: 1,
         dated: 2022-10-01, off: 0}
    series:
      - {series: A&E attendances, weight: 1, transform: log}
      - series: beds occupied
        transform: level
        without: [{from: 2020-04-01, to: 2020-07-01}]

Of a constant with dimensions every element, or each of those named, is a number of its own; with
`factor` one factor multiplies them all, and its start is 1. `at` names knots of a series over time,
each a number of its own. `low` and `high` bound each, in the unit of the variable, and have to hold
the value of the model, where the fit starts. What is `dated` did nothing before that day: a fit to
figures that end earlier cannot know it, and leaves it at `off`.

A figure's residual is the difference of logarithms (`log`), of square roots over the root of the
mean of its element's figures (`root`, for counts that may be 0), or the difference over that mean
(`level`), times the square root of `weight`. Windows are as in validation.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from localcare.problems import BadInput
from localcare.scenario.document import Mapping, plain, read
from localcare.study.validation.declared import LeftOut, Window
from localcare.study.wording import worded

__all__ = ["Calibration", "FittedConstant", "FittedSeries", "read_calibration"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FittedConstant(_Entry):
    """A constant, or knots of a series, to fit."""

    constant: str
    elements: dict[str, tuple[str, ...]] = {}
    at: tuple[float, ...] = ()
    factor: bool = False
    low: float
    high: float
    dated: date | None = None
    off: float | None = None

    @model_validator(mode="after")
    def _sound(self) -> FittedConstant:
        if self.low >= self.high:
            raise ValueError(f"the bounds are empty: low {self.low:g}, high {self.high:g}")
        if self.factor and (self.at or self.low < 0):
            raise ValueError("a factor has bounds from 0 on, and no knots")
        if (self.dated is None) != (self.off is None):
            raise ValueError("give `dated` and `off` together")
        return self


class FittedSeries(Window):
    """A series to fit to."""

    series: str
    weight: float = Field(default=1.0, gt=0)
    transform: Literal["log", "root", "level"] = "log"
    elements: tuple[str, ...] = ()
    without: tuple[Window, ...] = ()
    leave_out: tuple[LeftOut, ...] = ()


class Calibration(_Entry):
    """All of it."""

    tables: Annotated[tuple[str, ...], Field(min_length=1)]
    constants: Annotated[tuple[FittedConstant, ...], Field(min_length=1)]
    series: Annotated[tuple[FittedSeries, ...], Field(min_length=1)]


def read_calibration(path: Path) -> tuple[Calibration, Mapping]:
    """Read the file; the document tells the lines of its parts. Raises BadInput with every
    problem of its form."""
    document, _ = read(path)
    try:
        return Calibration.model_validate(plain(document)), document
    except ValidationError as error:
        cure = "See the head of localcare.study.calibration.declared for the form."
        raise BadInput(worded(path, document, error, cure)) from error

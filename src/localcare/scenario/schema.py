"""What a scenario file may hold, as frozen pydantic models: the documentation of the format.

Nothing here knows any model of health and care: whether a lever, unit, element or date exists and
a number is in range is asked in `resolve`. Faults of form are worded in `draft`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

__all__ = [
    "Amount",
    "ConstantEntry",
    "Head",
    "LeverEntry",
    "RollOut",
    "SeriesEntry",
    "WhereEntry",
    "is_name",
]

#: A scenario's name is the name of its file and of the folder its results go to.
NAME_PATTERN = r"[a-z0-9]+(-[a-z0-9]+)*"
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Amount:
    """A number for everything, or numbers by element: each part is the elements it holds for (none
    for everything) and the number. `{East Kent: {fit: 1, mild: 2}}` has two parts."""

    parts: tuple[tuple[tuple[str, ...], float], ...]


def is_name(text: str) -> bool:
    """Whether a text can be the name of a scenario."""
    return len(text) <= LONGEST_NAME and re.fullmatch(NAME_PATTERN, text) is not None


def _amount(value: Any) -> Amount:
    parts: list[tuple[tuple[str, ...], float]] = []
    faults: list[tuple[tuple[str, ...], Any]] = []

    def walk(inner: Any, elements: tuple[str, ...]) -> None:
        if isinstance(inner, dict) and inner:
            for element, below in inner.items():
                walk(below, (*elements, element))
        elif _is_number(inner):
            parts.append((elements, float(inner)))
        else:
            faults.append((elements, inner))

    walk(value, ())
    if faults:
        raise PydanticCustomError("amount", "not a number", {"faults": faults})
    return Amount(tuple(parts))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _when(value: Any) -> Any:
    if isinstance(value, str) or _is_number(value):
        return value
    raise PydanticCustomError("when", "neither a text nor a number")


Text = Annotated[str, Field(min_length=1)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Amounts = Annotated[Amount, BeforeValidator(_amount)]
When = Annotated[str | float, BeforeValidator(_when)]  # a date or duration, read by `moments`


class _Entry(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True
    )


class Head(_Entry):
    """What a scenario is. `extends` names scenarios whose settings it takes over, `replaces` the
    levers, constants or series it does not take over from them."""

    name: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$", max_length=LONGEST_NAME)]
    title: Text
    rationale: str = ""
    sources: Words = Field(default=(), validate_default=False)
    extends: Words = Field(default=(), validate_default=False)
    replaces: Words = Field(default=(), validate_default=False)


class WhereEntry(_Entry):
    """Which elements a setting holds for; all of them where it says nothing. `places` and
    `systems` are short for `elements: {place: [...]}` and `elements: {system: [...]}`."""

    places: Words = Field(default=(), validate_default=False)
    systems: Words = Field(default=(), validate_default=False)
    elements: dict[str, Words] = Field(default_factory=dict)
    unit: Text | None = None
    note: str = ""


class RollOut(_Entry):
    """Trailblazers begin at the start; the others follow one by one at even intervals, the last
    of them `over` later, in the order of the setting's `places`, or else the model's."""

    trailblazers: Words
    over: When


class LeverEntry(WhereEntry):
    """A lever moved from the model's own value to a `target`, in its `unit`, to a `factor` of its
    own value, or by an `add`, in a straight line over `ramp` from `start`."""

    lever: Text
    target: Amounts | None = None
    factor: Amounts | None = None
    add: Amounts | None = None
    start: When
    ramp: When | None = None
    rollout: RollOut | None = None


class ConstantEntry(WhereEntry):
    """A constant set outright for the whole run, to a `value` or a `factor` of the model's own.
    `beyond_range` says why it may leave the range of the assumptions table."""

    value: Amounts | None = None
    factor: Amounts | None = None
    beyond_range: Text | None = None


class SeriesEntry(WhereEntry):
    """A lever, or a series of the model, set by year: `{2026/27: 0.2, 2027/28: 0.3}`. A year's
    value holds from its start until the next year's."""

    years: dict[str, Number]

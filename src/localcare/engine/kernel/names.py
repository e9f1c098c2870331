"""Names of the places in a workspace that are not variables of the model."""

from __future__ import annotations

__all__ = [
    "BASE",
    "CLOCK",
    "FAULT",
    "FLOW",
    "GAIN",
    "LARGEST",
    "MARGIN",
    "MIDDLE",
    "NARROW",
    "STATE",
    "STEP",
    "SUMS",
    "TIME",
    "WEIGHT",
    "first_of",
    "flow_of",
    "sum_of",
]

#: The time of the stage, the middle of the step, and the length of the step.
TIME, MIDDLE, STEP = "(time)", "(middle)", "(step)"
#: What of these changes during a run.
CLOCK = frozenset({TIME, MIDDLE})
#: The weight of the stage, and a sum that is NaN once anything computed was not finite.
WEIGHT, FAULT = "(weight)", "(fault)"
#: Stretches that hold all stocks in one order: the stage's values, their net flows, their values
#: at the start of the step, and the gain over the stages so far.
STATE, FLOW, BASE, GAIN = "(state)", "(flow)", "(base)", "(gain)"
#: The largest magnitude each stock has had.
LARGEST = "(largest)"
#: Room behind them.
MARGIN = "(margin)"
#: The stretch of all sums that are set to 0 when a saving interval begins.
SUMS = "(sums)"
#: Copies of what is the same for all members: one number for each element.
NARROW = "(narrow)"


def flow_of(stock: str) -> str:
    """The place of a stock's net flow."""
    return f"(flow of {stock})"


def sum_of(variable: str) -> str:
    """The place where a variable is added up for its mean."""
    return f"(sum of {variable})"


def first_of(variable: str) -> str:
    """The place of a variable's first value in the saving interval."""
    return f"(first of {variable})"

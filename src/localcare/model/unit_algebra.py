"""Units of measure as products of powers: reading, multiplying, comparing and printing them.

In goes the text of a Vensim units field ("person/Year", "GBP/(hour*person)", "1/Year", "Dmnl"),
its range already taken off; out comes a `Unit`. Names are compared without regard to case, after
the synonyms below. Nothing is converted: as in Vensim, a day and a year are different units, and
a constant in day/Year stands in the equation that goes from one to the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["DIMENSIONLESS", "Unit", "UnitError", "read_unit"]

#: Names that mean the same, the one to print first. Vensim's own defaults and the words of health
#: and care. A percentage is left out on purpose: it differs from a fraction by a factor of 100.
_SYNONYMS = (
    ("person", "persons", "people", "patient", "patients"),
    ("Year", "years", "yr", "yrs"),
    ("Month", "months"),
    ("week", "weeks"),
    ("day", "days"),
    ("hour", "hours", "hr", "hrs"),
    ("minute", "minutes"),
    ("second", "seconds"),
    ("bed", "beds"),
    ("place", "places"),
    ("contact", "contacts"),
    ("appointment", "appointments"),
    ("admission", "admissions"),
    ("attendance", "attendances"),
    ("referral", "referrals"),
    ("FTE", "FTEs"),
    ("GBP", "£", "pound", "pounds"),
    ("$", "dollar", "dollars", "$s"),
    ("unit", "units"),
)
_DIMENSIONLESS_NAMES = frozenset({"dmnl", "dimensionless", "fraction", "unitless"})
_CANONICAL = {name.lower(): group[0] for group in _SYNONYMS for name in group}

_TOKEN = re.compile(r"\s*([*/^()]|[^*/^()]+)")
_WHOLE = re.compile(r"-?\d+")


class UnitError(ValueError):
    """The text of a units field cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of named units, each to a power; `powers` is sorted by name and holds no zero."""

    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return _combined(self, other, sign=1)

    def __truediv__(self, other: Unit) -> Unit:
        return _combined(self, other, sign=-1)

    def __pow__(self, exponent: Fraction | int) -> Unit:
        raised = ((name, power * exponent) for name, power in self.powers)
        return Unit(tuple((name, power) for name, power in raised if power))

    def __str__(self) -> str:
        above = [_powered(name, power) for name, power in self.powers if power > 0]
        below = [_powered(name, -power) for name, power in self.powers if power < 0]
        if not above and not below:
            return "Dmnl"
        text = "*".join(above) or "1"
        if below:
            text += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
        return text


DIMENSIONLESS = Unit()


def read_unit(text: str) -> Unit:
    """The unit that `text` names. Raises UnitError where it is empty or badly formed.

    >>> str(read_unit("patients / (years * £)"))
    'person/(GBP*Year)'
    >>> read_unit("Year*person/people") == read_unit("yr")
    True
    """
    tokens = [match.group(1).strip() for match in _TOKEN.finditer(text.strip())]
    if not any(tokens):
        raise UnitError("there is no unit")
    unit, rest = _product(tokens, 0, depth=0)
    if rest != len(tokens):
        raise UnitError(f'"{text.strip()}" has a stray "{tokens[rest]}"')
    return unit


def _product(tokens: list[str], at: int, depth: int) -> tuple[Unit, int]:
    """Factors joined by * and /, read from the left, from token `at` up to what is no factor."""
    unit, at = _factor(tokens, at, depth)
    while at < len(tokens) and tokens[at] in {"*", "/"}:
        operator = tokens[at]
        factor, at = _factor(tokens, at + 1, depth)
        unit = unit * factor if operator == "*" else unit / factor
    return unit, at


def _factor(tokens: list[str], at: int, depth: int) -> tuple[Unit, int]:
    if at >= len(tokens):
        raise UnitError(f'"{"".join(tokens)}" ends where a unit is missing')
    word, at = tokens[at], at + 1
    if word == "(":
        if depth > 20:
            raise UnitError("parentheses are nested more than 20 deep")
        unit, at = _product(tokens, at, depth + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise UnitError(f'"{"".join(tokens)}" lacks a closing parenthesis')
        at += 1
    elif word in {"*", "/", "^", ")"}:
        raise UnitError(f'"{"".join(tokens)}" has "{word}" where a unit is missing')
    else:
        unit = _named(word)
    if at < len(tokens) and tokens[at] == "^":
        exponent = tokens[at + 1] if at + 1 < len(tokens) else ""
        if not _WHOLE.fullmatch(exponent) or len(exponent) > 3:
            raise UnitError(f'"{"".join(tokens)}" needs a whole number after "^"')
        return unit ** int(exponent), at + 2
    return unit, at


def _named(name: str) -> Unit:
    words = " ".join(name.replace("_", " ").split())
    if words == "1" or words.lower() in _DIMENSIONLESS_NAMES:
        return DIMENSIONLESS
    if not words:
        raise UnitError(f'"{name}" names no unit')
    if re.match(r"[\d.+-]", words):
        raise UnitError(f'"{words}" is a number; only 1 may stand in a unit')
    # An unknown name is its own unit; lower case, so that spelling decides and not capitals.
    return Unit(((_CANONICAL.get(words.lower(), words.lower()), Fraction(1)),))


def _combined(left: Unit, right: Unit, sign: int) -> Unit:
    powers: dict[str, Fraction] = dict(left.powers)
    for name, power in right.powers:
        powers[name] = powers.get(name, Fraction(0)) + sign * power
    return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)))


def _powered(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{power}"

"""Sentences about a comparison, computed from its numbers.

Figures take their titles from here and the command line its two closing sentences, so that no
sentence can say something else than the numbers do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from localcare.measures.summary import Headline

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "capital",
    "headline_changes",
    "largest",
    "listed",
    "names",
    "policy_starts",
    "signed",
    "thousands",
]


def names(dataset: xr.Dataset) -> list[str]:
    """The scenarios of a comparison, the baseline first."""
    found = [str(name) for name in dataset["scenario"].to_numpy()]
    return sorted(found, key=lambda name: (name != "baseline", found.index(name)))


def largest(yearly: xr.DataArray, year: int, *, lowest: bool) -> tuple[str, float]:
    """The policy with the lowest (or highest) value in a year, and its change from baseline."""
    at = yearly.sel(year=year)
    policies = [str(name) for name in at["scenario"].to_numpy() if str(name) != "baseline"]
    changes = {
        name: float(at.sel(scenario=name) - at.sel(scenario="baseline")) for name in policies
    }
    best = (min if lowest else max)(changes, key=lambda name: changes[name])
    return best, changes[best]


def headline_changes(headline: Headline) -> Headline:
    """Each policy's headline less the baseline's; empty where there is no baseline or no policy."""
    base = headline.get("baseline")
    if base is None:
        return {}
    return {
        scenario: {name: value - base[name] for name, value in row.items()}
        for scenario, row in headline.items()
        if scenario != "baseline"
    }


def capital(text: str) -> str:
    """The text with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def thousands(value: float, digits: int = 3) -> str:
    """A number with separators and a minus sign, rounded to `digits` significant digits, all of
    which are shown: 55.0 beside 49.2, not 55. Nothing is 0."""
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float, digits: int = 3) -> str:
    """A change: like `thousands`, with a plus sign where it grows."""
    return ("+" if value > 0 else "") + thousands(value, digits)


def policy_starts(dataset: xr.Dataset) -> dict[str, float]:
    """When each scenario first departs from the model, in decimal years; none for the baseline."""
    if "policy_start" not in dataset.coords:
        return {}
    starts = dataset["policy_start"].to_series().dropna()
    return {str(name): float(value) for name, value in starts.items()}


def listed(words: list[str]) -> str:
    """Words as a list in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

"""Tables and sentences on bands and chances: how sure a comparison is.

In: the tidy table with bands (`measures.banded`) and the year to show; the attributes of an
ensemble's summary. Out: tables for the terminal, and words on what bands cover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import find
from localcare.measures.limits import Limit
from localcare.measures.summary import HEADLINE, WHOLE
from localcare.present.findings import signed, thousands
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.tables import HEADS, plain_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

#: Less than this, in the units shown, is rounding.
_NOTHING = 1e-6
#: Figures by column, by scenario and measure.
Rows = dict[tuple[str, str], dict[str, float]]

__all__ = [
    "bands_tables",
    "chance_words",
    "covers",
    "met_table",
    "retained_words",
    "targets_tables",
]


def chance_words(chance: float) -> str:
    """A chance in whole percent, which calls nothing sure or ruled out that is not in all draws.

    >>> chance_words(0.5), chance_words(0.998), chance_words(0.002), chance_words(1)
    ('50%', 'over 99%', 'under 1%', '100%')
    """
    if 0.99 < chance < 1:
        return "over 99%"
    return "under 1%" if 0 < chance < 0.01 else f"{chance:.0%}"


def covers(attributes: Mapping[str, Any]) -> str:
    """What bands cover, in words, from the attributes of an ensemble's summary.

    >>> covers({"covers": "parameters", "draws": "512"})
    'Bands cover uncertain parameters, not noise, over 512 draws.'
    """
    words = {
        "parameters": "uncertain parameters, not noise",
        "noise": "noise, not uncertain parameters",
        "parameters and noise": "uncertain parameters and noise",
    }
    count = int(attributes.get("retained", attributes["draws"]))
    return f"Bands cover {words[attributes['covers']]}, over {count:,} draws."


def retained_words(attributes: Mapping[str, Any]) -> str:
    """How many draws were retained, and what bands cover.

    >>> retained_words({"covers": "noise", "draws": "512", "retained": "256"}).split(". ")[0]
    '256 of 512 draws (50%) agree with the observed past; the others are left out'
    """
    words = covers(attributes)
    if "retained" not in attributes:
        return words
    kept, drawn = int(attributes["retained"]), int(attributes["draws"])
    return (
        f"{kept:,} of {drawn:,} draws ({kept / drawn:.0%}) agree with the observed past; the "
        f"others are left out. {words}"
    )


def bands_tables(summary: pd.DataFrame, year: int) -> list[Table]:
    """The baseline's headline with its bands, and each policy's change from it with chances."""
    rows = _rows(summary, year)
    scenarios = list(dict.fromkeys(summary["scenario"]))
    policies = [each for each in scenarios if each != "baseline"]
    tables = [
        plain_table(
            ("measure", "model's own", "median", "80% of draws", "95% of draws"),
            _levels(rows, "baseline"),
            right=("model's own", "median"),
            title=f"baseline in {year}",
        )
    ]
    if policies:
        tables.append(
            plain_table(
                ("scenario", "measure", "change", "median", "80% of draws", "95% of draws",
                 "chance better"),
                (row for policy in policies for row in _changes(rows, policy)),
                right=("change", "median", "chance better"),
                title=f"Change from baseline in {year}, draw by draw",
            )
        )  # fmt: skip
    return tables


def targets_tables(table: pd.DataFrame, asked: Sequence[Limit]) -> list[Table]:
    """When each target asked for is met for good in all of Kent and Medway, by scenario."""
    return [
        plain_table(
            ("scenario", "chance", "from (10%)", "from (median)", "from (90%)"),
            _met(table[(table["target"] == f"{each}, for good") & (table["area"] == WHOLE)]),
            right=("chance", "from (10%)", "from (median)", "from (90%)"),
            title=f"{_in_words(each)}, for good: chance, and from which year",
        )
        for each in asked
    ]


def met_table(table: pd.DataFrame, asked: Sequence[Limit]) -> Table:
    """From which year targets asked for are met for good in all of Kent and Medway, by scenario, in
    runs without draws."""
    rows = []
    for each in asked:
        own = table[(table["target"] == f"{each}, for good") & (table["area"] == WHOLE)]
        years = own["year"].astype(object).where(own["year"].notna(), "not met")
        told = zip(own["scenario"], years, strict=True)
        rows += [
            ("" if number else _in_words(each), str(name), str(year))
            for number, (name, year) in enumerate(told)
        ]
    title = "From which year targets are met for good"
    return plain_table(("target", "scenario", "from"), rows, right=("from",), title=title)


def _in_words(target: Limit) -> str:
    """A target as a reader is told it."""
    measure = find(target.measure)
    if measure is None:
        return str(target)
    level = f"{scaled_number(measure, target.level):,.6g} {in_words(measure)}"
    way = "least" if target.at_least else "most"
    return f"{measure.title} at {way} {level.replace(' %', '%')}"


def _met(rows: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in rows.to_dict("records"):
        years = (float(row[f"year_q{share}"]) for share in (10, 50, 90))
        yield (
            str(row["scenario"]),
            chance_words(float(row["chance_met"])),
            *("" if np.isnan(year) else f"{year:.0f}" for year in years),
        )


def _rows(summary: pd.DataFrame, year: int) -> Rows:
    """The figures of one year for all of Kent and Medway, by scenario and measure."""
    whole = (summary["area"] == WHOLE) & (summary["part"] == "all")
    picked = summary[whole & (summary["year"] == year)]
    columns = [name for name in picked if picked[name].dtype == np.float64]
    keys = zip(picked["scenario"], picked["measure"], strict=True)
    figures = picked[columns].to_dict("records")
    return {
        (str(scenario), str(measure)): {str(name): float(value) for name, value in each.items()}
        for (scenario, measure), each in zip(keys, figures, strict=True)
    }


def _levels(rows: Rows, scenario: str) -> Iterator[tuple[str, ...]]:
    for name in _shown(rows, scenario):
        row, (title, scale) = rows[scenario, name], HEADS[name]
        shown = {column: _shown_figure(value / scale) for column, value in row.items()}
        yield (
            title,
            thousands(shown["value"], 4),
            thousands(shown["q50"], 4),
            *(
                f"{thousands(shown[low], 4)} to {thousands(shown[high], 4)}"
                for low, high in (("q10", "q90"), ("q025", "q975"))
            ),
        )


def _changes(rows: Rows, scenario: str) -> Iterator[tuple[str, ...]]:
    for number, name in enumerate(_shown(rows, scenario)):
        row, (title, scale) = rows[scenario, name], HEADS[name]
        measure, chance = find(name), row["chance_better"]
        shown = {column: _shown_figure(value / scale) for column, value in row.items()}
        yield (
            "" if number else scenario,
            title,
            signed(shown["change_from_baseline"]),
            signed(shown["change_q50"]),
            *(
                f"{signed(shown[low])} to {signed(shown[high])}"
                for low, high in (("change_q10", "change_q90"), ("change_q025", "change_q975"))
            ),
            chance_words(chance) if measure is not None and measure.direction else "",
        )


def _shown(rows: Rows, scenario: str) -> list[str]:
    return [each for each in HEADLINE if each in HEADS and (scenario, each) in rows]


def _shown_figure(value: float) -> float:
    return 0.0 if abs(value) < _NOTHING else value

"""Tables of what drives a result, read from runs that differ in chosen numbers.

In: the numbers chosen, and results by row of a sample. Out: tidy tables over scenario, year and
parameter: a tornado, and where a policy fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcare.study.uncertainty import Parameter, value_at

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENDS", "Results", "Run", "interval", "one_by_one", "rows_of", "where_it_fails"]

Floats = NDArray[np.float64]
#: From what a run is for, and values (rows,) by parameter: results (rows, years, scenarios).
Run = Callable[[str, Mapping[str, Floats]], Floats]
#: Shares of a distribution between which the tornado moves each number.
ENDS = (0.05, 0.95)
#: Parts of a distribution in which failures are counted.
FIFTHS = 5
#: Standard deviations within which 95% of a normal distribution lie.
NORMAL_95 = 1.959964


@dataclass(frozen=True, eq=False)
class Results:
    """`values` (rows, years, scenarios), the years and the names of the scenarios."""

    values: Floats
    names: Sequence[str]
    years: Sequence[int]

    def each(self) -> Iterator[tuple[str, int, Floats]]:
        """The values of each scenario and year, (rows,)."""
        for place, name in enumerate(self.names):
            for at, year in enumerate(self.years):
                yield name, year, self.values[:, at, place]


def one_by_one(
    drawn: Sequence[Parameter],
    chosen: Sequence[Parameter],
    names: Sequence[str],
    years: Sequence[int],
    results: Run,
) -> pd.DataFrame:
    """The result with each chosen number alone at either end of its distribution, all others at the
    model's own. Columns: scenario, year, parameter, at_low, at_centre, at_high, low, high."""
    import pandas as pd

    count = len(chosen)
    ends = np.array([value_at(each, np.array(ENDS)) for each in chosen])
    values = {each.name: np.full(2 * count + 1, each.centre) for each in drawn}
    for place, each in enumerate(chosen):
        values[each.name][1 + 2 * place : 3 + 2 * place] = ends[place]
    found = results("one by one", values)
    tables = [
        rows_of(
            scenario, year, chosen,
            {
                "at_low": found[1::2, at, place],
                "at_centre": np.full(count, found[0, at, place]),
                "at_high": found[2::2, at, place],
                "low": ends[:, 0],
                "high": ends[:, 1],
            },
        )
        for place, scenario in enumerate(names)
        for at, year in enumerate(years)
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def where_it_fails(
    chosen: Sequence[Parameter], shares: Floats, sampled: Results, better: str
) -> pd.DataFrame:
    """In how many of the rows a policy is no better than the baseline, in each fifth of each
    number's distribution, from the numbers' `shares` (rows, numbers) of it. Columns: scenario,
    year, parameter, fifth (1 the lowest), chance_in_fifth, chance, its 95% interval chance_low to
    chance_high, points."""
    import pandas as pd

    rows = []
    fifths = np.minimum((shares * FIFTHS).astype(int), FIFTHS - 1)
    for scenario, year, change in sampled.each():
        if scenario == sampled.names[0] or not better or np.ptp(change) == 0:
            continue
        failed = change >= 0 if better == "down" else change <= 0
        low, high = interval(int(failed.sum()), failed.size)
        for column, parameter in enumerate(chosen):
            for fifth in range(FIFTHS):
                there = failed[fifths[:, column] == fifth]
                chance = float(there.mean()) if there.size else float("nan")
                rows.append(
                    (scenario, year, parameter.name, fifth + 1, chance, float(failed.mean()),
                     low, high, failed.size)
                )  # fmt: skip
    columns = ["scenario", "year", "parameter", "fifth", "chance_in_fifth", "chance",
               "chance_low", "chance_high", "points"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def interval(failures: int, points: int) -> tuple[float, float]:
    """The 95% interval of a chance, from failures among independent points (Wilson 1927); points
    spread evenly err by less.

    >>> [round(each, 3) for each in interval(5, 50)]
    [0.043, 0.214]
    >>> [round(each, 3) for each in interval(0, 512)]
    [0.0, 0.007]
    """
    chance, square = failures / points, NORMAL_95**2 / points
    middle = (chance + square / 2) / (1 + square)
    half = np.sqrt(chance * (1 - chance) * square + square**2 / 4) / (1 + square)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def rows_of(
    scenario: str, year: int, chosen: Sequence[Parameter], told: Mapping[str, Floats]
) -> pd.DataFrame:
    """A row for each chosen number, with what is `told` of it by column."""
    import pandas as pd

    names = [each.name for each in chosen]
    return pd.DataFrame({"scenario": scenario, "year": year, "parameter": names, **told})

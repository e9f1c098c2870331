"""Which assumptions move a result, read off the draws of an ensemble.

In: a measure of every member and scenario in one year, and what each member drew. Out: a table in
the form of a tornado: the mean over the draws in which an assumption lies in its lowest fifth, and
over those in which it lies in its highest.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from localcare.measures.pieces import BASELINE
from localcare.study.values import MEMBER, SCENARIO

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["FEWEST", "swings"]

#: Columns of the table of draws that are no assumptions.
_NOT_DRAWN = ("draw", "retained")
#: Draws that a fifth needs, for its mean to be near normal.
FEWEST = 10
#: The chance that any of all assumptions is shown for nothing but luck, a scenario.
_LUCK = 0.05


def swings(values: xr.DataArray, drawn: pd.DataFrame, year: int) -> pd.DataFrame:
    """A row a scenario and assumption that stands out from chance: scenario, year, parameter,
    at_low, at_centre, at_high. The baseline's level; of every policy the change from it, draw by
    draw. `drawn` has a row a member, in the order of `values`, and a column an assumption.

    An assumption stands out where the means of its outer fifths differ by more than the largest of
    as many differences of random fifths would, in 19 of 20 ensembles (Bonferroni). Empty where a
    fifth has fewer than `FEWEST` draws. `attrs["assumptions"]` counts them all.
    """
    import pandas as pd

    columns = ["scenario", "year", "parameter", "at_low", "at_centre", "at_high"]
    parameters = [name for name in drawn.columns
                  if name not in _NOT_DRAWN and drawn[name].nunique() > 1]  # fmt: skip
    count = values.sizes[MEMBER] // 5
    rows = []
    if count >= FEWEST and parameters:
        furthest = NormalDist().inv_cdf(1 - _LUCK / len(parameters) / 2)
        own = values - values.sel({SCENARIO: BASELINE})
        own.loc[{SCENARIO: BASELINE}] = values.sel({SCENARIO: BASELINE})
        order = np.argsort(drawn[parameters].to_numpy(), axis=0, kind="stable")
        for scenario in map(str, values[SCENARIO].to_numpy()):
            column = own.sel({SCENARIO: scenario}).to_numpy()
            chance = furthest * float(column.std(ddof=1)) * np.sqrt(2 / count)
            low, high = column[order[:count]].mean(axis=0), column[order[-count:]].mean(axis=0)
            rows += [
                (scenario, year, name, one, float(column.mean()), two)
                for name, one, two in zip(parameters, low.tolist(), high.tolist(), strict=True)
                if abs(two - one) > chance
            ]
    table = pd.DataFrame(rows, columns=columns)
    table.attrs["assumptions"] = len(parameters)
    return table

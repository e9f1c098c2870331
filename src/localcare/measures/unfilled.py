"""Scenarios that cost less since posts stay empty: what is not spent on staff is no saving.

In: the Dataset of a comparison. Out: scenarios by name, with the posts that stay empty beyond the
baseline's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcare.measures.catalogue import find, missing, yearly
from localcare.measures.pieces import BASELINE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["COSTS", "unfilled"]

#: What is read off a comparison for it.
_SPEND, _COST, _GAP = "policy_spend", "running_cost", "staffing_gap"
#: Measures that fall where posts stay empty, and are no better for it.
COSTS = ("running_cost", "net_cost", "savings", "recurrent_cost",
         "year_of_care_cost")  # fmt: skip


def unfilled(dataset: xr.Dataset) -> dict[str, float]:
    """Scenarios that spend no more than the baseline, cost less to run in the last year and have
    more posts empty, with how many more (FTE). Nothing was bought there that could save, so
    what is not spent is the pay of those posts and the care that they would give. Empty where the
    results hold too little to tell."""
    found = [find(name) for name in (_SPEND, _COST, _GAP)]
    scenarios = [str(name) for name in dataset["scenario"].to_numpy()]
    measures = [each for each in found if each is not None and not missing(each, dataset)]
    if len(measures) < len(found) or BASELINE not in scenarios:
        return {}
    ends = [yearly(each, dataset, ()).isel(year=-1) for each in measures]
    spend, cost, gap = (each - each.sel(scenario=BASELINE) for each in ends)
    empty = (spend <= 0) & (cost < 0) & (gap > 0)
    return {
        name: float(gap.sel(scenario=name)) for name in scenarios if bool(empty.sel(scenario=name))
    }

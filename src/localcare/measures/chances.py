"""Chances: of breaching a limit year by year, when a target is met, what a bad winter does.

In: the members of an ensemble of scenarios, by measure (`banded.kept`). Out: tables with a row for
each scenario and year. Chances are shares of draws; their standard error, sqrt(p (1 - p) / n), is
that of independent draws, which is more than that of draws spread evenly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from localcare.measures.banded import MONTHLY
from localcare.measures.catalogue import find
from localcare.measures.limits import LIMITS, Limit, for_good
from localcare.measures.summary import WHOLE
from localcare.study.values import MEMBER, SCENARIO

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["ONE_IN", "breaches", "targets", "winters"]

BASELINE = "baseline"
#: How rare a bad winter is: one in so many.
ONE_IN = 20
#: The months of a winter, named by the year in which it ends.
_WINTER = {12: 1, 1: 0, 2: 0}


def breaches(members: xr.Dataset) -> pd.DataFrame:
    """The chance of breaching each limit, by scenario, area and year.

    Columns: scenario, measure, breach, level, area, year, chance, standard_error, draws.
    """
    import pandas as pd

    rows = []
    for limit, area, values in _limited(members, LIMITS):
        over = (values > limit.level).mean(MEMBER)
        count = values.sizes[MEMBER]
        for scenario in members[SCENARIO].to_numpy():
            for year in values["year"].to_numpy():
                chance = float(over.sel(scenario=scenario, year=year))
                error = float(np.sqrt(chance * (1 - chance) / count))
                row = (limit.measure, limit.words, limit.level, area, int(year), chance, error)
                rows.append((str(scenario), *row, count))
    names = ("measure", "breach", "level", "area", "year", "chance", "standard_error", "draws")
    return pd.DataFrame(rows, columns=["scenario", *names])


def targets(members: xr.Dataset, asked: Sequence[Limit] = ()) -> pd.DataFrame:
    """When each limit, and each target `asked` for, is kept for good: the first year from which it
    is never missed again.

    Columns: scenario, measure, target, area, chance_met (by the last year), and of the draws in
    which it is met the tenth, the middle and the ninetieth of a hundred years (empty where none
    is), draws.
    """
    import pandas as pd

    rows = []
    for limit, area, values in _limited(members, (*LIMITS, *asked)):
        years = values["year"].to_numpy()
        words = f"{limit}, for good"
        for scenario in members[SCENARIO].to_numpy():
            own = values.sel(scenario=scenario).transpose(MEMBER, "year").to_numpy()
            since = for_good(limit.kept(own))
            met = years[since[since < years.size]]
            spread = np.quantile(met, (0.1, 0.5, 0.9), method="inverted_cdf") if met.size else ()
            rows.append(
                (str(scenario), limit.measure, words, area, met.size / since.size,
                 *(spread if met.size else (np.nan,) * 3), since.size)
            )  # fmt: skip
    names = ("measure", "target", "area", "chance_met", "year_q10", "year_q50", "year_q90", "draws")
    return pd.DataFrame(rows, columns=["scenario", *names])


def winters(members: xr.Dataset) -> pd.DataFrame:
    """What a middling winter and a one-in-twenty winter come to, by scenario, from draws that
    differ by noise alone: were other numbers uncertain too, one draw in twenty would tell more of
    those than of its winter.

    A winter is December to February, named by the year in which it ends; the one-in-twenty winter
    of a scenario is the level of a measure that one draw in twenty is above (or below, where more
    is better). `change_then` is the mean change from the baseline in the draws in which the
    baseline's winter is that bad.

    Columns: scenario, measure, winter, median, one_in_twenty, change_then, units, draws.
    """
    import pandas as pd

    rows = []
    for name in MONTHLY:
        values, measure = members.get(f"{name}__monthly"), find(name)
        if values is None or measure is None:
            continue
        means = _winter_means(values)
        scenarios = [str(each) for each in means[SCENARIO].to_numpy()]
        share = 1 / ONE_IN if measure.direction == "up" else 1 - 1 / ONE_IN
        for winter in means["winter"].to_numpy():
            here = means.sel(winter=winter).transpose(SCENARIO, MEMBER).to_numpy()
            levels = np.quantile(here, (0.5, share), axis=-1)
            base = here[scenarios.index(BASELINE)]
            level = levels[1, scenarios.index(BASELINE)]
            bad = base <= level if measure.direction == "up" else base >= level
            change = (here[:, bad] - base[bad]).mean(axis=-1)
            rows += [
                (scenario, name, int(winter), levels[0, at], levels[1, at], change[at],
                 measure.units, here.shape[-1])
                for at, scenario in enumerate(scenarios)
            ]  # fmt: skip
    names = ("measure", "winter", "median", "one_in_twenty", "change_then", "units", "draws")
    return pd.DataFrame(rows, columns=["scenario", *names])


def _limited(
    members: xr.Dataset, limits: Sequence[Limit]
) -> Iterator[tuple[Limit, str, xr.DataArray]]:
    """Each limit with the areas that its measure is kept for."""
    for limit in limits:
        if limit.measure in members:
            yield limit, WHOLE, members[limit.measure].load()
        by_system = members.get(f"{limit.measure}__system")
        if by_system is not None:
            for system in by_system["system"].to_numpy():
                yield limit, str(system), by_system.sel(system=system).load()


def _winter_means(values: xr.DataArray) -> xr.DataArray:
    """Means of whole winters, over `winter`."""
    import xarray as xr

    months = values["time"].to_numpy().astype("datetime64[M]").astype(int)
    month, year = months % 12 + 1, months // 12 + 1970
    winter = np.array(
        [y + _WINTER[m] if m in _WINTER else 0 for m, y in zip(month, year, strict=True)]
    )
    found = [each for each in np.unique(winter) if each and (winter == each).sum() == len(_WINTER)]
    loaded = values.load()
    means = [
        loaded.isel(time=np.flatnonzero(winter == each))
        .mean("time")
        .drop_vars("year", errors="ignore")
        for each in found
    ]
    return xr.concat(means, xr.Variable("winter", found))

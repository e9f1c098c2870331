"""What drives the difference a policy makes: each measure of one year, group by group.

In: a model, what a baseline and a policy change in it, and the names of measures. Out: a Dataset
over `group`; every measure holds the group's part of the difference (Shapley values, from
`study.shapley`), in its own units, and has the attributes `baseline` and `policy`, the two levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from localcare.engine import Engine, Overrides
from localcare.measures.catalogue import Measure, yearly
from localcare.model.spec import ModelSpec
from localcare.problems import BadInput, Problem
from localcare.study.shapley import coalitions, groups_of, run_coalitions, shapley_values

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["drivers"]


def drivers(
    spec: ModelSpec,
    first: Overrides,
    second: Overrides,
    measures: Sequence[Measure],
    *,
    layers: Mapping[str, str] | None = None,
    year: int | None = None,
    engine: Engine = "kernel",
) -> xr.Dataset:
    """Break the difference from `first` to `second` down by groups of settings, in the last whole
    year or another. `layers` gives the layer of care of levers, by identifier.

    Raises BadInput where nothing differs, a measure reads what the model does not hold or cannot be
    told without a baseline beside it, or the run has no such year.
    """
    import xarray as xr

    problems = [
        Problem(f"reads {', '.join(lacking)}, which {spec.file} does not hold.", key=each.name)
        for each in measures
        if (lacking := [name for name in each.needs if name not in spec.by_identifier])
    ]
    problems += [
        Problem("is itself a difference from the baseline.", "Choose another.", key=each.name)
        for each in measures
        if each.needs_baseline
    ]
    if problems:
        raise BadInput(problems)
    groups = groups_of(spec, first, second, layers)
    needed = dict.fromkeys(name for each in measures for name in each.needs)
    results = run_coalitions(
        spec, coalitions(spec, first, second, groups), tuple(needed), engine=engine
    )
    found = {}
    for measure in measures:
        values = yearly(measure, results, ())
        years = values["year"].to_numpy()
        if not years.size or (year is not None and year not in years):
            why = f"the run has no whole year {'' if year is None else year}".rstrip() + "."
            raise BadInput(Problem(why, f"It has {', '.join(map(str, years))}.", key="--year"))
        told = values.sel(year=years[-1] if year is None else year).to_numpy()
        found[measure.name] = (
            "group",
            shapley_values(told),
            {
                "units": measure.units,
                "long_name": measure.title,
                "baseline": float(told[0]),
                "policy": float(told[-1]),
            },
        )
    chosen = int(years[-1]) if year is None else year
    return xr.Dataset(
        found, {"group": [each.name for each in groups]}, {"year": chosen, "runs": 2 ** len(groups)}
    )

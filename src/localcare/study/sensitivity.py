"""What drives a result: screening of everything, then indices for the few that matter.

In: a project, scenarios, a `Derived` measure by year, how much to run. Out: a `Driven`, tables over
every parameter, year and scenario. For the baseline the result is the measure; for a policy it is
the change from the baseline, draw by draw.

Numbers that were fitted together are varied each by itself, by its own standard deviation.

1. Morris's elementary effects (Morris 1991, mu* of Campolongo and others 2007) of every uncertain
   number, over `trajectories` ways through its distribution's quantiles on four levels.
2. Of the `top` numbers that matter most in any scenario, Sobol' indices of first order and total
   (Saltelli and others 2010) from `samples` base points, the others held at the model's own values.
   Both by SALib, with 95% confidence intervals by bootstrap.
3. The result with each of them alone at its 5th and its 95th percentile: a tornado.
4. Where a policy fails: in how many of the base points it is no better than the baseline, and in
   which fifth of which number's distribution that is most likely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Engine, Method
from localcare.engine.run import saved_identifiers
from localcare.problems import BadInput, Problem
from localcare.scenario import Scenario
from localcare.study.blocks import Block, Derived, Job, here
from localcare.study.draws import check_number, check_seed
from localcare.study.driving import Results, Run, one_by_one, rows_of, where_it_fails
from localcare.study.fitted import read_fitted, uncertain
from localcare.study.futures import Beside, batch_for
from localcare.study.given import Given
from localcare.study.project import Project
from localcare.study.uncertainty import Parameter, parameters, value_at

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Driven", "Extent", "drivers", "need_salib"]

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
LEVELS = 4
RESAMPLES = 100
#: Columns of a block.
COLUMNS = 192


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is run: Morris `trajectories`, Sobol' base `samples` (a power of two) for the `top`
    numbers, all by one `seed`."""

    trajectories: int = 10
    samples: int = 256
    top: int = 20
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Driven:
    """What drives a result, as tables.

    `screening`: scenario, year, parameter, mu, mu_star, mu_star_conf, sigma.
    `indices`: scenario, year, parameter, S1, S1_conf, ST, ST_conf.
    `tornado`: scenario, year, parameter, at_low, at_centre, at_high, low, high (the parameter's).
    `failures`: scenario, year, parameter, fifth (1 the lowest), chance_in_fifth, chance,
    chance_low, chance_high (its 95% interval), points; a chance is the share of base points in
    which the policy is no better than the baseline.
    """

    screening: pd.DataFrame
    indices: pd.DataFrame
    tornado: pd.DataFrame
    failures: pd.DataFrame
    runs: int


def need_salib() -> None:
    """Raise BadInput where SALib is missing."""
    try:
        import SALib  # noqa: F401 (looked for only)
    except ImportError as error:
        why = "sensitivity analysis is done by SALib, which is not installed."
        cure = "Install it with: pip install 'localcare[sensitivity]'"
        raise BadInput(Problem(why, cure)) from error


def drivers(
    project: Project,
    scenarios: Sequence[Scenario],
    measure: Derived,
    extent: Extent,
    *,
    better: str = "",
    engine: Engine = "kernel",
    method: Method = "rk4",
    step: float | None = None,
    run_blocks: Callable[[Job, Iterable[int]], Iterator[Block]] = here,
    progress: Progress = lambda _what, _done, _all: None,
) -> Driven:
    """What drives a measure (over member, year and scenario) of scenarios, the baseline first.

    `better` is "up" or "down", "" where no way is, so that no policy can fail.
    """
    need_salib()
    check_number(extent.samples)
    check_seed(extent.seed)
    if extent.trajectories < 2:
        why = f"{extent.trajectories} trajectories have no spread."
        raise BadInput(Problem(why, "Give 2 or more; 10 is usual.", key="--trajectories"))
    drawn = uncertain(project, parameters(project), read_fitted(project))
    if not drawn:
        raise BadInput(Problem("no number of the model is uncertain.", file=project.path))
    save = saved_identifiers(project.spec, measure.needs)
    beside = Beside.of(project.spec, scenarios)
    options = {
        "engine": engine, "method": method, "step": step, "seed": None, "points": False,
        "save": save,
    }  # fmt: skip

    def results(what: str, values: Mapping[str, Floats]) -> Floats:
        rows = len(next(iter(values.values())))
        given = Given(
            rows,
            lambda first, last: batch_for(
                project.spec, beside, drawn,
                {name: array[first:last] for name, array in values.items()}, last - first,
            ),
            tuple(each.name for each in scenarios),
            _numbers,
        )  # fmt: skip
        job = Job(
            project.spec, given, (), save, (measure,),
            max(1, COLUMNS // len(scenarios)), options,
        )  # fmt: skip
        found: Floats | None = None
        progress(what, 0, rows)
        done = 0
        for block in run_blocks(job, job.firsts()):
            own = block.results[measure.name].to_numpy()
            years[:] = [int(each) for each in block.results["year"].to_numpy()]
            found = np.empty((rows, *own.shape[1:])) if found is None else found
            found[block.first : block.first + len(own)] = own
            done += len(own)
            progress(what, done, rows)
        if found is None:
            raise ValueError("no block was run")
        found[:, :, 1:] -= found[:, :, :1]
        return found

    years: list[int] = []
    names = [each.name for each in scenarios]
    points, found = _morris(drawn, extent, results)
    screening = _screened(drawn, points, Results(found, names, years), extent)
    chosen = _most(screening, drawn, extent.top)
    shares, sampled = _saltelli(drawn, chosen, extent, results)
    indices = _indices(chosen, Results(sampled, names, years), extent)
    tornado = one_by_one(drawn, chosen, names, years, results)
    base = _base_rows(len(chosen), len(sampled))
    failures = where_it_fails(chosen, shares[base], Results(sampled[base], names, years), better)
    runs = (len(points) + len(sampled) + 2 * len(chosen) + 1) * len(scenarios)
    return Driven(screening, indices, tornado, failures, runs)


def _numbers(first: int, last: int) -> Any:
    import xarray as xr

    return xr.Dataset(coords={"member": np.arange(first, last)})


def _problem(chosen: Sequence[Parameter]) -> dict[str, Any]:
    """A problem of SALib: shares of each distribution."""
    return {
        "num_vars": len(chosen),
        "names": [each.name for each in chosen],
        "bounds": [[0.0, 1.0]] * len(chosen),
    }


def _values(
    drawn: Sequence[Parameter], chosen: Sequence[Parameter], shares: Floats
) -> dict[str, Floats]:
    """Values of all parameters where those chosen are at some shares, (rows, chosen)."""
    places = {each.name: place for place, each in enumerate(chosen)}
    return {
        each.name: value_at(each, shares[:, places[each.name]])
        if each.name in places
        else np.full(len(shares), each.centre)
        for each in drawn
    }


def _morris(drawn: Sequence[Parameter], extent: Extent, results: Run) -> tuple[Floats, Floats]:
    from SALib.sample import morris

    points = morris.sample(
        _problem(drawn), extent.trajectories, num_levels=LEVELS, seed=extent.seed
    )
    return points, results("screening", _values(drawn, drawn, points))


def _screened(
    drawn: Sequence[Parameter], points: Floats, found: Results, extent: Extent
) -> pd.DataFrame:
    import pandas as pd
    from SALib.analyze import morris

    columns = ("mu", "mu_star", "mu_star_conf", "sigma")
    tables = []
    for scenario, year, values in found.each():
        told = {column: np.zeros(len(drawn)) for column in columns}
        if np.ptp(values) > 0:
            effects = morris.analyze(
                _problem(drawn), points, values, num_levels=LEVELS,
                num_resamples=RESAMPLES, seed=extent.seed,
            )  # fmt: skip
            told = {column: np.asarray(effects[column], np.float64) for column in columns}
        tables.append(rows_of(scenario, year, drawn, told))
    return pd.concat(tables, ignore_index=True)


def _most(screening: pd.DataFrame, drawn: Sequence[Parameter], top: int) -> list[Parameter]:
    """The parameters that matter most in any scenario and year, in the order of the table."""
    table = screening.copy()
    largest = table.groupby(["scenario", "year"])["mu_star"].transform("max")
    table["share"] = table["mu_star"] / largest.where(largest > 0, np.inf)
    by_scenario = table.groupby(["scenario", "parameter"])["share"].mean()
    matters = by_scenario.groupby("parameter").max()
    first = set(matters.sort_values(ascending=False, kind="stable").index[:top])
    return [each for each in drawn if each.name in first]


def _saltelli(
    drawn: Sequence[Parameter], chosen: Sequence[Parameter], extent: Extent, results: Run
) -> tuple[Floats, Floats]:
    from SALib.sample import sobol

    shares = sobol.sample(
        _problem(chosen), extent.samples, calc_second_order=False, seed=extent.seed
    )
    return shares, results("indices", _values(drawn, chosen, shares))


def _base_rows(count: int, rows: int) -> NDArray[np.int64]:
    """The rows of Saltelli's sample that are independent of each other: its matrices A and B."""
    each = np.arange(0, rows, count + 2)
    return np.concatenate([each, each + count + 1])


def _indices(chosen: Sequence[Parameter], sampled: Results, extent: Extent) -> pd.DataFrame:
    import pandas as pd
    from SALib.analyze import sobol

    columns = ("S1", "S1_conf", "ST", "ST_conf")
    tables = []
    for scenario, year, values in sampled.each():
        told = {column: np.zeros(len(chosen)) for column in columns}
        if np.ptp(values) > 0:
            found = sobol.analyze(
                _problem(chosen), values, calc_second_order=False,
                num_resamples=RESAMPLES, seed=extent.seed,
            )  # fmt: skip
            told = {column: np.asarray(found[column], np.float64) for column in columns}
        tables.append(rows_of(scenario, year, chosen, told))
    return pd.concat(tables, ignore_index=True)

"""Comparing scenarios from Python, as `localcare compare` does on the command line.

    import localcare
    results = localcare.compare(["baseline", "neighbourhood"])
    localcare.measure(results, "beds needed", by=["system"])
    localcare.figure(results, "beds").figure.savefig("beds.png")

In: names or paths of scenarios. Out: the Dataset that `study.dataset` describes, over `scenario`,
time and the model's own dimensions; measures of it as DataArrays; figures of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.engine import Batch, Engine, Method, Overrides, run
from localcare.measures.catalogue import MEASURES, Measure, compute, yearly
from localcare.model.spec import ModelSpec
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study.comparison import simulate
from localcare.study.project import Project, open_project
from localcare.study.scenarios import BASELINE, find_scenarios, shipped_files

if TYPE_CHECKING:
    import xarray as xr

    from localcare.present.style import Drawing

__all__ = [
    "MODELLED",
    "compare",
    "draw",
    "draw_model",
    "drivers",
    "figure",
    "layers_of",
    "measure",
    "open_results",
]


#: The figures of a model itself.
MODELLED = ("structure", "sectors", "loops")


def compare(
    scenarios: Sequence[str | Path] | None = None,
    *,
    settings: Sequence[str] = (),
    model: Path | str | None = None,
    engine: Engine = "kernel",
    method: Method = "rk4",
    step: float | None = None,
    seed: int | None = None,
) -> xr.Dataset:
    """Run scenarios side by side, the baseline first, all shipped ones for None.

    Scenarios are names or paths of YAML files; `settings` are texts NAME=VALUE that hold for all of
    them, as those of `--set`. Raises BadInput for what cannot be used, an empty list included, and
    SimulationError where a run has to stop.
    """
    project = open_project(None if model is None else Path(model))
    wanted = shipped_files() if scenarios is None else [str(each) for each in scenarios]
    if not wanted:
        why = "an empty list of scenarios compares nothing."
        cure = 'Name some, as in compare(["neighbourhood"]), or leave them out for all shipped.'
        raise BadInput(Problem(why, cure))
    if not any(Path(name).stem == BASELINE for name in wanted):
        wanted = [BASELINE, *wanted]
    found = find_scenarios(wanted, project, settings)
    found.sort(key=lambda each: each.name != BASELINE)
    outcome = simulate(
        project, found, engine=engine, method=method, step=step, seed=seed, settings=settings
    )
    return outcome.dataset


def open_results(folder: Path | str) -> xr.Dataset:
    """The Dataset of a folder that `localcare run` or `localcare compare` wrote, in memory. Raises
    BadInput where the folder is none of ours, or its Dataset is missing or damaged."""
    from localcare.present.results import open_results as opened

    return opened(Path(folder))


def measure(
    results: xr.Dataset,
    name: str,
    *,
    by: Sequence[str] | None = None,
    monthly: bool = False,
    financial: bool = False,
) -> xr.DataArray:
    """A measure of results, by its name, title or column head: by calendar year, or `monthly`, or
    by `financial` year (April to March). `by` names the dimensions to keep it broken down by, all
    for None; `by=[]` gives one figure for all of Kent and Medway.

    Raises BadInput for a name that no measure has and for results that lack what it reads.
    """
    found = _measure(name)
    if monthly:
        return compute(found, results, by)
    return yearly(found, results, by, financial=financial)


def figure(results: xr.Dataset, name: str) -> Drawing:
    """One figure of results: `.figure` is matplotlib's, `.numbers` a DataFrame; `.title`,
    `.caption` and `.alt` are words. Raises BadInput for a name that no figure has and for results
    that lack what it shows."""
    from localcare.present.figures import FIGURES, find_figure

    found = find_figure(name)
    if found is None:
        cure = did_you_mean(name, [each.name for each in FIGURES]) or _listed(
            [each.name for each in FIGURES]
        )
        raise BadInput(Problem("no such figure.", cure, key=name))
    return found.draw(results)


def draw(
    results: xr.Dataset,
    folder: Path | str,
    only: Sequence[str] = (),
    *,
    formats: Sequence[str] = ("png", "svg"),
) -> list[Path]:
    """Write figures into a folder, each with its numbers (.csv) and alt text (.txt): those named,
    or all that the results hold enough for. Returns what was written. Raises what `figure` does."""
    from localcare.present.figures import FIGURES
    from localcare.present.style import write

    named = list(only) or [each.name for each in FIGURES if not each.lacking(results)]
    written: list[Path] = []
    for name in named:
        written += write(figure(results, name), Path(folder), formats)
    return written


def drivers(
    policy: str | Path,
    measures: Sequence[str] = ("beds_needed", "policy_spend"),
    *,
    reference: str | Path = BASELINE,
    year: int | None = None,
    settings: Sequence[str] = (),
) -> xr.Dataset:
    """What drives the difference that a policy makes: by group of its settings, the part of every
    measure's difference (Shapley values; parts add up to the whole). Raises BadInput."""
    from localcare.measures.drivers import drivers as broken_down

    project = open_project(None)
    first, second = find_scenarios((str(reference), str(policy)), project, settings)
    return broken_down(
        project.spec,
        first.overrides(project.spec),
        second.overrides(project.spec),
        [_measure(name) for name in measures],
        layers=layers_of(project),
        year=year,
    )


def draw_model(spec: ModelSpec, wanted: Sequence[str] = MODELLED) -> list[Drawing]:
    """Figures of a model itself: its stocks and flows by sector, which sector acts on which, and
    its feedback loops, whose signs rest on ranges in the first two years of a run."""
    from localcare.present.sectors import draw_sectors
    from localcare.present.structure import draw_loops, draw_structure

    drawn = []
    if "structure" in wanted:
        drawn.append(draw_structure(spec))
    if "sectors" in wanted:
        drawn.append(draw_sectors(spec))
    if "loops" in wanted:
        batch = Batch.of(spec, [Overrides()])
        values = run(spec, batch, engine="kernel", until=spec.time.initial + 2).values
        ranges = {name: (float(each.min()), float(each.max())) for name, each in values.items()}
        drawn.append(draw_loops(spec, ranges))
    return drawn


def layers_of(project: Project) -> dict[str, str]:
    """The layer of care of every lever, by identifier."""
    if project.levers is None:
        return {}
    found = ((project.catalogue.lever(row.variable), row.layer) for row in project.levers.rows)
    return {variable.identifier: layer for variable, layer in found if variable is not None}


def _measure(name: str) -> Measure:
    from localcare.present.tables import measure_called

    found = measure_called(name)
    if found is None:
        known = [each.name for each in MEASURES]
        cure = did_you_mean(name, [*known, *(each.title for each in MEASURES)]) or _listed(known)
        raise BadInput(Problem("no such measure.", cure, key=name))
    return found


def _listed(known: Sequence[str]) -> str:
    return f"There are: {', '.join(known)}."

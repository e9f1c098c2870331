"""`localcare sensitivity`: which assumptions drive a result, and which would make a policy fail."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from localcare.measures.catalogue import MEASURES, Measure, missing, yearly
from localcare.measures.summary import last_year
from localcare.present.console import Terminal
from localcare.present.declared import caption_of
from localcare.present.drivers import draw_tornado, drivers_tables, failing, tornado_shows
from localcare.present.files import FIGURES_FOLDER
from localcare.present.progress import progress_bar
from localcare.present.style import style, write
from localcare.present.table_files import write_table
from localcare.present.tables import measure_called
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study import manifest
from localcare.study.blocks import Derived
from localcare.study.cluster import Workers, running_blocks
from localcare.study.project import open_project
from localcare.study.sensitivity import Driven, Extent, drivers, need_salib
from localcare.study.store import MANIFEST, check_target, replacing
from localcare.verbs.batch import gather
from localcare.verbs.running import Options, read_step, run_scenarios
from localcare.verbs.scenarios import shipped_files

__all__ = ["sensitivity_command"]

SENTENCES = "failing.txt"
_TABLES = {
    "screening.csv": "Morris effects of every assumption, by year",
    "indices.csv": "Sobol' indices of those that matter, by year",
    "tornado.csv": "the result with one assumption at a time at either end",
    "failures.csv": "how often each policy fails, by fifths of each assumption",
}


def sensitivity_command(
    wanted: Sequence[str],
    out: Path,
    measured: str,
    extent: Extent,
    workers: Workers,
    **given: Any,
) -> None:
    """Find what drives a measure of scenarios (all shipped ones for none); write it to `out`."""
    options = Options(method="rk4", **given)
    terminal = Terminal(quiet=options.quiet)
    need_salib()
    measure = _measure(measured)
    check_target(out)
    project = open_project(options.model)
    names = list(wanted) or (shipped_files() if options.model is None else [])
    scenarios = gather(names, project, options.settings, grids=(), start=None, say=terminal.say)
    central = run_scenarios(project, scenarios, options, terminal)
    lacking = missing(measure, central.dataset)
    if lacking:
        why = f"needs {', '.join(lacking)}, which the model does not hold."
        raise BadInput(Problem(why, key=measure.name))
    by = () if measure.aggregate else None
    derived = Derived(measure.name, measure.needs, partial(yearly, measure, by=by))
    with progress_bar(quiet=options.quiet) as progress, running_blocks(workers) as run_blocks:
        driven = drivers(
            project,
            scenarios,
            derived,
            extent,
            better=measure.direction,
            engine=options.engine,
            step=read_step(options.step),
            run_blocks=run_blocks,
            progress=progress,
        )
    year = last_year(central.dataset)
    sentences = failing(driven, measure, year)
    shows = tornado_shows(measure, year, extent.top)
    told = {
        **central.manifest,
        "sensitivity": {
            "measure": measure.name, "trajectories": extent.trajectories,
            "samples": extent.samples, "top": extent.top, "seed": extent.seed,
            "runs": driven.runs,
        },
    }  # fmt: skip
    with replacing(out) as scratch:
        for file, table in zip(_TABLES, _tables(driven), strict=True):
            write_table(table, scratch / file)
        (scratch / SENTENCES).write_text("\n".join(sentences) + "\n", encoding="utf-8")
        with style():
            caption = caption_of(central.dataset, shows)
            drawing = draw_tornado(driven.tornado, measure, year, caption)
            write(drawing, scratch / FIGURES_FOLDER)
        (scratch / MANIFEST).write_text(manifest.to_json(told), encoding="utf-8")
    terminal.show(*drivers_tables(driven, measure, year), *sentences)
    terminal.say(_where(out, driven))


def _measure(name: str) -> Measure:
    """The measure asked for. Raises BadInput where there is none, or it needs a comparison."""
    found = measure_called(name)
    if found is None:
        cure = did_you_mean(name, [each.name for each in MEASURES])
        raise BadInput(Problem("no such measure.", cure, key=name))
    if found.needs_baseline:
        why = "is told from a comparison, whose change from the baseline is no further result."
        raise BadInput(Problem(why, "Choose what it is made of.", key=name))
    return found


def _tables(driven: Driven) -> tuple[Any, ...]:
    return driven.screening, driven.indices, driven.tornado, driven.failures


def _where(out: Path, driven: Driven) -> str:
    return "\n".join(
        (
            f"\n{driven.runs:,} runs. Written to {out}:",
            *(f"  {out / name}  {words}" for name, words in _TABLES.items()),
            f"  {out / FIGURES_FOLDER}  a tornado, with its numbers and alt text",
        )
    )

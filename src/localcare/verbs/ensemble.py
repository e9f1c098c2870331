"""`localcare ensemble`: scenarios under many draws of what is uncertain, in a folder."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcare.engine import SimulationError
from localcare.measures.banded import kept, kept_of_winters, paired
from localcare.measures.limits import Limit
from localcare.measures.summary import last_year
from localcare.present.banded import Banded
from localcare.present.bands import bands_tables, retained_words, targets_tables
from localcare.present.console import Terminal
from localcare.present.files import COMPARISON, SUMMARY, TABLES, TARGETS
from localcare.present.progress import progress_bar
from localcare.present.table_files import write_table
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.scenario import Scenario
from localcare.study.chances import WINTERS, Vary, plan_scenarios, what_varies
from localcare.study.cluster import Workers, running_blocks
from localcare.study.comparison import Outcome
from localcare.study.ensemble import (
    Plan,
    carry_out,
    refuse_full_disk,
    retained_of,
)
from localcare.study.kept import Ensemble
from localcare.study.manifest import to_json
from localcare.study.netcdf import write_dataset
from localcare.study.project import Project, open_project
from localcare.study.retention import History, read_history
from localcare.study.store import MANIFEST, check_target, read_manifest
from localcare.study.work import differences, job_of, working
from localcare.verbs.batch import gather
from localcare.verbs.running import Options, read_step, run_scenarios
from localcare.verbs.scenarios import BASELINE
from localcare.verbs.targets import hold_targets

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DRAWS",
    "Asked",
    "Draws",
    "carry_out_draws",
    "ensemble_command",
    "plan_draws",
    "vary_of",
]

DRAWS = "draws.csv"
#: Where in the folder of an ensemble winters by chance alone are kept.
WINTERS_FOLDER = "winters"


@dataclass(frozen=True)
class Draws:
    """The options of the command line on draws, as given."""

    draws: int
    seed: int
    noise: bool | None
    parameters: bool
    history: bool = True
    workers: Workers = field(default_factory=Workers)


def ensemble_command(
    wanted: Sequence[str], out: Path, draws: Draws, targets: Sequence[Limit] = (), **given: Any
) -> None:
    """Run scenarios, and the baseline beside them, under every draw, and write what came of it, the
    chances of `targets` among it."""
    options = Options(method="rk4", **given)
    terminal = Terminal(quiet=options.quiet)
    check_target(out)
    project = open_project(options.model)
    vary = vary_of(project, draws)
    scenarios = gather(
        list(wanted) or [BASELINE], project, options.settings, grids=(), start=None,
        say=terminal.say,
    )  # fmt: skip
    central = run_scenarios(project, scenarios, options, terminal)
    hold_targets(targets, central.dataset)
    history = read_history(project) if draws.history else None
    asked = plan_draws(project, scenarios, vary, options, central, history=history)
    planned = asked.plan
    refuse_full_disk(out, planned)
    refuse_other(out, planned)
    with working(out, planned.words()) as place:
        found = carry_out_draws(
            asked, place, central, workers=draws.workers, targets=targets,
            quiet=options.quiet,
        )  # fmt: skip
        write_dataset(central.dataset, place / COMPARISON)
        _tell_whole(place, found.told_in(central))
        write_table(found.summary, place / SUMMARY)
        for file, each in found.tables.items():
            write_table(each, place / file)
    terminal.show(*bands_tables(found.summary, last_year(central.dataset)))
    terminal.show(*targets_tables(found.tables[TARGETS], targets))
    terminal.show(retained_words(found.spread.attrs))
    terminal.say(_where(out, found.tables))


@dataclass(frozen=True, eq=False)
class Asked:
    """The `plan` of an ensemble, the `table` of its draws, and the plan of the `winters` that
    differ by noise alone, None where its own draws are those or none has noise."""

    plan: Plan
    table: pd.DataFrame
    winters: Plan | None


def vary_of(project: Project, draws: Draws) -> Vary:
    """What varies between the draws asked for."""
    return what_varies(
        project, draws.draws, draws.seed, parameters=draws.parameters, noise=draws.noise
    )


def plan_draws(
    project: Project,
    scenarios: Sequence[Scenario],
    vary: Vary,
    options: Options,
    central: Outcome,
    *,
    history: History | None,
) -> Asked:
    """The ensemble of scenarios whose central run is there."""
    derived = kept(central.dataset)
    if not derived:
        why = "the model holds nothing that a measure of ours is made of, so nothing would be kept."
        cure = "Use `localcare.load(FILE).ensemble(...)` from Python, which keeps what it names."
        raise BadInput(Problem(why, cure, file=project.path))
    how: dict[str, Any] = {
        "engine": options.engine, "step": read_step(options.step), "settings": options.settings,
    }  # fmt: skip
    planned, found = plan_scenarios(
        project, scenarios, vary, derived, paired=paired(derived, BASELINE),
        history=history, **how,
    )  # fmt: skip
    winters = None
    months = kept_of_winters(derived)
    if vary.noise and vary.parameters and months:
        alone = replace(vary, draws=min(vary.draws, WINTERS), parameters=False)
        winters, _ = plan_scenarios(project, scenarios, alone, months, **how)
    return Asked(planned, found.table(), winters)


def carry_out_draws(
    asked: Asked,
    place: Path,
    central: Outcome,
    *,
    workers: Workers,
    targets: Sequence[Limit],
    quiet: bool,
) -> Banded:
    """Run what is not done yet, write the draws beside it; what came of them all."""
    winters = place / WINTERS_FOLDER
    by_chance: Ensemble | None = None
    try:
        with progress_bar(quiet=quiet) as progress, running_blocks(workers) as run_blocks:
            found = carry_out(asked.plan, place, run_blocks=run_blocks, progress=progress)
            if asked.winters is not None:
                winters.mkdir(exist_ok=True)

                def tell(what: str, done: int, everything: int) -> None:
                    progress(f"{what} (winters)", done, everything)

                by_chance = carry_out(asked.winters, winters, run_blocks=run_blocks, progress=tell)
    except SimulationError as stop:
        cure = "See where ranges are too wide together, or take a shorter --step."
        raise CheckFailed(f"{stop} {cure}") from stop
    retained = retained_of(asked.plan.job, place)
    table = asked.table
    if retained is not None:
        table = table.copy()
        table.insert(1, "retained", retained.astype(int))
    write_table(table, place / DRAWS)
    return Banded.of(central.dataset, found, targets, by_chance)


def _tell_whole(place: Path, central: Outcome) -> None:
    """Say in the manifest of an ensemble what the scenarios change and what was drawn, as that of a
    comparison does, so that figures and reports can be made of it."""
    told = {**read_manifest(place)}
    told |= {key: central.manifest[key] for key in ("scenarios", "settings", "ensemble")}
    (place / MANIFEST).write_text(to_json(told), encoding="utf-8")


def refuse_other(out: Path, planned: Plan) -> None:
    """Raise BadInput where a folder holds an ensemble of another kind, which took time to make."""
    before = job_of(out)
    now = json.loads(json.dumps(planned.words()))
    if before is not None and before != now:
        why = f"holds an ensemble that is not this one: {differences(before, now)}."
        raise BadInput(Problem(why, "Choose another --out, or delete it.", file=out))


def _where(out: Path, tables: Collection[str]) -> str:
    return "\n".join(
        (
            f"\nWritten to {out}:",
            f"  {out / SUMMARY}  quantiles and chances by year, for a spreadsheet",
            *(f"  {out / name}  {words}" for name, words in TABLES.items() if name in tables),
            f"  {out / DRAWS}  what was drawn",
            f"  {out / COMPARISON}  the run with the model's own values",
            f"  {out / 'summary.nc'}  quantiles, means and chances",
            f"  {out / 'members.zarr'}  every draw of every scenario, by measure",
        )
    )

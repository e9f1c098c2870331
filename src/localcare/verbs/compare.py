"""`localcare compare`: scenarios side by side, in a table, sentences, files and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcare.measures.limits import Limit
from localcare.measures.summary import NEEDS, headline, last_year
from localcare.measures.targets import years_met
from localcare.paths import figures_folder
from localcare.present.console import Terminal
from localcare.present.files import (
    COMPARISON,
    ENSEMBLE,
    FIGURES_FOLDER,
    FINANCIAL_SUMMARY,
    SUMMARY,
    TABLES,
    TARGETS,
)
from localcare.present.helper import helping
from localcare.present.results import fill_results, write_results
from localcare.present.tables import comparison_table, sentences
from localcare.problems import BadInput, Problem
from localcare.study.project import open_project
from localcare.study.store import check_target
from localcare.verbs.batch import gather
from localcare.verbs.running import DRAWING, WRITING, Options, run_scenarios
from localcare.verbs.scenarios import BASELINE, shipped_files
from localcare.verbs.targets import hold_targets

if TYPE_CHECKING:
    import xarray as xr

    from localcare.present.banded import Banded
    from localcare.study.chances import Vary
    from localcare.study.project import Project
    from localcare.verbs.ensemble import Draws

__all__ = ["LEGIBLE", "compare_command", "crowded"]

#: Scenarios, the baseline included, that figures can show beside each other.
LEGIBLE = 9
#: Characters of a scenario's name that figures have room for.
LONGEST = 70


def compare_command(
    wanted: Sequence[str],
    out: Path,
    *,
    figures: bool,
    publish: bool,
    grids: Sequence[str] = (),
    start: str | None = None,
    draws: Draws | None = None,
    targets: Sequence[Limit] = (),
    **given: Any,
) -> None:
    """Run the scenarios wanted (all shipped ones for none, or for a grid the baseline) and the
    baseline as one batch; `grids` and `start` lay a grid over them. With `draws` all run under many
    draws of what is uncertain too. It tells when `targets` are met, or in how many draws."""
    options = Options(**given)
    terminal = Terminal(quiet=options.quiet)
    check_target(out)
    if publish:
        check_target(figures_folder())
    if publish and (wanted or options.model or options.settings or grids):
        why = "refreshes the shipped comparison, so it takes no scenario, --model, --set or --grid."
        raise BadInput(Problem(why, "Leave one of them out.", key="--publish"))
    project = open_project(options.model)
    vary = None if draws is None else _vary(project, draws)
    shipped = options.model is None and not grids
    names = list(wanted) or (shipped_files() if shipped else [BASELINE])
    scenarios = gather(names, project, options.settings, grids=grids, start=start, say=terminal.say)
    too_many = crowded([each.name for each in scenarios])
    banded: Banded | None = None
    with helping(wanted=figures and not too_many and draws is None) as helper:
        needed = (*WRITING, *DRAWING) if figures and helper is None else WRITING
        outcome = run_scenarios(
            project, scenarios, options, terminal, needed, grid=_grid(names, grids, start)
        )
        hold_targets(targets, outcome.dataset)
        draw = figures and _can_draw(outcome.dataset)
        if draw and too_many:
            draw = False
            terminal.say(too_many)
        writing = "Writing results and drawing figures" if draw else "Writing results"
        if draws is None or vary is None:
            with terminal.busy(writing):
                write_results(outcome, out, COMPARISON, figures=draw, helper=helper, asked=targets)
                if publish:
                    _publish(outcome.dataset)
        else:
            from localcare.verbs.beside import drawn_beside

            def fill(place: Path, banded: Banded) -> None:
                told = banded.told_in(outcome)
                with terminal.busy(writing):
                    fill_results(told, place, COMPARISON, figures=draw, banded=banded)
                    if publish:
                        _publish(outcome.dataset, banded)

            banded = drawn_beside(
                project, scenarios, outcome, out,
                draws=draws, vary=vary, options=options, targets=targets, fill=fill,
            )  # fmt: skip
    measured = set(outcome.dataset.data_vars) >= NEEDS
    if measured:
        year = last_year(outcome.dataset)
        figures_of_year = headline(outcome.dataset, year)
        terminal.show(comparison_table(figures_of_year, year))
        terminal.say("\n".join(sentences(figures_of_year, year)))
        if banded is not None:
            from localcare.present.bands import bands_tables

            terminal.show(*bands_tables(banded.summary, year))
    _tell_targets(terminal, outcome.dataset, targets, banded)
    terminal.say(_where(out, measured, draw, banded))


# What draws figures or many futures is imported only where it is asked for, since it takes as long
# as a run.


def _vary(project: Project, draws: Draws) -> Vary:
    from localcare.verbs.ensemble import vary_of

    return vary_of(project, draws)


def _can_draw(dataset: xr.Dataset) -> bool:
    from localcare.present.publishing import can_draw

    return can_draw(dataset)


def _publish(dataset: xr.Dataset, banded: Banded | None = None) -> None:
    from localcare.present.publishing import publish

    publish(dataset, figures_folder(), banded)


def _tell_targets(
    terminal: Terminal, dataset: xr.Dataset, targets: Sequence[Limit], banded: Banded | None
) -> None:
    """When targets are met or, where there are draws, in how many, and what those are."""
    from localcare.present.bands import met_table, retained_words, targets_tables

    if banded is not None:
        terminal.show(*targets_tables(banded.tables[TARGETS], targets))
        terminal.show(retained_words(banded.spread.attrs))
    elif targets and (met := years_met(dataset, targets)) is not None:
        terminal.show(met_table(met, targets))


def _grid(names: Sequence[str], grids: Sequence[str], start: str | None) -> dict[str, Any] | None:
    """What a manifest says of a grid, None without one: scenarios and folders as they were given,
    less what they lie in, since manifests hold no path."""
    if not grids:
        return None
    given = [f"{Path(name).name}/" if Path(name).is_dir() else Path(name).name for name in names]
    return {"scenarios": given, "axes": list(grids), "start": start}


def crowded(names: Sequence[str]) -> str:
    """Why figures of these scenarios could not be read; nothing where they can."""
    if len(names) > LEGIBLE:
        return (
            f"No figures: {len(names)} scenarios are more than the {LEGIBLE} that can be told "
            "apart on a page. Name fewer to draw them."
        )
    if max(map(len, names)) > LONGEST:
        return f"No figures: names of more than {LONGEST} characters do not fit them."
    return ""


def _where(out: Path, measured: bool, drawn: bool, banded: Banded | None) -> str:
    lines = [f"\nWritten to {out}:", f"  {out / COMPARISON}  every variable at every saved time"]
    if measured:
        lines.append(f"  {out / SUMMARY}  measures by year, for a spreadsheet")
        lines.append(f"  {out / FINANCIAL_SUMMARY}  the same by financial year")
    tables = [TARGETS] if banded is None else banded.tables
    lines += [f"  {out / name}  {TABLES[name]}" for name in tables if (out / name).exists()]
    if banded is not None:
        lines.append(f"  {out / ENSEMBLE}  every draw of every scenario, and what was drawn")
    if drawn:
        lines.append(f"  {out / FIGURES_FOLDER}  figures, each with its numbers and alt text")
    if measured:
        lines.append(
            "Next: `localcare describe staffing gap` says where a number comes from, "
            "`localcare diff baseline neighbourhood` what a policy changes."
        )
    return "\n".join(lines)

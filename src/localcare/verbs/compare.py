"""`localcare compare`: scenarios side by side, in a table, sentences, files and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localcare.measures.summary import NEEDS, headline, last_year
from localcare.paths import figures_folder
from localcare.present import results
from localcare.present.console import Terminal
from localcare.present.results import COMPARISON, FIGURES_FOLDER, SUMMARY, can_draw, write_results
from localcare.present.tables import comparison_table, sentences
from localcare.problems import BadInput, Problem
from localcare.study.project import open_project
from localcare.study.store import check_target
from localcare.verbs.running import Options, run_scenarios
from localcare.verbs.scenarios import BASELINE, find_scenarios, scenario_names

__all__ = ["compare_command"]


def compare_command(
    wanted: Sequence[str], out: Path, *, figures: bool, publish: bool, **given: Any
) -> None:
    """Run the scenarios wanted (all shipped ones for none) and the baseline as one batch."""
    options = Options(**given)
    terminal = Terminal(quiet=options.quiet)
    check_target(out)
    if publish:
        check_target(figures_folder())
    if publish and (wanted or options.model or options.settings):
        why = "refreshes the shipped comparison, so it takes no scenario, --model or --set."
        raise BadInput(Problem(why, "Leave one of them out.", key="--publish"))
    project = open_project(options.model)
    names = list(wanted) or (scenario_names() if options.model is None else [BASELINE])
    if BASELINE not in names:
        names.insert(0, BASELINE)
    scenarios = find_scenarios(names, project, options.settings)
    outcome = run_scenarios(project, scenarios, options, terminal)
    draw = figures and can_draw(outcome.dataset)
    with terminal.busy("Writing results and drawing figures" if draw else "Writing results"):
        write_results(outcome, out, COMPARISON, figures=draw)
        if publish:
            results.publish(outcome.dataset, figures_folder())
    measured = set(outcome.dataset.data_vars) >= NEEDS
    if measured:
        year = last_year(outcome.dataset)
        table = headline(outcome.dataset, year)
        terminal.show(comparison_table(table, year))
        terminal.say("\n".join(sentences(table, year)))
    terminal.say(_where(out, measured, draw))


def _where(out: Path, measured: bool, drawn: bool) -> str:
    lines = [f"\nWritten to {out}:", f"  {out / COMPARISON}  every variable at every saved time"]
    if measured:
        lines.append(f"  {out / SUMMARY}  measures by year, for a spreadsheet")
    if drawn:
        lines.append(f"  {out / FIGURES_FOLDER}  figures, each with its numbers and alt text")
    if measured:
        lines.append(
            "Next: `localcare describe staffing gap` says where a number comes from, "
            "`localcare diff baseline neighbourhood` what a policy changes."
        )
    return "\n".join(lines)

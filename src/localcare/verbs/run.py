"""`localcare run`: one scenario, in full."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcare.measures.catalogue import find
from localcare.measures.summary import HEADLINE, NEEDS, headline, last_year
from localcare.paths import RESULTS
from localcare.present.console import Terminal
from localcare.present.files import RUN
from localcare.present.findings import thousands
from localcare.present.results import write_results
from localcare.present.tables import plain_table
from localcare.study.project import open_project
from localcare.study.store import check_target
from localcare.verbs.running import WRITING, Options, run_scenarios
from localcare.verbs.scenarios import find_scenario

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

__all__ = ["run_command"]

#: So many variables of another's model are shown; all are in the file.
_LISTED = 200


def run_command(wanted: str, out: Path | None, **given: Any) -> None:
    """Run a scenario and write its results to `out` (results/<name> for None)."""
    options = Options(**given)
    terminal = Terminal(quiet=options.quiet)
    project = open_project(options.model)
    scenario = find_scenario(wanted, project, options.settings, say=terminal.say)
    folder = RESULTS / scenario.name if out is None else out
    check_target(folder)
    outcome = run_scenarios(project, [scenario], options, terminal, WRITING)
    with terminal.busy("Writing results"):
        write_results(outcome, folder, RUN)
    if set(outcome.dataset.data_vars) >= NEEDS:
        year = last_year(outcome.dataset)
        values = headline(outcome.dataset, year)[scenario.name]
        rows = [
            (each.title, thousands(values[each.name], 5), each.units)
            for each in map(find, HEADLINE)
            if each is not None
        ]
        title = f"{scenario.name} in {year}"
        heads = ("measure", "value", "unit")
        terminal.show(plain_table(heads, rows, right=("value",), title=title))
    else:
        terminal.show(_last_values(outcome.dataset))
    terminal.say(f"Written to {folder / RUN}")


def _last_values(dataset: xr.Dataset) -> Table:
    """The last value of every variable without dimensions, and the total of every other; of the
    first `_LISTED` of them."""
    names = [name for name in dataset.data_vars if name != "time_bnds"]
    rows = []
    for name in names[:_LISTED]:
        values = dataset.variables[name]
        across = [each for each in values.dims if each not in ("scenario", "time", "time_bound")]
        last = values.isel(scenario=0).sum(across).to_numpy()[-1]
        what = f"{name}, total over {', '.join(map(str, across))}" if across else str(name)
        rows.append((what, f"{float(last):.6g}", str(values.attrs.get("units", ""))))
    if len(names) > _LISTED:
        rows.append((f"and {len(names) - _LISTED:,} more, in {RUN}", "", ""))
    end = dataset["time"].to_numpy()[-1]
    title = f"Values at the end ({end})"
    return plain_table(("variable", "value", "unit"), rows, right=("value",), title=title)

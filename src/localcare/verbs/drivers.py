"""`localcare drivers POLICY`: what drives the difference a policy makes, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcare.engine import Overrides
from localcare.measures.catalogue import Measure
from localcare.measures.drivers import drivers
from localcare.paths import RESULTS
from localcare.planner import layers_of
from localcare.present.console import Terminal
from localcare.present.findings import signed
from localcare.present.layouts.axes import in_words, scaled_number
from localcare.present.style import write
from localcare.present.tables import measure_called, plain_table
from localcare.present.waterfall import DRIVEN, SPEND, draw_drivers, drivers_finding
from localcare.problems import BadInput, Problem
from localcare.study.manifest import named, to_json
from localcare.study.project import Project, open_project
from localcare.study.store import MANIFEST, PROGRAM, check_target, replacing
from localcare.verbs.scenarios import BASELINE, find_scenarios

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

__all__ = ["drivers_command"]


def drivers_command(
    policy: str,
    out: Path | None,
    *,
    reference: str,
    measures: Sequence[str],
    year: int | None,
    **given: Any,
) -> None:
    """Run every coalition of a policy's groups of settings, print the parts and draw them.

    Raises BadInput for a scenario or a measure that cannot be used.
    """
    terminal = Terminal(quiet=given["quiet"])
    project = open_project(given["model"])
    wanted = _measures(measures)
    first, second = find_scenarios(
        (reference, policy), project, given["settings"], say=terminal.say
    )
    folder = RESULTS / f"{second.name}-drivers" if out is None else out
    check_target(folder)
    changes = first.overrides(project.spec), second.overrides(project.spec)
    with terminal.busy("Running every coalition of the policy's settings"):
        found = drivers(
            project.spec, *changes, wanted, layers=layers_of(project), year=year,
            engine=given["engine"],
        )  # fmt: skip
    manifest = _manifest(project, (first.hash, second.hash), changes, found)
    with terminal.busy("Drawing"), replacing(folder) as scratch:
        write(draw_drivers(found, second.name, manifest, first.name), scratch)
        (scratch / MANIFEST).write_text(to_json(manifest), encoding="utf-8")
    terminal.show(_table(found, second.name))
    terminal.say(f"{drivers_finding(found, second.name)}.")
    terminal.say(f"Written to {folder}.")


def _measures(wanted: Sequence[str]) -> tuple[Measure, ...]:
    """The measures asked for, the usual ones for none; what groups cost is told always."""
    found = {name: measure_called(name) for name in (*(wanted or DRIVEN), SPEND)}
    problems = [
        Problem("no such measure.", "`localcare list --measures` shows them.", key=name)
        for name, measure in found.items()
        if measure is None
    ]
    if problems:
        raise BadInput(problems)
    return tuple(dict.fromkeys(each for each in found.values() if each is not None))


def _manifest(
    project: Project,
    hashes: tuple[str, str],
    changes: tuple[Overrides, Overrides],
    found: xr.Dataset,
) -> dict[str, Any]:
    """What was run, and a name for it."""
    from importlib.metadata import version

    groups = [str(name) for name in found["group"].to_numpy()]
    return named(
        {
            "program": PROGRAM,
            "version": version("localcare"),
            "model_hash": project.spec.hash,
            "input_hashes": dict(project.hashes),
            "scenario_hashes": list(hashes),
            "settings": [len(each.constants) + len(each.paths) for each in changes],
            "groups": groups,
            "measures": [str(name) for name in found.data_vars],
            "year": found.attrs["year"],
        }
    )


def _table(found: xr.Dataset, policy: str) -> Table:
    from localcare.present.declared import known
    from localcare.present.waterfall import drivers_table

    measures = [known(str(name)) for name in found.data_vars]
    groups = list(dict.fromkeys(drivers_table(found)["group"]))
    rows = [
        (
            group,
            *(
                signed(scaled_number(each, float(found[each.name].sel(group=group))))
                for each in measures
            ),
        )
        for group in groups
    ]
    whole = [
        signed(
            scaled_number(
                each, found[each.name].attrs["policy"] - found[each.name].attrs["baseline"]
            )
        )
        for each in measures
    ]
    rows.append((f"{policy}, all together", *whole))
    heads = [f"{each.title}, {in_words(each)}" for each in measures]
    title = f"What drives the difference to the {BASELINE} in {found.attrs['year']}"
    return plain_table(("group of settings", *heads), rows, right=heads, title=title)

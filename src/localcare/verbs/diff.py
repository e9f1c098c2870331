"""`localcare diff A B`: how two scenarios, or two folders of results, differ."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.measures.catalogue import MEASURES
from localcare.measures.summary import last_year, tidy
from localcare.present.console import Terminal
from localcare.present.findings import signed, thousands
from localcare.present.results import open_results
from localcare.present.tables import plain_table
from localcare.problems import BadInput, Problem
from localcare.scenario import difference, sentence
from localcare.study.project import Project, open_project
from localcare.study.store import is_results, read_manifest
from localcare.verbs.running import Options, run_scenarios
from localcare.verbs.scenarios import find_scenario

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["diff_command"]


def diff_command(first: str, second: str, model: Path | None) -> None:
    """Print the inputs and the outputs that differ."""
    terminal = Terminal()
    folders = [Path(first), Path(second)]
    if all(is_results(folder) for folder in folders):
        _folders(folders[0], folders[1], terminal)
        return
    if any(folder.is_dir() for folder in folders):
        for folder in folders:
            if folder.is_dir():
                read_manifest(folder)
        why = "is a folder of results, and the other is not."
        cure = "Give two folders, or two scenarios."
        raise BadInput(Problem(why, cure, key=str(next(f for f in folders if f.is_dir()))))
    _scenarios(first, second, open_project(model), terminal)


def _scenarios(first: str, second: str, project: Project, terminal: Terminal) -> None:
    a, b = (find_scenario(each, project, say=terminal.say) for each in (first, second))
    rows = difference(a, b, project.spec)
    terminal.show(f"Inputs: {a.name} to {b.name}")
    lines = [sentence(row, project.spec.time) for row in rows] or ["no input differs"]
    terminal.show("\n".join(f"  {line}" for line in lines))
    if not rows:
        return
    options = Options(project.path, (), "kernel", "rk4", None, quiet=False)
    dataset = run_scenarios(project, [a, b], options, terminal).dataset
    table = tidy(dataset)
    if table is not None:
        terminal.show(_outputs(table, table, a.name, b.name, last_year(dataset)))


def _folders(first: Path, second: Path, terminal: Terminal) -> None:
    one, two = read_manifest(first), read_manifest(second)
    terminal.show(f"Inputs: {first} to {second}")
    pairs = _pairs(list(one["scenarios"]), list(two["scenarios"]))
    lines = list(_manifest_differences(one, two, pairs)) or ["no input differs"]
    terminal.show("\n".join(f"  {line}" for line in lines))
    a, b = open_results(first), open_results(second)
    tables = tidy(a), tidy(b)
    if tables[0] is None or tables[1] is None:
        return
    year = min(last_year(a), last_year(b))
    for name, other in pairs:
        terminal.show(_outputs(tables[0], tables[1], name, other, year))
    if not pairs:
        terminal.show("They have no scenario in common.")


def _outputs(one: pd.DataFrame, two: pd.DataFrame, name: str, other: str, year: int) -> Any:
    """Every measure for all of Kent and Medway in one year, in both."""
    first, second = _whole(one, name, year), _whole(two, other, year)
    titles = {each.name: (each.title, each.units) for each in MEASURES}
    rows = [
        (
            titles[measure][0],
            thousands(first[measure], 5),
            thousands(second[measure], 5),
            signed(_change(first[measure], second[measure])),
            titles[measure][1],
        )
        for measure in first
        if measure in second
    ]
    heads = ("measure", name, other if other != name else f"{other} (second)", "change", "unit")
    return plain_table(heads, rows, right=heads[1:4], title=f"Outputs in {year}")


def _change(first: float, second: float) -> float:
    """The difference; none where it is no more than the order of a sum can make."""
    return 0.0 if math.isclose(first, second, rel_tol=1e-12) else second - first


def _whole(table: pd.DataFrame, scenario: str, year: int) -> dict[str, float]:
    rows = table[
        (table["scenario"] == scenario)
        & (table["year"] == year)
        & (table["area"] == "Kent and Medway")
        & (table["part"] == "all")
        & table["value"].notna()
    ]
    return {str(name): float(value) for name, value in zip(rows.measure, rows.value, strict=True)}


def _pairs(names: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """Which scenarios to hold to each other: those of one name, or the only one of each."""
    pairs = [(name, name) for name in names if name in others]
    if not pairs and len(names) == len(others) == 1:
        return [(names[0], others[0])]
    return pairs


def _manifest_differences(
    one: Mapping[str, Any], two: Mapping[str, Any], pairs: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Entries of two manifests that differ, run names and commits left out."""
    for key in dict.fromkeys([*one, *two]):
        if key in {"run", "git_commit", "scenarios", "attribution"} or one.get(key) == two.get(key):
            continue
        yield f"{key}: {json.dumps(one.get(key))} to {json.dumps(two.get(key))}"
    a, b = one["scenarios"], two["scenarios"]
    for name in (name for name in a if name not in {left for left, _ in pairs}):
        yield f"scenario {name}: only in the first"
    for name in (name for name in b if name not in {right for _, right in pairs}):
        yield f"scenario {name}: only in the second"
    for name, other in pairs:
        about = f"scenario {name}" if name == other else f"scenario {name} to {other}"
        left, right = ({**each["constants"], **each["paths"]} for each in (
            a[name]["overrides"], b[other]["overrides"]
        ))  # fmt: skip
        for each in dict.fromkeys([*left, *right]):
            if left.get(each) != right.get(each):
                yield f"{about}: {each}: {_setting(left.get(each))} to {_setting(right.get(each))}"


def _setting(entry: Any) -> str:
    """What a manifest says of one input: nothing, a constant, or a path over time."""
    if entry is None:
        return "the model's own"
    if not isinstance(entry, dict):
        return _span(entry)
    values = np.asarray(entry["values"])
    times = entry["times"]
    return (
        f"{_span(values[..., 0])} in {times[0]:.6g} and {_span(values[..., -1])} in {times[-1]:.6g}"
    )


def _span(values: Any) -> str:
    low, high = np.min(values), np.max(values)
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g} by element"

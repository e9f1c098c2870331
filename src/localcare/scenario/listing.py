"""What scenarios there are, and what one says: for `localcare list` and `localcare describe`.

In: a folder, or a resolved scenario and its model. Out: plain frozen data and lines of text.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

from localcare.model.spec import ModelSpec
from localcare.problems import BadInput, Problem
from localcare.scenario.difference import difference, sentence
from localcare.scenario.document import read
from localcare.scenario.draft import draft
from localcare.scenario.load import SUFFIX
from localcare.scenario.scenario import Scenario

__all__ = ["Listed", "describe", "list_scenarios"]

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Listed:
    """A scenario file in a folder. `problems` says why it cannot be read, where it cannot."""

    name: str
    title: str
    extends: tuple[str, ...]
    file: Path
    problems: tuple[Problem, ...] = ()


def list_scenarios(folder: Path) -> tuple[Listed, ...]:
    """The scenarios of a folder, `baseline` first, then by name. No model is needed; a file that
    cannot be read is listed with its problems."""
    files = [path for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    listed = [_listed(path) for path in files]
    return tuple(sorted(listed, key=lambda each: (each.name != "baseline", each.name)))


def describe(scenario: Scenario, spec: ModelSpec) -> str:
    """A scenario for people: its title and argument, then what it sets, where and when."""
    lines = [f"{scenario.name}: {scenario.title}", ""]
    for paragraph in scenario.rationale.split("\n\n"):
        if paragraph.strip():
            lines += [*textwrap.wrap(" ".join(paragraph.split()), WIDTH), ""]
    if scenario.sources:
        lines += [*textwrap.wrap(f"Sources: {', '.join(scenario.sources)}.", WIDTH), ""]
    if scenario.extends:
        lines += [f"Extends {', '.join(scenario.extends)}.", ""]
    rows = difference(Scenario("own", ""), scenario, spec)
    if not rows:
        lines.append("Changes nothing: every input keeps the model's own value.")
    else:
        lines.append("Changes, from the model's own values:")
        lines += [f"  {sentence(row, spec.time)}" for row in rows]
    return "\n".join(lines)


def _listed(path: Path) -> Listed:
    try:
        tree, _ = read(path)
        read_in, problems = draft(tree, path)
    except BadInput as bad:
        return Listed(path.stem, "", (), path, bad.problems)
    if read_in.head is None:
        return Listed(path.stem, "", (), path, tuple(problems))
    return Listed(path.stem, read_in.head.title, read_in.head.extends, path, tuple(problems))

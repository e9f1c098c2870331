"""`localcare describe NAME`: where a number comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from localcare.measures.catalogue import MEASURES, Measure
from localcare.model import ModelSpec, Variable, bibliography, causal, names
from localcare.model.assumptions import Scope
from localcare.model.evidence_table import EvidenceRow, joined
from localcare.model.text import equation_lines
from localcare.model.variable_names import find as find_variable
from localcare.present.console import Terminal
from localcare.present.tables import GLOSSARY, measure_called
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.scenario import describe
from localcare.study.project import Project, open_project
from localcare.verbs.scenarios import find_scenario, is_known, scenario_names

__all__ = ["describe_command", "kernel_command"]

_TIMES = {Scope.FACTOR: "times the value", Scope.GRADIENT: "as a power of the value"}


def describe_command(name: str, depth: int, model: Path | None) -> None:
    """Print all there is to say about a name. Raises BadInput where nothing has that name."""
    project, terminal = open_project(model), Terminal()
    measure = measure_called(name)
    variable = find_variable(project.spec, name)
    word = next((each for each in GLOSSARY if names.key(each) == names.key(name)), None)
    lines: list[str] = []
    if word is not None:
        lines += [f"{word}: {GLOSSARY[word]}", ""]
    if measure is not None:
        lines += [*_measure(measure, project.spec), ""]
    read = [project.spec.by_identifier.get(name) for name in (measure.needs if measure else ())]
    for each in dict.fromkeys((variable, *read)):
        if each is not None:
            lines += [*_variable(project, each, depth), ""]
    if not lines and (is_known(name) or Path(name).suffix in {".yaml", ".yml"}):
        lines += [describe(find_scenario(name, project, say=terminal.say), project.spec), ""]
    if not lines:
        raise BadInput(_unknown(project.spec, name))
    terminal.show("\n".join(lines[:-1]))


def kernel_command(model: Path | None) -> None:
    """Print the LLVM IR that one member of the model runs, all variables saved."""
    from localcare.engine.kernel import text_of
    from localcare.engine.run import saved_identifiers

    spec = open_project(model).spec
    sys.stdout.write(text_of(spec, saved_identifiers(spec, None), lanes=1))


def _unknown(spec: ModelSpec, name: str) -> Problem:
    known = [
        *(each.name for each in spec.variables if not each.hidden),
        *(each.title for each in MEASURES),
        *scenario_names(),
        *GLOSSARY,
    ]
    cure = did_you_mean(name, known) or "`localcare list` shows scenarios and levers."
    return Problem("nothing has that name.", cure, key=name)


def _measure(measure: Measure, spec: ModelSpec) -> Iterator[str]:
    yield f"Measure {measure.name}: {measure.title}"
    yield f"  unit        {measure.units}"
    yield f"  formula     {measure.formula}"
    yield f"  source      {measure.source}"
    yield f"  read from   {', '.join(measure.needs)}"
    lacking = [name for name in measure.needs if name not in spec.by_identifier]
    if lacking:
        yield f"  not available: {spec.file} does not hold {', '.join(lacking)}"
    if measure.needs_baseline:
        yield "  needs       a comparison with the baseline"


def _variable(project: Project, variable: Variable, depth: int) -> Iterator[str]:
    spec = project.spec
    yield f"{variable.kind.value.capitalize()} {variable.name} ({variable.identifier})"
    if variable.doc:
        yield f"  meaning     {' '.join(variable.doc.split())}"
    yield f"  unit        {variable.units or 'none'}{_limits(variable)}"
    yield f"  sector      {variable.group or 'none'}"
    yield f"  where       {spec.file}:{variable.line}" + (
        f", values in {variable.source}" if variable.source else ""
    )
    if variable.dimensions:
        sizes = [f"{d} ({len(spec.by_dimension[d].elements)})" for d in variable.dimensions]
        yield f"  dimensions  {', '.join(sizes)}"
    yield "  equation"
    for line in equation_lines(spec, variable):
        yield f"    {line}"
    yield from _evidence(project, variable)
    graph = causal.graph(spec)
    yield from _tree(spec, "causes", graph.cause_tree(variable.identifier, depth))
    yield from _tree(spec, "uses", graph.use_tree(variable.identifier, depth))
    readers = [each.name for each in MEASURES if variable.identifier in each.needs]
    if readers:
        yield f"  measures    {', '.join(readers)}"


def _limits(variable: Variable) -> str:
    low, high = variable.limits
    if low is None and high is None:
        return ""
    ends = ("?" if low is None else f"{low:g}", "?" if high is None else f"{high:g}")
    return f", declared limits [{ends[0]}, {ends[1]}]"


def _evidence(project: Project, variable: Variable) -> Iterator[str]:
    lever = None if project.levers is None else project.levers.of(variable.name)
    if lever is not None:
        yield f"  lever       {lever.note}"
        yield f"              of the {lever.layer} layer, from {lever.low:g} to {lever.high:g}"
    if project.assumptions is None:
        return
    references = project.bibliography or bibliography.Bibliography(Path("references.bib"), ())
    rows = joined(project.spec, project.assumptions, references)
    row = next((each for each in rows if each.identifier == variable.identifier), None)
    if row is not None:
        yield from _row(row)


def _row(row: EvidenceRow) -> Iterator[str]:
    if row.low is not None and row.high is not None:
        scope = _TIMES.get(row.scope or Scope.VALUE, row.units)
        spread = "known" if row.distribution == "fixed" else str(row.distribution)
        yield f"  range       {row.low:g} to {row.high:g} {scope}, {spread}"
    if row.quality is not None:
        yield f"  quality     {row.quality}"
    for source in row.sources:
        yield f"  source      {source}"
    if row.note:
        yield f"  note        {row.note}"


def _tree(spec: ModelSpec, title: str, tree: causal.Tree, indent: int = 4) -> Iterator[str]:
    if not tree.branches:
        yield f"  {title:<11} none"
        return
    yield f"  {title}"
    yield from _branches(spec, tree, indent)


def _branches(spec: ModelSpec, tree: causal.Tree, indent: int) -> Iterator[str]:
    for branch in tree.branches:
        variable = spec.by_identifier[branch.variable]
        note = " (shown above)" if branch.repeated else ""
        yield f"{' ' * indent}{variable.name}  [{variable.units or 'no unit'}]{note}"
        yield from _branches(spec, branch, indent + 2)

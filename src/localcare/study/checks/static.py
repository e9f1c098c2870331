"""Checks that need no run: units, evidence against values, shares of a whole, unused names."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from localcare.model import bibliography, causal, evidence, levers, units
from localcare.model.names import identifier
from localcare.model.spec import Kind
from localcare.problems import Problem
from localcare.study.checks.declared import Declared
from localcare.study.checks.result import Finding, found
from localcare.study.project import Project

__all__ = ["check_evidence", "check_names", "check_totals", "check_units"]

#: Shares in a table are written with this many digits at least.
_TOTAL = 1e-6


def check_units(project: Project) -> Finding:
    """The dimensions of every equation."""
    count = sum(len(each.components) + len(each.initial) for each in project.spec.variables)
    return found("units", f"{count} equations", units.check(project.spec))


def check_evidence(
    project: Project, cited: Collection[str] = (), measures: Collection[str] = ()
) -> list[Finding]:
    """Every number has a range, a quality and a source; every lever an outcome it can reach.

    `cited` are references that scenarios cite; `measures` outcomes worked out from a run. A model
    without an assumptions table has no evidence to check, and the finding says so.
    """
    spec = project.spec
    if project.assumptions is None:
        return [Finding("evidence", f"no {project.path.stem}.assumptions.csv: not checked")]
    references = project.bibliography or bibliography.Bibliography(project.path, ())
    problems = [
        *evidence.check(spec, project.assumptions, references, cited),
        *evidence.unnamed_numbers(spec),
    ]
    findings = [found("evidence", f"{len(project.assumptions.rows)} numbers", problems)]
    if project.levers is not None:
        faults = levers.check(spec, project.levers, project.assumptions, measures)
        findings.append(found("levers", f"{len(project.levers.rows)} levers", faults))
    return findings


def check_names(project: Project, read: Collection[str] = ()) -> Finding:
    """Variables that nothing uses and that are no output; reading the model has already refused
    names that are undefined.

    `read` are the identifiers that something outside the model reads, such as a measure.
    """
    spec = project.spec
    pulled = () if project.levers is None else project.levers.rows
    outputs = {project.catalogue.lever(row.variable).identifier for row in pulled}
    problems: list[Problem] = causal.unused(spec, outputs | set(read))
    count = sum(1 for each in spec.variables if not each.hidden and each.kind is not Kind.LOOKUP)
    return found("names", f"{count} variables", problems)


def check_totals(project: Project, declared: Declared) -> Finding:
    """Shares of a whole sum to it, for each element of the other dimensions."""
    spec, problems = project.spec, list[Problem]()
    for each in declared.totals:
        variable = spec.by_identifier[identifier(each.constant)]
        values = np.array(variable.values).reshape(spec.shape(variable.identifier))
        others = [name for name in variable.dimensions if name != each.over]
        sums = values.sum(axis=variable.dimensions.index(each.over))
        for place in np.argwhere(np.abs(sums - each.total) > _TOTAL * abs(each.total)):
            words = ", ".join(
                spec.by_dimension[name].elements[int(at)]
                for name, at in zip(others, place, strict=True)
            )
            why = f"sums to {sums[tuple(place)]:.8g} over {each.over}" + (words and f" for {words}")
            cure = f"Correct its numbers, so that they sum to {each.total:g}."
            file = project.path.parent / variable.source if variable.source else spec.file
            line = None if variable.source else variable.line
            problems.append(Problem(f"{why}.", cure, file, line, variable.name))
    return found("totals", f"{len(declared.totals)} that make a whole", problems)

"""What `localcare check` holds a model to, one module an idea.

`static`: units, evidence, names, shares of a whole. `behaviour`: conservation, relations, extreme
conditions, as the model's own `<model>.checks.yaml` declares them (`declared`; `setting` is what
they set). `steps`: the step against the quickest time constant, and halving it. `loops`: each
feedback loop, acting and cut. `run_checks` runs them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from localcare.engine import Batch, Engine, Overrides, Run, SimulationError, run
from localcare.engine.run import saved_identifiers
from localcare.model.spec import Kind
from localcare.problems import Problem
from localcare.study.checks.behaviour import (
    check_always,
    check_conservation,
    check_extremes,
    needed,
)
from localcare.study.checks.declared import Declared, read_declared
from localcare.study.checks.loops import check_loops
from localcare.study.checks.result import Finding
from localcare.study.checks.static import check_evidence, check_names, check_totals, check_units
from localcare.study.checks.steps import check_halving, check_time_constants
from localcare.study.project import Project

__all__ = ["Finding", "run_checks"]


def run_checks(
    project: Project,
    *,
    engine: Engine = "kernel",
    quick: bool = False,
    cited: Collection[str] = (),
    measures: Mapping[str, Collection[str]] | None = None,
) -> Iterator[Finding]:
    """Every check of the model, those that need no run first; only those where `quick`.

    `cited` are the references that scenarios cite, `measures` the measures by name with the
    variables each reads: rooms after this one know them.
    Raises BadInput where `<model>.checks.yaml` cannot be read.
    """
    path = project.beside(".checks.yaml")
    declared = read_declared(path, project.spec) if path.exists() else Declared()
    yield check_units(project)
    known = measures or {}
    yield from check_evidence(project, cited, known)
    promised = needed(declared) | {name for needs in known.values() for name in needs}
    yield check_names(project, promised)
    if declared.totals:
        yield check_totals(project, declared)
    if not quick:
        try:
            yield from _dynamic(project, declared, engine)
        except SimulationError as error:
            problem = Problem(f"the baseline stopped: {error}", file=project.spec.file)
            yield Finding("limits", "the baseline runs to the end", (problem,))


def _dynamic(project: Project, declared: Declared, engine: Engine) -> Iterator[Finding]:
    spec = project.spec
    own = Batch.of(spec, [Overrides()])
    kinds = {name: spec.by_identifier[name].kind for name in sorted(needed(declared))}
    changing = [name for name, kind in kinds.items() if kind is not Kind.CONSTANT]
    every = dict.fromkeys((*saved_identifiers(spec, None), *changing))

    def at_step(step: float) -> Run:
        return run(spec, own, step=step, engine=engine)

    def points(batch: Batch) -> Run:
        return run(spec, batch, save=changing, points=True, engine=engine)

    means = run(spec, own, save=list(every), engine=engine)
    yield Finding("limits", "the baseline runs to the end, finite and inside declared limits")
    yield from check_conservation(spec, declared, means)
    if declared.always:
        yield from check_always(spec, declared, points(own))
    yield check_time_constants(spec, means.step)
    yield check_halving(spec, at_step, spec.time.step)
    yield from check_extremes(spec, declared, points)
    yield from check_loops(spec, declared, points)

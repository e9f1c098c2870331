"""Run all that a model's validation asks for, as one batch, and hold every row to its target.

In: a `Project`, the declared `Validation`, its figures and what they mean, the names of checks that
fail. Out: a `Validated`. A row about something that the model does not hold fails and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcare.engine import Batch, Engine, Overrides, Run, run
from localcare.model import ModelSpec, names
from localcare.model.observed import Observed
from localcare.study.checks.result import Finding
from localcare.study.observation import Matched, Meanings, match, predict
from localcare.study.validation.against import Figures, fit_of, held
from localcare.study.validation.declared import (
    AnyPart,
    Change,
    ChecksPart,
    DriftPart,
    EffectPart,
    NeedGroupsPart,
    Row,
    SeriesPart,
    SharePart,
    Validation,
)
from localcare.study.validation.inside import drift_of_shares, effect, share
from localcare.study.validation.need_groups import need_groups
from localcare.study.validation.result import (
    FreeNumbers,
    PartResult,
    RowResult,
    SeriesFit,
    Validated,
)
from localcare.study.validation.settings import (
    NotInModel,
    free_numbers,
    overrides,
    variable_called,
    without,
)

__all__ = ["observed_fits", "validate"]

Findings = Callable[[], Iterable[Finding]]


def validate(
    spec: ModelSpec,
    declared: Validation,
    observed: Observed,
    meanings: Meanings,
    findings: Findings,
    *,
    folder: Path = Path(),
    engine: Engine = "kernel",
) -> Validated:
    """Everything that is declared. `findings` runs the model's checks, once, if a row asks for
    them; `folder` is where tables that rows name lie.

    Raises BadInput where the figures do not fit the model, SimulationError where it stops.
    """
    matched = match(spec, meanings, observed)
    study = _Study(spec, declared, matched, folder)
    for row in declared.rows:
        for part in row.parts:
            study.plan(part)
    study.simulate(engine)
    checks = _checks(declared, findings)
    rows = tuple(_row(row, study, checks) for row in declared.rows)
    fitted = without(spec, declared.history.fitted)
    return Validated(
        rows,
        study.fits(),
        declared.history.inputs,
        tuple(FreeNumbers(each.variable, free_numbers(spec, each)) for each in fitted),
    )


def observed_fits(
    spec: ModelSpec,
    declared: Validation,
    observed: Observed,
    meanings: Meanings,
    *,
    engine: Engine = "kernel",
) -> tuple[SeriesFit, ...]:
    """Every observed series against the model alone, without the other rows, which take longer.
    Raises what `validate` does."""
    study = _Study(spec, declared, match(spec, meanings, observed), Path())
    for part in (part for row in declared.rows for part in row.parts):
        if isinstance(part, SeriesPart):
            study.plan(part)
    study.simulate(engine)
    return study.fits()


@dataclass
class _Study:
    """The members that rows ask for, each once, and the run of them all."""

    spec: ModelSpec
    declared: Validation
    matched: Mapping[str, Matched]
    folder: Path
    _members: dict[str, Overrides] = field(default_factory=dict)
    _save: set[str] = field(default_factory=set)
    _run: Run | None = None

    def plan(self, part: AnyPart) -> None:
        """Note what a part needs; what the model lacks is told when its row is held."""
        try:
            if isinstance(part, SeriesPart):
                self._member(part.set)
                self._member(part.set, history=False)
            elif isinstance(part, SharePart | DriftPart):
                self._save.add(variable_called(self.spec, part.variable).identifier)
                self._member(part.set)
            elif isinstance(part, EffectPart):
                for name in (part.variable, part.over or part.variable):
                    self._save.add(variable_called(self.spec, name).identifier)
                for changes in _sides(part).values():
                    self._member(changes)
            elif isinstance(part, NeedGroupsPart):
                for name in (part.variable, *(use.variable for use in part.uses)):
                    self._save.add(variable_called(self.spec, name).identifier)
        except NotInModel:
            return

    def simulate(self, engine: Engine) -> None:
        """Run every member that was noted, and the baseline with and without history."""
        self._member(())
        self._member((), history=False)
        self._save |= {name for each in self.matched.values() for name in each.needs}
        batch = Batch.of(self.spec, list(self._members.values()))
        self._run = run(self.spec, batch, engine=engine, save=sorted(self._save))

    @property
    def run(self) -> Run:
        """The run of all members."""
        if self._run is None:
            raise ValueError("nothing has been run yet")
        return self._run

    def member(self, changes: Sequence[Change], *, history: bool = True) -> int:
        """The position of a member. Raises NotInModel where its changes cannot be made."""
        overrides(self.spec, changes)
        return list(self._members).index(_key(changes, history=history))

    def figures(self, series: str, changes: Sequence[Change]) -> Figures:
        """A series as the model has it under some changes. Raises NotInModel."""
        wanted = names.key(series)
        matched = next((m for name, m in self.matched.items() if names.key(name) == wanted), None)
        if matched is None:
            raise NotInModel("not in the model yet")
        modelled = predict(self.spec, self.run, matched)
        return Figures(
            matched,
            modelled[:, self.member(changes)],
            modelled[:, self.member(changes, history=False)],
        )

    def fits(self) -> tuple[SeriesFit, ...]:
        """Every series that a row compares, element by element, under the row's changes."""
        found: list[SeriesFit] = []
        seen: set[tuple[str, str]] = set()
        for part in (p for row in self.declared.rows for p in row.parts):
            if not isinstance(part, SeriesPart):
                continue
            key = (names.key(part.series), _key(part.set, history=True))
            if key in seen:
                continue
            seen.add(key)
            try:
                figures = self.figures(part.series, part.set)
            except NotInModel:
                continue
            out = [
                each
                for row in self.declared.rows
                for other in row.parts
                if isinstance(other, SeriesPart) and names.key(other.series) == key[0]
                for each in other.leave_out
            ]
            elements = dict.fromkeys(row.element for row in figures.matched.rows)
            found += [fit_of(figures, element, out) for element in elements]
        return tuple(found)

    def _member(self, changes: Sequence[Change], *, history: bool = True) -> None:
        off = () if history else without(self.spec, self.declared.history.fitted)
        made = overrides(self.spec, changes, off)
        self._members.setdefault(_key(changes, history=history), made)


def _row(row: Row, study: _Study, checks: Mapping[str, tuple[Finding, ...]]) -> RowResult:
    parts = tuple(_part(part, study, checks) for part in row.parts)
    return RowResult(row.row, row.kind, parts, row.because)


def _part(part: AnyPart, study: _Study, checks: Mapping[str, tuple[Finding, ...]]) -> PartResult:
    if isinstance(part, ChecksPart):
        return _checked(part, checks)
    try:
        if isinstance(part, SeriesPart):
            return held(part, study.figures(part.series, part.set))
        if isinstance(part, SharePart):
            return share(study.spec, study.run, study.member(part.set), part)
        if isinstance(part, DriftPart):
            return drift_of_shares(study.spec, study.run, study.member(part.set), part)
        if isinstance(part, NeedGroupsPart):
            return need_groups(study.spec, study.run, study.member(()), part, study.folder)
        members = {side: study.member(changes) for side, changes in _sides(part).items()}
        return effect(study.spec, study.run, members, part)
    except NotInModel as reason:
        what = part.series if isinstance(part, SeriesPart) else part.variable
        return PartResult(f"{what}, {part.measure}", "", str(reason), passed=False)


def _sides(part: EffectPart) -> dict[str, tuple[Change, ...]]:
    """The changes of each member that an effect compares."""
    sides = {"against": part.against, "set": (*part.against, *part.set)}
    if part.range is not None:
        for end, changes in (("low", part.range.low), ("high", part.range.high)):
            sides[f"against {end}"] = (*changes, *part.against)
            sides[f"set {end}"] = (*changes, *part.against, *part.set)
    return sides


def _checks(declared: Validation, findings: Findings) -> dict[str, tuple[Finding, ...]]:
    """What the checks found, by name; nothing where no row asks."""
    asked = any(isinstance(part, ChecksPart) for row in declared.rows for part in row.parts)
    found: dict[str, tuple[Finding, ...]] = {}
    for finding in findings() if asked else ():
        found[finding.check] = (*found.get(finding.check, ()), finding)
    return found


def _checked(part: ChecksPart, checks: Mapping[str, tuple[Finding, ...]]) -> PartResult:
    missing = [name for name in part.checks if name not in checks]
    found = [finding for name in part.checks for finding in checks.get(name, ())]
    faults = [fault for finding in found for fault in finding.faults]
    what = ", ".join(part.checks)
    if missing:
        return PartResult(what, "pass", f"no such check: {missing[0]}", passed=False)
    words = f"{len(found)} pass" if not faults else str(faults[0])
    return PartResult(what, "pass", words, not faults)


def _key(changes: Sequence[Change], *, history: bool) -> str:
    return f"{history} " + " ".join(each.model_dump_json() for each in changes)

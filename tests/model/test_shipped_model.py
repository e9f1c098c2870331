"""The shipped model passes the static checks, and they would notice if it did not."""

from dataclasses import replace

import pytest
import yaml

from localcare.model import (
    ModelSpec,
    assumptions,
    bibliography,
    causal,
    evidence,
    levers,
    load,
    units,
)
from localcare.paths import MODEL, models_folder, scenarios_folder


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return load(models_folder() / MODEL, cache=False)


@pytest.fixture(scope="module")
def table() -> assumptions.Assumptions:
    return assumptions.read((models_folder() / MODEL).with_suffix(".assumptions.csv"))


@pytest.fixture(scope="module")
def references() -> bibliography.Bibliography:
    return bibliography.read(models_folder() / "references.bib")


def test_units_agree_in_every_equation(model) -> None:
    assert [str(problem) for problem in units.check(model)] == []


#: What only ratios are read of, so that its unit cancels.
DIVIDED_BY_ITS_OWN_MEAN = {
    "deprivation score",
    "relative chance of living in a care home",
    "weight among those who advance",
}


def test_almost_any_wrong_unit_would_be_noticed(model) -> None:
    """Only what is divided by its own mean, as a score is, may have any unit."""
    missed = []
    for place, variable in enumerate(model.variables):
        if variable.hidden or place % 4:
            continue
        wrong = replace(variable, units=f"mutant*{variable.units}")
        others = (*model.variables[:place], wrong, *model.variables[place + 1 :])
        if not units.check(replace(model, variables=others)):
            missed.append(variable.name)
    assert set(missed) <= DIVIDED_BY_ITS_OWN_MEAN


def test_every_number_has_evidence_that_holds_to_it(model, table, references) -> None:
    cited = {
        key
        for path in scenarios_folder().glob("*.yaml")
        for key in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", [])
    }
    faults = evidence.check(model, table, references, cited) + evidence.unnamed_numbers(model)
    assert [str(problem) for problem in faults] == []


def test_a_lost_row_and_a_changed_value_would_be_noticed(model, table, references) -> None:
    for lost in table.rows:
        rest = replace(table, rows=tuple(row for row in table.rows if row is not lost))
        assert len(evidence.check(model, rest, references)) >= 1
    moved = [
        replace(row, low=row.high * 3 + 7, high=row.high * 3 + 8)
        for row in table.rows
        if row.scope is assumptions.Scope.VALUE
    ]
    for row in moved:
        changed = replace(table, rows=(row,))
        assert any(
            problem.line == row.line and problem.file == table.file
            for problem in evidence.check(model, changed, references)
        )


def test_nothing_is_computed_that_nobody_uses(model) -> None:
    assert [str(problem) for problem in causal.unused(model)] == []


def test_every_lever_can_move_the_outcome_it_names(model, table) -> None:
    known = levers.read((models_folder() / MODEL).with_suffix(".levers.csv"))
    assert known.rows
    assert [str(problem) for problem in levers.check(model, known, table)] == []

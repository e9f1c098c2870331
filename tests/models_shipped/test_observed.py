"""The shipped figures and rows: within the history that may be used, and all of them read."""

from datetime import date

import pytest

from localcare.model import Kind, observed
from localcare.study.observation import check_meanings, match, read_meanings
from localcare.study.validation import read_validation, validate
from localcare.study.validation.declared import ChecksPart, SeriesPart


@pytest.fixture(scope="module")
def declared(project):
    return read_validation(project.beside(".validation.yaml"))


@pytest.fixture(scope="module")
def figures(project, declared):
    return observed.read_all(project.path.with_name(name) for name in declared.tables)


@pytest.fixture(scope="module")
def meanings(project):
    return read_meanings(project.beside(".observed.yaml"))


def test_nothing_observed_is_later_than_march_2023(project):
    rows = observed.read(project.beside(".observed.csv")).rows
    assert max(row.start for row in rows) < date(2023, 4, 1)


def test_totals_are_those_published(project):
    table = observed.read(project.beside(".observed.csv"))
    deaths, births = table.of("deaths")[0], table.of("births")[0]
    assert (deaths.value, births.value) == (17_407, 20_218)
    year = [row.value for row in table.of("no criteria to reside") if row.element == "East Kent"]
    assert sum(year) / 12 == pytest.approx(318, abs=0.5)


def test_every_series_is_known_and_fits_the_model(project, figures, meanings):
    assert check_meanings(project.spec, meanings, project.beside(".observed.yaml")) == []
    matched = match(project.spec, meanings, figures)
    assert {"A&E attendances", "emergency admissions", "beds occupied"} <= set(matched)


def test_every_series_has_a_row_that_can_fail(figures, declared):
    held = {
        part.series
        for row in declared.rows
        for part in row.parts
        if isinstance(part, SeriesPart)
    }  # fmt: skip
    # without a row of their own: two that others are worked out from, and one estimate
    assert set(figures.series) - held == {"beds open", "population"}


@pytest.fixture(scope="module")
def reproduced(project, figures, meanings, declared):
    """What every row says that was fitted or follows from its inputs."""
    quick = declared.model_copy(
        update={
            "rows": tuple(
                row
                for row in declared.rows
                if row.kind == "reproduced"
                and not any(isinstance(part, ChecksPart) for part in row.parts)
            )
        }
    )
    return validate(project.spec, quick, figures, meanings, tuple, folder=project.path.parent)


def test_what_was_set_is_met(reproduced):
    failed = [str(part) for row in reproduced.rows for part in row.parts if not part.passed]
    assert failed == []
    assert sum(each.count for each in reproduced.free) > 0


@pytest.mark.parametrize(
    ("line", "series", "measure"),
    [
        ("A&E attendances, mean, April", "A&E attendances", "mean"),
        ("the same, mean absolute by month, out", "A&E attendances", "MAPE"),
        ("emergency admissions, mean", "emergency admissions", "mean"),
        ("the same, mean absolute by month |", "emergency admissions", "MAPE"),
        ("beds occupied, mean absolute", "beds occupied", "MAPE"),
        ("no criteria to reside 2022/23", "no criteria to reside", "mean"),
    ],
)
def test_the_card_tells_the_errors_that_validate_finds(project, reproduced, line, series, measure):
    card = project.path.with_name("README.md").read_text("utf-8").replace("\N{MINUS SIGN}", "-")
    (told,) = [each for each in card.splitlines() if each.startswith(f"| {line}")]
    parts = [
        part
        for row in reproduced.rows
        for part in row.parts
        if part.what.startswith(f"{series}, {measure}") and "variant" not in part.what
    ]
    for position, cell in enumerate(told.split("|")[2:6]):
        said = [float(each.strip("% ")) for each in cell.split("/")]
        found = [100 * [*part.values.values()][position] for part in parts]
        assert said == pytest.approx(found, abs=0.11), (line, cell)


def test_every_series_that_enters_from_outside_is_listed(project, declared):
    history = declared.history
    listed = {*history.inputs, *(each.variable for each in history.fitted)}
    series = {each.name for each in project.spec.variables if each.kind is Kind.SERIES}
    assert series <= listed

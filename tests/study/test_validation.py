"""Rows of a validation pass and fail as they should, on a small model whose answers are known."""

import math
from pathlib import Path

import pytest

from localcare.model.observed import read
from localcare.problems import BadInput
from localcare.study.checks.result import Finding
from localcare.study.observation import Meaning, Meanings
from localcare.study.project import open_project
from localcare.study.validation import read_validation, validate

SMALL = Path(__file__).parents[1] / "broken" / "observed" / "small.mdl"
HEAD = "series,element,start,period,value,unit,publisher,published,note\n"
MEANINGS = Meanings(
    series={"arrivals": Meaning(variable="arrivals"), "calls": Meaning(variable="calls")}
)


@pytest.fixture(scope="module")
def spec():
    return open_project(SMALL).spec


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """Arrivals as if they had grown by 10% a year instead of 5, in the middles of the years."""
    path = tmp_path_factory.mktemp("observed") / "table.csv"
    lines = [
        f"arrivals,{ward},{2019 + year}-01-01,year,{base * math.exp(0.1 * (year + 0.5))},"
        "person/Year,A,2024,\n"
        for ward, base in (("north", 400), ("south", 300))
        for year in range(4)
    ]
    path.write_text(HEAD + "".join(lines) + "calls,,2019-01-01,year,9,call,A,2020,\n")
    return read(path)


def rows(spec, observed, tmp_path, parts, *, history="", findings=()):
    path = tmp_path / "small.validation.yaml"
    path.write_text(
        "tables: [x.csv]\n" + history + "rows:\n  - row: one\n    kind: validated\n    parts:\n"
        + "".join(f"      - {each}\n" for each in parts)
    )  # fmt: skip
    declared = read_validation(path)
    return validate(spec, declared, observed, MEANINGS, lambda: findings, folder=tmp_path)


def part(found):
    assert len(found.rows) == 1
    assert len(found.rows[0].parts) == 1
    return found.rows[0].parts[0]


def error(first, last):
    """Modelled over observed, less 1, of single years."""
    return [math.exp(-0.05 * (year + 0.5)) - 1 for year in range(first, last)]


@pytest.mark.parametrize(("within", "passed"), [(0.18, True), (0.16, False)])
def test_the_largest_error_is_that_of_the_last_year(spec, observed, tmp_path, within, passed):
    line = f"{{measure: largest error, series: arrivals, within: {within}}}"
    result = part(rows(spec, observed, tmp_path, [line]))
    assert result.passed is passed
    assert result.values == pytest.approx({w: -error(3, 4)[0] for w in ("north", "south")}, 1e-3)


def test_windows_choose_the_figures_that_are_compared(spec, observed, tmp_path):
    lines = [
        "{measure: mean absolute error, series: arrivals, within: 1, to: 2020-01-01}",
        "{measure: mean absolute error, series: arrivals, within: 1, without: [{from: 2020-01-01}]}",  # noqa: E501
        (
            "{measure: mean absolute error, series: arrivals, within: 1, elements: [north], "
            "leave_out: [{element: north, start: 2022-01-01, because: odd}]}"
        ),
    ]
    found = rows(spec, observed, tmp_path, lines)
    first, second, third = (each.value for each in found.rows[0].parts)
    # the mean of a year is 1 + 0.05**2 / 24 of its middle
    assert first == second == pytest.approx(-error(0, 1)[0], abs=2e-4)
    assert third == pytest.approx(-sum(error(0, 3)) / 3, abs=2e-4)
    assert found.fits[0].excluded.tolist() == [False, False, False, True]


def test_nothing_left_to_compare_fails(spec, observed, tmp_path):
    line = "{measure: mean error, series: arrivals, within: 1, from: 2030-01-01}"
    result = part(rows(spec, observed, tmp_path, [line]))
    assert not result.passed
    assert result.result == "no figure to compare"


def test_what_the_model_lacks_fails_and_says_so(spec, observed, tmp_path):
    lines = [
        "{measure: level, series: calls}",
        "{measure: share, variable: nurses, part: {ward: [north]}, at: 2019, target: 1, within: 1}",
        (
            "{measure: effect, variable: arrivals, from: 2019, to: 2020, between: [0, 1], "
            "set: [{constant: beds, value: 1}]}"
        ),
    ]
    found = rows(spec, observed, tmp_path, lines)
    assert [each.passed for each in found.rows[0].parts] == [False, False, False]
    assert all("not in the model yet" in each.result for each in found.rows[0].parts)
    assert found.failed == 1


def test_results_without_history_are_those_of_a_run_with_it_switched_off(spec, observed, tmp_path):
    history = "history:\n  fitted: [{variable: growth, off: 0}, {variable: demand, off: 300}]\n"
    line = "{measure: mean error, series: arrivals, within: 1, to: 2020-01-01, elements: [north]}"
    found = rows(spec, observed, tmp_path, [line], history=history)
    assert {each.variable: each.count for each in found.free} == {"growth": 1, "demand": 1}
    bare = 300 / (400 * math.exp(0.05)) - 1
    assert part(found).without_history == f"{bare:+.1%}"
    assert found.fits[0].without == pytest.approx([300.0] * 4)


def test_a_change_of_settings_is_a_run_of_its_own(spec, observed, tmp_path):
    line = (
        "{measure: largest error, series: arrivals, within: 0.001, "
        "set: [{constant: growth, value: 0.1}]}"
    )
    assert part(rows(spec, observed, tmp_path, [line])).passed


@pytest.mark.parametrize(("bounds", "passed"), [("[0.49, 0.51]", True), ("[0.1, 0.4]", False)])
def test_an_effect_is_one_run_over_another(spec, observed, tmp_path, bounds, passed):
    line = (
        "{measure: effect, variable: arrivals, elements: {ward: [north]}, from: 2020, to: 2021, "
        f"set: [{{constant: demand, factor: 1.5, from: 2019.5}}], between: {bounds}}}"
    )
    result = part(rows(spec, observed, tmp_path, [line]))
    assert result.value == pytest.approx(0.5)
    assert result.passed is passed


@pytest.mark.parametrize(("holds", "passed"), [("[0, 0.5]", True), ("[0, 1.1]", False)])
def test_the_range_of_an_effect_has_to_hold_what_is_asked(spec, observed, tmp_path, holds, passed):
    line = (
        "{measure: effect, variable: patients, over: arrivals, from: 2021, to: 2022, "
        "set: [{constant: stay, factor: 1.5}], between: [0.4, 0.6], "
        "range: {low: [{constant: stay, value: 0.01}], high: [{constant: stay, value: 0.05}], "
        f"holds: {holds}}}}}"
    )
    result = part(rows(spec, observed, tmp_path, [line]))
    assert result.value == pytest.approx(0.5, abs=0.01)
    assert result.passed is False  # the effect is the same at both ends, so the range is a point
    assert passed or "range holds +0% and +110%" in result.target


def test_a_share(spec, observed, tmp_path):
    head = "{measure: share, variable: arrivals, part: {ward: [north]}, at: 2021, within: 0.001, "
    lines = [head + "target: 0.571}", head + "target: 0.58}"]
    found = rows(spec, observed, tmp_path, lines)
    assert [each.passed for each in found.rows[0].parts] == [True, False]
    assert found.rows[0].parts[0].value == pytest.approx(4 / 7)


LABELS = (
    "{measure: need groups, table: groups.csv, dimension: ward, year: 2020, variable: patients, "
    "people: 0.1, uses: [{column: arrivals, variable: arrivals, share: 0.2, rate: 2, over: 1.9}], "
    "within: 0.001}"
)


@pytest.mark.parametrize(
    ("cells", "passed"),
    [
        (("0.1,2", "0.1,2"), True),
        (("0.15,1.6", "0.0333333,4.4"), True),  # 0.06 and 0.04 of four and three sevenths
        (("0.1,2", "0.1,2.1"), False),
        (("0.12,2", "0.1,2"), False),
        (("0.1,2", "0.1,6"), False),  # leaves the rest of a ward with less than half its mean
    ],
)
def test_a_label_is_held_to_what_was_published(spec, observed, tmp_path, cells, passed):
    text = f"ward,red share,arrivals\nnorth,{cells[0]}\nsouth,{cells[1]}\n"
    (tmp_path / "groups.csv").write_text(text)
    result = part(rows(spec, observed, tmp_path, [LABELS]))
    assert result.passed is passed, result
    if cells[1] == "0.1,6":
        assert "the rest of south at 44% of its mean arrivals" in result.result


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ward,red share,arrivals\nnorth,0.1,2\n", "south: the row is missing"),
        ("ward,red share,arrivals\nnorth,1.1,2\nsouth,0.1,2\n", "1.1 is no share of a state"),
        ("ward,red share,arivals\nnorth,0.1,2\nsouth,0.1,2\n", "arrivals: the column is missing"),
        ("ward,red share,arrivals\nnort,0.1,2\nsouth,0.1,2\n", "nort: is no ward"),
    ],
)
def test_a_broken_table_of_labels_is_refused(spec, observed, tmp_path, text, words):
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(BadInput, match=r"groups\.csv") as refused:
        rows(spec, observed, tmp_path, [LABELS])
    assert words in str(refused.value)


def test_checks_pass_as_they_were_found(spec, observed, tmp_path):
    sound = [Finding("conservation", "people"), Finding("limits", "all")]
    line = "{measure: checks, checks: [conservation]}"
    assert part(rows(spec, observed, tmp_path, [line], findings=sound)).passed
    line = "{measure: checks, checks: [conservation, extremes]}"
    result = part(rows(spec, observed, tmp_path, [line], findings=sound))
    assert not result.passed
    assert result.result == "no such check: extremes"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{measure: mean error, series: arrivals}", "give `within`, unless the measure is level"),
        ("{measure: mean eror, series: arrivals, within: 1}", "mean eror"),
        ("{measure: level, series: arrivals, wihtin: 1}", "no such key here"),
        ("{measure: share, variable: x, part: {}, at: 1, target: 1, within: 0}", "greater than 0"),
        (
            (
                "{measure: effect, variable: x, from: 1, to: 2, between: [0, 1], "
                "set: [{constant: y, value: 1, factor: 2}]}"
            ),
            "give a value or a factor",
        ),
    ],
)
def test_a_broken_row_is_refused_with_its_line(spec, observed, tmp_path, text, words):
    with pytest.raises(BadInput) as refused:
        rows(spec, observed, tmp_path, [text])
    assert words in str(refused.value)
    assert "small.validation.yaml:6" in str(refused.value)


def test_two_rows_of_one_name_are_refused(tmp_path):
    row = "  - row: one\n    kind: validated\n    parts: [{measure: level, series: x}]\n"
    path = tmp_path / "two.validation.yaml"
    path.write_text("tables: [x.csv]\nrows:\n" + row + row)
    with pytest.raises(BadInput, match=r"two\.validation\.yaml:6"):
        read_validation(path)

"""Every number of a model has evidence that holds to it; the joined table shows it."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from localcare.model import assumptions, bibliography, evidence, evidence_table, load
from localcare.model.assumptions import Quality
from localcare.problems import BadInput

BROKEN = Path(__file__).parents[1] / "broken"
REFERENCES = bibliography.read(BROKEN / "evidence_small.bib")
FAULTS = {
    "sound": [],
    "no_row": [
        (
            "evidence_small.mdl:12: arrivals: it has no row in the assumptions table. Add one to "
            "evidence_no_row.assumptions.csv."
        ),
        (
            "evidence_no_row.assumptions.csv:5: Effect_of_Age2: the model has no such variable. "
            'Did you mean "effect of age"?'
        ),
    ],
    "below_range": [
        (
            "evidence_below_range.assumptions.csv:3: arrivals: its value 12 lies outside 12.5 to "
            "14. Widen the range or correct the value."
        )
    ],
    "not_fixed_value": [
        (
            "evidence_not_fixed_value.assumptions.csv:2: people at start: its value 100 lies "
            "outside 101 to 101. Widen the range or correct the value."
        )
    ],
    "factor_without_one": [
        (
            "evidence_factor_without_one.assumptions.csv:4: death rate: the factors 1.1 to 1.2 "
            "leave out 1, which is the model's own value."
        )
    ],
    "unknown_source": [
        (
            'evidence_unknown_source.assumptions.csv:4: death rate: the source "ons2021" is not '
            'among the references. Did you mean "ons2020"?'
        )
    ],
    "uncited": [
        (
            "evidence_small.bib:3: team: nothing cites it. Cite it in a row of the assumptions "
            "table or remove it."
        )
    ],
    "computed": [
        (
            "evidence_computed.assumptions.csv:6: deaths: the model computes it or sets the clock "
            "by it: it takes no range."
        )
    ],
    "lookup_drawn": [
        (
            "evidence_lookup_drawn.assumptions.csv:5: effect of age: a lookup is a whole curve. "
            "Give it the scope factor and the distribution fixed."
        )
    ],
}


@pytest.fixture(scope="module")
def small():
    return load(BROKEN / "evidence_small.mdl", cache=False)


def table(name: str) -> assumptions.Assumptions:
    return assumptions.read(BROKEN / f"evidence_{name}.assumptions.csv")


def test_every_broken_table_has_its_messages_above() -> None:
    found = {path.name.split(".")[0] for path in BROKEN.glob("evidence_*.assumptions.csv")}
    assert found == {f"evidence_{name}" for name in FAULTS}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_table_is_rejected_with_these_faults_and_no_others(small, name: str) -> None:
    found = evidence.check(small, table(name), REFERENCES)
    named = [replace(problem, file=Path(problem.file or "").name) for problem in found]
    assert [str(problem) for problem in named] == FAULTS[name]


def test_a_reference_that_something_else_cites_is_not_reported(small) -> None:
    assert evidence.check(small, table("uncited"), REFERENCES, cited={"team"}) == []


def test_numbers_inside_equations_need_a_name(small) -> None:
    spec = load(BROKEN / "evidence_unnamed_number.mdl", cache=False)
    assert [str(problem).split(", which")[0] for problem in evidence.unnamed_numbers(spec)] == [
        "evidence_unnamed_number.mdl:2: people: its equation holds the number 100",
        "evidence_unnamed_number.mdl:12: deaths: its equation holds the number 0.35",
    ]
    assert evidence.unnamed_numbers(small) == []


ARRAYS = """{UTF-8}
place: north, south ~ ~ . |
state: fit, frail ~ ~ . |
********************************************************
	.first sector
********************************************************~
		A heading. |
people[place, state] = 1234567, 2; 3, 4; ~ person ~ . |
ceiling[place] = 7, 7 ~ person ~ . |
********************************************************
	.second sector
********************************************************~
		A heading. |
share = 0.25 ~ Dmnl ~ . |
total = share * SUM(people[place!, state!]) + SUM(ceiling[place!]) ~ person ~ ~ :SUPPLEMENTARY |
********************************************************
	.Control
********************************************************~
		A heading. |
INITIAL TIME = 0 ~ Year ~ . |
FINAL TIME = 1 ~ Year ~ . |
TIME STEP = 0.125 ~ Year ~ . |
SAVEPER = 0.5 ~ Year ~ . |
"""
ROWS = """variable,low,high,distribution,scope,quality,source,note
people,1,3.5,uniform,value,measured,ons2020;team,"One, two."
share,0.2,0.3,uniform,value,expert-assumption,team,Guess.
"""


@pytest.fixture
def arrays(tmp_path: Path):
    model, rows = tmp_path / "m.mdl", tmp_path / "m.assumptions.csv"
    model.write_text(ARRAYS, encoding="utf-8")
    rows.write_text(ROWS, encoding="utf-8")
    return load(model, cache=False), assumptions.read(rows)


def test_a_value_outside_its_range_is_named_by_its_element(arrays) -> None:
    spec, rows = arrays
    found = [problem.why for problem in evidence.check(spec, rows, REFERENCES)]
    assert found[1:] == [
        "its value 1234567 for north, fit and 1 more lie outside 1 to 3.5.",
    ]


def test_a_range_beyond_the_limits_a_variable_declares_is_named(tmp_path: Path) -> None:
    model, rows = tmp_path / "m.mdl", tmp_path / "m.assumptions.csv"
    text = ARRAYS.replace("7, 7 ~ person ~", "7, 8 ~ person [0,10] ~")
    model.write_text(text.replace("0.25 ~ Dmnl ~", "0.25 ~ Dmnl [0.22,?] ~"), encoding="utf-8")
    rows.write_text(
        ROWS.replace("people,1,3.5,uniform,value", "people,0.5,1.5,uniform,factor")
        + "ceiling,0.9,10.4,uniform,value,measured,ons2020,N.\n"
    )
    found = evidence.check(load(model, cache=False), assumptions.read(rows), REFERENCES)
    assert [(problem.line, problem.key, problem.why) for problem in found] == [
        (3, "share", "the range reaches 0.2, beyond the limit of 0.22 that the variable declares."),
        (
            4,
            "ceiling",
            "the range reaches 10.4, beyond the limit of 10 that the variable declares.",
        ),
    ]


def test_a_power_of_relative_rates_holds_one_and_is_of_nothing_negative(tmp_path: Path) -> None:
    model, rows = tmp_path / "m.mdl", tmp_path / "m.assumptions.csv"
    model.write_text(ARRAYS.replace("7, 7 ~ person ~", "-7, 8 ~ person ~"), encoding="utf-8")
    power = ROWS.replace("people,1,3.5,uniform,value", "people,1.1,1.5,uniform,gradient")
    rows.write_text(power + "ceiling,0.9,1.3,uniform,gradient,measured,ons2020,N.\n")
    found = evidence.check(load(model, cache=False), assumptions.read(rows), REFERENCES)
    assert [problem.why for problem in found if problem.key in {"people", "ceiling"}] == [
        "the powers 1.1 to 1.5 leave out 1, which is the model's own value.",
        "a power of a negative number is none.",
    ]


def test_the_joined_table_shows_values_ranges_and_printable_sources(arrays) -> None:
    rows = evidence_table.joined(*arrays, REFERENCES)
    assert [(row.variable, row.sector, row.value) for row in rows] == [
        ("people", "first sector", "2 to 1235000, mean 308600 (4 values)"),
        ("ceiling", "first sector", "7 (2 values, all equal)"),
        ("share", "second sector", "0.25"),
    ]
    assert rows[0].sources == (
        "Office for National Statistics (2020), Deaths",
        "The team (2026), Own assumptions",
    )
    assert rows[1].quality is None
    assert evidence_table.count_by_quality(rows)[Quality.MEASURED] == 1
    assert sum(evidence_table.count_by_quality(rows).values()) == 2


def test_the_joined_table_is_filtered_by_sector_and_quality(arrays) -> None:
    def names(**choice: object) -> list[str]:
        return [row.variable for row in evidence_table.joined(*arrays, REFERENCES, **choice)]

    assert names(sector="Second") == ["share"]
    assert names(sector="sector") == ["people", "ceiling", "share"]
    assert names(quality=Quality.MEASURED) == ["people"]
    assert names(sector="second sector", quality=Quality.MEASURED) == []
    with pytest.raises(BadInput, match=r'no such sector[.] Did you mean "first sector"'):
        names(sector="frist sector")


def test_the_joined_table_is_written_as_csv(arrays) -> None:
    stream = io.StringIO(newline="")
    evidence_table.write_csv(evidence_table.joined(*arrays, REFERENCES), stream)
    written = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert list(written[0]) == list(evidence_table.COLUMNS)
    assert written[0]["note"] == "One, two."
    assert (written[2]["low"], written[2]["high"], written[1]["low"]) == ("0.2", "0.3", "")

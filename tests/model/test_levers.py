"""Levers name a constant a scenario may pull, and an outcome it can move."""

from pathlib import Path

import pytest

from localcare.model import assumptions, levers, load
from localcare.model.levers import Direction
from localcare.problems import BadInput

MODEL = """{UTF-8}
layer: primary, acute ~ ~ . |
people = INTEG(arrivals - arrivals * reach, 100) ~ person ~ . |
arrivals = 12 ~ person/Year ~ . |
reach = 0.3 ~ Dmnl ~ . |
cost[layer] = 1, 2 ~ GBP ~ ~ :SUPPLEMENTARY |
idle beds = 10 ~ bed ~ ~ :SUPPLEMENTARY |
INITIAL TIME = 0 ~ Year ~ . |
FINAL TIME = 1 ~ Year ~ . |
TIME STEP = 0.125 ~ Year ~ . |
SAVEPER = 0.5 ~ Year ~ . |
"""
HEADER = "lever,layer,low,high,outcome,direction,note\n"
GOOD = "reach,primary,0,1,people,down,Share of people reached.\n"


def table(folder: Path, rows: str) -> Path:
    path = folder / "m.levers.csv"
    path.write_text(HEADER + rows, encoding="utf-8-sig", newline="\r\n")
    return path


def checked(folder: Path, rows: str, evidence: str = "", measures: tuple[str, ...] = ()):
    model = folder / "m.mdl"
    model.write_text(MODEL, encoding="utf-8")
    known = None
    if evidence:
        path = folder / "m.assumptions.csv"
        path.write_text("variable,low,high,distribution,scope,quality,source,note\n" + evidence)
        known = assumptions.read(path)
    found = levers.check(
        load(model, cache=False), levers.read(table(folder, rows)), known, measures
    )
    return [str(problem).replace(f"{folder}/", "") for problem in found]


def test_a_row_becomes_a_typed_lever(tmp_path: Path) -> None:
    lever = levers.read(table(tmp_path, GOOD)).of("Reach")
    assert lever is not None
    assert (lever.low, lever.high, lever.direction) == (0, 1, Direction.DOWN)
    assert (lever.layer, lever.outcome, lever.line) == ("primary", "people", 2)


def test_a_sound_lever_has_no_fault(tmp_path: Path) -> None:
    assert checked(tmp_path, GOOD, "reach,1,1,fixed,factor,measured,k,lever\n") == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "reech,primary,0,1,people,down,N.",
            'reech: the model has no such variable. Did you mean "reach"?',
        ),
        ("reach,acut,0,1,people,down,N.", 'reach: "acut" is no layer. Did you mean "acute"?'),
        (
            "reach,primary,0,1,peopel,down,N.",
            'reach: neither the model nor a measure has the outcome "peopel". Did you mean',
        ),
        (
            "people,primary,0,1000,people,down,N.",
            "people: only a constant can be a lever, and this is computed or read over time.",
        ),
        (
            "reach,primary,0.5,1,people,down,N.",
            "reach: the model's own value 0.3 lies outside its range, 0.5 to 1.",
        ),
        (
            "idle beds,acute,0,20,people,down,N.",
            'idle beds: no chain of causes leads from it to its outcome "people".',
        ),
    ],
)
def test_a_lever_that_does_not_fit_the_model_is_named(
    tmp_path: Path, row: str, expected: str
) -> None:
    (found,) = checked(tmp_path, row + "\n")
    assert found.startswith(f"m.levers.csv:2: {expected}")


def test_a_lever_may_move_a_measure_instead_of_a_variable(tmp_path: Path) -> None:
    row = GOOD.replace("people,down", "Beds needed,down")
    assert checked(tmp_path, row, measures=("beds_needed",)) == []


def test_a_lever_that_the_assumptions_let_vary_is_named(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, GOOD, "reach,0,1,uniform,value,measured,k,n\n")
    assert 'the assumptions table (line 2) lets it vary as "uniform".' in found


def test_every_fault_of_the_table_is_told_at_once(tmp_path: Path) -> None:
    rows = "reach,primary,1,0,people,down,N.\nReach,,a,1,people,sideways,\nx,,0,1,,up,\n"
    with pytest.raises(BadInput) as caught:
        levers.read(table(tmp_path, rows))
    assert [(problem.line, problem.key, problem.why) for problem in caught.value.problems] == [
        (2, "reach", "the range leaves nothing to pull: low 1, high 0."),
        (3, "Reach", "line 2 holds this lever already."),
        (4, "x", "there is no layer."),
        (4, "x", "there is no outcome."),
        (4, "x", "there is no note."),
    ]

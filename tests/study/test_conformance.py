"""Models held to outputs: what is right, wrong, refused and undecidable, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from localcare.cli import cli
from localcare.problems import CheckFailed
from localcare.study.conformance import Outcome, cases, hold, read_reference

MODEL = """{UTF-8}
place: "East, Kent", Swale ~~|
share[place] = 0.5, 0.25 ~~|
filling[place] = 4*share[place] + Time ~~|
"beds open"[place] = INTEG(filling[place], 1) ~ bed [0, 5] ~ passes its limit, which only warns |
limit((0,1),(9,9)) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 4 ~~|
SAVEPER = 1 ~~|
TIME STEP = 0.5 ~~|
"""
TIMES = np.arange(0, 4.5, 1)
#: What Euler's method makes of it: 4 share t + t^2/2 - t/4 from 1.
FIRST = 1 + 2 * TIMES + TIMES**2 / 2 - TIMES / 4
SECOND = 1 + TIMES + TIMES**2 / 2 - TIMES / 4


def table(columns: dict[str, object], mark: str = "\t") -> str:
    rows = [[str(each) for each in columns]]
    for place in range(len(TIMES)):
        cells = [np.broadcast_to(values, TIMES.shape)[place] for values in columns.values()]
        rows.append([f"{cell:.6g}" for cell in cells])
    return "".join(mark.join(f'"{c}"' if mark in c else c for c in row) + "\n" for row in rows)


@pytest.fixture
def put(tmp_path: Path):
    """Puts a model and its output into a folder of their own."""

    def puts(folder: str, output: str, model: str = MODEL, name: str = "output.tab") -> Path:
        where = tmp_path / folder
        where.mkdir(exist_ok=True)
        (where / f"{folder}.mdl").write_text(model, encoding="utf-8")
        (where / name).write_text(output, encoding="utf-8")
        return where / f"{folder}.mdl"

    return puts


GOOD = {
    "Time": TIMES,
    "beds open[East, Kent]": FIRST,
    "Beds_Open[swale]": SECOND,
    "share[Swale]": 0.25,
    "FINAL TIME": 4,
}


def held(model: Path):
    ((found, expected),) = cases(model.parent)
    assert expected is not None
    assert found == model
    return hold(model, expected, engine="numpy")


@pytest.mark.parametrize(("name", "mark"), [("output.tab", "\t"), ("output.csv", ",")])
def test_a_right_model_is_right_in_either_format(put, name, mark) -> None:
    quoted = {('"beds open"["East, Kent"]' if "East" in k else k): v for k, v in GOOD.items()}
    text = table(quoted if mark == "\t" else GOOD, mark)
    if mark == "\t":
        text = text.replace('"beds open"["East, Kent"]', '"""beds open""[""East, Kent""]"')
    verdict = held(put("right", text, name=name))
    assert verdict.outcome is Outcome.RIGHT
    assert verdict.compared == (4 if mark == "\t" else 3)
    assert verdict.worst < 1e-5


@pytest.mark.parametrize("off", [0.0005, 0.002, np.nan, 0.3])
def test_a_number_off_by_more_than_a_thousandth_of_the_range_is_wrong(put, off) -> None:
    values = SECOND.copy()
    values[2] += off * np.ptp(SECOND) if np.isfinite(off) else 0
    columns = {**GOOD, "Beds_Open[swale]": values}
    verdict = held(put("off", table(columns)))
    wrong = abs(off) > 1e-3
    assert verdict.outcome is (Outcome.WRONG if wrong else Outcome.RIGHT)
    if wrong:
        assert verdict.variable == "Beds_Open[swale]"
        assert verdict.worst == pytest.approx(abs(off), rel=0.01)


def test_a_constant_is_held_to_its_size_and_a_range_of_rounding_is_none(put) -> None:
    rounded = 0.25 + np.array([0, 1e-7, 0, -1e-7, 0])
    assert held(put("a", table({**GOOD, "share[Swale]": rounded}))).outcome is Outcome.RIGHT
    assert held(put("b", table({**GOOD, "share[Swale]": 0.251}))).outcome is Outcome.WRONG


def test_a_refused_model_names_function_and_line(put) -> None:
    bad = MODEL.replace("4*share[place] + Time", "GET VDF CONSTANTS(1, 2)")
    verdict = held(put("refused", table(GOOD), model=bad))
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.why[0].startswith("line 4: filling: ")
    assert "GET VDF CONSTANTS" in verdict.why[0]


def test_a_run_that_has_to_stop_is_not_right(put) -> None:
    bad = MODEL.replace("4*share[place] + Time", "1/(Time-2)")
    assert held(put("stopped", table(GOOD), model=bad)).outcome is Outcome.STOPPED


def test_the_output_of_another_model_decides_nothing(put) -> None:
    other = {"Time": TIMES, "share[Swale]": 0.25, "sheep": 1, "cows": 2}
    verdict = held(put("other", table(other)))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "1 of the 3 variables" in verdict.why[0]
    assert held(put("none", "")).outcome is Outcome.UNDECIDED


def test_random_draws_decide_nothing_and_excuse_nothing_else(put) -> None:
    model = MODEL.replace(
        "limit((0", "chance = RANDOM UNIFORM(0, 1, 3) ~~|\nsum = INTEG(chance, 0) ~~|\nlimit((0"
    )
    verdict = held(put("chance", table({**GOOD, "chance": 0.5, "sum": TIMES / 2}), model=model))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "2 of" in verdict.why[0]
    assert "random" in verdict.why[0]
    bad = table({**GOOD, "chance": 0.5, "FINAL TIME": 5})
    assert held(put("worse", bad, model=model)).outcome is Outcome.WRONG


def test_empty_cells_and_other_times_are_not_compared(put, tmp_path: Path) -> None:
    text = "Time\tshare[Swale]\tbeds open[Swale]\n0\t0.25\t1\n0.7\t99\t99\n2\t\t4.5\n"
    verdict = held(put("holes", text))
    assert (verdict.outcome, verdict.compared) == (Outcome.RIGHT, 2)
    reference = read_reference(tmp_path / "holes" / "output.tab")
    assert np.isnan(reference.columns["share[Swale]"][2])


def test_the_command_counts_prints_and_fails_where_any_is_wrong(put, tmp_path: Path) -> None:
    put("right", table(GOOD))
    put("refused", table(GOOD), model=MODEL.replace("+ Time", "+ FIND ZERO(1)"))
    (tmp_path / "alone.mdl").write_text(MODEL, encoding="utf-8")
    fine = CliRunner().invoke(cli, ["conformance", str(tmp_path), "--engine", "numpy"])
    assert fine.exit_code == 0, fine.output
    assert "2 models with an output: 1 right, 1 refused" in fine.output
    assert "FIND ZERO" in fine.output
    put("wrong", table({**GOOD, "FINAL TIME": 5}))
    result = CliRunner().invoke(cli, ["conformance", str(tmp_path), "--json", "-q"])
    assert isinstance(result.exception, CheckFailed)
    found = json.loads(result.stdout)
    assert found["counts"] == {"right": 1, "wrong": 1, "refused": 1, "stopped": 0, "undecided": 0}
    assert found["without an output"] == ["alone.mdl"]
    by_name = {Path(each["model"]).name: each for each in found["models"]}
    assert by_name["wrong.mdl"]["worst variable"] == "FINAL TIME"


def test_a_folder_without_outputs_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        result = CliRunner().invoke(cli, ["conformance", str(folder)])
        assert result.exit_code

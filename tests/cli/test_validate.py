"""`localcare validate`: what it prints and how it ends, on a small model."""

import json
import shutil
from pathlib import Path

import pytest

BROKEN = Path(__file__).parents[1] / "broken" / "observed"


@pytest.fixture
def small(tmp_path):
    """The small model and what stands beside it, in a folder of its own."""
    folder = tmp_path / "own"
    folder.mkdir()
    for path in (*BROKEN.glob("small.*"), BROKEN / "sound.csv"):
        shutil.copy(path, folder)
    return folder / "small.mdl"


def test_rows_are_printed_and_a_failing_one_ends_with_1_and_its_reason(say, small):
    said = say("validate", "--no-figures", "--model", small)
    assert said.status == 1
    assert "1 of 2 rows pass" in said.out
    assert "1 numbers are fitted to the past: growth 1." in said.out
    assert "people in beds: Nobody counted them as the model does." in said.err
    assert said.err.splitlines()[-1] == "1 of 2 rows fail."


def test_all_rows_passing_ends_with_0(say, small):
    declared = small.with_name("small.validation.yaml")
    declared.write_text(declared.read_text().replace("within: 0.01", "within: 1.5"))
    assert say("validate", "--no-figures", "--model", small).status == 0


def test_json_holds_every_row_and_series(say, small):
    said = say("validate", "--no-figures", "--model", small, "--json")
    assert said.status == 1
    found = json.loads(said.out)
    assert [row["passed"] for row in found["rows"]] == [True, False]
    assert {each["series"] for each in found["series"]} == {"arrivals", "patients"}
    assert found["free_numbers"] == {"growth": 1}
    worst = found["rows"][1]["parts"][0]
    assert worst["values"]["north"] == pytest.approx(1.0, abs=0.05)


def test_figures_of_ones_own_take_the_place_of_the_same_series(say, small, tmp_path):
    own = tmp_path / "own.csv"
    text = (BROKEN / "sound.csv").read_text().splitlines()
    lines = [line for line in text if line.startswith("arrivals,north")]
    own.write_text("\n".join([text[0], *(line.replace(",4", ",8") for line in lines)]) + "\n")
    found = json.loads(
        say("validate", "--no-figures", "--model", small, "--json", "--data", own).out
    )
    assert [row["passed"] for row in found["rows"]] == [False, False]
    assert set(found["rows"][0]["parts"][0]["values"]) == {"north"}


@pytest.mark.parametrize("table", sorted(BROKEN.glob("*.csv")), ids=lambda path: path.stem)
def test_broken_figures_are_refused_and_nothing_is_printed(say, small, table):
    if table.stem == "sound":
        return
    said = say("validate", "--no-figures", "--model", small, "--data", table)
    assert said.status == 2
    assert table.name in said.err
    assert said.out == ""


def test_a_model_without_a_validation_file_is_told_what_to_write(say, teacup):
    said = say("validate", "--no-figures", "--model", teacup)
    assert said.status == 2
    assert "Write teacup.validation.yaml" in said.err


def test_figures_and_results_are_written(say, small, tmp_path):
    said = say("validate", "--model", small, "--out", "found")
    assert said.status == 1
    written = {path.name for path in (tmp_path / "found" / "figures").iterdir()}
    assert written == {f"observed_arrivals_ward.{kind}" for kind in ("png", "svg", "csv", "txt")}
    found = json.loads((tmp_path / "found" / "validation.json").read_text())
    assert found["passed"] == 1
    alt = (tmp_path / "found" / "figures" / "observed_arrivals_ward.txt").read_text()
    assert "north: mean error" in " ".join(alt.split())


def test_a_hold_out_forecasts_what_it_was_not_shown(say, small):
    # arrivals grow by 5% a year, which a line from the first figure to the last nearly knows
    said = say(
        "validate", "--no-figures", "--model", small, "--hold-out", "--until", "2020-12-31",
        "--json",
    )  # fmt: skip
    held = json.loads(said.out)["hold_out"]
    assert (held["until"], held["last"]) == ("2020-12-31", "2022-12-31")
    north, south = held["forecasts"]
    assert (north["element"], south["element"], north["figures"]) == ("north", "south", 2)
    assert north["model"] < 1e-3
    assert north["naive"]["last value"] == pytest.approx((1 - 0.9512 + 1 - 0.9048) / 2, rel=0.01)
    assert north["best_naive"] == "drift"
    assert north["model_is_nearer"]


def test_a_hold_out_of_nothing_is_refused(say, small):
    said = say("validate", "--no-figures", "--model", small, "--hold-out", "--until", "2023-12-31")
    assert said.status == 2
    assert "leaves no figure after 2023-12-31 to forecast" in said.err


def test_a_hold_out_leaves_out_what_has_no_percentage_error(say, small):
    table = small.with_name("sound.csv")
    lines = table.read_text().splitlines(keepends=True)
    last = next(line for line in lines if line.startswith("arrivals,south,2022"))
    cells = last.split(",")
    cells[4] = "0"
    table.write_text("".join(lines).replace(last, ",".join(cells)))
    declared = small.with_name("small.calibration.yaml")
    declared.write_text(declared.read_text().replace("transform: log", "transform: root"))
    said = say(
        "validate", "--no-figures", "--model", small, "--hold-out", "--until", "2020-12-31",
        "--json",
    )  # fmt: skip
    held = json.loads(said.out)["hold_out"]
    assert [each["element"] for each in held["forecasts"]] == ["north"]

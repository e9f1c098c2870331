"""`localcare calibrate`: what it prints and writes, on a small model, and applying it."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from localcare.study.calibration import read_covariance
from localcare.study.project import open_project

BROKEN = Path(__file__).parents[1] / "broken" / "observed"


@pytest.fixture
def small(tmp_path):
    """The small model and what stands beside it, in a folder of its own; figures say that arrivals
    grow by 8% a year from 430 and 280."""
    folder = tmp_path / "own"
    folder.mkdir()
    for path in BROKEN.glob("small.*"):
        shutil.copy(path, folder)
    head, *_ = (BROKEN / "sound.csv").read_text().splitlines()
    lines = [
        f"arrivals,{ward},{2019 + year}-01-01,year,{base * 1.0832870676749586 ** (year + 0.5)},"
        "person/Year,A,2024,"
        for ward, base in (("north", 430), ("south", 280))
        for year in range(4)
    ]
    (folder / "sound.csv").write_text("\n".join([head, *lines]) + "\n")
    return folder / "small.mdl"


def test_a_fit_is_printed_and_proposed_and_changes_nothing(say, small, tmp_path):
    before = {path: path.read_bytes() for path in small.parent.iterdir()}
    said = say("calibrate", "--model", small, "--out", "fit", "--starts", "3")
    assert said.status == 0, said.err
    assert "3 numbers fitted to 8 figures" in said.out
    assert "3 of 3 starts come to it" in said.out
    assert {path: path.read_bytes() for path in small.parent.iterdir()} == before
    with (tmp_path / "fit" / "proposal.csv").open() as stream:
        rows = {row["parameter"]: row for row in csv.DictReader(stream)}
    assert float(rows["growth"]["new"]) == pytest.approx(0.08, abs=1e-3)
    assert float(rows["demand[south]"]["new"]) == pytest.approx(280, rel=1e-3)
    manifest = json.loads((tmp_path / "fit" / "manifest.json").read_text())
    assert (manifest["seed"], manifest["figures"]) == (1, 8)


def test_what_is_applied_is_in_the_model_and_a_second_fit_stays_there(say, small, tmp_path):
    say("calibrate", "--model", small, "--out", "fit", "--starts", "1")
    said = say("calibrate", "--model", small, "--apply", "fit/proposal.csv")
    assert said.status == 0, said.err
    assert "3 numbers changed in small.mdl, small.covariance.csv." in said.err
    project = open_project(small)
    assert project.spec.by_identifier["growth"].values[0] == pytest.approx(0.08, abs=1e-3)
    kept = read_covariance(small.with_name("small.covariance.csv"), project.spec)
    assert [each.identifier for each in kept.parameters] == [
        "growth", "demand[north]", "demand[south]"
    ]  # fmt: skip
    again = say("calibrate", "--model", small, "--out", "again", "--starts", "1")
    with (tmp_path / "again" / "proposal.csv").open() as stream:
        for row in csv.DictReader(stream):
            assert float(row["new"]) == pytest.approx(float(row["old"]), rel=1e-5)
    assert again.status == 0


def test_rows_taken_out_of_a_proposal_are_not_applied(say, small, tmp_path):
    say("calibrate", "--model", small, "--out", "fit", "--starts", "1")
    path = tmp_path / "fit" / "proposal.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[1])
    said = say("calibrate", "--model", small, "--apply", path)
    assert said.status == 0, said.err
    spec = open_project(small).spec
    assert spec.by_identifier["demand"].values == (400.0, 300.0)
    kept = read_covariance(small.with_name("small.covariance.csv"), spec)
    assert [each.identifier for each in kept.parameters] == ["growth"]


@pytest.mark.parametrize("table", sorted(BROKEN.glob("*.csv")), ids=lambda path: path.stem)
def test_broken_figures_are_refused_and_nothing_is_fitted(say, small, table, tmp_path):
    if table.stem == "sound":
        return
    said = say("calibrate", "--model", small, "--data", table, "--out", "fit")
    assert said.status == 2
    assert table.name in said.err
    assert not (tmp_path / "fit").exists()


def test_bounds_that_exclude_the_start_are_refused_with_file_and_line(say, small, tmp_path):
    declared = small.with_name("small.calibration.yaml")
    declared.write_text(declared.read_text().replace("low: 0,", "low: 0.1,"))
    said = say("calibrate", "--model", small, "--out", "fit")
    assert said.status == 2
    assert "small.calibration.yaml:3: growth: its bounds 0.1 to 0.2 exclude its start" in said.err
    assert not (tmp_path / "fit").exists()


def test_a_model_without_a_calibration_file_is_told_what_to_write(say, teacup):
    said = say("calibrate", "--model", teacup)
    assert said.status == 2
    assert "Write teacup.calibration.yaml" in said.err


def own_figures(small, *, ward="south"):
    head, *lines = (small.parent / "sound.csv").read_text().splitlines()
    table = small.parent / "own.csv"
    own = [line.replace("south", ward) for line in lines if ",south," in line]
    table.write_text("\n".join([head, *own]) + "\n")
    return table


def test_figures_of_ones_own_that_leave_a_place_out_are_said_to(say, small):
    said = say(
        "calibrate", "--model", small, "--data", own_figures(small), "--out", "fit", "--starts", "1"
    )
    assert said.status == 0, said.err
    assert "own.csv has no arrivals of north: none are used." in " ".join(said.err.split())


def test_a_place_that_is_misspelt_is_named_and_nothing_else(say, small, tmp_path):
    table = own_figures(small, ward="sotuh")
    said = say("calibrate", "--model", small, "--data", table, "--out", "fit")
    assert said.status == 2
    assert 'own.csv:2: arrivals: arrivals has no element sotuh. Did you mean "south"?' in said.err
    assert "small.calibration.yaml" not in said.err
    assert not (tmp_path / "fit").exists()

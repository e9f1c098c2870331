"""Faults in the tables of a copy of the shipped model are told by file and row, and nothing is
fitted to them."""

import csv
import shutil

import pytest

from localcare.cli import main
from localcare.paths import MODEL, models_folder

#: What is done to a table (its rows with the head), and what is said of it.
FAULTS = {
    "initial_population.csv": (
        lambda rows: rows.pop(4),
        'column A, row 5 says "Folkestone and Hythe" where "Dover" belongs',
    ),
    "initial_population_rebased.csv": (
        lambda rows: rows[3].__setitem__(6, "-5"),
        "row 4, column G holds -5, below 0",
    ),
    "place_to_system_share.csv": (
        lambda rows: rows[3].__setitem__(1, "1.4"),
        "row 4, column B holds 1.4, above 1",
    ),
    "recovery_rate.csv": (
        lambda rows: rows[0].__setitem__(1, "light"),
        'row 1, column B says "light" where "mild" belongs',
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken") / "models"
    shutil.copytree(models_folder(), folder)
    for name, (spoil, _) in FAULTS.items():
        table = folder / "kent_medway" / name
        with table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        spoil(rows)
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder / MODEL


def test_a_place_missing_a_negative_number_a_share_above_one_and_a_column_misnamed(
    copy, tmp_path, capsys
):
    out = tmp_path / "fit"
    with pytest.raises(SystemExit) as stop:
        main(["calibrate", "--model", str(copy), "--out", str(out)])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    for name, (_, words) in FAULTS.items():
        assert f"kent_medway/{name}: {words}" in said
    assert not out.exists()

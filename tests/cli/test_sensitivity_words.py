"""`localcare sensitivity`: what it writes, says and refuses."""

import json

import pandas as pd
import pytest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--measure", "beds_neded"), 'beds_neded: no such measure. Did you mean "beds_needed"?'),
        (("--measure", "savings"), "savings: is told from a comparison"),
        (("nonsuch",), "nonsuch"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_written(say, words, message, tmp_path):
    said = say("sensitivity", "baseline", *words)
    assert said.status == 2
    assert message in said.err
    assert not (tmp_path / "results").exists()


@pytest.mark.long
def test_the_folder_holds_tables_by_year_a_tornado_and_a_sentence_for_each_policy(say, tmp_path):
    said = say(
        "sensitivity", "intermediate", "--trajectories", 2, "--samples", 2, "--top", 4,
        "--out", "driven",
    )  # fmt: skip
    assert said.status == 0
    folder = tmp_path / "driven"
    indices = pd.read_csv(folder / "indices.csv", encoding="utf-8-sig")
    assert set(indices["scenario"]) == {"baseline", "intermediate"}
    assert set(indices["year"]) == set(range(2019, 2031))
    assert indices["parameter"].nunique() == 4
    screening = pd.read_csv(folder / "screening.csv", encoding="utf-8-sig")
    assert screening["parameter"].nunique() > 100
    assert (folder / "figures" / "tornado.png").exists()
    assert "tornado" in (folder / "figures" / "tornado.txt").read_text().lower()
    assert json.loads((folder / "manifest.json").read_text())["sensitivity"]["top"] == 4
    assert "Intermediate fails to lower" in said.out
    assert (folder / "failing.txt").read_text().startswith("Intermediate")

"""`localcare figures`: draws what a folder of results holds enough for, and names the rest."""

import json

import pandas as pd
import pytest
import xarray as xr

from localcare.present.figures import FIGURES
from localcare.present.files import COMPARISON, RUN
from localcare.study.comparison import Outcome
from localcare.study.manifest import to_json
from localcare.study.netcdf import write_dataset
from localcare.study.store import MANIFEST, replacing
from localcare.verbs import drawn, figures


@pytest.fixture
def run_folder(comparison, tmp_path):
    """A run of one scenario, in the folder `alone`."""
    alone = Outcome(comparison.dataset.sel(scenario=["baseline"]), comparison.manifest)
    with replacing(tmp_path / "alone") as scratch:
        write_dataset(alone.dataset, scratch / RUN)
        (scratch / MANIFEST).write_text(to_json(alone.manifest))
    return tmp_path / "alone"


def test_figures_of_a_run_are_drawn_beside_it_and_the_rest_is_named(say, run_folder):
    said = say("figures", "alone", "--only", "frailty_by_place", "--format", "svg")
    assert said.status == 0, said.err
    written = {path.name for path in (run_folder / "figures").iterdir()}
    assert written == {
        "frailty_by_place.svg", "frailty_by_place.csv", "frailty_by_place.txt", "manifest.json"
    }  # fmt: skip
    assert said.out.startswith("frailty_by_place: ")
    again = say("figures", "alone", "--only", "occupancy", "--format", "svg", "--out", "other")
    assert again.status == 0
    assert (run_folder.parent / "other" / "occupancy.svg").exists()


@pytest.mark.long  # draws every figure
def test_what_stands_in_the_folder_of_the_same_run_is_kept(say, run_folder):
    assert say("figures", "alone", "--only", "frailty_by_place", "--format", "svg").status == 0
    assert say("figures", "alone", "--only", "structure", "--format", "svg").status == 0
    written = {path.name for path in (run_folder / "figures").glob("*.svg")}
    assert written == {"frailty_by_place.svg", "structure.svg"}


@pytest.mark.long  # draws every figure
def test_a_file_that_is_open_elsewhere_is_told_with_its_cure(say, run_folder, monkeypatch):
    def locked(self, target):
        raise PermissionError(13, "Permission denied")

    assert say("figures", "alone", "--only", "structure", "--format", "svg").status == 0
    monkeypatch.setattr(type(run_folder), "rename", locked)
    said = say("figures", "alone", "--only", "structure", "--format", "svg")
    assert said.status == 2
    assert "cannot be written to. Close what has it open" in said.err


def test_a_figure_that_needs_a_policy_says_so(say, run_folder):
    said = say("figures", "alone", "--only", "money")
    assert said.status == 2
    assert (
        "alone: figure money: cannot be drawn: the results do not hold a policy beside" in said.err
    )
    assert "localcare compare" in said.err
    assert not (run_folder / "figures").exists()


def test_a_run_of_another_version_is_to_be_run_again(say, run_folder):
    manifest = run_folder / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "version": "0.0.1"}))
    said = say("figures", "alone")
    assert said.status == 2
    assert "alone: was made by localcare 0.0.1, and this is" in said.err
    assert "Run it again" in said.err


def test_results_that_lack_a_variable_name_the_figures_that_want_it(say, run_folder, monkeypatch):
    monkeypatch.setattr(figures, "FURTHER", {"fans": "Bands.", "history": "The past."})
    monkeypatch.setattr(drawn, "run_fits", lambda _: ())
    path = run_folder / "run.nc"
    with xr.open_dataset(path) as dataset:
        kept = dataset[["people_by_place_and_frailty", "gp_contacts"]].load()
    kept.to_netcdf(path, engine="h5netcdf")
    said = say("figures", "alone", "--format", "svg")
    assert said.status == 0, said.err
    assert "beds: not drawn, since the results do not hold beds_needed, beds_open" in said.err
    assert "fans: not drawn, since the run has no draws" in said.err
    there = {path.stem for path in (run_folder / "figures").glob("*.svg")}
    assert there == {"frailty", "frailty_by_place"}


def test_results_of_another_model_hold_nothing_to_draw(say, teacup):
    assert say("run", "--model", teacup, "--out", "tea").status == 0
    said = say("figures", "tea")
    assert said.status == 2
    assert "holds nothing that a figure shows" in said.err
    assert "localcare compare" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["figures"], "Give a RUN"),
        (["figures", "nowhere"], "is not a folder of localcare's results"),
        (["figures", "nowhere", "--only", "frailtie"], 'Did you mean "frailty"?'),
    ],
)
def test_what_cannot_be_drawn_is_said_with_its_cure(say, words, told):
    said = say(*words)
    assert said.status == 2
    assert told in said.err


def test_a_folder_that_cannot_be_written_is_left_as_it_is(say, run_folder):
    (run_folder / "figures").mkdir()
    (run_folder / "figures" / "mine.txt").write_text("notes")
    said = say("figures", "alone", "--only", "frailty_by_place")
    assert said.status == 2
    assert "holds no manifest of localcare" in said.err
    assert (run_folder / "figures" / "mine.txt").read_text() == "notes"


def test_figures_are_listed_with_what_they_show(say):
    said = say("figures", "--list")
    assert said.status == 0
    for figure in FIGURES:
        assert figure.name in said.out


@pytest.fixture
def compared(comparison, tmp_path):
    """A comparison, in the folder `both`."""
    both = Outcome(comparison.dataset.sel(scenario=["baseline", "acute"]), comparison.manifest)
    with replacing(tmp_path / "both") as scratch:
        write_dataset(both.dataset, scratch / COMPARISON)
        (scratch / MANIFEST).write_text(to_json(both.manifest))
    return tmp_path / "both"


def test_what_drives_a_policy_is_drawn_from_the_manifest_of_its_run(say, compared):
    said = say("figures", "both", "--only", "drivers", "--format", "svg", "--policy", "acute")
    assert said.status == 0, said.err
    assert said.out.startswith("drivers: Acute moves general and acute beds needed")
    table = pd.read_csv(compared / "figures" / "drivers.csv")
    beds = table[table["measure"] == "beds_needed"]
    whole = beds["policy"].iloc[0] - beds["baseline"].iloc[0]
    assert beds["part_of_the_difference"].sum() == pytest.approx(whole, rel=1e-6)
    assert (compared / "figures" / "drivers.svg").exists()


def test_results_of_an_older_model_say_why_they_are_not_broken_down(say, compared):
    manifest = compared / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "model_hash": "another"}))
    said = say("figures", "both", "--only", "drivers")
    assert said.status == 2
    assert "another model than the shipped one" in said.err
    unknown = say("figures", "both", "--only", "drivers", "--policy", "acutes")
    assert unknown.status == 2
    assert 'Did you mean "acute"?' in unknown.err


def test_drivers_prints_the_parts_of_every_measure_and_draws_them(say, tmp_path):
    said = say("drivers", "acute", "--measure", "running cost", "--year", "2028")
    assert said.status == 0, said.err
    assert "additional core beds" in said.out
    assert "acute, all together" in said.out
    folder = tmp_path / "results" / "acute-drivers"
    assert {path.name for path in folder.iterdir()} == {
        "drivers.png", "drivers.svg", "drivers.csv", "drivers.txt", "manifest.json"
    }  # fmt: skip
    assert "in 2028" in (folder / "drivers.txt").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["drivers", "baseline"], "is the name of two of the scenarios given"),
        (["drivers", "acutes"], 'Did you mean "acute"?'),
        (["drivers", "acute", "--measure", "bedz"], "no such measure"),
    ],
)
def test_what_has_no_drivers_is_said_with_its_cure(say, words, told):
    said = say(*words)
    assert said.status == 2
    assert told in said.err


def test_measures_are_listed_with_unit_and_formula(say):
    said = say("list", "--measures")
    assert said.status == 0
    words = " ".join(said.out.split())
    for name in ("days_over_92_percent", "return_on_investment", "GBP/Year"):
        assert name in words
    assert "not available" not in words

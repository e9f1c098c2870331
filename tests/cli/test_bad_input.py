"""Whatever is wrong with an input, the command line says so, ends with 2 and writes nothing."""

import errno
from pathlib import Path

import pytest

BROKEN = Path(__file__).parents[1] / "broken"
MODELS = sorted((BROKEN / "models").glob("*.mdl"))
SCENARIOS = sorted((BROKEN / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("model", MODELS, ids=[path.stem for path in MODELS])
def test_a_broken_model_is_refused(say, model, tmp_path):
    said = say("run", "--model", model, "--out", "out")
    assert said.status == 2, said
    assert model.name in said.err or model.stem in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_a_broken_scenario_is_refused(say, scenario, tmp_path):
    said = say("compare", scenario, "--out", "out")
    assert said.status == 2, said
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("crowding threshold", "is not NAME=VALUE"),
        ("crowding treshold=0.9", 'Did you mean "crowding threshold"?'),
        ("crowding threshold=high", 'the text "high" where a number belongs'),
        ("crowding width=9", "above the highest allowed"),
        ("occupancy=0.9", "computed"),
        ("crowding threshold=0.9 bed", "bed"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_reason(say, setting, words, tmp_path):
    said = say("run", "--set", setting)
    assert said.status == 2
    assert words in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_loop_of_links_is_no_scenario(say, tmp_path):
    (tmp_path / "round.yaml").symlink_to("round.yaml")
    said = say("run", "round.yaml")
    assert said.status == 2
    assert "no such file" in said.err


def test_a_step_too_long_names_the_scenario_and_a_cure(say, tmp_path):
    said = say("compare", "acute", "--step", "1/12", "--method", "euler", "--out", "out")
    assert said.status == 1
    assert said.err.splitlines()[-1].startswith("baseline: ")
    assert "shorter --step" in said.err
    assert list(tmp_path.iterdir()) == []


def test_all_problems_of_all_inputs_are_told_at_once(say):
    said = say("compare", "acut", "primry", "--set", "x=1")
    assert said.status == 2
    for word in ("acut", "primry", "x"):
        assert word in said.err


def test_a_step_that_does_not_divide_a_month_is_refused(say):
    said = say("run", "--step", "1/100")
    assert said.status == 2
    assert "step" in said.err


def test_a_full_disk_leaves_what_was_there(say, teacup, tmp_path, monkeypatch):
    say("run", "--model", teacup, "--out", "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("localcare.present.results.write_dataset", full)
    said = say("run", "--model", teacup, "--out", "out")
    assert said.status == 2
    assert "the disk is full" in said.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "teacup.mdl"]


def test_a_model_that_blows_up_is_stopped_with_variable_and_time(say, tmp_path):
    path = tmp_path / "burst.mdl"
    path.write_text(
        "{UTF-8}\nheat = INTEG(heat * heat, 1)\n\t~\tdegree\t~\t.\t|\n"
        "INITIAL TIME = 0\n\t~\tYear\t~\t|\nFINAL TIME = 5\n\t~\tYear\t~\t|\n"
        "TIME STEP = 0.125\n\t~\tYear\t~\t|\nSAVEPER = 1\n\t~\tYear\t~\t|\n"
    )
    said = say("run", "--model", path, "--out", "out")
    assert said.status == 1
    assert "heat" in said.err
    assert "time" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"], ids=["windows", "unix"])
@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""], ids=["mark", "no mark"])
def test_files_from_windows_are_read(say, teacup, ends, mark):
    text = teacup.read_bytes().replace(b"\n", ends)
    teacup.write_bytes(mark + text)
    assert say("run", "--model", teacup, "--out", "out").status == 0


def test_results_that_memory_should_not_hold_are_refused_with_their_size(say, teacup, tmp_path):
    long = teacup.with_name("long.mdl")
    long.write_text(teacup.read_text().replace("FINAL TIME = 30", "FINAL TIME = 1e8"))
    long.write_text(long.read_text().replace("TIME STEP = 0.125", "TIME STEP = 1"))
    said = say("run", "--model", long, "--out", "out")
    assert said.status == 2
    # temperature and cooling, at every minute, 8 bytes each, and three copies of them
    for words in ("2 numbers at 100,000,001 saving times", "6.4 GB", "up to 2.5 GB", "SAVEPER"):
        assert words in said.err, said.err
    assert not (tmp_path / "out").exists()


def test_a_run_that_never_ends_is_refused_before_it_begins(say, teacup, tmp_path):
    wide = teacup.with_name("wide.mdl")
    text = teacup.read_text().replace("{UTF-8}", "{UTF-8}\ncup: (cup1-cup90000) ~~|\n", 1)
    text = text.replace("temperature =", "temperature[cup] =").replace(
        "INTEG(-cooling", "INTEG(-cooling[cup]"
    )
    text = text.replace("cooling = (temperature", "cooling[cup] = (temperature[cup]")
    wide.write_text(text.replace("TIME STEP = 0.125", "TIME STEP = 0.0000005"))
    said = say("run", "--model", wide, "--out", "out")
    assert said.status == 2, said
    assert "180,000 numbers in each of 60,000,000 steps" in said.err, said.err
    assert "takes hours" in said.err
    assert not (tmp_path / "out").exists()

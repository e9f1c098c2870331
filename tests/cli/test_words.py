"""What the command line says and how it ends."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import localcare
from localcare.present.tables import plain_table


def test_bare_shows_three_commands_to_try(say):
    said = say()
    assert said.status == 0
    for command in ("localcare compare", "localcare describe", "localcare list"):
        assert command in said.out


def test_version_names_software_and_model(say):
    said = say("--version")
    assert said.out.startswith(f"localcare {localcare.__version__}, model kent_medway ")


@pytest.mark.parametrize(
    "verb",
    ["compare", "run", "check", "validate", "calibrate", "list", "describe", "diff", "assumptions"],
)
def test_every_verb_has_help_that_teaches(say, verb):
    said = say(verb, "--help")
    assert said.status == 0
    assert len(said.out.splitlines()) > 5
    assert "\\b" not in said.out


@pytest.mark.parametrize(
    "verb", ["compare", "run", "validate", "calibrate", "describe", "diff", "assumptions"]
)
def test_help_shows_commands_to_copy_each_on_a_line_of_its_own(say, verb):
    lines = [line.strip() for line in say(verb, "--help").out.splitlines()]
    examples = [line for line in lines if line.startswith(f"localcare {verb}")]
    assert examples
    assert all(line.count("localcare ") == 1 for line in examples)


def test_unknown_verb_and_option_end_with_2(say):
    assert say("fly").status == 2
    assert say("run", "--wings").status == 2


def test_an_unknown_scenario_is_met_with_the_nearest(say):
    said = say("run", "baselin")
    assert said.status == 2
    assert "no such scenario" in said.err
    assert 'Did you mean "baseline"?' in said.err
    assert said.out == ""


def test_an_unknown_name_is_met_with_the_nearest(say):
    said = say("describe", "beds", "neded")
    assert said.status == 2
    assert 'Did you mean "beds needed"?' in said.err


@pytest.mark.parametrize("step", ["x", "0", "-1", "1/0", "inf"])
def test_a_step_that_is_none_is_refused(say, teacup, step):
    said = say("run", "--model", teacup, "--step", step)
    assert said.status == 2
    assert "step" in said.err


def test_a_missing_model_is_named(say):
    said = say("run", "--model", "nowhere.mdl")
    assert said.status == 2
    assert "nowhere.mdl" in said.err


def test_nothing_is_written_into_a_folder_of_someone_else(say, teacup, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("keep")
    said = say("run", "--model", teacup, "--out", "mine")
    assert said.status == 2
    assert "left alone" in said.err
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["note.txt"]


def test_interrupting_ends_with_130_and_writes_nothing(say, teacup, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("localcare.study.comparison.run", interrupted)
    said = say("run", "--model", teacup, "--out", "out")
    assert said.status == 130
    assert not (tmp_path / "out").exists()


def test_no_colour_and_a_narrow_console_survive(teacup, tmp_path):
    environment = {**os.environ, "COLUMNS": "30", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "localcare", "run", "--model", teacup, "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert "temperature" in done.stdout
    assert "\x1b[" not in done.stdout + done.stderr


def test_a_table_too_wide_for_the_console_becomes_lines(capsys):
    rows = [("four-layers", "-4,170", "")]
    table = plain_table(("scenario", "Emergency admissions a year", "note"), rows)
    for width, line in ((100, r"^ *four-layers +-4,170"), (26, r"^  Emergency admissions")):
        console = Console(width=width)
        console.print(table)
        assert re.search(line, capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_encoding_of_the_console_is_written_to_and_keeps_the_minus(encoding):
    code = (
        "from localcare.present.console import Terminal\n"
        "Terminal().show('\\N{MINUS SIGN}4 \\N{POUND SIGN} \\N{SNOWMAN}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    minus = "\N{MINUS SIGN}" if encoding == "utf-8" else "-"
    assert done.stdout.decode(encoding).startswith(f"{minus}4 ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_that_cannot_be_written_is_said():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "localcare", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("Could not write")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["--help"], ["list"], ["run", "--quiet"]])
def test_a_warm_start_imports_no_heavy_library(words, tmp_path):
    # Left to itself, xarray imports dask, and that scipy, wherever they are installed.
    code = (
        f"import sys; sys.argv[1:] = {words!r}; from localcare.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "found = {name for name, module in sys.modules.items() if module is not None}\n"
        "heavy = {'pysd', 'matplotlib', 'scipy', 'dask', 'sdeint'} & found\n"
        "heavy |= {'localcare.present.figures', 'localcare.study.ensemble'} & found\n"
        "assert not heavy, heavy"
    )
    subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "from localcare.model import load; "
                "from localcare.paths import *; load(models_folder() / MODEL)"
            ),
        ],
        check=True,
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True)


def test_another_models_last_values_are_listed_so_far(say, teacup, monkeypatch):
    monkeypatch.setattr("localcare.verbs.run._LISTED", 1)
    said = say("run", "--model", teacup, "--engine", "numpy", "--out", "out")
    assert said.status == 0, said
    assert "temperature" in said.out
    assert "and 1 more, in run.nc" in said.out
    assert "cooling" not in said.out

"""`localcare report` and `localcare workbook` on folders of results, sound and not."""

import csv
import io
import json
import shlex
import sys

import openpyxl
import pytest
from matplotlib.figure import Figure

from localcare.measures.summary import NEEDS
from localcare.present.figures import FIGURES
from localcare.present.files import COMPARISON
from localcare.study.comparison import Outcome
from localcare.study.manifest import to_json
from localcare.study.netcdf import write_dataset
from localcare.study.store import MANIFEST, replacing
from localcare.study.validation import PartResult, RowResult, Validated
from localcare.verbs import report as verb


class _AnyName(dict):
    """One picture under every name."""

    def __init__(self, data):
        self._data = data

    def __missing__(self, name):
        return self._data

    def items(self):
        return [(figure.name, self._data) for figure in FIGURES]


@pytest.fixture
def folder(comparison, tmp_path, monkeypatch):
    """A comparison of the baseline and one policy in `both`; validation, which other tests hold,
    and figures, which take long, are
    small; the results hold what the headline needs."""
    parts = (PartResult("all", "under 5%", "2%", passed=True),)
    found = Validated((RowResult("beds", "validated", parts),), (), (), ())
    monkeypatch.setattr(verb, "run_validation", lambda *_: found)
    stream = io.BytesIO()
    Figure(figsize=(2, 1)).savefig(stream, format="png", dpi=20)
    monkeypatch.setattr(verb, "_drawings", lambda *_: [])
    monkeypatch.setattr(verb, "_draw", lambda *_: _AnyName(stream.getvalue()))
    kept = ["baseline", "acute"]
    scenarios = {name: comparison.manifest["scenarios"][name] for name in kept}
    told = {**comparison.manifest, "scenarios": scenarios}
    held = [name for name in comparison.dataset if name in NEEDS or name == "time_bnds"]
    both = Outcome(comparison.dataset.sel(scenario=kept)[held], told)
    with replacing(tmp_path / "both") as scratch:
        write_dataset(both.dataset, scratch / COMPARISON)
        (scratch / MANIFEST).write_text(to_json(told))
    return tmp_path / "both"


def test_a_report_is_written_in_the_formats_asked_for_and_not_over_another(say, folder):
    said = say("report", "both", "--format", "html,pptx")
    assert said.status == 0, said.err
    assert {path.name for path in folder.glob("report.*")} == {"report.html", "report.pptx"}
    assert said.out.startswith("By 2030 acute lowers beds needed most")
    (folder / "report.html").write_text("mine")
    again = say("report", "both")
    assert again.status == 2
    assert "report.html: is already there. Give --force" in again.err
    assert (folder / "report.html").read_text() == "mine"


@pytest.mark.parametrize("verb", ["report", "workbook"])
def test_a_folder_that_cannot_be_reported_on_says_what_to_do(say, folder, verb):
    said = say(verb, "nowhere")
    assert said.status == 2
    assert "is not a folder of localcare's results" in said.err
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "version": "0.0.1"}))
    said = say(verb, "both")
    assert said.status == 2
    assert "was made by localcare 0.0.1" in said.err
    assert "Run it again" in said.err
    (folder / MANIFEST).write_text(json.dumps({**manifest, "model_hash": "another"}))
    said = say(verb, "both")
    assert said.status == 2
    assert "is of another model" in said.err
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / COMPARISON).write_bytes(b"cut off")
    said = say(verb, "both")
    assert said.status == 2
    assert f"{COMPARISON}: cannot be read" in said.err
    assert not list(folder.glob("report.*"))
    assert not list(folder.glob("*.xlsx"))


@pytest.mark.parametrize("verb", ["report", "workbook"])
def test_results_of_another_model_without_its_measures_are_refused_or_told(say, teacup, verb):
    assert say("run", "--model", teacup, "--out", "tea").status == 0
    said = say(verb, "tea")
    assert said.status == 2
    assert "is of another model" in said.err


def test_a_format_that_there_is_not_is_named(say, folder):
    said = say("report", "both", "--format", "html,odt")
    assert said.status == 2
    assert "'odt' is not among html, docx, pptx" in said.err


def test_a_sensitivity_that_is_none_is_refused(say, folder):
    said = say("report", "both", "--sensitivity", "both")
    assert said.status == 2
    assert "holds no sensitivity analysis" in said.err
    assert "localcare sensitivity" in said.err


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("jinja2", ["report", "both"]),
        ("docx", ["report", "both", "--format", "docx"]),
        ("pptx", ["report", "both", "--format", "pptx"]),
        ("xlsxwriter", ["workbook", "both"]),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    say, folder, monkeypatch, module, words
):
    monkeypatch.setitem(sys.modules, module, None)
    said = say(*words)
    assert said.status == 2
    assert f"need {module}, which is not installed" in said.err
    assert "pip install 'localcare[report]'" in said.err


def test_the_command_of_a_report_repeats_its_run_to_the_bit(say, folder, tmp_path):
    assert say("run", "acute", "--step", "1/240", "--out", "first").status == 0
    from localcare.present.report.parts import Material
    from localcare.present.report.record import command
    from localcare.study.project import open_project

    first = json.loads((tmp_path / "first" / MANIFEST).read_text())
    words = shlex.split(command(Material(None, first, open_project(None), None, None)))
    assert words[0] == "localcare"
    assert say(*words[1:], "--out", "second").status == 0
    assert json.loads((tmp_path / "second" / MANIFEST).read_text())["run"] == first["run"]


def test_a_workbook_holds_real_tables_charts_and_the_numbers_of_the_summary(say, folder):
    assert say("workbook", "both").status == 0
    again = say("workbook", "both")
    assert again.status == 2
    assert "results.xlsx: is already there" in again.err
    first = (folder / "results.xlsx").read_bytes()
    assert say("workbook", "both", "--force").status == 0
    assert (folder / "results.xlsx").read_bytes() == first
    book = openpyxl.load_workbook(folder / "results.xlsx")
    assert book.sheetnames == [
        "Read me", "Scenarios", "Headline", "By year", "By area", "By financial year",
        "Assumptions", "Manifest",
    ]  # fmt: skip
    tables = {name for sheet in book for name in sheet.tables}
    assert {"scenarios", "by_year", "by_area", "by_financial_year", "assumptions"} <= tables
    assert len(book["Headline"]._charts) == len(book["Headline"].tables)
    letters = ("A", "B", "C")
    shown = [[cell for cell in row if isinstance(cell, float)]
             for row in book["Headline"].iter_cols(max_col=3, values_only=True)]  # fmt: skip
    for letter, numbers in zip(letters, shown, strict=True):
        longest = max((len(f"{number:,.3f}") for number in numbers), default=0)
        assert book["Headline"].column_dimensions[letter].width >= longest
    rows = list(book["By year"].iter_rows(values_only=True))
    at = {head: place for place, head in enumerate(rows[0])}
    value = next(
        row[at["value"]] for row in rows
        if (row[at["scenario"]], row[at["measure"]], row[at["year"]])
        == ("acute", "beds_needed", 2030)
    )  # fmt: skip
    from localcare.measures.catalogue import find, yearly
    from localcare.present.results import open_results

    beds = yearly(find("beds_needed"), open_results(folder), ())
    assert value == pytest.approx(float(beds.sel(scenario="acute", year=2030)))


def test_evidence_is_written_as_a_workbook_and_as_csv_that_excel_reads(say, tmp_path):
    quality = ("--quality", "measured")
    said = say("assumptions", *quality, "--xlsx", "e.xlsx", "--csv", "e.csv")
    assert said.status == 0, said.err
    data = (tmp_path / "e.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    told = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx")["Assumptions"]
    names = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert names == [row["variable"] for row in told]
    assert names
    assert {row["quality"] for row in told} == {"measured"}


def test_a_summary_opens_in_excel_with_its_signs_right(say, folder, tmp_path):
    assert say("run", "baseline", "--out", "alone").status == 0
    data = (tmp_path / "alone" / "summary.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert "title" in data.decode("utf-8-sig").splitlines()[0]

"""Reports and workbooks opened by the programs that readers open them with.

Needs Chromium, LibreOffice and axe-core (the package axe-core-python): without them these tests
fail, since a page that nobody opened is not known to work.
"""

import html
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest

from localcare.present.report.content import compose
from localcare.present.report.document import word_document
from localcare.present.report.page import web_page
from localcare.present.report.parts import Material
from localcare.present.report.slides import slide_deck
from localcare.present.style import picture, style
from localcare.present.workbook import results_workbook
from localcare.verbs.validate import run_validation

pytestmark = pytest.mark.long

#: Widths of a desk and of a phone, in CSS pixels.
WIDTHS = (1280, 390)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
#: What the audit leaves in the page for us to read.
AUDIT = """<script>%s</script><script>
addEventListener("load", async () => {
  const say = (id, told) => {
    const place = document.createElement("output");
    place.id = id;
    place.textContent = JSON.stringify(told);
    document.body.append(place);
  };
  const root = document.documentElement;
  const first = document.querySelector("table");
  const numbers = () => [...first.tBodies[0].rows].map(row => Number(row.cells[1].dataset.number));
  const before = numbers();
  const button = first.tHead.rows[0].cells[1].querySelector("button");
  button.click();
  const up = numbers();
  button.click();
  const down = numbers();
  const told = {before, up, down, overflow: root.scrollWidth - root.clientWidth};
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa",
                                                   "best-practice"]});
  told.passes = found.passes.length;
  told.violations = found.violations.map(each =>
    `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map(node => node.html.slice(0, 200))}`);
  say("told", told);
});
</script></body>"""


def _program(name):
    path = shutil.which(name)
    assert path, f"{name} is not installed: these tests open reports with it"
    return path


@pytest.fixture(scope="module")
def material(comparison, project):
    return Material(comparison.dataset, comparison.manifest, project,
                    run_validation(project, None, "kernel"), None)  # fmt: skip


@pytest.fixture(scope="module")
def report(material):
    return compose(material)


@pytest.fixture(scope="module")
def pictures(report):
    with style():
        return {
            each.name: picture(each.draw())
            for section in report.sections
            for each in section.pictures
        }


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_accessible_sorts_and_fits_its_width(width, report, pictures, tmp_path):
    chromium = _program("chromium")
    axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page = tmp_path / "report.html"
    page.write_text(web_page(report, pictures).replace("</body>", AUDIT % axe), encoding="utf-8")
    words = [chromium, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
             f"--window-size={width},900", "--virtual-time-budget=60000",
             page.as_uri()]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=True)
    found = re.search(r'<output id="told"[^>]*>(.*?)</output>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    told = json.loads(html.unescape(found[1]))
    assert told["violations"] == []
    assert told["passes"] > 20
    assert told["overflow"] <= 0
    assert told["before"] != sorted(told["before"])
    assert told["up"] == sorted(told["before"])
    assert told["down"] == told["up"][::-1]


def _converted(path: Path, kind: str, folder: Path) -> Path:
    """The file as LibreOffice converts it, which must find nothing to warn of."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [_program("soffice"), "--headless", profile, "--convert-to", kind, "--outdir",
             folder / "out", path]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=True)
    # Where no Java is installed LibreOffice says so at every start, whatever it opens.
    said = "\n".join(line for line in (done.stdout + done.stderr).splitlines()
                     if "javaldx" not in line and not line.startswith("convert "))  # fmt: skip
    assert not re.search(r"(?i)\b(warning|error|repair|corrupt)", said), said
    return folder / "out" / f"{path.stem}.{kind}"


def _pages(path: Path) -> list[str]:
    text = subprocess.run([_program("pdftotext"), "-layout", path, "-"], capture_output=True,
                          text=True, check=True).stdout  # fmt: skip
    return text.split("\f")[:-1]


def test_the_word_document_opens_with_every_heading_and_no_empty_page(report, pictures, tmp_path):
    path = tmp_path / "report.docx"
    path.write_bytes(word_document(report, pictures))
    pages = _pages(_converted(path, "pdf", tmp_path))
    whole = " ".join(" ".join(pages).split())
    for section in report.sections:
        assert section.heading in whole
    images = subprocess.run([_program("pdfimages"), "-list", tmp_path / "out" / "report.pdf"],
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert images.count(" image ") >= len(pictures)
    for each in (each for section in report.sections for each in section.pictures):
        assert " ".join(each.title.split()) in whole
    assert len(pages) < 60


def test_the_slides_open_as_a_page_each_with_title_and_source(report, pictures, tmp_path):
    path = tmp_path / "report.pptx"
    path.write_bytes(slide_deck(report, pictures))
    pages = [" ".join(page.split()) for page in _pages(_converted(path, "pdf", tmp_path))]
    figures = [each for section in report.sections for each in section.pictures]
    assert report.finding in pages[0]
    for page, each in zip(pages[1:], figures, strict=False):
        assert each.title in page
        assert "Open Government Licence" in page
    assert all(pages)


def test_the_workbook_opens_in_a_spreadsheet_with_its_numbers_and_charts(material, tmp_path):
    path = tmp_path / "results.xlsx"
    path.write_bytes(results_workbook(material.dataset, material.manifest, material.project))
    again = _converted(path, "ods", tmp_path)
    back = _converted(again, "xlsx", tmp_path / "back")
    first, second = openpyxl.load_workbook(path), openpyxl.load_workbook(back)
    assert second.sheetnames == first.sheetnames
    assert len(second["Headline"]._charts) == len(first["Headline"]._charts) > 0
    for name in ("By year", "Scenarios"):
        ours = list(first[name].iter_rows(min_row=2, values_only=True))
        theirs = list(second[name].iter_rows(min_row=2, values_only=True))
        assert len(theirs) == len(ours)
        for mine, their in zip(ours[:500], theirs, strict=False):
            assert [_plain(cell) for cell in their] == [_plain(cell) for cell in mine]


def _plain(cell):
    return f"{cell:.10g}" if isinstance(cell, (int, float)) else cell

"""A BibTeX file is read strictly, into references that can be printed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcare.model import bibliography
from localcare.problems import BadInput

GOOD = r"""Text outside entries is a remark.
@comment{so is this, whatever = it holds}

@article{friebel2019,
  author  = {Friebel, Rocco and Fisher, Rebecca},
  title   = {The {NHS} \& its beds: 2016--2019},
  journal = "Health \"Policy\" {Quarterly}",
  year    = 2019,
}
@TechReport(ons2020, institution={Office for National Statistics}, title={Deaths}, year={2020})
"""


def read(folder: Path, text: str) -> bibliography.Bibliography:
    path = folder / "references.bib"
    path.write_bytes(text.encode())
    return bibliography.read(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_entries_are_read_with_braces_quotes_and_escapes(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert list(found.by_key) == ["friebel2019", "ons2020"]
    assert found.by_key["friebel2019"].title == "The NHS & its beds: 2016\N{EN DASH}2019"
    assert found.by_key["friebel2019"].line == 4
    assert str(found.by_key["ons2020"]) == "Office for National Statistics (2020), Deaths"


@pytest.mark.parametrize(
    ("author", "printed"),
    [
        ("Friebel, Rocco", "Friebel (1), T"),
        ("Friebel, Rocco and Fisher, Rebecca", "Friebel and Fisher (1), T"),
        ("Walsh, B. and\nFogg, C. and de Lusignan, S.", "Walsh and others (1), T"),
        ("Walsh, B. and others", "Walsh and others (1), T"),
        (
            "{Ministry of Housing, Communities and Local Government}",
            "Ministry of Housing, Communities and Local",
        ),
        ("{NHS Digital and NHS England} and {ONS}", "NHS Digital and NHS England and ONS (1), T"),
    ],
)
def test_authors_are_printed_as_a_reader_names_them(
    tmp_path: Path, author: str, printed: str
) -> None:
    found = read(tmp_path, f"@book{{a, author={{{author}}}, title={{T}}, year=1}}").by_key["a"]
    assert str(found).startswith(printed)


def test_crlf_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    plain = read(tmp_path, GOOD).references
    assert read(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n")).references == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@book{a, author={A}, title={T}}", "references.bib:1: a: the entry has no year."),
        ("\n@book{a, title={T}, year=1999}", "references.bib:2: a: the entry has no author."),
        ("@book{author={A}}", "references.bib:1: the entry has no key followed by a comma."),
        ("@book{a, title={T}", 'references.bib:1: "a": the entry is not closed.'),
        ("@book{a, title={T}, 7}", 'references.bib:1: "a": here a field'),
        ("@book{a,\ntitle={T, year=1999", 'references.bib:2: "a": the value is not closed.'),
        ("@book{a, title={T} year=1999}", 'references.bib:1: "a": a comma is missing'),
        ("@book{a, title={T}, title={U}}", 'references.bib:1: "a": the field "title" is there'),
        ("@book{a, title=short}", 'references.bib:1: "a": a value stands in braces or quotes.'),
        ("@string{nhs = {National}}", "references.bib:1: @string is not read here"),
        ("no entry at all", "references.bib: there is no BibTeX entry in it."),
    ],
)
def test_a_malformed_entry_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    found = faults(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_all_faults_are_told_at_once_and_a_repeated_key_is_one(tmp_path: Path) -> None:
    text = GOOD + "@book{ons2020, author={A}, title={T}}\n@book{x title={T}}\n@misc{y, title={T}}\n"
    assert faults(tmp_path, text) == [
        "references.bib:11: ons2020: the entry has no year.",
        "references.bib:11: ons2020: line 10 has this key already.",
        "references.bib:12: the entry has no key followed by a comma.",
        "references.bib:13: y: the entry has no year.",
        "references.bib:13: y: the entry has no author.",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(alphabet='@book{a,}()="\\\n1', max_size=60))
def test_any_text_is_a_bibliography_or_is_refused(tmp_path: Path, text: str) -> None:
    try:
        found = read(tmp_path, GOOD + text)
    except BadInput:
        return
    assert len(found.references) >= 2

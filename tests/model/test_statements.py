"""A model file is cut into statements whatever its line ends, encoding, remarks and quotes."""

import codecs

import pytest

from localcare.model import load
from localcare.problems import BadInput

TEXT = """{UTF-8}
********************************************************
\t.beds and staff
********************************************************~
\t\tWhat hospitals have.
\t|

beds = {of all wards} INTEG( opened - \\
\t\tclosed, 40)
\t~\tbed [0,?]
\t~\tBeds open, \\
\t\tday and night.
\t|

opened = 3 ~ bed/Year ~|
closed = 2 ~ bed/Year [?, 10, 0.5] ~ Closed. ~ :SUPPLEMENTARY |
********************************************************
\t.Control
********************************************************~
\t|
INITIAL TIME = 2019 ~ Year ~|
FINAL TIME = 2020 ~ Year ~|
TIME STEP = 1/120 ~ Year ~|
SAVEPER = 1/12 ~ Year ~|
\\\\\\---/// Sketch information - do not modify anything except names
V300  ~ nothing of this | is "read
"""


def loaded(tmp_path, data):
    path = tmp_path / "small.mdl"
    path.write_bytes(data)
    return load(path, cache=False)


def test_fields_of_a_statement_become_the_variable(tmp_path):
    spec = loaded(tmp_path, TEXT.encode())
    beds, opened, closed = spec.variables
    assert (beds.line, opened.line, closed.line) == (8, 15, 16)
    assert beds.units == "bed"
    assert beds.limits == (0, None)
    assert beds.doc == "Beds open, day and night."
    assert {each.group for each in spec.variables} == {"beds and staff"}
    assert closed.limits == (None, 10)
    assert [each.supplementary for each in spec.variables] == [False, False, True]
    assert (spec.name, spec.file) == ("small", "small.mdl")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: codecs.BOM_UTF8 + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: codecs.BOM_UTF8 + data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"{UTF-8}", b"{nobody knows}"),
    ],
)
def test_a_mark_and_other_line_ends_change_nothing(tmp_path, change):
    plain, changed = (loaded(tmp_path, data) for data in (TEXT.encode(), change(TEXT.encode())))
    assert changed.variables == plain.variables
    assert changed.order == plain.order


@pytest.mark.parametrize(("head", "encoding"), [("{cp1252}", "cp1252"), ("", "cp1252")])
def test_older_encodings_are_read(tmp_path, head, encoding):
    text = TEXT.replace("{UTF-8}", head).replace("opened", "geöffnet")
    spec = loaded(tmp_path, text.encode(encoding))
    assert "geöffnet" in spec.by_identifier


def test_names_in_quotes_may_hold_the_marks_of_the_format(model):
    spec = model(
        """
        "A&E | visits ~ (of \\"all\\")" = 3 ~ contact ~ |
        twice = "A&E | visits ~ (of \\"all\\")" * 2 ~ contact ~ |
        """
    )
    name = spec.variables[0].name
    assert name == 'A&E | visits ~ (of "all")'
    assert spec.variables[1].components[0].expression.arguments[0].variable == "a_e_visits_of_all"


def test_two_names_that_differ_only_in_other_characters_get_two_identifiers(model):
    spec = model(
        """
        "beds (day)" = 3 ~ bed ~ |
        "beds [day]" = 4 ~ bed ~ |
        """
    )
    assert [each.identifier for each in spec.variables] == ["beds_day", "beds_day_2"]


def test_what_follows_the_last_complete_statement_is_not_lost(tmp_path):
    cut = TEXT.encode()[: TEXT.index("TIME STEP") + 12]
    with pytest.raises(BadInput, match=r"TIME STEP.*cut off"):
        loaded(tmp_path, cut)


def test_the_hash_changes_with_the_file_and_with_each_table(model):
    text = "beds = GET DIRECT CONSTANTS('beds.csv', ',', 'A1') ~ bed ~ |"
    first = model(text, {"beds.csv": "5\n"})
    assert model(text, {"beds.csv": "5\n"}).hash == first.hash
    assert model(text, {"beds.csv": "6\n"}).hash != first.hash
    assert model(text + "\n", {"beds.csv": "5\n"}, final=5).hash != first.hash


@pytest.mark.parametrize(
    ("units", "limits"),
    [("bed [0,]", (0, None)), ("bed [,9]", (None, 9)), ("bed [?, 9, 0.5]", (None, 9))],
)
def test_a_limit_that_is_left_out_is_none(tmp_path, units, limits):
    spec = loaded(tmp_path, TEXT.replace("bed [0,?]", units, 1).encode())
    assert spec.variables[0].limits == limits
    assert spec.variables[0].units == "bed"

"""What a YAML file is read as, before anything is known of scenarios."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcare.problems import BadInput
from localcare.scenario.document import LARGEST, line_of, parse, plain, read


def value_of(text):
    return plain(parse(f"key: {text}", "here.yaml"))["key"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-04-01", "2026-04-01"),
        ("2026/27", "2026/27"),
        ("2026.25", 2026.25),
        ("12", 12),
        ("-1e3", -1000.0),
        ("'12'", "12"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        ("", None),
        (".inf", math.inf),
        ("0x10", "0x10"),
        ("[a, 1]", ("a", 1)),
        ("{b: {c: 2}}", {"b": {"c": 2}}),
    ],
)
def test_scalars_follow_yaml_1_2_and_dates_stay_text(text, value):
    assert value_of(text) == value


def test_keys_are_text_as_written():
    assert plain(parse("2026: 1\n2026/27: 2\ntrue: 3", "f")) == {"2026": 1, "2026/27": 2, "true": 3}


def test_every_value_knows_its_line():
    tree = parse("a: 1\nb:\n  - c: 2\n    d: 3\n  - 4\n", "f")
    assert line_of(tree, "a") == 1
    assert line_of(tree, "b", 0, "d") == 4
    assert line_of(tree, "b", 1) == 5
    assert line_of(tree, "b", 0, "no such key") == 3


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfname: caf\xc3\xa9\nlist: [1, 2]\n",
        b"name: caf\xc3\xa9\r\nlist:\r\n- 1\r\n- 2\r\n",
        b"\xef\xbb\xbf# a comment\r\n\r\nname: caf\xc3\xa9\r\nlist: [1,\r\n  2]\r\n",
    ],
    ids=["byte-order mark", "Windows line ends", "both"],
)
def test_what_editors_leave_behind_changes_nothing(tmp_path, raw):
    path = tmp_path / "a.yaml"
    path.write_bytes(raw)
    assert plain(read(path)[0]) == {"name": "café", "list": (1, 2)}


def test_a_file_that_would_grow_without_bound_is_refused_at_its_first_alias(tmp_path):
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(levels))
    begun = time.process_time()
    with pytest.raises(BadInput, match=r"bomb.yaml:2: the alias \*a0 is not allowed"):
        read(path)
    assert time.process_time() - begun < 10


def test_a_deeply_nested_file_is_refused_without_reading_it_all(tmp_path):
    path = tmp_path / "deep.yaml"
    path.write_text("a: " + "[" * 200_000)
    begun = time.process_time()
    with pytest.raises(BadInput, match="nested more than"):
        read(path)
    assert time.process_time() - begun < 10


def test_a_large_file_is_refused_without_reading_it_all(tmp_path):
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(50 * LARGEST)
    with pytest.raises(BadInput, match="larger than 256 KiB"):
        read(path)


@pytest.mark.parametrize(
    ("name", "why"), [(".", "is a folder"), ("none.yaml", "no such file"), ("pipe", "ordinary")]
)
def test_what_is_no_file_is_named(tmp_path, name, why):
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match=why):
        read(tmp_path / name)


def test_a_name_too_long_for_the_file_system_is_no_traceback(tmp_path):
    with pytest.raises(BadInput):
        read(tmp_path / ("x" * 5000))


def in_words(act) -> bool:
    """Whether it succeeds, or fails with problems that say why."""
    try:
        act()
    except BadInput as refused:
        return bool(refused.problems) and all(each.why for each in refused.problems)
    return True


PARTS = [
    "name: ",
    "a",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\n",
    "  ",
    "*x ",
    "&x ",
    "!!int ",
    "1",
    "%",
    "'",
    '"',
    "#",
    "?",
    "--- ",
    "\t",
    "<<: ",
    "2026/27",
    ": ",
]


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PARTS)).map("".join)))
def test_any_text_is_read_or_refused_in_words(text):
    assert in_words(lambda: plain(parse(text, "any.yaml")))


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=80))
def test_any_file_is_read_or_refused_in_words(raw, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(raw)
    assert in_words(lambda: read(path))

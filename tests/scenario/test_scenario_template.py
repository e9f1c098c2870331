"""What `localcare new` writes says what its parent does, to the bit, and names every lever."""

import re

import numpy as np
import pytest

from localcare.problems import BadInput
from localcare.scenario import load
from localcare.scenario.document import parse, plain
from localcare.scenario.template import check_name, template
from localcare.scenario.yaml_text import entry

LEVERS = """
levers:
  - lever: Virtual ward places
    target: {East Kent: 30, West Kent: 0.1}
    unit: place
    start: 2026-04-10
    ramp: 7 months
    note: "A colon: here"
  - {lever: Recruits, add: 0.1, unit: FTE/Year, start: 2024/25, elements: {system: West Kent}}
  - {lever: Recruits, factor: 1.7, start: 2024.3, systems: [East Kent],
     rollout: {trailblazers: [mild], over: 5 months}}
"""
CONSTANTS = """
constants:
  Real recovery share: 0.1
  discount rate: {value: 0.015, beyond_range: the Treasury's rate for health}
  hours per contact: {factor: 1.1, systems: [West Kent]}
"""
SERIES = """
series:
  home care supply: [{years: {2026/27: 150, 2027/28: 160}, unit: hour/Year, systems: [East Kent]},
                     {years: {2025: 230}, systems: [West Kent]}]
  same day care share: {2026/27: 0.31, 2027/28: 0.4}
"""


def assert_same(spec, one, other):
    """The same overrides, to the bit."""
    a, b = one.overrides(spec), other.overrides(spec)
    assert a.constants.keys() == b.constants.keys()
    assert a.paths.keys() == b.paths.keys()
    assert a.constants or a.paths
    for name, value in a.constants.items():
        assert np.asarray(value).tobytes() == np.asarray(b.constants[name]).tobytes(), name
    for name, path in a.paths.items():
        assert path.times.tobytes() == b.paths[name].times.tobytes(), name
        assert path.values.tobytes() == b.paths[name].values.tobytes(), name


@pytest.fixture
def begun(known, levers, tmp_path):
    """The scenario that a template of a parent resolves to, with the template's text."""

    def new(parent):
        text = template("mine", parent, known, levers)
        (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
        return load("mine", known, folder=tmp_path), text

    return new


@pytest.mark.parametrize(
    "body",
    [LEVERS, CONSTANTS, SERIES, LEVERS + CONSTANTS + SERIES],
    ids=["levers", "constants", "series", "all"],
)
def test_a_template_does_what_its_parent_does(spec, resolve, begun, body):
    parent = resolve(body, "parent")
    child, _ = begun(parent)
    assert_same(spec, parent, child)
    assert [each.note for each in child.settings] == [each.note for each in parent.settings]


def test_what_a_parent_inherits_is_written_out_and_what_it_replaces_is_not(
    spec, known, write, begun, tmp_path
):
    write("one", "constants: {hours per contact: {value: 1.1, elements: {frailty: [fit]},"
                 " systems: [East Kent]}}\n" + LEVERS)  # fmt: skip
    write("two", "constants: {Hours_per_contact: {factor: 0.9, systems: [West Kent]}}\n")
    write("parent", "extends: [one, two]\nreplaces: [Recruits]\n")
    parent = load("parent", known, folder=tmp_path)
    child, text = begun(parent)
    assert_same(spec, parent, child)
    assert child.extends == ()
    assert "- lever: Recruits" in text
    assert "\n  - lever: Recruits" not in text


def test_every_lever_stands_there_with_unit_range_layer_dimensions_and_value(begun, resolve):
    _, text = begun(resolve("", "parent"))
    words = " ".join(text.replace("#", " ").split())
    assert "virtual ward places (neighbourhood layer, by system)" in words
    assert "From 0 to 400 place; 10 to 20 place in 2019. pulls it" in words
    assert "same day care share (neighbourhood layer, a number without unit)" in words
    assert "From 0 to 0.6; 0.3 in 2019." in words
    assert "system: East Kent, West Kent." in words


def test_every_commented_lever_is_a_setting_once_its_mark_is_gone(
    known, levers, begun, resolve, tmp_path
):
    _, text = begun(resolve("", "parent"))
    bare = re.sub(r"^  # (- lever:|  (?:target|factor|unit|start|ramp|elements):)", r"  \1", text,
                  flags=re.MULTILINE)  # fmt: skip
    (tmp_path / "mine.yaml").write_text(bare)
    scenario = load("mine", known, folder=tmp_path)
    assert {each.name for each in scenario.settings} == {row.variable for row in levers}
    for setting in scenario.settings:
        assert all(len(set(course.values)) == 1 for course in setting.courses), setting.name


@pytest.mark.parametrize("name", ["", "My Policy", "a--b", "-a", "x.yaml", "a/b", "../a", "a" * 61])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(BadInput, match="small letters, digits and hyphens"):
        check_name(name)


def test_a_name_close_to_one_that_can_be_is_told():
    with pytest.raises(BadInput, match='"my-policy" would do'):
        check_name("My Policy.yaml")


@pytest.mark.parametrize(
    "value",
    [
        "plain", "true", "null", "1e5", "2026/27", "2026-04-10", "a: b", "a #b", "- a", "[a]", "",
        " a", "a\nb\n", "a\nb", "a\n\nb", "x " * 80, "long " * 40 + "end", "long " * 40 + "end\n",
        "\u0085\u2028", 'say "no"', "it's", "\U0001f600", "tab\there", "end:", "%a", "a\n b", "~",
        0.1, 1e-9, 3, 1e300, -0.0, {}, {"a": {"b": 1, "true": "x, y"}}, ("a, b", "c"),
        {f"an element of a long name {i}": {"inner": i / 7} for i in range(9)},
        tuple(f"Folkestone and Hythe {i}" for i in range(12)),
        tuple(f"a: {i}" * 9 for i in range(9)),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_values_are_read_back_as_they_were_written(value):
    text = "\n".join(["x:", *entry("key", value, 2), *entry("next", 1, 2)]) + "\n"
    assert plain(parse(text, "x.yaml")) == {"x": {"key": value, "next": 1}}

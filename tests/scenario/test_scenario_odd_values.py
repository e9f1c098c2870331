"""No value in any place of a scenario leads to anything but a message."""

import pytest

from localcare.problems import BadInput
from localcare.scenario import load

WHOLE = {
    "name": "mine",
    "title": "A title",
    "rationale": "Because.",
    "sources": "[walsh2023]",
    "extends": "parent",
    "replaces": "[same day care share]",
    "levers": "[]",
    "constants": "{}",
    "series": "{}",
}
LEVER = {
    "lever": "proactive care reach",
    "target": "0.3",
    "unit": "Dmnl",
    "start": "2026/27",
    "ramp": "1 year",
    "places": "[Dover, Thanet]",
    "rollout": "{trailblazers: [Dover], over: 9 months}",
    "note": "why",
}
ODD = [
    "", "~", "true", "3", "-1.5", ".nan", "1e999", "word", "''", "[]", "{}", "[[]]", "[1, x]",
    "{a: 1}", "{a: {b: [c]}}", "2026-04-01", "2026/27", "[{a: 1}]", "{lever: 1}", "{years: 1}",
    "{value: x}", "{2026: x}", "[~]", "{'': 1}", "{a: ~}", "99999999999999999999999",
    "0001-01-01", "9999/00",
]  # fmt: skip
NO_LEVER: dict[str, str] = {}


def text_of(whole: dict[str, str], lever: dict[str, str]) -> str:
    body = "".join(f"{key}: {value}\n" for key, value in whole.items() if key != "levers")
    inner = ", ".join(f"{key}: {value}" for key, value in lever.items())
    return body + f"levers: {whole['levers'] if lever is NO_LEVER else f'[{{{inner}}}]'}\n"


@pytest.fixture
def held(write, known, tmp_path):
    """Whether a text loads, or is refused with problems that say why and never where it is not."""
    share = "{lever: same day care share, target: 0.4, unit: Dmnl, start: 2026/27}"
    write("parent", f"levers: [{share}]")

    def check(text: str) -> bool:
        try:
            load(write("mine", text, head=False), known, folder=tmp_path)
        except BadInput as refused:
            lines = text.count("\n")
            return all(each.why and (each.line or 1) <= lines for each in refused.problems)
        return True

    return check


def test_the_whole_is_sound(write, known, tmp_path, held):
    assert held(text_of(WHOLE, LEVER))
    assert load("mine", known, folder=tmp_path).settings[0].variable == "proactive_care_reach"


@pytest.mark.parametrize("key", WHOLE)
def test_any_value_of_any_key_is_read_or_refused_in_words(key, held):
    for odd in ODD:
        assert held(text_of(WHOLE | {key: odd}, NO_LEVER)), odd


@pytest.mark.parametrize("key", [*LEVER, "factor", "add", "systems", "elements"])
def test_any_value_of_any_key_of_a_lever_is_read_or_refused_in_words(key, held):
    for odd in ODD:
        assert held(text_of(WHOLE, LEVER | {key: odd})), odd


@pytest.mark.parametrize("section", ["constants", "series"])
@pytest.mark.parametrize("key", ["value", "factor", "years", "unit", "places", "elements", "note"])
def test_any_value_of_any_key_of_a_constant_or_series_is_read_or_refused_in_words(
    section, key, held
):
    for odd in ODD:
        inner = f"{{proactive care reach: {{{key}: {odd}}}, hours per contact: {odd}}}"
        assert held(text_of(WHOLE | {section: inner}, NO_LEVER)), odd

"""Settings from the command line: `--set "NAME=VALUE"`.

In: the text. Out: the same `Setting` as an entry of `constants:` in a scenario file gives, checked
in the same way: a constant, or a lever, set outright for the whole run.

    --set "real recovery share=0.3"
    --set "virtual ward places=120 place"
    --set "virtual ward places[East Kent]=120"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from localcare.problems import BadInput, Problem
from localcare.scenario import resolve
from localcare.scenario.catalogue import Catalogue
from localcare.scenario.document import Scalar
from localcare.scenario.draft import Located
from localcare.scenario.scenario import Setting
from localcare.scenario.schema import Amount, ConstantEntry

__all__ = ["OPTION", "parse_setting", "parse_settings"]

OPTION = "--set"

_SETTING = re.compile(r"\s*(?P<name>[^\[\]]*?)\s*(\[(?P<elements>[^\[\]]*)\])?\s*")
_VALUE = re.compile(r"\s*(?P<number>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)(?P<unit>.*)", re.DOTALL)
_FORM = 'Write it like --set "real recovery share=0.3", or "name[element]=0.3" for one element.'


def parse_setting(text: str, known: Catalogue) -> Setting:
    """The setting that one `NAME=VALUE` asks for, of the inputs in `known`. Raises BadInput."""
    left, equals, right = text.rpartition("=")
    named = _SETTING.fullmatch(left)
    if not equals or named is None or not named["name"]:
        raise BadInput(Problem(f'"{text}" is not NAME=VALUE.', _FORM, OPTION))
    name = named["name"].strip('"')
    valued = _VALUE.fullmatch(right)
    if valued is None:
        shown = right.strip()
        why = f'the text "{shown}" where a number belongs.' if shown else "says no number."
        raise BadInput(Problem(why, _FORM, OPTION, None, name))
    written = named["elements"]
    elements = () if written is None else tuple(part.strip() for part in written.split(","))
    unit = valued["unit"].strip() or None
    amount = Amount(((elements, float(valued["number"])),))
    entry = ConstantEntry.model_construct(None, unit=unit, value=amount)
    setting, problems = resolve.constant(Located(name, entry, Scalar(None, 0), OPTION, 0), known)
    if setting is None:
        raise BadInput([_on_one_line(each) for each in problems])
    return replace(setting, section=OPTION, file=f'{OPTION} "{text}"', line=None)


def parse_settings(texts: Iterable[str], known: Catalogue) -> tuple[Setting, ...]:
    """The settings of every `--set`; no two may set the same thing. Raises BadInput with every
    problem."""
    settings: list[Setting] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            setting = parse_setting(text, known)
        except BadInput as bad:
            problems.extend(bad.problems)
            continue
        for first in settings:
            if first.variable == setting.variable and set(first.positions) & set(setting.positions):
                why = f"is set twice, by {first.file} and {setting.file}."
                problems.append(Problem(why, "Keep one.", OPTION, None, setting.name))
        settings.append(setting)
    if problems:
        raise BadInput(problems)
    return tuple(settings)


def _on_one_line(problem: Problem) -> Problem:
    return replace(problem, line=None)

"""Every broken scenario is refused with the messages its last lines tell, and no others."""

from dataclasses import replace
from pathlib import Path

import pytest

from localcare.problems import BadInput
from localcare.scenario import load

FOLDER = Path(__file__).parents[1] / "broken" / "scenarios"
SAYS = "# says "
#: What cannot stand in the file itself.
TOLD_HERE = {
    "truncated": [
        (
            "truncated.yaml:3: is not YAML: found unexpected end of stream. Indent with spaces, "
            "write `key: value`, and put text with a colon in quotes."
        )
    ],
    "empty": ["empty.yaml: is empty. A scenario needs at least `name:` and `title:`."],
    "binary": ["binary.yaml: is a binary file, not text. Name a .yaml file."],
    "latin": ["latin.yaml:2: is not UTF-8 text. Save the file as UTF-8."],
}
#: Whole scenarios, which the broken ones extend.
SOUND = ("sound", "also-sound")
BROKEN = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem not in SOUND)


def told(name: str) -> list[str]:
    if name in TOLD_HERE:
        return TOLD_HERE[name]
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(SAYS) for line in lines if line.startswith(SAYS)]


@pytest.mark.parametrize("name", BROKEN)
def test_is_refused_with_the_messages_it_tells(name, known):
    with pytest.raises(BadInput) as refused:
        load(FOLDER / f"{name}.yaml", known, folder=FOLDER, references={"walsh2023"})
    said = [str(replace(each, file=Path(each.file).name)) for each in refused.value.problems]
    assert said == told(name)
    assert said


@pytest.mark.parametrize("name", SOUND)
def test_what_the_broken_ones_extend_is_sound(name, known):
    assert load(name, known, folder=FOLDER).settings

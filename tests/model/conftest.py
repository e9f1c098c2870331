"""Small models, written as text where they are tested."""

import textwrap

import pytest

from localcare.model import load

CONTROL = """
INITIAL TIME = {initial} ~ Year ~ |
FINAL TIME = {final} ~ Year ~ |
TIME STEP = {step} ~ Year ~ |
SAVEPER = {saveper} ~ Year ~ |
"""


@pytest.fixture
def model(tmp_path):
    """A function that writes equations (and tables, by name) to a file and loads it."""

    def write(text, tables=None, *, initial=0, final=4, step=0.125, saveper=1, cache=False):
        for name, cells in (tables or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(cells).lstrip("\n"), encoding="utf-8")
        control = CONTROL.format(initial=initial, final=final, step=step, saveper=saveper)
        path = tmp_path / "small.mdl"
        path.write_text("{UTF-8}\n" + textwrap.dedent(text).strip() + "\n" + control, "utf-8")
        return load(path, cache=cache)

    return write

"""The bar of a long job: on a terminal, unless quiet."""

import io

import pytest
from rich.console import Console

from localcare.present.progress import progress_bar


def drawn(*, terminal, quiet):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100)
    with progress_bar(quiet=quiet, console=console) as tell:
        for done in range(5):
            tell("running members", done, 4)
        tell("summarising", 1, 1)
    return out.getvalue()


def test_a_terminal_shows_what_is_done_and_the_time():
    text = drawn(terminal=True, quiet=False)
    for words in ("running members", "4/4", "summarising", "0:00:0"):
        assert words in text


@pytest.mark.parametrize(("terminal", "quiet"), [(True, True), (False, False), (False, True)])
def test_quiet_and_files_show_nothing(terminal, quiet):
    assert drawn(terminal=terminal, quiet=quiet) == ""

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
def test_quiet_and_files_of_short_jobs_show_nothing(terminal, quiet):
    assert drawn(terminal=terminal, quiet=quiet) == ""


def test_a_log_has_a_line_a_minute_with_the_time_left():
    out = io.StringIO()
    seconds = iter([0, 30, 90, 100, 150, 230, 400])
    with progress_bar(console=Console(file=out), clock=lambda: next(seconds)) as tell:
        # half of it was there from a run that was interrupted
        for done in (5_000, 5_500, 6_000, 6_100, 7_500, 9_000, 10_000):
            tell("running members", done, 10_000)
    assert out.getvalue().splitlines() == [
        "running members: 6,000 of 10,000, about 0:06:00 left",
        "running members: 7,500 of 10,000, about 0:02:30 left",
        "running members: 9,000 of 10,000, about 0:00:58 left",
    ]

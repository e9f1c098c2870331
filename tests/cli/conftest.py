"""Running the command line inside the test process, and a comparison that many tests read."""

import dataclasses

import pytest

from localcare.cli import main


@dataclasses.dataclass(frozen=True)
class Said:
    """What one command came to."""

    status: int
    out: str
    err: str


@pytest.fixture
def say(capsys, monkeypatch, tmp_path):
    """Run one command in an empty folder: `say("run", "baseline")`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words):
        capsys.readouterr()
        status = 0
        try:
            main([str(word) for word in words])
        except SystemExit as stop:
            status = stop.code or 0
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Said(status, captured.out, captured.err)

    return run


TEACUP = """{UTF-8}
temperature = INTEG(-cooling, 180)
\t~\tdegree\t~\tOf the tea.\t|
cooling = (temperature - room) / time to cool
\t~\tdegree/Minute\t~\tNewton's law.\t|
room = 70
\t~\tdegree\t~\tOf the air.\t|
time to cool = 10
\t~\tMinute\t~\tConstant of time.\t|
INITIAL TIME = 0
\t~\tMinute\t~\t|
FINAL TIME = 30
\t~\tMinute\t~\t|
TIME STEP = 0.125
\t~\tMinute\t~\t|
SAVEPER = 1
\t~\tMinute\t~\t|
"""


@pytest.fixture
def teacup(tmp_path):
    """A small model that is not ours."""
    path = tmp_path / "teacup.mdl"
    path.write_text(TEACUP)
    return path

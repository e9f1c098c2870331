"""Models written as Vensim text, run by our engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from localcare.engine import Batch, Overrides, Run, run
from localcare.engine.schedule import Method
from localcare.model import ModelSpec, load

Simulate = Callable[..., Run]

CONTROL = """
INITIAL TIME = 0 ~~|
FINAL TIME = {final} ~~|
TIME STEP = {step} ~~|
SAVEPER = {saveper} ~~|
"""


@pytest.fixture
def simulate(tmp_path: Path) -> Simulate:
    """Run equations from time 0 to `final`, saved as points every `saveper`."""
    loaded: dict[str, ModelSpec] = {}

    def run_equations(
        equations: str, *, final: float, step: float, saveper: float, method: Method = "rk4"
    ) -> Run:
        text = "{UTF-8}\n" + equations + CONTROL.format(final=final, step=saveper, saveper=saveper)
        if text not in loaded:
            path = tmp_path / f"model{len(loaded)}.mdl"
            path.write_text(text, encoding="utf-8")
            loaded[text] = load(path, cache=False)
        spec = loaded[text]
        return run(spec, Batch.of(spec, [Overrides()]), method=method, step=step, points=True)

    return run_equations

"""What `run` and `compare` share: options from words, and simulating with something to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from localcare.engine import Engine, Method
from localcare.engine.failure import SimulationError
from localcare.present.console import Terminal
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.scenario import Scenario
from localcare.study.comparison import Outcome, simulate
from localcare.study.meanwhile import importing
from localcare.study.project import Project

__all__ = ["DRAWING", "WRITING", "Options", "read_step", "run_scenarios"]

#: What writing results and drawing figures import first.
WRITING = ("h5netcdf",)
DRAWING = ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg")


@dataclass(frozen=True)
class Options:
    """The options of the command line, as given."""

    model: Path | None
    settings: tuple[str, ...]
    engine: Engine
    method: Method
    step: str | None
    quiet: bool
    seed: int | None = None


def read_step(text: str | None) -> float | None:
    """A step in the model's unit of time from text: a decimal, or a fraction such as 1/240."""
    if text is None:
        return None
    try:
        step = float(Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        cure = "Give a number or a fraction, such as 1/240."
        raise BadInput(Problem(f"{text!r} is not a step.", cure, key="--step")) from error
    if step <= 0:
        raise BadInput(Problem("must be above zero.", "Give 1/240, say.", key="--step"))
    return step


def run_scenarios(
    project: Project,
    scenarios: Sequence[Scenario],
    options: Options,
    terminal: Terminal,
    needed: Sequence[str] = (),
    *,
    grid: Mapping[str, Any] | None = None,
) -> Outcome:
    """Simulate, with a spinner on a terminal, and import the modules `needed` next meanwhile;
    `grid` goes into the manifest. Raises CheckFailed, naming the scenario, where a run must stop.
    """
    step = read_step(options.step)
    count = len(scenarios)
    what = "1 scenario" if count == 1 else f"{count} scenarios"
    with terminal.busy(f"Running {what} of {project.spec.file}"), importing("xarray", *needed):
        try:
            return simulate(
                project,
                scenarios,
                engine=options.engine,
                method=options.method,
                step=step,
                seed=options.seed,
                settings=options.settings,
                grid=grid,
            )
        except SimulationError as stop:
            raise CheckFailed(
                f"{scenarios[stop.member].name}: {stop} Try a shorter --step, or look at what the "
                "scenario and --set change."
            ) from stop

"""Engines: a model and a batch of overrides in, arrays over time and member out."""

from localcare.engine.failure import SimulationError
from localcare.engine.inputs import Batch, Overrides, Path
from localcare.engine.run import Engine, Run, run
from localcare.engine.schedule import Method
from localcare.engine.state import State

__all__ = [
    "Batch",
    "Engine",
    "Method",
    "Overrides",
    "Path",
    "Run",
    "SimulationError",
    "State",
    "run",
]

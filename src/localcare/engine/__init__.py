"""Engines: a model and a batch of overrides in, arrays over time and member out."""

from localcare.engine.failure import SimulationError
from localcare.engine.inputs import Batch, Overrides, Path
from localcare.engine.run import Run, run

__all__ = ["Batch", "Overrides", "Path", "Run", "SimulationError", "run"]

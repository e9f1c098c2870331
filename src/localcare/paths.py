"""Where the shipped models and scenarios lie: beside the sources in a clone, inside an installed
wheel otherwise."""

from __future__ import annotations

from pathlib import Path

from localcare.problems import BadInput, Problem

__all__ = ["MODEL", "RESULTS", "figures_folder", "models_folder", "scenarios_folder"]

#: The model that is run unless another is named.
MODEL = "kent_medway.mdl"

#: Where results go unless --out says otherwise: under the folder the command is given in.
RESULTS = Path("results")

_PACKAGE = Path(__file__).resolve().parent


def models_folder() -> Path:
    """The folder of the shipped models."""
    return _shipped("models")


def scenarios_folder() -> Path:
    """The folder of the shipped scenarios."""
    return _shipped("scenarios")


def figures_folder() -> Path:
    """The folder of the shipped comparison's figures, in a clone. Raises BadInput elsewhere."""
    clone = _PACKAGE.parents[1]
    if not (clone / "pyproject.toml").is_file():
        raise BadInput(Problem("there is no clone here whose figures/ could be refreshed."))
    return clone / "figures"


def _shipped(name: str) -> Path:
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name

"""Where the shipped models and scenarios lie: beside the sources in a clone, inside an installed
wheel otherwise."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MODEL", "models_folder", "scenarios_folder"]

#: The model that is run unless another is named.
MODEL = "kent_medway.mdl"

_PACKAGE = Path(__file__).resolve().parent


def models_folder() -> Path:
    """The folder of the shipped models."""
    return _shipped("models")


def scenarios_folder() -> Path:
    """The folder of the shipped scenarios."""
    return _shipped("scenarios")


def _shipped(name: str) -> Path:
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name

"""Libraries that only reports need, imported when one is made."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from localcare.problems import BadInput, Problem

__all__ = ["needed"]


def needed(module: str) -> Any:
    """The module, or BadInput with the command that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        why = f"reports need {module.split('.', maxsplit=1)[0]}, which is not installed."
        cure = "Install it with `pip install 'localcare[report]'`."
        raise BadInput(Problem(why, cure, key="report")) from error

"""localcare: a stock-and-flow model of health and care in Kent and Medway, and what runs it.

As a library:

    import localcare
    model = localcare.load("model.mdl")
    results = model.run(members=1000, overrides={...}, series={...})

Nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcare.library import Model, load, open_ensemble
    from localcare.planner import compare, draw, drivers, figure, measure, open_results
    from localcare.problems import BadInput

    __version__: str

__all__ = [
    "BadInput",
    "Model",
    "__version__",
    "compare",
    "draw",
    "drivers",
    "figure",
    "load",
    "measure",
    "open_ensemble",
    "open_results",
]

#: Where each name is found.
_HOMES = {
    "BadInput": "localcare.problems",
    "Model": "localcare.library",
    "compare": "localcare.planner",
    "draw": "localcare.planner",
    "drivers": "localcare.planner",
    "figure": "localcare.planner",
    "load": "localcare.library",
    "measure": "localcare.planner",
    "open_ensemble": "localcare.library",
    "open_results": "localcare.planner",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("localcare")
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

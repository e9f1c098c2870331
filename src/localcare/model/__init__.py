"""The model: from a Vensim file and its tables to a `ModelSpec`, its assumptions and checks.

`load` takes the path of a .mdl file and returns plain frozen data, from the cache where the file
and its tables have not changed. It raises BadInput, with every problem found, where they cannot
be used. Nothing in a model file is ever executed.
"""

from __future__ import annotations

from pathlib import Path

from localcare.model.spec import (
    Component,
    Dimension,
    Kind,
    ModelSpec,
    Order,
    Task,
    TimeSettings,
    Variable,
)

__all__ = [
    "Component",
    "Dimension",
    "Kind",
    "ModelSpec",
    "Order",
    "Task",
    "TimeSettings",
    "Variable",
    "load",
]


def load(path: Path | str, *, cache: bool = True) -> ModelSpec:
    """Read a Vensim model. `cache` allows reading and writing parsed models in the user's cache
    folder.
    """
    from localcare.model import cache as store
    from localcare.model.source import read_bytes

    path = Path(path)
    data = read_bytes(path)
    if cache:
        found = store.load(path, data)
        if found is not None:
            return found
    from localcare.model.build import build

    spec, tables = build(path, data)
    if cache:
        store.store(data, spec, tables)
    return spec

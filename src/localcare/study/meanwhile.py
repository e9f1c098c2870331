"""Importing large libraries while machine code runs.

A simulation leaves Python's interpreter idle, and what labels and draws its results takes as long
to import as the simulation lasts.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["importing"]


@contextmanager
def importing(*modules: str) -> Iterator[None]:
    """Import modules on another thread while the body runs; all are imported when it ends, but for
    those that cannot be, which is left for whoever needs them to find."""
    thread = threading.Thread(target=_import, args=(modules,), name="importing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _import(modules: tuple[str, ...]) -> None:
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)

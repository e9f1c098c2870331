"""Keeping an optional library out of processes that have no use for it.

xarray imports dask, and that scipy, wherever they are installed, as soon as an array is labelled:
half a second of every command, of which only those that send blocks to other processes make use.
"""

from __future__ import annotations

import sys

__all__ = ["leave_dask_out", "let_dask_in"]


def leave_dask_out() -> None:
    """Have every import of dask fail from now on, unless it is there already, as where it is not
    installed: all but `study.cluster` does without it."""
    sys.modules.setdefault("dask", None)  # type: ignore[arg-type]


def let_dask_in() -> None:
    """Let dask be imported after all."""
    if "dask" in sys.modules and sys.modules["dask"] is None:
        del sys.modules["dask"]

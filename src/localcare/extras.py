"""What a process of our own does without: an optional library, and much looking for garbage.

xarray imports dask, and that scipy, wherever they are installed, as soon as an array is labelled:
half a second of every command, of which only those that send blocks to other processes make use.
"""

from __future__ import annotations

import gc
import sys

__all__ = ["collect_seldom", "leave_dask_out", "let_dask_in"]

#: New objects, and then rounds, before Python looks for cycles that nothing refers to. With its own
#: 700, importing and drawing have it look a thousand times, for a twelfth of a command's time.
_SELDOM = (10_000, 20, 50)


def collect_seldom() -> None:
    """Have Python look for garbage less often: what a command makes is mostly kept, or freed as
    soon as nothing refers to it."""
    gc.set_threshold(*_SELDOM)


def leave_dask_out() -> None:
    """Have every import of dask fail from now on, unless it is there already, as where it is not
    installed: all but `study.cluster` does without it."""
    sys.modules.setdefault("dask", None)  # type: ignore[arg-type]


def let_dask_in() -> None:
    """Let dask be imported after all."""
    if "dask" in sys.modules and sys.modules["dask"] is None:
        del sys.modules["dask"]

"""Going on from a state, and keeping the one that was reached, for one block of members.

In: a workspace and its watch, a `State`, and which of its members lie in the columns. Out: stocks
and largest magnitudes carried over, to the bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localcare.engine.numpy_backend.watch import Watch
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.engine.state import State

__all__ = ["keep", "restore"]


def restore(workspace: Workspace, watch: Watch, state: State, columns: NDArray[np.intp]) -> None:
    """Put the members `columns` of a state into the workspace."""
    for name in workspace.stocks:
        workspace.array(name)[...] = state.stocks[name][..., columns]
        watch.set_largest(name, state.largest[name][columns])


def keep(workspace: Workspace, watch: Watch, state: State, first: int, count: int) -> None:
    """Keep the first columns as members first, first + 1, ... of a state."""
    for name in workspace.stocks:
        state.stocks[name][..., first : first + count] = workspace.array(name)[..., :count]
        state.largest[name][first : first + count] = watch.largest(name)[:count]

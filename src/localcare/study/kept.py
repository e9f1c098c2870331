"""An ensemble that stands in a folder: what was kept of every member, and its summary.

In: a folder that `ensemble.run_ensemble` wrote. Out: an `Ensemble`, whose numbers are read when
they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from localcare.problems import BadInput, Problem
from localcare.study.blocks import INPUTS, MEMBERS
from localcare.study.spool import open_group
from localcare.study.store import read_manifest
from localcare.study.values import MEMBER

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["RETAINED", "SUMMARY", "Ensemble", "open_ensemble"]

SUMMARY, RETAINED = "summary.nc", "retained"


@dataclass(frozen=True)
class Ensemble:
    """An ensemble in a folder; its summary, where that is at hand, is not read again."""

    folder: Path
    at_hand: xr.Dataset | None = field(default=None, repr=False, compare=False)

    @property
    def members(self) -> xr.Dataset:
        """What was kept of every member; numbers are read when they are asked for."""
        return open_group(self.folder / MEMBERS)

    @property
    def inputs(self) -> xr.Dataset:
        """What every member was given."""
        return open_group(self.folder / MEMBERS, INPUTS)

    @cached_property
    def summary(self) -> xr.Dataset:
        """Means, quantiles and exceedance, in memory."""
        import xarray as xr

        if self.at_hand is not None:
            return self.at_hand
        with xr.open_dataset(self.folder / SUMMARY, engine="h5netcdf") as summary:
            return summary.load()

    @property
    def retained(self) -> xr.Dataset:
        """The members that do not contradict the history: all, where there is none."""
        summary = self.summary
        if RETAINED not in summary:
            return self.members
        return self.members.isel({MEMBER: np.flatnonzero(summary[RETAINED].to_numpy())})


def open_ensemble(folder: Path | str) -> Ensemble:
    """The ensemble in a folder that `run_ensemble` wrote. Raises BadInput where there is none."""
    folder = Path(folder)
    read_manifest(folder)
    if not (folder / MEMBERS).is_dir():
        raise BadInput(Problem(f"holds no {MEMBERS}.", "Run the ensemble again.", file=folder))
    return Ensemble(folder)

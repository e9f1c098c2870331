"""Figures that two processes draw, each taking the next that is left.

In: the Dataset of a run, the file that holds it, and figures. Out: the files that drawing them all
in one process makes, byte for byte. What fails in the second process is drawn in this one, where
what is wrong is told.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.extras import collect_seldom, leave_dask_out
from localcare.measures.catalogue import MEASURES
from localcare.present.declared import Declared
from localcare.present.figures import find_figure
from localcare.present.helper import DONE, Helper
from localcare.present.layouts.grids import SystemsByScenario
from localcare.present.style import write
from localcare.study.netcdf_reading import read_dataset

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Shared", "serve"]

#: What figures read of a run.
_READ = frozenset(name for measure in MEASURES for name in measure.needs)


class Shared:
    """Figures of a `dataset`, which stands in a `file` too, that this process and its `helper`
    draw into a folder: each takes one that is left, the helper from the first on, at once, and this
    one from the last on, when it comes to `finish`."""

    def __init__(
        self,
        figures: Sequence[Declared],
        dataset: xr.Dataset,
        file: Path,
        folder: Path,
        formats: Sequence[str] = ("png", "svg"),
        *,
        helper: Helper | None,
    ) -> None:
        # a page of many panels takes longest, so it comes first
        paged = sorted(figures, key=lambda each: not isinstance(each.layout, SystemsByScenario))
        self._left = deque(paged)
        self._dataset, self._file, self._folder = dataset, file, folder
        self._formats = formats
        self._helper = helper
        self._feeding: threading.Thread | None = None
        if helper is not None:
            self._feeding = threading.Thread(target=self._feed, args=(helper,), daemon=True)
            self._feeding.start()

    def finish(self) -> None:
        """Draw what is left, and wait for the helper, which ends. Raises what drawing raises."""
        self._draw()
        if self._feeding is not None and self._helper is not None:
            self._feeding.join()
            self._helper.end()
            self._draw()  # what it could not

    def _draw(self) -> None:
        while figure := self._taken(self._left.pop):
            write(figure.draw(self._dataset), self._folder, self._formats)

    def _feed(self, helper: Helper) -> None:
        while figure := self._taken(self._left.popleft):
            if not helper.draw(figure.name, self._file, self._folder, self._formats):
                self._left.append(figure)
                return

    @staticmethod
    def _taken(take: Callable[[], Declared]) -> Declared | None:
        """A figure that is left; None where there is none, or the other takes the last one."""
        try:
            return take()
        except IndexError:
            return None


def serve() -> None:
    """Draw what standard input asks for, until it ends."""
    leave_dask_out()
    collect_seldom()
    import h5py  # noqa: F401 (all that drawing takes, before there is something to draw)
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg  # noqa: F401
    import xarray  # noqa: F401

    answers, sys.stdout = sys.stdout, sys.stderr
    opened: dict[str, xr.Dataset] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        figure, file = find_figure(asked["figure"]), asked["file"]
        try:
            if file not in opened:
                opened[file] = read_dataset(Path(file), _READ)
            if figure is None:
                raise KeyError(asked["figure"])
            write(figure.draw(opened[file]), Path(asked["folder"]), asked["formats"])
        except Exception:  # noqa: BLE001 (told by the process that asked, which draws it itself)
            answers.write("failed\n")
        else:
            answers.write(f"{DONE}\n")
        answers.flush()

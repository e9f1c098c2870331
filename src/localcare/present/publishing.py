"""Folders of figures: those of a folder of results, and the project's own.

In: the Dataset of a run or comparison, and what an ensemble adds to it. Out: figures with their
numbers and alt text, and a manifest that marks the folder as ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.present.banded import DRAWN, Banded
from localcare.present.bands import retained_words
from localcare.present.declared import Declared
from localcare.present.figures import PUBLISHED, draw_all, drawable
from localcare.present.helper import Helper
from localcare.present.sharing import Shared
from localcare.present.style import style, write
from localcare.study.dataset import ATTRIBUTION
from localcare.study.manifest import to_json
from localcare.study.store import MANIFEST, PROGRAM, replacing

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["can_draw", "drawing", "publish", "write_bands", "write_figures"]


def can_draw(dataset: xr.Dataset) -> bool:
    """Whether a comparison holds what the figures show (another model's may not)."""
    return drawable(dataset, PUBLISHED) == PUBLISHED


def write_figures(
    dataset: xr.Dataset,
    folder: Path,
    figures: Sequence[Declared] = PUBLISHED,
    formats: Sequence[str] = ("png", "svg"),
) -> None:
    """Draw figures into a folder, with a manifest that marks it as ours and names the run."""
    draw_all(dataset, folder, figures, formats=formats)
    _sign(dataset, folder)


@contextmanager
def drawing(
    dataset: xr.Dataset,
    file: Path,
    folder: Path,
    *,
    helper: Helper | None,
    figures: Sequence[Declared] = PUBLISHED,
    formats: Sequence[str] = ("png", "svg"),
) -> Iterator[None]:
    """Draw figures of a Dataset, which stands in a file too, into a folder, with a manifest that
    marks it as ours and names the run: a `helper` while the body runs, and both what is left then.
    """
    shared = Shared(figures, dataset, file, folder, formats, helper=helper)
    yield
    shared.finish()
    _sign(dataset, folder)


def write_bands(banded: Banded, dataset: xr.Dataset, folder: Path) -> None:
    """Draw what an ensemble adds into a folder of figures."""
    with style():
        for each in banded.drawings(dataset):
            write(each, folder)


def publish(dataset: xr.Dataset, folder: Path, banded: Banded | None = None) -> None:
    """Refresh the project's own figures (`figures/`) from a comparison: those it publishes, and
    those of bands and chances if there are any."""
    with replacing(folder) as scratch:
        write_figures(dataset, scratch)
        if banded is not None:
            write_bands(banded, dataset, scratch)
            told = {"program": PROGRAM, "run": dataset.attrs["run"], "ensemble": banded.told}
            (scratch / MANIFEST).write_text(to_json(told), encoding="utf-8")
        (scratch / "README.md").write_text(_about(dataset, banded), encoding="utf-8")


def _sign(dataset: xr.Dataset, folder: Path) -> None:
    """Mark a folder of figures as ours, and name the run."""
    told = {"program": PROGRAM, "run": dataset.attrs["run"]}
    (folder / MANIFEST).write_text(to_json(told), encoding="utf-8")


def _about(dataset: xr.Dataset, banded: Banded | None) -> str:
    shown = {figure.name: figure.shows for figure in PUBLISHED}
    options = ""
    if banded is not None:
        shown |= DRAWN
        options = f" --draws {banded.told['draws']} --seed {banded.told['draw_seed']}"
    lines = [
        "# Figures of the shipped comparison",
        "",
        f"Drawn by `localcare compare{options} --publish` (run {dataset.attrs['run']}).",
        "Beside each figure lie its numbers (`.csv`) and its alt text (`.txt`).",
        "",
        *(f"- `{name}`: {words}" for name, words in shown.items()),
        *([] if banded is None else ["", retained_words(banded.spread.attrs)]),
        "",
        ATTRIBUTION,
        "",
    ]
    return "\n".join(lines)

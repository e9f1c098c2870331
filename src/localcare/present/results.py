"""Folders of results: what `run` and `compare` write, and reading either back.

`run.nc` or `comparison.nc` (the contract of the Dataset), `summary.csv` (tidy, calendar years),
`summary_financial_years.csv`, `manifest.json`, and for a comparison `figures/`. A folder is written
beside its place and moved into it whole. What draws figures is imported only where some are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.limits import Limit
from localcare.measures.summary import tidy_both
from localcare.measures.targets import years_met
from localcare.present.files import (
    COMPARISON,
    FIGURES_FOLDER,
    FINANCIAL_SUMMARY,
    RUN,
    SUMMARY,
    TARGETS,
)
from localcare.present.table_files import write_table
from localcare.problems import BadInput, Problem
from localcare.study.comparison import Outcome
from localcare.study.manifest import to_json
from localcare.study.netcdf import write_dataset
from localcare.study.netcdf_reading import read_dataset
from localcare.study.store import MANIFEST, read_manifest, replacing
from localcare.study.values import SCENARIO

if TYPE_CHECKING:
    import xarray as xr

    from localcare.present.banded import Banded
    from localcare.present.helper import Helper

__all__ = [
    "file_of_results",
    "fill_results",
    "open_current",
    "open_results",
    "write_results",
]


def write_results(
    outcome: Outcome,
    folder: Path,
    name: str,
    *,
    figures: bool = False,
    helper: Helper | None = None,
    asked: Sequence[Limit] = (),
) -> None:
    """Write the Dataset as `name`, its summary, when limits are kept and targets `asked` for are
    met, its manifest and, if wanted, its figures, which a `helper` draws too.

    Raises BadInput where the folder cannot be written.
    """
    with replacing(folder) as scratch:
        fill_results(outcome, scratch, name, figures=figures, helper=helper, asked=asked)


def fill_results(
    outcome: Outcome,
    folder: Path,
    name: str,
    *,
    figures: bool = False,
    helper: Helper | None = None,
    banded: Banded | None = None,
    asked: Sequence[Limit] = (),
) -> None:
    """Write results into a folder that is being made, with bands and chances if there are any."""
    dataset = outcome.dataset
    write_dataset(dataset, folder / name)
    with ExitStack() as done:
        if figures:
            from localcare.present.publishing import drawing

            drawn = drawing(dataset, folder / name, folder / FIGURES_FOLDER, helper=helper)
            done.enter_context(drawn)
        _write_tables(dataset, folder, banded, asked)
    if figures and banded is not None:
        from localcare.present.publishing import write_bands

        write_bands(banded, dataset, folder / FIGURES_FOLDER)
    (folder / MANIFEST).write_text(to_json(outcome.manifest), encoding="utf-8")


def _write_tables(
    dataset: xr.Dataset, folder: Path, banded: Banded | None, asked: Sequence[Limit]
) -> None:
    calendar, financial = tidy_both(dataset)
    for file, summary in (
        (SUMMARY, calendar if banded is None else banded.summary),
        (FINANCIAL_SUMMARY, financial),
    ):
        if summary is not None:
            write_table(summary, folder / file)
    if banded is not None:
        for file, table in banded.tables.items():
            write_table(table, folder / file)
    elif SCENARIO in dataset.dims:
        met = years_met(dataset, asked)
        if met is not None:
            write_table(met, folder / TARGETS)


def open_results(folder: Path) -> xr.Dataset:
    """The Dataset of a folder that `run` or `compare` wrote, in memory.

    Raises BadInput where the folder is none of ours or its Dataset is missing or damaged.
    """
    path = file_of_results(folder)
    try:
        return read_dataset(path)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadInput(Problem(f"cannot be read: {error}.", "Run it again.", file=path)) from error


def file_of_results(folder: Path) -> Path:
    """The file of the Dataset of a folder that `run` or `compare` wrote. Raises BadInput where the
    folder is none of ours or lacks it."""
    read_manifest(folder)
    path = next((folder / each for each in (COMPARISON, RUN) if (folder / each).exists()), None)
    if path is None:
        raise BadInput(
            Problem(f"holds neither {COMPARISON} nor {RUN}.", "Run it again.", file=folder)
        )
    return path


def open_current(folder: Path) -> xr.Dataset:
    """The Dataset of a folder of results that this version of localcare wrote: what it shows means
    what the measures of today say. Raises BadInput for one of another version, and what
    `open_results` does."""
    manifest = read_manifest(folder)
    own, theirs = version("localcare"), str(manifest.get("version", "unknown"))
    if theirs != own:
        why = f"was made by localcare {theirs}, and this is {own}."
        cure = "Run it again: `localcare run` or `localcare compare`."
        raise BadInput(Problem(why, cure, file=folder))
    return open_results(folder)

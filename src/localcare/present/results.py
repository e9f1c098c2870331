"""Folders of results: what `run` and `compare` write, and reading either back.

`run.nc` or `comparison.nc` (the contract of the Dataset), `summary.csv` (tidy, calendar years),
`summary_financial_years.csv`, `manifest.json`, and for a comparison `figures/`. A folder is written
beside its place and moved into it whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.summary import tidy
from localcare.present.figures import FIGURES, draw_all
from localcare.problems import BadInput, Problem
from localcare.study.comparison import Outcome
from localcare.study.dataset import ATTRIBUTION
from localcare.study.manifest import to_json
from localcare.study.netcdf import write_dataset
from localcare.study.store import MANIFEST, read_manifest, replacing

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "COMPARISON",
    "FIGURES_FOLDER",
    "FINANCIAL_SUMMARY",
    "RUN",
    "SUMMARY",
    "can_draw",
    "open_results",
    "publish",
    "write_results",
    "write_table",
]

RUN, COMPARISON = "run.nc", "comparison.nc"
SUMMARY, FINANCIAL_SUMMARY = "summary.csv", "summary_financial_years.csv"
FIGURES_FOLDER = "figures"


def write_results(
    outcome: Outcome,
    folder: Path,
    name: str,
    *,
    figures: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the Dataset as `name`, its summary, its manifest and, if asked, its figures.

    `progress` is told what comes next. Raises BadInput where the folder cannot be written.
    """
    with replacing(folder) as scratch:
        progress("writing results")
        write_dataset(outcome.dataset, scratch / name)
        for file, financial in ((SUMMARY, False), (FINANCIAL_SUMMARY, True)):
            summary = tidy(outcome.dataset, financial=financial)
            if summary is not None:
                write_table(summary, scratch / file)
        if figures:
            progress("drawing figures")
            draw_all(outcome.dataset, scratch / FIGURES_FOLDER)
        (scratch / MANIFEST).write_text(to_json(outcome.manifest), encoding="utf-8")


def publish(dataset: xr.Dataset, folder: Path) -> None:
    """Refresh the project's own figures (`figures/`) from a comparison."""
    with replacing(folder) as scratch:
        draw_all(dataset, scratch)
        (scratch / "README.md").write_text(_about(dataset), encoding="utf-8")
        (scratch / MANIFEST).write_text(
            to_json({"program": "localcare", "run": dataset.attrs["run"]}), encoding="utf-8"
        )


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV; the byte-order mark lets Excel read the pound sign and accents."""
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8-sig", float_format="%.10g")


def can_draw(dataset: xr.Dataset) -> bool:
    """Whether a comparison holds what the figures show (another model's may not)."""
    return all(needs <= set(map(str, dataset.data_vars)) for _, _, needs in FIGURES.values())


def open_results(folder: Path) -> xr.Dataset:
    """The Dataset of a folder that `run` or `compare` wrote, in memory.

    Raises BadInput where the folder is none of ours or its Dataset is missing or damaged.
    """
    import xarray as xr

    read_manifest(folder)
    path = next((folder / each for each in (COMPARISON, RUN) if (folder / each).exists()), None)
    if path is None:
        raise BadInput(
            Problem(f"holds neither {COMPARISON} nor {RUN}.", "Run it again.", file=folder)
        )
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset.load()
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(Problem(f"cannot be read: {error}.", "Run it again.", file=path)) from error


def _about(dataset: xr.Dataset) -> str:
    lines = [
        "# Figures of the shipped comparison",
        "",
        f"Drawn by `localcare compare --publish` (run {dataset.attrs['run']}).",
        "Beside each figure lie its numbers (`.csv`) and its alt text (`.txt`).",
        "",
        *(f"- `{name}`: {shows}" for name, (_, shows, _) in FIGURES.items()),
        "",
        ATTRIBUTION,
        "",
    ]
    return "\n".join(lines)

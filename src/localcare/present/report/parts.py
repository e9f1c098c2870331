"""What a report is made of: sections of words, points, tables and figures, ready to be set.

In goes a `Material`: the Dataset and manifest of a folder of results, the model with its tables,
what validation found. Every format sets the same `Report`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcare.present.declared import Declared

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from localcare.study.project import Project
    from localcare.study.validation import Validated

__all__ = ["Cell", "Influence", "Material", "Picture", "Point", "Report", "Section", "Sheet"]


@dataclass(frozen=True, slots=True)
class Influence:
    """What a sensitivity analysis of the same model found: its `indices` (columns scenario, year,
    parameter, ST, ST_conf), the measure they are of, and sentences on where policies fail."""

    measure: str
    indices: pd.DataFrame
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made from. `bands` is the tidy summary where it has quantiles; `given` the
    model's file where it is not the shipped one."""

    dataset: xr.Dataset
    manifest: Mapping[str, Any]
    project: Project
    validated: Validated | None
    bands: pd.DataFrame | None
    influence: Influence | None = None
    given: Path | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its words, and the number to sort by where there is one."""

    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; the first column heads its rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its finding as title, its caption and its alt text."""

    figure: Declared
    title: str
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a list, with points of its own below it."""

    words: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, points, tables and figures, in this order."""

    key: str
    heading: str
    words: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    tables: tuple[Sheet, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; `finding` is its first sentence, `repeat` the command that makes it again."""

    title: str
    subtitle: str
    finding: str
    sections: tuple[Section, ...]
    repeat: str
    attribution: str

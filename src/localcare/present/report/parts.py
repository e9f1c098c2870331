"""What a report is made of: sections of words, points, tables and figures, ready to be set.

In goes a `Material`: the Dataset and manifest of a folder of results, the model with its tables,
what validation found. Every format sets the same `Report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from localcare.present.declared import Declared
    from localcare.present.style import Drawing
    from localcare.study.project import Project
    from localcare.study.validation import Validated

__all__ = ["Cell", "Influence", "Material", "Picture", "Point", "Report", "Section", "Sheet"]


@dataclass(frozen=True, slots=True)
class Influence:
    """What a sensitivity analysis of the same model found: its `indices` (columns scenario, year,
    parameter, ST, ST_conf), the measure they are of, sentences on where policies
    fail, and its tornado."""

    measure: str
    indices: pd.DataFrame
    failing: tuple[str, ...]
    tornado: Drawing


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made from. `bands` is the tidy summary where it has quantiles; `given` the
    model's file where it is not the shipped one; `drawings` the figures beyond those of the Dataset
    (of draws, drivers, history, a sensitivity analysis)."""

    dataset: xr.Dataset
    manifest: Mapping[str, Any]
    project: Project
    validated: Validated | None
    bands: pd.DataFrame | None
    influence: Influence | None = None
    given: Path | None = None
    drawings: tuple[Drawing, ...] = ()

    def pictures(self, *wanted: str) -> tuple[Picture, ...]:
        """Those of `drawings` whose names begin with one of those wanted, in that order."""
        return tuple(
            Picture.drawn(each)
            for name in wanted
            for each in self.drawings
            if each.name.startswith(name)
        )


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
    """A figure with its finding as title, its caption and its alt text; `draw` makes it."""

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[[], Drawing]

    @classmethod
    def declared(cls, figure: Declared, dataset: xr.Dataset) -> Picture:
        """A figure that is declared, of a Dataset."""
        words = figure.title(dataset), figure.caption(dataset), figure.alt(dataset)
        return cls(figure.name, *words, partial(figure.draw, dataset))

    @classmethod
    def drawn(cls, drawing: Drawing) -> Picture:
        """A figure that is drawn already."""
        return cls(drawing.name, drawing.title, drawing.caption, drawing.alt, lambda: drawing)


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

"""A model with the tables that stand beside it, read together.

`x.mdl` may have beside it `x.assumptions.csv` (evidence), `x.levers.csv` (what scenarios may
change), `x.checks.yaml` (what it promises of its behaviour) and `references.bib`. All are optional:
another modeller's file runs alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from localcare.model import ModelSpec, assumptions, bibliography, levers, load
from localcare.paths import MODEL, models_folder
from localcare.problems import BadInput, Problem
from localcare.scenario import Catalogue, catalogue
from localcare.study.manifest import file_hash

__all__ = ["Project", "open_project"]

T = TypeVar("T")


@dataclass(frozen=True)
class Project:
    """A model and its tables; a table that is not there is None."""

    path: Path
    spec: ModelSpec
    assumptions: assumptions.Assumptions | None
    levers: levers.Levers | None
    bibliography: bibliography.Bibliography | None

    @cached_property
    def catalogue(self) -> Catalogue:
        """What a scenario may set, with ranges."""
        return catalogue(
            self.spec,
            () if self.levers is None else self.levers.rows,
            () if self.assumptions is None else self.assumptions.rows,
        )

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of the tables beside the model, by file name."""
        beside = (self.beside(".assumptions.csv"), self.beside(".levers.csv"))
        return {path.name: file_hash(path) for path in beside if path.exists()}

    def beside(self, ending: str) -> Path:
        """The file beside the model with its name and another ending."""
        return self.path.with_name(self.path.stem + ending)


def open_project(model: Path | None) -> Project:
    """Read a model (the shipped one for None) and what stands beside it.

    Raises BadInput with every problem of every file.
    """
    path = models_folder() / MODEL if model is None else model
    problems: list[Problem] = []
    beside = path.with_name
    evidence = _if_there(assumptions.read, beside(path.stem + ".assumptions.csv"), problems)
    pulled = _if_there(levers.read, beside(path.stem + ".levers.csv"), problems)
    references = _if_there(bibliography.read, beside("references.bib"), problems)
    spec = _try(load, path, problems)
    if problems or spec is None:
        raise BadInput(problems)
    return Project(path, spec, evidence, pulled, references)


def _if_there(read: Callable[[Path], T], path: Path, problems: list[Problem]) -> T | None:
    return _try(read, path, problems) if path.exists() else None


def _try(read: Callable[[Path], T], path: Path, problems: list[Problem]) -> T | None:
    try:
        return read(path)
    except BadInput as error:
        problems += error.problems
        return None

"""The models that are measured, each with what is saved and what differs between members.

A `Case` holds a model's spec, its schedule (Euler, points at the saving times), the identifiers to
save, and batches whose members differ in one constant. `small` and `shipped` make them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.bench.report import Subject
from localcare.engine import Batch
from localcare.engine.run import saved_identifiers
from localcare.engine.schedule import Schedule, schedule
from localcare.measures.catalogue import MEASURES
from localcare.model import Kind, ModelSpec, load
from localcare.paths import MODEL, models_folder

__all__ = ["Case", "Values", "shipped", "small"]

#: Points of one member by identifier, (times, *dimensions).
Values = dict[str, NDArray[np.float64]]

#: By how much the constant that differs between members may do so, as a share of it.
_VARIATION = 1e-3


@dataclass(frozen=True)
class Case:
    """One model to measure. `path` is its file; `varied` the constant that differs."""

    name: str
    path: Path
    spec: ModelSpec
    saves: tuple[str, ...]
    varied: str
    schedule: Schedule

    def batch(self, members: int) -> Batch:
        """Members that differ a little, the first as the file has it."""
        own = np.array(self.spec.by_identifier[self.varied].values)
        shape = self.spec.shape(self.varied)
        factors = 1.0 + _VARIATION * np.arange(members) / members
        varied = (own[:, np.newaxis] * factors).reshape(*shape, members)
        return Batch(members, {self.varied: varied})

    def subject(self) -> Subject:
        """How large it is."""

        def numbers(kind: Kind) -> int:
            own = [each.identifier for each in self.spec.variables if each.kind is kind]
            return sum(math.prod(self.spec.shape(name)) for name in own)

        return Subject(
            name=self.name,
            stocks=numbers(Kind.STOCK),
            auxiliaries=numbers(Kind.AUXILIARY),
            steps=self.schedule.steps,
            saved=sum(math.prod(self.spec.shape(name)) for name in self.saves),
            times=self.schedule.intervals + 1,
        )


def small() -> list[Case]:
    """The two small models, everything saved."""
    folder = Path(__file__).parent / "models"
    return [
        _case(folder / "epidemic.mdl", "infectivity"),
        _case(folder / "supply_chain.mdl", "days_to_correct_stock"),
    ]


def shipped(path: Path | None = None, name: str = "") -> Case:
    """The shipped model, or a variant of it at `path`; what the measures need is saved."""
    needs = {need for measure in MEASURES if measure.every_draw for need in measure.needs}
    return _case(path or models_folder() / MODEL, "birth_rate", needs, name)


def _case(path: Path, varied: str, wanted: set[str] | None = None, name: str = "") -> Case:
    spec = load(path)
    saves = saved_identifiers(spec, None)
    return Case(
        name=name or path.stem,
        path=path,
        spec=spec,
        saves=tuple(each for each in saves if wanted is None or each in wanted),
        varied=varied,
        schedule=schedule(spec.time, "euler", points=True),
    )

"""PySD's own runtime as the reference: it runs a copy of a model, by Euler, and is compared."""

from __future__ import annotations

import itertools
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides, Run, run
from localcare.model import Kind, ModelSpec, load

Reference = dict[str, NDArray[np.float64]]


def copied(model: Path, folder: Path) -> Path:
    """A copy of a model and of the folder of tables of its name: PySD writes beside what it reads,
    Python that it then executes."""
    folder.mkdir(parents=True, exist_ok=True)
    if model.with_suffix("").is_dir():
        shutil.copytree(model.with_suffix(""), folder / model.stem)
    return Path(shutil.copy(model, folder / model.name))


def by_pysd(model: Path, final: float) -> Reference:
    """Every variable that PySD reports, by its column, at the model's saving times."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pysd

        found = pysd.read_vensim(str(model)).run(final_time=final, flatten_output=True)
    return {str(column): found[column].to_numpy(dtype=float) for column in found.columns}


def by_ours(model: Path, final: float) -> tuple[ModelSpec, Run]:
    """The same model by our Euler, at the same step, as points at the same times."""
    spec = load(model, cache=False)
    spec = replace(spec, time=replace(spec.time, final=final))
    batch = Batch.of(spec, [Overrides()])
    return spec, run(spec, batch, method="euler", points=True)


def worst(spec: ModelSpec, ours: Run, reference: Reference) -> dict[str, float]:
    """By variable, the largest difference at any time from the reference, relative to the
    variable's largest magnitude there."""
    found = {}
    for name, values in ours.values.items():
        variable = spec.by_identifier[name]
        if variable.kind not in (Kind.STOCK, Kind.AUXILIARY):
            continue
        expected = np.empty(values.shape[:-1])
        elements = [spec.by_dimension[d].elements for d in variable.dimensions]
        for position in itertools.product(*(range(len(each)) for each in elements)):
            words = [each[i] for each, i in zip(elements, position, strict=True)]
            column = f"{variable.name}[{','.join(words)}]" if words else variable.name
            expected[(slice(None), *position)] = reference[column]
        scale = max(float(np.abs(expected).max()), 1e-300)
        found[name] = float(np.abs(values[..., 0] - expected).max()) / scale
    return found

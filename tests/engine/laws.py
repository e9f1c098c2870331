"""What tests of RANDOM functions share: reading a model, and holding draws to their law."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.model import ModelSpec, load

#: Mean, standard deviation, and the ends between which all draws lie.
Law = tuple[float, float, float, float]


def read(folder: Path, text: str) -> ModelSpec:
    path = folder / "drawn.mdl"
    path.write_text(text, encoding="utf-8")
    return load(path, cache=False)


def follow(drawn: NDArray[np.float64], law: Law, spread: float = 4) -> None:
    """Hold draws to their law, their spread to so many times the error of their mean."""
    mean, deviation, least, most = law
    error = deviation / sqrt(drawn.size)
    assert abs(drawn.mean() - mean) < 4 * error
    assert abs(drawn.std() - deviation) < spread * error
    assert least <= drawn.min() <= drawn.max() <= most

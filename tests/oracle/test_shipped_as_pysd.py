"""The shipped model agrees with PySD's own runtime, Euler at the same step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reference import by_ours, by_pysd, copied, worst

from localcare.paths import MODEL, models_folder

SMALL_DIFFERENCES = {"budget_not_spent": "budget"}


@pytest.mark.parametrize(
    "years",
    [
        pytest.param(1 / 12, id="a month"),
        # PySD takes a minute and more for the 120 steps of a year.
        pytest.param(1.0, id="a year", marks=pytest.mark.long),
    ],
)
def test_every_variable_agrees_with_pysd(tmp_path: Path, years: float) -> None:
    model = copied(models_folder() / MODEL, tmp_path / "models")
    spec, ours = by_ours(model, 2019.0 + years)
    differences = worst(spec, ours, by_pysd(model, 2019.0 + years))
    assert len(differences) == len(ours.values) > 200
    # A small difference of two large amounts is held to the amounts, whose last digits it shows.
    for name, amount in SMALL_DIFFERENCES.items():
        own, large = (float(np.abs(ours.values[each]).max()) for each in (name, amount))
        assert own < 0.05 * large, f"{name} is no small difference any more"
        differences[name] *= own / large
    assert {name: d for name, d in differences.items() if d > 1e-9} == {}

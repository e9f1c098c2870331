"""The models of other sizes are the shipped one with its people spread over more places."""

import math

import numpy as np
import pytest

from localcare.bench.scaling import with_more_places
from localcare.engine import Batch, run
from localcare.model import load
from localcare.paths import MODEL, models_folder


@pytest.mark.parametrize("times", [4])
def test_more_places_hold_as_many_people(tmp_path, times):
    before = load(models_folder() / MODEL)
    after = load(with_more_places(models_folder() / MODEL, times, tmp_path / "more"), cache=False)
    places = before.by_dimension["place"].elements
    more = after.by_dimension["place"].elements
    assert len(more) == times * len(places)
    assert more[: len(places)] == places
    assert math.prod(after.shape("population")) == times * math.prod(before.shape("population"))
    one, other = (
        run(
            spec, Batch(1), engine="kernel", method="euler", points=True,
            save=["population", "beds_needed"],
        ).values
        for spec in (before, after)
    )  # fmt: skip
    for name in one:
        start = [values[name][0].sum() for values in (one, other)]
        np.testing.assert_allclose(start[1], start[0], rtol=1e-9)

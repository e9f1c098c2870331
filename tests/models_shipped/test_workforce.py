"""The workforce of the shipped model at its start: staff neither pile up nor drain away but for the
growth that hospitals had before 2019, and nothing of burnout or dilution acts yet.

One run of a month, at points.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
#: Acute staff a head in 2014 and 2018 (NHS England, system panel), and growth of people.
GROWTH = (1157.83 / 1088.43) ** 0.25 - 1 + 0.0075
WARDS = ("ward nurse", "healthcare assistant")
SWITCHES = ("burnout_loop_acts", "experience_dilution_loop_acts")


@pytest.fixture(scope="module")
def spec():
    spec = load(MODEL)
    return replace(spec, time=replace(spec.time, final=spec.time.initial + spec.time.saveper))


@pytest.fixture(scope="module")
def start(spec):
    """Values at the first moment: as shipped, and with both loops of the workforce cut."""
    cut = Overrides({name: np.array(0.0) for name in SWITCHES})
    batch = Batch.of(spec, [Overrides(), cut])
    result = run(spec, batch, method="euler", points=True, engine="kernel")
    return lambda name: result.values[name][0]


def test_staff_start_level_and_hospital_wards_growing_as_before_2019(spec, start):
    roles = spec.by_dimension["role"].elements
    change = start("recruits") + start("joining_from_training") - start("leavers")
    growth = (change / start("staff_in_post"))[:, 0]
    expected = [GROWTH if role in WARDS else 0.0 for role in roles]
    assert growth == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("name", ["hours_at_hand_by_place", "hours_at_hand_by_system", "leavers"])
def test_the_loops_of_the_workforce_act_on_nothing_at_the_start(start, name):
    values = start(name)
    assert values[..., 0] == pytest.approx(values[..., 1], rel=1e-9)

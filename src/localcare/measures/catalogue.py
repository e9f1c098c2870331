"""What planners read off a run: the catalogue of measures, and how one is found and computed.

A measure whose variables the model does not hold is not available; `missing` says what it lacks.
"""

from __future__ import annotations

from localcare.measures.care import CARE
from localcare.measures.costs import COSTS
from localcare.measures.hospital import HOSPITAL
from localcare.measures.measure import Measure, compute, missing, yearly
from localcare.measures.money import MONEY
from localcare.measures.people import PEOPLE
from localcare.measures.place import PLACE
from localcare.measures.workforce import WORKFORCE

__all__ = ["MEASURES", "Measure", "compute", "find", "missing", "yearly"]

MEASURES: tuple[Measure, ...] = (*PEOPLE, *CARE, *HOSPITAL, *WORKFORCE, *MONEY, *COSTS, *PLACE)


def find(name: str) -> Measure | None:
    """The measure of that name, None where there is none."""
    return next((measure for measure in MEASURES if measure.name == name), None)

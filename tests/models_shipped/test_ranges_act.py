"""No range of the shipped assumptions is for show: every number that is drawn changes a result.

A factor on relative rates, for instance, of which only the ratios matter, changes nothing, however
wide it is.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.model.names import identifier
from localcare.study.futures import Beside, batch_for
from localcare.study.uncertainty import parameters

pytestmark = pytest.mark.long

#: Members of a run in which everything is saved, and when it ends.
AT_ONCE, UNTIL = 48, 2026.0
#: Of a variable's largest magnitude: smaller than this is rounding.
ROUNDING = 1e-9
#: Of the one of two pictures of frailty that is not chosen.
OTHER_PICTURE = {"lower progression rate"}
#: Home care has no effect but the care it gives, wherever in its range the evidence lies.
NO_EFFECT = {"evidence position[home care]"}
#: Limits, and how softly they are met: they act where something is full or short, which nothing is
#: with every lever pulled.
WHERE_SHORT = {
    "amenable share of admissions",
    "amenable share of attendances",
    "bed queue band",
    "largest share of care home places for people at home",
    "neglect response",
    "planned capacity band",
    "planned care band",
    "response to the load on carers",
    "share of cancelled time used",
    "shortest time to empty a band",
    "staffing band",
    "thinnest nursing",
}
#: What freed beds do once they close: with as many beds added none does.
WHERE_FREED = {"bed closing time", "share of a bed day that stays"}


@dataclass(frozen=True)
class Pulled:
    """A scenario in which every lever is pulled half of the way to its far end."""

    constants: dict
    paths: dict

    def overrides(self, spec):
        return Overrides(constants=self.constants)


def _pulled(project):
    constants = {}
    for lever in project.levers.rows:
        name = identifier(lever.variable)
        far = lever.high if abs(lever.high) >= abs(lever.low) else lever.low
        constants[name] = np.full(project.spec.shape(name), 0.5 * far)
    return Pulled(constants, {})


def test_every_number_that_is_drawn_changes_a_result(project):
    spec, base = project.spec, _pulled(project)
    drawn = parameters(project)
    alone = run(spec, Batch.of(spec, [base.overrides(spec)]), engine="kernel", until=UNTIL)
    moved = dict.fromkeys((each.name for each in drawn), 0.0)
    ends = [(each, end) for each in drawn for end in (each.low, each.high)]
    for first in range(0, len(ends), AT_ONCE):
        some = ends[first : first + AT_ONCE]
        values = {each.name: np.full(len(some), each.centre) for each in drawn}
        for column, (each, end) in enumerate(some):
            values[each.name][column] = end
        batch = batch_for(spec, Beside.of(spec, [base]), drawn, values, len(some))
        found = run(spec, batch, engine="kernel", until=UNTIL)
        for name, own in alone.values.items():
            scale = np.abs(own).max() or 1.0
            change = np.abs(found.values[name] - own).reshape(-1, len(some)).max(axis=0) / scale
            for (each, _), most in zip(some, change, strict=True):
                moved[each.name] = max(moved[each.name], float(most))
    still = {name for name, most in moved.items() if most < ROUNDING}
    assert still <= OTHER_PICTURE | NO_EFFECT | WHERE_SHORT | WHERE_FREED

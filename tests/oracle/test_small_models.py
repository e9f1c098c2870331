"""Small models agree with PySD's own runtime over their whole run, variable by variable."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference import by_ours, by_pysd, worst

CONTROL = """
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 8 ~ Year ~|
TIME STEP = 0.125 ~ Year ~|
SAVEPER = 0.5 ~ Year ~|
"""

ARRAYS = """{UTF-8}
place: north, south, east ~~|
age: young, old, oldest ~~|
older: old, oldest ~~|
younger: young, old -> older ~~|
births[place] = 12, 9, 20 ~ person/Year ~|
share moving[place, age] = 0.02, 0.01, 0.005; 0.03, 0.01, 0; 0.01, 0, 0; ~ 1/Year ~|
years in band[age] = 5, 8, 12 ~ Year ~|
people[place, young] = INTEG(births[place] - ageing[place, young], 100) ~ person ~|
people[place, older] = INTEG(ageing[place, younger] - ageing[place, older] - moving[place, older],
    50) ~ person ~|
ageing[place, age] = people[place, age] / years in band[age] ~ person/Year ~|
moving[place, age] = people[place, age] * share moving[place, age] * effect of crowding(
    total by place[place] / average) ~ person/Year ~|
total by place[place] = SUM(people[place, age!]) ~ person ~|
average = SUM(people[place!, age!]) / ELMCOUNT(place) ~ person ~|
largest = VMAX(total by place[place!]) ~ person ~|
smallest = VMIN(people[place!, age!]) ~ person ~|
growth of all = PROD(people[place!, young]) ~ Dmnl ~|
effect of crowding((0,0.5),(0.5,0.8),(1,1),(1.5,1.6),(2,4)) ~ Dmnl ~|
born so far = INTEG(SUM(births[place!]), 0) ~ person ~|
old in the north = people[north, old] + people[north, oldest] ~ person ~|
"""

DELAYS = """{UTF-8}
orders = 10 + STEP(5, 2) + RAMP(2, 3, 5) - PULSE(6, 1) * 4 ~ 1/Year ~|
one = DELAY1(orders, 1.5) ~ 1/Year ~|
three = DELAY3(orders, 2) ~ 1/Year ~|
three from nothing = DELAY3I(orders, 2, 0) ~ 1/Year ~|
many = DELAY N(orders, 2, 10, 5) ~ 1/Year ~|
smoothed = SMOOTH(orders, 0.8) ~ 1/Year ~|
smoothed from nothing = SMOOTHI(orders, 0.8, 0) ~ 1/Year ~|
smoothed three = SMOOTH3(orders, 1.2) ~ 1/Year ~|
trend = orders - smoothed ~ 1/Year ~|
in the queue = INTEG(orders - three from nothing, 0) ~ Dmnl ~|
"""

FUNCTIONS = """{UTF-8}
level = INTEG(rate, 0.3) ~ Dmnl ~|
rate = COS(Time) * 0.7 + EXP(-Time) - LN(1 + Time) / 9 ~ Dmnl ~|
choice = IF THEN ELSE(level > 0.8 :AND: :NOT: Time >= 5, level ^ 2, SQRT(level + 9)) ~ Dmnl ~|
either = IF THEN ELSE(level < 0 :OR: Time = 4, 1, 2) ~ Dmnl ~|
safe = ZIDZ(1, Time) + XIDZ(level, Time - 2, 7) ~ Dmnl ~|
whole = INTEGER(level * 10) + MODULO(Time * 3, 2) + QUANTUM(level * 10, 0.5) ~ Dmnl ~|
extremes = MIN(level, 0.5) + MAX(level, 0.2) + ABS(level - 1) ~ Dmnl ~|
angles = ARCTAN(level) + TANH(level) + SINH(level / 9) + TAN(level / 9) + ARCSIN(level / 9) ~ ~|
pulses = PULSE TRAIN(1, 0.25, 2, 6.5) ~ Dmnl ~|
powers = POWER(level + 9, 1.5) + LOG(level + 9, 2) ~ Dmnl ~|
lookup within = WITH LOOKUP(level, ((0,0),(0.5,3),(1,4),(2,0))) ~ Dmnl ~|
start = INITIAL(level * 3) ~ Dmnl ~|
"""


@pytest.mark.parametrize(
    "equations", [ARRAYS, DELAYS, FUNCTIONS], ids=["arrays", "delays", "functions"]
)
def test_a_small_model_agrees_with_pysd(tmp_path: Path, equations: str) -> None:
    model = tmp_path / "small.mdl"
    model.write_text(equations + CONTROL, encoding="utf-8")
    spec, ours = by_ours(model, 8.0)
    differences = worst(spec, ours, by_pysd(model, 8.0))
    assert len(differences) >= 8
    assert {name: d for name, d in differences.items() if d > 1e-12} == {}


def test_series_from_a_table_agree_with_pysd(tmp_path: Path) -> None:
    model = tmp_path / "tables.mdl"
    rows = "year,0,1,3,6,9\nnorth,5,9,2,4,4\nsouth,1,1,8,3,0\n"
    (tmp_path / "supply.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "size.csv").write_text("place,size\nnorth,2\nsouth,7\n", encoding="utf-8")
    equations = """{UTF-8}
    place: GET DIRECT SUBSCRIPT('size.csv', ',', 'A2', 'A', '') ~~|
    size[place] = GET DIRECT CONSTANTS('size.csv', ',', 'B2*') ~ Dmnl ~|
    supply[place] := GET DIRECT DATA('supply.csv', ',', '1', 'B2') ~ Dmnl ~|
    stored[place] = INTEG(used[place] * size[place] - stored[place], size[place]) ~ Dmnl ~|
    used[place] = supply[place] * 2 ~ Dmnl ~|
    """.replace("    ", "")
    model.write_text(equations + CONTROL, encoding="utf-8")
    spec, ours = by_ours(model, 8.0)
    differences = worst(spec, ours, by_pysd(model, 8.0))
    assert set(differences) == {"stored", "used"}
    assert max(differences.values()) < 1e-12

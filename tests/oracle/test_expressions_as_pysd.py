"""Expressions mean what PySD makes of them: both read the same file, and agree at every step.

PySD runs a copy in a scratch folder, since it writes Python beside the model it translates.
"""

import warnings

import numpy as np
import pytest

from localcare.engine.inputs import Batch
from localcare.engine.run import run
from localcare.model import load
from localcare.model.spec import Kind

MODEL = """{UTF-8}
frailty: fit, mild, severe ~~|
lower: fit, mild -> upper ~~|
upper: mild, severe ~~|
place: north, south ~~|
a = 3 ~ Dmnl ~ |
b = -1.5 ~ Dmnl ~ |
c[frailty] = 1, 2, 4 ~ Dmnl ~ |
w[place] = 0.5, 2 ~ Dmnl ~ |
curve((-2,1),(0,3),(1,-1),(4,2)) ~ Dmnl ~ |
plus = a - b + Time - a + 1 ~ Dmnl ~ |
times = a / b * Time / (a + 2) ~ Dmnl ~ |
mixed = a + b * Time - a / 2 * b ~ Dmnl ~ |
minus = -a - -b + (-Time) ~ Dmnl ~ |
raised = a ^ 2 ^ 0.5 + 2 ^ -a - a ^ b ~ Dmnl ~ |
lowered = 2 - (-Time) ^ 2 - 1 ~ Dmnl ~ |
logic = IF THEN ELSE(Time > 1 :AND: Time <= 2 :OR: :NOT: a = 3, a, b) ~ Dmnl ~ |
compared = IF THEN ELSE(Time <> 2, 1, 0) + IF THEN ELSE(Time >= 2, 10, 20) ~ Dmnl ~ |
nested = MAX(MIN(Time, a), MAX(b, Time - 2)) ~ Dmnl ~ |
powers = EXP(b) + LN(a) + SQRT(Time) + ABS(b) + POWER(a, Time) + LOG(a, 10) ~ Dmnl ~ |
waves = SIN(Time) + COS(a) * TAN(b / 9) + ARCTAN(Time) + SINH(b) + TANH(Time) ~ Dmnl ~ |
whole = INTEGER(Time * 1.7) + MODULO(Time, 0.7) + QUANTUM(Time * a, 0.4) ~ Dmnl ~ |
divided = ZIDZ(a, Time) + XIDZ(a, Time - 2, 7) ~ Dmnl ~ |
jumps = STEP(a, 1.2) + RAMP(b, 1, 3) ~ Dmnl ~ |
read = curve(Time - 3) + curve(Time * 2) + WITH LOOKUP(Time, ((0,0),(2,4),(3,4))) ~ Dmnl ~ |
summed[place] = SUM(c[frailty!] * w[place]) - SUM(w[place!]) + VMAX(c[upper!]) ~ Dmnl ~ |
moved[upper] = c[lower] - c[upper] * Time ~ Dmnl ~ |
moved[fit] = PROD(c[frailty!]) ~ Dmnl ~ |
picked[place, frailty] :EXCEPT: [north, upper] = c[frailty] * w[place] + c[mild] ~ Dmnl ~ |
picked[north, upper] = -c[upper] ~ Dmnl ~ |
stock[frailty] = INTEG(c[frailty] * Time - stock[frailty] / 2, c[frailty]) ~ Dmnl ~ |
late[frailty] = DELAY3(stock[frailty], 1.5) ~ Dmnl ~ |
smooth = SMOOTH3I(stock[mild], 1.5, a) ~ Dmnl ~ |
first = INITIAL(stock[severe] + 1) ~ Dmnl ~ |
ordered = DELAY N(stock[fit], 1, 0, 2) ~ Dmnl ~ |
slope = TREND(stock[fit], 2, 0.1) ~ Dmnl ~ |
INITIAL TIME = 0 ~ Year ~ |
FINAL TIME = 4 ~ Year ~ |
TIME STEP = 0.125 ~ Year ~ |
SAVEPER = 0.125 ~ Year ~ |
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """(our spec and its points, PySD's table) of the same model, Euler at the same step."""
    path = tmp_path_factory.mktemp("oracle") / "small.mdl"
    path.write_text(MODEL, encoding="utf-8")
    spec = load(path, cache=False)
    ours = run(spec, Batch(1), method="euler", points=True).values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pysd

        table = pysd.read_vensim(str(path)).run()
    return spec, ours, table


NAMES = [
    line.split("=")[0].split("[")[0].strip()
    for line in MODEL.splitlines()
    if "=" in line and not line.startswith(("a ", "b ", "c[", "w[", "INITIAL T", "FINAL", "T", "S"))
]


@pytest.mark.parametrize("name", list(dict.fromkeys(NAMES)))
def test_pysd_computes_the_same(both, name):
    spec, ours, table = both
    variable = spec.by_identifier[name]
    assert variable.kind in (Kind.AUXILIARY, Kind.STOCK)
    for column in table.columns:
        found, _, written = column.partition("[")
        if found != name:
            continue
        labels = [each.strip() for each in written.rstrip("]").split(",") if each.strip()]
        places = tuple(
            spec.by_dimension[dimension].elements.index(label)
            for dimension, label in zip(variable.dimensions, labels, strict=True)
        )
        np.testing.assert_allclose(
            ours[name][(slice(None), *places, 0)],
            table[column].to_numpy(dtype=float),
            rtol=1e-9,
            atol=1e-9,
            err_msg=column,
        )


def test_every_variable_is_compared(both):
    spec, _, table = both
    computed = {each.name for each in spec.variables if each.components and not each.hidden}
    assert computed == set(NAMES)
    assert computed <= {column.partition("[")[0] for column in table.columns}

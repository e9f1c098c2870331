"""Every function that the README lists, from a line of a model file to numbers in both engines.

Each is held to values worked out here, at times 0, 0.5, ... 6 with a step of 0.5 (Euler).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, run
from localcare.model import load
from localcare.problems import BadInput

TIMES = np.arange(0, 6.25, 0.5)
STEP = 0.5
MIDDLE = TIMES + STEP / 2
HEAD = """{UTF-8}
place: Dover, Swale ~~|
kind: day, night, any ~~|
beds[place] = 3, 5 ~~|
table((0,1),(2,5),(4,2)) ~~|
falls([(0,0)-(9,9)],(0,10),(3,40)) ~~|
level = INTEG(2 - level/4, 1) ~~|
wave = 3*SIN(Time) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 6 ~~|
SAVEPER = 0.5 ~~|
TIME STEP = 0.5 ~~|
"""


def stepped(flow: Callable[[float, float], float], start: float) -> np.ndarray:
    """A stock with this net flow, by Euler's method."""
    found = [start]
    for time in TIMES[:-1]:
        found.append(found[-1] + STEP * flow(found[-1], time))
    return np.array(found)


def chain(inflow: Callable[[float], float], start: float, stay: float, order: int) -> np.ndarray:
    """What leaves a delay of `order` stages."""
    stages, found = [start * stay / order] * order, []
    for time in TIMES:
        outflows = [each / (stay / order) for each in stages]
        found.append(outflows[-1])
        inflows = [inflow(time), *outflows[:-1]]
        stages = [s + STEP * (a - b) for s, a, b in zip(stages, inflows, outflows, strict=True)]
    return np.array(found)


def smoothed(value: Callable[[float], float], start: float, over: float, order: int) -> np.ndarray:
    levels, found = [start] * order, []
    for time in TIMES:
        found.append(levels[-1])
        before = [value(time), *levels[:-1]]
        levels = [s + STEP * (a - s) / (over / order) for s, a in zip(levels, before, strict=True)]
    return np.array(found)


def wave(time: float) -> float:
    return 3 * np.sin(time)


LEVEL = stepped(lambda stock, _: 2 - stock / 4, 1)
WAVE = 3 * np.sin(TIMES)
AVERAGE = smoothed(lambda time: 4 + wave(time), 4 / 1.2, 2, 1)
EVEN = smoothed(lambda time: 4 + wave(time), 4, 2, 1)

EXPECTED: dict[str, object] = {
    "2 + 3*4 - 6/4 - 2^3^2 - -1": 2 + 12 - 1.5 - 512 + 1,
    "-2^2 + 2^-1": -3.5,
    "ABS(wave)": np.abs(WAVE),
    "EXP(wave)": np.exp(WAVE),
    "LN(level) + LOG(level, 10)": np.log(LEVEL) + np.log10(LEVEL),
    "SQRT(level)": np.sqrt(LEVEL),
    "POWER(level, 1.5)": LEVEL**1.5,
    "COS(Time) + TAN(Time/5)": np.cos(TIMES) + np.tan(TIMES / 5),
    "ARCSIN(wave/3) + ARCCOS(wave/3)": np.full(len(TIMES), np.pi / 2),
    "ARCTAN(wave)": np.arctan(WAVE),
    "SINH(wave) + COSH(wave) - TANH(wave)": np.exp(WAVE) - np.tanh(WAVE),
    "INTEGER(wave)": np.trunc(WAVE),
    "MODULO(wave, 1)": np.fmod(WAVE, 1),
    "QUANTUM(wave, 0.25)": 0.25 * np.trunc(WAVE / 0.25),
    "MIN(wave, 1) + MAX(wave, 1)": WAVE + 1,
    "XIDZ(1, wave, 7) + ZIDZ(1, Time - 3)": [
        (7 if t == 0 else 1 / wave(t)) + (0 if t == 3 else 1 / (t - 3)) for t in TIMES
    ],
    "IF THEN ELSE(Time > 2 :AND: :NOT: Time > 4 :OR: Time = 5, 1, -1)": [
        1 if (2 < t <= 4) or t == 5 else -1 for t in TIMES
    ],
    "IF THEN ELSE(Time <> 1, 0, 1) + (Time >= 2) + (Time <= 2) + (Time < 1)": (TIMES == 1) * 1.0
    + (TIMES >= 2) + (TIMES <= 2) + (TIMES < 1),
    "STEP(4, 2)": 4.0 * (MIDDLE > 2),
    "RAMP(2, 1, 4)": np.clip(TIMES - 1, 0, 3) * 2,
    "PULSE(1, 2)": 1.0 * ((MIDDLE > 1) & (MIDDLE < 3)),
    "PULSE(1, 0)": 1.0 * ((MIDDLE > 1) & (MIDDLE < 1.5)),
    "PULSE TRAIN(1, 2, 0, 2.5)": ((TIMES >= 1) & (TIMES < 3)).astype(float),
    "PULSE TRAIN(1, 0.5, 2, 4)": 1.0 * np.isin(TIMES, [1, 3]),
    "SUM(beds[place!]) + PROD(beds[place!])": 23,
    "VMIN(beds[place!]) - VMAX(beds[place!])": -2,
    "ELMCOUNT(kind)": 3,
    "table(Time)": np.interp(TIMES, [0, 2, 4], [1, 5, 2]),
    "LOOKUP EXTRAPOLATE(table, Time)": np.where(
        TIMES < 2, 1 + 2 * TIMES, 5 - 1.5 * (TIMES - 2)
    ),
    "LOOKUP FORWARD(table, Time)": [1 if t <= 0 else 5 if t <= 2 else 2 for t in TIMES],
    "LOOKUP BACKWARD(table, Time)": [1 if t < 2 else 5 if t < 4 else 2 for t in TIMES],
    "WITH LOOKUP(Time, ([(0,0)-(9,9)],(1,3),(2,4)))": np.interp(TIMES, [1, 2], [3, 4]),
    "falls(level)": np.interp(LEVEL, [0, 3], [10, 40]),
    "INITIAL(level*2 + Time)": 2,
    "INTEG(wave, 2)": stepped(lambda _, time: wave(time), 2),
    "DELAY1(wave, 2)": chain(wave, 0, 2, 1),
    "DELAY1I(wave, 2, 5)": chain(wave, 5, 2, 1),
    "DELAY3(wave, 3)": chain(wave, 0, 3, 3),
    "DELAY3I(wave, 3, 5)": chain(wave, 5, 3, 3),
    "DELAY N(wave, 4, 5, 4)": chain(wave, 5, 4, 4),
    "SMOOTH(wave, 2)": smoothed(wave, 0, 2, 1),
    "SMOOTHI(wave, 2, 5)": smoothed(wave, 5, 2, 1),
    "SMOOTH3(wave, 3)": smoothed(wave, 0, 3, 3),
    "SMOOTH3I(wave, 3, 5)": smoothed(wave, 5, 3, 3),
    "SMOOTH N(wave, 4, 5, 2)": smoothed(wave, 5, 4, 2),
    "TREND(4 + wave, 2, 0.1)": (4 + WAVE - AVERAGE) / (2 * np.abs(AVERAGE)),
    "FORECAST(4 + wave, 2, 3)": (4 + WAVE) * (1 + (4 + WAVE - EVEN) / (2 * EVEN) * 3),
    "DELAY FIXED(wave, 1, 9)": [9, 9, *WAVE[:-2]],
    "SAMPLE IF TRUE(MODULO(Time, 2) = 1, wave, 9)": [
        9 if t < 1 else wave(2 * np.floor((t - 1) / 2) + 1) for t in TIMES
    ],
    "GAME(wave)": WAVE,
    "GET TIME VALUE(0, wave/3, 0)": TIMES + WAVE / 3,
    "beds[Swale] + :NA:*0": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    path: Path = tmp_path_factory.mktemp("functions") / "functions.mdl"
    lines = [f"x {number} = {text} ~~|" for number, text in enumerate(EXPECTED)]
    path.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    spec = load(path, cache=False)
    found = {}
    for engine in ("numpy", "kernel"):
        result = run(spec, Batch(1), engine=engine, method="euler", points=True)
        assert result.engine == engine
        found[engine] = {name: values[:, 0] for name, values in result.values.items()}
    return found


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
@pytest.mark.parametrize(("number", "text"), list(enumerate(EXPECTED)), ids=list(EXPECTED))
def test_it_is_what_it_says(results, engine, number, text) -> None:
    wanted = np.broadcast_to(np.asarray(EXPECTED[text], dtype=float), TIMES.shape)
    np.testing.assert_allclose(results[engine][f"x_{number}"], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("arguments", ["1, 0, 0", "0, 0, 1", "2, 0, 3", "Time, 0, 0"])
def test_calendars_and_clocks_are_refused(tmp_path: Path, arguments) -> None:
    path = tmp_path / "clock.mdl"
    path.write_text(f"{HEAD}x = GET TIME VALUE({arguments}) ~~|", encoding="utf-8")
    with pytest.raises(BadInput, match="only as GET TIME VALUE\\(0, offset, 0\\)"):
        load(path, cache=False)

"""From a mutated model file to results: refused, stopped, or the same from both engines.

A sound model with most of the language in it is changed a little: numbers, operators, functions,
names and subscripts trade places, pieces go missing or come twice. Whatever comes of it must be
refused with words, or stop with words, or run; and where it runs the compiled engine and the
reference must tell the same, since two engines rarely make the same mistake.
"""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcare.engine import Batch, Overrides, Run, SimulationError, run
from localcare.model import ModelSpec, load
from localcare.problems import BadInput

SOUND = """{UTF-8}
:MACRO: FILL(inflow, start)
FILL = INTEG(inflow - FILL/4, start) ~~|
:END OF MACRO:
:MACRO: SHARE(whole, part : rest)
SHARE = whole*part ~~|
rest = whole - SHARE ~~|
:END OF MACRO:
place: north, south, east ~~|
ward: (ward1-ward3) ~~|
upper: south, east -> lower ~~|
lower: north, south ~~|
rate = 0.3 ~ 1/Year ~|
weight[place] = 1, 2, 3 ~~|
people[place] = INTEG(gain[place] - loss[place], 2*weight[place]) ~ person ~|
gain[upper] = loss[lower]*rate ~~|
gain[north] = 4 + SIN(Time)*effect(Time/3) ~~|
loss[place] = MAX(0, people[place])*rate/(1 + XIDZ(weight[place], total, 1)) ~~|
total = SUM(people[place!]*weight[place!]) ~~|
worst = VMAX(people[place!]) - VMIN(people[place!]) + PROD(weight[place!]) ~~|
effect((0,0.5),(1,1),(2,0.25),(5,2)) ~~|
piped[place] = DELAY FIXED(gain[place], 1, weight[place]) ~~|
seen = SAMPLE IF TRUE(MODULO(Time, 1) < 0.3, total, rate) ~~|
late = DELAY3(total, 2) + SMOOTH(seen, 1.5) + DELAY N(rate, 1 + STEP(1, 2), 1, 2) ~~|
start = ACTIVE INITIAL(held*2, 3) ~~|
held = INTEG(PULSE(1, 0.5) - RAMP(0.1, 1, 3), start) ~~|
made[place] = FILL(gain[place] + rate, weight[place]) ~~|
odd = IF THEN ELSE(total > 20 :AND: :NOT: seen = 0, LN(1 + ABS(late)), EXP(-rate)^2) ~~|
how = QUANTUM(total, 0.5) + INTEGER(worst) + SQRT(ABS(odd)) + TREND(total, 2, 0.1) ~~|
ranked[place] = VECTOR RANK(weight[place], 1)*rate ~~|
picked = VECTOR SELECT(weight[place!], people[place!], 0, 4, 0) ~~|
mapped[place] = VECTOR ELM MAP(weight[north], 3 - place) + RANDOM POISSON(0, 9, 2, 0, 0.5, 1) ~~|
wild = RANDOM TRIANGULAR(0, 3, 1, 2, 3, 1) + RANDOM WEIBULL(0, 9, 1.5, 0, 1, 1) ~~|
waves = RANDOM PINK NOISE(2, 1, 2, 1) + PULSE TRAIN(0, 0.5, 1, 3) ~~|
aging = DELAY N(total, 2 + ABS(held), 1, 3) ~~|
parted = SHARE(total, rate : left) - left/2 + GET TIME VALUE(0, rate, 0) ~~|
grid[place, ward] = place*ward + IF THEN ELSE(place = ward, rate + Time, 0) ~~|
back[place, ward] = INVERT MATRIX(grid[place, ward], 3) ~~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 4 ~ Year ~|
TIME STEP = 0.25 ~ Year ~|
SAVEPER = 0.5 ~ Year ~|
"""
TOKENS = re.findall(r":[A-Za-z ]+:|<->|->|[\w.]+(?: [\w.]+)*|\s+|.", SOUND)
STRAY = [
    "0", "-1", "1e-9", "1e300", "Time", ":NA:", "!", "^", "/", "*", "-", "+", ":OR:", "<>", "=",
    "north", "place", "place!", "upper", "Time/0", "INITIAL(", "MIN(", "ZIDZ(", "PULSE TRAIN(",
    "TANH(", "ARCSIN(", "COS(", "LOOKUP EXTRAPOLATE(", "DELAY1(", "rate", "total", "seen", "1.5",
]  # fmt: skip
KINDS = (r"[\d.]+", r"[A-Z ]{2,}", r"[A-Za-z][\w ]*", r"[-+*/^<>=]|:[A-Z]+:")
MOST_STEPS = 2_000
LONGEST = 20  # seconds of a processor that reading a mutant may take


@cache
def like(token: str) -> list[str]:
    """Tokens of the same kind, if the token is a number, a function, a name or an operator."""
    kind = next((each for each in KINDS if re.fullmatch(each, token)), "")
    return [each for each in (*TOKENS, *STRAY) if kind and re.fullmatch(kind, each)]


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """The sound model with a few of its tokens changed."""
    tokens = list(TOKENS)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(tokens) - 1))
        other = draw(st.one_of(st.sampled_from(STRAY), st.sampled_from(TOKENS)))
        match draw(st.integers(0, 15)):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, other)
            case 2:
                start = draw(st.integers(0, len(tokens) - 1))
                tokens[place:place] = tokens[start : start + draw(st.integers(1, 12))]
            case 3:
                tokens[place] = other
            case _:
                telling = [at for at, each in enumerate(tokens) if like(each)]
                place = draw(st.sampled_from(telling))
                tokens[place] = draw(st.sampled_from(like(tokens[place])))
    return "".join(tokens)


def both_engines(spec: ModelSpec, members: list[Overrides]) -> list[Run | Exception]:
    """What each engine makes of the members, numpy first."""
    found: list[Run | Exception] = []
    for engine in ("numpy", "kernel"):
        try:
            found.append(run(spec, Batch.of(spec, members), engine=engine, method="euler"))
        except (SimulationError, BadInput) as error:
            found.append(error)
    return found


def outcome(text: str, folder: Path) -> str:
    """What came of a mutant: "refused", "stopped" or "ran". Fails where it crashes, takes long, or
    the engines disagree.
    """
    path = folder / "mutant.mdl"
    path.write_text(text, encoding="utf-8")
    began = time.process_time()
    try:
        spec = load(path, cache=False)
    except BadInput:
        return "refused"
    finally:
        assert time.process_time() - began < LONGEST
    if (spec.time.final - spec.time.initial) / spec.time.step > MOST_STEPS:
        return "refused"
    members = [Overrides(), Overrides()]
    rate = spec.by_identifier.get("rate")
    if rate is not None and rate.kind == "constant" and not rate.dimensions:
        members[1] = Overrides({"rate": np.array(0.45)})
    slow, fast = both_engines(spec, members)
    if not isinstance(slow, Run) or not isinstance(fast, Run):
        assert type(slow) is type(fast), (slow, fast)
        for member in members:  # which of several members is named first may differ
            slow, fast = both_engines(spec, [member])
            assert isinstance(slow, Run) == isinstance(fast, Run)
            assert isinstance(slow, Run) or str(slow) == str(fast)
        return "stopped"
    assert fast.engine == "kernel"
    for name, values in slow.values.items():
        size = float(np.abs(values).max(initial=0))
        np.testing.assert_allclose(
            fast.values[name], values, rtol=1e-9, atol=1e-9 * size, err_msg=name
        )
    return "ran"


def test_the_sound_model_runs(tmp_path: Path) -> None:
    assert outcome(SOUND, tmp_path) == "ran"


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(mutants())
def test_mutants_are_refused_or_stop_or_run_alike(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    outcome(text, tmp_path_factory.mktemp("mutant"))


@pytest.mark.long
@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutants())
def test_thousands_of_mutants(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    outcome(text, tmp_path_factory.getbasetemp())

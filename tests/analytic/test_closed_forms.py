"""Models whose solution is known: the engine comes to it, as fast as theory says it must.

The error of a method of order p falls by 2**p when the step is halved, so the order observed is
log2 of the ratio of two errors. Euler's is 1 and Runge-Kutta's 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, exp, factorial, sin, sqrt

import numpy as np
import pytest

from localcare.engine import Run
from localcare.engine.schedule import Method

Simulate = Callable[..., Run]
ORDER = {"euler": 1, "rk4": 4}


@dataclass(frozen=True)
class Known:
    """Equations, the stock looked at, the final time, a coarse step and the exact final value."""

    equations: str
    stock: str
    final: float
    step: float
    exact: float


def erlang_held(stages: int, time: float, mean: float) -> float:
    """The share that has not left a chain of `stages` equal stages that takes `mean` in all."""
    rate = stages * time / mean
    return sum(exp(-rate) * rate**k / factorial(k) for k in range(stages))


CASES = {
    "exponential decay": Known(
        "x = INTEG(-x / 2, 100) ~~|", "x", final=4, step=0.25, exact=100 * exp(-2)
    ),
    "logistic growth": Known(
        "x = INTEG(1.5 * x * (1 - x / 50), 1) ~~|",
        "x",
        final=4,
        step=0.125,
        exact=50 / (1 + 49 * exp(-1.5 * 4)),
    ),
    "oscillator": Known(
        "x = INTEG(y, 1) ~~|\ny = INTEG(-4 * x, 0) ~~|", "x", final=3, step=1 / 16, exact=cos(6)
    ),
    "forced by time": Known(
        "x = INTEG(SIN(2 * Time) - x, 0) ~~|",
        "x",
        final=3,
        step=0.125,
        exact=(sin(6) - 2 * cos(6) + 2 * exp(-3)) / 5,
    ),
    "a jump between two steps": Known(
        "x = INTEG(STEP(6, 1) - x, 0) ~~|", "x", final=4, step=0.25, exact=6 * (1 - exp(-3))
    ),
    "a pulse": Known(
        "x = INTEG(8 * PULSE(1, 0.5) - x, 0) ~~|",
        "x",
        final=4,
        step=0.25,
        exact=8 * (1 - exp(-0.5)) * exp(-2.5),
    ),
    "a ramp with ends between two steps": Known(
        "x = INTEG(RAMP(2, 1, 3) - x, 0) ~~|",
        "x",
        final=4,
        step=0.25,
        exact=4 - 2 * exp(-1) + 2 * exp(-3),
    ),
    "a delay of order three after a step": Known(
        "held = INTEG(10 - left, 0) ~~|\nleft = DELAY3I(10, 2, 0) ~~|",
        "held",
        final=4,
        step=0.25,
        # What has gone in less what has come out: 10 times the integral of the share still held.
        exact=10
        * (2 / 3)
        * sum(1 - sum(exp(-6) * 6**k / factorial(k) for k in range(j + 1)) for j in range(3)),
    ),
}


@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize("name", CASES)
def test_the_error_falls_with_the_order_of_the_method(
    simulate: Simulate, name: str, method: Method
) -> None:
    known = CASES[name]
    errors = []
    for halvings in (1, 2, 3):
        found = simulate(
            known.equations,
            final=known.final,
            step=known.step / 2**halvings,
            saveper=known.final / 4,
            method=method,
        )
        errors.append(abs(found.values[known.stock][-1, 0] - known.exact))
    orders = [np.log2(errors[i] / errors[i + 1]) for i in range(2)]
    assert orders == pytest.approx([ORDER[method]] * 2, abs=0.25), (errors, known.exact)


@pytest.mark.parametrize("name", CASES)
def test_a_fine_runge_kutta_run_is_right_to_eight_digits(simulate: Simulate, name: str) -> None:
    known = CASES[name]
    found = simulate(
        known.equations, final=known.final, step=known.step / 32, saveper=known.final / 4
    )
    assert found.values[known.stock][-1, 0] == pytest.approx(known.exact, rel=1e-8)


def test_a_chain_of_stages_delays_as_an_erlang_distribution(simulate: Simulate) -> None:
    equations = """
    stage: (s1-s4) ~~|
    later stage: (s2-s4) -> (earlier stage: s1, s2, s3) ~~|
    earlier stage: s1, s2, s3 ~~|
    mean time = 2 ~~|
    leaving[stage] = people[stage] * 4 / mean time ~~|
    people[s1] = INTEG(-leaving[s1], 1) ~~|
    people[later stage] = INTEG(leaving[earlier stage] - leaving[later stage], 0) ~~|
    waiting = SUM(people[stage!]) ~~|
    """.replace("    ", "")
    found = simulate(equations, final=6, step=0.01, saveper=0.5)
    expected = [erlang_held(4, time, 2.0) for time in found.bounds]
    assert found.values["waiting"][:, 0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("reproduction", [1.5, 2.5, 4.0])
def test_an_epidemic_ends_at_its_final_size(simulate: Simulate, reproduction: float) -> None:
    equations = f"""
    s = INTEG(-infection, 999) ~~|
    i = INTEG(infection - recovery, 1) ~~|
    r = INTEG(recovery, 0) ~~|
    infection = {reproduction} * 0.5 * s * i / (s + i + r) ~~|
    recovery = 0.5 * i ~~|
    """.replace("    ", "")
    found = simulate(equations, final=400, step=0.125, saveper=50).values
    left = found["s"][-1, 0]
    # Kermack and McKendrick: ln(s0 / s) is the reproduction number times the share ever infected.
    assert np.log(999 / left) == pytest.approx(reproduction * (1000 - left) / 1000, rel=1e-6)
    total = found["s"] + found["i"] + found["r"]
    assert np.abs(total - 1000).max() < 1e-9 * 1000


def test_predator_and_prey_keep_their_invariant(simulate: Simulate) -> None:
    equations = """
    prey = INTEG(prey * (1 - 0.5 * predator), 3) ~~|
    predator = INTEG(predator * (0.4 * prey - 0.8), 1) ~~|
    """.replace("    ", "")

    def drift(step: float, method: Method) -> float:
        run = simulate(equations, final=24, step=step, saveper=0.5, method=method)
        prey, predator = run.values["prey"][:, 0], run.values["predator"][:, 0]
        kept = 0.4 * prey - 0.8 * np.log(prey) + 0.5 * predator - np.log(predator)
        return float(np.abs(kept - kept[0]).max())

    assert drift(1 / 64, "rk4") < 1e-8
    assert drift(1 / 64, "euler") > 1e-2
    # Over closed orbits the errors of two halves partly cancel: the invariant gains an order.
    assert np.log2(drift(1 / 16, "rk4") / drift(1 / 32, "rk4")) > 3.75


def test_a_damped_oscillator_rings_at_its_own_frequency(simulate: Simulate) -> None:
    equations = """
    position = INTEG(velocity, 1) ~~|
    velocity = INTEG(-0.4 * velocity - 9 * position, 0) ~~|
    """.replace("    ", "")
    found = simulate(equations, final=10, step=1 / 128, saveper=0.25)
    frequency = sqrt(9 - 0.04)
    times = found.bounds
    expected = np.exp(-0.2 * times) * (
        np.cos(frequency * times) + 0.2 / frequency * np.sin(frequency * times)
    )
    assert found.values["position"][:, 0] == pytest.approx(expected, abs=1e-7)

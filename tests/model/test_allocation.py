"""ALLOCATE AVAILABLE and BY PRIORITY, held to a root found by scipy on curves written from Vensim's
help, in both engines."""

from __future__ import annotations

from math import erf, exp, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from localcare.engine import Batch, SimulationError, run
from localcare.model import load
from localcare.problems import BadInput

HEAD = """{UTF-8}
branch: Dover, Deal, Swale ~~|
area: east, west ~~|
profile: ptype, ppriority, pwidth, pextra ~~|
ask[branch] = 3, 2, 4 ~~|
supply = RAMP(1, 0, 12) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 12 ~~|
SAVEPER = 0.5 ~~|
TIME STEP = 0.5 ~~|
"""
ASK = np.array([3.0, 2, 4])
SUPPLIES = np.arange(0, 12.25, 0.5)


def share(kind: int, level: float, priority: float, width: float) -> float:
    """What share of its request an asker still gets at a level of priority."""
    z = (priority - level) / width
    if kind == 3:
        return 0.5 * (1 + erf(z / sqrt(2)))
    if kind == 4:
        return 1 - 0.5 * exp(-z) if z > 0 else 0.5 * exp(z)
    filled = min(max(z + 0.5, 0), 1)
    if kind == 2:
        return 2 * filled**2 if filled < 0.5 else 1 - 2 * (1 - filled) ** 2
    return filled


def shared(kinds, priorities, widths, supply: float, ask=ASK) -> np.ndarray:
    if supply >= ask.sum():
        return ask

    def given(level: float) -> np.ndarray:
        curves = zip(kinds, priorities, widths, strict=True)
        return ask * [share(kind, level, each, width) for kind, each, width in curves]

    return given(brentq(lambda level: given(level).sum() - supply, -200, 200, xtol=1e-13))


@pytest.fixture
def results(tmp_path: Path):
    def read(text: str) -> dict[str, np.ndarray]:
        path = tmp_path / "allocation.mdl"
        path.write_text(HEAD + text, encoding="utf-8")
        spec = load(path, cache=False)
        own = [each for each in spec.variables if not each.hidden]
        save = [each.identifier for each in own if each.name.startswith("got")]
        found = [
            run(spec, Batch(1), engine=engine, method="euler", points=True, save=save).values
            for engine in ("numpy", "kernel")
        ]
        for name, values in found[0].items():
            np.testing.assert_allclose(found[1][name], values, rtol=1e-9, atol=1e-9)
        return {name: values[..., 0] for name, values in found[0].items()}

    return read


def test_a_supply_goes_out_by_the_curves_of_those_who_ask(results) -> None:
    kinds, priorities, widths = (3, 1, 2), (5, 6, 4), (1, 3, 4)
    found = results(
        """
        mixed[Dover, profile] = 3, 5, 1, 0 ~~|
        mixed[Deal, profile] = 1, 6, 3, 0 ~~|
        mixed[Swale, profile] = 2, 4, 4, 0 ~~|
        waiting[branch, profile] = 4, 5, 1, 0; 4, 6, 2, 0; 4, 4, 1, 0; ~~|
        wanted[area, branch] = 3, 2, 4; 0, 2, 1; ~~|
        got mixed[branch] = ALLOCATE AVAILABLE(ask[branch], mixed[branch, ptype], supply) ~~|
        got waiting[branch] = ALLOCATE AVAILABLE(ask[branch], waiting[branch, ptype], supply) ~~|
        got there[area, branch] = ALLOCATE AVAILABLE(wanted[area, branch], mixed[branch, ptype],
          supply/area) ~~|
        """
    )
    for at, supply in enumerate(SUPPLIES):
        if supply == 0:
            assert not found["got_mixed"][0].any()
            continue
        wanted = shared(kinds, priorities, widths, supply)
        np.testing.assert_allclose(found["got_mixed"][at], wanted, atol=1e-8)
        wanted = shared((4, 4, 4), (5, 6, 4), (1, 2, 1), supply)
        np.testing.assert_allclose(found["got_waiting"][at], wanted, atol=1e-8)
        np.testing.assert_allclose(found["got_there"][at, 0], found["got_mixed"][at], atol=1e-12)
        wanted = shared(kinds, priorities, widths, supply / 2, np.array([0.0, 2, 1]))
        np.testing.assert_allclose(found["got_there"][at, 1], wanted, atol=1e-8)


def test_by_priority_the_next_in_line_begins_a_width_later(results) -> None:
    found = results(
        """
        rank[branch] = 3, 2, 1 ~~|
        got slowly[branch] = ALLOCATE BY PRIORITY(ask[branch], rank[branch], 3, 2, supply) ~~|
        got strictly[branch] = ALLOCATE BY PRIORITY(ask[branch], rank[branch],
          ELMCOUNT(branch), 0.5, supply) ~~|
        """
    )
    for at, supply in enumerate(SUPPLIES):
        in_turn = np.clip(supply - np.array([0, 3, 5]), 0, ASK)
        np.testing.assert_allclose(found["got_strictly"][at], in_turn, atol=1e-8)
        if supply:
            wanted = shared((1, 1, 1), (3, 2, 1), (2, 2, 2), supply)
            np.testing.assert_allclose(found["got_slowly"][at], wanted, atol=1e-8)


@pytest.mark.parametrize("profile", ["5, 5, 1, 1", "0, 5, 1, 0", "13, 5, 1, 0", "3, 5, 0, 0"])
def test_a_curve_that_is_not_known_stops_the_run(results, profile: str) -> None:
    with pytest.raises(SimulationError, match=r"got.*is not a number"):
        results(
            f"""
            curve[Dover, profile] = {profile} ~~|
            curve[Deal, profile] = 3, 5, 1, 0 ~~|
            curve[Swale, profile] = 3, 5, 1, 0 ~~|
            got[branch] = ALLOCATE AVAILABLE(ask[branch], curve[branch, ptype], 2) ~~|
            """
        )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("ALLOCATE AVAILABLE(ask[branch] + 1, curve[branch, ptype], 2)", "given an expression"),
        ("ALLOCATE AVAILABLE(ask[branch], curve[branch, pextra], 2)", "fewer than a type"),
        ("ALLOCATE AVAILABLE(ask[branch], ask[branch], 2)", "does not end in its first element"),
        ("ALLOCATE AVAILABLE(ask[Deal], curve[branch, ptype], 2)", r"runs over \[deal\]"),
        ("ALLOCATE BY PRIORITY(ask[branch], ask[branch], 4, 1, 2)", r"told of 4 askers"),
    ],
)
def test_misuse_is_refused(results, call: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        results(f"curve[branch, profile] = 3 ~~| got[branch] = {call} ~~|")

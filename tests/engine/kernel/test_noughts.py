"""Reductions over tables of noughts are written out, and no bit of any result tells."""

from __future__ import annotations

import numpy as np
import pytest
from building import Building, do
from kernel_models import assert_agree, both, saved
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides, SimulationError
from localcare.engine import Path as Course
from localcare.engine.kernel import prepare, simulate
from localcare.engine.kernel.abreast import abreast_alone
from localcare.engine.kernel.nought import Simplifier
from localcare.engine.kernel.patterns import loosened_by, patterns_of
from localcare.engine.kernel.phases import equations_of
from localcare.engine.kernel.sparse import Spreader
from localcare.engine.kernel.terms import Equation
from localcare.engine.numpy_backend import simulate as simulate_slowly
from localcare.engine.schedule import schedule
from localcare.model.expression import Expression
from localcare.model.spec import ModelSpec, TimeSettings

PLACES, FUNCTIONS, ROLES = 5, 7, 4
USED = np.array([[1, 0, 0, 2], [0, 0, 3, 0], [0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0],
                 [0, 0, 0, 0.5], [0, 2, 0, 0]])  # fmt: skip
URGENT = np.array([1.0, 0, 0, 1, 0, 1, 0])


def model(
    used: NDArray[np.float64] = USED,
    urgent: NDArray[np.float64] = URGENT,
    other: Expression | None = None,
) -> Building:
    """Work that functions ask of roles: sums, products and extremes over tables of noughts. What
    is added up goes through 0 and below; `other` is what a nought of `used` is multiplied by."""
    own = Building(
        {
            "place": tuple(f"p{k}" for k in range(PLACES)),
            "function": tuple(f"f{k}" for k in range(FUNCTIONS)),
            "role": tuple(f"r{k}" for k in range(ROLES)),
        },
        TimeSettings(0, 2, 1 / 8, 1 / 4),
    )
    pf = ("place", "function")
    own.constant("used", used, "function", "role")
    own.constant("pay", [1.0, 2.5, 3.0, 0.5], "role")
    own.constant("urgent", urgent, "function")
    own.constant("start", np.linspace(-1, 1.1, PLACES * FUNCTIONS), *pf)
    cost = do("multiply", own.read("used", "function", "role"), own.read("pay", "role"))
    own.auxiliary("cost", cost, "function", "role")
    need = do("greater", own.read("used", "function", "role"), 0.0)
    own.auxiliary("needs", do("if", need, 1.0, 0.0), "function", "role")
    level = own.read("level", *pf)
    wave = do("multiply", level, do("cosine", do("add", level, own.read("clock"))))
    # Noughts of either sign, too: a number below 0 rounded towards it is -0.
    own.auxiliary("rounded", do("integer", wave), *pf)
    own.auxiliary("wave", wave, *pf)
    many = do("add", own.read("wave", *pf), own.read("rounded", *pf))
    own.auxiliary("asked", other or many, *pf)
    asked = own.read("asked", *pf)
    for name, table in (("hours", "used"), ("costs", "cost"), ("signs", "needs")):
        body = do("multiply", asked, own.read(table, "function", "role"))
        own.auxiliary(name, own.reduce("sum", ["function"], body), "place", "role")
    body = do("multiply", own.read("rounded", *pf), own.read("needs", "function", "role"))
    own.auxiliary("whole", own.reduce("sum", ["function"], body), "place", "role")
    ugly = do("multiply", own.read("urgent", "function"), own.read("met", "place", "role"))
    calm = do("subtract", 1.0, own.read("urgent", "function"))
    short = do("subtract", do("subtract", 1.0, ugly), do("multiply", calm, own.read("pay", "role")))
    short = do("subtract", 1.0, do("multiply", own.read("needs", "function", "role"), short))
    own.auxiliary("met", do("absolute", own.read("hours", "place", "role")), "place", "role")
    for operation in ("minimum", "maximum", "product"):
        own.auxiliary(f"{operation}_met", own.reduce(operation, ["role"], short), *pf)
    pays = do("multiply", own.read("urgent", "function"), do("multiply", asked, asked))
    own.auxiliary("pays", own.reduce("sum", ["function", "place"], pays))
    own.stock("clock", 1.0, 0.0)
    own.stock(
        "level", do("subtract", own.read("minimum_met", *pf), level), own.read("start", *pf), *pf
    )
    return own


def overridden(spec: ModelSpec, number: int) -> Overrides:
    """Member number so many: a factor on a table for the first, later ones fill in noughts."""
    draw = np.random.default_rng(number)
    used = np.array(spec.by_identifier["used"].values).reshape(FUNCTIONS, ROLES)
    if number == 0:
        return Overrides()
    if number == 1:
        return Overrides({"used": used * 1.7, "start": draw.uniform(-2, 2, (PLACES, FUNCTIONS))})
    if number == 2:
        return Overrides({"used": draw.choice([0.0, 0.0, 1.0, -2.0], used.shape)})
    if number == 3:
        return Overrides({"urgent": draw.choice([0.0, 0.5, 1.0], FUNCTIONS)})
    ends = np.stack([used, used + 1], axis=-1)
    return Overrides(paths={"used": Course(np.array([0.5, 1.5]), ends)})


def drawn(number: int) -> ModelSpec:
    """The model with noughts as they are above, or drawn."""
    if not number:
        return model().spec()
    draw = np.random.default_rng(number)
    used = draw.choice([0.0, 0.0, 0.0, 1.0, 2.5, -1.0], (FUNCTIONS, ROLES))
    return model(used, draw.choice([0.0, 1.0], FUNCTIONS)).spec()


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(k, marks=pytest.mark.long) for k in range(1, 20))]
)
def test_no_bit_tells_what_was_left_out(number: int) -> None:
    """The reference engine agrees, and a member is the same alone, beside members that fill in
    noughts, and in a kernel for which nothing is known to be nought."""
    spec = drawn(number)
    members = [overridden(spec, each) for each in range(5)]
    together, reference = both(spec, Batch.of(spec, members))
    assert_agree(together, reference, nothing=1e-12)
    times, names = schedule(spec.time, "rk4"), saved(spec)
    for member, own in enumerate(members):
        batch = Batch.of(spec, [own])
        for loose in {frozenset(patterns_of(spec)), loosened_by(spec, batch)}:
            for lanes in (1, 4, 8) if number else (1, 8):
                kernel = prepare(spec, names, times, lanes, loose=loose)
                alone = simulate(spec, batch, times, names, kernel=kernel)
                for name, array in alone.items():
                    expected = np.ascontiguousarray(together[name][..., member])
                    same = array[..., 0].view(np.int64) == expected.view(np.int64)
                    assert same.all(), (name, member, loose, lanes)


def spread(spec: ModelSpec, loose: frozenset[str] = frozenset()) -> list[Equation]:
    equations = equations_of(spec)
    constants = {each.target.variable: [each] for each in equations.constant}
    patterns = patterns_of(spec)
    held = {name: own for name, own in patterns.items() if name not in loose}
    spreader = Spreader(Simplifier(patterns, constants), Simplifier(held, constants), lambda _: 1)
    return list(spreader.spread(equations.state))


def test_each_role_adds_up_what_it_is_needed_for() -> None:
    """One equation for each role, reading the functions that need it; also where the table is
    computed from one with noughts."""
    for name in ("hours", "costs", "signs"):
        found = [each for each in spread(model().spec()) if each.target.variable == name]
        assert [each.lengths for each in found] == [(PLACES,)] * ROLES
        read = [{read.place.first for read in each.reads if read.place.variable == "asked"}
                for each in found]  # fmt: skip
        assert read == [set(np.flatnonzero(USED[:, role]).tolist()) for role in range(ROLES)]


def test_a_table_that_members_fill_in_is_added_up_whole() -> None:
    spec = model().spec()
    found = spread(spec, frozenset({"used"}))
    assert [each.lengths for each in found if each.target.variable == "hours"] == [(PLACES, ROLES)]
    dense = model(np.ones((FUNCTIONS, ROLES))).spec()
    assert [e.lengths for e in spread(dense) if e.target.variable == "hours"] == [(PLACES, ROLES)]


def test_rounds_side_by_side_are_not_given_up_for_a_few_noughts() -> None:
    spec = model().spec()
    equations = equations_of(spec)
    simplifier = Simplifier(patterns_of(spec), {})
    found = Spreader(simplifier, simplifier, abreast_alone).spread(equations.state)
    lengths = [each.lengths for each in found if each.target.variable == "hours"]
    assert lengths == [(PLACES, ROLES)]


def test_tables_are_loose_where_a_member_fills_in_a_nought() -> None:
    spec = model().spec()
    assert set(patterns_of(spec)) == {"used", "urgent"}
    found = [loosened_by(spec, Batch.of(spec, [overridden(spec, k)])) for k in range(5)]
    assert found == [set(), set(), {"used"}, {"urgent"}, {"used"}]


def test_a_kernel_is_not_given_members_that_fill_in_noughts() -> None:
    spec = model().spec()
    times = schedule(spec.time, "rk4")
    kernel = prepare(spec, ["hours"], times)
    batch = Batch.of(spec, [overridden(spec, 2)])
    with pytest.raises(ValueError, match="noughts of used"):
        simulate(spec, batch, times, ("hours",), kernel=kernel)


@pytest.mark.parametrize("kind", ["variable", "own"])
def test_a_nought_hides_nothing_that_is_not_finite(kind: str) -> None:
    """What is multiplied by a nought stops the run as ever if it is not finite: as a variable, and
    as a quotient written where it is used."""
    own = model()
    pf = ("place", "function")
    pole = do("divide", own.read("start", *pf), do("subtract", 0.5, own.read("clock")))
    if kind == "variable":
        own = model(other=pole)
    else:
        body = do("multiply", own.read("used", "function", "role"), pole)
        own.auxiliary("poles", own.reduce("sum", ["function"], body), "place", "role")
    spec = own.spec()
    batch = Batch.of(spec, [Overrides()])
    times = schedule(spec.time, "euler")
    with pytest.raises(SimulationError) as expected:
        simulate_slowly(spec, batch, times, ("poles",) if kind == "own" else ("level",))
    for lanes in (1, 4, 8):
        with pytest.raises(SimulationError) as found:
            simulate(spec, batch, times, ("poles",) if kind == "own" else ("level",), lanes=lanes)
        assert str(found.value) == str(expected.value)

"""What the kernel is planned from: the order of equations, loops made one, what is moved out."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from building import Building, do
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_models import lively, saved

from localcare.engine.kernel.hoist import phase_of
from localcare.engine.kernel.lifetimes import take_turns
from localcare.engine.kernel.loops import merged
from localcare.engine.kernel.outline import Outline
from localcare.engine.kernel.phases import equations_of
from localcare.engine.kernel.plan import MOST_TOGETHER, Group, plan
from localcare.engine.kernel.program import write_program
from localcare.engine.kernel.share import Sharer
from localcare.engine.kernel.terms import Call, Equation, Fold, Load, Phase, Place, Read, walk
from localcare.model.expression import Time
from localcare.model.spec import ModelSpec


def equation(name: str, reads: list[str], length: int, *, shifted: bool = False) -> Equation:
    """An equation over one loop that reads others, element by element or one element on."""
    places = [Place(read, int(shifted), ((0, 1),)) for read in reads]
    box = (frozenset(range(length)),)
    term = Call("add", tuple(Load(place) for place in places))
    found = tuple(Read(place, box) for place in places)
    return Equation(Place(name, 0, ((0, 1),)), (length,), term, found, box)


@st.composite
def many(draw: st.DrawFn) -> list[Equation]:
    count = draw(st.integers(1, 40))
    made = [
        equation(
            f"x{number}",
            [f"x{draw(st.integers(0, number - 1))}" for _ in range(draw(st.integers(0, 3)))]
            if number
            else [],
            draw(st.sampled_from([3, 3, 4])),
            shifted=draw(st.booleans()),
        )
        for number in range(count)
    ]
    return draw(st.permutations(made))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(many())
def test_everything_is_computed_once_and_before_it_is_read(equations: list[Equation]) -> None:
    groups = plan(equations)
    planned = [each for group in groups for each in group.equations]
    assert sorted(e.target.variable for e in planned) == sorted(
        e.target.variable for e in equations
    )
    done: set[str] = set()
    for group in groups:
        assert len(group.equations) <= MOST_TOGETHER
        own: dict[str, Place] = {}
        for each in group.equations:
            assert each.lengths == group.lengths
            for read in each.reads:
                name = read.place.variable
                assert name in done or own.get(name) == read.place
            own[each.target.variable] = each.target
        done |= set(own)


def test_equations_that_need_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be put in an order"):
        plan([equation("x", ["y"], 3), equation("y", ["x"], 3)])


@pytest.mark.parametrize("count", [500, 4000])
def test_planning_takes_time_in_proportion_to_the_model(count: int) -> None:
    draw = np.random.default_rng(0)
    equations = [
        equation(f"x{n}", [f"x{draw.integers(max(0, n - 50), n)}"] if n else [], 3 + n % 5)
        for n in range(count)
    ]
    before = time.process_time()
    plan(equations)
    assert time.process_time() - before < count * 1e-3


def test_loops_become_one_where_every_place_steps_through_both() -> None:
    own = Place("x", 0, ((0, 12), (1, 4), (2, 1)))
    other = Place("y", 5, ((0, 12), (1, 4), (2, 1)))
    outer = Place("z", 0, ((0, 1),))
    lengths = (7, 3, 4)

    def group(*places: Place) -> Group:
        term = Call("add", tuple(Load(place) for place in places))
        return merged(Group(lengths, (Equation(own, lengths, term, (), ()),)))

    assert group(own, other).lengths == (84,)
    assert group(own, outer).lengths == (7, 12)
    assert group(own, outer).equations[0].target == Place("x", 0, ((0, 12), (1, 1)))
    turned = Place("y", 0, ((0, 12), (1, 1), (2, 3)))
    assert group(turned).lengths == (7, 3, 4)
    uneven = Place("y", 0, ((0, 12),), ((2, (0, 3, 1, 7)),))
    assert group(uneven).lengths == (7, 3, 4)


def test_what_follows_from_constants_is_computed_once() -> None:
    """Nothing costly is left in the equations of the state that constants or time alone decide."""
    equations = equations_of(lively())
    costly = {"divide", "power", "exponential", "sine", "cosine"}
    for each in equations.state:
        for part in walk(each.term):
            if isinstance(part, Call) and part.function in costly:
                assert phase_of(part, equations.phases) is Phase.STATE
            if isinstance(part, Fold):
                assert phase_of(part, equations.phases) is Phase.STATE


def test_division_by_a_constant_is_by_its_inverse() -> None:
    model = Building()
    model.constant("k", 3.0)
    model.stock("s", do("divide", model.read("s"), model.read("k")), 1.0)
    (flow,) = equations_of(model.spec()).state
    assert isinstance(flow.term, Call)
    assert flow.term.function == "divide_by"


def test_what_nothing_needs_is_left_out() -> None:
    model = Building()
    model.stock("s", Time(), 0.0)
    model.auxiliary("unused", do("exponential", model.read("s")))
    kept, _ = write_program(model.spec(), ["s", "unused"], 1, "")
    without, _ = write_program(model.spec(), ["s"], 1, "")
    assert len(without) < len(kept)


def test_a_path_recomputes_what_follows_from_it_and_nothing_else() -> None:
    _, outline = write_program(lively(), saved(lively()), 1, "")
    flags, moving = outline.moved_by(["lever"])
    assert "level" in moving
    assert "pace" in moving
    assert 0 < sum(flags) < len(flags)
    assert outline.moved_by([]) == (bytes(len(flags)), frozenset())


def test_an_outline_survives_being_written() -> None:
    _, outline = write_program(lively(), saved(lively()), 4, "")
    assert Outline.decode(outline.encode()) == outline


def test_the_text_is_the_same_every_time() -> None:
    """Also in another process, whose sets come in another order: the cache rests on the spec, but
    a reader compares texts."""
    spec: ModelSpec = lively()
    texts = {write_program(spec, kept, 8, "")[0] for kept in (saved(spec), saved(spec)[::-1])}
    assert len(texts) == 1


def test_a_name_from_a_model_file_cannot_become_code() -> None:
    """Names stand in comments of the text only, on one line whatever they hold."""
    model = Building()
    name = "x\n  store double 0.0, ptr null, align 8\n  ; \u2028\x00"
    model.auxiliary(name, do("exponential", model.read("s")))
    model.stock("s", do("negate", model.read(name)), 1.0)
    text, _ = write_program(model.spec(), ["s", name], 1, "")
    assert "store double 0.0, ptr null" in text
    lines = [line.split(";")[0] for line in text.splitlines()]
    assert not any("ptr null" in line for line in lines)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(many(), st.data())
def test_no_two_values_share_a_slot_while_both_are_needed(
    equations: list[Equation], data: st.DataObject
) -> None:
    groups = plan(equations)
    lengths = {e.target.variable: data.draw(st.integers(1, 9)) for e in equations}
    offsets, size = take_turns(groups, lengths)
    assert set(offsets) == set(lengths)
    computed = {e.target.variable: n for n, group in enumerate(groups) for e in group.equations}
    needed = dict(computed)
    for number, group in enumerate(groups):
        for read in (read for e in group.equations for read in e.reads):
            needed[read.place.variable] = max(needed[read.place.variable], number)
    for one, other in itertools.combinations(lengths, 2):
        apart = needed[one] < computed[other] or needed[other] < computed[one]
        low, high = sorted((one, other), key=offsets.__getitem__)
        assert apart or offsets[low] + lengths[low] <= offsets[high]
    assert all(0 <= offsets[name] <= size - lengths[name] for name in lengths)
    assert size <= sum(lengths.values())


def test_what_loops_would_repeat_is_computed_once() -> None:
    """In the sum over f of a[p, f] * b[f] * c[r, f] the first product does not depend on r."""
    model = Building({"p": tuple("abcde"), "r": tuple("abcd"), "f": tuple("abc")})
    model.constant("c", np.arange(12.0), "r", "f")
    model.stock("a", 0.0, 1.0, "p", "f")
    model.stock("b", 0.0, 2.0, "f")
    product = do("multiply", model.read("a", "p", "f"), model.read("b", "f"))
    body = do("multiply", product, model.read("c", "r", "f"))
    model.stock("s", model.reduce("sum", ["f"], body), 0.0, "p", "r")
    equations = equations_of(model.spec()).state
    sharer = Sharer()
    shared = sharer.shared(equations)
    (new,) = sharer.equations
    assert new.lengths == (5, 3)
    assert new.term == Call(
        "multiply",
        (Load(Place("a", 0, ((0, 3), (1, 1)))), Load(Place("b", 0, ((1, 1),)))),
    )
    assert len(shared) == len(equations) + 1

"""Equations come in an order in which each finds what it needs, element by element."""

import pytest

from localcare.engine.inputs import Batch
from localcare.engine.run import run
from localcare.model.expression import Along, Reference, walk
from localcare.model.graph import components, shortest_cycle
from localcare.model.spec import Kind
from localcare.problems import BadInput


def elements(component):
    """Every element a component defines, as tuples of positions."""
    found = [()]
    for axis in component.axes:
        found = [(*each, position) for each in found for position in axis.positions]
    return found


def check(spec):
    """Walk through the order and look at every element that every equation reads."""
    known = spec.by_identifier
    constants = {
        (each.identifier, spot)
        for each in spec.variables
        if each.kind in (Kind.CONSTANT, Kind.SERIES)
        for spot in _all(spec, each.identifier)
    }
    stocks = {
        (each.identifier, spot)
        for each in spec.variables
        if each.kind is Kind.STOCK
        for spot in _all(spec, each.identifier)
    }

    def compute(tasks, ready):
        for task in tasks:
            variable = known[task.variable]
            parts = variable.initial if variable.kind is Kind.STOCK else variable.components
            part = parts[task.component]
            for each in walk(part.expression):
                if isinstance(each, Reference):
                    wanted = [()]
                    for index in each.indices:
                        places = index.positions if isinstance(index, Along) else (index.position,)
                        wanted = [(*spot, place) for spot in wanted for place in places]
                    assert {(each.variable, spot) for spot in wanted} <= ready, task
            new = {(task.variable, spot) for spot in elements(part)}
            assert not new & ready, task
            ready |= new
        return ready

    fixed = compute(spec.order.constants, set(constants))
    assert stocks <= compute(spec.order.initial, set(fixed))
    complete = compute(spec.order.step, fixed | stocks)
    for variable in spec.variables:
        if variable.kind is Kind.AUXILIARY:
            assert {(variable.identifier, s) for s in _all(spec, variable.identifier)} <= complete


def _all(spec, identifier):
    found = [()]
    for length in spec.shape(identifier):
        found = [(*each, place) for each in found for place in range(length)]
    return found


CHAIN = """
age: young, middle, old, oldest ~~|
lower: young, middle, old -> upper ~~|
upper: middle, old, oldest ~~|
place: north, south ~~|
"""


def test_an_equation_that_reads_its_neighbour_is_split(model):
    spec = model(
        CHAIN
        + """
        x[place, upper] = x[place, lower] * 2 + Time ~ Dmnl ~ |
        x[place, young] = 1 ~ Dmnl ~ |
        """
    )
    check(spec)
    assert [len(part.axes[0].positions) for part in spec.by_identifier["x"].components] == [2] * 4
    result = run(spec, Batch(1), method="euler", points=True, save=["x"]).values["x"]
    assert result[0, 0, :, 0].tolist() == [1, 2, 4, 8]


def test_two_variables_that_take_turns_are_split(model):
    spec = model(
        CHAIN
        + """
        out[age] = full[age] / 2 ~ Dmnl ~ |
        full[upper] = out[lower] + 1 ~ Dmnl ~ |
        full[young] = 8 ~ Dmnl ~ |
        """
    )
    check(spec)
    assert [task.variable for task in spec.order.constants] == ["full", "out"] * 4


def test_the_first_element_can_come_from_the_last(model):
    spec = model(
        CHAIN
        + """
        x[lower] = x[upper] + 1 ~ Dmnl ~ |
        x[oldest] = 0 ~ Dmnl ~ |
        """
    )
    check(spec)
    assert len(spec.by_identifier["x"].components) == 4


def test_initial_values_wait_for_other_initial_values(model):
    spec = model(
        CHAIN
        + """
        beds = INTEG(0, staff * 2) ~ bed ~ |
        staff = 3 * people ~ FTE ~ |
        people = INTEG(births, 10) ~ person ~ |
        births = people * 0.1 ~ person/Year ~ |
        later[upper] = INTEG(births, later[lower] + 1) ~ person ~ |
        later[young] = INTEG(births, beds) ~ person ~ |
        """
    )
    check(spec)
    assert [task.variable for task in spec.order.initial] == [
        "people",
        "staff",
        "beds",
        "later",
        "later",
        "later",
        "later",
    ]


def test_what_follows_from_constants_is_computed_once(model):
    spec = model(
        """
        a = 2 ~ Dmnl ~ |
        b = a * 3 ~ Dmnl ~ |
        c = effect(b) ~ Dmnl ~ |
        effect((0,0),(9,9)) ~ Dmnl ~ |
        d = b + Time ~ Dmnl ~ |
        e = STEP(b, 1) ~ Dmnl ~ |
        f = d + b ~ Dmnl ~ |
        g := GET DIRECT DATA('g.csv', ',', 'A', 'B1') ~ Dmnl ~ |
        h = g ~ Dmnl ~ |
        """,
        {"g.csv": "0,1\n4,5\n"},
    )
    check(spec)
    assert [task.variable for task in spec.order.constants] == ["b", "c"]
    assert {task.variable for task in spec.order.step} == {"d", "e", "f", "h"}


def test_a_loop_through_a_stock_is_none(model):
    spec = model(
        """
        people = INTEG(births - deaths, 100) ~ person ~ |
        births = people * 0.02 ~ person/Year ~ |
        deaths = crowding * people * 0.01 ~ person/Year ~ |
        crowding = people / 100 ~ Dmnl ~ |
        """
    )
    check(spec)
    assert [task.variable for task in spec.order.step] == ["births", "crowding", "deaths"]


def test_a_loop_is_told_once_and_each_of_two_loops_is_told(model):
    with pytest.raises(BadInput) as caught:
        model(
            """
            stock = INTEG(a, 1) ~ person ~ |
            a = b ~ person ~ |
            b = a + stock ~ person ~ |
            c = d ~ person ~ |
            d = c ~ person ~ |
            """
        )
    chains = [problem.why.split("itself, ")[1] for problem in caught.value.problems]
    assert chains == ["a -> b -> a.", "c -> d -> c."]


def test_groups_of_a_graph_come_after_what_they_need():
    needs = {1: [2], 2: [3], 3: [2, 4], 4: [], 5: [1, 5], 6: []}
    groups = components(list(needs), needs.__getitem__)
    assert [sorted(group) for group in groups] == [[4], [2, 3], [1], [5], [6]]
    assert shortest_cycle(2, needs.__getitem__) == [2, 3, 2]
    assert shortest_cycle(5, needs.__getitem__) == [5, 5]


def test_a_long_chain_of_variables_does_not_exhaust_the_stack(model):
    lines = [f"x{number} = x{number + 1} + Time ~ Dmnl ~ |" for number in range(1100)]
    spec = model("\n".join([*lines, "x1100 = Time ~ Dmnl ~ |"]))
    assert [task.variable for task in spec.order.step[:2]] == ["x1100", "x1099"]

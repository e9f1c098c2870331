"""Delays and smooths are hidden stocks that do what the written-out stocks do, to the bit."""

import numpy as np
import pytest

from localcare.engine.inputs import Batch
from localcare.engine.run import run
from localcare.model.expression import Number
from localcare.model.spec import Kind
from localcare.problems import BadInput

FLOW = """
flow = 10 + STEP(5, 1) ~ person/Year ~ |
stay = 0.5 ~ Year ~ |
"""


def series(spec, name, method="rk4"):
    return run(spec, Batch(1), method=method, points=True, save=[name]).values[name][..., 0]


def hidden(spec):
    return [each for each in spec.variables if each.hidden]


def test_a_third_order_delay_has_three_stocks_and_a_time(model):
    spec = model(FLOW + "later = DELAY3(flow, stay) ~ person/Year ~ |")
    assert [(each.name, each.kind, each.units) for each in hidden(spec)] == [
        ("later, delay, time in a stage", Kind.AUXILIARY, "Year"),
        ("later, delay, stage 1 of 3", Kind.STOCK, "person"),
        ("later, delay, stage 2 of 3", Kind.STOCK, "person"),
        ("later, delay, stage 3 of 3", Kind.STOCK, "person"),
    ]
    assert {task.variable for task in spec.order.constants} == {"later_delay_time_in_a_stage"}


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_delay_is_the_chain_written_out(model, method):
    spec = model(
        FLOW
        + """
        later = DELAY3I(flow, stay, 4) ~ person/Year ~ |
        third = stay / 3 ~ Year ~ |
        one = INTEG(flow - one / third, 4 * third) ~ person ~ |
        two = INTEG(one / third - two / third, 4 * third) ~ person ~ |
        three = INTEG(two / third - three / third, 4 * third) ~ person ~ |
        out = three / third ~ person/Year ~ |
        """,
        step=1 / 16,
    )
    np.testing.assert_array_equal(series(spec, "later", method), series(spec, "out", method))


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_smooth_is_the_chain_written_out(model, method):
    spec = model(
        FLOW
        + """
        smoothed = SMOOTH3(flow, stay) ~ person/Year ~ |
        third = stay / 3 ~ Year ~ |
        one = INTEG((flow - one) / third, flow) ~ person/Year ~ |
        two = INTEG((one - two) / third, flow) ~ person/Year ~ |
        three = INTEG((two - three) / third, flow) ~ person/Year ~ |
        """,
        step=1 / 16,
    )
    np.testing.assert_array_equal(series(spec, "smoothed", method), series(spec, "three", method))


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("DELAY1(flow, stay)", "DELAY N(flow, stay, flow, 1)"),
        ("DELAY1I(flow, stay, 3)", "DELAY N(flow, stay, 3, 1)"),
        ("DELAY3(flow, stay)", "DELAY N(flow, stay, flow, 3)"),
        ("SMOOTH(flow, stay)", "SMOOTH N(flow, stay, flow, 1)"),
        ("SMOOTHI(flow, stay, 3)", "SMOOTH N(flow, stay, 3, 1)"),
        ("SMOOTH3I(flow, stay, 3)", "SMOOTH N(flow, stay, 3, 3)"),
        ("DELAY3I(flow, stay, 3)", "DELAY N(flow, stay, 3, order)"),
    ],
)
def test_each_short_form_is_its_long_form(model, short, long):
    spec = model(
        FLOW + f"order = 3 ~ Dmnl ~ |\na = {short} ~ person/Year ~ |\nb = {long} ~ person/Year ~ |",
        step=1 / 16,
    )
    np.testing.assert_array_equal(series(spec, "a"), series(spec, "b"))


def test_the_order_of_a_delay_makes_its_constant_structural(model):
    spec = model(
        FLOW + "order = 4 ~ Dmnl ~ |\nlater = DELAY N(flow, stay, 1, order) ~ person/Year ~ |"
    )
    assert spec.structural == ("order",)
    assert sum(each.kind is Kind.STOCK for each in spec.variables) == 4


def test_delays_over_subscripts_and_parts_have_dimensions_of_their_own(model):
    spec = model(
        """
        place: north, mid, south ~~|
        edge: north, south ~~|
        flow[place] = 1, 2, 3 ~ person/Year ~ |
        later[edge] = DELAY1(flow[edge], 2) ~ person/Year ~ |
        later[mid] = DELAY1(flow[mid], 4) * 2 + SMOOTH(flow[mid], 1) ~ person/Year ~ |
        rest[place] :EXCEPT: [north] = DELAY1(flow[place], 1) ~ person/Year ~ |
        rest[north] = 0 ~ person/Year ~ |
        """
    )
    found = {each.name: each for each in hidden(spec)}
    assert {name: each.dimensions for name, each in found.items()} == {
        "later[edge], delay": ("edge",),
        "later[mid], delay": (),
        "later[mid], smooth": (),
        "rest[place], delay": ("place of rest[place], delay",),
    }
    assert spec.by_dimension["place of rest[place], delay"].elements == ("mid", "south")
    assert found["later[mid], delay"].units == "person"
    assert found["later[mid], smooth"].units == "person/Year"
    assert series(spec, "later")[0].tolist() == [1, 6, 3]
    assert series(spec, "rest")[0].tolist() == [0, 2, 3]


def test_the_value_at_the_start_is_kept_by_initial(model):
    spec = model(
        """
        stock = INTEG(1, 5) ~ person ~ |
        start = INITIAL(stock * 2) ~ person ~ |
        grown = stock / INITIAL(stock) ~ Dmnl ~ |
        """
    )
    assert series(spec, "start").tolist() == [10] * 5
    assert series(spec, "grown").tolist() == pytest.approx([1, 1.2, 1.4, 1.6, 1.8])
    kept = spec.by_identifier["start_initial"]
    assert kept.components[0].expression == Number(0.0)


def test_trend_and_forecast_follow_steady_growth(model):
    spec = model(
        """
        level = INTEG(level * 0.1, 100) ~ person ~ |
        growth = TREND(level, 0.25, 0.1) ~ 1/Year ~ |
        ahead = FORECAST(level, 0.25, 2) ~ person ~ |
        """,
        step=1 / 64,
        final=8,
    )
    assert series(spec, "growth")[-1] == pytest.approx(0.1, rel=1e-3)
    level = series(spec, "level")[-1]
    assert series(spec, "ahead")[-1] == pytest.approx(level * 1.2, rel=1e-2)


def test_a_lookup_inside_an_equation_becomes_a_hidden_one(model):
    spec = model("effect = WITH LOOKUP(Time, ([(0,0)-(9,9)],(0,1),(4,5))) * 2 ~ Dmnl ~ |")
    (table,) = hidden(spec)
    assert (table.name, table.kind, table.times) == ("effect, lookup", Kind.LOOKUP, (0, 4))
    assert series(spec, "effect").tolist() == [2, 4, 6, 8, 10]


STAYS = """
place: Dover, Swale, Thanet ~~|
kind: plain, double ~~|
some: Dover, Thanet ~~|
wave[place] = 1 + SIN(Time + place) ~~|
stay[place] = 1, 2.5, 0.5 ~~|
both[kind, place] = 1, 2, 3; 3, 1, 0.5; ~~|
longer[place] = stay[place]*2 + IF THEN ELSE(Time > 3, 5, 0) ~~|
mixed[Dover] = 1 ~~|
mixed[Swale] = longer[Thanet] + 1 ~~|
mixed[Thanet] = stay[Dover]/2 ~~|
"""
FIXED = {
    "late[place] = DELAY FIXED(wave[place], stay[place], 9)": [1, 2.5, 0.5],
    "late[place] = DELAY FIXED(wave[place], longer[place], 9)": [2, 5, 1],
    "late[place] = DELAY FIXED(wave[place], mixed[place], 9)": [1, 2, 0.5],
    "late[some] = DELAY FIXED(wave[some], stay[some], 9)": [1, None, 0.5],
    "late[kind, place] = DELAY FIXED(wave[place], both[kind, place], 9)": [[1, 2, 3], [3, 1, 0.5]],
    "late = DELAY FIXED(wave[Swale], stay[Swale], 9)": [None, 2.5, None],
}


@pytest.mark.parametrize("engine", ["numpy", "kernel"])
def test_a_delay_fixed_may_last_differently_for_each_element(model, engine):
    fixed = dict(enumerate(FIXED.items()))
    lines = [text.replace("late", f"late {number}", 1) for number, (text, _) in fixed.items()]
    spec = model(STAYS + "\n".join(f"{line} ~~|" for line in lines), step=0.5, saveper=0.5, final=8)
    found = run(spec, Batch(1), engine=engine, method="euler", points=True).values
    times = np.arange(17) / 2
    for number, (text, stays) in fixed.items():
        wanted = []
        for place, stay in enumerate(np.ravel(stays)):
            wave = 1 + np.sin(times + place % 3 + 1)
            if stay is not None:
                wanted.append(np.concatenate([np.full(int(2 * stay), 9.0), wave])[:17])
        got = found[f"late_{number}"].reshape(17, -1)
        np.testing.assert_allclose(got.T, wanted, rtol=1e-15, err_msg=text)


@pytest.mark.parametrize(
    "time", ["level[place]", "unknown[place]*0 + wave[place]", "around[place]"]
)
def test_a_delay_fixed_whose_time_cannot_be_told_is_refused(model, time):
    text = """
    level[place] = GAME(RANDOM 0 1()) ~~|
    unknown[place] = DELAY1(wave[place], 1) ~~|
    around[place] = around[place] + 1 ~~|
    """
    with pytest.raises(BadInput, match="the time of a DELAY FIXED"):
        model(f"{STAYS}{text} late[place] = DELAY FIXED(wave[place], {time}, 9) ~~|")

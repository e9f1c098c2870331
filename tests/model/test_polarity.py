"""Signs of links read off equations, and loops that close."""

import pytest

from localcare import model as models
from localcare.model.causal import graph
from localcare.model.polarity import find_loop, link_sign

MODEL = """{UTF-8}
rabbits = INTEG(births - deaths, 100)
\t~\trabbit [0,?]\t~\tIn the field.\t|
births = rabbits * birth rate * effect of food
\t~\trabbit/Year\t~\tYoung.\t|
deaths = rabbits / lifetime
\t~\trabbit/Year\t~\tOld.\t|
effect of food = 1 + response * (crowding - 1)
\t~\tDmnl\t~\tFalls with crowding.\t|
crowding = rabbits / room
\t~\tDmnl\t~\tRabbits for the room there is.\t|
felt crowding = SMOOTH(crowding, 2)
\t~\tDmnl\t~\tLate.\t|
mixed = MAX(crowding, 0) - effect of food + IF THEN ELSE(rabbits > 5, births, deaths)
\t~\tDmnl\t~\tAll sorts.\t|
inverse = crowding ^ (-2)
\t~\tDmnl\t~\tA power.\t|
birth rate = 2
\t~\t1/Year\t~\tA rate.\t|
lifetime = 3
\t~\tYear\t~\tA time.\t|
room = 200
\t~\trabbit\t~\tA size.\t|
response = -0.5
\t~\tDmnl\t~\tBelow 0: more crowded, fewer born.\t|
INITIAL TIME = 0
\t~\tYear\t~\t|
FINAL TIME = 5
\t~\tYear\t~\t|
TIME STEP = 0.125
\t~\tYear\t~\t|
SAVEPER = 1
\t~\tYear\t~\t|
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "rabbits.mdl"
    path.write_text(MODEL)
    return models.load(path, cache=False)


@pytest.mark.parametrize(
    ("cause", "effect", "sign"),
    [
        ("births", "rabbits", 1),
        ("deaths", "rabbits", -1),
        ("lifetime", "deaths", -1),
        ("rabbits", "births", 1),
        ("crowding", "effect_of_food", -1),  # the constant before it is below 0
        ("room", "crowding", -1),
        ("crowding", "felt_crowding", 1),  # through the stocks of a smooth
        ("crowding", "mixed", 1),
        ("effect_of_food", "mixed", -1),
        ("rabbits", "mixed", 0),  # decides between two
        ("crowding", "inverse", -1),
        ("room", "births", 0),  # no direct link
    ],
)
def test_a_link_has_the_sign_of_its_equation(spec, cause, effect, sign):
    assert link_sign(spec, cause, effect) == sign


def test_a_range_below_0_turns_the_factor_beside_it(spec):
    assert link_sign(spec, "rabbits", "births", {"effect_of_food": (-2.0, -1.0)}) == -1
    assert link_sign(spec, "rabbits", "births", {"effect_of_food": (-1.0, 1.0)}) == 0


def test_loops_close_by_the_shortest_way_and_multiply_their_signs(spec):
    causal = graph(spec)
    growth = find_loop(spec, causal, ["rabbits", "births"])
    assert growth.sign == 1
    crowded = find_loop(spec, causal, ["rabbits", "effect_of_food"])
    assert crowded.links[0].path == ("rabbits", "crowding", "effect_of_food")
    assert crowded.links[1].path == ("effect_of_food", "births", "rabbits")
    assert crowded.sign == -1
    assert find_loop(spec, causal, ["rabbits", "mixed"]) is None
    assert find_loop(spec, causal, ["rabbits", "foxes"]) is None

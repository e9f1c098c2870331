"""Whatever happens to a model file, it loads or is refused: no crash, no hang, no foreign words.

A small model with most of the language in it is cut, joined and sprinkled with marks of the
format, the same way every time.
"""

import random
import re
import time

import pytest

from localcare.model import load
from localcare.problems import BadInput

SOUND = b"""{UTF-8}
place: north, south, east ~~|
frailty: fit, mild, severe ~~|
lower: fit, mild -> upper ~~|
upper: mild, severe ~~|
ward: (ward1-ward4) ~~|
other <-> place ~~|
********************************************************
\t.people
********************************************************~
\t\tEverybody. |
people[place, frailty] = INTEG(gain[place, frailty] - loss[place, frailty], start[place, frailty])
\t~ person [0,?] ~ Everybody there. |
gain[place, upper] = loss[place, lower] ~ person/Year ~|
gain[place, fit] = births[place] ~~|
loss[place, frailty] :EXCEPT: [place, severe] = people[place, frailty] * 0.1 ~ person/Year ~|
loss[place, severe] = DELAY3(people[place, severe], 2) ~~|
start[place, frailty] = 1, 2, 3; 4, 5, 6; 7, 8, 9; ~ person ~|
births[place] = SUM(people[place, frailty!]) * effect(Time) / MAX(1, STEP(2, 1)) ~ person/Year ~|
effect([(0,0)-(9,9)],(0,0.1),(4,0.2)) ~ 1/Year ~|
"staff & beds"[ward] = 5, 6, 7, 8 ~ FTE ~ :SUPPLEMENTARY |
share[place, other] = ZIDZ(births[place], births[other]) ~ Dmnl ~|
total = IF THEN ELSE(Time > 1 :AND: :NOT: births[north] = 0, VMAX(births[place!]), -2^2) ~ Dmnl ~|
seen = SMOOTH N(total, 1, 0, 2) + WITH LOOKUP(total, ((0,1),(2,3))) ~ Dmnl ~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 4 ~ Year ~|
TIME STEP = 1/8 ~ Year ~|
SAVEPER = 1 ~ Year ~|
"""
MARKS = b"""
( ) [ ] , ; ~ | " ' = := == <-> -> : ! ^ - + * / { } \\ . 0 9 1e400 % & _ INTEG( SUM( DELAY1( :NA:
:OR: :EXCEPT: :RAW: :MACRO: WITH_LOOKUP( INITIAL( A_FUNCTION_OF( TABBED_ARRAY( GAME( lookup( data(
nan inf GET_DIRECT_DATA('x','','A','B2') GET_DIRECT_CONSTANTS('..','','B2') (w1-w9) *** Time north
frailty
""".split()


def mutant(chance):
    text = bytearray(SOUND)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 6])):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([1, 1, 2, 5, 20, 100]))
        kind = chance.random()
        if kind < 0.25:
            del text[start:end]
        elif kind < 0.65:
            text[start:start] = chance.choice(MARKS).replace(b"_", b" ")
        elif kind < 0.75:
            text[start:end] = chance.choice(MARKS)
        elif kind < 0.9:
            there = chance.randrange(len(SOUND))
            text[start:start] = SOUND[there : there + chance.choice([3, 30, 300])]
        else:
            text[start:start] = bytes(text[start:end]) * chance.choice([2, 8])
    return bytes(text)


def test_the_model_itself_is_sound(tmp_path):
    path = tmp_path / "sound.mdl"
    path.write_bytes(SOUND)
    assert len(load(path, cache=False).order.step) > 5


def problems_of(path):
    """What is wrong with the model, or nothing."""
    try:
        load(path, cache=False)
    except BadInput as bad:
        return bad.problems
    return ()


@pytest.mark.parametrize("seed", range(4))
def test_mutated_models_load_or_are_refused(tmp_path, seed):
    chance = random.Random(seed)
    path = tmp_path / "mutant.mdl"
    refused = []
    for _ in range(60):
        path.write_bytes(mutant(chance))
        started = time.process_time()
        refused.append(problems_of(path))
        assert time.process_time() - started < 10
    assert 0 < refused.count(()) < 60
    words = {word for each in refused for problem in each for word in re.split(r"\W", problem.why)}
    assert not {"Traceback", "numpy", "parsimonious", "pysd"} & words
    assert not {word for word in words if word.endswith("Structure")}

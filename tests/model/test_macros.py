"""Macros are written out where they are used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from localcare.engine import Batch, run
from localcare.model import ModelSpec, load
from localcare.problems import BadInput

END = """
INITIAL TIME = 0 ~~|
FINAL TIME = 4 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""


@pytest.fixture
def read(tmp_path: Path):
    def reads(text: str) -> ModelSpec:
        path = tmp_path / "used.mdl"
        path.write_text("{UTF-8}\n" + text + END, encoding="utf-8")
        return load(path, cache=False)

    return reads


def points(spec: ModelSpec) -> dict[str, np.ndarray]:
    result = run(spec, Batch(1), method="euler", points=True)
    return {name: values[..., 0] for name, values in result.values.items()}


FILL = """
:MACRO: FILL(inflow, start)
FILL = INTEG(inflow - loss, start) ~ inflow ~ |
loss = FILL*share ~ inflow ~ |
share = 0.5 ~ ~ |
:END OF MACRO:
"""


def test_each_use_has_stocks_of_its_own(read) -> None:
    spec = read(
        FILL
        + """
        beds = 1 + FILL(2 + 2, 6) ~ bed ~ |
        people = FILL(TIME STEP, 0)*FILL(beds, 1) ~~|
        """
    )
    found = points(spec)
    level, small, other = [6.0], [0.0], [1.0]
    for _ in range(4):
        other.append(other[-1] / 2 + 1 + level[-1])
        level.append(level[-1] / 2 + 4)
        small.append(small[-1] / 2 + 1)
    np.testing.assert_allclose(found["beds"], 1 + np.array(level))
    np.testing.assert_allclose(found["people"], np.array(small) * np.array(other))
    assert sum(each.kind == "stock" for each in spec.variables) == 3


def test_subscripts_of_the_equation_hold_inside(read) -> None:
    spec = read(
        FILL
        + """
        place: Dover, Swale ~~|
        into[place] = 1, 2 ~~|
        held[place] = FILL(into[place]*2, into[place]) ~~|
        """
    )
    found = points(spec)["held"]
    np.testing.assert_allclose(found[:, 1], 2 * found[:, 0])
    assert found[:3, 0].tolist() == [1, 2.5, 3.25]


def test_macros_use_macros_lookups_and_variables_of_the_model(read) -> None:
    spec = read(
        """
        rate = 10 ~~|
        open((0,0),(4,8)) ~~|
        :MACRO: READ(table, rate)
        READ = table(Time)*rate + rate$ ~~|
        :END OF MACRO:
        :MACRO: "TWICE, AT LEAST"(x)
        "TWICE, AT LEAST" = READ(open$, x)*2 ~~|
        :END OF MACRO:
        seen = "twice, at least"(3) ~~|
        """
    )
    np.testing.assert_allclose(points(spec)["seen"], 2 * (6 * np.arange(5) + 10))


SPLIT = """
:MACRO: SPLIT(whole, share : given, kept)
SPLIT = INTEG(given, 1) ~~|
given = whole*share ~~|
kept = whole - given ~~|
:END OF MACRO:
"""


def test_further_outputs_are_the_variables_that_a_use_names(read) -> None:
    spec = read(
        SPLIT
        + """
        place: Dover, Swale ~~|
        beds[place] = 2, 8 ~~|
        opened[place] = 2*SPLIT(beds[place]+Time, 0.25 : "lent: to all"[place], own beds[place])~~|
        one = SPLIT(1, IF THEN ELSE(Time > 1 :AND: Time < 3, 1, 0) : first, rest) + rest ~~|
        both[place] = own beds[place] + "lent: to all"[place] ~~|
        """
    )
    found = points(spec)
    whole = np.array([2.0, 8.0]) + np.arange(5)[:, np.newaxis]
    np.testing.assert_allclose(found["lent_to_all"], whole / 4)
    np.testing.assert_allclose(found["own_beds"], whole * 0.75)
    np.testing.assert_allclose(found["both"], whole)
    level = 1 + np.cumsum(np.vstack([[0.0, 0.0], whole[:-1] / 4]), axis=0)
    np.testing.assert_allclose(found["opened"], 2 * level)
    np.testing.assert_allclose(found["first"], [0, 0, 1, 0, 0])
    np.testing.assert_allclose(found["one"], [2, 2, 1, 3, 3])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (SPLIT + "a = SPLIT(1, 2) ~~|", 8, "macro SPLIT has 2 further outputs, not 0"),
        (SPLIT + "a = SPLIT(1, 2 : b) ~~|", 8, "macro SPLIT has 2 further outputs, not 1"),
        (SPLIT + "a = SPLIT(1, 2 : b, 3) ~~|", 8, "output 3 of a macro is no name"),
        (SPLIT + "a = SPLIT(1, 2 : b, b) ~~|", 8, "is defined"),
        (SPLIT + "a = SPLIT(1, 2 : b, c) ~~|\nc = 1 ~~|", 8, "lines 8 and 9"),
        (FILL + "a = FILL(1, 2 : b) ~~|", 8, "macro FILL has 0 further outputs, not 1"),
        (FILL + "a = FILL(1) ~~|", 8, "macro FILL takes 2 arguments, not 1"),
        (":MACRO: M(x)\nM = M(x) ~~|\n:END OF MACRO:\na = M(1) ~~|", 5, "uses itself"),
        (":MACRO: M(x : y)\nM = x ~~|\n:END OF MACRO:\na = M(1) ~~|", 2, "for its output y"),
        (":MACRO: M(x)\nN = x ~~|\n:END OF MACRO:\na = M(1) ~~|", 2, "for its own name"),
        (":MACRO: M(x)\nM = x ~~|\na = M(1) ~~|", 2, "never ends"),
        (":MACRO: M(x)\nM = x + ~~|\n:END OF MACRO:\na = M(1) ~~|", 5, "cannot be read from"),
        (":MACRO: M(x)\nM = nobody ~~|\n:END OF MACRO:\na = M(1) ~~|", 5, '"nobody"'),
    ],
)
def test_faults_have_the_line_where_they_are_or_are_used(read, text, line, said) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)
    assert any(
        problem.line == line and said in problem.why for problem in refused.value.problems
    ), refused.value.problems


def test_macros_that_write_out_to_too_much_are_refused(read) -> None:
    layers = [":MACRO: M0(x)\nM0 = x ~~|\n:END OF MACRO:"]
    layers += [
        f":MACRO: M{n}(x)\nM{n} = M{n - 1}(x)+M{n - 1}(x) ~~|\n:END OF MACRO:" for n in range(1, 16)
    ]
    with pytest.raises(BadInput, match="more than 2,000 times"):
        read("\n".join(layers) + "\na = M15(1) ~~|")

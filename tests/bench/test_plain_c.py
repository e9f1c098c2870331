"""The plain C of the benchmark computes what the reference engine does."""

import pytest

from localcare.bench import ours
from localcare.bench.compiled_c import plain_c
from localcare.bench.contender import Unavailable
from localcare.bench.plain_c import write_program
from localcare.bench.subjects import shipped, small
from localcare.bench.timing import agreement

SMALL = {case.name: case for case in small()}


def test_one_loop_nest_an_equation_over_named_arrays():
    case = SMALL["epidemic"]
    text = write_program(case.spec, case.schedule, ["infectious"]).text
    assert text.count("void run(") == 1
    assert "for (long i0 = 0; i0 < 12; i0++) {" in text
    assert "exp(" in text


def test_what_nothing_saved_needs_is_left_out():
    case = SMALL["epidemic"]
    all_of_it = write_program(case.spec, case.schedule, case.saves)
    part = write_program(case.spec, case.schedule, ["infectious"])
    assert "without_a_bed" in all_of_it.text
    assert "without_a_bed_v" not in part.text.split("static void", 1)[1]
    assert part.equations < all_of_it.equations


def test_a_series_that_steps_is_not_written_as_c(tmp_path):
    from localcare.engine.schedule import schedule
    from localcare.model import load

    (tmp_path / "s.csv").write_text("t,s\n0,1\n2,3\n", encoding="utf-8")
    path = tmp_path / "small.mdl"
    path.write_text(
        "s :HOLD BACKWARD: := GET DIRECT DATA('s.csv', ',', 'A', 'B2') ~ Dmnl ~|\n"
        "x = INTEG(s, 0) ~ Dmnl ~|\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 4 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n",
        encoding="utf-8",
    )
    spec = load(path, cache=False)
    with pytest.raises(ValueError, match="s: only linear series"):
        write_program(spec, schedule(spec.time, "euler"), ["x"])


def test_without_gcc_the_command_that_installs_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="gcc is not installed") as caught:
        plain_c(SMALL["epidemic"], 1, tmp_path)
    assert caught.value.cure == "apt-get install gcc"


@pytest.mark.long
@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("name", [*SMALL, "kent_medway"])
def test_plain_c_agrees_with_the_reference_engine(name, one_by_one, tmp_path):
    case = SMALL.get(name) or shipped()
    contender = plain_c(case, 2, tmp_path, one_by_one=one_by_one)
    found = agreement(contender, ours.reference(case))
    assert found.variables == len(case.saves) > 5
    assert found.worst < 1e-11


CONTROLS = "INITIAL TIME = 0 ~~|\nFINAL TIME = 4 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = INTEG(late, 0) ~~|\nlate = DELAY FIXED(Time, 2, 1) ~~|\n", "hold their value"),
        ("x = INTEG(a, 0) ~~|\na = ACTIVE INITIAL(x + 1, 2) ~~|\n", "a: ACTIVE INITIAL is not"),
    ],
)
def test_what_has_no_meaning_in_it_is_not_written_as_c(text, said, tmp_path):
    from localcare.engine.schedule import schedule
    from localcare.model import load

    path = tmp_path / "small.mdl"
    path.write_text(text + CONTROLS, encoding="utf-8")
    spec = load(path, cache=False)
    with pytest.raises(ValueError, match=said):
        write_program(spec, schedule(spec.time, "euler"), ["x"])

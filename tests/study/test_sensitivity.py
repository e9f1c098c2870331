"""Screening and indices: known answers on a model that is linear in its numbers."""

import numpy as np
import pandas as pd
import pytest

from localcare.problems import BadInput
from localcare.scenario import Course, Scenario, Setting
from localcare.study.blocks import Derived
from localcare.study.project import open_project
from localcare.study.sensitivity import Extent, drivers

MODEL = """{UTF-8}
level = INTEG(first + 2 * second + 0 * idle + lift * second, 0)
\t~\tperson\t~\tGrows.\t|
first = 1
\t~\tperson/Year\t~\tOne.\t|
second = 1
\t~\tperson/Year\t~\tTwo.\t|
idle = 1
\t~\tperson/Year\t~\tNothing.\t|
lift = 0
\t~\tDmnl\t~\tA lever.\t|
INITIAL TIME = 2019
\t~\tYear\t~\t|
FINAL TIME = 2021
\t~\tYear\t~\t|
TIME STEP = 0.08333333333333333
\t~\tYear\t~\t|
SAVEPER = 0.08333333333333333
\t~\tYear\t~\t|
"""
RANGES = """variable,low,high,distribution,scope,quality,source,note
first,0.5,1.5,uniform,value,derived,localcare,N.
second,-0.25,1.75,uniform,value,derived,localcare,N.
idle,0,2,uniform,value,derived,localcare,N.
lift,0,0,fixed,value,derived,localcare,N.
"""
EXTENT = Extent(trajectories=4, samples=256, top=2, seed=1)


def by_year(dataset):
    values = dataset["level"].isel(time_bound=[12, 24])
    return values.drop_vars("time_bound", errors="ignore").rename(time_bound="year").assign_coords(
        year=[2019, 2020]
    )  # fmt: skip


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    folder = tmp_path_factory.mktemp("driven")
    (folder / "line.mdl").write_text(MODEL)
    (folder / "line.assumptions.csv").write_text(RANGES)
    lifted = Setting("lift", "lift", "", "levers", (0,), (Course((2019.0,), (1.0,)),))
    scenarios = [Scenario("baseline", ""), Scenario("lifted", "", settings=(lifted,))]
    measure = Derived("level", ("level",), by_year)
    return drivers(open_project(folder / "line.mdl"), scenarios, measure, EXTENT, better="up")


def one(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    return table.iloc[0]


def test_screening_tells_the_effect_of_each_number(driven):
    """Over its whole range `first` moves the level of the second year by 2, `second` by 8."""
    where = {"scenario": "baseline", "year": 2020}
    effects = {
        name: one(driven.screening, parameter=name, **where)["mu_star"]
        for name in ("first", "second", "idle")
    }
    np.testing.assert_allclose(list(effects.values()), [2, 8, 0], atol=1e-9)


def test_the_numbers_that_matter_most_get_indices_that_are_shares_of_the_variance(driven):
    """Var = 1/12 (1^2 + 4^2) for ranges of 1 and 4 a year: 1/17 and 16/17, in every year."""
    assert set(driven.indices["parameter"]) == {"first", "second"}
    for year in (2019, 2020):
        for name, share in (("first", 1 / 17), ("second", 16 / 17)):
            found = one(driven.indices, parameter=name, scenario="baseline", year=year)
            assert abs(found["S1"] - share) < max(found["S1_conf"], 0.02)
            assert abs(found["ST"] - share) < max(found["ST_conf"], 0.02)
            assert 0 < found["ST_conf"] < 0.3


def test_a_policy_is_judged_by_its_change_from_the_baseline(driven):
    found = one(driven.indices, parameter="second", scenario="lifted", year=2020)
    assert abs(found["ST"] - 1) < 0.05
    assert one(driven.screening, parameter="first", scenario="lifted", year=2020)[
        "mu_star"
    ] == pytest.approx(0, abs=1e-9)


def test_the_tornado_moves_one_number_at_a_time_between_its_percentiles(driven):
    row = one(driven.tornado, parameter="second", scenario="baseline", year=2019)
    assert (row["low"], row["high"]) == pytest.approx((-0.15, 1.65))
    assert row["at_low"] == pytest.approx(1 + 2 * -0.15)
    assert row["at_centre"] == pytest.approx(1 + 2 * 1)
    assert row["at_high"] == pytest.approx(1 + 2 * 1.65)


def test_failures_are_found_in_the_fifth_that_makes_them(driven):
    """The policy fails where `second` is at most 0: in the lowest eighth of its range."""
    lowest, middle = (
        one(driven.failures, parameter="second", scenario="lifted", year=2020, fifth=fifth)
        for fifth in (1, 3)
    )
    assert lowest["chance"] == pytest.approx(1 / 8, abs=0.02)
    assert lowest["chance_in_fifth"] == pytest.approx(5 / 8, abs=0.05)
    assert middle["chance_in_fifth"] == 0
    assert lowest["points"] == 512
    assert lowest["chance_low"] < 1 / 8 < lowest["chance_high"]
    assert lowest["chance_high"] - lowest["chance_low"] == pytest.approx(4 * 0.0146, rel=0.05)


def test_a_policy_that_could_fail_is_told_in_a_sentence(driven):
    from localcare.measures.catalogue import find
    from localcare.present.drivers import failing

    measure = find("gp_contacts")
    assert measure is not None
    from dataclasses import replace

    measure = replace(measure, title="Level", direction="up")
    (said,) = failing(driven, measure, 2020)
    assert said.startswith("Lifted fails to raise level in 2020 in 1")
    assert " of draws (95% interval " in said
    assert "%), most often where second is in its lowest fifth (6" in said
    assert said.endswith("%).")  # no other number is named: the rest is chance


def test_failures_that_gather_by_chance_name_no_assumption():
    """Of 512 draws 5 fail, two of them in one fifth: of a hundred fifths some will have as many."""
    from localcare.measures.catalogue import find
    from localcare.present.drivers import sentence

    def told(here):
        rows = [
            ("lifted", 2030, f"number {k}", fifth, here if (k, fifth) == (3, 2) else 0.01, 5 / 512,
             0.004, 0.023, 512)
            for k in range(20) for fifth in range(1, 6)
        ]  # fmt: skip
        names = ["scenario", "year", "parameter", "fifth", "chance_in_fifth", "chance",
                 "chance_low", "chance_high", "points"]  # fmt: skip
        measure = find("beds_needed")
        assert measure is not None
        return sentence(pd.DataFrame(rows, columns=names), pd.DataFrame(), "lifted", measure, 2030)

    assert told(2 / 102).endswith(
        "in under 1% of draws (95% interval under 1% to 2%), and no one assumption decides it."
    )
    assert "where number 3 is in its second fifth (5%)" in told(5 / 102)


@pytest.mark.parametrize(
    ("extent", "words"),
    [
        (Extent(trajectories=1), "1 trajectories have no spread"),
        (Extent(samples=100), "no power of two"),
        (Extent(seed=-1), "no whole number from 0"),
    ],
)
def test_what_cannot_be_run_is_refused(uncertain, scenarios, extent, words):
    measure = Derived("patients", ("patients",), by_year)
    with pytest.raises(BadInput, match=words):
        drivers(uncertain, scenarios, measure, extent)


def test_a_missing_salib_is_named_with_the_command_that_installs_it(
    uncertain, scenarios, monkeypatch
):
    import sys

    monkeypatch.setitem(sys.modules, "SALib", None)
    measure = Derived("patients", ("patients",), by_year)
    with pytest.raises(BadInput, match=r"pip install 'localcare\[sensitivity\]'"):
        drivers(uncertain, scenarios, measure, Extent())

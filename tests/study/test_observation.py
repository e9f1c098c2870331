"""What a model says of an observed figure, against a small model worked out by hand.

`arrivals` of a ward are 400 (north) or 300 (south) a year, growing as exp(0.05 t).
"""

import math
from pathlib import Path

import pytest

from localcare.engine import Batch, Overrides, run
from localcare.model.observed import read
from localcare.problems import BadInput
from localcare.study.observation import (
    Meaning,
    Meanings,
    check_meanings,
    match,
    predict,
    read_meanings,
)
from localcare.study.project import open_project

BROKEN = Path(__file__).parents[1] / "broken" / "observed"
HEAD = "series,element,start,period,value,unit,publisher,published,note\n"


@pytest.fixture(scope="module")
def spec():
    return open_project(BROKEN / "small.mdl").spec


@pytest.fixture(scope="module")
def meanings():
    return read_meanings(BROKEN / "small.observed.yaml")


def modelled(spec, tmp_path, line, meaning):
    path = tmp_path / "table.csv"
    path.write_text(HEAD + "".join(f"x,{each},A,2020,\n" for each in line))
    matched = match(spec, Meanings(series={"x": meaning}), read(path))["x"]
    result = run(spec, Batch.of(spec, [Overrides()]), save=["arrivals", "patients", "departures"])
    return matched, predict(spec, result, matched)[:, 0]


def growth(first, last):
    """The mean of exp(0.05 t) between two times after 2019."""
    return (math.exp(0.05 * last) - math.exp(0.05 * first)) / (0.05 * (last - first))


def test_a_count_of_a_month_is_the_rate_by_its_days(spec, tmp_path):
    lines = ["north,2019-01-01,month,1,person", "north,2019-02-01,month,1,person"]
    _, found = modelled(spec, tmp_path, lines, Meaning(variable="arrivals"))
    expected = [
        400 * growth(0, 1 / 12) * 31 / 365.25,
        400 * growth(1 / 12, 2 / 12) * 28 / 365.25,
    ]
    assert found == pytest.approx(expected, rel=1e-6)


def test_no_element_is_the_sum_of_all(spec, tmp_path):
    _, found = modelled(
        spec, tmp_path, [",2019-04-01,quarter,1,person/Year"], Meaning(variable="arrivals")
    )
    assert found == pytest.approx([700 * growth(0.25, 0.5)], rel=1e-6)


def test_a_year_that_began_before_the_model_is_told_by_its_part_inside(spec, tmp_path):
    lines = [",2018-06-01,year,1,person", ",2018-07-01,year,1,person"]
    with pytest.raises(KeyError):  # five of twelve months are too few
        modelled(spec, tmp_path, lines[:1], Meaning(variable="arrivals"))
    matched, found = modelled(spec, tmp_path, lines[1:], Meaning(variable="arrivals"))
    assert len(matched.rows) == 1
    assert found == pytest.approx([700 * growth(0, 0.5) * 365 / 365.25], rel=1e-6)


def test_a_stock_is_read_at_its_time_and_averaged_over_a_period(spec, tmp_path):
    lines = [f"north,{each},1,person" for each in ("2019-01-01,month end", "2019-02-01,month end")]
    _, ends = modelled(spec, tmp_path, lines, Meaning(variable="patients"))
    lines = ["north,2019-02-01,day,1,person", "north,2019-02-15,day,1,person"]
    _, days = modelled(spec, tmp_path, lines, Meaning(variable="patients"))
    assert days[0] == ends[0]
    assert days[1] == pytest.approx((ends[0] + ends[1]) / 2)
    _, mean = modelled(
        spec, tmp_path, ["north,2019-02-01,month,1,person"], Meaning(variable="patients")
    )
    assert mean == pytest.approx(days[1])


def test_a_ratio_and_an_index(spec, tmp_path):
    ratio = Meaning(variable="departures", over="patients", per=100)
    _, found = modelled(spec, tmp_path, ["north,2019-04-01,month,1,percent"], ratio)
    assert found == pytest.approx([100 / 0.05], rel=1e-3)
    index = Meaning(variable="arrivals", index=True, elements={"ward": ("south",)})
    matched, found = modelled(
        spec, tmp_path, [f",20{y}-01-01,year,{v},FTE" for y, v in ((19, 50), (20, 55))], index
    )
    assert matched.values == pytest.approx([1.0, 1.1])
    assert found == pytest.approx([1.0, math.exp(0.05)], rel=1e-6)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("element", 'arrivals has no element nort. Did you mean "north"?'),
        ("series", 'arivals: no such series. Did you mean "arrivals"?'),
        ("unit", "is in bed, and arrivals in the model in person/Year"),
    ],
)
def test_figures_that_do_not_fit_the_model_are_refused_with_their_line(
    spec, meanings, table, words
):
    with pytest.raises(BadInput) as refused:
        match(spec, meanings, read(BROKEN / f"{table}.csv"))
    assert words in str(refused.value)
    assert f"{table}.csv:2" in str(refused.value)


def test_a_series_that_the_model_does_not_hold_is_left_out(spec, meanings, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(HEAD + "not there,,2019-01-01,month,5,person,A,2020,\n")
    assert match(spec, meanings, read(path)) == {}


def test_a_model_without_a_calendar_is_refused(wards, meanings, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(HEAD + "arrivals,north,2019-01-01,month,5,person,A,2020,\n")
    with pytest.raises(BadInput, match="SAVEPER 1/12"):
        match(wards.spec, meanings, read(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("series:\n  x: {variabel: arrivals}", "no such key here"),
        ("series:\n  x: {over: arrivals}", "variable: has to be given"),
    ],
)
def test_a_broken_declaration_is_refused(tmp_path, text, words):
    path = tmp_path / "x.observed.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        read_meanings(path)


def test_elements_that_a_dimension_lacks_are_named(spec, tmp_path):
    path = tmp_path / "x.observed.yaml"
    path.write_text("series:\n  x: {variable: arrivals, elements: {ward: [noth], wing: [a]}}")
    said = [str(each) for each in check_meanings(spec, read_meanings(path), path)]
    assert any('ward has no element noth. Did you mean "north"?' in each for each in said)
    assert any("arrivals has no dimension wing" in each for each in said)

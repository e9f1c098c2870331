"""Subscripts: ranges, subranges, aliases, mappings and exceptions pick the elements they name.

Constants carry the answer: each test gives elements numbers and looks where they end up.
"""

import itertools

import numpy as np
import pytest

from localcare.engine.inputs import Batch
from localcare.engine.run import run
from localcare.model.spec import Kind
from localcare.problems import BadInput

RANGES = """
frailty: fit, mild, moderate, severe ~~|
lower: fit, mild, moderate -> upper ~~|
upper: mild, moderate, severe ~~|
place: north, south ~~|
rate[frailty] = 1, 2, 3, 4 ~ Dmnl ~ |
"""


def values(spec, identifier):
    """The variable at the initial time, (*dimensions,)."""
    variable = spec.by_identifier[identifier]
    if variable.kind is Kind.CONSTANT:
        return np.array(variable.values).reshape(spec.shape(identifier)).tolist()
    result = run(spec, Batch(1), method="euler", points=True, save=[identifier])
    return result.values[identifier][0, ..., 0].tolist()


def test_a_variable_over_a_subrange_has_the_subrange_as_its_dimension(model):
    spec = model(RANGES + "double[lower] = rate[lower] * 2 ~ Dmnl ~ |")
    assert spec.by_identifier["double"].dimensions == ("lower",)
    assert spec.by_dimension["lower"].elements == ("fit", "mild", "moderate")
    assert values(spec, "double") == [2, 4, 6]


def test_equations_of_subranges_together_define_the_whole_range(model):
    spec = model(RANGES + "next[lower] = rate[upper] ~ Dmnl ~ |\n next[severe] = 9 ~ Dmnl ~ |")
    assert spec.by_identifier["next"].dimensions == ("frailty",)
    assert values(spec, "next") == [2, 3, 4, 9]


def test_a_mapping_works_in_both_directions(model):
    spec = model(
        RANGES
        + """
        frailer[lower] = rate[upper] ~ Dmnl ~ |
        fitter[upper] = rate[lower] ~ Dmnl ~ |
        """
    )
    assert values(spec, "frailer") == [2, 3, 4]
    assert values(spec, "fitter") == [1, 2, 3]


def test_a_mapping_with_a_list_follows_the_list(model):
    spec = model(
        """
        place: Ashford, Dover, Swale -> (system: East, East, West) ~~|
        system: East, West ~~|
        pressure[system] = 10, 20 ~ Dmnl ~ |
        local[place] = pressure[system] ~ Dmnl ~ |
        """
    )
    assert values(spec, "local") == [10, 10, 20]


def test_one_to_many_mappings_are_read_from_the_many_only(model):
    text = """
    system: East, West -> (place: coast, Swale) ~~|
    coast: Ashford, Dover ~~|
    place: Ashford, Dover, Swale ~~|
    pressure[system] = 10, 20 ~ Dmnl ~ |
    local[place] = pressure[system] ~ Dmnl ~ |
    """
    assert values(model(text), "local") == [10, 10, 20]
    with pytest.raises(BadInput, match=r"\[place\] on the right is not among"):
        model(text + "up[system] = local[place] ~ Dmnl ~ |")


def test_an_alias_is_the_same_dimension_under_another_name(model):
    spec = model(
        RANGES
        + """
        other <-> place ~~|
        beds[place] = 5, 7 ~ bed ~ |
        share[place, other] = beds[place] / beds[other] ~ Dmnl ~ |
        again[other] = beds[other] ~ bed ~ |
        """
    )
    assert spec.by_identifier["share"].dimensions == ("place", "place")
    assert spec.by_identifier["again"].dimensions == ("place",)
    assert values(spec, "share") == [[1, 5 / 7], [7 / 5, 1]]


def test_ranges_may_be_made_of_ranges_and_numbers(model):
    spec = model(
        """
        ward: (ward8-ward11) ~~|
        site: hospital, ward, home ~~|
        beds[site] = 1, 2, 3, 4, 5, 6 ~ bed ~ |
        """
    )
    assert spec.dimensions[0].elements == ("hospital", "ward8", "ward9", "ward10", "ward11", "home")


def test_elements_come_from_a_table(model):
    spec = model(
        """
        place: GET DIRECT SUBSCRIPT('places.csv', ',', 'A2', 'A', '') ~~|
        ward: GET DIRECT SUBSCRIPT('places.csv', ',', 'B2', 'B3', 'ward ') ~~|
        band: GET DIRECT SUBSCRIPT('places.csv', ',', 'B1', '1', '') ~~|
        beds[place] = 1, 2, 3 ~ bed ~ |
        staff[ward] = 1, 2 ~ FTE ~ |
        age[band] = 1, 2 ~ Year ~ |
        """,
        {"places.csv": "place,young,old\nAshford,1\nDover,2\nSwale,3\n"},
    )
    assert {each.name: each.elements for each in spec.dimensions} == {
        "place": ("Ashford", "Dover", "Swale"),
        "ward": ("ward 1", "ward 2"),
        "band": ("young", "old"),
    }


def test_exceptions_are_cut_out_and_filled(model):
    spec = model(
        RANGES
        + """
        x[place, frailty] :EXCEPT: [north, upper], [south, fit] = 1 ~ Dmnl ~ |
        x[north, upper] = 2 ~ Dmnl ~ |
        x[south, fit] = rate[fit] + 2 ~ Dmnl ~ |
        """
    )
    assert values(spec, "x") == [[1, 2, 2, 2], [3, 1, 1, 1]]


@pytest.mark.parametrize("hole", list(itertools.product(["north", "place"], ["mild", "upper"])))
def test_an_exception_leaves_exactly_the_other_elements(model, hole):
    text = RANGES + f"x[place, frailty] :EXCEPT: [{hole[0]}, {hole[1]}] = 1 ~ Dmnl ~ |\n"
    filled = model(text + f"x[{hole[0]}, {hole[1]}] = 2 ~ Dmnl ~ |")
    twos = np.array(values(filled, "x")) == 2
    assert twos.sum() == (1 if hole[0] == "north" else 2) * (1 if hole[1] == "mild" else 3)
    if hole[0] == "north":
        with pytest.raises(BadInput, match="is not defined for"):
            model(text)
    else:  # whole rows are left out, and the variable is one of the others
        assert set(model(text).by_identifier["x"].values) == {1}
        with pytest.raises(BadInput, match="which is not in its range"):
            model(text + "y = x[north, mild] ~ Dmnl ~ |")


def test_a_variable_of_some_elements_has_a_range_of_those(model):
    spec = model(
        RANGES
        + """
        x[north, fit] = Time ~ Dmnl ~ |
        x[north, severe] = 3 ~ Dmnl ~ |
        y[south] = SUM(x[north, outer!]) ~ Dmnl ~ |
        outer: fit, severe ~~|
        """
    )
    assert spec.shape("x") == (1, 2)
    assert spec.shape("y") == (1,)
    dimensions = spec.by_identifier["x"].dimensions
    assert [spec.by_dimension[each].elements for each in dimensions] == [
        ("north",), ("fit", "severe"),
    ]  # fmt: skip
    with pytest.raises(BadInput, match="which is not in its range"):
        model(RANGES + "x[north] = 1 ~~| y[place] = x[place] ~~|")


def test_sums_run_over_marked_ranges_alone(model):
    spec = model(
        RANGES
        + """
        weight[place] = 10, 100 ~ Dmnl ~ |
        a = SUM(rate[frailty!]) ~ Dmnl ~ |
        b[place] = SUM(rate[upper!] * weight[place]) ~ Dmnl ~ |
        c = SUM(rate[frailty!] * weight[place!]) ~ Dmnl ~ |
        d = SUM(weight[place!] * SUM(rate[lower!])) ~ Dmnl ~ |
        e[frailty] = rate[frailty] / SUM(rate[frailty!]) ~ Dmnl ~ |
        f = VMAX(rate[frailty!] - SUM(rate[frailty!]) / 5) + PROD(rate[upper!]) ~ Dmnl ~ |
        g = VMIN(weight[place!]) ~ Dmnl ~ |
        """
    )
    assert values(spec, "a") == 10
    assert values(spec, "b") == [90, 900]
    assert values(spec, "c") == 1100
    assert values(spec, "d") == 660
    assert values(spec, "e") == [0.1, 0.2, 0.3, 0.4]
    assert values(spec, "f") == 4 - 2 + 24
    assert values(spec, "g") == 10


def test_a_subscript_used_as_a_value_is_its_number(model):
    spec = model(
        RANGES
        + """
        number[upper] = upper * 10 + mild ~ Dmnl ~ |
        many = ELMCOUNT(frailty) ~ Dmnl ~ |
        """
    )
    assert values(spec, "number") == [22, 32, 42]
    assert values(spec, "many") == 4


def test_lists_fill_the_last_subscript_fastest(model):
    spec = model(
        RANGES
        + """
        x[place, lower] = 1, 2, 3; 4, 5, 6; ~ Dmnl ~ |
        y[lower, place] = TABBED ARRAY(1 2
            3 4
            5 6) ~ Dmnl ~ |
        z[north, lower] = 1, 2, 3 ~ Dmnl ~ |
        z[south, lower] = 4, 5, 6 ~ Dmnl ~ |
        """
    )
    assert values(spec, "x") == values(spec, "z") == [[1, 2, 3], [4, 5, 6]]
    assert values(spec, "y") == [[1, 2], [3, 4], [5, 6]]


def test_numbers_beside_equations_make_an_auxiliary(model):
    spec = model(RANGES + "x[lower] = 1, 2, 3 ~ Dmnl ~ |\n x[severe] = rate[severe] * 5 ~ Dmnl ~ |")
    assert spec.by_identifier["x"].kind is Kind.AUXILIARY
    assert values(spec, "x") == [1, 2, 3, 20]

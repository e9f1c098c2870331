"""What is drawn, and from which distributions."""

import numpy as np
import pytest
from scipy import stats

from localcare.model.assumptions import Distribution, Scope
from localcare.problems import BadInput
from localcare.study.project import open_project
from localcare.study.uncertainty import Parameter, parameters, value_at

DRAWN = [each for each in Distribution if each not in ("fixed", "variant")]
SHARES = (np.arange(4000) + 0.5) / 4000


def parameter(distribution, low=2.0, centre=3.0, high=6.0):
    return Parameter("x", "x", (), distribution, low, centre, high, scope=Scope.VALUE, units="1")


def cut(centre, deviation, low, high):
    ends = (low - centre) / deviation, (high - centre) / deviation
    return stats.truncnorm(*ends, loc=centre, scale=deviation)


@pytest.mark.parametrize(
    ("distribution", "known"),
    [
        (Distribution.UNIFORM, stats.uniform(2, 4)),
        (Distribution.TRIANGULAR, stats.triang(0.25, 2, 4)),
        (Distribution.BETA_PERT, stats.beta(2, 4, 2, 4)),
        (Distribution.NORMAL, cut(3, 1, 2, 6)),
    ],
)
def test_draws_follow_the_distribution_of_the_row(distribution, known):
    np.testing.assert_allclose(value_at(parameter(distribution), SHARES), known.ppf(SHARES))


def test_a_lognormal_is_a_normal_of_logarithms():
    found = np.log(value_at(parameter(Distribution.LOGNORMAL), SHARES))
    low, centre, high = np.log([2, 3, 6])
    np.testing.assert_allclose(found, cut(centre, (high - low) / 4, low, high).ppf(SHARES))


@pytest.mark.parametrize("centre", [2.0, 6.0])
@pytest.mark.parametrize("distribution", DRAWN)
def test_no_draw_leaves_its_range_where_the_model_is_at_an_end_of_it(distribution, centre):
    found = value_at(parameter(distribution, centre=centre), SHARES)
    assert np.isfinite(found).all()
    assert found.min() >= 2
    assert found.max() <= 6
    assert (np.diff(found) >= 0).all()


def test_an_array_has_one_number_an_element_or_one_factor(uncertain_file):
    table = uncertain_file.with_name("wards.assumptions.csv")
    assert [each.name for each in parameters(open_project(uncertain_file))] == [
        "growth", "stay", "demand",
    ]  # fmt: skip
    text = table.read_text().replace("demand,0.8,1.2,normal,factor", "demand,50,500,uniform,value")
    table.write_text(text)
    found = parameters(open_project(uncertain_file))[2:]
    assert [each.name for each in found] == ["demand[north]", "demand[south]", "demand[west]"]
    assert [each.centre for each in found] == [400, 300, 100]
    assert [each.places for each in found] == [(0,), (1,), (2,)]


def test_levers_fixed_numbers_and_variants_are_never_drawn(project):
    drawn = {each.variable for each in parameters(project)}
    assert not drawn & set(project.levers.by_identifier)
    fixed = {
        name
        for name, row in project.assumptions.by_identifier.items()
        if row.distribution in ("fixed", "variant")
    }
    assert not drawn & fixed
    assert len(drawn) == len(project.assumptions.rows) - len(fixed)


def test_the_centre_of_every_shipped_range_is_the_models_own_number(project):
    for each in parameters(project):
        assert each.low <= each.centre <= each.high
        if each.scope is Scope.VALUE:
            variable = project.spec.by_identifier[each.variable]
            assert each.centre == variable.values[each.places[0]]


def test_a_model_without_a_table_has_nothing_to_draw(wards_file):
    with pytest.raises(BadInput, match="nothing is known to be uncertain"):
        parameters(open_project(wards_file))


def test_a_distribution_that_is_unknown_is_named_with_its_line(uncertain_file):
    table = uncertain_file.with_name("wards.assumptions.csv")
    table.write_text(table.read_text().replace("triangular", "triangel").replace("0.8", "1.8"))
    with pytest.raises(BadInput) as caught:
        open_project(uncertain_file)
    words = str(caught.value)
    assert "wards.assumptions.csv:2: growth" in words
    assert 'Did you mean "triangular"?' in words
    assert "wards.assumptions.csv:4: demand: the range is empty: low 1.8, high 1.2" in words

"""Numbers that were fitted together are drawn together."""

import numpy as np
import pytest

from localcare.model.assumptions import Distribution, Scope
from localcare.problems import BadInput
from localcare.scenario import Scenario
from localcare.study.fitted import read_fitted, uncertain
from localcare.study.futures import Beside, batch_for, futures
from localcare.study.project import open_project
from localcare.study.uncertainty import parameters

HEAD = "parameter,variable,elements,at,scope,value,low,high,{names}\n"


def write(path, *, stay=0.05, covariance=-0.00002):
    names = "stay,demand[north]"
    rows = (
        f"stay,stay,,,value,{stay},0.03,0.1,0.00001,{covariance}\n"
        f"demand[north],demand,north,,value,400,300,500,{covariance},100\n"
    )
    path.with_name("wards.covariance.csv").write_text(HEAD.format(names=names) + rows)


def test_fitted_numbers_have_the_covariance_of_the_calibration(uncertain_file, scenarios):
    write(uncertain_file, covariance=-0.025)
    found = futures(open_project(uncertain_file), scenarios[:1], 4096, 1)
    stay, north = found.values["stay (fitted)"], found.values["demand[north] (fitted)"]
    assert abs(np.corrcoef(stay, north)[0, 1] + 0.79) < 0.03
    np.testing.assert_allclose([stay.mean(), north.mean()], [0.05, 400], rtol=1e-3)
    np.testing.assert_allclose([stay.std(), north.std()], [0.00001**0.5, 10], rtol=0.02)


def test_they_stand_in_for_what_the_table_says_of_the_same_places(uncertain_file, scenarios):
    write(uncertain_file)
    project = open_project(uncertain_file)
    found = futures(project, scenarios[:1], 8, 1)
    assert [each.name for each in found.drawn] == [
        "growth", "demand", "stay (fitted)", "demand[north] (fitted)",
    ]  # fmt: skip
    demand = found.batch(0, 8).constants["demand"]
    np.testing.assert_array_equal(demand[0], found.values["demand[north] (fitted)"])
    np.testing.assert_allclose(demand[1], 300 * found.values["demand"], rtol=1e-15)
    np.testing.assert_array_equal(
        found.batch(0, 8).constants["stay"], found.values["stay (fitted)"]
    )


def test_draws_of_other_numbers_are_as_without_a_fit(uncertain_file, scenarios):
    before = futures(open_project(uncertain_file), scenarios, 64, 1).values
    write(uncertain_file)
    after = futures(open_project(uncertain_file), scenarios, 64, 1).values
    np.testing.assert_array_equal(before["growth"], after["growth"])


def test_no_draw_leaves_the_bounds_of_the_fit(uncertain_file, scenarios):
    write(uncertain_file)
    text = uncertain_file.with_name("wards.covariance.csv")
    text.write_text(text.read_text().replace("0.03,0.1,0.00001", "0.049,0.051,0.00001"))
    stay = futures(open_project(uncertain_file), scenarios, 256, 1).values["stay (fitted)"]
    assert stay.min() == 0.049
    assert stay.max() == 0.051


def test_a_series_is_drawn_at_its_own_knots_also_beside_a_scenario_that_moves_it(project):
    """Flat places of a series count over dimensions, then times."""
    variable = project.spec.by_identifier["net_migration_planned"]
    knots = len(variable.times)
    from localcare.scenario import Course, Setting
    from localcare.study.uncertainty import Parameter

    place = 3 * knots + 2
    one = Parameter(
        "x", variable.identifier, (place,), Distribution.NORMAL, 0, 1, 2, Scope.VALUE, ""
    )
    moved = Setting(
        variable.identifier, variable.name, "", "series", (0,),
        (Course((2019.5, 2020.25), (1.0, 2.0)),),
    )  # fmt: skip
    scenarios = [Scenario("baseline", ""), Scenario("moved", "", settings=(moved,))]
    values = {"x": np.array([777.125, 888.0])}
    alone, both = (
        batch_for(project.spec, Beside.of(project.spec, some), [one], values, 2).paths[
            variable.identifier
        ]
        for some in (scenarios[:1], scenarios)
    )
    flat = alone[1].reshape(-1, knots, 2)
    assert flat[3, 2].tolist() == [777.125, 888.0]
    assert (flat == 777.125).sum() == 1
    beside = both[1].reshape(flat.shape[0], -1, 2, 2)
    assert beside[3, 2, :, 0].tolist() == [777.125, 888.0]
    assert (beside[..., 1] == 777.125).sum() == 0


def test_what_a_pandemic_was_fitted_against_stays_1_in_every_draw(project):
    """A factor on the whole shape would move every year before and after."""
    found = futures(project, [Scenario("baseline", "")], 8, 1)
    shapes = [name for name in found.batch(0, 8).paths if name.startswith("pandemic_effect_on_")]
    assert len(shapes) == 5
    for name in shapes:
        values = found.batch(0, 8).paths[name][1]
        assert (values[[0, 1, -2, -1]] == 1).all(), name
        assert (values[2:-2].std(axis=-1) > 0).all(), name


def test_a_fit_of_another_model_is_refused(uncertain_file, scenarios):
    write(uncertain_file, stay=0.06)
    with pytest.raises(BadInput, match=r"stay: was fitted as 0.06, and is 0.05 in the model"):
        futures(open_project(uncertain_file), scenarios, 8, 1)


def test_absence_of_a_fit_is_none(uncertain):
    assert read_fitted(uncertain) is None
    assert uncertain_is(uncertain) == parameters(uncertain)


def uncertain_is(project):
    return uncertain(project, parameters(project), None)

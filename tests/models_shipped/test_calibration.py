"""The shipped calibration: sound, and a fit from elsewhere comes back to where it was."""

import pytest

from localcare.model.observed import read_all
from localcare.study.calibration import fit, read_calibration, set_up
from localcare.study.observation import read_meanings


@pytest.fixture(scope="module")
def declared(project):
    return read_calibration(project.beside(".calibration.yaml"))


def task(project, declared, only=None):
    calibration, document = declared
    if only is not None:
        series, variables = only
        calibration = calibration.model_copy(
            update={
                "series": tuple(e for e in calibration.series if e.series in series),
                "constants": tuple(e for e in calibration.constants if variables(e)),
            }
        )
    path = project.beside(".calibration.yaml")
    return set_up(
        project.spec, calibration, path, document,
        observed=read_all(project.path.with_name(name) for name in calibration.tables),
        meanings=read_meanings(project.beside(".observed.yaml")),
    )  # fmt: skip


def test_nothing_is_fitted_that_is_not_counted_as_history(project, declared):
    from localcare.study.validation import read_validation

    validation = read_validation(project.beside(".validation.yaml"))
    history = {each.variable for each in validation.history.fitted}
    assert {each.constant for each in declared[0].constants} <= history


def test_attendances_fitted_from_elsewhere_come_back_to_the_same_fit(project, declared):
    def attends(each):
        return each.constant == "pandemic effect on ae attendances" or any(
            "attendances" in name or "walk in" in name
            for chosen in each.elements.values()
            for name in chosen
        )

    own = task(project, declared, ({"A&E attendances"}, attends))
    assert len(own.parameters) > 10
    found = fit(own, starts=2, seed=3)
    assert found.starts[1].before > 10 * found.before
    assert all(each.same for each in found.starts)
    assert max(each.farthest for each in found.starts) < 1e-3
    assert "not known" not in found.known.verdicts


@pytest.mark.long
def test_the_whole_fit_is_where_the_model_is_and_comes_back_from_everywhere(project, declared):
    found = fit(task(project, declared), starts=4, seed=1)
    assert all(each.same for each in found.starts)
    assert found.after > 0.95 * found.before  # the model stands at its fit, to rounding


def test_the_covariance_is_that_of_the_numbers_in_the_model(project):
    from localcare.study.calibration import read_covariance

    kept = read_covariance(project.beside(".covariance.csv"), project.spec)
    assert len(kept.parameters) > 40
    for parameter, value in zip(kept.parameters, kept.values, strict=True):
        assert parameter.low <= value <= parameter.high

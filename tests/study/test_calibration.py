"""Fits of a small model whose answers are known, and everything that is refused before a fit.

Arrivals of a ward are `demand[ward] * exp(growth * t)`, so that their logarithms are a straight
line and ordinary least squares gives the fit and its standard errors in closed form.
"""

import math
from pathlib import Path

import numpy as np
import pytest

from localcare.model.observed import read
from localcare.problems import BadInput
from localcare.study.calibration import (
    fit,
    read_calibration,
    read_covariance,
    set_up,
    write_covariance,
)
from localcare.study.calibration.covariance import covariance_of, kept_covariance
from localcare.study.calibration.proposal import files, proposed, read_proposal
from localcare.study.observation import Meaning, Meanings
from localcare.study.project import open_project

SMALL = Path(__file__).parents[1] / "broken" / "observed" / "small.mdl"
HEAD = "series,element,start,period,value,unit,publisher,published,note\n"
MEANINGS = Meanings(
    series={
        "arrivals": Meaning(variable="arrivals"),
        "patients": Meaning(variable="patients"),
        "calls": Meaning(variable="calls"),
    }
)
TRUE = {"growth": 0.08, "demand[north]": 430.0, "demand[south]": 280.0}
GROWTH = "{constant: growth, low: 0, high: 0.2}"
DEMAND = "{constant: demand, low: 100, high: 900}"
MONTHS = 48


@pytest.fixture(scope="module")
def spec():
    return open_project(SMALL).spec


def figures(tmp_path, noise=0.0, seed=1):
    """Monthly arrivals of two wards from the true constants, with noise on their logarithms."""
    generator = np.random.default_rng(seed)
    lines = [
        f"arrivals,{ward},{2019 + month // 12}-{month % 12 + 1:02d}-01,month,"
        f"{base * math.exp(0.08 * (month + 0.5) / 12 + noise * generator.standard_normal())},"
        "person/Year,A,2024,\n"
        for ward, base in (("north", 430), ("south", 280))
        for month in range(MONTHS)
    ]
    path = tmp_path / "table.csv"
    path.write_text(HEAD + "".join(lines))
    return read(path)


def task(spec, tmp_path, constants, series, observed, *, until=None):
    path = tmp_path / "small.calibration.yaml"
    path.write_text(
        "tables: [table.csv]\nconstants:\n"
        + "".join(f"  - {each}\n" for each in constants)
        + "series:\n"
        + "".join(f"  - {each}\n" for each in series)
    )
    declared, document = read_calibration(path)
    return set_up(spec, declared, path, document, observed=observed, meanings=MEANINGS, until=until)


def test_known_constants_come_back_from_every_start(spec, tmp_path):
    observed = figures(tmp_path)
    found = fit(
        task(spec, tmp_path, [GROWTH, DEMAND], ["{series: arrivals}"], observed), starts=4, seed=7
    )
    names = [each.identifier for each in found.task.parameters]
    assert dict(zip(names, found.values, strict=True)) == pytest.approx(TRUE, rel=1e-5)
    assert found.after < 1e-9
    assert max(each.farthest for each in found.starts) < 1e-4
    assert {each.before for each in found.starts} != {found.before}


@pytest.mark.parametrize("transform", ["level", "root"])
def test_levels_and_roots_are_fitted_as_well_as_logarithms(spec, tmp_path, transform):
    observed = figures(tmp_path)
    series = f"{{series: arrivals, transform: {transform}}}"
    found = fit(task(spec, tmp_path, [GROWTH, DEMAND], [series], observed))
    assert found.values == pytest.approx(list(TRUE.values()), rel=1e-5)


def test_fit_and_errors_are_those_of_ordinary_least_squares(spec, tmp_path):
    observed = figures(tmp_path, noise=0.05)
    found = fit(task(spec, tmp_path, [GROWTH, DEMAND], ["{series: arrivals}"], observed))
    times = np.tile((np.arange(MONTHS) + 0.5) / 12, 2)
    wards = np.repeat(np.eye(2), MONTHS, axis=0)
    design = np.column_stack([times, wards])
    logs = np.log([row.value for row in observed.rows])
    line, squares, *_ = np.linalg.lstsq(design, logs, rcond=None)
    # a month's mean of exp(g t) is within g^2 / 3456 of its middle
    assert found.values == pytest.approx([line[0], *np.exp(line[1:])], rel=1e-4)
    assert found.after == pytest.approx(float(squares[0]), rel=1e-4)
    covariance = squares[0] / (len(logs) - 3) * np.linalg.inv(design.T @ design)
    errors = np.sqrt(np.diag(covariance)) * [1, *found.values[1:]]
    # neighbouring residuals resemble each other by chance, which widens errors by a little
    assert (found.known.errors > 0.8 * errors).all()
    assert (found.known.errors < 1.5 * errors).all()
    expected = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found.known.correlations[0, 1] == pytest.approx(expected, abs=0.1)
    assert found.known.verdicts == ("known",) * 3


def test_residuals_that_resemble_their_neighbours_widen_the_errors(spec, tmp_path):
    def error(observed):
        return fit(task(spec, tmp_path, [GROWTH, DEMAND], ["{series: arrivals}"], observed))

    steady = error(figures(tmp_path, noise=0.05))
    path = tmp_path / "table.csv"
    slow = [0.07 * math.sin(2 * math.pi * month / 24) for month in range(MONTHS)]
    path.write_text(
        HEAD
        + "".join(
            f"arrivals,{ward},{2019 + m // 12}-{m % 12 + 1:02d}-01,month,"
            f"{base * math.exp(0.08 * (m + 0.5) / 12 + slow[m])},person/Year,A,2024,\n"
            for ward, base in (("north", 430), ("south", 280))
            for m in range(MONTHS)
        )
    )
    waves = error(read(path))
    assert waves.after == pytest.approx(steady.after, rel=0.4)
    assert (waves.known.errors > 2 * steady.known.errors).all()


def test_what_figures_say_nothing_of_is_not_known_and_not_kept(spec, tmp_path):
    constants = [GROWTH, "{constant: stay, low: 0.01, high: 0.2}"]
    observed = figures(tmp_path)
    found = fit(task(spec, tmp_path, constants, ["{series: arrivals}"], observed))
    assert found.known.verdicts == ("known", "not known")
    assert np.isinf(found.known.errors[1])
    assert [each.identifier for each in covariance_of(found).parameters] == ["growth"]


def test_a_number_that_is_pushed_against_a_bound_is_said_to_be(spec, tmp_path):
    constants = ["{constant: growth, low: 0, high: 0.06}", DEMAND]
    observed = figures(tmp_path)
    found = fit(task(spec, tmp_path, constants, ["{series: arrivals}"], observed))
    assert found.known.verdicts[0] == "at its high bound"
    assert found.values[0] == pytest.approx(0.06)
    assert "growth" not in [each.identifier for each in covariance_of(found).parameters]


def test_a_factor_multiplies_the_values_of_the_model(spec, tmp_path):
    constants = [GROWTH, "{constant: demand, factor: true, low: 0.5, high: 2}"]
    observed = figures(tmp_path)
    chosen = "{series: arrivals, elements: [north]}"
    found = fit(task(spec, tmp_path, constants, [chosen], observed))
    assert found.values == pytest.approx([0.08, 430 / 400], rel=1e-5)
    kept = covariance_of(found)
    assert kept.values == pytest.approx([0.08, 1.0], rel=1e-5)
    scale = found.known.covariance[1, 1] / found.values[1] ** 2
    assert kept.matrix[1, 1] == pytest.approx(scale)


def test_windows_and_dates_choose_the_figures(spec, tmp_path):
    from datetime import date

    observed = figures(tmp_path)
    constants = [GROWTH, DEMAND]
    whole = task(spec, tmp_path, constants, ["{series: arrivals}"], observed)
    assert whole.figures == 2 * MONTHS
    part = task(
        spec, tmp_path, constants, ["{series: arrivals}"], observed, until=date(2020, 12, 31)
    )
    assert part.figures == 2 * 24
    assert part.until < whole.until
    window = "{series: arrivals, from: 2020-01-01, without: [{from: 2021-01-01, to: 2022-01-01}]}"
    assert task(spec, tmp_path, constants, [window], observed).figures == 2 * 24


def test_what_happened_after_the_figures_is_left_at_what_does_nothing(spec, tmp_path):
    from datetime import date

    observed = figures(tmp_path)
    dated = "{constant: growth, low: 0, high: 0.2, dated: 2021-01-01, off: 0}"
    known = task(spec, tmp_path, [dated, DEMAND], ["{series: arrivals}"], observed)
    assert [each.identifier for each in known.unknown] == []
    before = task(
        spec, tmp_path, [dated, DEMAND], ["{series: arrivals}"], observed, until=date(2020, 12, 31)
    )
    assert [each.identifier for each in before.unknown] == ["growth"]
    assert before.batch(np.array([[430.0], [280.0]])).constants["growth"] == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("constants", "series", "words"),
    [
        (["{constant: growth, low: 0.06, high: 0.2}"], None, "exclude its start, 0.05"),
        (["{constant: growth, low: 0.2, high: 0.1}"], None, "the bounds are empty"),
        (["{constant: grwth, low: 0, high: 1}"], None, 'Did you mean "growth"?'),
        (["{constant: arrivals, low: 0, high: 1}"], None, "is computed (auxiliary), no constant"),
        (
            ["{constant: demand, elements: {ward: [nort]}, low: 0, high: 900}"],
            None,
            'ward has no element nort. Did you mean "north"?',
        ),
        (["{constant: demand, elements: {wrd: [a]}, low: 0, high: 900}"], None, "no dimension wrd"),
        (["{constant: growth, at: [2020], low: 0, high: 1}"], None, "has no knots"),
        ([GROWTH, GROWTH], None, "is fitted twice"),
        ([GROWTH], ["{series: arivals}"], 'Did you mean "arrivals"?'),
        ([GROWTH], ["{series: calls}"], "the model does not hold it"),
        ([GROWTH], ["{series: arrivals, weight: 0}"], "greater than 0"),
        ([GROWTH], ["{series: arrivals, to: 2018-01-01}"], "leaves no figure to fit to"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_its_line(spec, tmp_path, constants, series, words):
    path = tmp_path / "table.csv"
    figures(tmp_path)
    path.write_text(path.read_text() + "calls,,2019-01-01,month,5,call,A,2024,\n")
    with pytest.raises(BadInput) as refused:
        task(spec, tmp_path, constants, series or ["{series: arrivals}"], read(path))
    assert words in str(refused.value)
    assert "small.calibration.yaml" in str(refused.value)


def test_a_figure_of_0_has_no_logarithm(spec, tmp_path):
    path = tmp_path / "table.csv"
    figures(tmp_path)
    path.write_text(path.read_text() + "patients,north,2019-01-01,month,0,person,A,2024,\n")
    with pytest.raises(BadInput, match=r"table\.csv:98: patients: is 0, which has no logarithm"):
        task(spec, tmp_path, [GROWTH], ["{series: patients}"], read(path))


@pytest.fixture(scope="module")
def found(spec, tmp_path_factory):
    """A fit of the model's own constants, so that its covariance is that of the model."""
    folder = tmp_path_factory.mktemp("fit")
    lines = [
        f"arrivals,{ward},{2019 + m // 12}-{m % 12 + 1:02d}-01,month,{base * math.exp(0.05 * (m + 0.5) / 12 + wave)},person/Year,A,2024,\n"  # noqa: E501
        for ward, base in (("north", 400), ("south", 300))
        for m, wave in ((m, 0.001 * (-1) ** m) for m in range(MONTHS))
    ]
    (folder / "table.csv").write_text(HEAD + "".join(lines))
    return fit(
        task(spec, folder, [GROWTH, DEMAND], ["{series: arrivals}"], read(folder / "table.csv"))
    )


def test_covariance_is_written_and_read_back(spec, found, tmp_path):
    kept = covariance_of(found)
    path = tmp_path / "small.covariance.csv"
    path.write_text(write_covariance(kept))
    with pytest.raises(BadInput, match="Run `localcare calibrate` again"):
        read_covariance(path, spec)  # the fit has not been applied
    own = type(kept)(kept.parameters, np.array([0.05, 400.0, 300.0]), kept.matrix)
    path.write_text(write_covariance(own))
    back = read_covariance(path, spec)
    assert back.parameters == kept.parameters
    assert back.matrix == pytest.approx(kept.matrix, rel=1e-9)
    path.write_text(kept_covariance(path, {"growth", "demand[south]"}))
    part = read_covariance(path, spec)
    assert [each.identifier for each in part.parameters] == ["growth", "demand[south]"]
    assert part.matrix == pytest.approx(kept.matrix[np.ix_([0, 2], [0, 2])], rel=1e-9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace(",growth,", ",grwth,"), 'Did you mean "growth"?'),
        (lambda text: text.replace("north", "nort", 1), "not the parameters of the rows"),
        (lambda text: text.replace(",value,0.05", ",vlue,0.05"), '"vlue" is no scope'),
        (lambda text: text.rsplit(",", 1)[0] + ",-5\n", "less than no variance"),
    ],
)
def test_a_covariance_that_cannot_be_is_refused(spec, found, tmp_path, change, words):
    kept = covariance_of(found)
    own = type(kept)(kept.parameters, np.array([0.05, 400.0, 300.0]), kept.matrix)
    path = tmp_path / "small.covariance.csv"
    path.write_text(change(write_covariance(own)))
    with pytest.raises(BadInput) as refused:
        read_covariance(path, spec)
    assert words in str(refused.value)
    assert "small.covariance.csv" in str(refused.value)


def test_a_proposal_is_written_and_read_back(found, tmp_path):
    texts = files(found)
    path = tmp_path / "proposal.csv"
    path.write_text(texts["proposal.csv"])
    back = read_proposal(path)
    assert [each.parameter for each in back] == ["growth", "demand[north]", "demand[south]"]
    for one, other in zip(back, proposed(found), strict=True):
        assert one.new == pytest.approx(other.new, rel=1e-7)
        assert one.fitted_to == "arrivals January 2019 to December 2022"
    assert len(texts["residuals.csv"].splitlines()) == 1 + 2 * MONTHS
    path.write_text(texts["proposal.csv"].replace(repr(900.0), repr(200.0)))
    with pytest.raises(BadInput, match="lies outside its bounds"):
        read_proposal(path)


def test_the_same_seed_gives_the_same_files(spec, tmp_path):
    observed = figures(tmp_path, noise=0.02)
    own = task(spec, tmp_path, [GROWTH, DEMAND], ["{series: arrivals}"], observed)
    assert files(fit(own, starts=3, seed=5)) == files(fit(own, starts=3, seed=5))

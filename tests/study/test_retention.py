"""Draws that contradict the history are left out, and how many is told."""

import numpy as np
import pytest

from localcare.engine import Batch, run
from localcare.problems import BadInput, CheckFailed
from localcare.study.project import open_project
from localcare.study.retention import read_history

OBSERVED = """series,element,start,period,value,unit,publisher,published,note
in beds,north,2019-01-01,month,20,person,Us,2024,
in beds,north,2019-02-01,month,20,person,Us,2024,
in beds,south,2019-01-01,month,10,person,Us,2024,
"""
MEANINGS = "series:\n  in beds: {variable: patients}\n"
RULE = "observed: seen.csv\ncut: 3\nseries:\n  in beds: {discrepancy: 0.1}\n"


@pytest.fixture
def beside(uncertain_file):
    """The model by month, with a history beside it."""
    text = uncertain_file.read_text().replace("SAVEPER = 0.25", "SAVEPER = 0.08333333333333333")
    text = text.replace("TIME STEP = 0.0078125", "TIME STEP = 0.008333333333333333")
    uncertain_file.write_text(text)
    uncertain_file.with_name("seen.csv").write_text(OBSERVED)
    uncertain_file.with_name("wards.observed.yaml").write_text(MEANINGS)
    uncertain_file.with_name("wards.retention.yaml").write_text(RULE)
    return uncertain_file


def test_implausibility_is_the_mean_error_over_the_discrepancy(beside):
    project = open_project(beside)
    history = read_history(project)
    stays = np.array([0.04, 0.05, 0.06])
    ran = run(project.spec, Batch(3, {"stay": stays}), engine="kernel", save=["patients"])
    found = history.implausibility(project.spec, ran, [0, 2])
    assert history.labels == ("in beds, north", "in beds, south")
    patients = ran.values["patients"]
    means = (patients[:-1] + patients[1:]) / 2
    north = means[:2, 0][:, [0, 2]].mean(axis=0)
    south = means[0, 1][[0, 2]]
    np.testing.assert_allclose(found[:, 0], abs(north / 20 - 1) / 0.1, rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], abs(south / 10 - 1) / 0.1, rtol=1e-12)


def test_a_draw_is_left_out_where_any_series_is_above_the_cut(beside):
    history = read_history(open_project(beside))
    kept = history.retained(np.array([[0.1, 2.9], [3.1, 0.0], [3.0, 3.0]]))
    assert kept.tolist() == [True, False, True]


def test_where_all_contradict_the_history_the_worst_series_is_named(beside):
    history = read_history(open_project(beside))
    with pytest.raises(CheckFailed, match=r"All 2 draws contradict the history, in beds, south"):
        history.retained(np.array([[4.0, 5.0], [3.5, 9.0]]))


def test_a_model_without_the_file_retains_all(uncertain):
    assert read_history(uncertain) is None


def test_a_series_that_is_not_observed_is_named(beside):
    rule = beside.with_name("wards.retention.yaml")
    rule.write_text(RULE.replace("in beds:", "in bed:"))
    with pytest.raises(BadInput, match=r"seen.csv has no series in bed\. It has in beds"):
        read_history(open_project(beside))
    rule.write_text(RULE.replace("0.1", "-0.1") + "cutt: 1\n")
    with pytest.raises(BadInput) as caught:
        read_history(open_project(beside))
    words = str(caught.value)
    assert "wards.retention.yaml:4: series.in beds.discrepancy" in words
    assert "wards.retention.yaml:5: cutt: no such key here" in words


def test_the_shipped_history_holds_the_models_own_numbers_plausible(project):
    history = read_history(project)
    ran = run(project.spec, Batch(1), engine="kernel", save=list(history.needs), until=2023.25)
    assert history.implausibility(project.spec, ran, [0]).max() < history.cut

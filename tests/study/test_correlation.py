"""Numbers that go together: as strongly as the table says, each with its own distribution."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from localcare.problems import BadInput
from localcare.study.futures import futures
from localcare.study.project import open_project

HEAD = "first,second,correlation,note\n"


def drawn(path, text, scenarios, draws=4096):
    path.with_name("wards.correlations.csv").write_text(HEAD + text)
    return futures(open_project(path), scenarios, draws, 1)


def test_pairs_have_the_rank_correlation_of_the_table_and_keep_their_ranges(
    uncertain_file, scenarios
):
    alone = futures(open_project(uncertain_file), scenarios, 4096, 1).values
    text = "growth,stay,0.7,Because.\nstay,Demand,-0.4,Because.\n"
    tied = drawn(uncertain_file, text, scenarios).values
    for pair, wanted in (
        (("growth", "stay"), 0.7), (("stay", "demand"), -0.4), (("growth", "demand"), 0.0),
    ):  # fmt: skip
        found = spearmanr(*(tied[name] for name in pair)).statistic
        assert abs(found - wanted) < 0.05
        assert abs(spearmanr(*(alone[name] for name in pair)).statistic) < 0.05
    for name, values in tied.items():
        np.testing.assert_allclose(
            np.quantile(values, [0.1, 0.5, 0.9]), np.quantile(alone[name], [0.1, 0.5, 0.9]), 0.02
        )
    np.testing.assert_allclose(tied["demand"], alone["demand"], 1e-14)  # the first by name


def test_an_empty_table_ties_nothing(uncertain_file, scenarios):
    alone = futures(open_project(uncertain_file), scenarios, 64, 1).values
    tied = drawn(uncertain_file, "", scenarios, 64).values
    assert all((alone[name] == tied[name]).all() for name in alone)


def test_correlations_that_contradict_each_other_are_refused(uncertain_file, scenarios):
    text = "growth,stay,0.9,B.\nstay,demand,0.9,B.\ngrowth,demand,-0.9,B.\n"
    with pytest.raises(BadInput, match="no correlation matrix") as caught:
        drawn(uncertain_file, text, scenarios)
    assert "they tie demand, growth, stay" in str(caught.value)


def test_every_fault_of_a_table_is_named_with_its_line(uncertain_file, scenarios):
    text = (
        "groth,stay,0.5,B.\ngrowth,growth,0.5,B.\ngrowth,stay,1.5,B.\nstay,growth,0.1,B.\n"
        "growth,demand trend,0.1,B.\ngrowth,demand,lots,\n"
    )
    with pytest.raises(BadInput) as caught:
        drawn(uncertain_file, text, scenarios)
    words = [str(each) for each in caught.value.problems]
    wanted = (
        ('correlations.csv:2: groth: is no number that is drawn. Did you mean "growth"?'),
        ("correlations.csv:3: growth: a number is not paired with itself"),
        ("correlations.csv:4: growth: 1.5 is no correlation. It lies from -1 to 1."),
        ("correlations.csv:5: stay: line 4 holds the pair with growth already"),
        ("correlations.csv:6: demand trend: is no number that is drawn."),
        ('correlations.csv:7: growth: "lots" is not a number'),
        ("correlations.csv:7: growth: there is no note"),
    )
    assert len(words) == len(wanted)
    for found, each in zip(words, wanted, strict=True):
        assert each in found

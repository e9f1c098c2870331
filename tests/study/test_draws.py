"""Draws: even for each name, independent between names, the same whatever else is drawn."""

import numpy as np
import pytest
from scipy.stats import kstest, qmc

from localcare.problems import BadInput
from localcare.study.draws import check_number, check_seed, uniforms

NAMES = [f"number {i}" for i in range(120)]


@pytest.mark.parametrize("count", [1, 2, 8, 64, 1024])
def test_each_part_of_the_range_holds_one_draw_as_of_a_sobol_sequence(count):
    sobol = qmc.Sobol(1, scramble=True, rng=1).random_base2(int(np.log2(count)))[:, 0]
    for seed in (0, 7):
        ours = uniforms(seed, "beds", count)
        for drawn in (ours, sobol):
            assert sorted(np.floor(drawn * count)) == list(range(count))


def test_a_draw_is_the_same_however_many_are_drawn():
    most = uniforms(3, "beds", 4096)
    for count in (1, 2, 3, 64, 1000, 2048):
        np.testing.assert_array_equal(uniforms(3, "beds", count), most[:count])
    assert most.min() > 0
    assert most.max() < 1


def test_seeds_and_names_draw_apart():
    assert not np.array_equal(uniforms(1, "beds", 64), uniforms(2, "beds", 64))
    assert not np.array_equal(uniforms(1, "beds", 64), uniforms(1, "bed", 64))


@pytest.mark.parametrize("count", [64, 512])
def test_names_are_no_more_correlated_than_independent_numbers(count):
    """As of independent numbers, correlations have the standard deviation 1/sqrt(n): 0.19 of
    7,140 pairs would be more than five of them at 512, and two equal sequences would show."""
    drawn = np.stack([uniforms(1, name, count) for name in NAMES])
    pairs = np.corrcoef(drawn)[np.triu_indices(len(NAMES), 1)]
    assert abs(pairs.mean()) < 3 / np.sqrt(count * len(pairs))
    assert 0.9 < pairs.std() * np.sqrt(count) < 1.1
    assert np.abs(pairs).max() < 5 / np.sqrt(count)


def test_neighbouring_draws_are_as_good_as_independent_in_their_place_and_order():
    drawn = np.stack([uniforms(1, name, 256) for name in NAMES])
    assert kstest((drawn * 256 % 1).ravel(), "uniform").pvalue > 0.001
    serial = np.corrcoef(drawn[:, 128:-1].ravel(), drawn[:, 129:].ravel())[0, 1]
    assert abs(serial) < 0.03


def test_an_additive_mean_is_far_better_than_by_independent_draws():
    """Every number alone is spread evenly, so the mean of a sum of functions converges as 1/n."""

    def mean(seed: int) -> float:
        return sum(float((uniforms(seed, name, 256) ** 2).mean()) for name in NAMES)

    errors = [mean(seed) - len(NAMES) / 3 for seed in range(20)]
    independent = np.sqrt(len(NAMES) * (1 / 5 - 1 / 9) / 256)
    assert np.std(errors) < independent / 50


@pytest.mark.parametrize(
    ("draws", "words"),
    [
        (0, "0 draws cannot be run"),
        (-4, "-4 draws cannot be run"),
        (500, "Give 256 or 512"),
        (2.5, "no whole number"),
        (True, "no whole number"),
        (2**21, "too many"),
    ],
)
def test_a_number_of_draws_that_cannot_be_is_named_with_the_cure(draws, words):
    with pytest.raises(BadInput, match=words):
        check_number(draws)


@pytest.mark.parametrize("seed", ["one", 1.5, -1, True, None])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(BadInput, match="no whole number from 0"):
        check_seed(seed)
    assert check_seed(np.int64(3)) == 3

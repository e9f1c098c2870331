"""Random numbers depend on seed, member, process and count alone, and are what they should be."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest

from localcare.engine.noise import Noise, Words, key, noise_for, normals, philox
from localcare.problems import BadInput

MEMBERS = np.arange(16, dtype=np.uint64)

#: The known answers that Salmon and others publish with Philox 4x32-10.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def word(value: int) -> Words:
    return np.array([value], dtype=np.uint64)


@pytest.mark.parametrize(("counter", "keys", "expected"), KNOWN)
def test_philox_gives_its_published_answers(
    counter: tuple[int, int, int, int], keys: tuple[int, int], expected: tuple[int, ...]
) -> None:
    a, b, c, d = (word(each) for each in counter)
    found = philox((a, b, c, d), (word(keys[0]), word(keys[1])))
    assert tuple(int(each[0]) for each in found) == expected


def test_draws_are_standard_normal_and_independent() -> None:
    keys = [key(5, "grid", name) for name in ("one", "two")]
    drawn = normals(keys, 0, 2**14, MEMBERS)
    count = drawn.size
    assert abs(drawn.mean()) < 4 / sqrt(count)
    assert abs(drawn.var() - 1) < 4 * sqrt(2 / count)
    assert abs((drawn**4).mean() - 3) < 4 * sqrt(96 / count)
    # Kolmogorov and Smirnov: the largest distance between the distributions, at one in a thousand.
    ranked = np.sort(drawn.ravel())
    expected = np.array([0.5 * (1 + erf(x / sqrt(2))) for x in ranked[::64]])
    shares = (np.arange(count) / count)[::64]
    assert np.abs(expected - shares).max() < 1.95 / sqrt(count) + 64 / count
    rows = drawn.transpose(0, 2, 1).reshape(32, -1)  # every process and member
    between = np.corrcoef(rows) - np.eye(32)
    assert np.abs(between).max() < 4.5 / sqrt(2**14)
    after = (rows[:, 1:] * rows[:, :-1]).mean()
    assert abs(after) < 4 / sqrt(count)


def test_a_draw_is_the_same_whatever_else_is_drawn() -> None:
    keys = [key(1, "grid", name) for name in "abc"]
    whole = normals(keys, 0, 200, MEMBERS)
    np.testing.assert_array_equal(normals(keys, 0, 20, MEMBERS), whole[:, :20])
    np.testing.assert_array_equal(normals(keys, 90, 40, MEMBERS), whole[:, 90:130])
    np.testing.assert_array_equal(normals(keys[1:2], 0, 200, MEMBERS)[0], whole[1])
    np.testing.assert_array_equal(normals(keys, 0, 200, MEMBERS[::-1])[..., ::-1], whole)
    other = np.resize(MEMBERS[3:4], 8)
    np.testing.assert_array_equal(normals(keys, 0, 200, other)[..., 0], whole[..., 3])


def test_seed_name_level_and_member_all_matter() -> None:
    first = normals([key(1, "grid", "a")], 0, 8, MEMBERS)
    for other in (key(2, "grid", "a"), key(1, "grid", "b"), key(1, "2 parts", "a")):
        assert not np.isin(normals([other], 0, 8, MEMBERS), first).any()
    assert np.unique(first).size == first.size
    far = normals([key(1, "grid", "a")], 2**40, 8, MEMBERS + np.uint64(2**40))
    assert not np.isin(far, first).any()


def test_draws_come_in_pairs() -> None:
    with pytest.raises(ValueError, match="pairs"):
        normals([key(1, "a")], 1, 2, MEMBERS)
    with pytest.raises(ValueError, match="pairs"):
        normals([key(1, "a")], 0, 3, MEMBERS)


def test_members_are_numbered_from_the_first_or_by_name() -> None:
    found = noise_for("sri2", 7, 3, first_member=5)
    assert isinstance(found, Noise)
    assert (found.seed, found.members.tolist()) == (7, [5, 6, 7])
    named = noise_for("sri2", 7, 3, member_numbers=[2, 2, 9])
    assert named is not None
    assert named.members.tolist() == [2, 2, 9]
    assert noise_for("rk4", None, 3) is None


@pytest.mark.parametrize("method", ["euler-maruyama", "sri2"])
def test_a_stochastic_method_needs_a_seed(method: str) -> None:
    with pytest.raises(BadInput, match=f"seed: {method} draws random numbers and needs a seed"):
        noise_for(method, None, 1)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_deterministic_method_has_noise_where_a_seed_is_given(method: str) -> None:
    assert noise_for(method, None, 1) is None
    found = noise_for(method, 1, 2)
    assert found is not None
    assert (found.seed, found.members.tolist()) == (1, [0, 1])


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1"])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(BadInput, match="is no whole number from 0"):
        noise_for("sri2", seed, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [[1], [1, -1], [0, 2**64], [0, 1.5]])
def test_member_numbers_that_fit_no_batch_are_refused(numbers: list[int]) -> None:
    with pytest.raises(ValueError, match="member"):
        noise_for("sri2", 1, 2, member_numbers=numbers)

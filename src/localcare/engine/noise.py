"""Random numbers that depend on nothing but their own name: seed, member, process and count.

In: keys, counts of draws and member numbers. Out: standard normal numbers, or numbers even over 0
to 1. They come from Philox 4x32-10 (Salmon and others 2011), which turns a counter into random
bits without any state. The key is a hash of the seed and the name of the process; the counter
holds the number of the draw and the number of the member. So draw k of a member is the same
whatever else is drawn, in whatever order, for however many members, and a process that is added
leaves all others alone.

Why not numpy's generators: theirs may change from one version of numpy to the next, and a stream
of normal numbers from them cannot be entered in the middle.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.schedule import STOCHASTIC
from localcare.problems import BadInput, Problem

__all__ = ["Noise", "key", "noise_for", "normals", "philox", "uniforms"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
#: Constants of Philox 4x32: multipliers, and what is added to the key between rounds.
MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
BUMPS = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
ROUNDS = 10
#: 32 bits, and the shift that drops or makes room for as many.
WORD = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
#: Of 64 random bits 53 make a double; the rest is dropped.
SPARE = np.uint64(11)


@dataclass(frozen=True, eq=False)
class Noise:
    """The noise that a run asks for: a seed, and the number of each column's member (members,)."""

    seed: int
    members: Words


def noise_for(
    method: str,
    seed: int | None,
    members: int,
    first_member: int = 0,
    member_numbers: Sequence[int] | None = None,
) -> Noise | None:
    """The noise of a run by `method`, None for one without: a deterministic method without a seed.

    The columns of a batch are the members first_member, first_member + 1, ... unless
    `member_numbers` names each: columns of one number meet the same noise. Raises BadInput where a
    seed is missing or is no whole number from 0.
    """
    if seed is None and method not in STOCHASTIC:
        return None
    if seed is None:
        why = f"{method} draws random numbers and needs a seed."
        raise BadInput(Problem(why, "Give one, such as 1: a seed fixes every draw.", key="seed"))
    if not (_whole(seed) and seed >= 0):
        raise BadInput(Problem(f"{seed!r} is no whole number from 0.", "Give 1, say.", key="seed"))
    if member_numbers is None:
        numbers = list(range(first_member, first_member + members))
    else:
        numbers = list(member_numbers)
    if len(numbers) != members:
        raise ValueError(f"{len(numbers)} member numbers for {members} members")
    if not all(_whole(number) and 0 <= number < 2**64 for number in numbers):
        raise ValueError("member numbers are whole numbers from 0")
    return Noise(operator.index(seed), np.array(numbers, dtype=np.uint64))


def key(seed: int, *names: str) -> tuple[int, int]:
    """The key of what is drawn for a seed under some names: two words of 32 bits."""
    text = "\0".join(("localcare noise 1", str(seed), *names))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def normals(keys: Sequence[tuple[int, int]], first: int, count: int, members: Words) -> Floats:
    """Draws first, ..., first + count - 1 for every key and member, (keys, count, members).

    `first` and `count` are even (draws come in pairs, by Box and Muller's formula) and members a
    multiple of 8: see `numpy_backend.workspace`.
    """
    if first % 2 or count % 2:
        raise ValueError("draws come in pairs")
    pairs = np.arange(first // 2, (first + count) // 2, dtype=np.uint64)[:, np.newaxis]
    words = np.array(keys, dtype=np.uint64).reshape(len(keys), 2, 1, 1)
    bits = philox(
        (pairs & WORD, pairs >> HALF, members & WORD, members >> HALF), (words[:, 0], words[:, 1])
    )
    radius = np.sqrt(-2.0 * np.log(_uniform(bits[0], bits[1])))
    angle = (2.0 * np.pi) * _uniform(bits[2], bits[3])
    drawn = np.empty((len(keys), count, len(members)))
    drawn[:, 0::2] = radius * np.cos(angle)
    drawn[:, 1::2] = radius * np.sin(angle)
    return drawn


def uniforms(key_words: tuple[int, int], first: int, count: int, members: Words) -> Floats:
    """Numbers evenly spread over 0 to 1: draws first, ..., first + count - 1 under a key for every
    member, (count, members). `first` and `count` are even: draws come in pairs."""
    if first % 2 or count % 2:
        raise ValueError("draws come in pairs")
    pairs = np.arange(first // 2, (first + count) // 2, dtype=np.uint64)[:, np.newaxis]
    counter = (pairs & WORD, pairs >> HALF, members & WORD, members >> HALF)
    words = np.array(key_words, dtype=np.uint64).reshape(2, 1, 1)
    bits = philox(counter, (words[0], words[1]))
    drawn = np.empty((count, len(members)))
    drawn[0::2], drawn[1::2] = _uniform(bits[0], bits[1]), _uniform(bits[2], bits[3])
    return drawn


def philox(
    counter: tuple[Words, Words, Words, Words], key_words: tuple[Words, Words]
) -> tuple[Words, Words, Words, Words]:
    """Philox 4x32-10: four words of 32 random bits for four of counter and two of key, all held in
    64 bits, in shapes that broadcast."""
    a, b, c, d = np.broadcast_arrays(*counter, *key_words)[:4]
    k, m = key_words
    for number in range(ROUNDS):
        if number:
            k, m = (k + BUMPS[0]) & WORD, (m + BUMPS[1]) & WORD
        left, right = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
        a, b, c, d = (right >> HALF) ^ b ^ k, right & WORD, (left >> HALF) ^ d ^ m, left & WORD
    return a, b, c, d


def _uniform(high: Words, low: Words) -> Floats:
    """Numbers evenly spread over (0, 1), neither end included, from two words each."""
    bits = np.ascontiguousarray(((high << HALF) | low) >> SPARE)
    return bits.astype(np.float64) * 2.0**-53 + 2.0**-54


def _whole(number: object) -> bool:
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)

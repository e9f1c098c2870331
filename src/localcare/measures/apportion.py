"""Sharing an amount out over places and states of frailty.

In and out: arrays over (leading..., place, frailty), or what the function says. A share is never
divided by nothing: where a key adds to 0, something stated takes its place.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "ratio", "relative", "spread", "with_outside"]

Floats: TypeAlias = NDArray[np.float64]


def with_outside(by_place: Floats) -> Floats:
    """With a last place where there is nothing."""
    return np.concatenate([by_place, np.zeros_like(by_place[..., :1, :])], axis=-2)


def ratio(above: Floats, below: Floats) -> Floats:
    """0 where nothing is divided by."""
    result: Floats = np.where(below > 0, above / np.where(below > 0, below, 1), 0.0)
    return result


def relative(values: Floats, *, axis: int, otherwise: Floats | None = None) -> Floats:
    """Made to add to 1 along an axis; `otherwise`, or in equal parts, where they add to 0."""
    total = values.sum(axis=axis, keepdims=True)
    instead = 1 / values.shape[axis] if otherwise is None else otherwise
    result: Floats = np.where(total > 0, values / np.where(total > 0, total, 1), instead)
    return result


def spread(amount: Floats, key: Floats, people: Floats) -> Floats:
    """An amount (leading...) in proportion to a key over place and frailty; by people, whose
    leading dimensions may be fewer, where the key adds to 0."""
    for _ in range(key.ndim - people.ndim):
        people = people[..., None, :, :]
    total = key.sum(axis=(-2, -1), keepdims=True)
    everyone = people / people.sum(axis=(-2, -1), keepdims=True)
    shares = np.where(total > 0, key / np.where(total > 0, total, 1), everyone)
    result: Floats = amount[..., None, None] * shares
    return result

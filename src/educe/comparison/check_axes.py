"""Positions along an input: by rank, so that crowded and empty stretches count by their rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rank(values: Floats) -> Floats:
    """Return the rank of each value, between 0 and 1; equal values share their middle rank.

    >>> rank(np.array([5.0, 1.0, 5.0, 9.0])).tolist()
    [0.5, 0.125, 0.5, 0.875]
    """
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - 0.5 * count
    return np.asarray(middle[where.ravel()] / len(values))


def cosines(u: Floats, count: int) -> Floats:
    """Return cos(k pi u) for k = 1 .. count, (n, count).

    >>> cosines(np.array([0.0, 1.0]), 2).round(12).tolist()
    [[1.0, 1.0], [-1.0, 1.0]]
    """
    return np.asarray(np.cos(np.pi * u[:, None] * np.arange(1, count + 1)))


def scaled(values: Floats) -> tuple[bool, Floats]:
    """Return whether values are evenly scaled, and the values mapped onto 0 .. 1.

    Their logarithms stand for values that spread over decades, crowded at the low end.
    """
    low, high = float(values.min()), float(values.max())
    even = not (low > 0.0 and high > 100.0 * low and (float(np.median(values)) - low) / (high - low) < 0.1)
    if not even:
        values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
    return even, np.asarray((values - low) / ((high - low) or 1.0))

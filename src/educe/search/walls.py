"""Draws that respect bounds: what falls outside is drawn again inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NONE = (-np.inf, np.inf)


def within(drawn: Array, bounds: tuple[float, float], rng: np.random.Generator) -> Array:
    """Return draws (S,) with those outside the bounds replaced: by their opposite if that is inside.

    Otherwise anew: between two walls evenly, or by decades; beside one wall like the draws that are inside.

    >>> within(np.array([3.0, -2.0]), (0.0, np.inf), np.random.default_rng(0))
    array([3., 2.])
    """
    lower, upper = bounds
    outside = np.flatnonzero((drawn < lower) | (drawn > upper))
    if not len(outside):
        return drawn
    opposite = -drawn[outside]
    fits = (opposite >= lower) & (opposite <= upper)
    inside = drawn[(drawn >= lower) & (drawn <= upper)]
    result = drawn.copy()
    result[outside] = np.where(fits, opposite, _anew(drawn[outside], inside, bounds, rng))
    return result


def _anew(outside: Array, inside: Array, bounds: tuple[float, float], rng: np.random.Generator) -> Array:
    lower, upper = bounds
    if np.isfinite(lower) and np.isfinite(upper):
        u = rng.random(len(outside))
        even = lower + (upper - lower) * u
        if lower <= 0:
            return even
        decades: Array = lower * (upper / lower) ** u
        return np.where(rng.random(len(u)) < 0.5, even, decades)
    if len(inside):
        return rng.choice(inside, len(outside))
    return lower + np.abs(outside - lower) if np.isfinite(lower) else upper - np.abs(outside - upper)

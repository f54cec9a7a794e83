"""Rows that stay with a result: those it learned from, and those it had not seen, with what it said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST = 2000  # more rows only blacken a figure
MOST_KEPT = 20_000  # as many as a fit keeps in its file


@dataclass(frozen=True, eq=False)
class Checked:
    """Measurements beside predictions by networks that were trained without them, in measured units.

    X : (k, d) inputs;  y : (k,) measured;  predicted : (k,)
    """

    X: Array
    y: Array
    predicted: Array


def checked_rows(X: Array, y: Array, predicted: Array, seed: int) -> Checked:
    """Return the rows, thinned at random beyond MOST.

    >>> checked_rows(np.zeros((3, 1)), np.ones(3), np.ones(3), seed=0).X.shape
    (3, 1)
    """
    if len(y) <= MOST:
        return Checked(X, y, predicted)
    some = np.sort(np.random.default_rng((seed, 6)).choice(len(y), MOST, replace=False))
    return Checked(X[some], y[some], predicted[some])


@dataclass(frozen=True, eq=False)
class Kept:
    """Distinct rows that a network learned from, in measured units; all of them, or thinned at random.

    X : (k, d) inputs;  y : (k,) measured;  weights : (k,)
    """

    X: Array
    y: Array
    weights: Array


def kept_rows(X: Array, y: Array, weights: Array, seed: int) -> Kept:
    """Return the rows, thinned at random beyond MOST_KEPT.

    >>> kept_rows(np.zeros((3, 1)), np.ones(3), np.ones(3), seed=0).y.shape
    (3,)
    """
    if len(y) <= MOST_KEPT:
        return Kept(X, y, weights)
    some = np.sort(np.random.default_rng((seed, 7)).choice(len(y), MOST_KEPT, replace=False))
    return Kept(X[some], y[some], weights[some])

"""Rows that a network did not see, with what it said of them: kept with the result, for its figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST = 2000  # more rows only blacken a figure


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

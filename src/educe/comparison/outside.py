"""Regions to hold out: the ends of the measured region, so that predicting them is extrapolating."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHARE = 0.15  # of the rows at each end
MOST_DIRECTIONS = 2
FEWEST, LEFT = 3, 10  # rows in a region, and beside it, at least
WIDEST = 2.5  # times SHARE: a larger region, of many equal values, is left out


def outer_regions(X: Array) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return pairs of rows to learn from and rows held out: a slab at each end of one or two directions.

    X : (n, d). The directions are the inputs where there are one or two, else the two in which the rows, inputs scaled
    to deviation 1, stretch furthest. What has equal values at the border of a slab is held out together.
    """
    spread = X.std(axis=0)
    Z = ((X - X.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0))[:, spread > 0.0]
    if Z.shape[1] > MOST_DIRECTIONS:
        _, _, axes = np.linalg.svd(Z, full_matrices=False)
        Z = Z @ axes[:MOST_DIRECTIONS].T
    found = []
    for along in Z.T:
        for values in (along, -along):
            held = values >= np.quantile(values, 1.0 - SHARE) - 1e-12 * np.ptp(values)
            few, rest = int(held.sum()), int((~held).sum())
            if few >= FEWEST and rest >= LEFT and few <= WIDEST * SHARE * len(values):
                found.append((np.flatnonzero(~held), np.flatnonzero(held)))
    return found

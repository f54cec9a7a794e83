"""The measured region: where inputs lie among those that were learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Region:
    """The range of each input, cut by the ellipsoid about the mean that encloses all measurements.

    low, high, centre, spread : (d,);  metric : (d, d);  reach : squared length of the farthest measurement
    """

    low: Array
    high: Array
    centre: Array
    spread: Array
    metric: Array
    reach: float

    def outside(self, X: Array) -> NDArray[np.bool_]:
        """Return which rows of X (m, d) lie beyond the region, (m,) bool."""
        slack = 1e-9 * (self.high - self.low)
        beyond = ((self.low - slack > X) | (self.high + slack < X)).any(axis=1)
        lengths = np.square(((X - self.centre) / self.spread) @ self.metric).sum(axis=1)
        result: NDArray[np.bool_] = beyond | (lengths > self.reach * (1.0 + 1e-9))
        return result


def region_of(X: Array) -> Region:
    """Return the region that the rows of X (n, d) cover.

    >>> region_of(np.array([[0.0], [1.0]])).outside(np.array([[0.5], [1.5]]))
    array([False,  True])
    """
    low, high, centre = X.min(axis=0), X.max(axis=0), X.mean(axis=0)
    spread = np.where(high > low, high - low, 1.0)
    metric = np.linalg.pinv(np.linalg.qr((X - centre) / spread, mode="r"))
    if metric.shape[1] < metric.shape[0]:  # fewer rows than inputs
        metric = np.pad(metric, ((0, 0), (0, metric.shape[0] - metric.shape[1])))
    reach = float(np.square(((X - centre) / spread) @ metric).sum(axis=1).max())
    return Region(low, high, centre, spread, metric, reach)

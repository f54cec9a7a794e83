"""Intervals that hold whatever the noise: cross-conformal, from residuals of rows that a network did not see.

Source: Barber, Candes, Ramdas and Tibshirani (2021), Predictive inference with the jackknife+, section 3 (CV+).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Folds = NDArray[np.intp]

MOST = 2000  # held-out residuals kept; more only slow the intervals down
ROOM = 4_000_000  # numbers sorted at a time


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What rows that were not seen say about the size of errors.

    fold : (k,) which network did not see each kept row;  sizes : (k,) |f - y| there, in the target's unit
    """

    fold: Folds
    sizes: Array

    def limits(self, members: Array, level: float) -> tuple[Array, Array]:
        """Return lower and upper ends, (m,), of the CV+ interval.

        members : (folds, m), what each fold's network predicts;  level : of coverage, in (0, 1)
        Where there are too few rows for the level, the ends are infinite.
        """
        k, m = len(self.sizes), members.shape[1]
        rank = math.ceil((1.0 - level) * (k + 1) + 1e-9) - 1  # how many may lie beyond each end
        if rank < 1:
            return np.full(m, -np.inf), np.full(m, np.inf)
        if len(members) == 1:  # the ends of sorted sizes are those of sorted sums, to the last bit
            sizes = np.sort(self.sizes)
            return members[0] - sizes[k - rank], members[0] + sizes[k - rank]
        lower, upper = np.empty(m), np.empty(m)
        size = max(1, ROOM // k)
        for begin in range(0, m, size):
            block = slice(begin, begin + size)
            centre = members[self.fold, block]  # (k, block)
            low, high = centre - self.sizes[:, None], centre + self.sizes[:, None]
            lower[block] = np.partition(low, rank - 1, axis=0)[rank - 1]
            upper[block] = np.partition(high, k - rank, axis=0)[k - rank]
        return lower, upper


def held_out(fold: Folds, residuals: Array, seed: int) -> HeldOut:
    """Return the sizes of held-out residuals, thinned at random beyond MOST."""
    sizes = np.abs(residuals)
    if len(sizes) > MOST:
        some = np.sort(np.random.default_rng((seed, 2)).choice(len(sizes), MOST, replace=False))
        fold, sizes = fold[some], sizes[some]
    return HeldOut(fold, sizes)


def measured_coverage(residuals: Array, level: float, seed: int, groups: int = 10) -> float:
    """Return the share of held-out rows inside an interval made from the other held-out rows.

    residuals : (n,) of rows that their network did not see. Each of ten groups is judged by the quantile of the
    other nine, so no row takes part in the interval that judges it. nan where there are too few rows.
    """
    n = len(residuals)
    group = np.random.default_rng((seed, 3)).permutation(np.arange(n) % min(groups, n))
    sizes, inside = np.abs(residuals), 0
    for g in np.unique(group):
        others = np.sort(sizes[group != g])
        k = math.ceil(level * (len(others) + 1))
        if k > len(others):
            return math.nan
        inside += int((sizes[group == g] <= others[k - 1]).sum())
    return inside / n

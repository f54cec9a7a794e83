"""Which of many candidates are worth a descent: cheap ones, and different ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


def diverse(alpha: Array, cost: Array, count: int, *, gap: float = 0.03) -> Indices:
    """Return up to `count` candidates of low cost that differ in rank by `gap` in some parameter.

    alpha : (S, q);  cost : (S,), inf where there is none
    gap : fraction of all candidates

    Ranks, not values, make the choice independent of units.

    >>> alpha = np.array([[1.0], [1.001], [5.0], [9.0]])
    >>> diverse(alpha, np.array([1.0, 1.1, 3.0, 2.0]), 2, gap=0.4).tolist()
    [0, 3]
    """
    finite = np.flatnonzero(np.isfinite(cost))
    if not alpha.shape[1] or not len(finite):
        return finite[:1]
    ranks = np.argsort(np.argsort(alpha[finite], axis=0), axis=0) / len(finite)
    order = np.argsort(cost[finite], kind="stable")[: max(40 * count, 400)]
    near = ranks[order]
    alive = np.ones(len(order), dtype=bool)
    chosen: list[int] = []
    while alive.any() and len(chosen) < count:
        k = int(alive.argmax())
        chosen.append(k)
        alive &= np.abs(near - near[k]).max(axis=1) > gap
        alive[k] = False
    return finite[order[chosen]]


def distinct(cost: Array, count: int, *, within: float = 1e-7) -> tuple[Indices, Indices]:
    """Return up to `count` indices of lowest cost, those of equal cost (relative) counted once.

    The second array, (S,), tells which of them stands for each candidate; -1 for those left out.

    >>> chosen, twin = distinct(np.array([2.0, 1.0, 1.0, 3.0]), 2)
    >>> chosen.tolist(), twin.tolist()
    ([1, 0], [1, 0, 0, -1])
    """
    order = np.argsort(cost, kind="stable")
    order = order[np.isfinite(cost[order])]
    ordered = cost[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = np.diff(ordered) > within * ordered[1:]
    group = np.cumsum(fresh) - 1
    twin = np.full(len(cost), -1, dtype=np.intp)
    twin[order] = np.where(group < count, group, -1)
    return order[fresh][:count], twin

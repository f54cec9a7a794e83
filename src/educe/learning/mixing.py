r"""How much each penalty says in an average of networks: stacking.

Of one shape, several penalties often predict rows held out about equally well, and each errs in places of its own.
With e_c the errors of candidate c on rows that it did not see, the shares are

.. math:: \arg\min_s \sum_i w_i \Big( \sum_c s_c\, e_{ci} \Big)^2, \qquad s_c \ge 0, \quad \sum_c s_c = 1

(Wolpert 1992; Breiman 1996). Few rows leave them uncertain, so they are the mean over draws of the rows' weights:
the Bayesian bootstrap (Rubin 1981), which keeps a candidate that hardly differs from the best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.learning.folds import Judged

Array = NDArray[np.float64]

DRAWS = 30
LEAST = 0.03  # smaller shares are left out
EACH = 4  # networks, at least, of a penalty that takes part
MEMBERS = 12  # networks of all penalties, where there are several


def mixed(judged: Sequence[Judged], weights: Array, *, seed: int) -> tuple[tuple[Judged, float], ...]:
    """Return the candidates of the best shape that predict together, with their shares, the largest first.

    judged : not all of one shape;  weights : (n,) of the rows
    """
    best = min(judged, key=lambda j: j.rmse)
    same = [j for j in judged if j.architecture == best.architecture and np.isfinite(j.rmse)]
    if not best.averaged or len(same) < 2:
        return ((best, 1.0),)
    shares = stacked(np.stack([j.errors for j in same]), weights, seed=seed)
    order = [k for k in np.argsort(-shares, kind="stable") if shares[k] >= LEAST]
    return fewer([(same[k], float(shares[k])) for k in order], len(order))


def fewer(candidates: Sequence[tuple[Judged, float]], most: int) -> tuple[tuple[Judged, float], ...]:
    """Return the first ones, at most so many, with shares of sum 1."""
    kept = candidates[: max(1, most)]
    total = sum(share for _, share in kept)
    return tuple((j, share / total) for j, share in kept)


def stacked(errors: Array, weights: Array, *, seed: int) -> Array:
    """Return the shares, (C,), not negative and with sum 1, whose average errs least.

    errors : (C, splits, targets, n) of each candidate on rows that it did not see;  weights : (n,)

    >>> e = np.array([[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0], [3.0, 3.0, -3.0, -3.0]])
    >>> stacked(e[:, None, None, :], np.ones(4), seed=0).round(2).tolist()
    [0.5, 0.5, 0.0]
    """
    from scipy.optimize import nnls

    C = len(errors)
    drawn = np.random.default_rng((seed, 6)).exponential(size=(DRAWS, len(weights)))
    size = float(np.sqrt(np.mean(np.square(errors)))) * np.sqrt(errors[0].size) or 1.0
    found = np.zeros(C)
    for row in drawn:
        A = (errors * np.sqrt(weights * row)).reshape(C, -1).T
        # brought to sum 1 afterwards, this is the minimum among those of sum 1, whatever the size of the last row
        s, _ = nnls(np.vstack((A, np.full(C, size))), np.append(np.zeros(len(A)), size), maxiter=100 * C)
        found += s / s.sum()
    return found / DRAWS

"""Cross-validation of small networks: every fold, penalty and start trained side by side in one batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.descent.side_by_side import Ends, descend
from educe.engines.network_rows import NetworkRows
from educe.network.forward import forward
from educe.network.initialise import initialise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.network.architecture import Architecture

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)

FLOPS = (
    4e10  # of one core, measured; what a budget of seconds is counted in, so that the plan ignores the load
)

NEAR = 1.25  # times the lowest cost: starts that end within take part in an average


def fold_of(n: int, folds: int, seed: int, *, share: float | None = None) -> NDArray[np.intp]:
    """Return the fold, 0 .. folds - 1, that holds out each row: sizes differ by one at most.

    share : of the rows, in (0, 1), held out once instead: they get 0, and all others -1; None for folds

    >>> np.bincount(fold_of(7, 3, seed=0)).tolist()
    [3, 2, 2]
    >>> fold_of(7, 3, seed=0, share=0.3).tolist().count(0)
    2
    """
    if share is not None:
        count = min(max(1, round(share * n)), n - 1)
        return np.where(np.random.default_rng((seed, n)).permutation(n) < count, 0, -1)
    return np.random.default_rng((seed, n)).permutation(np.arange(n) % folds)


@dataclass(frozen=True, eq=False)
class Judged:
    """One architecture and penalty, judged by rows that each network did not see.

    rmse : root mean square of the residuals held out, in scaled units
    errors : (splits, targets, n) residuals f - y held out, of every split into folds; 0 in rows outside of all folds
    thetas : (folds, M, P), the networks that did not see each fold, lowest cost first
    shares : (folds, M), of each in what the fold predicts, with sum 1; M = 1 where the best start alone does
    """

    architecture: Architecture
    penalty: float
    rmse: float
    errors: Array
    thetas: Array
    shares: Array

    @property
    def residuals(self) -> Array:
        """Residuals of the first split, (targets, n), by the networks in `thetas`."""
        first: Array = self.errors[0]
        return first

    @property
    def squares(self) -> Array:
        """Mean of the squared errors of each row, over splits and targets, (n,)."""
        mean: Array = np.square(self.errors).mean(axis=(0, 1))
        return mean

    @property
    def averaged(self) -> bool:
        """Whether the mean of several starts predicts."""
        return len(self.shares[0]) > 1


def seconds_of(n: int, architecture: Architecture, *, networks: int, iterations: int) -> float:
    """Return the estimated time in seconds of training some networks side by side."""
    P = architecture.parameters
    return networks * iterations * n * (2.0 * P * P + 250.0 * P) / FLOPS


def starts_for(architecture: Architecture) -> int:
    """Return how many starts a fold needs: small networks have more minima that are far from the best."""
    if architecture.depth == 1:
        return 1
    return 8 if architecture.parameters <= 20 else 4


def shares_of(cost: Array, members: int) -> tuple[NDArray[np.intp], Array]:
    """Return the starts of lowest cost, (..., M), and their shares in the average, (..., M).

    cost : (..., S) of every start.  Those whose cost exceeds NEAR times the lowest have share 0.

    >>> which, shares = shares_of(np.array([3.0, 1.0, 1.2]), 3)
    >>> which.tolist(), shares.tolist()
    ([1, 2, 0], [0.5, 0.5, 0.0])
    """
    which = np.argsort(cost, axis=-1, kind="stable")[..., :members]
    lowest = np.take_along_axis(cost, which, axis=-1)
    near = (lowest <= NEAR * lowest[..., :1]).astype(np.float64)
    near[..., 0] = 1.0
    return which, near / near.sum(axis=-1, keepdims=True)


def cross_validate(
    architecture: Architecture,
    penalties: Sequence[float],
    *,
    rows: Scaled,
    fold: NDArray[np.intp],
    starts: int,
    seed: int,
    members: int = 1,
    iterations: int = 60,
    descend: Callable[..., Ends] = descend,
) -> list[Judged]:
    """Return each penalty with its error on rows held out.

    rows : x (d, n), t (targets, n) and weights (n,), scaled;  fold : (n,) of `fold_of`
    starts : networks tried for each fold and penalty
    members : how many of them, of lowest cost on their own rows, predict: 1 for the best alone
    descend : `side_by_side.descend`, or what does the same and writes it down
    """
    x, t, weights = rows
    K, Q = int(fold.max()) + 1, len(penalties)
    seen = np.where(fold[None, :] == np.arange(K)[:, None], 0.0, weights)  # (K, n)
    begin = initialise(architecture, seed, starts=starts)
    # order of the batch: fold, penalty, start
    problem = NetworkRows(
        architecture,
        x,
        t,
        np.repeat(seen, Q * starts, axis=0),
        np.tile(np.repeat(np.array(penalties), starts), K),
    )
    ends = descend(
        problem, np.tile(begin[:, : problem.searched], (K * Q, 1)), iterations=iterations, tolerance=1e-5
    )
    cost = ends.cost.reshape(K, Q, starts)
    thetas = problem.full(ends.alpha, ends.solved).reshape(K, Q, starts, -1)
    which, shares = shares_of(cost, members)  # (K, Q, M)
    kept = np.take_along_axis(thetas, which[..., None], axis=2)  # (K, Q, M, P)
    return [
        _judged(architecture, penalty, (kept[:, q], shares[:, q]), rows, fold)
        for q, penalty in enumerate(penalties)
    ]


def _judged(
    architecture: Architecture,
    penalty: float,
    networks: tuple[Array, Array],
    rows: Scaled,
    fold: NDArray[np.intp],
) -> Judged:
    """Return the judgement of networks (folds, M, P) with shares (folds, M) on the rows that they did not see."""
    (x, t, weights), (thetas, shares) = rows, networks
    residuals = -t
    # rows outside every fold, -1, are predicted by the last networks, and not counted
    for k in range(len(thetas)):
        held = (fold == k) | ((fold < 0) & (k == len(thetas) - 1))
        f = forward(architecture, thetas[k], x[:, held])  # (M, targets, held)
        residuals[:, held] += np.tensordot(shares[k], f, axes=1)
    squares, counted = np.square(residuals).mean(axis=0), fold >= 0
    rmse = float(np.sqrt(np.average(squares[counted], weights=weights[counted])))
    return Judged(architecture, penalty, rmse, np.where(counted, residuals, 0.0)[None], thetas, shares)

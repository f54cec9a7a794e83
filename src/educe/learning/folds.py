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

FLOPS = (
    1.5e10  # of one core, measured; what a budget of seconds is counted in, so that the plan ignores the load
)


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

    rmse : root mean square of the residuals held out, in scaled units;  residuals : (targets, n) f - y, held out
    thetas : (folds, P), the network that did not see each fold
    """

    architecture: Architecture
    penalty: float
    rmse: float
    residuals: Array
    thetas: Array


def seconds_of(n: int, architecture: Architecture, *, networks: int, iterations: int) -> float:
    """Return the estimated time in seconds of training some networks side by side."""
    P = architecture.parameters
    return networks * iterations * n * (2.0 * P * P + 60.0 * P) / FLOPS


def starts_for(architecture: Architecture) -> int:
    """Return how many starts a fold needs: small networks have more minima that are far from the best."""
    if architecture.depth == 1:
        return 1
    return 8 if architecture.parameters <= 20 else 4 if architecture.parameters <= 60 else 2


def cross_validate(
    architecture: Architecture,
    penalties: Sequence[float],
    *,
    rows: tuple[Array, Array, Array],
    fold: NDArray[np.intp],
    starts: int,
    seed: int,
    iterations: int = 60,
    descend: Callable[..., Ends] = descend,
) -> list[Judged]:
    """Return each penalty with its error on rows held out.

    rows : x (d, n), t (targets, n) and weights (n,), scaled;  fold : (n,) of `fold_of`
    starts : networks tried for each fold and penalty; the one of lowest cost on its own rows is kept
    descend : `side_by_side.descend`, or what does the same and writes it down
    """
    x, t, weights = rows
    held = fold >= 0
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
    best = ends.cost.reshape(K, Q, starts).argmin(axis=-1)  # (K, Q)
    thetas = problem.full(ends.alpha, ends.solved).reshape(K, Q, starts, -1)
    kept = np.take_along_axis(thetas, best[:, :, None, None], axis=2)[:, :, 0]  # (K, Q, P)
    found = []
    for q, penalty in enumerate(penalties):
        f = forward(architecture, kept[:, q], x)  # (K, targets, n)
        residuals = f[fold, :, np.arange(len(fold))].T - t
        squares = np.square(residuals).mean(axis=0)[held]
        rmse = float(np.sqrt(np.average(squares, weights=weights[held])))
        found.append(Judged(architecture, penalty, rmse, residuals, kept[:, q]))
    return found

"""The noise floor: how large the error of the best of all functions would be, from the rows alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST_REPEATS = 8  # rows beyond the first at their inputs, for an estimate from repeats
FEWEST_ROWS = 30
MOST_INPUTS = 8
MOST_ROWS = 20_000
CURVED = 0.25  # share of the variance of neighbours that curvature may make up
UNCERTAIN = 0.4  # relative standard error that the variance may have
NEAR = 0.4  # how far the 2k-th neighbour may be on average, of the distance between any two rows
OVERLAP = 2.5  # neighbours are shared: this much fewer independent rows than rows
TWO_SIDED = 1.959963984540054


@dataclass(frozen=True)
class Floor:
    """The standard deviation of the noise, in the target's unit.

    sigma, lower, upper : with the limits of its 95 % interval; nan where it cannot be told
    how : "repeats", "neighbours" or "";  words : from what it was told, or why it was not
    """

    sigma: float
    lower: float
    upper: float
    how: str
    words: str

    @property
    def told(self) -> bool:
        """Whether there is an estimate."""
        return math.isfinite(self.sigma)


def noise_floor(X: Array, y: Array) -> Floor:
    r"""Return the noise floor of measurements X (n, d), y (n,).

    From repeats where there are enough, the pure error:

    .. math:: \hat\sigma^2 = \frac{\sum_g \sum_{i \in g} (y_i - \bar y_g)^2}{n - G}

    Else from residuals of a plane through the nearest neighbours of each row, which itself is left out, for k and 2k
    neighbours; what grows with their distance as curvature does (its fourth power) is taken off:

    .. math:: s_k^2 = \frac1n \sum_i \frac{(y_i - \sum_j w_{ij} y_j)^2}{1 + \sum_j w_{ij}^2}, \qquad
              \hat\sigma^2 = s_k^2 - \frac{s_{2k}^2 - s_k^2}{2^{4/d} - 1}

    Where that share is large, or the interval wide, the answer is that it cannot be told.

    Sources: Gasser, Sroka and Jennen-Steinmetz (1986) for one input; Evans and Jones (2002) extrapolate likewise.
    """
    found = _from_repeats(X, y)
    if found is not None:
        return found
    distinct = np.unique(np.column_stack((X, y)), axis=0)  # copies of a row are no neighbours of it
    X, y = distinct[:, :-1], distinct[:, -1]
    n, d = X.shape
    if n < FEWEST_ROWS:
        return _untold(f"{n} rows without repeats are too few to tell")
    if d > MOST_INPUTS:
        return _untold(f"with {d} inputs no row has neighbours near enough")
    if n > MOST_ROWS:
        some = np.sort(np.random.default_rng(n).choice(n, MOST_ROWS, replace=False))
        X, y = X[some], y[some]
    return _from_neighbours(X, y)


def _untold(words: str) -> Floor:
    return Floor(math.nan, math.nan, math.nan, "", words)


def _from_repeats(X: Array, y: Array) -> Floor | None:
    """Return the pure error, or None where there are too few repeats, or copies only."""
    from scipy.special import chdtri

    _, group, size = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    group = group.ravel()
    dof = len(y) - len(size)
    means = np.bincount(group, y) / size
    squares = float(np.square(y - means[group]).sum())
    if dof < FEWEST_REPEATS or squares <= 1e-24 * float(np.square(y).sum()):
        return None
    ends = [math.sqrt(squares / chdtri(dof, tail)) for tail in (0.025, 0.975)]
    places = int((size > 1).sum())
    words = f"from {dof + places} rows measured at {places} repeated inputs"
    return Floor(math.sqrt(squares / dof), ends[0], ends[1], "repeats", words)


def _from_neighbours(X: Array, y: Array) -> Floor:
    spread = X.std(axis=0)
    Z = (X / np.where(spread > 0.0, spread, 1.0))[:, spread > 0.0]
    n, d = Z.shape
    k = 2 * d + 2
    if d == 0 or n < 4 * k:
        return _untold("the rows have too few neighbours to tell")
    if _distance(Z, 2 * k) > NEAR:
        return _untold("no row has neighbours near enough to tell")
    near, far = (_squares(Z, y, size) for size in (k, 2 * k))
    u = near - (far - near) / (2.0 ** (4.0 / d) - 1.0)
    variance, first = float(u.mean()), float(near.mean())
    error = math.sqrt(OVERLAP / n) * float(u.std(ddof=1))
    if not variance > 0.0 or abs(first - variance) > CURVED * first or error > UNCERTAIN * variance:
        return _untold(
            f"neighbouring rows differ too much to tell; it is at most about {math.sqrt(first):.3g}"
        )
    sigma, factor = math.sqrt(variance), math.exp(0.5 * TWO_SIDED * error / variance)
    return Floor(
        sigma, sigma / factor, sigma * factor, "neighbours", "from differences between neighbouring rows"
    )


def _distance(Z: Array, k: int) -> float:
    """Return the mean distance to the k-th neighbour, over the root mean square distance of any two rows."""
    from scipy.spatial import cKDTree

    reach, _ = cKDTree(Z).query(Z, k=[k + 1])
    return float(np.mean(reach)) / math.sqrt(2.0 * float(Z.var(axis=0).sum()))


def _squares(Z: Array, y: Array, k: int) -> Array:
    """Return each row's squared residual from the plane through its k nearest neighbours, over its variance, (n,)."""
    from scipy.spatial import cKDTree

    _, near = cKDTree(Z).query(Z, k=k + 1)
    index = np.asarray(near, dtype=np.intp)
    own = np.arange(len(y))[:, None]
    order = np.argsort(index == own, axis=1, kind="stable")  # the row itself last, wherever ties have put it
    index = np.take_along_axis(index, order, axis=1)[:, :k]
    A = np.concatenate((np.ones((len(y), k, 1)), Z[index] - Z[:, None, :]), axis=2)  # (n, k, d + 1)
    weights = np.linalg.pinv(A, rcond=1e-8)[:, 0, :]  # (n, k): what the plane's value at the row is made of
    residual = y - (weights * y[index]).sum(axis=1)
    return np.asarray(np.square(residual) / (1.0 + np.square(weights).sum(axis=1)))

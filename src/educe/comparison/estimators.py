"""The classical learners of scikit-learn, with their choices made inside `fit` and their numbers counted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.neighbors import KNeighborsRegressor

Array = NDArray[np.float64]

NEIGHBOURS = (1, 2, 3, 5, 8, 13, 21, 34, 55)
FOLDS = 5
TREES = 100
ROUNDS = 300
MOST_TUNED = 300  # rows from which a Gaussian process finds its length scales
MOST_PROCESS = 2000  # rows on which it is conditioned: time grows with their cube


def _arrays(X: Any, y: Any) -> tuple[Array, Array]:
    return np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _scales(X: Array) -> tuple[Array, Array]:
    spread = X.std(axis=0)
    return X.mean(axis=0), np.where(spread > 0.0, spread, 1.0)


class Neighbours(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The mean of the k nearest rows, inputs scaled to deviation 1; k by inner folds drawn from `seed`.

    After fitting: `k_`, and `parameters_` = n / k, the trace of the hat matrix.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Neighbours:
        """Choose k, and keep the rows."""
        X, y = _arrays(X, y)
        self.centre_, self.spread_ = _scales(X)
        Z, n = (X - self.centre_) / self.spread_, len(y)
        self.k_ = _neighbours(Z, y, self.seed) if n >= 2 * FOLDS else 1
        self.model_ = KNeighborsRegressor(self.k_).fit(Z, y)
        self.parameters_ = n / self.k_
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted values, (m,)."""
        Z = (np.asarray(X, dtype=np.float64) - self.centre_) / self.spread_
        return np.asarray(self.model_.predict(Z), dtype=np.float64)


def _neighbours(Z: Array, y: Array, seed: int) -> int:
    """Return the k of least error on inner folds; of equals the largest."""
    fold = np.random.default_rng((seed, len(y), 8)).permutation(np.arange(len(y)) % FOLDS)
    most = min(NEIGHBOURS[-1], int(np.bincount(fold).min()) * (FOLDS - 1))
    tried = [k for k in NEIGHBOURS if k <= most]
    errors = np.zeros(len(tried))
    for held in range(FOLDS):
        seen = fold != held
        index = (
            KNeighborsRegressor(tried[-1]).fit(Z[seen], y[seen]).kneighbors(Z[~seen], return_distance=False)
        )
        means = np.cumsum(y[seen][index], axis=1) / np.arange(1, tried[-1] + 1)
        errors += np.square(means[:, np.array(tried) - 1] - y[~seen][:, None]).sum(axis=0)
    return tried[len(tried) - 1 - int(np.argmin(errors[::-1]))]


class Forest(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A random forest; `parameters_` counts its leaves."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Forest:
        """Grow the trees."""
        X, y = _arrays(X, y)
        self.model_ = RandomForestRegressor(TREES, random_state=self.seed, min_samples_leaf=2).fit(X, y)
        self.parameters_ = float(sum(tree.get_n_leaves() for tree in self.model_.estimators_))
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted values, (m,)."""
        return np.asarray(self.model_.predict(np.asarray(X, dtype=np.float64)), dtype=np.float64)


class Boosting(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Gradient boosting of histogram trees, stopped by rows set aside; `parameters_` counts the leaves."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Boosting:
        """Grow trees until the rows set aside are predicted no better."""
        X, y = _arrays(X, y)
        self.model_ = HistGradientBoostingRegressor(
            max_iter=ROUNDS,
            max_leaf_nodes=15,
            min_samples_leaf=int(np.clip(len(y) // 20, 3, 20)),
            early_stopping=len(y) >= 20,
            validation_fraction=0.15,
            random_state=self.seed,
        ).fit(X, y)
        self.parameters_ = float(
            sum(t.get_n_leaf_nodes() for trees in self.model_._predictors for t in trees)
        )
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted values, (m,)."""
        return np.asarray(self.model_.predict(np.asarray(X, dtype=np.float64)), dtype=np.float64)


class GaussianProcess(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A Gaussian process: one length scale for each input, and white noise; by maximum likelihood.

    Of many rows, drawn by `seed`: MOST_TUNED of them settle the length scales, MOST_PROCESS the values.
    After fitting: `parameters_`, the trace of the hat matrix.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: Any, y: Any) -> GaussianProcess:
        """Find the length scales, then condition on the rows."""
        X, y = _arrays(X, y)
        self.centre_, self.spread_ = _scales(X)
        Z = (X - self.centre_) / self.spread_
        order = np.random.default_rng((self.seed, len(y), 9)).permutation(len(y))
        few, some = np.sort(order[:MOST_TUNED]), np.sort(order[:MOST_PROCESS])
        kernel = ConstantKernel(1.0, (1e-3, 1e4)) * RBF(np.ones(X.shape[1]), (1e-2, 1e3))
        kernel = kernel + WhiteKernel(0.1, (1e-10, 1e1))
        tuned = GaussianProcessRegressor(kernel, normalize_y=True, random_state=self.seed).fit(Z[few], y[few])
        self.model_ = tuned
        if len(some) > len(few):
            self.model_ = GaussianProcessRegressor(tuned.kernel_, normalize_y=True, optimizer=None).fit(
                Z[some], y[some]
            )
        self.parameters_ = self._effective(Z[few])
        return self

    def _effective(self, Z: Array) -> float:
        """Return the trace of K (K + s^2 I)^-1 over some rows."""
        kernel = self.model_.kernel_
        noise = float(kernel.k2.noise_level)
        values = np.clip(np.linalg.eigvalsh(kernel.k1(Z)), 0.0, None)
        return 1.0 + float((values / (values + noise)).sum())

    def predict(self, X: Any) -> Array:
        """Return the predicted values, (m,)."""
        return np.asarray(self.model_.predict(self._scaled(X)), dtype=np.float64)

    def predict_interval(self, X: Any, level: float = 0.95) -> tuple[Array, Array]:
        """Return the limits of the process' own interval for a new measurement."""
        from scipy.special import ndtri

        mean, deviation = self.model_.predict(self._scaled(X), return_std=True)
        half = float(ndtri(0.5 + level / 2.0)) * deviation
        return mean - half, mean + half

    def _scaled(self, X: Any) -> Array:
        scaled: Array = (np.asarray(X, dtype=np.float64) - self.centre_) / self.spread_
        return scaled

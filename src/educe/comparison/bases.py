"""Linear laws in a basis: lines, polynomials, splines; their size and shrinkage chosen by inner validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer

from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]

SHRINKAGE = tuple(10.0**k for k in range(-9, 2))  # ridge penalties, relative to the rows
MOST_COLUMNS = 400
DEGREES = tuple(range(1, 11))
KNOTS = {"additive": (3, 5, 8, 13, 20), "tensor": (2, 3, 5, 8)}
FOLDS = 5
PATIENCE = 4  # sizes without a lower error before the search ends: odd and even terms take turns


class Basis(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A linear combination of basis functions of the inputs.

    .. math:: \\min_\\beta \\|y - B \\beta\\|^2 + \\alpha \\|\\beta\\|^2

    kind : "linear" (no choice, no shrinkage), "polynomials" (of total degree), "additive" (cubic splines of each input)
        or "tensor" (their products; of pairs where there are more than three inputs)
    seed : of the inner folds, by which size and alpha are chosen

    After fitting: `parameters_`, effective: 1 + trace of the hat matrix;  `size_`, degree or knots; `alpha_`.

    >>> x = np.linspace(0.0, 1.0, 30)[:, None]
    >>> Basis("polynomials").fit(x, x[:, 0] ** 2).size_
    2
    """

    def __init__(self, kind: str = "linear", *, seed: int = 0) -> None:
        self.kind = kind
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Basis:
        """Choose the size and the shrinkage on inner folds, then find the coefficients from all rows."""
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
        self.n_features_in_ = X.shape[1]
        low, high = X.min(axis=0), X.max(axis=0)
        self.centre_, self.half_ = (low + high) / 2.0, np.where(high > low, (high - low) / 2.0, 1.0)
        Z = (X - self.centre_) / self.half_
        sizes = _sizes(self.kind, len(y), X.shape[1])
        penalties = (0.0,) if self.kind == "linear" else SHRINKAGE
        best = (sizes[0], penalties[0])
        if len(sizes) * len(penalties) > 1 and len(y) >= 2 * FOLDS:
            best = _chosen(self.kind, Z, y, sizes, penalties, self.seed)
        self.size_, self.alpha_ = best
        self.features_ = _features(self.kind, self.size_)(Z)
        found = _ridge(self.features_(Z), y, (self.alpha_,))
        self.coefficients_, self.constant_ = found.coefficients[0], float(found.constants[0])
        self.parameters_ = 1.0 + float(found.effective[0])
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted values, (m,)."""
        Z = (np.asarray(X, dtype=np.float64) - self.centre_) / self.half_
        values: Array = self.features_(Z) @ self.coefficients_ + self.constant_
        return values


def _sizes(kind: str, n: int, d: int) -> tuple[int, ...]:
    """Return the sizes worth trying: with no more columns than can be learned from n rows."""
    if kind == "linear":
        return (1,)
    if kind == "polynomials":
        return tuple(
            size for size in DEGREES if size == 1 or math.comb(d + size, d) <= min(n // 3, MOST_COLUMNS)
        )
    if kind == "additive":
        return tuple(size for size in KNOTS[kind] if size == 3 or d * (size + 2) <= min(n // 3, MOST_COLUMNS))
    if kind == "tensor":
        return tuple(
            size for size in KNOTS[kind] if size == 2 or _products(d, size + 2) <= min(n, MOST_COLUMNS)
        )
    raise ParameterError(f"a basis is linear, polynomials, additive or tensor, not '{kind}'.")


def _products(d: int, each: int) -> int:
    return int(each**d) if d <= 3 else math.comb(d, 2) * each**2


@dataclass(frozen=True)
class _Additive:
    """Splines of each input, side by side."""

    transformer: Any

    def __call__(self, Z: Array) -> Array:
        return np.asarray(self.transformer.transform(Z), dtype=np.float64)


@dataclass(frozen=True)
class _Products:
    """Products of the splines of all inputs, or of every pair where there are more than three."""

    transformer: Any
    d: int

    def __call__(self, Z: Array) -> Array:
        each = np.split(np.asarray(self.transformer.transform(Z), dtype=np.float64), self.d, axis=1)
        groups = [tuple(range(self.d))] if self.d <= 3 else list(combinations(range(self.d), 2))
        return np.hstack([_product([each[k] for k in group]) for group in groups])


def _product(factors: list[Array]) -> Array:
    out = factors[0]
    for factor in factors[1:]:
        out = (out[:, :, None] * factor[:, None, :]).reshape(len(out), -1)
    return out


def _features(kind: str, size: int) -> Callable[[Array], Callable[[Array], Array]]:
    """Return what makes, from rows, the map of rows to columns."""

    def made(Z: Array) -> Callable[[Array], Array]:
        if kind == "linear":
            return np.asarray
        if kind == "polynomials":
            return _Additive(PolynomialFeatures(size, include_bias=False).fit(Z))
        spline = SplineTransformer(n_knots=size, degree=3, knots="uniform", extrapolation="linear").fit(Z)
        return _Additive(spline) if kind == "additive" else _Products(spline, Z.shape[1])

    return made


@dataclass(frozen=True)
class _Solved:
    """For each penalty: coefficients (m,), constant, and trace of the hat matrix without the constant."""

    coefficients: Array
    constants: Array
    effective: Array


def _ridge(B: Array, y: Array, penalties: tuple[float, ...]) -> _Solved:
    """Return the ridge solutions for several penalties, each times the number of rows, from one decomposition."""
    middle, mean = B.mean(axis=0), float(y.mean())
    spread = B.std(axis=0)
    spread = np.where(
        spread > 1e-12 * (1.0 + np.abs(middle)), spread, np.inf
    )  # a constant column takes no part
    U, s, Vt = np.linalg.svd((B - middle) / spread, full_matrices=False)
    kept = s > 1e-10 * max(float(s.max(initial=0.0)), 1e-300)
    U, s, Vt = U[:, kept], s[kept], Vt[kept]
    alphas = len(y) * np.array(penalties)[:, None]
    shrunk = s / (s * s + alphas)  # (q, r)
    coefficients = (shrunk * (U.T @ (y - mean))) @ Vt / spread
    return _Solved(coefficients, mean - coefficients @ middle, (shrunk * s).sum(axis=1))


def _chosen(
    kind: str, Z: Array, y: Array, sizes: tuple[int, ...], penalties: tuple[float, ...], seed: int
) -> tuple[int, float]:
    """Return size and penalty of least error on inner folds; of equals the smaller size and larger penalty."""
    fold = np.random.default_rng((seed, len(y), 7)).permutation(np.arange(len(y)) % FOLDS)
    best, least = (sizes[0], penalties[-1]), math.inf
    waited = 0
    for size in sizes:
        errors = np.zeros(len(penalties))
        B = _features(kind, size)(Z)(Z)  # knots lie evenly between the ends of Z, so folds may share them
        for k in range(FOLDS):
            seen, held = fold != k, fold == k
            found = _ridge(B[seen], y[seen], penalties)
            f = B[held] @ found.coefficients.T + found.constants  # (h, q)
            errors += np.square(f - y[held][:, None]).sum(axis=0)
        q = len(penalties) - 1 - int(np.argmin(errors[::-1]))
        waited = 0 if errors[q] < (1.0 - 1e-6) * least else waited + 1
        if errors[q] < (1.0 - 1e-6) * least:
            best, least = (size, penalties[q]), float(errors[q])
        if waited >= PATIENCE:
            break
    return best

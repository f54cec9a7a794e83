"""The arguments of `curve_fit`, read as SciPy reads them and refused in SciPy's words."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, TableError
from educe.least_squares.bounds import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.least_squares.triangle import Array

METHODS = ("trf", "dogbox", "lm")
UNBOUNDED = (-np.inf, np.inf)
SCHEMES = ("2-point", "3-point", "cs")
EPS = 2.0**-52


@dataclass(frozen=True, eq=False)
class Weighting:
    """What sigma does to residuals: nothing, a weight for each row, or whitening by a covariance.

    weights : (n,) or (1,) or None;  cholesky : (n, n), lower factor of the covariance, or None
    """

    weights: Array | None = None
    cholesky: Array | None = None

    def apply(self, rows: Array) -> Array:
        """Return the rows, (n,) or (n, k), weighted."""
        if self.cholesky is not None:
            from scipy.linalg import solve_triangular

            whitened: Array = solve_triangular(self.cholesky, rows, lower=True)
            return whitened
        if self.weights is None:
            return rows
        return rows * (self.weights if rows.ndim == 1 else self.weights[:, None])


def starting_values(f: Callable[..., Any], p0: Any) -> tuple[Array | None, int]:
    """Return p0 as (p,) float64, or None, and the number of parameters."""
    if p0 is not None:
        start = np.atleast_1d(p0).ravel().astype(np.float64)
        return start, start.size
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, parameter in inspect.signature(f).parameters.items() if parameter.kind in kinds]
    if len(names) < 2:
        raise ParameterError("Unable to determine number of fit parameters.")
    return None, len(names) - 1


def read_bounds(bounds: Any, p: int) -> Box | None:
    """Return the box of a pair of array-likes or a `scipy.optimize.Bounds`; None where nothing is bounded."""
    if bounds is UNBOUNDED:
        return None
    pair = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else tuple(bounds)
    if len(pair) != 2:
        raise ParameterError("`bounds` must contain 2 elements.")
    try:
        lower, upper = (np.broadcast_to(np.asarray(bound, dtype=np.float64), (p,)) for bound in pair)
    except ValueError:
        raise ParameterError(
            f"Inconsistent shapes between bounds and `p0`: there are {p} parameters."
        ) from None
    return Box(lower, upper) if (lower > -np.inf).any() or (upper < np.inf).any() else None


def read_method(method: str | None, box: Box | None) -> str:
    """Return the method's name; it decides only whether bounds are allowed."""
    if method is None:
        return "lm" if box is None else "trf"
    if method not in METHODS:
        raise ParameterError("`method` must be 'trf', 'dogbox' or 'lm'.")
    if method == "lm" and box is not None:
        raise ParameterError(
            "Method 'lm' only works for unconstrained problems. Use 'trf' or 'dogbox' instead."
        )
    return method


def read_jac(jac: Callable[..., Any] | str | None, col_deriv: bool) -> Callable[..., Any] | str | None:
    """Return the derivatives as a function that gives (n, p), or the name of a scheme, or None."""
    if isinstance(jac, str) and jac not in SCHEMES:
        raise ParameterError("`jac` must be '2-point', '3-point', 'cs' or callable.")
    if callable(jac) and col_deriv:
        by_column = jac
        return lambda *arguments: np.transpose(by_column(*arguments))
    return jac


def read_step(epsfcn: float | None, diff_step: Any) -> Array | float | None:
    """Return the relative step of central differences, from the relative error of f or as given; None: by rounding."""
    if diff_step is not None:
        return np.asarray(diff_step, dtype=np.float64)
    return None if epsfcn is None else max(float(epsfcn), EPS) ** (1.0 / 3.0)


def inside(start: Array | None, box: Box | None, p: int) -> Array:
    """Return the starting values, by default 1, or the middle of bounds, or one unit from the only one."""
    if box is None:
        return np.ones(p) if start is None else start
    lower, upper = box.lower, box.upper
    if not (lower < upper).all():
        raise ParameterError("Each lower bound must be strictly less than each upper bound.")
    if start is None:
        below, above = np.isfinite(lower), np.isfinite(upper)
        start = np.ones(p)
        start[below] = lower[below] + 1.0
        start[above] = upper[above] - 1.0
        both = below & above
        start[both] = 0.5 * (lower[both] + upper[both])
    if not ((start >= lower) & (start <= upper)).all():
        raise ParameterError("Initial guess is outside of provided bounds")
    return start


def read_rows(
    xdata: Any, ydata: Any, sigma: Any, *, check_finite: bool | None, nan_policy: str | None
) -> tuple[Any, Array, Any]:
    """Return xdata, as float64 if it is a sequence, ydata as float64, and sigma, rows with nan left out."""
    checked = nan_policy is None if check_finite is None else check_finite
    convert = np.asarray_chkfinite if checked else np.asarray
    y = convert(ydata, np.float64)
    x = convert(xdata, np.float64) if isinstance(xdata, list | tuple | np.ndarray) else xdata
    if y.size == 0:
        raise TableError("`ydata` must not be empty!")
    if checked or nan_policy is None:
        return x, y, sigma
    if nan_policy == "propagate":
        raise ParameterError("`nan_policy='propagate'` is not supported by this function.")
    if nan_policy not in ("raise", "omit"):
        raise ParameterError("nan_policy must be one of {None, 'raise', 'omit'}")
    return _without_nan(x, y, sigma, nan_policy)


def _without_nan(x: Any, y: Array, sigma: Any, nan_policy: str) -> tuple[Any, Array, Any]:
    missing = np.isnan(x)
    missing = missing.any(axis=tuple(range(missing.ndim - 1))) | np.isnan(y)
    if not missing.any():
        return x, y, sigma
    if nan_policy == "raise":
        raise TableError("The input contains nan values")
    kept = ~missing
    if sigma is not None:
        sigma = np.asarray(sigma)
        if sigma.size > 1:
            sigma = sigma[np.ix_(*[kept] * sigma.ndim)]
    return x[..., kept], y[kept], sigma


def read_sigma(sigma: Any, n: int) -> Weighting:
    """Return the weighting of standard deviations, (n,) or one for all, or of an (n, n) covariance."""
    if sigma is None:
        return Weighting()
    values = np.asarray(sigma, dtype=np.float64)
    if values.size == 1 or values.shape == (n,):
        with np.errstate(divide="ignore"):
            return Weighting(weights=np.atleast_1d(1.0 / values).ravel())
    if values.shape != (n, n):
        raise ParameterError("`sigma` has incorrect shape.")
    from scipy.linalg import LinAlgError, cholesky

    try:
        return Weighting(cholesky=cholesky(values, lower=True))
    except LinAlgError:
        raise ParameterError("`sigma` must be positive definite.") from None

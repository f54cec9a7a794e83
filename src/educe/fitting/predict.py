"""Predict from a fitted law: values, bands, and which rows lie beyond the measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.in_memory import BLOCK
from educe.errors import ParameterError, nearest
from educe.table import as_table
from educe.uncertainty.intervals import half_width
from educe.uncertainty.prediction import mean_standard_error, measurement_standard_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array

INTERVALS = ("confidence", "prediction")


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predicted values with a band.

    values, lower, upper, stderr : (m,) -- nan where an input is missing
    outside : (m,) bool -- some input lies beyond the region that was measured
    interval : "confidence" or "prediction";  level : float
    """

    values: Array
    lower: Array
    upper: Array
    stderr: Array
    outside: NDArray[np.bool_]
    interval: str
    level: float


def predict(fit: Fit, data: Any, *, interval: str | None = None, level: float = 0.95) -> Array | Prediction:
    """Return the law's values at new inputs, (m,), or a Prediction: see `Fit.predict`."""
    if interval is not None and interval not in INTERVALS:
        raise ParameterError(
            f"interval '{interval}' is not one of {', '.join(INTERVALS)}.{nearest(interval, INTERVALS)}"
        )
    inputs = fit.law_variables
    if not inputs:
        raise ParameterError(
            f"{fit.law.text} has no variables: its prediction is the same number everywhere."
        )
    table = as_table(data, names=inputs).select(inputs)
    columns = table.columns
    if interval is None:
        with np.errstate(all="ignore"):
            values = fit.law.evaluate({**columns, **fit.params})
        return np.array(np.broadcast_to(values, (table.n,)))
    values, gradients = _with_gradients(fit, columns, table.n)
    error = mean_standard_error(gradients, fit.triangle, fit.scale, tolerance=fit.discernible)
    if interval == "prediction":
        error = measurement_standard_error(error, _noise(fit))
    width = half_width(error, level, fit.interval_dof)
    return Prediction(values, values - width, values + width, error, outside(fit, columns), interval, level)


def _with_gradients(fit: Fit, columns: dict[str, Array], n: int) -> tuple[Array, Array]:
    """Return f, (m,), and its derivatives in the law's order, (m, p)."""
    model = fit.plan.model
    p = fit.p
    block_out = np.empty((p + 1, min(n, BLOCK)))
    out = np.empty((n, p + 1))
    with np.errstate(all="ignore"):
        for begin in range(0, n, BLOCK):
            rows = slice(begin, min(begin + BLOCK, n))
            m = rows.stop - begin
            fill = model.prediction([columns[name][rows] for name in model.inputs])
            fill(*fit._solver_theta, [block_out[k, :m] for k in range(p + 1)])
            out[rows] = block_out[:, :m].T
    return out[:, p], out[:, list(fit.plan.position)]


def _noise(fit: Fit) -> float:
    """Return the standard deviation of one new measurement.

    With sigma given, a new measurement is taken to be as good as the typical one: the root of the harmonic
    mean of sigma^2, rescaled by the residual scatter where sigma is relative.
    """
    sigma = fit.rows.sigma
    typical = 1.0 if sigma is None else float(np.mean(sigma**-2.0)) ** -0.5
    return typical if fit.convention.sigma == "absolute" else typical * fit.noise


def outside(fit: Fit, columns: dict[str, Array]) -> NDArray[np.bool_]:
    """Return which rows lie beyond the measured region: outside the range of some input, (m,) bool.

    With two inputs or more the measured region is that range cut by the ellipsoid about the mean that
    encloses all measurements, so an empty corner counts as outside too.
    """
    names = fit.law_variables
    new = np.column_stack([columns[name] for name in names])
    old = np.column_stack([fit.rows.columns[name] for name in names])
    low, high = old.min(axis=0), old.max(axis=0)
    slack = 1e-9 * (high - low)
    beyond = ((new < low - slack) | (new > high + slack)).any(axis=1)
    if len(names) > 1 and len(old) > len(names):
        centre, spread = old.mean(axis=0), np.where(high > low, high - low, 1.0)
        # lengths in the metric of the measurements' own spread: R of the QR of the centred inputs
        R = np.linalg.qr((old - centre) / spread, mode="r")
        inverse = np.linalg.pinv(R)
        reach = np.square(((old - centre) / spread) @ inverse).sum(axis=1).max()
        distance = np.square(((new - centre) / spread) @ inverse).sum(axis=1)
        beyond |= distance > reach * (1.0 + 1e-9)
    result: NDArray[np.bool_] = beyond
    return result

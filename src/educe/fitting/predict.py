"""Predict from a fitted law: values, bands, and which rows lie beyond the measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.in_memory import BLOCK
from educe.errors import ParameterError, TableError, nearest
from educe.table import as_table
from educe.table.moments import counted_since
from educe.uncertainty.intervals import half_width
from educe.uncertainty.prediction import Prediction, mean_standard_error, measurement_standard_error
from educe.uncertainty.region import region_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.fitting.estimate import Estimate
    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array
    from educe.table import Table

INTERVALS = ("confidence", "prediction")


def predict(
    fit: Fit,
    data: Any,
    *,
    interval: str | None = None,
    level: float = 0.95,
    method: str = "wald",
    data_set: str | None = None,
) -> Array | Prediction:
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
    wanted = (*inputs, fit.rows.sigma_column) if interval == "prediction" else inputs
    given = as_table(data, names=wanted)
    table = counted_since(given.select(inputs), fit.units)
    columns = _in_set(fit, table.columns, table.n, data_set)
    if interval is None:
        with np.errstate(all="ignore"):
            values = fit.law.evaluate({**columns, **fit.params})
        return np.array(np.broadcast_to(values, (table.n,)))
    values, gradients = with_gradients(fit, columns, table.n)
    noise: Array = np.zeros(table.n)
    error = mean_standard_error(gradients, fit.error_triangle, fit.scale, tolerance=fit.discernible)
    if interval == "prediction":
        noise = _noise(fit, given)
        error = measurement_standard_error(error, noise)
    width = half_width(error, level, fit.interval_dof)
    lower, upper = values - width, values + width
    if method != "wald":
        lower, upper = _band(
            fit, columns, gradients, (error, noise), level=level, interval=interval, method=method
        )
    beyond = outside(fit, columns, data_set)
    return Prediction(values, lower, upper, error, beyond, interval, level)


def _band(
    fit: Fit,
    columns: dict[str, Array],
    gradients: Array,
    errors: tuple[Array, Array],
    *,
    level: float,
    interval: str,
    method: str,
) -> tuple[Array, Array]:
    from educe.fitting.bands import bootstrap_band, check_method, profile_band

    check_method(method)
    error, noise = errors
    if method == "profile":
        return profile_band(fit, columns, error, noise, level, interval)
    return bootstrap_band(fit, columns, gradients, noise, level, interval)


def _in_set(fit: Estimate, columns: dict[str, Array], n: int, data_set: str | None) -> dict[str, Array]:
    """Return the columns with those that say to which data set the rows belong, of a fit of several.

    Raises ParameterError for a data set that there is not, or none where it matters.
    """
    if fit.sets is None:
        if data_set is not None:
            raise ParameterError(f"the fit is of one data set; there is no data set '{data_set}' to choose.")
        return columns
    if data_set is None and not fit.sets.own:
        return columns
    return {**columns, **fit.sets.indicators(fit.sets.find(data_set), n)}


def with_gradients(fit: Estimate, columns: dict[str, Array], n: int) -> tuple[Array, Array]:
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


def _noise(fit: Estimate, new: Table) -> Array:
    """Return the standard deviation of each new measurement, (m,), rescaled by the scatter where sigma is relative.

    Where sigma was a column and the new rows have it too, each row's own counts. Otherwise, and where it is
    missing, a new measurement is taken to be one like those of the fit: the root mean square of their sigma.

    Raises TableError for a sigma that is not above 0.
    """
    sigma = np.ones(1) if fit.rows.sigma is None else fit.rows.sigma
    largest = float(sigma.max())
    noise = np.full(new.n, largest * float(np.mean((sigma / largest) ** 2)) ** 0.5)
    if fit.rows.sigma_column in new.columns:
        own = new[fit.rows.sigma_column]
        if (own <= 0.0).any():
            row = int(np.argmax(own <= 0.0))
            raise TableError(
                f"{new.source}: sigma must be above 0; {fit.rows.sigma_column} is {own[row]:g} in row {row + 1}."
            )
        noise = np.where(np.isfinite(own), own, noise)
    return noise if fit.convention.sigma == "absolute" else noise * fit.noise


def outside(fit: Estimate, columns: dict[str, Array], data_set: str | None = None) -> NDArray[np.bool_]:
    """Return which rows lie beyond the measured region: outside the range of some input, (m,) bool.

    data_set : whose region is meant, of a fit of several

    With two inputs or more the measured region is that range cut by the ellipsoid about the mean that
    encloses all measurements, so an empty corner counts as outside too.
    """
    names = fit.law_variables
    measured = np.column_stack([fit.rows.columns[name] for name in names])
    if fit.sets is not None and data_set is not None:
        measured = measured[fit.sets.rows_of(fit.rows, data_set)]
    return region_of(measured).outside(np.column_stack([columns[name] for name in names]))

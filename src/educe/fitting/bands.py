"""Bands about predictions that do not suppose the law straight: by profile and by bootstrap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from educe.engines.in_memory import BLOCK
from educe.errors import ParameterError, nearest
from educe.fitting.intervals import profiling
from educe.fitting.quantities import of_prediction
from educe.least_squares.bounds import Box
from educe.least_squares.extended import Extended
from educe.uncertainty.bootstrap import bounds, noise_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.fitting.profiling import Profiling
    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array

METHODS = ("wald", "profile", "bootstrap")
AT_ONCE = 4_000_000  # numbers held at a time


def check_method(method: str) -> None:
    """Raise ParameterError for a method that does not exist."""
    if method not in METHODS:
        close = nearest(method, METHODS) if isinstance(method, str) else ""
        raise ParameterError(f"method '{method}' is not one of {', '.join(METHODS)}.{close}")


def profile_band(
    fit: Fit, columns: Mapping[str, Array], errors: Array, noise: Array, level: float, interval: str
) -> tuple[Array, Array]:
    r"""Return the band, lower and upper, (m,) each, that the profile of each prediction gives.

    columns : {input: (m,)};  errors : (m,), standard errors of f, or of a new measurement
    noise : (m,), standard deviation of each new measurement;  interval : "confidence" or "prediction"

    A new measurement y is within it when fitting it too raises the sum of squares by no more than t^2 s^2:

    .. math:: \min_\theta \left[ S(\theta) + \frac{s^2}{\sigma^2} (y - f(x; \theta))^2 \right] - S(\hat\theta)
        \le t^2 s^2

    which for a law that is linear is the well-known prediction interval.
    """
    shared = profiling(fit)
    rows = np.column_stack([columns[name] for name in fit.plan.model.inputs])
    ends = np.full((2, len(rows)), np.nan)
    for k in np.flatnonzero(np.isfinite(rows).all(axis=1)):
        quantity = of_prediction(fit, rows[k].tolist())
        line = shared
        if interval == "prediction":
            line = _with_new(shared, float(noise[k]))
            quantity = line.problem.quantity(quantity)  # type: ignore[union-attr]
        found = line.profile("the prediction", quantity, float(errors[k]), level, curve=False)
        ends[:, k] = found.interval
    return ends[0], ends[1]


def _with_new(shared: Profiling, noise: float) -> Profiling:
    """Return the profiling with one more variable, the noise of the new measurement."""
    unit = shared.noise * shared.bend
    box = shared.box
    if box is not None:
        box = Box(np.append(box.lower, -np.inf), np.append(box.upper, np.inf))
    problem = Extended(shared.problem, unit**0.5 / noise)
    return replace(shared, problem=problem, theta=[*shared.theta, 0.0], box=box)


def bootstrap_band(
    fit: Fit, columns: Mapping[str, Array], gradients: Array, noise: Array, level: float, interval: str
) -> tuple[Array, Array]:
    """Return the band, lower and upper, (m,) each, of the predictions of refits to resampled measurements.

    gradients : (m, p), of f;  noise : (m,), standard deviation of each new measurement, drawn from the residuals
        where interval is "prediction"
    """
    drawn = fit.bootstrap()
    m, B = len(gradients), len(drawn.samples)
    values = np.asarray(np.broadcast_to(fit.law.evaluate({**columns, **fit.params}), (m,)))
    lower, upper = np.empty(m), np.empty(m)
    scatter = noise_of("residual", fit.weighted_residuals, fit.leverage, 1.0)
    rng = np.random.default_rng(drawn.seed + 1)
    size = max(1, min(BLOCK, AT_ONCE // max(B, 1)))
    with np.errstate(all="ignore"):
        for begin in range(0, m, size):
            rows = slice(begin, min(begin + size, m))
            spread = _at_samples(fit, {name: column[rows] for name, column in columns.items()}, drawn.samples)
            for k in range(spread.shape[1]):
                at, at_fit, moved = (
                    begin + k,
                    float(values[begin + k]),
                    drawn.influence @ gradients[begin + k],
                )
                column = spread[:, k]
                if interval == "prediction":
                    residuals = scatter(rng, -(-B // fit.n)).ravel()[:B]
                    column, moved = column + residuals * (noise[at] / residuals.std()), None
                lower[at], upper[at] = bounds(column, at_fit, moved, level)
    return lower, upper


def _at_samples(fit: Fit, columns: Mapping[str, Array], samples: Array) -> Array:
    """Return f at the rows for each refit, (B, m)."""
    from educe.formula import evaluate

    of_free = {name: sample[:, None] for name, sample in zip(fit.names, samples.T, strict=True)}
    tied = {name: evaluate(expression, of_free) for name, expression in fit.plan.tied.items()}
    values = fit.law.evaluate({**columns, **fit.plan.fixed, **of_free, **tied})
    rows = len(next(iter(columns.values())))
    return np.broadcast_to(values, (len(samples), rows))

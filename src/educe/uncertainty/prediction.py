"""How far a prediction may be off: standard errors of the law's value and of a new measurement.

`intervals.wald` makes a band of either: of the first a confidence band, which covers the law at each
point, of the second a prediction band, which covers one new measurement at each point (pointwise, not all
points at once).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.uncertainty.inverse_root import RANK_TOLERANCE, Floats, inverse_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 16_384
"""Rows taken at a time, so that memory does not grow with their number."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predicted values with a band, of a law or of a network.

    values, lower, upper : (m,) -- nan where an input is missing
    stderr : (m,) -- standard error that the band was made of; for a network, the spread of the networks that
        each left out a part of the rows
    outside : (m,) bool -- some input lies beyond the region that was measured
    interval : "confidence" or "prediction";  level : float
    """

    values: Floats
    lower: Floats
    upper: Floats
    stderr: Floats
    outside: NDArray[np.bool_]
    interval: str
    level: float


def mean_standard_error(
    G: Floats, R: Floats, scale: float = 1.0, *, tolerance: float = RANK_TOLERANCE
) -> Floats:
    r"""Return the standard error of the law's value at each point, by the delta method.

    .. math:: s(f) = \sqrt{\mathrm{scale}} \, \lVert R^{-T} g \rVert, \qquad g = \partial f / \partial
    \theta

    G : (m, p) -- gradients of the predictions with respect to the parameters, not weighted
    R : (p + 1, p + 1) -- triangle of [J | r] at the fit
    scale : float, >= 0 -- `covariance.noise_variance`, or 1 where sigma is known
    tolerance : float, 0 < tolerance < 1 -- see `covariance.standard_errors`

    Returns (m,) float, in the unit of the response; ``inf`` where the prediction needs what the data do
    not determine, finite where it does not, even if single parameters are undetermined.

    Raises FitError if R holds values that are not finite. Source: Seber and Wild (1989), eq. 5.27.

    >>> R = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    >>> mean_standard_error(np.array([[1.0, 0.0], [2.0, 1.0]]), R)
    array([0.5       , 1.41421356])
    """
    if not math.isfinite(scale):
        return np.full(len(G), np.inf)
    factor = inverse_root(R, tolerance)
    result = np.empty(len(G))
    for start in range(0, len(G), BLOCK):
        result[start : start + BLOCK] = factor.lengths_of(G[start : start + BLOCK])
    result *= math.sqrt(scale)
    return result


def measurement_standard_error(mean_errors: Floats, noise: Floats | float) -> Floats:
    r"""Return the standard error of a new measurement about the prediction.

    .. math:: s(y) = \sqrt{s(f)^2 + \sigma^2}

    mean_errors : (m,) float -- `mean_standard_error`
    noise : float or (m,) float, >= 0 -- standard deviation of one measurement: sqrt(scale) / w, or the
        known sigma

    >>> measurement_standard_error(np.array([3.0]), 4.0)
    array([5.])
    """
    return np.hypot(mean_errors, noise)

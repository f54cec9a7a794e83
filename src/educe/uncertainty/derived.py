"""Quantities computed from the parameters, such as tau = 1/k, with their error bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.uncertainty.intervals import wald
from educe.uncertainty.prediction import mean_standard_error

if TYPE_CHECKING:
    from educe.uncertainty.inverse_root import Floats


@dataclass(frozen=True)
class Derived:
    """A quantity with its error bar.

    value, standard_error : float, in the quantity's own unit
    lower, upper : float -- ends of the confidence interval
    level : float -- its confidence level
    """

    value: float
    standard_error: float
    lower: float
    upper: float
    level: float


def derived(
    value: float, gradient: Floats, R: Floats, *, scale: float, dof: float, level: float = 0.95
) -> Derived:
    r"""Carry the uncertainty of the parameters over to a quantity g(theta), to first order.

    .. math:: s(g)^2 = \nabla g' \, C \, \nabla g

    value : float -- g at the estimate
    gradient : (p,) float -- derivatives of g with respect to the parameters
    R : (p + 1, p + 1) -- triangle of [J | r] at the fit
    scale : float, >= 0 -- `covariance.noise_variance`, or 1 where sigma is known
    dof : float -- degrees of freedom for Student's t; ``inf``: normal, where sigma is known
    level : float, 0 < level < 1

    Exact where g is linear. Since it works from the triangle, a*b has its finite error even where the data
    determine neither a nor b. Raises ParameterError for the level, FitError for R as elsewhere.
    Source: Gauss (1823), the law of propagation of errors.

    >>> R = np.array([[2.0, 0.0], [0.0, 1.0]])
    >>> derived(0.25, np.array([-0.0625]), R, scale=1.0, dof=10).standard_error
    0.03125
    """
    error = mean_standard_error(gradient[None, :], R, scale)
    lower, upper = wald(np.array([value]), error, dof, level)
    return Derived(value, float(error[0]), float(lower[0]), float(upper[0]), level)

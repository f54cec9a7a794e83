"""Confidence intervals of the parameters."""

from __future__ import annotations

import math
from functools import lru_cache
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.errors import ParameterError

if TYPE_CHECKING:
    from educe.uncertainty.inverse_root import Floats


METHODS = ("auto", "wald", "profile", "bootstrap", "jackknife")


class Interval(NamedTuple):
    """A confidence interval.

    lower, upper : ends;  method : how they were found, one of METHODS but "auto"
    reason : a sentence, why an end is infinite or at a bound; empty for an ordinary interval
    """

    lower: float
    upper: float
    method: str
    reason: str = ""


@lru_cache(maxsize=256)
def multiplier(level: float, dof: float) -> float:
    r"""Return the half width of an interval in standard errors.

    .. math:: t_{(1 + \mathrm{level})/2,\,\mathrm{dof}}

    level : float, 0 < level < 1 -- confidence level
    dof : float -- degrees of freedom; ``inf``: the normal distribution, for noise of known sigma

    Returns ``inf`` for dof <= 0. Raises ParameterError if the level is outside its range. Student (1908).

    >>> round(multiplier(0.95, 10), 3), round(multiplier(0.95, math.inf), 3)
    (2.228, 1.96)
    """
    if not isinstance(level, Real) or not 0 < level < 1:
        shown = f"{level:g}" if isinstance(level, Real) else repr(level)
        raise ParameterError(f"The confidence level must lie between 0 and 1, such as 0.95, not {shown}.")
    if not dof > 0:
        return math.inf
    from scipy.special import ndtri, stdtrit

    # The lower tail keeps its digits where 1 - level is tiny; the upper one rounds to 1.
    tail = (1 - level) / 2
    return -float(ndtri(tail) if math.isinf(dof) else stdtrit(dof, tail))


def confidence(multiple: float, dof: float) -> float:
    """Return the level whose interval is `multiple` standard errors to either side: `multiplier` backwards.

    >>> round(confidence(1.96, math.inf), 4)
    0.95
    """
    from scipy.special import ndtr, stdtr

    return 1.0 - 2.0 * float(ndtr(-multiple) if math.isinf(dof) else stdtr(dof, -multiple))


def wald(
    theta: Floats, standard_errors: Floats, dof: float, level: float = 0.95, *, normal: bool = False
) -> tuple[Floats, Floats]:
    r"""Return the ends of the confidence interval of each parameter, symmetric about its estimate.

    .. math:: \theta_i \pm t_{(1 + \mathrm{level})/2,\,\mathrm{dof}} \, s_i

    theta : (p,) float, in the units of each parameter
    standard_errors : (p,) float, in the same units
    dof : float -- degrees of freedom, for Student's t
    level : float, 0 < level < 1 -- confidence level
    normal : bool -- normal instead of Student's t: for noise of known sigma, where no variance was
        estimated

    Returns lower and upper, each (p,); infinite where dof <= 0 or a standard error is infinite.

    Raises ParameterError if the level is outside its range. Source: Wald (1943); Seber and Wild (1989),
    eq. 5.4.

    >>> lower, upper = wald(np.array([1.0]), np.array([0.1]), 10)
    >>> lower.round(3), upper.round(3)
    (array([0.777]), array([1.223]))
    """
    width = half_width(standard_errors, level, math.inf if normal else dof)
    return theta - width, theta + width


def half_width(standard_errors: Floats, level: float, dof: float) -> Floats:
    """Return multiplier * standard error, ``inf`` (never nan) where either is infinite.

    >>> half_width(np.array([0.0, 1.0]), 0.95, 0)
    array([inf, inf])
    """
    factor = multiplier(level, dof)
    return np.full_like(standard_errors, np.inf) if math.isinf(factor) else factor * standard_errors

"""How well a law fits, as one number: R2, information criteria, chi-square, F.

Conventions, stated once. Residuals are weighted, w_i (y_i - f_i); rss is the sum of their squares.

- sigma unknown: the noise of row i has the variance s^2 / w_i^2 with one unknown s^2, estimated by rss / n
  (its maximum likelihood value); it counts as a parameter, k = p + 1;
- sigma known: w_i = 1 / sigma_i, rss is chi-square, k = p.

Values of AIC, AICc and BIC compare laws for the same measurements under the same convention, and mean
nothing alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educe.uncertainty.inverse_root import Floats


def total_sum_of_squares(y: Floats, weights: Floats | None = None) -> float:
    r"""Return the weighted sum of squares about the weighted mean.

    .. math:: \sum w_i^2 (y_i - \bar y)^2, \qquad \bar y = \sum w_i^2 y_i \big/ \sum w_i^2

    y : (n,) float -- measured response
    weights : (n,) float, > 0, or None for 1 -- w, what residuals were multiplied by (1/sigma)

    Returns exactly 0 for a column whose values are all equal.

    >>> import numpy as np
    >>> total_sum_of_squares(np.array([1.0, 2.0, 3.0]))
    2.0
    """
    if not y.size or (y == y[0]).all():
        return 0.0
    if weights is None:
        centred = y - y.mean()
        return float(centred @ centred)
    squares = weights * weights
    centred = weights * (y - float(squares @ y) / float(squares.sum()))
    return float(centred @ centred)


def r_squared(rss: float, total: float) -> float:
    r"""Return the share of the variation that the law explains.

    .. math:: R^2 = 1 - \mathrm{rss} / \mathrm{total}

    rss : float, >= 0 -- residual sum of squares, weighted
    total : float, >= 0 -- `total_sum_of_squares` with the same weights

    Returns at most 1; negative where a constant would do better; ``nan`` for a constant column (total 0),
    which has no variation to explain.

    >>> r_squared(0.5, 2.0)
    0.75
    """
    return 1.0 - rss / total if total > 0 else math.nan


def adjusted_r_squared(r2: float, n: int, p: int) -> float:
    r"""Return R2 adjusted for the number of parameters.

    .. math:: 1 - (1 - R^2) \frac{n - 1}{n - p}

    with p all free parameters, a constant term included (Theil, 1961, counts p - 1 regressors beside it).

    Returns ``nan`` for n <= p.

    >>> adjusted_r_squared(0.75, n=11, p=1)
    0.75
    """
    return 1.0 - (1.0 - r2) * (n - 1) / (n - p) if n > p else math.nan


def log_likelihood(rss: float, n: int, *, log_weights: float = 0.0, known_sigma: bool = False) -> float:
    r"""Return the Gaussian log-likelihood at the fit.

    .. math::
        \text{sigma unknown:}\quad -\tfrac n2 \left(\log\frac{2\pi\,\mathrm{rss}}{n} + 1\right) + \sum\log
        w_i \qquad
        \text{known:}\quad -\tfrac12\left(\mathrm{rss} + n\log 2\pi\right) + \sum\log w_i

    rss : float, >= 0 -- residual sum of squares, weighted; chi-square where sigma is known
    log_weights : float -- sum of log w_i; 0 without weights

    Returns ``inf`` for rss = 0 with sigma unknown.

    >>> round(log_likelihood(2.0, 2), 6)
    -2.837877
    """
    if known_sigma:
        return log_weights - 0.5 * (rss + n * math.log(2 * math.pi))
    if rss == 0:
        return math.inf
    return log_weights - 0.5 * n * (math.log(2 * math.pi * rss / n) + 1)


def aic(likelihood: float, k: int) -> float:
    r"""Return Akaike's criterion, :math:`2k - 2\log L`. Akaike (1974).

    likelihood : float -- `log_likelihood`
    k : int -- parameters estimated, the noise variance among them where sigma is unknown

    >>> aic(-10.0, 3)
    26.0
    """
    return 2 * k - 2 * likelihood


def aicc(likelihood: float, k: int, n: int) -> float:
    r"""Return Akaike's criterion corrected for few rows, :math:`\mathrm{AIC} + 2k(k+1)/(n-k-1)`.

    Hurvich and Tsai (1989). Returns ``inf`` for n <= k + 1: too few rows to justify k parameters.

    >>> aicc(-10.0, 3, 10)
    30.0
    """
    return aic(likelihood, k) + 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else math.inf


def bic(likelihood: float, k: int, n: int) -> float:
    r"""Return the Bayesian criterion, :math:`k\log n - 2\log L`. Schwarz (1978).

    >>> bic(-10.0, 3, 1)
    20.0
    """
    return k * math.log(n) - 2 * likelihood


@dataclass(frozen=True)
class ChiSquare:
    """The chi-square of a fit with known sigma.

    value : float -- sum of squared residuals in units of sigma
    dof : int -- rows less free parameters
    reduced : float -- value / dof, near 1 for a right law and a right sigma; nan without degrees of freedom
    p_value : float -- probability of a value this large or larger for the right law and normal noise; nan
        as above
    """

    value: float
    dof: int
    reduced: float
    p_value: float


def chi_square(rss: float, dof: int) -> ChiSquare:
    """Judge a fit by its chi-square; for weights 1/sigma with sigma known absolutely. Pearson (1900).

    >>> round(chi_square(18.307, 10).p_value, 4)
    0.05
    """
    if dof <= 0:
        return ChiSquare(rss, dof, math.nan, math.nan)
    from scipy.special import chdtrc

    return ChiSquare(rss, dof, rss / dof, float(chdtrc(dof, rss)))


@dataclass(frozen=True)
class NestedTest:
    """Whether a law with more parameters fits better than chance would make it.

    value : float -- the F statistic; nan where it is undefined
    dof : the degrees of freedom of numerator and denominator
    p_value : float -- probability of a gain this large or larger where the simpler law is right; nan as above
    """

    value: float
    dof: tuple[int, int]
    p_value: float


def nested_test(simple: tuple[float, int], full: tuple[float, int]) -> NestedTest:
    r"""Compare a law with a special case of it on the same measurements, sigma unknown.

    .. math:: F = \frac{(\mathrm{rss}_s - \mathrm{rss}_f) / (\nu_s - \nu_f)}{\mathrm{rss}_f / \nu_f}

    simple, full : (rss, dof) of the special case and of the law that contains it

    ``nan`` where the full law leaves no degrees of freedom, adds no parameter, or fits exactly.
    Source: Fisher (1922); exact for linear laws, to first order for others
    (Seber and Wild, 1989, section 5.3).

    >>> round(nested_test((10.0, 12), (6.0, 10)).p_value, 4)
    0.0778
    """
    (rss_simple, dof_simple), (rss_full, dof_full) = simple, full
    added = dof_simple - dof_full
    if added <= 0 or dof_full <= 0 or rss_full <= 0:
        return NestedTest(math.nan, (added, dof_full), math.nan)
    from scipy.special import fdtrc

    value = max(0.0, rss_simple - rss_full) / added / (rss_full / dof_full)
    return NestedTest(value, (added, dof_full), float(fdtrc(added, dof_full, value)))

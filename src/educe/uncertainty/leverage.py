"""Which rows decide the fit: leverage, studentised residuals, Cook's distance.

Residuals and Jacobian are weighted. For a law that is not linear they describe its tangent at the fit.
"""

from __future__ import annotations

import numpy as np

from educe.uncertainty.inverse_root import RANK_TOLERANCE, Floats, inverse_root, row_lengths
from educe.uncertainty.prediction import BLOCK


def leverage(J: Floats, R: Floats, *, tolerance: float = RANK_TOLERANCE) -> Floats:
    r"""Return the leverage of each row, the diagonal of the projection onto the columns of J.

    .. math:: h_i = \lVert R^{-T} j_i \rVert^2, \qquad 0 \le h_i \le 1, \quad \sum h_i =
    \operatorname{rank} J

    J : (n, p) -- weighted Jacobian at the fit
    R : (p + 1, p + 1) -- its triangle
    tolerance : float, 0 < tolerance < 1 -- see `covariance.standard_errors`

    Returns (n,) float; 1 for a row that alone determines some parameter. Taken in blocks of rows.

    Raises FitError if R holds values that are not finite. Source: Hoaglin and Welsch (1978).

    >>> leverage(np.array([[1.0], [1.0]]), np.array([[2**0.5, 0.0], [0.0, 1.0]])).round(12)
    array([0.5, 0.5])
    """
    factor = inverse_root(R, tolerance)
    root = factor.root / factor.lengths[:, None]  # (p, rank)
    result = np.empty(len(J))
    for start in range(0, len(J), BLOCK):
        result[start : start + BLOCK] = row_lengths(J[start : start + BLOCK] @ root)
    return np.minimum(result * result, 1.0)


def studentised(r: Floats, h: Floats, scale: float) -> Floats:
    r"""Return the residuals in units of their own standard deviation.

    .. math:: e_i = \frac{r_i}{\sqrt{\mathrm{scale} \, (1 - h_i)}}

    r : (n,) float -- weighted residuals
    h : (n,) float -- `leverage`
    scale : float, > 0 -- `covariance.noise_variance`, or 1 where sigma is known

    Returns (n,) float; ``nan`` for a row of leverage 1, whose residual is 0 whatever was measured.

    >>> studentised(np.array([1.0, 0.0]), np.array([0.75, 1.0]), 4.0)
    array([ 1., nan])
    """
    spread = np.sqrt(scale * (1.0 - h))
    free = (1.0 - h) > 1e-12
    return np.divide(r, spread, out=np.full_like(r, np.nan), where=free & (spread > 0))


def deleted(e: Floats, dof: int) -> Floats:
    r"""Return the studentised residuals with the variance estimated without the row itself.

    .. math:: t_i = e_i \sqrt{\frac{\nu - 1}{\nu - e_i^2}}, \qquad \nu = n - p

    e : (n,) float -- `studentised`, with scale = rss / dof
    dof : int -- nu; ``nan`` is returned where it is less than 2

    Each follows Student's t with dof - 1 degrees of freedom, so an outlier can be judged by it: |t| far
    above 3. Source: Cook and Weisberg (1982), eq. 2.2.2.

    >>> deleted(np.array([0.0, 1.0]), 3).round(3)
    array([0., 1.])
    """
    if dof < 2:
        return np.full_like(e, np.nan)
    left = np.maximum(dof - e * e, 0.0)
    with np.errstate(divide="ignore"):  # the other rows are fitted exactly: infinitely far off
        result: Floats = e * np.sqrt((dof - 1) / left)
    return result


def cooks_distance(e: Floats, h: Floats, p: int) -> Floats:
    r"""Return how far the parameters move when the row is left out.

    .. math:: D_i = \frac{e_i^2}{p} \, \frac{h_i}{1 - h_i}

    in units of their own confidence region; above 1 the row decides the fit. Cook (1977).

    e : (n,) float -- `studentised`, with scale = rss / dof
    h : (n,) float -- `leverage`
    p : int, > 0 -- number of parameters

    Returns (n,) float; ``nan`` for a row of leverage 1: without it the fit does not exist.

    >>> cooks_distance(np.array([2.0]), np.array([0.5]), 2)
    array([2.])
    """
    ratio = np.divide(h, 1.0 - h, out=np.full_like(h, np.nan), where=(1.0 - h) > 1e-12)
    return e * e * ratio / p

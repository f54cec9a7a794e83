"""Covariance, standard errors and correlations of the parameters, from the triangle."""

from __future__ import annotations

import math

import numpy as np

from educe.errors import ParameterError
from educe.uncertainty import few
from educe.uncertainty.inverse_root import (
    RANK_TOLERANCE,
    Floats,
    inverse_root,
    invert,
    row_lengths,
    scaled_triangle,
)


def noise_variance(rss: float, dof: int) -> float:
    r"""Estimate the variance of a measurement of weight 1 from the residuals.

    .. math:: s^2 = \mathrm{rss} / (n - p)

    rss : float, >= 0 -- residual sum of squares, weighted
    dof : int -- rows less free parameters

    Returns ``inf`` for dof <= 0: with as many parameters as rows the residuals say nothing about the noise.

    >>> noise_variance(6.0, 3), noise_variance(0.0, 0)
    (2.0, inf)
    """
    return rss / dof if dof > 0 else math.inf


def standard_errors(R: Floats, scale: float = 1.0, *, tolerance: float = RANK_TOLERANCE) -> Floats:
    r"""Return the standard error of each parameter.

    .. math:: s_i = \sqrt{\mathrm{scale}} \, \lVert e_i' R^{-1} \rVert

    R : (p + 1, p + 1) -- triangle of [J | r]
    scale : float, >= 0 -- `noise_variance`, or 1 where the weights are 1/sigma with sigma known absolutely
    tolerance : float, 0 < tolerance < 1 -- RANK_TOLERANCE, or 1e-7 for a Jacobian of finite differences

    Returns (p,) float, in the units of each parameter; ``inf`` for a parameter that the data do not
    determine, and for all where the scale is infinite (no degrees of freedom left).

    Raises FitError if R holds values that are not finite.

    >>> standard_errors(np.array([[2.0, 0.0, 1.0], [0.0, 4.0, 1.0], [0.0, 0.0, 1.0]]), scale=4.0)
    array([1. , 0.5])
    """
    p = len(R) - 1
    if 1 <= p <= few.MOST:
        found = few.lengths_of(p)(R.tolist(), tolerance**-2)
        if found is not None:
            return np.array([math.sqrt(q * scale) / length for length, q in zip(*found, strict=True)])
    regular = invert(R, tolerance)
    if regular is not None:
        lengths, _, squares = regular
        return np.sqrt(squares * scale) / lengths
    factor = inverse_root(R, tolerance)
    if not math.isfinite(scale):
        return np.full(factor.lengths.size, np.inf)
    result = math.sqrt(scale) * row_lengths(factor.root) / factor.lengths
    result[factor.undetermined()] = np.inf
    return result


def covariance(R: Floats, scale: float = 1.0, *, tolerance: float = RANK_TOLERANCE) -> Floats:
    r"""Return the covariance of the parameters.

    .. math:: C = \mathrm{scale} \, (J'J)^{-1}, \qquad J'J = R_p' R_p

    by inversion of the triangle, columns scaled; J'J is never formed. Gauss (1823); Björck (1996), section
    2.8.3.

    R : (p + 1, p + 1) -- triangle of [J | r]
    scale, tolerance : see `standard_errors`

    Returns (p, p) float. Where J is not of full rank, the block of the parameters that are determined is
    that of the pseudo-inverse, which for them is exact; rows and columns of the others are ``inf``: not
    known.

    Raises FitError if R holds values that are not finite.

    >>> covariance(np.array([[2.0, 0.0, 1.0], [0.0, 4.0, 1.0], [0.0, 0.0, 1.0]]))
    array([[0.25  , 0.    ],
           [0.    , 0.0625]])
    """
    factor = inverse_root(R, tolerance)
    if not math.isfinite(scale):
        return np.full((factor.lengths.size,) * 2, np.inf)
    root = factor.root / factor.lengths[:, None]  # (p, rank)
    with np.errstate(over="ignore"):  # a variance above 1e308 is infinite
        result: Floats = scale * (root @ root.T)
    unknown = factor.undetermined()
    result[unknown, :] = np.inf
    result[:, unknown] = np.inf
    return result


def correlation(R: Floats) -> Floats:
    r"""Return the correlations of the parameters, :math:`C_{ij} / (s_i s_j)`.

    R : (p + 1, p + 1) -- triangle of [J | r]

    Returns (p, p) float with a diagonal of 1; they do not depend on the scale, so they exist without
    degrees of freedom too. ``nan`` between parameters of which one is not determined.

    Raises FitError if R holds values that are not finite.

    >>> correlation(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])).round(4)
    array([[ 1.    , -0.7071],
           [-0.7071,  1.    ]])
    """
    factor = inverse_root(R)
    unknown = factor.undetermined()
    root = factor.root.copy()
    root[unknown] = np.nan
    root /= np.sqrt(np.einsum("ij,ij->i", root, root))[:, None]
    result = np.clip(root @ root.T, -1.0, 1.0)
    np.fill_diagonal(result, 1.0)
    return result


def condition(R: Floats) -> float:
    """Return the condition number of the Jacobian with columns scaled to length 1.

    R : (p + 1, p + 1) -- triangle of [J | r]

    Returns float >= 1, ``inf`` for a column of zeros; about log10 of it digits of the 16 are lost in the
    standard errors. Within a factor sqrt(p) no choice of units does better: van der Sluis (1969).

    Raises FitError if R holds values that are not finite.

    >>> condition(np.diag([1e-9, 1e9, 1.0]))
    1.0
    """
    _, S = scaled_triangle(R)
    if not S.size:
        return 1.0
    sizes = np.linalg.svd(S, compute_uv=False)
    return float(sizes[0] / sizes[-1]) if sizes[-1] > 0 else math.inf


def rank(R: Floats, tolerance: float = RANK_TOLERANCE) -> int:
    """Return the number of directions in the space of the parameters that the data determine.

    R : (p + 1, p + 1) -- triangle of [J | r]
    tolerance : float, 0 < tolerance < 1 -- smallest relative singular value, columns scaled, that counts

    Raises ParameterError if the tolerance is outside its range, FitError if R holds values that are not
    finite.

    >>> rank(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    1
    """
    if not 0 < tolerance < 1:
        raise ParameterError(f"The rank tolerance must lie between 0 and 1, not {tolerance}.")
    return inverse_root(R, tolerance).rank

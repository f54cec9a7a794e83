"""Covariance of parameters fitted with a robust loss (M-estimation).

The fit minimises sum rho(u_i), u = r / sigma, with r the residuals and J their Jacobian, both with the
weights of the data but without those of the loss. psi = rho' bounds the influence of a row, so the noise
that reaches the parameters is that of psi, not of r, and the curvature is that of psi':

    Cov = A^-1 B A^-1,    A = J' diag(psi') J,    B = sigma^2 J' diag(psi^2) J.

The covariance of the last reweighted least-squares problem, which is easily taken for it, is wrong in
either direction: its 95 % intervals covered from 76 % (Cauchy, normal noise) to 98 % (Huber, 10 % of rows
with 10 times the noise) in a simulation where these covered 94 to 95 %.
"""

from __future__ import annotations

import math

import numpy as np

from educe.least_squares.triangle import triangularise
from educe.uncertainty.covariance import covariance
from educe.uncertainty.inverse_root import Floats, inverse_root


def robust_scale(psi: Floats, psi_prime: Floats, *, p: int, sigma: float) -> float:
    r"""Return the variance that stands for rss / dof when a robust loss was minimised.

    .. math::
        \sigma^2 K^2 \, \frac{\frac{1}{n-p}\sum\psi_i^2}{\left(\frac1n\sum\psi_i'\right)^2}, \qquad
        K = 1 + \frac pn \, \frac{\operatorname{var}\psi'}{(\operatorname{mean}\psi')^2}

    psi, psi_prime : (n,) float -- first and second derivative of the loss rho at u = r / sigma
    p : int -- number of parameters
    sigma : float, > 0 -- what r was divided by in u, in the unit of r: tuning constant * noise

    Every function of this room takes it as `scale`, together with the triangle of [J | r] *without* the
    weights of the loss: covariance, bands, derived quantities. Exact to order 1/n for noise whose
    distribution does not depend on the row. With psi(u) = u it is rss / dof. Returns ``inf`` where n <= p,
    or where the mean curvature is not positive (a redescending loss that rejects most rows).

    Source: Huber (1981), Robust Statistics, section 7.6, eq. 6.5, with its factor K.

    >>> u = np.array([1.0, -1.0, 2.0])
    >>> robust_scale(u, np.ones(3), p=1, sigma=1.0)
    3.0
    """
    n = psi.size
    curvature = float(psi_prime.mean()) if n else 0.0
    if n <= p or curvature <= 0:
        return math.inf
    correction = 1 + p / n * float(psi_prime.var()) / curvature**2
    return (sigma * correction / curvature) ** 2 * float(psi @ psi) / (n - p)


def robust_covariance(R: Floats, psi: Floats, psi_prime: Floats, *, sigma: float) -> Floats:
    r"""Return the covariance of the parameters of a robust fit.

    .. math:: C = \mathrm{robust\ scale} \cdot (J'J)^{-1}

    R : (p + 1, p + 1) -- triangle of [J | r] without the weights of the loss
    psi, psi_prime, sigma : see `robust_scale`

    Returns (p, p) float. Raises FitError if R holds values that are not finite.

    >>> R = np.array([[2.0, 0.0], [0.0, 1.0]])
    >>> robust_covariance(R, np.array([1.0, -1.0, 2.0]), np.ones(3), sigma=1.0)
    array([[0.75]])
    """
    return covariance(R, robust_scale(psi, psi_prime, p=len(R) - 1, sigma=sigma))


def error_triangle(R_bread: Floats, R_meat: Floats) -> Floats | None:
    r"""Return the triangle E for which (E'E)^-1 is the sandwich A^-1 B A^-1.

    R_bread : (p + 1, p + 1) -- triangle of sqrt(psi') J: A = R_a' R_a
    R_meat : (p + 1, p + 1) -- triangle of the rows sigma psi_i j_i: B = R_b' R_b

    Every function of this room takes it in place of the triangle of [J | r], with a scale of 1; its last column is
    zero. None where either is not of full rank: then some error has no estimate.

    >>> error_triangle(np.diag([2.0, 1.0]), np.diag([2.0, 1.0]))
    array([[2., 0.],
           [0., 0.]])
    """
    p = len(R_bread) - 1
    bread, meat = R_bread[:p, :p], R_meat[:p, :p]
    if not (np.isfinite(bread).all() and np.isfinite(meat).all()):
        return None
    if inverse_root(R_bread).rank < p or inverse_root(R_meat).rank < p:
        return None
    # C = H'H with H = R_b A^-1, so C^-1 = E'E with E = H^-T = R_b^-T A
    E = np.linalg.solve(meat.T, bread.T @ bread)
    result = np.zeros((p + 1, p + 1))
    R = triangularise(np.asfortranarray(E))
    result[:p, :p] = np.copysign(1.0, np.diagonal(R))[:, None] * R
    return result


def sandwich_covariance(R_bread: Floats, R_meat: Floats, *, n: int) -> Floats:
    r"""Return the covariance of an M-estimator whose noise may differ from row to row.

    .. math:: C = \frac{n}{n-p} A^{-1} B A^{-1}, \qquad A = R_a' R_a, \quad B = R_b' R_b

    R_bread : (p + 1, p + 1) -- triangle of sqrt(psi') J: A; needs psi' >= 0, as for a convex loss
    R_meat : (p + 1, p + 1) -- triangle of sigma psi J: B; with psi(u) = u, of the rows r_i j_i
    n : int -- number of rows

    Returns (p, p) float, positive semidefinite by construction; ``inf`` for what is undetermined and for n
    <= p. Unlike `robust_covariance` it supposes nothing about the noise, and needs more rows (some 20 per
    parameter) to be right.

    Raises FitError if R_bread holds values that are not finite.
    Sources: Huber (1967); White (1980), with n/(n - p) of Hinkley (1977).

    >>> sandwich_covariance(np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 0.0], [0.0, 1.0]]), n=2)
    array([[0.5]])
    """
    factor = inverse_root(R_bread)
    p = factor.lengths.size
    if n <= p:
        return np.full((p, p), np.inf)
    root = factor.root / factor.lengths[:, None]  # (p, rank)
    half = (R_meat[:-1, :-1] @ root) @ root.T  # (p, p)
    result: Floats = n / (n - p) * (half.T @ half)
    unknown = factor.undetermined()
    result[unknown, :] = np.inf
    result[:, unknown] = np.inf
    return result

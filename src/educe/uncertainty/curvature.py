"""How bent a law is: whether the tangent at the fit, on which Wald's intervals stand, may be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from educe.uncertainty.inverse_root import Floats

LIMIT = 0.3
"""Curvature times sqrt(F) above which the plane that stands for the law is off by some 15 % at the region's edge."""


@dataclass(frozen=True)
class Curvature:
    r"""Root mean square relative curvatures of a law at its fit, times sqrt(F).

    intrinsic : of the surface of all fitted values, which no other choice of parameters changes
    parameter_effects : of the parameters' lines on it, which another choice may straighten
    level : of the F quantile

    Below `limit` Wald's intervals of all parameters are close to the profile's; parameter effects are a sufficient
    sign only: single parameters may be well behaved where this is large.

    Source: Bates and Watts (1980), eq. 2.19; Bates and Watts (1988), section 7.3.
    """

    intrinsic: float
    parameter_effects: float
    level: float
    limit: float = LIMIT

    @property
    def acceptable(self) -> bool:
        """Whether both are below the limit."""
        return self.intrinsic < self.limit and self.parameter_effects < self.limit


def curvature(
    tangent: Floats, acceleration: Floats, scale: float, dof: float, level: float = 0.95
) -> Curvature:
    r"""Return the relative curvatures.

    .. math:: c^2 = \frac{\rho^2}{p (p + 2)} \sum_n \left[2 \sum_{ij} a_{nij}^2 + \left(\sum_i a_{nii}\right)^2\right],
        \qquad \rho = s \sqrt{p}

    tangent : (n, p) -- orthonormal columns, the directions u in which the parameters are measured
    acceleration : (n, p, p) -- second derivatives of the fitted values with respect to u
    scale : s^2;  dof : n - p, > 0; infinite where sigma is known

    The part of a within the span of the tangent gives the parameter effects, the rest the intrinsic curvature.
    """
    from scipy.special import fdtri

    p = tangent.shape[1]
    inside = np.einsum("nk,nij->kij", tangent, acceleration)
    outside = acceleration - np.einsum("nk,kij->nij", tangent, inside)
    factor = (
        scale
        * p
        / (p * (p + 2))
        * (float(fdtri(p, dof, level)) if math.isfinite(dof) else _chi_square(p, level))
    )
    return Curvature(
        intrinsic=math.sqrt(factor * _mean_square(outside)),
        parameter_effects=math.sqrt(factor * _mean_square(inside)),
        level=level,
    )


def _chi_square(p: int, level: float) -> float:
    """Return the limit of F(p, dof) for many degrees of freedom."""
    from scipy.special import chdtri

    return float(chdtri(p, 1.0 - level)) / p


def _mean_square(a: Floats) -> float:
    return float(2.0 * np.sum(a * a) + np.sum(np.einsum("nii->n", a) ** 2))


def foretold_shift(v: Floats, bend: Floats, r: Floats, tangent: Floats) -> float:
    r"""Return by which share of its half width the end of a Wald interval is off, to second order.

    .. math:: 1 - \alpha \approx \tfrac12 \left( \frac{\lVert v + a \rVert_*^2 - 2 r \cdot a}{\lVert v \rVert^2} - 1
        \right), \qquad a = f(\hat\theta + \delta) - f(\hat\theta) - v

    v : (n,) -- J delta, with delta the way from the estimate to the end, all other parameters following
    bend : (n,) -- a;  r : (n,) residuals;  tangent : (n, p), orthonormal, of the same span as J

    Starred: without what the other parameters can take up, the part of a in the tangent plane across v.
    """
    length = float(v.dot(v))
    if not (length > 0.0 and np.isfinite(bend).all()):
        return math.inf
    along = float(v.dot(bend)) / length
    inside = tangent.T @ bend
    outside = max(float(bend.dot(bend)) - float(inside.dot(inside)), 0.0) / length
    return 0.5 * ((1.0 + along) ** 2 + outside - 2.0 * float(r.dot(bend)) / length - 1.0)

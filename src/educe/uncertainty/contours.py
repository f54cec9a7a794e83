"""Joint regions of two parameters from their profiles, without another fit.

In the coordinates zeta of two profiles, where the law is nearly linear, a region is

    zeta_1 = r cos(a + d/2),  zeta_2 = r cos(a - d/2)

with a phase d that is constant, the arc cosine of the correlation, for an ellipse. Each profile tells where the
region ends in its own direction, and where the other parameter is there: four values of d, joined by a periodic spline.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from educe.uncertainty.inverse_root import Floats
    from educe.uncertainty.profile import Profile

POINTS = 181


def joint_multiplier(level: float, dof: float) -> float:
    r"""Return the radius in zeta of the joint region of two parameters.

    .. math:: r = \sqrt{2 \, F_{\mathrm{level};\, 2,\, \nu}}

    in closed form, since F with two degrees above has one.

    level : float, 0 < level < 1;  dof : of the noise; ``inf`` where it is known

    >>> round(joint_multiplier(0.95, math.inf), 3), round(joint_multiplier(0.95, 10), 3)
    (2.448, 2.865)
    """
    if not dof > 0:
        return math.inf
    if math.isinf(dof):
        return math.sqrt(-2.0 * math.log1p(-level))
    return math.sqrt(dof * math.expm1(-2.0 / dof * math.log1p(-level)))


def contour(first: Profile, second: Profile, radius: float) -> Floats | None:
    """Return the joint region of two parameters as points around it, (k, 2), or None where it does not close.

    first, second : their profiles, which reach `radius` on both sides where there is a region
    radius : `joint_multiplier`

    Source: Bates and Watts (1988), appendix A6.1.
    """
    from scipy.interpolate import CubicSpline, PchipInterpolator

    for one in (first, second):
        if not (one.zeta.min() <= -radius and one.zeta.max() >= radius and (np.diff(one.zeta) > 0.0).all()):
            return None
    ends = [_ends(first, second, radius), _ends(second, first, radius)]
    if any(end is None for end in ends):
        return None
    (high, low), (up, down) = ends  # type: ignore[misc]  # None was excluded
    places = []
    for cosine, half, turn in (
        (high, -0.5, 0.0),
        (up, 0.5, 0.0),
        (-low, -0.5, math.pi),
        (-down, 0.5, math.pi),
    ):
        d = math.acos(min(1.0, max(-1.0, cosine)))
        places.append(((turn + half * d) % (2.0 * math.pi), d))
    places.sort()
    angles = np.array([a for a, _ in places])
    if (np.diff(angles) <= 1e-9).any():
        return None
    phase = CubicSpline(
        [*angles, angles[0] + 2.0 * math.pi], [*(d for _, d in places), places[0][1]], bc_type="periodic"
    )
    a = np.linspace(0.0, 2.0 * math.pi, POINTS)
    half_phase = phase(a) / 2.0
    zetas = radius * np.cos(a + half_phase), radius * np.cos(a - half_phase)
    back = (PchipInterpolator(one.zeta, one.values) for one in (first, second))
    return np.column_stack([curve(zeta) for curve, zeta in zip(back, zetas, strict=True)])


def _ends(along: Profile, other: Profile, radius: float) -> tuple[float, float] | None:
    """Return where the other parameter is, in zeta / radius, at both ends of a region along one of its profiles."""
    from scipy.interpolate import PchipInterpolator

    if other.name not in along.names:
        return None
    trace = PchipInterpolator(along.zeta, along.theta[:, along.names.index(other.name)])
    back = PchipInterpolator(other.values, other.zeta)
    high, low = (float(back(trace(sign * radius))) / radius for sign in (1.0, -1.0))
    return (high, low) if math.isfinite(high) and math.isfinite(low) else None

"""Robust losses: how much a residual counts once it is too large to be noise.

The cost is  sum s^2 rho((r/s)^2), with s the residual at which the loss begins to bend. Each loss is written
with its weight rho'(z) and its curvature rho''(z), z = (r/s)^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.least_squares.triangle import Array

NORMAL_CONSISTENT = (
    1.4826022185056018  # 1 / Phi^-1(3/4): turns a median absolute residual into a standard deviation
)


@dataclass(frozen=True)
class Loss:
    """A loss rho(z) of the squared scaled residual z = (r/s)^2, with rho(0) = 0 and rho'(0) = 1.

    rho, weight, curvature : (n,) -> (n,) -- rho(z), rho'(z), rho''(z)
    tuning : s in units of the noise for 95 % efficiency on normal noise
    redescending : bool -- gross outliers lose all weight, so the cost has more than one minimum
    """

    name: str
    rho: Callable[[Array], Array]
    weight: Callable[[Array], Array]
    curvature: Callable[[Array], Array]
    tuning: float
    redescending: bool = False

    def psi(self, u: Array) -> Array:
        """Return psi(u) = u rho'(u^2), the influence of a scaled residual u = r/s."""
        return u * self.weight(u * u)

    def psi_prime(self, u: Array) -> Array:
        """Return psi'(u) = rho'(u^2) + 2 u^2 rho''(u^2)."""
        z = u * u
        return self.weight(z) + 2.0 * z * self.curvature(z)


def _beyond_one(z: Array) -> Array:
    return np.maximum(z, 1.0)


def _up_to_one(z: Array) -> Array:
    return np.minimum(z, 1.0)


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("linear", lambda z: z, np.ones_like, np.zeros_like, np.inf),
        # Charbonnier et al. (1997)
        Loss(
            "soft-l1",
            lambda z: 2.0 * z / (np.sqrt(1.0 + z) + 1.0),
            lambda z: 1.0 / np.sqrt(1.0 + z),
            lambda z: -0.5 / (1.0 + z) ** 1.5,
            1.2871,
        ),
        # Huber (1964)
        Loss(
            "huber",
            lambda z: np.where(z <= 1.0, z, 2.0 * np.sqrt(z) - 1.0),
            lambda z: 1.0 / np.sqrt(_beyond_one(z)),
            lambda z: np.where(z <= 1.0, 0.0, -0.5 / _beyond_one(z) ** 1.5),
            1.345,
        ),
        # Dennis and Welsch (1978)
        Loss(
            "cauchy",
            np.log1p,
            lambda z: 1.0 / (1.0 + z),
            lambda z: -1.0 / (1.0 + z) ** 2,
            2.3849,
            redescending=True,
        ),
        # Beaton and Tukey (1974)
        Loss(
            "tukey",
            lambda z: _up_to_one(z) * (1.0 - _up_to_one(z) * (1.0 - _up_to_one(z) / 3.0)),
            lambda z: np.clip(1.0 - z, 0.0, None) ** 2,
            lambda z: -2.0 * np.clip(1.0 - z, 0.0, None),
            4.6851,
            redescending=True,
        ),
    )
}


def loss_named(name: str) -> Loss:
    """Return the loss of this name; ParameterError with the nearest name if there is none.

    >>> loss_named("huber").tuning
    1.345
    """
    if name not in LOSSES:
        raise ParameterError(f"loss '{name}' is not one of {', '.join(LOSSES)}.{nearest(name, LOSSES)}")
    return LOSSES[name]


def noise_scale(residuals: Array, p: int) -> float:
    """Return the standard deviation of the noise from the median absolute residual.

        sigma = 1.4826 median |r|, over the n - p largest |r|: a fit of p parameters can silence p residuals

    residuals : (n,) weighted

    Source: Hampel (1974).
    """
    size = np.sort(np.abs(residuals))
    return NORMAL_CONSISTENT * float(np.median(size[min(p, len(size) - 1) :]))

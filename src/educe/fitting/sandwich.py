"""Error bars that suppose nothing of how the noise differs from row to row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.losses import LOSSES
from educe.least_squares.triangle import triangularise
from educe.uncertainty.robust import error_triangle

if TYPE_CHECKING:
    from educe.fitting.estimate import Estimate
    from educe.least_squares.triangle import Array

WHOLE = 1.0 - 1e-9  # leverage at which a row is met exactly, whatever was measured


def sandwich_triangle(fit: Estimate) -> Array | None:
    r"""Return the triangle whose inverse is the sandwich covariance of a fit, HC3.

    .. math:: C = A^{-1} B A^{-1}, \qquad A = \sum_i \psi'_i j_i j_i', \quad
        B = \sum_i \frac{\sigma^2 \psi_i^2}{(1 - h_i)^2} j_i j_i'

    None where it does not exist: a parameter is not determined, or too few rows say how the noise falls.

    Sources: White (1980); MacKinnon and White (1985), HC3; Huber (1967) for a loss.
    """
    r, J, h = fit.weighted_residuals, fit.weighted_jacobian, fit.leverage
    bread, psi = fit.triangle, r
    if fit.convention.loss != "linear":
        loss, bend = LOSSES[fit.convention.loss], fit.convention.loss_scale or 1.0
        psi = bend * loss.psi(r / bend)
        bread = _triangle(J * np.sqrt(np.maximum(loss.psi_prime(r / bend), 0.0))[:, None])
    free = h < WHOLE
    meat = _triangle(J * np.where(free, psi / np.where(free, 1.0 - h, 1.0), 0.0)[:, None])
    return error_triangle(bread, meat)


def _triangle(rows: Array) -> Array:
    """Return the triangle of [rows | 0]."""
    return triangularise(np.asfortranarray(np.column_stack((rows, np.zeros(len(rows))))))

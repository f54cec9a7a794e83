"""What SciPy's curve_fit says about a solution: the covariance, by its conventions, and its losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, nearest
from educe.least_squares.losses import LOSSES, Loss
from educe.least_squares.triangle import Array, triangularise
from educe.uncertainty import few
from educe.uncertainty.inverse_root import RANK_TOLERANCE, invert

if TYPE_CHECKING:
    from collections.abc import Callable

EPS = 2.0**-52

ARCTAN = Loss(
    "arctan", np.arctan, lambda z: 1.0 / (1.0 + z * z), lambda z: -2.0 * z / (1.0 + z * z) ** 2, np.inf, True
)
NAMES = {"linear": "linear", "soft_l1": "soft-l1", "huber": "huber", "cauchy": "cauchy"}


def loss_of(loss: str | Callable[[Array], Any]) -> Loss | None:
    """Return the loss that SciPy calls so, or one given as a function of z to rows rho, rho', rho''; None: linear."""
    if callable(loss):
        rows = loss
        return Loss("given", lambda z: rows(z)[0], lambda z: rows(z)[1], lambda z: rows(z)[2], np.inf)
    if loss == "arctan":
        return ARCTAN
    if loss not in NAMES:
        names = (*NAMES, "arctan")
        raise ParameterError(f"`loss` must be one of {', '.join(names)} or a callable.{nearest(loss, names)}")
    return None if loss == "linear" else LOSSES[NAMES[loss]]


def triangle_under_loss(J: Array, residuals: Array, loss: Loss, scale: float) -> tuple[Array, float]:
    """Return the triangle whose R'R is the Gauss-Newton Hessian of the robust cost, and the cost.

    J, residuals : (n, p), (n,) weighted;  scale : residual at which the loss bends

    Source: Triggs et al. (2000), section 4.3.
    """
    u = residuals / scale
    curved = np.sqrt(np.maximum(loss.psi_prime(u), EPS))
    R = triangularise(np.column_stack([J * curved[:, None], residuals]))
    return R, float(np.sum(loss.rho(u * u))) * scale * scale


def unscaled_covariance(R: Array, n: int, *, pseudo: bool) -> Array | None:
    """Return (J'J)^-1 from the triangle of [J | r], (p, p), or None where the data do not determine it.

    n : rows of J;  pseudo : whether a deficient J has the pseudo-inverse, as under SciPy's 'trf' and 'dogbox'
    """
    p = len(R) - 1
    if 1 <= p <= few.MOST:
        rows = few.covariance_of(p)(R.tolist(), RANK_TOLERANCE**-2)
        if rows is not None:
            return np.array(rows)
    regular = invert(R, RANK_TOLERANCE)
    if regular is not None:
        lengths, inverse, _ = regular
        root = inverse / lengths[:, None]
        found: Array = root @ root.T
        return found
    if not pseudo:
        return None
    _, s, vt = np.linalg.svd(R[:-1, :-1])
    kept = s > EPS * max(n, len(s)) * s[0]
    directions = vt[kept].T / s[kept]
    pseudo_inverse: Array = directions @ directions.T
    return pseudo_inverse

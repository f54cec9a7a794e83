"""The last steps of a small network: Levenberg-Marquardt on the triangle, damped with the identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.descent.stopping import Reason
from educe.least_squares.dense import damped_step
from educe.least_squares.triangle import merge, squared_length, triangularise
from educe.network.forward import forward_in_blocks
from educe.network.jacobian import jacobian

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.network.architecture import Architecture

Array = NDArray[np.float64]

ROOM = 2_000_000  # numbers of one block of the Jacobian


class Polished(NamedTuple):
    """Where the last steps ended."""

    theta: Array
    cost: float
    iterations: int
    reason: Reason


class Polishing(NamedTuple):
    """Where the last steps stand: all that is needed to go on, to the last bit."""

    theta: Array
    damping: float
    growth: float
    mean: float
    iterations: int


def polish(
    architecture: Architecture,
    theta: Array,
    rows: tuple[Array, Array, Array],
    penalty: float,
    *,
    iterations: int = 100,
    since: Polishing | None = None,
    look: Callable[[Polishing, float], None] | None = None,
) -> Polished:
    """Return the minimum near theta, with the digits of QR.

    rows : x (d, n), t (targets, n), weights (n,), scaled;  penalty : on the sum of squared weights
    since : where to go on from, None for theta;  look : told the standing and its cost after each step
    Source: Levenberg (1944); damping rule: Nielsen (1999).
    """
    if since is not None:
        theta = since.theta
    R = triangle(architecture, theta, rows, penalty)
    cost, p = squared_length(R), len(theta)
    mean = float(np.square(R[:-1, :-1]).sum()) / p or 1.0
    standing = Polishing(theta, 1e-4 * mean, 2.0, mean, 0) if since is None else since
    for k in range(standing.iterations, iterations):
        theta, damping, growth, mean, _ = standing
        step = damped_step(R, damping, [1.0] * p)
        if step is None or damping > 1e12 * mean:
            return Polished(theta, cost, k, Reason.DAMPING)
        delta, promised = step
        if promised <= 1e-9 * cost:
            return Polished(theta, cost, k, Reason.GAIN)
        trial = theta + np.array(delta)
        gain = (cost - cost_of(architecture, trial, rows, penalty)) / promised
        if gain > 0.0:
            damping *= max(1.0 / 3.0, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)
            standing = Polishing(trial, damping, 2.0, mean, k + 1)
            R = triangle(architecture, trial, rows, penalty)
            cost = squared_length(R)
        else:
            standing = Polishing(theta, damping * growth, growth * 2.0, mean, k + 1)
        if look is not None:
            look(standing, cost)
    return Polished(standing.theta, cost, iterations, Reason.ITERATIONS)


def triangle(
    architecture: Architecture, theta: Array, rows: tuple[Array, Array, Array], penalty: float
) -> Array:
    """Return the triangle of [J | r], the penalty's rows sqrt(rho) [I | -weights] included: (P + 1, P + 1)."""
    x, t, weights = rows
    P = len(theta)
    pull = np.sqrt(penalty) * architecture.is_weight
    R = triangularise(np.asfortranarray(np.column_stack((np.diag(pull), -pull * theta))))
    size = max(P + 1, ROOM // (P + 1))
    for begin in range(0, len(weights), size):
        block = slice(begin, begin + size)
        root = np.sqrt(weights[block])
        for k, y in enumerate(t):
            f, J = jacobian(architecture, theta, x[:, block], output=k)
            R = merge(R, triangularise(np.vstack((J * root, (y[block] - f) * root)).T, overwrite=True))
    return R


def cost_of(
    architecture: Architecture, theta: Array, rows: tuple[Array, Array, Array], penalty: float
) -> float:
    """Return the weighted sum of squares and the penalty; inf where it is not a number."""
    x, t, weights = rows
    with np.errstate(over="ignore", invalid="ignore"):
        r = t - forward_in_blocks(architecture, theta, x)
        cost = float(((r * r) @ weights).sum()) + penalty * float(
            np.square(theta[architecture.is_weight]).sum()
        )
    return cost if np.isfinite(cost) else np.inf

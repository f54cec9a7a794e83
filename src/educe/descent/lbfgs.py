"""L-BFGS on the whole batch: one epoch is one step along the quasi-Newton direction.

Source: Nocedal and Wright (2006), algorithms 7.4 (two loops) and 3.5 (line search; here bisection for the weak
Wolfe conditions, Lewis and Overton 2013, algorithm 2.6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from educe.descent.epochs import Array, Gradient
    from educe.descent.rules import Memory

ARMIJO, WOLFE = 1e-4, 0.9
TRIALS = 40


@dataclass(frozen=True)
class LBFGS:
    """Epochs of L-BFGS.

    gradient : (theta, None) -> (loss, gradient);  pairs : differences remembered

    Memory: (loss, gradient, steps s (k, P), changes of the gradient y (k, P)).
    """

    gradient: Gradient
    pairs: int = 20

    def begin(self, theta: Array) -> Memory:
        """Return loss and gradient at the start, and no pairs."""
        loss, g = self.gradient(theta, None)
        nothing = np.empty((0, len(theta)))
        return np.array(loss), g, nothing, nothing

    def run(
        self, theta: Array, memory: Memory, first: int, count: int, factor: float
    ) -> tuple[Array, Memory, Array]:
        """Return theta, memory and the loss after each step; where no step helps, the loss stays."""
        losses = np.empty(count)
        for k in range(count):
            theta, memory = self._step(theta, memory, factor)
            losses[k] = memory[0]
        return theta, memory, losses

    def _step(self, theta: Array, memory: Memory, factor: float) -> tuple[Array, Memory]:
        loss, g, s, y = memory
        direction = two_loops(g, s, y)
        slope = float(g @ direction)
        if not slope < 0.0:
            return theta, memory
        length = factor if len(s) else factor / max(1.0, float(np.linalg.norm(g)))
        found = self._search(theta, float(loss), direction, slope, length)
        if found is None:
            # curvature from far away misleads: forget it and take the gradient next time
            return theta, (loss, g, s[:0], y[:0])
        new, new_loss, new_g = found
        ds, dy = new - theta, new_g - g
        if float(ds @ dy) > 1e-12 * float(dy @ dy):
            s, y = np.vstack((s, ds))[-self.pairs :], np.vstack((y, dy))[-self.pairs :]
        return new, (np.array(new_loss), new_g, s, y)

    def _search(
        self, theta: Array, loss: float, direction: Array, slope: float, length: float
    ) -> tuple[Array, float, Array] | None:
        """Return the point that meets Armijo's and the weak Wolfe condition, or the lowest that meets the first."""
        low, high = 0.0, math.inf
        kept: tuple[Array, float, Array] | None = None
        for _ in range(TRIALS):
            point = theta + length * direction
            with np.errstate(over="ignore", invalid="ignore"):
                value, g = self.gradient(point, None)
            if not value <= loss + ARMIJO * length * slope:  # also where the loss is not finite
                high = length
            else:
                kept = (point, value, g)
                if float(g @ direction) >= WOLFE * slope:
                    break
                low = length
            length = 0.5 * (low + high) if math.isfinite(high) else 2.0 * low
        return kept


def two_loops(g: Array, s: Array, y: Array) -> Array:
    """Return -H g with H the inverse Hessian that the pairs (s, y) describe.

    g : (P,);  s, y : (k, P), oldest first

    >>> two_loops(np.array([2.0]), np.empty((0, 1)), np.empty((0, 1)))
    array([-2.])
    """
    q, shares = g.copy(), []
    for s_k, y_k in zip(s[::-1], y[::-1], strict=True):
        a = float(s_k @ q) / float(s_k @ y_k)
        q -= a * y_k
        shares.append(a)
    if len(s):
        q *= float(s[-1] @ y[-1]) / float(y[-1] @ y[-1])
    for s_k, y_k, a in zip(s, y, reversed(shares), strict=True):
        q += (a - float(y_k @ q) / float(s_k @ y_k)) * s_k
    return -q

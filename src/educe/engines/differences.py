"""Derivatives of a function that cannot be looked into: differences that stay inside bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from educe.least_squares.bounds import Box
    from educe.least_squares.triangle import Array

EPS = 2.0**-52
DISCERNIBLE = 1e-9  # a change of the values smaller than this share of them is mostly rounding
FAR, NEAR = 1e-4, 1e-5  # a change larger than this share bends too much; the share that is then aimed at


@dataclass(frozen=True, eq=False)
class Differences:
    """The Jacobian of a function of theta by central differences, or by complex steps.

    values : from theta, (p,), to (n,);  start : (p,), which says how large the parameters are
    box : bounds that no evaluation may leave, or None
    relative : step as a share of the parameter; eps^(1/3) balances truncation and rounding
    complex_step : the function takes complex parameters: derivatives to the last digit, without cancellation

    Source: Squire and Trapp (1998) for the complex step.
    """

    values: Callable[[NDArray[Any]], Array]
    start: Array
    box: Box | None = None
    relative: float | Array = EPS ** (1.0 / 3.0)
    complex_step: bool = False

    def jacobian(self, theta: Array) -> Array:
        """Return df/dtheta, (n, p)."""
        column = self._complex if self.complex_step else self._central
        return np.column_stack([column(theta, k) for k in range(len(theta))])

    def _complex(self, theta: Array, k: int) -> Array:
        moved = theta.astype(np.complex128)
        moved[k] += 1e-200j
        slope: Array = np.imag(self.values(moved)) / 1e-200
        return slope

    def _central(self, theta: Array, k: int) -> Array:
        """Return one column; a step that changes the values too much, or nothing discernible, is taken again."""
        own, start = abs(theta[k]), abs(self.start[k])
        step = float(np.broadcast_to(self.relative, theta.shape)[k]) * (max(own, 1e-6 * start) or 1e-6)
        largest = 1e-3 * (max(own, start) or 1.0)
        for _ in range(5):
            ahead, behind = self._pair(theta, k, step)
            above, below = self.values(ahead), self.values(behind)
            change = above - below
            share = float(np.abs(change).max()) / (float(np.abs(above).max()) or 1.0)
            if not np.isfinite(share):  # the edge of where the function has values is nearer than the step
                step *= 1e-2
            elif share > FAR:
                step *= max(NEAR / share, 1e-6)
            elif share < DISCERNIBLE and step < largest:
                step = min(1e3 * step, largest)
            else:
                break
        slope: Array = change / (ahead[k] - behind[k])
        return slope

    def _pair(self, theta: Array, k: int, step: float) -> tuple[Array, Array]:
        """Return the two points, moved into the box."""
        ahead, behind = theta.copy(), theta.copy()
        ahead[k] += step
        behind[k] -= step
        return (ahead, behind) if self.box is None else (self.box.clip(ahead), self.box.clip(behind))

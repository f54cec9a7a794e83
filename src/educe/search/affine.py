"""Which parameters of a function enter linearly, told by its values alone, and their best values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

STRAIGHT = 1e-9  # of the largest value: by how much an affine function may miss a straight line
SIZES = (0.37, 1.0, 2.3)  # steps tried, in units of the parameter


@dataclass(frozen=True, eq=False)
class Affine:
    """A function of theta as f0(alpha) + sum c_k phi_k(alpha).

    curve : from theta, (p,), to (n,);  linear : places of the c_k in theta, maybe none
    residual : from f, (n,), to w (y - f), (n,)
    """

    curve: Curve
    linear: tuple[int, ...]
    residual: Curve

    def completed(self, theta: Array) -> tuple[Array, float]:
        """Return theta with the best c_k for its alpha, and the sum of squares (infinite where there is none).

        .. math:: c = \\arg\\min_c \\lVert w (y - f_0 - \\Phi c) \\rVert
        """
        if not self.linear:
            return theta, self.cost(theta)
        begin = theta.copy()
        begin[list(self.linear)] = 0.0
        offset = self.residual(self.curve(begin))
        columns = []
        for k in self.linear:
            moved = begin.copy()
            moved[k] = 1.0
            columns.append(offset - self.residual(self.curve(moved)))
        phi = np.column_stack(columns)
        lengths = np.sqrt(np.einsum("ij,ij->j", phi, phi))
        if not (np.isfinite(offset).all() and np.isfinite(lengths).all()):
            return theta, np.inf
        lengths[lengths == 0.0] = 1.0
        begin[list(self.linear)] = np.linalg.lstsq(phi / lengths, offset, rcond=1e-12)[0] / lengths
        return begin, self.cost(begin)

    def cost(self, theta: Array) -> float:
        """Return the weighted sum of squares at theta, infinite where it is not a number."""
        r = self.residual(self.curve(theta))
        cost = float(r @ r)
        return cost if np.isfinite(cost) else np.inf


def linear_places(curve: Curve, points: Sequence[Array], candidates: Sequence[int]) -> tuple[int, ...]:
    """Return the places of theta in which the function is jointly affine at all points, (p,) each.

    candidates : places that may count;  points where the function has no value are passed over

    >>> linear_places(lambda t: t[0] + t[1] * np.exp(-t[2] * np.arange(9.0)), [np.array([1.0, 2.0, 0.3])], [0, 1, 2])
    (0, 1)
    """
    usable = [theta for theta in points if np.isfinite(curve(theta)).all()]
    if not usable:
        return ()
    kept: list[int] = []
    for k in candidates:
        if all(_straight(curve, theta, k) and _apart(curve, theta, k, kept) for theta in usable):
            kept.append(k)
    return tuple(kept)


def _moved(curve: Curve, theta: Array, steps: dict[int, float]) -> Array:
    moved = theta.copy()
    for k, step in steps.items():
        moved[k] += step * (abs(theta[k]) or 1.0)
    return curve(moved)


def _straight(curve: Curve, theta: Array, k: int) -> bool:
    """Tell whether the values run along straight lines when parameter k moves, and move at all."""
    base = curve(theta)
    slopes = [(_moved(curve, theta, {k: s}) - base) / s for s in SIZES]
    size = float(np.abs(slopes).max(initial=0.0))
    slack = STRAIGHT * max(size, float(np.abs(base).max()))
    return bool(size > 0.0 and all(np.abs(slope - slopes[0]).max() <= slack for slope in slopes[1:]))


def _apart(curve: Curve, theta: Array, k: int, others: Sequence[int]) -> bool:
    """Tell whether moving parameter k has the same effect wherever each of the others is."""
    base, alone = curve(theta), _moved(curve, theta, {k: 1.0})
    for j in others:
        other, both = _moved(curve, theta, {j: 1.0}), _moved(curve, theta, {k: 1.0, j: 1.0})
        size = max(float(np.abs(values).max()) for values in (base, alone, other, both))
        if not np.abs(both - other - alone + base).max() <= STRAIGHT * size:
            return False
    return True

"""Bounds: the best step within a box, and the variables that press against its walls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.stopping import EPS
from educe.least_squares.triangle import Array, Indices, solve_upper, triangularise

if TYPE_CHECKING:
    from educe.least_squares.point import Evaluate, Point
    from educe.least_squares.written_out import Rows

PULL = 1e-14  # share of |z| by which the cost must fall inward before a variable is let off its bound


@dataclass(frozen=True)
class Box:
    """Lower and upper bounds, (p,) each, infinite where there are none.

    >>> Box(np.array([0.0]), np.array([1.0])).clip(np.array([3.0]))
    array([1.])
    """

    lower: Array
    upper: Array

    def clip(self, variables: Array) -> Array:
        """Return the nearest point of the box."""
        return np.clip(variables, self.lower, self.upper)

    def moved(self, variables: list[float], delta: list[float]) -> list[float]:
        """Return variables + delta, exactly on a bound where they meet it up to rounding."""
        v, d = np.asarray(variables), np.asarray(delta)
        slack = 4.0 * EPS * (np.abs(v) + np.abs(d))
        landed = np.where(v + d <= self.lower + slack, self.lower, v + d)
        on_walls: list[float] = np.where(landed >= self.upper - slack, self.upper, landed).tolist()
        return on_walls

    def free(self, variables: list[float], triangle: Array | Rows) -> Indices:
        """Return the indices of the variables that are not pressed against a bound.

        A variable is pressed when it lies on a bound and the descent direction J'r points outward.
        """
        v, R = np.asarray(variables), np.asarray(triangle)
        p = len(v)
        descent = R[:p, :p].T @ R[:p, p]
        pressed = ((v <= self.lower) & (descent <= 0.0)) | ((v >= self.upper) & (descent >= 0.0))
        return np.flatnonzero(~pressed)


def bounded_step(
    point: Point, damping: float, scale: list[float], box: Box
) -> tuple[list[float], float] | None:
    """Return the step that minimises |z - R delta|^2 + damping |D delta|^2 within the box, and its promise.

    See `dense.damped_step`. Unlike a step that is cut where it leaves the box, this one promises nothing only
    where the cost cannot fall inside.

    Source: bounded least squares by active sets, Stark and Parker (1995).
    """
    R = np.asarray(point.triangle)
    p = len(R) - 1
    stacked = np.vstack((R[:p], np.column_stack((np.diag(np.sqrt(damping * np.array(scale))), np.zeros(p)))))
    variables = np.asarray(point.variables)
    delta = _within(stacked, box.lower - variables, box.upper - variables, box.free(point.variables, R))
    if delta is None:
        return None
    z = R[:p, p]
    left = z - R[:p, :p] @ delta
    return delta.tolist(), float(z.dot(z) - left.dot(left))


def _within(stacked: Array, lower: Array, upper: Array, free: Indices) -> Array | None:
    """Return x that minimises |b - A x| for lower <= x <= upper, or None where A is singular.

    stacked : [A | b];  lower <= 0 <= upper;  free : indices of the variables that begin unheld
    """
    A, b = stacked[:, :-1], stacked[:, -1]
    x = np.zeros(len(lower))
    moving = np.zeros(len(x), dtype=bool)
    moving[free] = True
    for _ in range(20 * len(x)):  # each set of moving variables comes once at most; few come at all
        index = np.flatnonzero(moving)
        R = triangularise(np.column_stack((A[:, index], b - A[:, ~moving] @ x[~moving])))
        best = solve_upper(R[:-1, :-1], R[:-1, -1]) if len(index) else x[index]
        if best is None:
            return None
        way = best - x[index]
        wall = np.where(way < 0.0, lower[index], upper[index])
        reach = np.divide(wall - x[index], way, out=np.full(len(way), np.inf), where=way != 0.0)
        if len(reach) and reach.min() < 1.0:
            hit = int(reach.argmin())
            x[index] += reach[hit] * way
            x[index[hit]] = wall[hit]
            moving[index[hit]] = False
            continue
        x[index] = best
        pull = A.T @ (b - A @ x) / np.sqrt(np.einsum("ij,ij->j", A, A))
        inward = np.where(x <= lower, pull, np.where(x >= upper, -pull, 0.0)) * ~moving
        if not inward.max() > PULL * np.sqrt(b.dot(b)):
            break
        moving[int(inward.argmax())] = True
    return x


def restricted(triangle: Array | Rows, free: Indices) -> Array:
    """Return the triangle of the same problem in some of its variables, the others held.

    R : (p+1, p+1);  free : indices of the m variables kept.  Returns (m+1, m+1).
    """
    R = np.asarray(triangle)
    return triangularise(np.asfortranarray(R[:, [*free, len(R) - 1]]), overwrite=True)[: len(free) + 1]


def held(evaluate: Evaluate, at: Point, free: Indices) -> Evaluate:
    """Return the evaluation over the free variables alone, the others held where they are."""
    variables = list(at.variables)

    def evaluate_free(values: list[float]) -> Point:
        for index, value in zip(free, values, strict=True):
            variables[index] = value
        point = evaluate(list(variables))
        return point._replace(variables=values, triangle=restricted(point.triangle, free))

    return evaluate_free

"""Bounds: steps that stay in a box, by freezing what presses against a wall and cutting what would cross one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.dense import damped_step
from educe.least_squares.triangle import Array, triangularise

if TYPE_CHECKING:
    from educe.least_squares.few import Rows
    from educe.least_squares.point import Evaluate, Point


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

    def free(self, variables: list[float], triangle: Array | Rows) -> Array:
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
    """Return the damped step over the free variables, cut at the box, and the reduction it promises.

    Source: projected Levenberg-Marquardt, Kanzow, Yamashita and Fukushima (2004).
    """
    R = np.asarray(point.triangle)
    p = len(R) - 1
    free = box.free(point.variables, R)
    delta = np.zeros(p)
    if not len(free):
        return delta.tolist(), 0.0
    step = damped_step(restricted(R, free), damping, [scale[k] for k in free])
    if step is None:
        return None
    delta[free] = step[0]
    variables = np.asarray(point.variables)
    delta = box.clip(variables + delta) - variables
    z = R[:p, p]
    left = z - R[:p, :p] @ delta
    return delta.tolist(), float(z.dot(z) - left.dot(left))


def restricted(triangle: Array | Rows, free: Array) -> Array:
    """Return the triangle of the same problem in some of its variables, the others held.

    R : (p+1, p+1);  free : indices of the m variables kept.  Returns (m+1, m+1).
    """
    R = np.asarray(triangle)
    return triangularise(np.asfortranarray(R[:, [*free, len(R) - 1]]), overwrite=True)[: len(free) + 1]


def held(evaluate: Evaluate, at: Point, free: Array) -> Evaluate:
    """Return the evaluation over the free variables alone, the others held where they are."""
    variables = list(at.variables)

    def evaluate_free(values: list[float]) -> Point:
        for index, value in zip(free, values, strict=True):
            variables[index] = value
        point = evaluate(list(variables))
        return point._replace(variables=values, triangle=restricted(point.triangle, free))

    return evaluate_free

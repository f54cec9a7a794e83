"""A problem with one more variable: the noise of a measurement that is still to be made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.uneliminated import Uneliminated

if TYPE_CHECKING:
    from educe.least_squares.furthest import Quantity
    from educe.least_squares.solve import Problem
    from educe.least_squares.triangle import Array


class Extended(Uneliminated):
    """A `least_squares.Problem` in theta and e, with the row -w e added: e costs what a residual of its size costs.

    problem : in theta;  weight : w > 0
    """

    pattern = None

    def __init__(self, problem: Problem, weight: float) -> None:
        self.problem = problem
        self.weight = weight
        self.magnitude = problem.magnitude

    def triangle(self, theta: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r] with the new row, and the cost."""
        *inner, e = theta
        R, cost = self.problem.triangle(inner)
        p = len(inner)
        whole = np.zeros((p + 2, p + 2), order="F")
        whole[:p, :p], whole[:p, -1] = R[:p, :p], R[:p, p]
        whole[p, p], whole[p, -1] = self.weight, -self.weight * e
        whole[-1, -1] = R[p, p]
        cost += (self.weight * e) ** 2
        return whole, cost if math.isfinite(cost) else math.inf

    def quantity(self, inner: Quantity) -> Quantity:
        """Return g(theta) + e."""

        def measured(theta: list[float]) -> tuple[float, Array]:
            value, gradient = inner(theta[:-1])
            return value + theta[-1], np.append(gradient, 1.0)

        return measured

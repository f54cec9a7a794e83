"""A problem with a quantity pulled towards a value, as if that had been measured too.

Its minimum lies on the profile of the quantity exactly, however weak the pull: there the gradients of cost and
quantity are parallel, so no other point with this value of the quantity has a lower cost nearby.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.triangle import triangularise
from educe.least_squares.uneliminated import Uneliminated

if TYPE_CHECKING:
    from educe.least_squares.furthest import Quantity
    from educe.least_squares.solve import Problem
    from educe.least_squares.triangle import Array


class Pulled(Uneliminated):
    """A `least_squares.Problem` with one more row, w (c - g(theta)).

    problem : whose rows are kept;  quantity : g;  target : c;  weight : w > 0
    """

    pattern = None

    def __init__(self, problem: Problem, quantity: Quantity, target: float, weight: float) -> None:
        self.problem = problem
        self.quantity = quantity
        self.target = target
        self.weight = weight
        self.magnitude = problem.magnitude

    def triangle(self, theta: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r] with the row of the quantity, and the cost with its square."""
        R, cost = self.problem.triangle(theta)
        value, gradient = self.quantity(theta)
        p = len(theta)
        stacked = np.empty((p + 2, p + 1), order="F")
        stacked[: p + 1] = R
        stacked[p + 1, :p] = gradient
        stacked[p + 1, p] = self.target - value
        stacked[p + 1] *= self.weight
        cost += float(stacked[p + 1, p]) ** 2
        return triangularise(stacked, overwrite=True), cost if math.isfinite(cost) else math.inf

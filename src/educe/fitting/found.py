"""The solver's end, parameters in the law's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.least_squares.triangle import Array, triangularise

if TYPE_CHECKING:
    from educe.fitting.plan import Plan
    from educe.least_squares.point import Step
    from educe.least_squares.solve import Solution
    from educe.least_squares.stopping import Reason


class Found(NamedTuple):
    """The solver's end, parameters in the law's order: see `least_squares.solve.Solution`."""

    theta: Array
    triangle: Array
    cost: float
    reason: Reason
    trace: list[Step]
    evaluations: int


def in_law_order(plan: Plan, solution: Solution, triangle: Array) -> Found:
    """Return the solution with parameters in the law's order; reordering columns takes a new triangle."""
    position = plan.position
    theta = np.array(solution.theta)
    if position != tuple(range(len(position))):
        theta = theta[list(position)]
        triangle = triangularise(triangle[:, [*position, len(position)]])
    return Found(theta, triangle, solution.cost, solution.reason, solution.trace, solution.evaluations)

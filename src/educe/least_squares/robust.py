"""Robust fits: reweighted least squares, its scale taken from the residuals, then the last digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from educe.least_squares.losses import LOSSES, Loss, noise_scale
from educe.least_squares.solve import Problem, Solution, solve
from educe.least_squares.stopping import Stopping

if TYPE_CHECKING:
    from educe.least_squares.bounds import Box
    from educe.least_squares.triangle import Array

ROUNDS = 60
UNDAMPED = 3  # rounds after which each new scale is averaged with the one before
AGREEMENT = 1e-6  # relative change of the scale below which it counts as settled


class Reweightable(Problem, Protocol):
    """A problem whose rows can be put under a loss.

    n : rows;  triangle and cost are those of the loss it carries
    """

    @property
    def n(self) -> int: ...
    def with_loss(self, loss: Loss, loss_scale: float) -> Reweightable:
        """Return the same rows under a loss that bends at the weighted residual loss_scale."""

    def residuals(self, theta: list[float]) -> Array:
        """Return the weighted residuals, (n,)."""


class RobustSolution(NamedTuple):
    """A solution under a loss, and the weighted residual at which that loss bends."""

    solution: Solution
    loss_scale: float


def solve_robust(
    problem: Reweightable,
    theta: list[float],
    *,
    loss: Loss,
    loss_scale: float | None = None,
    box: Box | None = None,
    stopping: Stopping = Stopping(),  # noqa: B008 - frozen
) -> RobustSolution:
    """Return the minimum of a robust cost, reached from the least-squares fit.

    loss_scale : weighted residual at which the loss bends; None: tuning constant times the noise's standard
        deviation, which is estimated from the median absolute residual again after each round

    A loss that gives outliers no weight has many minima: it starts from the fit under Huber's, which has one
    wherever the law is linear.

    Source: Huber (1981), section 7.8; Maronna, Martin and Yohai (2006), section 4.4.
    """
    solution = solve(problem, theta, box=box, stopping=stopping)
    stages = [LOSSES["huber"], loss] if loss.redescending else [loss]
    for stage in stages:
        scale = 0.0  # also where it is given, each loss has its turn
        for number in range(ROUNDS):
            before, scale = scale, loss_scale or stage.tuning * _noise(problem, solution.theta)
            if abs(scale - before) <= AGREEMENT * scale:
                break
            if number > UNDAMPED:  # a median can send the scale to and fro between two values
                scale = math.sqrt(scale * before)
            reweighted = problem.with_loss(stage, scale)
            solution = solve(reweighted, solution.theta, box=box, stopping=stopping)
    return RobustSolution(solution, loss_scale or scale)


def _noise(problem: Reweightable, theta: list[float]) -> float:
    """Return the noise's standard deviation; where most rows are met exactly, rounding stands for it."""
    residuals = problem.residuals(theta)
    return noise_scale(residuals, len(theta)) or 1e-12 * problem.magnitude / max(problem.n, 1) ** 0.5

"""Gauss-Newton where every evaluation is a pass over a large file: few of them, from a start that is nearly right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.dense import newton_step
from educe.least_squares.point import Step
from educe.least_squares.solve import Solution, solve
from educe.least_squares.stopping import EPS, Reason, Stopping

if TYPE_CHECKING:
    from educe.least_squares.bounds import Box
    from educe.least_squares.solve import Problem
    from educe.least_squares.triangle import Array

ENOUGH = 1e-4  # relative offset before the last step; the step itself squares it, or nearly so
MOST = 8  # passes, after which damping takes over


def few_passes(
    problem: Problem, theta: list[float], n: int, *, box: Box | None, stopping: Stopping
) -> Solution:
    r"""Return the minimum near theta, in as few evaluations as can tell it.

    .. math:: \frac{|z|}{\sqrt{p}\, s} \le 10^{-4}, \qquad s^2 = \frac{|r|^2 - |z|^2}{n - p}

    theta : p floats, from a sample of the rows;  n : rows
    box : bounds; with them, and wherever a step fails, damping takes over from where the descent stands

    A law that is linear in all its parameters needs one evaluation. z is the last column of the triangle above its
    corner: the fitted part of the residuals. The step that the last triangle asks for is taken, unseen. Source:
    Bates and Watts (1981), the relative offset.
    """
    if box is not None:
        return solve(problem, theta, box=box, stopping=stopping)
    linear = problem.pattern is not None and not problem.pattern.nonlinear
    trace: list[Step] = []
    lowest = math.inf
    for passes in range(1, MOST + 1):
        R, cost = problem.triangle(theta)
        step = newton_step(R) if math.isfinite(cost) else None
        if step is None or cost > lowest * (1 + 1e-9):
            break
        lowest = cost
        moved = [v + float(d) for v, d in zip(theta, step[0], strict=True)]
        trace.append(Step(cost, 0.0, float(R[:-1, -1] @ R[:-1, -1]), 1.0, True, moved))
        if linear or _offset(R, n) <= ENOUGH or _length(R) <= 8 * EPS * problem.magnitude:
            return Solution(moved, _after(R), float(R[-1, -1] ** 2), _reason(linear=linear), trace, passes)
        theta = moved
    found = solve(problem, theta, stopping=stopping)
    return found._replace(trace=trace + found.trace, evaluations=found.evaluations + len(trace))


def _reason(*, linear: bool) -> Reason:
    return Reason.LINEAR if linear else Reason.OFFSET


def _length(R: Array) -> float:
    return float(np.linalg.norm(R[:-1, -1]))


def _offset(R: Array, n: int) -> float:
    p = len(R) - 1
    noise = abs(float(R[-1, -1])) / math.sqrt(max(n - p, 1))
    return _length(R) / (math.sqrt(p) * noise) if noise else math.inf


def _after(R: Array) -> Array:
    """Return the triangle after the Gauss-Newton step: the residuals are then orthogonal to the columns of J."""
    after = np.array(R)
    after[:-1, -1] = 0.0
    return after

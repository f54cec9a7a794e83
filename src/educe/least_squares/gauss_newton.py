"""Gauss-Newton on the triangle: the undamped classic, and with Anderson mixing for the last digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.point import Descent, Step
from educe.least_squares.stopping import EPS, Reason
from educe.least_squares.triangle import Array, solve_upper, triangularise

if TYPE_CHECKING:
    from educe.least_squares.point import Evaluate, Point

History = list[tuple[Array, Array]]


def gauss_newton(
    evaluate: Evaluate, point: Point, *, magnitude: float, mixing: int = 0, iterations: int = 60
) -> Descent:
    """Repeat undamped Gauss-Newton steps delta = R_p^-1 z until float64 carries no more digits.

    evaluate : from the variables (p floats) to a Point
    magnitude : |y|, length of the weighted measurements: what rounding is measured against
    mixing : how many earlier steps are combined with each new one; 0 is the classic

    Gauss-Newton converges linearly where residuals are large, and not at all where they are very large;
    mixing makes it superlinear without second derivatives.

    Source: Gauss (1809); Anderson (1965); Walker and Ni (2011), algorithm AA.
    """
    trace: list[Step] = []
    history: History = []
    best, best_size, size, worse = point, math.inf, math.inf, 0
    limit = 1.001 * point.cost + (1e3 * EPS * magnitude) ** 2 if mixing else math.inf
    tiny = 8.0 * EPS * magnitude
    for _ in range(iterations):
        p = len(point.variables)
        z = point.triangle[:p, p]
        delta = solve_upper(point.triangle[:p, :p], z)
        if delta is None:
            return Descent(best, Reason.SINGULAR, trace)
        previous, size = size, math.sqrt(z.dot(z))
        if size < best_size:
            best, best_size, worse = point, size, 0
        else:
            worse += 1
        theta = np.array(point.variables)
        # one more step shrinks by the same factor: no need to look whether it did
        if size <= tiny or (size < 0.1 * previous and history and size * (size / previous) <= tiny):
            return Descent(point._replace(variables=(theta + delta).tolist()), Reason.STEP, trace)
        if worse >= 2 and best_size <= max(1e-6 * math.sqrt(best.cost), 1e-10 * magnitude):
            return Descent(best, Reason.STAGNATION, trace)
        move = _mixed(point.triangle, theta, delta, history) if history else delta
        history = [(theta, delta), *history[: mixing - 1]] if mixing else [(theta, delta)][:0]
        before = point.cost
        point = evaluate((theta + move).tolist())
        trace.append(Step(point.cost, 0.0, size * size, (before - point.cost) / (size * size), True, point.theta))
        if not point.cost <= limit or point.cost == math.inf:
            return Descent(best, Reason.DIVERGED, trace)
    return Descent(best, Reason.ITERATIONS, trace)


def _mixed(R: Array, theta: Array, delta: Array, history: History) -> Array:
    """Return the step from theta that mixes delta with earlier steps, least in the metric |R delta|.

    gamma minimises |J (delta - changes gamma)|; the step is delta - (moves + changes) gamma.
    """
    p = len(theta)
    m = len(history)
    changes = np.empty((p, m + 1), order="F")
    moves = np.empty((p, m), order="F")
    for k, (earlier_theta, earlier_delta) in enumerate(history):
        changes[:, k] = delta - earlier_delta
        moves[:, k] = theta - earlier_theta
    changes[:, m] = delta
    S = triangularise(R[:p, :p] @ changes)
    size = np.sqrt(np.einsum("ij,ij->j", S, S))
    # the newest differences stand first: older ones that repeat them are dropped
    independent = np.abs(S.diagonal()[:m]) > 1e-10 * size[:m]
    m = m if independent.all() else int(independent.argmin())
    if m == 0:
        return delta
    gamma = solve_upper(S[:m, :m], S[:m, -1])
    mixed: Array = delta if gamma is None else delta - (moves[:, :m] + changes[:, :m]) @ gamma
    return mixed

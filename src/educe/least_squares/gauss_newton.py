"""Gauss-Newton on the triangle: the undamped classic, and with Anderson mixing for the last digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from educe.least_squares import dense, few
from educe.least_squares.point import Descent, Point, Step
from educe.least_squares.stopping import EPS, Reason
from educe.least_squares.written_out import written_out

if TYPE_CHECKING:
    from types import ModuleType

    from educe.least_squares.dense import History
    from educe.least_squares.point import Evaluate

NEAR = (
    1e3  # how far, in units of the tolerance, one last unseen step may reach: the triangle is from before it
)
BARELY = 1e-12  # damping that stops only directions without effect


def gauss_newton(
    evaluate: Evaluate,
    point: Point,
    *,
    magnitude: float,
    mixing: int = 0,
    tolerance: float = 8.0,
    iterations: int = 60,
) -> Descent:
    """Repeat undamped Gauss-Newton steps delta = R_p^-1 z until float64 carries no more digits.

    evaluate : from the variables (p floats) to a Point
    magnitude : |y|, length of the weighted measurements: what rounding is measured against
    mixing : how many earlier steps are combined with each new one; 0 is the classic
    tolerance : the last step changes the fitted values by less than this many units of rounding

    Gauss-Newton converges linearly where residuals are large, and not at all where they are very large;
    mixing makes it superlinear without second derivatives.

    Source: Gauss (1809); Anderson (1965); Walker and Ni (2011), algorithm AA.
    """
    trace: list[Step] = []
    history: History = []
    p = len(point.variables)
    algebra = few if p <= few.MOST else dense
    newton_step: Any = written_out(p).newton_step if p <= few.MOST else dense.newton_step
    best, best_size, size, worse = point, math.inf, math.inf, 0
    limit = 1.001 * point.cost + (1e3 * EPS * magnitude) ** 2 if mixing else math.inf
    tiny = tolerance * EPS * magnitude
    for _ in range(iterations):
        triangle = algebra.prepared(point.triangle)
        step = newton_step(triangle)
        valley = step is None
        if step is None:
            step = _shortest(algebra, triangle) if mixing else None
        if step is None:
            return Descent(best, Reason.SINGULAR, trace)
        previous = size
        delta, size = step
        worse += 1
        if size < best_size:
            best, best_size, worse = point, size, 0
        # one more step shrinks by the same factor: no need to look whether it did
        foreseen = size < 0.1 * previous < math.inf and size * (size / previous) <= tiny
        if size <= tiny or (foreseen and size <= NEAR * tiny):
            # at that rate only if it is mixed as those before were
            plain = size <= tiny or valley or not history
            move = delta if plain else algebra.mixed_step(triangle, point.variables, delta, history)
            last = [v + d for v, d in zip(point.variables, move, strict=True)]
            point = Point(last, point.triangle, point.cost, point.theta, point.wide)
            return Descent(point, Reason.VALLEY if valley else Reason.STEP, trace)
        if worse >= 2 and best_size <= max(1e-6 * math.sqrt(best.cost), 1e-10 * magnitude):
            return Descent(best, Reason.VALLEY if valley else Reason.STAGNATION, trace)
        move = (
            algebra.mixed_step(triangle, point.variables, delta, history) if history and not valley else delta
        )
        # more differences than variables would depend on each other
        history = [(point.variables, delta), *history][: min(mixing, p)]
        before = point.cost
        point = evaluate([v + d for v, d in zip(point.variables, move, strict=True)])
        trace.append(
            Step(point.cost, 0.0, size * size, (before - point.cost) / (size * size), True, point.theta)
        )
        if not point.cost <= limit or point.cost == math.inf:
            return Descent(best, Reason.DIVERGED, trace)
    return Descent(best, Reason.ITERATIONS, trace)


def _shortest(algebra: ModuleType, triangle: Any) -> tuple[list[float], float] | None:
    """Return a step that goes nowhere the data say nothing about, and the length of the change it makes."""
    scale = [d or 1.0 for d in algebra.squared_scale(triangle)]
    step = algebra.damped_step(triangle, BARELY, scale)
    return None if step is None else (step[0], math.sqrt(step[1]))

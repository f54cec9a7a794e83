"""Levenberg-Marquardt on the triangle: a damped Gauss-Newton step, accepted only if it lowers the cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from educe.least_squares import dense, few
from educe.least_squares.bounds import bounded_step
from educe.least_squares.point import Descent, Step
from educe.least_squares.stopping import EPS, Reason, Stopping
from educe.least_squares.written_out import written_out

if TYPE_CHECKING:
    from educe.least_squares.bounds import Box
    from educe.least_squares.point import Evaluate, Point


def levenberg_marquardt(
    evaluate: Evaluate,
    point: Point,
    *,
    magnitude: float,
    box: Box | None = None,
    stopping: Stopping = Stopping(),  # noqa: B008 - frozen
) -> Descent:
    """Descend from a point until Gauss-Newton is safe, or no step helps.

    evaluate : from the variables (p floats) to a Point; a cost that is not finite rejects the step
    point : where to begin, of finite cost
    magnitude : |y|, length of the weighted measurements: what rounding is measured against
    box : bounds of the variables, or None

    The scale D of the damping is the largest column length of J met so far, which keeps a parameter that
    loses its effect from running away.

    Source: Marquardt (1963); scale: More (1978); damping rule: Nielsen (1999), IMM-REP-1999-05.
    """
    trace: list[Step] = []
    damping, growth = stopping.damping, 2.0
    p = len(point.variables)
    algebra: Any = written_out(p) if p <= few.MOST else dense
    prepared: Any = few.prepared if p <= few.MOST else dense.prepared
    triangle = prepared(point.triangle)
    scale = algebra.larger_scale(triangle, [0.0] * p, 1.0)
    floor = (EPS * magnitude) ** 2
    for _ in range(stopping.iterations):
        if box is None:
            step = algebra.damped_step(triangle, damping, scale)
        else:
            step = bounded_step(point, damping, scale, box)
        if step is None:
            return Descent(point, Reason.SINGULAR, trace)
        delta, promised = step
        if not promised > floor:
            return Descent(point, Reason.STEP, trace)
        if box is None:
            trial = evaluate([v + d for v, d in zip(point.variables, delta, strict=True)])
        else:
            trial = evaluate(box.moved(point.variables, delta))
        gain = (point.cost - trial.cost) / promised
        trace.append(Step(trial.cost, damping, promised, gain, gain > 0.0, trial.theta))
        if gain > 0.0:
            light = promised < stopping.handover * point.cost and damping < 1e-2
            point, growth = trial, 2.0
            if light:
                return Descent(point, Reason.STEP, trace)
            damping *= max(0.1, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)
            triangle = prepared(point.triangle)
            scale = algebra.larger_scale(triangle, scale, stopping.memory)
        else:
            if promised < 1e-12 * point.cost:
                return Descent(point, Reason.ROUNDING, trace)
            damping *= growth
            growth *= 2.0
            if damping > 1e16 or math.isnan(promised):
                return Descent(point, Reason.DAMPING, trace)
    return Descent(point, Reason.ITERATIONS, trace)

"""From starting values to the last digit: the route through projection, Levenberg-Marquardt and Gauss-Newton."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from educe.least_squares.bounds import Box, bounded_step, held
from educe.least_squares.dense import squared_scale
from educe.least_squares.few import MOST, cost, newton_step
from educe.least_squares.gauss_newton import gauss_newton
from educe.least_squares.levenberg_marquardt import levenberg_marquardt
from educe.least_squares.point import Descent, Evaluate, Point, Step
from educe.least_squares.separable import Pattern, eliminate, restored
from educe.least_squares.stopping import Reason, Stopping
from educe.least_squares.triangle import Array, squared_length, upper
from educe.least_squares.written_out import elimination

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from educe.least_squares.written_out import Rows

MIXING = 2  # earlier steps that Gauss-Newton mixes in
SAME = 1e3  # units of rounding by which the projected and the whole problem may differ at their minimum
SEEN = 1e-11  # relative change of a parameter after which the triangle is computed anew
CAREFUL = 1e-6  # a handover that is certain, after an early one that failed


class Problem(Protocol):
    """All that the solver knows of law and data. Linear parameters come first in theta.

    magnitude : |y|, length of the weighted measurements
    pattern : how the linear parameters are eliminated, or None
    """

    @property
    def magnitude(self) -> float: ...
    @property
    def pattern(self) -> Pattern | None: ...
    def triangle(self, theta: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r] and the cost at theta."""

    def wide_triangle(self, alpha: list[float]) -> Array:
        """Return the triangle of [phi | derivatives | y - f0] at the nonlinear parameters alpha."""

    @property
    def rows(self) -> Callable[[list[float]], Rows | None]:
        """The same triangle as rows of floats, nothing meant below the diagonal; None under a loss."""

    @property
    def projected_rows(self) -> Callable[[list[float]], Rows | None]:
        """The wide triangle as rows of floats, nothing meant below the diagonal, with one derivative for each alpha.

        Where there are several, they are summed for the best linear parameters; None where those are not unique.
        """


class Solution(NamedTuple):
    """What the solver found.

    theta : p floats;  triangle : (p+1, p+1), of [J | r] there;  cost : float
    reason : why it stopped;  trace : every step tried;  evaluations : passes over the data
    """

    theta: list[float]
    triangle: Array
    cost: float
    reason: Reason
    trace: list[Step]
    evaluations: int


def solve(
    problem: Problem,
    theta: list[float],
    *,
    box: Box | None = None,
    stopping: Stopping = Stopping(),  # noqa: B008 - frozen
) -> Solution:
    """Return the minimum reached from theta, to the last digits that float64 carries.

    theta : p floats, linear parameters first (where a pattern eliminates them their start is not used)
    box : bounds of all parameters; only without elimination

    Where a route ends at no regular minimum another is taken from the same start: the damping forgets old
    scales; then the linear parameters are no longer eliminated. The best end is returned.
    """
    trace: list[Step] = []
    best: Descent | None = None
    for route in _routes(problem, theta, box, stopping):
        found = _follow(problem, route)
        trace += found.trace
        if best is None or _better(found, best):
            best = found
        if found.reason.converged:
            break
    assert best is not None
    point = best.point
    triangle = upper(point.triangle) if isinstance(point.triangle, list) else point.triangle
    return Solution(point.variables, triangle, point.cost, best.reason, trace, len(trace) + 2)


def _better(found: Descent, best: Descent) -> bool:
    """Tell whether an end is lower, or a minimum as low as an end that is none."""
    cost, lowest = found.point.cost, best.point.cost
    return cost < lowest or (
        found.reason.converged and not best.reason.converged and cost <= lowest * (1 + 1e-9)
    )


def undamped(problem: Problem, theta: list[float], *, iterations: int = 200) -> Solution:
    """Return where the classic Gauss-Newton iteration leads from theta: full steps, no damping, no safety.

    Source: Gauss (1809).
    """
    start = _whole(problem)(theta)
    if not math.isfinite(start.cost):
        return Solution(theta, np.asarray(start.triangle), start.cost, Reason.NOT_FINITE, [], 1)
    point, reason, trace = gauss_newton(
        _whole(problem), start, magnitude=problem.magnitude, iterations=iterations
    )
    return Solution(point.variables, np.asarray(point.triangle), point.cost, reason, trace, len(trace) + 1)


def _whole(problem: Problem) -> Evaluate:
    """Return the evaluation in which every parameter is a variable."""

    def evaluate(theta: list[float]) -> Point:
        triangle, cost = problem.triangle(theta)
        return Point(theta, triangle, cost, theta)

    return evaluate


def _whole_as_rows(problem: Problem) -> Evaluate:
    """Return the same for a few parameters, as floats."""
    whole, rows_at = _whole(problem), problem.rows

    def evaluate(theta: list[float]) -> Point:
        rows = rows_at(theta)
        if rows is None:
            return whole(theta)
        size = cost(rows)
        return Point(theta, rows, size if math.isfinite(size) else math.inf, theta)

    return evaluate


def _projected(problem: Problem, pattern: Pattern) -> Evaluate:
    """Return the evaluation in which the linear parameters always follow the others."""

    def general(alpha: list[float]) -> Point:
        wide = problem.wide_triangle(alpha)
        if not math.isfinite(wide[-1, -1]):
            return Point(alpha, wide, math.inf, alpha)
        c, R = eliminate(wide, pattern)
        if isinstance(R, list):
            return Point(alpha, R, cost(R), c + alpha)
        return Point(alpha, R, squared_length(R), c + alpha)

    if pattern.nonlinear > MOST:
        return general
    rows_at, eliminated = problem.projected_rows, elimination(pattern.linear, pattern.rows_factors)

    def evaluate(alpha: list[float]) -> Point:
        rows = rows_at(alpha)
        found = None if rows is None else eliminated(rows)
        if found is not None and math.isfinite(found[2]):
            return Point(alpha, found[1], found[2], found[0] + alpha, rows)
        return general(alpha)

    return evaluate


class _Route(NamedTuple):
    """One way down: which variables move, from where, in which box, with which damping."""

    evaluate: Evaluate
    start: list[float]
    box: Box | None
    stopping: Stopping
    projected: bool


def _routes(problem: Problem, theta: list[float], box: Box | None, stopping: Stopping) -> Iterator[_Route]:
    if box is not None:
        theta = box.clip(np.array(theta)).tolist()  # a step leads from within the box to within it
    pattern = problem.pattern
    if pattern is not None:
        m = pattern.linear
        evaluate, alpha = _projected(problem, pattern), theta[m:]
        inner = None if box is None else Box(box.lower[m:], box.upper[m:])
        yield _Route(evaluate, alpha, inner, stopping, projected=True)
        if not alpha:
            return
        yield _Route(evaluate, alpha, inner, replace(stopping, memory=0.0), projected=True)
    # bounded steps read the whole of a triangle, which rows are not
    evaluate = _whole_as_rows(problem) if len(theta) <= MOST and box is None else _whole(problem)
    yield _Route(evaluate, theta, box, stopping, projected=False)
    yield _Route(evaluate, theta, box, replace(stopping, memory=0.0), projected=False)


def _follow(problem: Problem, route: _Route) -> Descent:
    """Return where one route leads."""
    point = route.evaluate(route.start)
    if not math.isfinite(point.cost):
        whole = problem.triangle(point.theta)[0] if not route.projected else point.triangle
        return Descent(point._replace(triangle=whole), Reason.NOT_FINITE, [])
    if not route.start:
        return _verified(problem, point.theta, Reason.LINEAR)
    if route.box is not None:
        found = _descend_in_box(route.evaluate, point, problem.magnitude, route.box, route.stopping)
        if not route.projected:
            return found
        return found._replace(point=_whole(problem)(found.point.theta))
    found = _descend(route.evaluate, point, problem.magnitude, route.stopping)
    if not route.projected:
        return found
    if found.reason is Reason.STEP and problem.pattern is not None and found.point.wide is not None:
        return _completed(problem, found, problem.pattern)
    last = _verified(problem, found.point.theta, found.reason)
    return Descent(last.point, last.reason, found.trace + last.trace)


def _descend(evaluate: Evaluate, point: Point, magnitude: float, stopping: Stopping) -> Descent:
    """Return where Levenberg-Marquardt, then Gauss-Newton with mixing, lead from a point."""
    trace: list[Step] = []
    for handover in (stopping.handover, CAREFUL):
        settings = stopping if handover == stopping.handover else replace(stopping, handover=handover)
        coarse = levenberg_marquardt(evaluate, point, magnitude=magnitude, stopping=settings)
        fine = gauss_newton(evaluate, coarse.point, magnitude=magnitude, mixing=MIXING)
        trace += coarse.trace + fine.trace
        if fine.reason.converged:
            return Descent(fine.point, fine.reason, trace)
        point = coarse.point
    # the place that damping reached stands, with the reason why it is no regular minimum
    reason = fine.reason if coarse.reason is Reason.STEP else coarse.reason
    return Descent(point, reason, trace)


def _completed(problem: Problem, found: Descent, pattern: Pattern) -> Descent:
    """Return the end of a projected descent in all parameters, its last step taken in all of them at once.

    Where that step moves a parameter by more than its triangle can be off, the end is looked at again.
    """
    point = found.point
    assert point.wide is not None
    R = restored(point.wide, point.theta[: pattern.linear], pattern)
    step = newton_step(R)
    theta = [v + d for v, d in zip(point.theta, step[0], strict=True)] if step else point.theta
    if step is None or any(abs(d) > SEEN * abs(v) for v, d in zip(theta, step[0], strict=True)):
        last = _verified(problem, theta, found.reason)
        return Descent(last.point, last.reason, found.trace + last.trace)
    return Descent(Point(theta, np.array(R), point.cost, point.theta), found.reason, found.trace)


def _verified(problem: Problem, theta: list[float], reason: Reason) -> Descent:
    """Return the point after Gauss-Newton over all parameters, from where the projected problem ended.

    At a true minimum the first step is below rounding; it is taken, and the triangle is that of the whole.
    """
    evaluate = _whole(problem)
    whole = evaluate(theta)
    if not math.isfinite(whole.cost):
        return Descent(whole, Reason.DIVERGED, [])
    found = gauss_newton(evaluate, whole, magnitude=problem.magnitude, mixing=MIXING, tolerance=SAME)
    # a linear law is at its minimum, even where rounding in large terms that cancel hides it
    if reason is Reason.LINEAR or (reason.converged and found.reason.converged):
        return Descent(found.point, reason, found.trace)
    return found


def _descend_in_box(
    evaluate: Evaluate, point: Point, magnitude: float, box: Box, stopping: Stopping
) -> Descent:
    """Return where the bounded route leads: the free variables are polished, the others stay on their bounds."""
    trace: list[Step] = []
    for settings in (stopping, replace(stopping, handover=0.0)):
        # where the polished point lies outside the box, or presses elsewhere: as far as damping can
        coarse = levenberg_marquardt(evaluate, point, magnitude=magnitude, box=box, stopping=settings)
        fine = _polished_in_box(evaluate, coarse.point, magnitude, box)
        trace += coarse.trace + fine.trace
        if fine.reason.converged:
            return Descent(fine.point, fine.reason, trace)
        point = coarse.point
    return Descent(point, _end_in_box(coarse, box), trace)


def _end_in_box(coarse: Descent, box: Box) -> Reason:
    """Return why damping ended: at a minimum if even a light step within the box promises nothing."""
    point, reason = coarse.point, coarse.reason
    light = bounded_step(point, 1e-10, [d or 1.0 for d in squared_scale(np.asarray(point.triangle))], box)
    if reason not in (Reason.STEP, Reason.ROUNDING) or light is None or light[1] > 1e-11 * point.cost:
        return reason if reason is not Reason.STEP else Reason.ROUNDING
    return (
        Reason.STEP
        if len(box.free(point.variables, point.triangle)) == len(point.variables)
        else Reason.BOUND
    )


def _polished_in_box(evaluate: Evaluate, whole: Point, magnitude: float, box: Box) -> Descent:
    """Return the point after Gauss-Newton over the variables that press against no bound."""
    free = box.free(whole.variables, whole.triangle)
    if not len(free):
        return Descent(whole, Reason.BOUND, [])
    evaluate_free = held(evaluate, whole, free)
    start = evaluate_free([whole.variables[k] for k in free])
    fine = gauss_newton(evaluate_free, start, magnitude=magnitude, mixing=MIXING)
    variables = np.array(whole.variables)
    variables[free] = fine.point.variables
    if not fine.reason.converged or not np.array_equal(box.clip(variables), variables):
        return Descent(whole, Reason.DIVERGED, fine.trace)
    end = evaluate(variables.tolist())
    if not np.array_equal(free, box.free(end.variables, end.triangle)):
        return Descent(whole, Reason.DIVERGED, fine.trace)
    return Descent(end, fine.reason if len(free) == len(variables) else Reason.BOUND, fine.trace)

"""Gauss-Newton: the classic against a loop written out by hand, and mixing to the last digits."""

import math

import mpmath
import numpy as np
import pytest

from educe.least_squares.gauss_newton import gauss_newton
from educe.least_squares.point import Point
from educe.least_squares.solve import undamped
from educe.least_squares.stopping import EPS, Reason
from educe.least_squares.triangle import squared_length, triangularise

X = np.linspace(0.0, 3.0, 30)


class Decay:
    """y = a exp(-b x) + c with chosen residuals: a Problem that eliminates nothing."""

    pattern = None

    def __init__(self, noise):
        self.y = 2.0 * np.exp(-1.3 * X) + 0.5 + noise * np.cos(7.0 * X)
        self.magnitude = float(np.linalg.norm(self.y))

    def jacobian_residual(self, theta):
        a, b, c = theta
        e = np.exp(-b * X)
        return np.column_stack([e, -a * X * e, np.ones_like(X)]), self.y - a * e - c

    def triangle(self, theta):
        with np.errstate(all="ignore"):
            J, r = self.jacobian_residual(theta)
        R = triangularise(np.column_stack([J, r]))
        cost = squared_length(R)
        return R, cost if math.isfinite(cost) else math.inf

    def evaluate(self, theta):
        R, cost = self.triangle(theta)
        return Point(theta, R, cost, theta)


def minimum(problem):
    """The minimum at 40 digits, by Newton's method on the gradient."""
    with mpmath.workdps(40):
        xs, ys = [mpmath.mpf(x) for x in X], [mpmath.mpf(y) for y in problem.y]

        def gradient(a, b, c):
            e = [mpmath.exp(-b * x) for x in xs]
            r = [y - a * v - c for y, v in zip(ys, e, strict=True)]
            return [
                mpmath.fsum(p * v for p, v in zip(r, e, strict=True)),
                mpmath.fsum(p * x * v for p, x, v in zip(r, xs, e, strict=True)),
                mpmath.fsum(r),
            ]

        return [float(v) for v in mpmath.findroot(gradient, (2.0, 1.3, 0.5), tol=1e-30, maxsteps=100)]


def test_the_classic_is_the_textbook_loop():
    problem = Decay(0.05)
    theta = np.array([1.5, 1.0, 0.2])
    found = undamped(problem, theta.tolist(), iterations=6)
    assert found.trace
    for step in found.trace:
        J, r = problem.jacobian_residual(theta)
        theta = theta + np.linalg.lstsq(J, r, rcond=None)[0]
        assert step.theta == pytest.approx(theta.tolist(), rel=1e-11)
        assert step.damping == 0.0
        J, r = problem.jacobian_residual(theta)
        assert step.cost == pytest.approx(r @ r, rel=1e-11)


def test_the_classic_has_no_safety():
    """From far away full steps leave the region where the law is finite, and nothing pulls them back."""
    found = undamped(Decay(0.05), [1.0, -30.0, 0.0])
    assert found.reason in (Reason.DIVERGED, Reason.SINGULAR, Reason.ITERATIONS)
    assert not found.reason.converged


def test_the_classic_refuses_a_start_that_is_not_finite():
    found = undamped(Decay(0.05), [1.0, -1e6, 0.0])
    assert (found.reason, found.trace) == (Reason.NOT_FINITE, [])


@pytest.mark.parametrize("noise", [0.0, 1e-6, 0.05, 0.5, 1.0])
def test_mixing_reaches_the_last_digits(noise):
    problem = Decay(noise)
    judge = np.array(minimum(problem))
    found = gauss_newton(
        problem.evaluate, problem.evaluate([1.9, 1.2, 0.45]), magnitude=problem.magnitude, mixing=4
    )
    assert found.reason.converged
    theta = np.array(found.point.variables)
    J, _ = problem.jacobian_residual(judge)
    # what counts is the change of the fitted values, in units of rounding
    assert np.linalg.norm(J @ (theta - judge)) <= 50 * EPS * problem.magnitude
    np.testing.assert_allclose(theta, judge, rtol=1e-13)


def test_mixing_needs_fewer_steps_where_residuals_are_large():
    problem = Decay(1.0)
    start = problem.evaluate([1.9, 1.2, 0.45])
    steps = [
        len(gauss_newton(problem.evaluate, start, magnitude=problem.magnitude, mixing=mixing).trace)
        for mixing in (0, 4)
    ]
    assert steps[1] < steps[0]


def test_diverges_when_polishing_makes_it_worse():
    start = Point([0.0], np.array([[1.0, 1.0], [0.0, 1.0]]), 2.0, [0.0])
    for cost in (2.1, math.inf, math.nan):
        found = gauss_newton(lambda v, c=cost: Point(v, start.triangle, c, v), start, magnitude=1.0, mixing=2)
        assert found.reason is Reason.DIVERGED
        assert found.point is start


def test_stagnates_when_steps_no_longer_shrink():
    """Steps of 1e-11 |y|, above 8 eps |y|, that go on and on: rounding in the law itself."""

    def evaluate(v):
        return Point(v, np.array([[1.0, 1e-11], [0.0, 1.0]]), 1.0, v)

    found = gauss_newton(evaluate, evaluate([0.0]), magnitude=1.0, mixing=1)
    assert found.reason is Reason.STAGNATION
    assert len(found.trace) == 2


def test_steps_that_neither_shrink_nor_vanish_run_into_the_limit():
    def evaluate(v):
        return Point(v, np.array([[1.0, 1e-2], [0.0, 1.0]]), 1.0, v)

    found = gauss_newton(evaluate, evaluate([0.0]), magnitude=1.0, iterations=7)
    assert (found.reason, len(found.trace)) == (Reason.ITERATIONS, 7)


def test_a_step_below_rounding_is_taken_and_is_the_last():
    size = 7.9 * EPS
    start = Point([1.0], np.array([[1.0, size], [0.0, 1.0]]), 1.0, [1.0])
    found = gauss_newton(lambda v: pytest.fail("no look needed"), start, magnitude=1.0)
    assert found.reason is Reason.STEP
    assert found.point.variables == [1.0 + size]


@pytest.mark.parametrize("p", [2, 7])
def test_the_classic_stops_where_columns_depend_on_each_other(p):
    R = np.eye(p + 1)
    R[:, -1] = 1.0
    R[0, 1], R[1, 1] = 1.0, 0.0
    point = Point([0.0] * p, R, 3.0, [0.0] * p)
    assert gauss_newton(lambda v: point, point, magnitude=1.0).reason is Reason.SINGULAR


@pytest.mark.parametrize("p", [2, 7])
def test_mixing_settles_in_a_valley(p):
    """cost = 1 + sum (v0 + v1 - 2)^2 + (vk - 1)^2: v0 and v1 cannot be told apart."""

    def evaluate(v):
        J = np.eye(p)
        J[0, 1], J[1, 1] = 1.0, 0.0
        r = np.array([2.0 - v[0] - v[1], 0.0, *(1.0 - x for x in v[2:])])
        R = np.zeros((p + 1, p + 1))
        R[:p, :p], R[:p, p], R[p, p] = J, r, 1.0
        return Point(v, R, 1.0 + float(r @ r), v)

    found = gauss_newton(evaluate, evaluate([0.9, 0.9] + [0.8] * (p - 2)), magnitude=1.0, mixing=4)
    assert found.reason is Reason.VALLEY
    v = found.point.variables
    assert v[0] + v[1] == pytest.approx(2.0, abs=1e-10)
    assert v[0] == pytest.approx(1.0, abs=1e-6)
    assert v[2:] == pytest.approx([1.0] * (p - 2), abs=1e-10)

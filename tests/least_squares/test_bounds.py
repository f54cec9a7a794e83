"""Bounds against SciPy's two bounded solvers, and against what must hold at any bounded minimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares, lsq_linear

from educe.engines.in_memory import InMemory
from educe.engines.model import formula_model
from educe.formula import parse
from educe.least_squares.bounds import Box, bounded_step, held, restricted
from educe.least_squares.point import Point
from educe.least_squares.solve import solve
from educe.least_squares.triangle import triangularise

X = np.linspace(0.1, 4.0, 50)

LAWS = {
    "y = a*exp(-b*x) + c": lambda x, a, b, c: a * np.exp(-b * x) + c,
    "y = a*exp(-b*x) + c*exp(-d*x)": lambda x, a, b, c, d: a * np.exp(-b * x) + c * np.exp(-d * x),
    "y = a*x/(b + x) + c*x": lambda x, a, b, c: a * x / (b + x) + c * x,
    "y = a*exp(-(x - b)**2/(2*c**2)) + d": lambda x, a, b, c, d: a * np.exp(-((x - b) ** 2) / (2 * c**2)) + d,
    "y = a + b*x + c*x**2": lambda x, a, b, c: a + b * x + c * x**2,
}


def bounded_problem(seed):
    """A law, its true values, bounds of which some are active, and a start inside."""
    rng = np.random.default_rng(seed)
    text = list(LAWS)[seed % len(LAWS)]
    law = LAWS[text]
    p = text.replace("exp", "").count("a") and len(parse(text).roles(("x", "y")).parameters)
    truth = rng.uniform(0.5, 2.5, p)
    y = law(X, *truth) + 0.05 * rng.normal(size=len(X))
    width = rng.uniform(0.1, 1.0, p)
    shift = rng.choice([-1.2, 0.0, 1.2], p) * width
    lower, upper = truth + shift - width, truth + shift + width
    lower = np.maximum(lower, 0.05)
    upper = np.maximum(upper, lower + 0.1)
    start = lower + rng.uniform(0.05, 0.95, p) * (upper - lower)
    return text, law, y, lower, upper, start


def solved(text, y, lower, upper, start, bounded=None):
    law = parse(text)
    names = law.roles(("x", "y")).parameters
    bounded = names if bounded is None else bounded
    model = formula_model(
        law.response, law.expression, names, eliminate=frozenset(names) - frozenset(bounded)
    )
    order = [names.index(name) for name in model.names]
    data = {"x": X, "y": y}
    problem = InMemory(model, [data[name] for name in model.variables])
    box = Box(np.asarray(lower)[order], np.asarray(upper)[order])
    with np.errstate(all="ignore"):
        found = solve(problem, np.asarray(start)[order].tolist(), box=box)
    theta = np.empty(len(names))
    theta[order] = found.theta
    return theta, found


@pytest.mark.parametrize("seed", range(60))
def test_no_worse_than_scipy(seed):
    text, law, y, lower, upper, start = bounded_problem(seed)
    theta, found = solved(text, y, lower, upper, start)
    assert (theta >= lower).all()
    assert (theta <= upper).all()
    best = min(
        2.0
        * least_squares(
            lambda t: y - law(X, *t),
            start,
            bounds=(lower, upper),
            method=method,
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-14,
        ).cost
        for method in ("trf", "dogbox")
    )
    assert found.cost <= best * (1 + 1e-8)
    assert found.reason.converged


@pytest.mark.parametrize("seed", range(60))
def test_at_a_bounded_minimum_the_gradient_points_outside_or_vanishes(seed):
    """Karush, Kuhn and Tucker: on an active bound exactly, and pressed; elsewhere no slope is left."""
    text, law, y, lower, upper, start = bounded_problem(seed)
    theta, _found = solved(text, y, lower, upper, start)
    r = y - law(X, *theta)
    for k in range(len(theta)):
        h = 1e-6 * np.eye(len(theta))[k]
        column = (law(X, *(theta + h)) - law(X, *(theta - h))) / 2e-6
        descent = column @ r / (np.linalg.norm(column) * np.linalg.norm(r))
        if theta[k] == lower[k]:
            assert descent <= 1e-6
        elif theta[k] == upper[k]:
            assert descent >= -1e-6
        else:
            assert abs(descent) <= 1e-6


def test_linear_parameters_without_bounds_are_still_eliminated():
    text, law, y, *_ = bounded_problem(1)
    truth_b = 0.8
    lower = np.array([-np.inf, truth_b, -np.inf, 1.0])
    upper = np.array([np.inf, 3.0, np.inf, 1.2])
    _theta, found = solved(text, y, lower, upper, [1.0, 1.0, 1.0, 1.1], bounded=("b", "d"))
    inside = np.where(np.isfinite(lower), lower, -1e6), np.where(np.isfinite(upper), upper, 1e6)
    judge = least_squares(
        lambda t: y - law(X, *t), [1.0, 1.0, 1.0, 1.1], bounds=inside, xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    assert found.cost <= 2 * judge.cost * (1 + 1e-8)
    assert found.reason.converged


def test_a_bound_on_a_linear_parameter_holds_it_back():
    y = 2.0 * np.exp(-0.7 * X) + 0.5
    theta, found = solved(
        "y = a*exp(-b*x) + c",
        y,
        [-np.inf, -np.inf, 0.6],
        [np.inf, np.inf, 1.0],
        [1.0, 1.0, 0.8],
        bounded=("c",),
    )
    assert theta[2] == 0.6
    assert found.reason.converged


def test_starting_on_a_bound_is_no_trap():
    y = 2.0 * np.exp(-0.7 * X) + 0.5
    for start in ([0.0, 0.0, 0.0], [5.0, 5.0, 5.0], [0.0, 5.0, 0.0]):
        theta, found = solved("y = a*exp(-b*x) + c", y, [0.0] * 3, [5.0] * 3, start)
        if found.cost < 1e-20:
            np.testing.assert_allclose(theta, [2.0, 0.7, 0.5], rtol=1e-10)
        else:  # where one exponential is 0 or constant there are other minima: no slope may lead inside
            assert found.reason.converged


def test_a_start_outside_the_box_is_moved_to_its_wall():
    y = 2.0 * np.exp(-0.7 * X) + 0.5
    theta, found = solved("y = a*exp(-b*x) + c", y, [0.0, 0.1, 0.0], [5.0, 0.6, 5.0], [9.0, 3.0, -4.0])
    assert theta[1] == 0.6
    assert found.reason.converged


def test_everything_at_its_bound():
    y = 2.0 * X + 3.0
    theta, found = solved("y = a + b*x + c*x**2", y, [0.0, 0.0, 1.0], [1.0, 1.0, 2.0], [0.5, 0.5, 1.5])
    judge = least_squares(
        lambda t: y - t[0] - t[1] * X - t[2] * X**2,
        [0.5, 0.5, 1.5],
        bounds=([0, 0, 1], [1, 1, 2]),
        xtol=1e-15,
    )
    np.testing.assert_allclose(theta, np.round(judge.x, 6), atol=1e-6)
    assert set(theta) <= {0.0, 1.0, 2.0}
    assert found.reason.converged


def test_bounds_far_away_change_nothing():
    y = 2.0 * np.exp(-0.7 * X) + 0.5 + 0.01 * np.cos(20 * X)
    wide, _ = solved("y = a*exp(-b*x) + c", y, [-100.0] * 3, [100.0] * 3, [1.0] * 3)
    none, _ = solved("y = a*exp(-b*x) + c", y, [-np.inf] * 3, [np.inf] * 3, [1.0] * 3)
    np.testing.assert_allclose(wide, none, rtol=1e-11)


BOXES = st.integers(0, 2**32 - 1)


def random_point(seed, p=4):
    rng = np.random.default_rng(seed)
    R = triangularise(rng.normal(size=(20, p + 1)))
    lower, upper = np.full(p, -1.0), np.full(p, 1.0)
    v = np.where(rng.random(p) < 0.4, rng.choice([-1.0, 1.0], p), rng.uniform(-1, 1, p))
    return Point(v.tolist(), R, float(R[:, -1] @ R[:, -1]), v.tolist()), Box(lower, upper)


@given(seed=BOXES, damping=st.sampled_from([1e-6, 1e-3, 1.0, 1e3]))
@settings(max_examples=80, deadline=None)
def test_a_bounded_step_stays_in_the_box_and_promises_what_the_model_says(seed, damping):
    point, box = random_point(seed)
    R = point.triangle
    scale = np.square(R[:, :4]).sum(axis=0).tolist()
    delta, promised = bounded_step(point, damping, scale, box)
    landed = np.array(point.variables) + delta
    assert (landed >= box.lower - 1e-15).all()
    assert (landed <= box.upper + 1e-15).all()
    left = R[:, 4] - R[:, :4] @ delta
    assert promised == pytest.approx(R[:, 4] @ R[:, 4] - left @ left, abs=1e-12)


@given(seed=BOXES, damping=st.sampled_from([1e-6, 1e-3, 1.0, 1e3]))
@settings(max_examples=80, deadline=None)
def test_a_bounded_step_is_the_best_one_in_the_box(seed, damping):
    point, box = random_point(seed)
    R = point.triangle
    scale = np.square(R[:, :4]).sum(axis=0)
    A = np.vstack([R[:4, :4], np.diag(np.sqrt(damping * scale))])
    b = np.concatenate([R[:4, 4], np.zeros(4)])
    lower, upper = box.lower - point.variables, box.upper - point.variables
    # SciPy wants the start inside, so a wall at zero is moved out by nothing that counts
    judge = lsq_linear(A, b, (np.minimum(lower, -1e-200), np.maximum(upper, 1e-200)), tol=1e-14).cost * 2.0
    delta = bounded_step(point, damping, scale.tolist(), box)[0]
    assert np.sum(np.square(b - A @ delta)) <= judge * (1 + 1e-9)


@given(seed=BOXES)
@settings(max_examples=40, deadline=None)
def test_a_heavily_damped_step_always_promises_something(seed):
    """Otherwise the descent could stop where the cost still falls."""
    point, box = random_point(seed)
    R = point.triangle
    if len(box.free(point.variables, R)):
        assert bounded_step(point, 1e8, np.square(R[:, :4]).sum(axis=0).tolist(), box)[1] > 0.0


@given(seed=BOXES)
@settings(max_examples=40, deadline=None)
def test_a_restricted_triangle_is_that_of_fewer_columns(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(20, 5))
    free = np.flatnonzero(rng.random(4) < 0.6)
    R = restricted(triangularise(matrix), free)
    judge = matrix[:, [*free, 4]]
    np.testing.assert_allclose(R.T @ R, judge.T @ judge, rtol=1e-10, atol=1e-10)


def test_held_variables_stay():
    seen = []

    def evaluate(v):
        seen.append(list(v))
        return Point(v, np.eye(4), 1.0, v)

    part = held(evaluate, Point([1.0, 2.0, 3.0], np.eye(4), 1.0, [1.0, 2.0, 3.0]), np.array([0, 2]))
    assert part([7.0, 9.0]).variables == [7.0, 9.0]
    assert seen == [[7.0, 2.0, 9.0]]


def test_free_means_inside_or_pulled_inside():
    R = np.eye(4)
    R[:3, 3] = [1.0, -1.0, 1.0]
    box = Box(np.zeros(3), np.ones(3))
    assert box.free([1.0, 0.0, 0.5], R).tolist() == [2]
    assert box.free([0.0, 1.0, 0.5], R).tolist() == [0, 1, 2]

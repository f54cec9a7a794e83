"""The steps in plain floats and by LAPACK: both against exact arithmetic, and against each other."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.least_squares import dense, few

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, few.MOST)
BOTH = pytest.mark.parametrize("algebra", [few, dense], ids=["few", "dense"])


def triangle(seed, p, decades=0.0, zero=()):
    """A random (p+1, p+1) triangle; its diagonal shrinks by up to 10**-decades; some columns may be zero."""
    rng = np.random.default_rng(seed)
    R = np.triu(rng.normal(size=(p + 1, p + 1)))
    R[np.arange(p), np.arange(p)] = 10.0 ** -rng.uniform(0.0, decades, p) * rng.choice([-1.0, 1.0], p)
    R[:, :p] *= 10.0 ** rng.uniform(-decades / 2, decades / 2, p)
    R[:, list(zero)] = 0.0
    return R


def exact_solution(A, b):
    """Solve A x = b in rational arithmetic."""
    n = len(A)
    M = [[Fraction(v) for v in row] + [Fraction(c)] for row, c in zip(A, b, strict=True)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(M[i][k]))
        M[k], M[pivot] = M[pivot], M[k]
        for i in range(k + 1, n):
            share = M[i][k] / M[k][k]
            M[i] = [x - share * y for x, y in zip(M[i], M[k], strict=True)]
    x = [Fraction(0)] * n
    for k in reversed(range(n)):
        x[k] = (M[k][n] - sum(M[k][j] * x[j] for j in range(k + 1, n))) / M[k][k]
    return x


def exact_damped(R, damping, scale):
    """The minimiser of |z - R d|^2 + damping sum scale d^2 and its reduction, in rational arithmetic."""
    p = len(scale)
    F = [[Fraction(float(v)) for v in row] for row in R[:p]]
    weights = [Fraction(damping * d) for d in scale]
    A = [
        [sum(F[k][i] * F[k][j] for k in range(p)) + (weights[i] if i == j else 0) for j in range(p)]
        for i in range(p)
    ]
    b = [sum(F[k][i] * F[k][p] for k in range(p)) for i in range(p)]
    d = exact_solution(A, b)
    left = [F[k][p] - sum(F[k][j] * d[j] for j in range(p)) for k in range(p)]
    promised = sum(F[k][p] ** 2 for k in range(p)) - sum(v * v for v in left)
    return np.array([float(v) for v in d]), float(promised)


@BOTH
@given(
    seed=SEEDS,
    p=SIZES,
    damping=st.sampled_from([1e-12, 1e-6, 1e-3, 1.0, 1e6]),
    decades=st.sampled_from([0, 3, 6]),
)
@settings(max_examples=60, deadline=None)
def test_a_damped_step_is_the_exact_minimiser(algebra, seed, p, damping, decades):
    R = triangle(seed, p, decades)
    scale = dense.squared_scale(R)
    delta, promised = algebra.damped_step(algebra.prepared(R), damping, scale)
    exact, exact_promised = exact_damped(R, damping, scale)
    stacked = np.vstack([R[:p, :p], np.diag(np.sqrt(damping * np.array(scale)))])
    z = np.linalg.norm(R[:p, p])
    condition = np.linalg.cond(stacked / np.linalg.norm(stacked, axis=0))
    # the error of QR: each column disturbed by rounding, seen in the fitted values
    slack = 2e-15 * (np.linalg.norm(stacked, axis=0) @ np.abs(exact) + condition * z)
    assert np.linalg.norm(stacked @ (np.array(delta) - exact)) <= 10 * slack
    assert promised == pytest.approx(exact_promised, rel=1e-6, abs=1e-13 * z * z)


@given(seed=SEEDS, p=SIZES, damping=st.sampled_from([1e-6, 1e-3, 1.0]), decades=st.sampled_from([0, 2]))
@settings(max_examples=100, deadline=None)
def test_both_take_the_same_damped_step(seed, p, damping, decades):
    R = triangle(seed, p, decades)
    scale = dense.squared_scale(R)
    one, two = few.damped_step(few.prepared(R), damping, scale), dense.damped_step(R, damping, scale)
    np.testing.assert_allclose(one[0], two[0], rtol=1e-8, atol=1e-12 * np.abs(two[0]).max())
    assert one[1] == pytest.approx(two[1], rel=1e-10)


@BOTH
@given(seed=SEEDS, p=SIZES, zero=st.integers(0, few.MOST - 1))
@settings(max_examples=30, deadline=None)
def test_a_damped_step_leaves_a_parameter_without_effect_where_it_is(algebra, seed, p, zero):
    zero = min(zero, p - 1)
    R = triangle(seed, p, zero=(zero,))
    R[zero, zero:] = 0.0
    delta, promised = algebra.damped_step(
        algebra.prepared(R), 1e-3, [d or 1.0 for d in dense.squared_scale(R)]
    )
    assert delta[zero] == 0.0
    assert math.isfinite(promised)


@BOTH
def test_no_damping_and_no_effect_is_no_step(algebra):
    R = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    assert algebra.damped_step(algebra.prepared(R), 0.0, [1.0, 1.0]) is None


@given(seed=SEEDS, p=st.integers(1, 8), decades=st.sampled_from([0, 3, 6]))
@settings(max_examples=60, deadline=None)
def test_a_newton_step_is_the_exact_solution(seed, p, decades):
    R = triangle(seed, p, decades)
    exact = np.array([float(v) for v in exact_solution(R[:p, :p], R[:p, p])])
    slack = 1e-14 * np.linalg.norm(np.abs(R[:p, :p]) @ np.abs(exact))
    for algebra in (few, dense):
        delta, size = algebra.newton_step(algebra.prepared(R))
        assert np.linalg.norm(R[:p, :p] @ (np.array(delta) - exact)) <= slack
        assert size == pytest.approx(np.linalg.norm(R[:p, p]), rel=1e-14)


@BOTH
@given(seed=SEEDS, p=SIZES, column=st.integers(0, few.MOST - 1), left=st.sampled_from([0.0, 1e-15, 1e-11]))
@settings(max_examples=60, deadline=None)
def test_a_newton_step_exists_only_where_columns_are_independent(algebra, seed, p, column, left):
    column = min(column, p - 1)
    R = triangle(seed, p)
    R[column, column] = left * (np.linalg.norm(R[:column, column]) if column else 1.0)
    dependent = left < 1e-13 if column else left == 0.0
    assert (algebra.newton_step(algebra.prepared(R)) is None) == dependent


def judged_mix(R, theta, delta, history):
    """Walker and Ni (2011), equation 2.2, by NumPy's least squares."""
    p = len(theta)
    changes = np.column_stack([np.subtract(delta, d) for _, d in history])
    moves = np.column_stack([np.subtract(theta, t) for t, _ in history])
    gamma = np.linalg.lstsq(R[:p, :p] @ changes, R[:p, :p] @ delta, rcond=None)[0]
    return delta - (moves + changes) @ gamma


@BOTH
@given(seed=SEEDS, p=SIZES, m=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_mixed_step_is_least_in_the_metric_of_the_fitted_values(algebra, seed, p, m):
    rng = np.random.default_rng(seed)
    m = min(m, p)
    R = triangle(seed, p)
    theta, delta = rng.normal(size=p), rng.normal(size=p)
    R[:p, p] = R[:p, :p] @ delta  # delta is the Newton step of this triangle
    history = [(rng.normal(size=p).tolist(), rng.normal(size=p).tolist()) for _ in range(m)]
    changes = R[:p, :p] @ np.column_stack([delta - np.array(d) for _, d in history])
    if np.linalg.cond(changes / np.linalg.norm(changes, axis=0)) > 1e3:
        return
    judge = judged_mix(R, theta, delta, history)
    mixed = algebra.mixed_step(algebra.prepared(R), theta.tolist(), delta.tolist(), history)
    np.testing.assert_allclose(mixed, judge, rtol=1e-9, atol=1e-9 * np.abs(judge).max())


@BOTH
def test_mixing_drops_differences_that_repeat_newer_ones(algebra):
    R = triangle(3, 3)
    theta, delta, earlier = [1.0, 2.0, 3.0], [0.1, 0.2, -0.1], ([1.1, 2.3, 2.9], [0.2, -0.1, 0.3])
    R[:3, 3] = R[:3, :3] @ delta
    once = algebra.mixed_step(algebra.prepared(R), theta, delta, [earlier])
    twice = algebra.mixed_step(algebra.prepared(R), theta, delta, [earlier, earlier])
    np.testing.assert_allclose(twice, once, rtol=1e-12)


@BOTH
@pytest.mark.parametrize("p", [1, 2, 3])
def test_mixing_a_step_that_did_not_change_is_the_step(algebra, p):
    delta = [0.5] * p
    mixed = algebra.mixed_step(algebra.prepared(triangle(4, p)), [1.0] * p, delta, [([0.5] * p, delta)])
    assert mixed == delta


def test_scale_is_the_squared_length_of_each_column():
    R = triangle(5, 3)
    np.testing.assert_allclose(
        few.squared_scale(few.prepared(R)), np.square(R[:, :3]).sum(axis=0), rtol=1e-14
    )
    np.testing.assert_allclose(dense.squared_scale(R), np.square(R[:, :3]).sum(axis=0), rtol=1e-14)
    assert few.cost(few.prepared(R)) == pytest.approx(R[:, 3] @ R[:, 3], rel=1e-15)

"""Robust fits against SciPy's, on a law of arrays and through the solver alone."""

import numpy as np
import pytest
from scipy.optimize import least_squares, minimize

from educe.engines.in_memory import InMemory
from educe.engines.model import formula_model
from educe.formula import parse
from educe.least_squares.losses import LOSSES
from educe.least_squares.robust import solve_robust
from educe.least_squares.solve import solve
from educe.least_squares.triangle import merge, triangularise

X = np.linspace(0.0, 4.0, 200)
TRUTH = np.array([3.0, 0.9, 0.5])


def decay(theta):
    a, b, c = theta
    return a * np.exp(-b * X) + c


def measured(outliers, seed=0):
    rng = np.random.default_rng(seed)
    y = decay(TRUTH) + 0.05 * rng.normal(size=len(X))
    wrong = rng.choice(len(X), int(outliers * len(X)), replace=False)
    y[wrong] += rng.uniform(2.0, 8.0, len(wrong))
    return y


def problem(y, weights=None):
    law = parse("y = a*exp(-b*x) + c")
    names = ("a", "b", "c")
    model = formula_model(law.response, law.expression, names, eliminate=frozenset(names))
    return InMemory(model, [{"x": X, "y": y}[v] for v in model.variables], weights), model.names


def robust(y, name, scale=None, weights=None):
    rows, names = problem(y, weights)
    start = dict(zip("abc", TRUTH, strict=True))
    with np.errstate(all="ignore"):
        found = solve_robust(rows, [float(start[n]) for n in names], loss=LOSSES[name], loss_scale=scale)
    by_name = dict(zip(names, found.solution.theta, strict=True))
    return np.array([by_name[n] for n in "abc"]), found


@pytest.mark.parametrize("scale", [0.02, 0.1, 1.0])
@pytest.mark.parametrize(
    ("ours", "theirs"), [("soft-l1", "soft_l1"), ("huber", "huber"), ("cauchy", "cauchy")]
)
def test_the_same_minimum_as_scipy(ours, theirs, scale):
    y = measured(0.1)
    theta, found = robust(y, ours, scale)
    judge = least_squares(
        lambda t: y - decay(t), theta, loss=theirs, f_scale=scale, xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    # each solver begins where ours ended: the same place, and no lower cost
    np.testing.assert_allclose(theta, judge.x, rtol=1e-6)
    assert found.solution.cost <= 2.0 * judge.cost * (1 + 1e-10)
    assert found.solution.reason.converged
    assert found.loss_scale == scale


@pytest.mark.parametrize("name", ["soft-l1", "huber", "cauchy", "tukey"])
def test_the_cost_is_least(name):
    """A direct search, which knows no derivative, finds nothing lower near by."""
    y = measured(0.1)
    theta, found = robust(y, name, 0.2)
    loss = LOSSES[name]

    def cost(t):
        return 0.04 * loss.rho(np.square((y - decay(t)) / 0.2)).sum()

    assert found.solution.cost == pytest.approx(cost(theta), rel=1e-12)
    nearby = minimize(cost, theta, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    assert cost(theta) <= nearby.fun * (1 + 1e-12)


@pytest.mark.parametrize("name", ["soft-l1", "huber", "cauchy", "tukey"])
def test_a_fifth_of_outliers_does_little_harm(name):
    y = measured(0.2, seed=3)
    theta, found = robust(y, name)
    plain = least_squares(lambda t: y - decay(t), TRUTH).x
    assert np.abs(theta / TRUTH - 1.0).max() < (0.03 if LOSSES[name].redescending else 0.12)
    assert np.linalg.norm(theta - TRUTH) < 0.3 * np.linalg.norm(plain - TRUTH)
    assert found.loss_scale / LOSSES[name].tuning == pytest.approx(0.05, rel=0.7)


def test_the_scale_comes_from_the_median_residual():
    y = measured(0.1)
    theta, found = robust(y, "huber")
    r = np.sort(np.abs(y - decay(theta)))[3:]
    assert found.loss_scale == pytest.approx(1.345 * 1.4826022 * np.median(r), rel=1e-5)


def test_without_outliers_a_wide_loss_is_least_squares():
    y = measured(0.0)
    theta, _ = robust(y, "huber", 100.0)
    rows, names = problem(y)
    found = solve(rows, [1.0, 1.0, 1.0])
    plain = dict(zip(names, found.theta, strict=True))
    np.testing.assert_allclose(theta, [plain[n] for n in "abc"], rtol=1e-10)


def test_weights_scale_the_residual_that_the_loss_sees():
    y = measured(0.1)
    once, _ = robust(y, "huber", 0.1)
    twice, _ = robust(y, "huber", 0.2, weights=np.full(len(X), 2.0))
    np.testing.assert_allclose(once, twice, rtol=1e-9)


def test_rows_that_fit_exactly_leave_a_scale_above_zero():
    theta, found = robust(decay(TRUTH), "tukey")
    np.testing.assert_allclose(theta, TRUTH, rtol=1e-9)
    assert found.loss_scale > 0.0


def test_the_triangle_of_a_loss_is_that_of_reweighted_rows():
    y = measured(0.1)
    rows, _ = problem(y)
    loss = LOSSES["cauchy"]
    theta = [3.0, 0.5, 0.9]
    R, cost = rows.with_loss(loss, 0.1).triangle(theta)
    blocks = np.vstack([block.copy() for _, block in rows.blocks(theta)])
    z = np.square(blocks[:, -1] / 0.1)
    judge = blocks * np.sqrt(1.0 / (1.0 + z))[:, None]
    np.testing.assert_allclose(R.T @ R, judge.T @ judge, rtol=1e-11, atol=1e-11)
    assert cost == pytest.approx(0.01 * np.log1p(z).sum(), rel=1e-12)
    half = triangularise(np.asfortranarray(judge[:90])), triangularise(np.asfortranarray(judge[90:]))
    np.testing.assert_allclose(merge(*half).T @ merge(*half), R.T @ R, rtol=1e-10, atol=1e-10)

"""Batched variable projection against dense least squares, one candidate at a time."""

import numpy as np
import pytest

from educe.formula import parse
from educe.search.batch import Descents, descend
from educe.search.projection import Projection, orthogonalise

X = np.linspace(0.1, 4.0, 50)
RNG = np.random.default_rng(8)
Y = 2 * np.exp(-0.8 * X) + 0.5 * np.cos(3 * X) + 1.0 + 0.05 * RNG.standard_normal(50)
WEIGHTS = RNG.uniform(0.5, 2.0, 50)
LAW = parse("a*exp(-k*x) + b*cos(w*x) + c + k*x^2/100").expression


def projection(weights: np.ndarray | None) -> Projection:
    return Projection(LAW, ("a", "b", "c"), ("k", "w"), columns={"x": X}, response=Y, weights=weights)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_cost_and_coefficients_are_those_of_least_squares(weights: np.ndarray | None) -> None:
    alpha = np.column_stack([RNG.uniform(0.2, 3, 40), RNG.uniform(0.5, 6, 40)])
    p = projection(weights)
    w = np.ones(50) if weights is None else weights
    cost = p.cost(alpha)
    for (k, omega), found in zip(alpha, cost, strict=True):
        A = np.column_stack([np.exp(-k * X), np.cos(omega * X), np.ones(50)]) * w[:, None]
        b = (Y - k * X**2 / 100) * w
        c, rss, *_ = np.linalg.lstsq(A, b)
        assert found == pytest.approx(rss[0], rel=1e-10)
        fitted = p.fitted(np.array([k, omega]))
        assert [fitted[name][0] for name in "abc"] == pytest.approx(c, rel=1e-8)
        assert [fitted[name][1] for name in "abc"] == pytest.approx(np.linalg.norm(A, axis=0), rel=1e-12)


def test_slope_is_that_of_the_cost() -> None:
    p = projection(WEIGHTS)
    alpha = np.array([[0.7, 2.9], [1.5, 1.0]])
    _, slope = p.normal(alpha, p.project(alpha))
    h = 1e-6
    for j in range(2):
        step = np.zeros(2)
        step[j] = h
        difference = (p.cost(alpha + step) - p.cost(alpha - step)) / (2 * h)
        assert -2 * slope[:, j] == pytest.approx(difference, rel=1e-5)


def test_a_candidate_that_overflows_costs_infinity_and_spoils_no_other() -> None:
    p = projection(None)
    alpha = np.array([[0.7, 2.9], [-1e6, 1.0], [np.nan, 1.0]])
    cost = p.cost(alpha)
    assert cost[0] == pytest.approx(p.cost(alpha[:1])[0])
    assert np.isinf(cost[1:]).all()


def test_dependent_columns_take_no_part() -> None:
    frame = np.stack([X, 2 * X, X**2])[None].copy()
    residual = (3 * X + X**2)[None].copy()
    c = orthogonalise(frame, residual)
    assert c == pytest.approx(np.array([[3.0, 0.0, 1.0]]))
    assert residual == pytest.approx(np.zeros((1, 50)), abs=1e-12)


def test_descents_end_in_minima_each_on_its_own() -> None:
    p = projection(None)
    starts = np.array([[0.5, 2.7], [1.2, 3.2], [0.9, 3.0], [2.0, 9.0]])
    together = descend(p, Descents.begin(p, starts), iterations=100)
    for k, start in enumerate(starts):
        alone = descend(p, Descents.begin(p, start[None]), iterations=100)
        assert together.cost[k] == pytest.approx(alone.cost[0], rel=1e-12)
    _, slope = p.normal(together.alpha, p.project(together.alpha))
    assert np.abs(slope).max() < 1e-5


def test_bounds_hold_at_every_step() -> None:
    p = projection(None)
    box = np.array([0.1, 3.2]), np.array([0.6, 9.0])
    state = Descents.begin(p, np.array([[0.3, 3.5]]))
    for _ in range(30):
        descend(p, state, iterations=1, box=box)
        assert (state.alpha >= box[0]).all()
        assert (state.alpha <= box[1]).all()
    assert state.alpha[0, 1] == 3.2

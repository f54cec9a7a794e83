"""Influence: what leaving a row out says, done by leaving it out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import educe
from educe.uncertainty.influence import influence, outlier_probability

RNG = np.random.default_rng(11)
X = RNG.uniform(0.0, 4.0, 20)
DATA = {"x": X, "y": 1.0 + 2.0 * X - 0.3 * X**2 + RNG.normal(0.0, 0.2, 20), "s": RNG.uniform(0.1, 0.4, 20)}
LAW = "y = a + b*x + c*x^2"


def without(data: dict, row: int) -> dict:
    return {name: np.delete(column, row) for name, column in data.items()}


@pytest.mark.parametrize("sigma", [None, "s"])
def test_a_linear_law_without_each_row(sigma: str | None) -> None:
    fit = educe.fit(LAW, DATA, sigma=sigma)
    found = fit.influence
    unscaled = fit.covariance / fit.scale
    for row in range(20):
        less = educe.fit(LAW, without(DATA, row), sigma=sigma)
        moves = (fit.theta - less.theta) / np.sqrt(less.scale * np.diag(unscaled))
        assert found.dfbetas[row] == pytest.approx(moves, rel=1e-6, abs=1e-9)
        shift = fit.theta - less.theta
        cook = shift @ np.linalg.solve(unscaled, shift) / (fit.p * fit.scale)
        assert found.cooks_distance[row] == pytest.approx(cook, rel=1e-6)
        weight = 1.0 if sigma is None else 1.0 / DATA["s"][row]
        away = (DATA["y"][row] - less.predict({"x": [X[row]]})[0]) * weight
        variance = less.scale / (1.0 - found.leverage[row])
        assert found.external[row] == pytest.approx(away / np.sqrt(variance), rel=1e-6)


def test_a_known_sigma_is_not_estimated_again() -> None:
    fit = educe.fit(LAW, DATA, sigma="s", absolute_sigma=True)
    assert fit.influence.external == pytest.approx(fit.influence.studentised)
    assert fit.influence.studentised == pytest.approx(
        fit.weighted_residuals / np.sqrt(1 - fit.influence.leverage)
    )


def test_strongest_names_rows_and_refuses_other_names() -> None:
    found = educe.fit(LAW, DATA).influence
    order = found.strongest("b", 20)
    moves = np.abs(found.dfbetas[order, 1])
    assert (np.diff(moves) <= 0).all()
    with pytest.raises(educe.ParameterError, match="bb is not a free parameter; there are a, b, c"):
        found.strongest("bb")


def test_a_row_that_alone_decides_a_parameter_comes_first() -> None:
    x = np.array([0.0, 0, 0, 0, 1.0])
    J = np.column_stack([x, np.ones(5)])
    y = np.array([0.1, -0.1, 0.2, -0.2, 5.0])
    r = y - J @ np.linalg.lstsq(J, y, rcond=None)[0]
    R = np.linalg.qr(np.column_stack([J, r]), mode="r")
    found = influence(("m", "b"), J, r, R, noise=0.1, dof=3)
    assert np.isnan(found.cooks_distance[4])
    assert found.strongest("m", 1)[0] == 4


def test_probabilities_are_those_of_scipy() -> None:
    t = np.array([0.0, 2.0, -3.0, 8.0])
    judge = np.minimum(1.0, 2 * 7 * stats.t.sf(np.abs(t), 5))
    assert outlier_probability(t, 5, 7) == pytest.approx(judge)
    assert outlier_probability(t, np.inf, 7) == pytest.approx(np.minimum(1, 2 * 7 * stats.norm.sf(np.abs(t))))
    assert outlier_probability(np.array([np.nan]), 5, 7) == 1.0

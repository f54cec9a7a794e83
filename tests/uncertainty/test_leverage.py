"""Leverage, studentised residuals and Cook's distance against leaving rows out, one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.uncertainty.covariance import noise_variance
from educe.uncertainty.leverage import cooks_distance, deleted, leverage, studentised


def triangle(J):
    R = np.zeros((J.shape[1] + 1,) * 2)
    R[:-1, :-1] = np.linalg.qr(J, mode="r")
    return R


@pytest.fixture
def line():
    rng = np.random.default_rng(0)
    J = np.column_stack([np.ones(15), rng.normal(size=15)])
    y = J @ [1.0, 2.0] + rng.normal(size=15)
    theta = np.linalg.lstsq(J, y)[0]
    r = y - J @ theta
    return J, y, theta, r, noise_variance(float(r @ r), 13)


def test_leverage_is_the_diagonal_of_the_hat_matrix(line):
    J = line[0]
    np.testing.assert_allclose(leverage(J, triangle(J)), np.diag(J @ np.linalg.pinv(J)), rtol=1e-12)


@given(st.integers(0, 10**6), st.integers(-9, 9))
@settings(max_examples=50, deadline=None)
def test_leverages_sum_to_the_rank_in_any_unit(seed, power):
    J = np.random.default_rng(seed).normal(size=(12, 3))
    J[:, 2] = J[:, 1] * (seed % 2) + J[:, 2] * (1 - seed % 2)
    J[:, 1] *= 10.0**power
    h = leverage(J, triangle(J))
    assert h.sum() == pytest.approx(3 - seed % 2)
    assert h.min() >= 0
    assert h.max() <= 1


def test_deleted_residual_is_that_of_the_fit_without_the_row(line):
    J, y, _, r, scale = line
    found = deleted(studentised(r, leverage(J, triangle(J)), scale), 13)
    for i in range(15):
        keep = np.arange(15) != i
        theta, rss, *_ = np.linalg.lstsq(J[keep], y[keep])
        inverse = np.linalg.inv(J[keep].T @ J[keep])
        spread = np.sqrt(rss[0] / 12 * (1 + J[i] @ inverse @ J[i]))
        assert found[i] == pytest.approx((y[i] - J[i] @ theta) / spread, rel=1e-10)


def test_cooks_distance_is_the_move_of_the_parameters(line):
    J, y, theta, r, scale = line
    h = leverage(J, triangle(J))
    found = cooks_distance(studentised(r, h, scale), h, 2)
    for i in range(15):
        keep = np.arange(15) != i
        move = J @ (np.linalg.lstsq(J[keep], y[keep])[0] - theta)
        assert found[i] == pytest.approx(move @ move / (2 * scale), rel=1e-10)


def test_a_row_that_alone_determines_a_parameter():
    J = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    h = leverage(J, triangle(J))
    np.testing.assert_allclose(h, [1 / 3, 1 / 3, 1 / 3, 1])
    e = studentised(np.array([1.0, -1.0, 0.0, 0.0]), h, 1.0)
    np.testing.assert_array_equal(np.isnan(e), [False, False, False, True])
    np.testing.assert_array_equal(np.isnan(cooks_distance(e, h, 2)), [False, False, False, True])


def test_an_exact_fit_has_no_studentised_residuals():
    assert np.isnan(studentised(np.zeros(3), np.full(3, 0.5), 0.0)).all()


def test_deleted_needs_two_degrees_of_freedom():
    assert np.isnan(deleted(np.ones(3), 1)).all()


def test_an_outlier_beside_an_exact_fit_is_infinitely_far_off():
    assert deleted(np.array([np.sqrt(4.0)]), 4) == [np.inf]

"""Covariance of robust fits: by simulation, and where closed forms exist."""

import math

import numpy as np
import pytest

from educe.errors import FitError
from educe.uncertainty.covariance import covariance, noise_variance
from educe.uncertainty.intervals import multiplier
from educe.uncertainty.robust import robust_covariance, robust_scale, sandwich_covariance

HUBER = 1.345
TUKEY = 4.685


def huber(u):
    return np.clip(u, -HUBER, HUBER), (np.abs(u) < HUBER).astype(float)


def soft_l1(u):
    root = np.sqrt(1 + u * u)
    return u / root, root**-3


def cauchy(u):
    return u / (1 + u * u), (1 - u * u) / (1 + u * u) ** 2


def tukey(u):
    v = (u / TUKEY) ** 2
    inside = v < 1
    return u * (1 - v) ** 2 * inside, (1 - v) * (1 - 5 * v) * inside


def triangle(J):
    R = np.zeros((J.shape[1] + 1,) * 2)
    R[:-1, :-1] = np.linalg.qr(J, mode="r")
    return R


def contaminated(rng, shape):
    """20 % of the rows have 5 times the noise."""
    return rng.normal(size=shape) * np.where(rng.random(shape) < 0.2, 5.0, 1.0)


def fit_all(J, Y, loss, iterations=60):
    """Fit the line to each row of Y by Huber's modified residuals, sigma by their current MAD."""
    solve = np.linalg.pinv(J)
    theta = Y @ solve.T
    for _ in range(iterations):
        r = Y - theta @ J.T
        sigma = np.median(np.abs(r), axis=1, keepdims=True) / 0.6745
        theta = theta + sigma * loss(r / sigma)[0] @ solve.T
    return theta, Y - theta @ J.T, sigma[:, 0]


@pytest.mark.parametrize("loss", [huber, soft_l1, cauchy, tukey])
@pytest.mark.parametrize("n", [40, 150])
def test_intervals_cover_under_contamination(loss, n):
    rng = np.random.default_rng(7)
    J = np.column_stack([np.ones(n), np.linspace(-1, 1, n)])
    R, truth = triangle(J), np.array([1.0, 2.0])
    theta, r, sigma = fit_all(J, J @ truth + contaminated(rng, (2000, n)), loss)
    half = multiplier(0.95, n - 2)
    inside = []
    for t, row, s in zip(theta, r, sigma, strict=True):
        errors = np.sqrt(np.diag(robust_covariance(R, *loss(row / s), sigma=s)))
        inside.append(np.abs(t - truth) < half * errors)
    cover = np.mean(inside, axis=0)
    assert (cover > 0.93).all(), cover
    assert (cover < 0.97).all(), cover


def test_the_reweighted_covariance_would_not_do():
    """The reason for this file: weighted least squares with the weights of the loss covers too rarely."""
    rng = np.random.default_rng(7)
    n, truth = 100, np.array([1.0, 2.0])
    J = np.column_stack([np.ones(n), np.linspace(-1, 1, n)])
    theta, r, sigma = fit_all(J, J @ truth + contaminated(rng, (500, n)), cauchy)
    inside = []
    for t, row, s in zip(theta, r, sigma, strict=True):
        u = row / s
        w = cauchy(u)[0] / u
        C = np.linalg.inv(J.T * w @ J) * (w @ row**2) / (n - 2)
        inside.append(np.abs(t - truth) < multiplier(0.95, n - 2) * np.sqrt(np.diag(C)))
    assert np.mean(inside) < 0.88


@pytest.mark.parametrize("n", [60, 200])
def test_sandwich_covers_where_noise_grows_along_the_rows(n):
    rng = np.random.default_rng(8)
    x = np.linspace(0, 1, n)
    J = np.column_stack([np.ones(n), x])
    truth = np.array([1.0, 2.0])
    Y = J @ truth + contaminated(rng, (1500, n)) * (0.2 + 2 * x**2)
    theta, r, sigma = fit_all(J, Y, soft_l1)
    inside = []
    for t, row, s in zip(theta, r, sigma, strict=True):
        psi, slope = soft_l1(row / s)
        bread, meat = triangle(np.sqrt(slope)[:, None] * J), triangle(s * psi[:, None] * J)
        errors = np.sqrt(np.diag(sandwich_covariance(bread, meat, n=n)))
        inside.append(np.abs(t - truth) < multiplier(0.95, n - 2) * errors)
    cover = np.mean(inside, axis=0)
    assert (cover > 0.93).all(), cover
    assert (cover < 0.97).all(), cover


def test_least_squares_is_the_special_case():
    r = np.random.default_rng(0).normal(size=30)
    scale = robust_scale(r / 0.3, np.ones(30), p=4, sigma=0.3)
    assert scale == pytest.approx(noise_variance(float(r @ r), 26))


def test_scale_by_hand():
    """mean psi' = 1/2, var psi' = 1/4, K = 1 + 1/4; sum psi^2 / (n - p) = 3/4; 4 K^2 (3/4) / (1/4)."""
    psi, slope = np.array([1.0, -1.0, 0.5, 0.0]), np.array([0.0, 0.0, 1.0, 1.0])
    assert robust_scale(psi, slope, p=1, sigma=2.0) == pytest.approx(18.75, rel=1e-15)


def test_location_has_the_closed_form_of_huber():
    """p = 1, known sigma: asymptotic variance E psi^2 / (E psi')^2, for Huber's psi at the normal 1/0.95."""
    u = np.random.default_rng(1).normal(size=400_000)
    found = robust_covariance(triangle(np.ones((400_000, 1))), *huber(u), sigma=1.0)[0, 0]
    assert found * 400_000 == pytest.approx(1 / 0.95, rel=0.01)


def test_sandwich_is_a_inverse_b_a_inverse():
    rng = np.random.default_rng(3)
    J, psi, slope = rng.normal(size=(40, 3)), rng.normal(size=40), rng.random(40)
    A, B = J.T * slope @ J, J.T * psi**2 @ J
    expected = 40 / 37 * np.linalg.inv(A) @ B @ np.linalg.inv(A)
    found = sandwich_covariance(triangle(np.sqrt(slope)[:, None] * J), triangle(psi[:, None] * J), n=40)
    np.testing.assert_allclose(found, expected, rtol=1e-11)
    assert (found == found.T).all()


def test_undetermined_parameters_are_infinite_here_too():
    J = np.column_stack([np.arange(9.0), np.ones(9), np.ones(9)])
    R = triangle(J)
    np.testing.assert_array_equal(np.isinf(np.diag(sandwich_covariance(R, R, n=9))), [False, True, True])
    C = robust_covariance(R, *huber(np.linspace(-2, 2, 9)), sigma=1.0)
    np.testing.assert_array_equal(np.isinf(np.diag(C)), [False, True, True])
    assert C[0, 0] / covariance(R)[0, 0] == pytest.approx(
        robust_scale(*huber(np.linspace(-2, 2, 9)), p=3, sigma=1.0)
    )


def test_edges():
    assert robust_scale(np.ones(2), np.ones(2), p=2, sigma=1.0) == math.inf
    assert robust_scale(np.zeros(0), np.zeros(0), p=1, sigma=1.0) == math.inf
    assert robust_scale(np.ones(5), np.array([1.0, -1, -1, -1, -1]), p=1, sigma=1.0) == math.inf
    assert robust_scale(np.zeros(5), np.ones(5), p=1, sigma=1.0) == 0.0
    assert np.isinf(sandwich_covariance(np.eye(3), np.eye(3), n=2)).all()


def test_refuses_values_that_are_not_finite():
    bad = np.full((3, 3), np.inf)
    with pytest.raises(FitError, match="not finite"):
        sandwich_covariance(bad, np.eye(3), n=9)

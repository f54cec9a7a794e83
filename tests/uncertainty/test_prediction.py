"""Bands and derived quantities against curve_fit's covariance, closed forms and simulation."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from educe.errors import FitError, ParameterError
from educe.uncertainty.covariance import covariance, noise_variance
from educe.uncertainty.derived import derived
from educe.uncertainty.intervals import wald
from educe.uncertainty.prediction import BLOCK, mean_standard_error, measurement_standard_error


def triangle(J):
    R = np.zeros((J.shape[1] + 1,) * 2)
    R[:-1, :-1] = np.linalg.qr(J, mode="r")
    return R


def test_equals_g_c_g():
    rng = np.random.default_rng(0)
    R, G = triangle(rng.normal(size=(30, 4))), rng.normal(size=(9, 4))
    expected = np.sqrt(np.einsum("mi,ij,mj->m", G, covariance(R, 0.3), G))
    np.testing.assert_allclose(mean_standard_error(G, R, 0.3), expected, rtol=1e-12)


def test_straight_line_of_the_textbook():
    """s sqrt(1/n + (x - mean)^2 / Sxx): Draper and Smith (1998), eq. 3.1.3."""
    x = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
    at = np.array([0.0, 5.0, 20.0])
    J = np.column_stack([np.ones(5), x])
    expected = np.sqrt(2.5 * (1 / 5 + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)))
    found = mean_standard_error(np.column_stack([np.ones(3), at]), triangle(J), 2.5)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    np.testing.assert_allclose(measurement_standard_error(found, math.sqrt(2.5)), np.sqrt(expected**2 + 2.5))


@pytest.mark.parametrize("cond", [1e4, 1e8, 1e10])
def test_keeps_16_minus_log_cond_digits(cond):
    """||R^-T g|| in 60 digits, for the most badly determined combination among others."""
    rng = np.random.default_rng(4)
    U, V = np.linalg.qr(rng.normal(size=(40, 5)))[0], np.linalg.qr(rng.normal(size=(5, 5)))[0]
    R, G = triangle(U * np.geomspace(1, 1 / cond, 5) @ V.T), np.vstack([V.T, rng.normal(size=(3, 5))])
    with mpmath.workdps(60):
        inverse = mpmath.matrix(R[:5, :5].tolist()) ** -1
        exact = [float(mpmath.norm(mpmath.matrix([g.tolist()]) * inverse)) for g in G]
    worst = max(exact)
    np.testing.assert_allclose(mean_standard_error(G, R), exact, rtol=1e-15 * cond, atol=1e-15 * worst)
    assert mean_standard_error(G[4:5], R)[0] == pytest.approx(worst, rel=1e-15 * cond)


def test_where_the_law_is_undefined_so_is_the_band():
    with np.errstate(all="raise"):
        found = mean_standard_error(np.array([[np.inf, 0.0], [np.nan, 1.0], [1.0, 0.0]]), np.eye(3))
    assert not np.isfinite(found[:2]).any()
    assert found[2] == 1.0


def test_blocks_make_no_difference():
    rng = np.random.default_rng(1)
    R, G = triangle(rng.normal(size=(30, 3))), rng.normal(size=(2 * BLOCK + 5, 3))
    whole = mean_standard_error(G, R)
    some = [0, BLOCK - 1, BLOCK, 2 * BLOCK + 4]
    np.testing.assert_allclose(whole[some], mean_standard_error(G[some], R), rtol=1e-14)


def test_a_prediction_may_be_determined_where_parameters_are_not():
    x = np.linspace(1, 2, 20)
    a, b = 3.0, 0.7
    R = triangle(np.column_stack([b * x, a * x]))  # law a*b*x
    known = triangle(x[:, None])  # law k*x
    np.testing.assert_allclose(
        mean_standard_error(np.array([[b, a], [5 * b, 5 * a], [1.0, 0.0]]), R, 2.0),
        [*mean_standard_error(np.array([[1.0], [5.0]]), known, 2.0), math.inf],
        rtol=1e-12,
    )
    product = derived(a * b, np.array([b, a]), R, scale=2.0, dof=18)
    assert product.standard_error == pytest.approx(mean_standard_error(np.eye(1), known, 2.0)[0])


def test_no_degrees_of_freedom_no_band():
    assert mean_standard_error(np.zeros((1, 2)), np.eye(3), math.inf) == [math.inf]


def test_no_points():
    assert mean_standard_error(np.empty((0, 2)), np.eye(3)).shape == (0,)


def test_refuses_values_that_are_not_finite():
    with pytest.raises(FitError, match="not finite"):
        mean_standard_error(np.ones((1, 1)), np.full((2, 2), np.nan))


def test_bands_cover_what_they_say():
    """A line, n = 8: 90 % of the confidence bands hold the truth, of the prediction bands a new y."""
    rng = np.random.default_rng(2)
    x = np.linspace(0, 1, 8)
    J = np.column_stack([np.ones(8), x])
    R, G, truth = triangle(J), np.array([[1.0, 0.3]]), 1.6
    hits = np.zeros(2)
    for _ in range(4000):
        y = J @ [1.0, 2.0] + rng.normal(size=8)
        theta = np.linalg.solve(J.T @ J, J.T @ y)
        scale = noise_variance(float(np.sum((y - J @ theta) ** 2)), 6)
        mean = mean_standard_error(G, R, scale)
        errors = np.append(mean, measurement_standard_error(mean, math.sqrt(scale)))
        lower, upper = wald(np.full(2, (G @ theta)[0]), errors, 6, 0.9)
        aims = np.array([truth, truth + rng.normal()])
        hits += (lower < aims) & (aims < upper)
    assert np.abs(hits / 4000 - 0.9).max() < 4 * math.sqrt(0.09 / 4000)


def test_derived_lifetime():
    """tau = 1/k: s(tau) = s(k) / k^2."""
    R = np.array([[10.0, 0.0], [0.0, 1.0]])
    tau = derived(1 / 0.4, np.array([-1 / 0.16]), R, scale=0.04, dof=12, level=0.9)
    assert tau.standard_error == pytest.approx(0.02 / 0.16)
    assert tau.upper - tau.value == pytest.approx(stats.t.ppf(0.95, 12) * 0.02 / 0.16)
    assert tau.value - tau.lower == pytest.approx(tau.upper - tau.value)


def test_derived_with_known_sigma_is_normal():
    found = derived(0.0, np.ones(1), np.eye(2), scale=1.0, dof=math.inf)
    assert found.upper == pytest.approx(stats.norm.ppf(0.975))


def test_derived_without_degrees_of_freedom():
    found = derived(1.0, np.ones(1), np.eye(2), scale=noise_variance(0.0, 0), dof=0)
    assert (found.lower, found.standard_error, found.upper) == (-math.inf, math.inf, math.inf)


def test_derived_refuses_a_level_outside_its_range():
    with pytest.raises(ParameterError, match="between 0 and 1"):
        derived(1.0, np.ones(1), np.eye(2), scale=1.0, dof=3, level=95)

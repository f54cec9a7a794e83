"""Criteria against SciPy's likelihoods, closed forms and each other."""

import math

import numpy as np
import pytest
from scipy import stats

from educe.uncertainty.criteria import (
    adjusted_r_squared,
    aic,
    aicc,
    bic,
    chi_square,
    log_likelihood,
    nested_test,
    r_squared,
    total_sum_of_squares,
)


@pytest.fixture
def fitted():
    """A weighted straight line: y, weights, residuals (unweighted), sigma."""
    rng = np.random.default_rng(4)
    x = np.linspace(0, 5, 30)
    sigma = 0.1 + 0.05 * x
    y = 1 + 2 * x + rng.normal(size=30) * sigma
    line = np.polyval(np.polyfit(x, y, 1, w=1 / sigma), x)
    return y, 1 / sigma, y - line, sigma


def test_likelihood_of_known_sigma_is_the_density_of_the_data(fitted):
    _, w, r, sigma = fitted
    chi2 = float(np.sum((w * r) ** 2))
    expected = stats.norm.logpdf(r, scale=sigma).sum()
    assert log_likelihood(chi2, 30, log_weights=np.log(w).sum(), known_sigma=True) == pytest.approx(expected)


def test_likelihood_of_unknown_sigma_is_its_maximum_over_sigma(fitted):
    _, w, r, _ = fitted
    rss = float(np.sum((w * r) ** 2))
    found = log_likelihood(rss, 30, log_weights=np.log(w).sum())
    scales = math.sqrt(rss / 30) * np.linspace(0.9, 1.1, 201)
    density = [stats.norm.logpdf(r, scale=s / w).sum() for s in scales]
    assert found == pytest.approx(max(density), rel=1e-12)
    assert int(np.argmax(density)) == 100


def test_aic_in_the_form_of_the_documentation():
    n, rss, p = 20, 3.7, 3
    expected = n * math.log(rss / n) + n * (1 + math.log(2 * math.pi)) + 2 * (p + 1)
    assert aic(log_likelihood(rss, n), p + 1) == pytest.approx(expected, rel=1e-14)


def test_aicc_tends_to_aic_and_is_infinite_where_rows_are_too_few():
    assert aicc(-10.0, 3, 10**9) == pytest.approx(aic(-10.0, 3), rel=1e-8)
    assert aicc(-10.0, 3, 4) == math.inf
    assert aicc(-10.0, 3, 5) == pytest.approx(26 + 24)


def test_bic_punishes_more_than_aic_from_eight_rows_on():
    assert bic(-10.0, 3, 7) < aic(-10.0, 3) < bic(-10.0, 3, 8)


def test_exact_fit_has_infinite_likelihood():
    assert aic(log_likelihood(0.0, 10), 3) == -math.inf


def test_r_squared_of_a_line_is_the_squared_correlation():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 25))
    r = y - np.polyval(np.polyfit(x, y, 1), x)
    assert r_squared(r @ r, total_sum_of_squares(y)) == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-12)


def test_total_is_the_rss_of_the_weighted_constant(fitted):
    y, w, _, _ = fitted
    constant = np.linalg.lstsq(w[:, None], w * y)[0]
    assert total_sum_of_squares(y, w) == pytest.approx(np.sum((w * (y - constant)) ** 2), rel=1e-13)
    assert total_sum_of_squares(y, np.ones_like(y)) == pytest.approx(total_sum_of_squares(y), rel=1e-13)


def test_total_keeps_its_digits_on_a_large_offset():
    y = 1e9 + np.array([0.0, 1.0, 2.0])
    assert total_sum_of_squares(y) == pytest.approx(2.0, rel=1e-6)


def test_undefined_for_a_constant_column():
    y = np.full(7, 0.1)
    assert total_sum_of_squares(y) == 0.0
    assert total_sum_of_squares(y, np.linspace(1, 2, 7)) == 0.0
    assert math.isnan(r_squared(0.0, total_sum_of_squares(y)))
    assert math.isnan(adjusted_r_squared(math.nan, 7, 1))


def test_adjusted_r_squared_compares_variances():
    n, p, rss, total = 12, 3, 2.0, 9.0
    expected = 1 - (rss / (n - p)) / (total / (n - 1))
    assert adjusted_r_squared(r_squared(rss, total), n, p) == pytest.approx(expected)
    assert math.isnan(adjusted_r_squared(0.9, 3, 3))


def test_chi_square_of_the_printed_table():
    """Upper 5 % points: 3.841 (1), 11.070 (5), 43.773 (30)."""
    for dof, value in {1: 3.841, 5: 11.070, 30: 43.773}.items():
        assert chi_square(value, dof).p_value == pytest.approx(0.05, abs=2e-5)


@pytest.mark.parametrize("dof", [1, 10, 1000])
def test_chi_square_equals_scipy(dof):
    found = chi_square(1.2 * dof, dof)
    assert found.p_value == pytest.approx(stats.chi2.sf(1.2 * dof, dof), rel=1e-12)
    assert found.reduced == pytest.approx(1.2)


def test_chi_square_without_degrees_of_freedom_is_undefined():
    found = chi_square(0.0, 0)
    assert math.isnan(found.reduced)
    assert math.isnan(found.p_value)


def test_nested_test_is_the_squared_t_of_the_added_parameter():
    rng = np.random.default_rng(9)
    x = np.linspace(0, 1, 20)
    y = 1 + 0.8 * x + rng.normal(size=20)
    line = stats.linregress(x, y)
    r = y - line.intercept - line.slope * x
    found = nested_test((total_sum_of_squares(y), 19), (float(r @ r), 18))
    assert found.value == pytest.approx((line.slope / line.stderr) ** 2, rel=1e-10)
    assert found.p_value == pytest.approx(line.pvalue, rel=1e-10)


@pytest.mark.parametrize(
    ("simple", "full"), [((2.0, 3), (1.0, 0)), ((2.0, 3), (1.0, 3)), ((2.0, 3), (0.0, 2))]
)
def test_nested_test_where_it_is_undefined(simple, full):
    assert math.isnan(nested_test(simple, full).p_value)

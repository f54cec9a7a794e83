"""Residual tests against SciPy, dense matrices, closed forms, and their false alarm rate by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from educe.errors import TableError
from educe.uncertainty.residuals import heteroscedasticity, lag_one, normality, runs_test

SETS = 2000
ALL = [runs_test, lag_one, normality, lambda r: heteroscedasticity(r, np.arange(float(r.size)))]


@pytest.mark.parametrize("n", [20, 21, 100, 5000])
@pytest.mark.parametrize("seed", range(3))
def test_normality_equals_scipy(n, seed):
    r = np.random.default_rng(seed).standard_t(4, size=n) * 1e-7
    expected = stats.normaltest(r)
    found = normality(r)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("n", [20, 200])
def test_normality_of_a_fair_coin(n):
    """The smallest kurtosis there is, without skewness (where SciPy's normaltest takes a little)."""
    r = np.where(np.arange(n) % 2, 1.0, -1.0)
    assert normality(r).statistic == pytest.approx(stats.kurtosistest(r).statistic ** 2, rel=1e-9)


def test_heteroscedasticity_is_n_r_squared_of_the_auxiliary_line():
    rng = np.random.default_rng(0)
    f = rng.normal(size=60)
    r = rng.normal(size=60) * (2 + f)
    line = stats.linregress(f, r**2)
    found = heteroscedasticity(r, f)
    assert found.statistic == pytest.approx(60 * line.rvalue**2, rel=1e-10)
    assert found.p_value == pytest.approx(stats.chi2.sf(60 * line.rvalue**2, 1), rel=1e-10)


def test_runs_in_closed_form():
    """Signs + 9, - 13 in 8 runs: E = 11.636, V = 4.967 in closed form; p by SciPy's normal distribution."""
    signs = np.repeat([1, -1, 1, -1, 1, -1, 1, -1.0], [3, 4, 2, 3, 2, 3, 2, 3])
    found = runs_test(signs)
    expected = 2 * 9 * 13 / 22 + 1
    variance = 2 * 9 * 13 * (2 * 9 * 13 - 22) / (22**2 * 21)
    assert found.statistic == pytest.approx((8 - expected) / math.sqrt(variance), rel=1e-12)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.statistic)), rel=1e-12)


def test_moments_of_durbin_watson_are_those_of_the_dense_matrices():
    rng = np.random.default_rng(1)
    n, p = 25, 3
    J, r = rng.normal(size=(n, p)), rng.normal(size=n)
    A = np.diff(np.eye(n), axis=0).T @ np.diff(np.eye(n), axis=0)
    M = np.eye(n) - J @ np.linalg.pinv(J)
    T, free = M @ A, n - p
    mean = np.trace(T) / free
    deviation = math.sqrt(2 * (np.trace(T @ T) - np.trace(T) * mean) / (free * (free + 2)))
    found = lag_one(r, J=J)
    assert found.statistic == pytest.approx(np.sum(np.diff(r) ** 2) / np.sum(r**2))
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.statistic - mean) / deviation))


def test_moments_without_a_jacobian_are_those_of_noise():
    r = np.random.default_rng(2).normal(size=(20_000, 30))
    d = np.sum(np.diff(r, axis=1) ** 2, axis=1) / np.sum(r**2, axis=1)
    z = stats.norm.isf(lag_one(r[0]).p_value / 2) * np.sign(d[0] - d.mean())
    assert z == pytest.approx((d[0] - d.mean()) / d.std(), abs=0.05)


@pytest.mark.parametrize("n", [20, 50, 200])
def test_false_alarms_are_five_percent(n):
    """Residuals of a fitted parabola with normal noise, x in random order of rows."""
    rng = np.random.default_rng(3)
    x = rng.permutation(np.linspace(-1, 1, n))
    J = np.column_stack([np.ones(n), x, x**2])
    noise = rng.normal(size=(SETS, n))
    fitted = 3 + J @ [1.0, 2.0, -1.0]
    Q = np.linalg.qr(J)[0]
    R = noise - noise @ Q @ Q.T
    alarms = np.mean(
        [
            [
                runs_test(r, x).suspicious,
                lag_one(r, x, J=J).suspicious,
                heteroscedasticity(r, fitted).suspicious,
                normality(r).suspicious,
            ]
            for r in R
        ],
        axis=0,
    )
    assert (alarms > 0.035).all(), alarms
    assert (alarms < 0.065).all(), alarms


def test_a_missed_trend_is_seen_along_x_only():
    rng = np.random.default_rng(4)
    x = rng.permutation(np.linspace(0, 1, 80))
    r = np.sin(6 * x) + rng.normal(scale=0.2, size=80)
    assert runs_test(r, x).suspicious
    assert lag_one(r, x).suspicious
    assert "misses a trend" in runs_test(r, x).verdict
    assert not runs_test(r).suspicious
    assert not lag_one(r).suspicious


def test_alternating_noise():
    r = np.random.default_rng(5).normal(size=60) * 0.1 + (-1.0) ** np.arange(60)
    assert "change too often" in runs_test(r).verdict
    assert "alternates" in lag_one(r).verdict


def test_scatter_that_shrinks():
    f = np.linspace(1, 10, 60)
    r = np.random.default_rng(6).normal(size=60) / f
    assert "shrinks" in heteroscedasticity(r, f).verdict


def test_outliers_and_flat_noise():
    rng = np.random.default_rng(7)
    assert "outlying rows" in normality(np.append(rng.normal(size=60), 12.0)).verdict
    assert "another shape" in normality(rng.uniform(-1, 1, size=200)).verdict


@pytest.mark.parametrize("test", ALL)
def test_too_few_rows_are_said(test):
    found = test(np.random.default_rng(0).normal(size=19))
    assert found.verdict == "not made: 19 rows, at least 20 are needed"
    assert math.isnan(found.p_value)
    assert not found.suspicious


@pytest.mark.parametrize(
    "test", [runs_test, lag_one, normality, lambda r: heteroscedasticity(r, np.arange(30.0))]
)
def test_residuals_of_an_exact_fit(test):
    assert test(np.zeros(30)).verdict.startswith("not made: ")


def test_one_sign_only():
    assert runs_test(np.ones(30)).verdict == "not made: all residuals have the same sign"


def test_units_do_not_matter():
    r = np.random.default_rng(8).normal(size=50)
    for test in ALL:
        assert test(r * 1e-60).p_value == pytest.approx(test(r).p_value, rel=1e-9)


def test_refuses_lengths_that_differ():
    with pytest.raises(TableError, match="30 residuals cannot be ordered along 29 values"):
        runs_test(np.ones(30), np.ones(29))
    with pytest.raises(TableError, match="30 residuals do not belong to 29 fitted values"):
        heteroscedasticity(np.ones(30), np.ones(29))

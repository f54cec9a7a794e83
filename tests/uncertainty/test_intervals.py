"""Intervals against SciPy's distributions, printed tables and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from educe.errors import ParameterError
from educe.uncertainty.covariance import noise_variance, standard_errors
from educe.uncertainty.intervals import half_width, multiplier, wald


@pytest.mark.parametrize("level", [0.5, 0.68, 0.95, 0.99, 0.999999])
@pytest.mark.parametrize("dof", [1, 2, 7, 30, 10_000_000])
def test_multiplier_is_the_quantile_of_student_t(level, dof):
    assert multiplier(level, dof) == pytest.approx(stats.t.isf((1 - level) / 2, dof), rel=1e-9)


def test_multiplier_of_the_printed_table():
    """Fisher and Yates, table III: two-sided 5 % points."""
    table = {1: 12.706, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980}
    assert {dof: round(multiplier(0.95, dof), 3) for dof in table} == table


def test_normal_where_sigma_is_known():
    theta, errors = np.array([1.0, 2.0]), np.array([0.1, 0.2])
    lower, upper = wald(theta, errors, 3, 0.95, normal=True)
    np.testing.assert_allclose(upper - theta, 1.959963984540054 * errors, rtol=1e-14)
    np.testing.assert_allclose(theta - lower, upper - theta, rtol=1e-14)


def test_a_level_next_to_one_keeps_its_digits():
    level = 1 - 1e-12
    assert multiplier(level, math.inf) == pytest.approx(stats.norm.isf((1 - level) / 2), rel=1e-12)


@pytest.mark.parametrize("dof", [0, -2])
def test_without_degrees_of_freedom_nothing_is_known(dof):
    lower, upper = wald(np.array([1.0]), np.array([0.0]), dof)
    assert (lower, upper) == (-math.inf, math.inf)


def test_an_infinite_standard_error_gives_an_infinite_interval():
    lower, upper = wald(np.array([1.0, 1.0]), np.array([np.inf, 0.0]), 5)
    np.testing.assert_array_equal(lower, [-np.inf, 1.0])
    np.testing.assert_array_equal(upper, [np.inf, 1.0])


def test_half_width_is_never_nan():
    assert half_width(np.array([0.0]), 0.9, 0) == [math.inf]


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan])
def test_refuses_a_level_outside_its_range(level):
    with pytest.raises(ParameterError, match=r"between 0 and 1, such as 0\.95"):
        wald(np.array([1.0]), np.array([1.0]), 5, level)


@pytest.mark.parametrize(("n", "level"), [(5, 0.95), (20, 0.8)])
def test_coverage_by_simulation(n, level):
    """A straight line with few rows: Student's t is exact, so the share is that of a binomial."""
    rng = np.random.default_rng(11)
    J = np.column_stack([np.ones(n), np.linspace(0, 1, n)])
    R = np.zeros((3, 3))
    R[:2, :2] = np.linalg.qr(J, mode="r")
    inside = np.zeros(2)
    for _ in range(4000):
        y = J @ [1.0, 2.0] + rng.normal(size=n)
        theta = np.linalg.solve(J.T @ J, J.T @ y)
        r = y - J @ theta
        lower, upper = wald(theta, standard_errors(R, noise_variance(r @ r, n - 2)), n - 2, level)
        inside += (lower < [1.0, 2.0]) & (upper > [1.0, 2.0])
    assert np.abs(inside / 4000 - level).max() < 4 * math.sqrt(level * (1 - level) / 4000)

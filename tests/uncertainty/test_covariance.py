"""Covariance and standard errors against independent judges: mpmath, numpy.linalg, SciPy, NIST."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import qr
from scipy.optimize import curve_fit

from educe.errors import FitError, ParameterError
from educe.uncertainty.covariance import (
    condition,
    correlation,
    covariance,
    noise_variance,
    rank,
    standard_errors,
)


def triangle(J, r=None):
    """The contract's triangle, padded with rows of zeros where rows are few."""
    p = J.shape[1]
    r = np.zeros(len(J)) if r is None else r
    (R,) = qr(np.column_stack([J, r]), mode="r")
    return np.vstack([R, np.zeros((p + 1, p + 1))])[: p + 1]


def exact_covariance(R):
    """(R'R)^-1 in 60 digits."""
    with mpmath.workdps(60):
        T = mpmath.matrix(R[:-1, :-1].tolist())
        return np.array(((T.T * T) ** -1).tolist(), dtype=float)


def with_condition(cond, n=40, p=5, seed=0):
    rng = np.random.default_rng(seed)
    U, _ = np.linalg.qr(rng.normal(size=(n, p)))
    V, _ = np.linalg.qr(rng.normal(size=(p, p)))
    return U * np.geomspace(1, 1 / cond, p) @ V.T


@pytest.mark.parametrize("p", [1, 2, 4, 10])
def test_well_conditioned_equals_the_textbook_formula(p):
    J = np.random.default_rng(p).normal(size=(60, p))
    expected = 0.7 * np.linalg.inv(J.T @ J)
    np.testing.assert_allclose(covariance(triangle(J), 0.7), expected, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(standard_errors(triangle(J), 0.7), np.sqrt(np.diag(expected)), rtol=1e-13)


@pytest.mark.parametrize("cond", [1e4, 1e8, 1e10])
def test_keeps_16_minus_log_cond_digits(cond):
    R = triangle(with_condition(cond))
    expected = np.sqrt(np.diag(exact_covariance(R)))
    error = np.abs(standard_errors(R) / expected - 1).max()
    assert error < 1e-15 * cond
    J = with_condition(1e10)  # where the normal equations have no digit left
    assert np.abs(np.sqrt(np.abs(np.diag(np.linalg.inv(J.T @ J)))) / expected - 1).max() > 0.1 or cond < 1e10


def test_equals_curve_fit_on_a_decay():
    rng = np.random.default_rng(3)
    x = np.linspace(0, 4, 50)
    y = 2.5 * np.exp(-1.3 * x) + 0.5 + rng.normal(scale=0.05, size=50)

    def law(x, a, b, c):
        return a * np.exp(-b * x) + c

    (a, b, c), expected = curve_fit(law, x, y, p0=(1, 1, 0), ftol=1e-15, xtol=1e-15)
    J = np.column_stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones(50)])
    r = y - law(x, a, b, c)
    np.testing.assert_allclose(covariance(triangle(J, r), noise_variance(r @ r, 47)), expected, rtol=1e-6)


def test_certified_standard_errors_of_norris():
    """NIST StRD linear regression, Norris: y = B0 + B1 x, certified to 15 digits."""
    x, y = np.array(NORRIS).T
    J = np.column_stack([np.ones_like(x), x])
    theta = np.linalg.lstsq(J, y)[0]
    r = y - J @ theta
    errors = standard_errors(triangle(J, r), noise_variance(float(r @ r), len(x) - 2))
    np.testing.assert_allclose(errors, [0.232818234301152, 0.000429796848199937], rtol=1e-11)


@given(arrays(float, (12, 3), elements=st.integers(-9, 9).map(float)))
@settings(max_examples=150, deadline=None)
def test_symmetric_and_positive_semidefinite(J):
    R = triangle(J)
    C = covariance(R, 2.0)
    known = np.isfinite(np.diag(C))
    C = C[np.ix_(known, known)]
    assert (C == C.T).all()
    assert np.isfinite(C).all()
    if C.size:
        assert np.linalg.eigvalsh(C).min() >= -1e-12 * np.trace(C)
    assert known.all() == (rank(R) == 3)


@given(
    st.lists(st.integers(-30, 30), min_size=3, max_size=3),
    st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_a_change_of_units_by_powers_of_two_changes_no_digit(powers, seed):
    J = np.random.default_rng(seed).normal(size=(10, 3))
    units = 2.0 ** np.array(powers)
    R = triangle(J)
    scaled = np.hstack([R[:, :3] * units, R[:, 3:]])
    assert (covariance(scaled) == covariance(R) / np.outer(units, units)).all()
    assert (standard_errors(scaled) == standard_errors(R) / units).all()
    assert condition(scaled) == condition(R)


def test_units_from_1e_9_to_1e9():
    J = np.random.default_rng(5).normal(size=(30, 4))
    units = np.array([1e-9, 1.0, 1e3, 1e9])
    np.testing.assert_allclose(
        standard_errors(triangle(J * units)) * units, standard_errors(triangle(J)), rtol=1e-13
    )


@pytest.mark.parametrize("unit", [1e-200, 1e-160, 1e160, 1e200])
def test_extreme_units_neither_overflow_nor_vanish(unit):
    J = np.random.default_rng(5).normal(size=(30, 3))
    R = triangle(J)
    R[:, 1] *= unit
    np.testing.assert_allclose(standard_errors(R), standard_errors(triangle(J)) / [1, unit, 1], rtol=1e-13)


def test_determined_parameters_of_a_deficient_fit_stay_exact():
    rng = np.random.default_rng(1)
    u, v, w = rng.normal(size=(3, 40))
    a, b = 3.0, 0.2
    deficient = triangle(np.column_stack([u * b, v, u * a, w]))  # a*b*u + c*v + d*w
    regular = covariance(triangle(np.column_stack([v, w, u])), 0.3)
    C = covariance(deficient, 0.3)
    np.testing.assert_allclose(C[np.ix_([1, 3], [1, 3])], regular[:2, :2], rtol=1e-12, atol=1e-16)
    assert np.isinf(C[[0, 2], :]).all()
    assert np.isinf(C[:, [0, 2]]).all()
    np.testing.assert_array_equal(np.isinf(standard_errors(deficient, 0.3)), [True, False, True, False])
    assert rank(deficient) == 3


def test_determined_parameters_stay_exact_beside_ill_conditioned_ones():
    J = with_condition(1e6, p=4)
    regular = triangle(J)
    u = np.random.default_rng(9).normal(size=len(J))
    R = triangle(np.column_stack([J, u, 3 * u]))
    both = triangle(np.column_stack([J, u]))
    expected = np.sqrt(np.diag(exact_covariance(both)))[:4]
    np.testing.assert_allclose(standard_errors(R)[:4], expected, rtol=1e-8)
    assert np.isinf(standard_errors(R)[4:]).all()
    assert (expected >= standard_errors(regular) * (1 - 1e-9)).all()


def test_a_jacobian_of_finite_differences_needs_a_larger_tolerance():
    x = np.linspace(1, 2, 30)
    noisy = x * (1 + 1e-9 * np.random.default_rng(0).normal(size=30))
    R = triangle(np.column_stack([x, noisy, np.ones(30)]))
    assert np.isfinite(standard_errors(R)).all()
    np.testing.assert_array_equal(np.isinf(standard_errors(R, tolerance=1e-7)), [True, True, False])
    np.testing.assert_array_equal(np.isinf(np.diag(covariance(R, tolerance=1e-7))), [True, True, False])


def test_a_column_of_zeros_is_undetermined_and_the_rest_is_not():
    J = np.column_stack([np.ones(5), np.zeros(5), np.arange(5.0)])
    errors = standard_errors(triangle(J))
    np.testing.assert_allclose(errors[[0, 2]], standard_errors(triangle(J[:, [0, 2]])), rtol=1e-14)
    assert errors[1] == math.inf
    assert condition(triangle(J)) == math.inf


def test_nothing_is_determined_by_a_law_without_effect():
    assert np.isinf(standard_errors(np.zeros((3, 3)))).all()
    assert rank(np.zeros((3, 3))) == 0


def test_fewer_rows_than_parameters():
    J = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(standard_errors(triangle(J)), [1.0, math.inf, math.inf])


def test_no_degrees_of_freedom_left():
    R = triangle(np.array([[1.0, 1.0], [1.0, 2.0]]))
    scale = noise_variance(0.0, 0)
    assert np.isinf(standard_errors(R, scale)).all()
    assert np.isinf(covariance(R, scale)).all()
    np.testing.assert_allclose(correlation(R)[0, 1], -3 / math.sqrt(10))


def test_an_exact_fit_has_no_error_but_what_it_cannot_tell_is_still_unknown():
    J = np.column_stack([np.arange(5.0), np.ones(5), np.ones(5)])
    np.testing.assert_array_equal(standard_errors(triangle(J), 0.0), [0.0, math.inf, math.inf])


def test_every_parameter_fixed():
    R = np.array([[2.0]])
    assert standard_errors(R).shape == (0,)
    assert covariance(R).shape == (0, 0)
    assert (rank(R), condition(R)) == (0, 1.0)


def test_one_parameter():
    R = triangle(np.ones((7, 1)))
    np.testing.assert_allclose(standard_errors(R, 4.0), [2 / math.sqrt(7)])
    assert correlation(R) == [[1.0]]


def test_correlation_is_that_of_the_covariance():
    R = triangle(np.random.default_rng(2).normal(size=(20, 4)))
    C = covariance(R)
    s = np.sqrt(np.diag(C))
    np.testing.assert_allclose(correlation(R), C / np.outer(s, s), rtol=1e-13, atol=1e-15)


def test_correlation_with_an_undetermined_parameter_is_undefined():
    J = np.column_stack([np.arange(5.0), np.ones(5), np.zeros(5)])
    C = correlation(triangle(J))
    assert np.isnan(C[2, :2]).all()
    assert not np.isnan(C[:2, :2]).any()


def test_condition_is_that_of_the_scaled_jacobian():
    J = with_condition(1e5)
    expected = np.linalg.cond(J / np.linalg.norm(J, axis=0))
    assert condition(triangle(J * [1e-9, 1, 1e9, 1, 1])) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("function", [standard_errors, covariance, correlation, condition, rank])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_refuses_values_that_are_not_finite(function, bad):
    R = triangle(np.random.default_rng(2).normal(size=(20, 3)))
    R[0, 1] = bad
    with pytest.raises(FitError, match="not finite"):
        function(R)


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -1e-3])
def test_refuses_a_tolerance_outside_its_range(tolerance):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        rank(np.eye(3), tolerance)


NORRIS = [
    (0.2, 0.1), (337.4, 338.8), (118.2, 118.1), (884.6, 888.0), (10.1, 9.2), (226.5, 228.1),
    (666.3, 668.5), (996.3, 998.5), (448.6, 449.1), (777.0, 778.9), (558.2, 559.2), (0.4, 0.3),
    (0.6, 0.1), (775.5, 778.1), (666.9, 668.8), (338.0, 339.3), (447.5, 448.9), (11.6, 10.8),
    (556.0, 557.7), (228.1, 228.3), (995.8, 998.0), (887.6, 888.8), (120.2, 119.6), (0.3, 0.3),
    (0.3, 0.6), (556.8, 557.6), (339.1, 339.3), (887.2, 888.0), (999.0, 998.5), (779.0, 778.9),
    (11.1, 10.2), (118.3, 117.6), (229.2, 228.9), (669.1, 668.4), (448.9, 449.2), (0.5, 0.2),
]  # fmt: skip

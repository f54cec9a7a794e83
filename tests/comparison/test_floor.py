"""The noise floor where the noise is known."""

import numpy as np
import pytest
from scipy import stats

from educe.comparison.floor import noise_floor

SIGMA = 0.1


def rows(n: int, d: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2.0, 2.0, (n, d))
    return X, np.sin(X).sum(axis=1) + SIGMA * rng.standard_normal(n)


@pytest.mark.parametrize(("n", "d"), [(80, 1), (300, 1), (400, 2), (1000, 3)])
def test_neighbours_tell_the_noise(n: int, d: int) -> None:
    found = [noise_floor(*rows(n, d, seed)) for seed in range(12)]
    assert {floor.how for floor in found} == {"neighbours"}
    ratios = np.array([floor.sigma for floor in found]) / SIGMA
    assert abs(ratios.mean() - 1.0) < 4.0 * ratios.std(ddof=1) / np.sqrt(12) + 0.02
    assert sum(floor.lower <= SIGMA <= floor.upper for floor in found) >= 9


def test_repeats_give_the_pure_error() -> None:
    X, y = rows(30, 1)
    X, y = np.repeat(X, 3, axis=0), np.repeat(y, 3) + 0.2 * np.random.default_rng(1).standard_normal(90)
    found = noise_floor(X, y)
    groups = y.reshape(30, 3)
    squares = np.square(groups - groups.mean(axis=1, keepdims=True)).sum()
    assert found.how == "repeats"
    assert found.sigma == pytest.approx(np.sqrt(squares / 60), rel=1e-12)
    low, high = np.sqrt(squares / stats.chi2(60).ppf([0.975, 0.025]))
    assert (found.lower, found.upper) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize(
    ("n", "d", "why"), [(20, 1, "too few"), (60, 3, "neighbours"), (200, 12, "inputs"), (100, 0, "repeats")]
)
def test_where_it_cannot_be_told_that_is_said(n: int, d: int, why: str) -> None:
    if d == 0:  # copies of rows are no repeats
        X, y = rows(10, 1)
        X, y, why = np.repeat(X, 10, axis=0), np.repeat(y, 10), "too few"
    else:
        X, y = rows(n, d)
    found = noise_floor(X, y)
    assert not found.told
    assert why in found.words


def test_a_steep_function_is_not_taken_for_noise() -> None:
    X, y = rows(60, 2)
    found = noise_floor(X, y + 5.0 * np.sin(9.0 * X[:, 0]))
    assert not found.told


def test_units_carry_over() -> None:
    X, y = rows(200, 2)
    plain, scaled = noise_floor(X, y), noise_floor(X * np.array([1e6, 1e-6]), 1e3 * y)
    assert scaled.sigma == pytest.approx(1e3 * plain.sigma, rel=1e-6)

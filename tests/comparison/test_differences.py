"""The corrected test of a difference, against its formula and against simulated comparisons without any."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from educe.comparison.differences import paired

FOLDS = 5


def folds_of(repeats: int, n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(np.arange(n) % FOLDS) for _ in range(repeats)])


def test_it_is_the_formula_of_nadeau_and_bengio() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.chisquare(1, (2, 100)) + 0.3, rng.chisquare(1, (2, 100))
    found = paired(first, second, FOLDS, fold=folds_of(2, 100), unit=1.0)
    d = first - second
    error = math.sqrt((1 / 10 + 20 / 80) * d.var(ddof=1) / 20)
    root = math.sqrt(first.mean()) - math.sqrt(second.mean())
    assert found.value == pytest.approx(root, rel=1e-12)
    assert found.p == pytest.approx(stats.t(99).sf(d.mean() / error), rel=1e-9)
    scale = math.sqrt(first.mean()) + math.sqrt(second.mean())
    assert found.upper - found.value == pytest.approx(stats.t(99).ppf(0.975) * error / scale, rel=1e-9)


def test_folds_that_scatter_more_than_their_rows_widen_the_interval() -> None:
    fold = folds_of(1, 100)
    second = np.ones((1, 100))
    even = second + 0.2 + 0.01 * np.random.default_rng(0).standard_normal((1, 100))
    uneven = even + np.where(fold == 2, 1.0, -0.25)
    steady, shaky = (paired(e, second, FOLDS, fold=fold, unit=1.0) for e in (even, uneven))
    assert steady.p < 1e-6
    assert shaky.p > 0.05
    assert shaky.lower < 0.0 < shaky.upper


@given(st.integers(0, 1000), st.floats(0.1, 100.0))
def test_it_turns_with_its_contenders_and_scales_with_the_unit(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.chisquare(1, (2, 40)), rng.chisquare(1, (2, 40))
    fold = folds_of(2, 40, seed)
    one, other = (
        paired(first, second, FOLDS, fold=fold, unit=1.0),
        paired(second, first, FOLDS, fold=fold, unit=1.0),
    )
    assert (one.value, one.lower, one.upper) == pytest.approx(
        (-other.value, -other.upper, -other.lower), abs=1e-12
    )
    assert one.p + other.p == pytest.approx(1.0, abs=1e-9)
    scaled = paired(unit**2 * first, unit**2 * second, FOLDS, fold=fold, unit=unit)
    assert (scaled.value, scaled.p) == pytest.approx((unit * one.value, one.p), rel=1e-6, abs=1e-12)


def test_rounding_is_no_difference() -> None:
    first = np.full((1, 50), 1e-30)
    found = paired(first, 9.0 * first, FOLDS, fold=folds_of(1, 50), unit=1.0)
    assert (found.value, found.p) == (0.0, 0.5)


def test_means_of_folds_are_called_different_no_more_often_than_said() -> None:
    """Two useless predictors, each the mean of a random half of what it sees: neither is better."""
    rng = np.random.default_rng(5)
    runs, n, called = 400, 60, 0
    for _ in range(runs):
        y, fold = rng.standard_normal(n), np.arange(n) % FOLDS
        errors = np.empty((2, 1, n))
        for k in range(FOLDS):
            seen = y[fold != k]
            half = rng.permutation(len(seen)) < len(seen) // 2
            for who, part in enumerate((seen[half], seen[~half])):
                errors[who, 0, fold == k] = np.square(y[fold == k] - part.mean())
        called += paired(errors[0], errors[1], FOLDS, fold=fold[None], unit=1.0).p < 0.05
    assert called <= stats.binom(runs, 0.05).ppf(0.999)

"""The triangle against NumPy's QR, and the laws of merging."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.least_squares.triangle import merge, solve_upper, squared_length, triangularise


def rows(seed: int, n: int, k: int, spread: float = 6.0):
    """Random rows whose columns differ in size by up to 10**spread."""
    rng = np.random.default_rng(seed)
    return np.asfortranarray(rng.normal(size=(n, k)) * 10.0 ** rng.uniform(-spread / 2, spread / 2, k))


def assert_same_products(R, S, tolerance=1e-13):
    """R'R equals S'S, each entry relative to the lengths of its two columns."""
    lengths = np.linalg.norm(S, axis=0)
    scaled = np.where(lengths > 0.0, lengths, 1.0)
    gap = (R / scaled).T @ (R / scaled) - (S / scaled).T @ (S / scaled)
    assert np.abs(gap).max() <= tolerance


@pytest.mark.parametrize(("n", "k"), [(200, 5), (7, 7), (3, 6), (1, 4), (1, 1), (1000, 12)])
def test_the_factor_is_numpys_up_to_signs(n, k):
    matrix = rows(n + k, n, k)
    R = triangularise(matrix)
    assert R.shape == (k, k)
    assert np.array_equal(R, np.triu(R))
    judge = np.zeros((k, k))
    judge[: min(n, k)] = np.linalg.qr(matrix, mode="r")
    np.testing.assert_allclose(np.abs(R), np.abs(judge), rtol=1e-11, atol=1e-13 * np.abs(judge).max())


def test_fewer_rows_than_columns_leave_zeros_below():
    R = triangularise(rows(1, 2, 5))
    assert not R[2:].any()


def test_the_matrix_survives_unless_it_may_be_destroyed():
    matrix = rows(2, 20, 3)
    before = matrix.copy()
    R = triangularise(matrix)
    assert np.array_equal(matrix, before)
    assert np.array_equal(triangularise(matrix, overwrite=True), R)


@given(
    seed=st.integers(0, 2**32 - 1),
    k=st.integers(1, 6),
    cuts=st.lists(st.integers(0, 60), min_size=1, max_size=6),
    left=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_merging_in_any_grouping_gives_the_same_products(seed, k, cuts, left):
    matrix = rows(seed, 60, k)
    parts = [triangularise(part) for part in np.split(matrix, sorted(cuts)) if len(part)]
    while len(parts) > 1:
        parts = (
            [merge(parts[0], parts[1]), *parts[2:]] if left else [*parts[:-2], merge(parts[-1], parts[-2])]
        )
    assert_same_products(parts[0], triangularise(matrix))


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_merging_with_a_triangle_of_zeros_changes_nothing(seed, k):
    R = triangularise(rows(seed, 30, k))
    assert_same_products(merge(R, np.zeros((k, k))), R)
    assert_same_products(merge(np.zeros((k, k)), R), R)


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_does_not_matter(seed, k):
    matrix = rows(seed, 40, k)
    shuffled = np.random.default_rng(seed).permutation(matrix)
    assert_same_products(triangularise(np.asfortranarray(shuffled)), triangularise(matrix))


def test_the_last_column_is_as_long_as_the_residuals():
    matrix = rows(5, 300, 4)
    assert squared_length(triangularise(matrix)) == pytest.approx(matrix[:, -1] @ matrix[:, -1], rel=1e-13)


def test_back_substitution():
    R = triangularise(rows(6, 30, 5, spread=0))
    b = np.arange(1.0, 6.0)
    np.testing.assert_allclose(solve_upper(R, b), np.linalg.solve(R, b), rtol=1e-12)
    many = np.eye(5)
    np.testing.assert_allclose(solve_upper(R, many), np.linalg.inv(R), rtol=1e-11, atol=1e-14)


def test_back_substitution_refuses_a_zero_on_the_diagonal():
    R = np.triu(np.ones((3, 3)))
    R[1, 1] = 0.0
    assert solve_upper(R, np.ones(3)) is None

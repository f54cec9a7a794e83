"""Errors of a few parameters in plain floats against those by LAPACK."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.uncertainty import few
from educe.uncertainty.inverse_root import invert


def triangle(seed, p, decades):
    rng = np.random.default_rng(seed)
    return np.triu(rng.normal(size=(p + 1, p + 1))) * 10.0 ** rng.uniform(-decades, decades, p + 1)


@given(seed=st.integers(0, 10_000), p=st.integers(1, few.MOST), decades=st.sampled_from([0, 3, 30]))
@settings(max_examples=80, deadline=None)
def test_they_are_those_of_the_inverse_root(seed, p, decades):
    R = triangle(seed, p, decades)
    lengths, root, squares = invert(R)
    for found, expected in zip(few.lengths_of(p)(R.tolist(), 1e24), (lengths, squares), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)
    root = root / lengths[:, None]
    size = np.sqrt(np.einsum("ij,ij->i", root, root))
    found = np.array(few.covariance_of(p)(R.tolist(), 1e24))
    np.testing.assert_allclose(
        found / np.outer(size, size), (root @ root.T) / np.outer(size, size), atol=1e-10
    )


@pytest.mark.parametrize("diagonal", [0.0, 1e-14, 1e-200, np.nan])
@pytest.mark.parametrize("p", [2, 3])
def test_none_where_a_parameter_is_not_determined(p, diagonal):
    R = triangle(1, p, 0)
    R[p - 1, p - 1] = diagonal
    assert few.lengths_of(p)(R.tolist(), 1e24) is None
    assert few.covariance_of(p)(R.tolist(), 1e24) is None
    assert invert(R) is None

"""Functions of lanes against mpmath and the C library: eight fits are served by one instruction."""

import math
from collections.abc import Callable

import mpmath
import numba
import numpy as np
import pytest

from educe.engines import many_loops
from educe.engines.lanes import WIDTH, load, store

RNG = np.random.default_rng(3)
NEAR_ZEROS = np.round(RNG.integers(1, 60_000, 200)) * (math.pi / 2)


def in_lanes(function: Callable[..., object], *columns: np.ndarray) -> np.ndarray:
    """Return the function of columns whose length is a multiple of the width."""
    if len(columns) == 1:

        @numba.njit(error_model="numpy")
        def run(x, out):  # type: ignore[no-untyped-def]
            for i in range(0, x.size, WIDTH):
                store(out, i, function(load(x, i)))
    else:

        @numba.njit(error_model="numpy")
        def run(x, y, out):  # type: ignore[no-untyped-def]
            for i in range(0, x.size, WIDTH):
                store(out, i, function(load(x, i), load(y, i)))

    out = np.empty_like(columns[0])
    run(*columns, out)
    return out


def worst(found: np.ndarray, x: np.ndarray, exact: Callable[[mpmath.mpf], mpmath.mpf]) -> float:
    """Return the largest error in units in the last place."""
    with mpmath.workprec(160):
        pairs = [(float(f), exact(mpmath.mpf(float(v)))) for f, v in zip(found, x, strict=True)]
        return max(float(abs(mpmath.mpf(f) - e) / math.ulp(float(e))) for f, e in pairs)


@pytest.mark.parametrize(
    ("name", "exact", "x"),
    [
        ("exp", mpmath.exp, np.concatenate([RNG.uniform(-707, 709, 400), RNG.uniform(-1, 1, 200)])),
        ("log", mpmath.log, np.concatenate([10 ** RNG.uniform(-307, 308, 400), RNG.uniform(0.5, 2, 200)])),
        ("sin", mpmath.sin, np.concatenate([RNG.uniform(-1e5, 1e5, 400), NEAR_ZEROS])),
        ("cos", mpmath.cos, np.concatenate([RNG.uniform(-1e5, 1e5, 400), NEAR_ZEROS])),
        ("expit", lambda u: 1 / (1 + mpmath.exp(-u)), RNG.uniform(-700, 700, 400)),
    ],
)
def test_functions_are_right_to_two_units_in_the_last_place(
    name: str, exact: Callable[[mpmath.mpf], mpmath.mpf], x: np.ndarray
) -> None:
    assert worst(in_lanes(getattr(many_loops, name), x), x, exact) <= 2.0


def test_functions_at_the_ends_of_their_range() -> None:
    x = np.array([-np.inf, -800.0, -745.0, -708.1, 709.5, 710.0, np.inf, np.nan])
    np.testing.assert_allclose(
        in_lanes(many_loops.exp, x), [0, 0, 0, 0, math.exp(709.5), np.inf, np.inf, np.nan], rtol=1e-15
    )
    x = np.array([0.0, -1.0, np.inf, np.nan, 1e-310, 5e-324, 1.0, -0.0])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(in_lanes(many_loops.log, x), np.log(x), rtol=1e-15)
    x = np.array([1e8, 1e300, -3e5, np.inf, np.nan, 0.0, 1.0, -1.0])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(in_lanes(many_loops.sin, x), np.sin(x), rtol=1e-14)
        np.testing.assert_allclose(in_lanes(many_loops.cos, x), np.cos(x), rtol=1e-14)


@pytest.mark.parametrize(
    "name", ["tan", "asin", "atan", "cosh", "tanh", "expm1", "log1p", "log10", "erf", "lgamma"]
)
def test_other_functions_are_the_c_librarys(name: str) -> None:
    x = RNG.uniform(0.05, 0.95, 2 * WIDTH)
    expected = [getattr(math, name)(v) for v in x]
    np.testing.assert_allclose(in_lanes(getattr(many_loops, name), x), expected, rtol=1e-14)


def test_functions_of_two_numbers() -> None:
    x, y = RNG.uniform(0.1, 3.0, (2, WIDTH))
    np.testing.assert_allclose(in_lanes(many_loops.power, x, y), x**y, rtol=1e-15)
    np.testing.assert_allclose(in_lanes(many_loops.atan2, x, y), np.arctan2(x, y), rtol=1e-15)
    np.testing.assert_allclose(in_lanes(many_loops.cbrt, -x), -np.cbrt(x), rtol=1e-15)

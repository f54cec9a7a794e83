"""Rows in memory: blocks and spans against one QR of everything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.engines.in_memory import BLOCK, SPAN, InMemory
from educe.engines.model import formula_model
from educe.formula import parse
from educe.least_squares.losses import LOSSES

TEXT = "y = a*exp(-b*x) + c"
THETA = {"a": 2.0, "b": 0.7, "c": 0.3}


def rows(n, weights=False, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.0, 5.0, n)
    y = 2.0 * np.exp(-0.7 * x) + 0.3 + 0.1 * rng.normal(size=n)
    return x, y, rng.uniform(0.5, 2.0, n) if weights else None


def problem(x, y, w=None, eliminate=True, **loss):
    law = parse(TEXT)
    names = ("a", "b", "c")
    model = formula_model(
        law.response, law.expression, names, eliminate=frozenset(names if eliminate else ())
    )
    return InMemory(model, [{"x": x, "y": y}[v] for v in model.variables], w, **loss)


def theta_of(p):
    return [THETA[name] for name in p.model.names]


def whole(p, x, y, w):
    e = np.exp(-0.7 * x)
    columns = {"a": e, "b": -2.0 * x * e, "c": np.ones_like(x)}
    matrix = np.column_stack([*(columns[n] for n in p.model.names), y - 2.0 * e - 0.3])
    return matrix if w is None else matrix * w[:, None]


def assert_same(R, S, tolerance=1e-13):
    lengths = np.linalg.norm(S, axis=0)
    assert np.abs((R / lengths).T @ (R / lengths) - (S / lengths).T @ (S / lengths)).max() <= tolerance


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [1, 3, 4, 100, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 50_000])
def test_blocks_fold_into_the_triangle_of_all_rows(n, weighted):
    x, y, w = rows(n, weighted)
    p = problem(x, y, w)
    R, cost = p.triangle(theta_of(p))
    judge = np.linalg.qr(whole(p, x, y, w), mode="r")
    assert_same(R, judge)
    assert cost == pytest.approx(np.square(whole(p, x, y, w)[:, -1]).sum(), rel=1e-12)
    if n > 10:
        np.testing.assert_allclose(np.abs(R.diagonal()), np.abs(judge.diagonal()), rtol=1e-12)


def test_spans_merge_into_the_triangle_of_all_rows():
    n = 1_200_000
    assert n > SPAN * BLOCK
    x, y, _ = rows(n)
    p = problem(x, y)
    R, _ = p.triangle(theta_of(p))
    assert_same(R, np.linalg.qr(whole(p, x, y, None), mode="r"))
    np.testing.assert_array_equal(R, p.triangle(theta_of(p))[0])


@pytest.mark.parametrize("n", [200, 40_000])
def test_the_wide_triangle_holds_basis_and_derivatives(n):
    x, y, w = rows(n, weights=True)
    p = problem(x, y, w)
    e = np.exp(-0.7 * x)
    columns = {"a": e, "c": np.ones_like(x)}
    linear = [columns[name] for name in p.model.names[:2]]
    matrix = np.column_stack([*linear, -x * e, y]) * w[:, None]
    assert_same(p.wide_triangle([0.7]), np.linalg.qr(matrix, mode="r"))


@pytest.mark.parametrize("n", [200, 40_000])
def test_residuals_are_weighted(n):
    x, y, w = rows(n, weights=True)
    p = problem(x, y, w)
    np.testing.assert_allclose(p.residuals(theta_of(p)), w * (y - 2.0 * np.exp(-0.7 * x) - 0.3), atol=1e-14)
    assert p.magnitude == pytest.approx(np.linalg.norm(w * y), rel=1e-13)
    np.testing.assert_array_equal(p.response, y)


def test_measurements_that_are_all_zero_have_magnitude_one():
    x = np.arange(1.0, 5.0)
    assert problem(x, np.zeros(4)).magnitude == 1.0


@pytest.mark.parametrize("n", [200, 40_000])
@pytest.mark.parametrize("name", ["huber", "tukey"])
def test_a_loss_reweights_the_rows(n, name):
    x, y, w = rows(n, weights=True)
    loss = LOSSES[name]
    p = problem(x, y, w, loss=loss, loss_scale=0.1)
    assert p.pattern is None
    R, cost = p.triangle(theta_of(p))
    matrix = whole(p, x, y, w)
    z = np.square(matrix[:, -1] / 0.1)
    assert_same(R, np.linalg.qr(matrix * np.sqrt(loss.weight(z))[:, None], mode="r"))
    assert cost == pytest.approx(0.01 * loss.rho(z).sum(), rel=1e-12)


@pytest.mark.parametrize("n", [200, 40_000])
def test_a_law_that_overflows_costs_infinitely_much(n):
    x, y, _ = rows(n)
    p = problem(x, y, eliminate=False)
    with np.errstate(all="ignore"):
        assert p.triangle([1.0, -1e4, 0.0])[1] == np.inf


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 400))
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_does_not_matter(seed, n):
    x, y, _ = rows(n, seed=seed)
    order = np.random.default_rng(seed).permutation(n)
    p = problem(x, y)
    assert_same(problem(x[order], y[order]).triangle(theta_of(p))[0], p.triangle(theta_of(p))[0], 1e-12)


def test_the_same_bits_each_time():
    x, y, w = rows(50_000, weights=True)
    p = problem(x, y, w)
    first = p.triangle(theta_of(p))[0]
    for _ in range(5):
        p.triangle([1.0, 1.0, 1.0])
        np.testing.assert_array_equal(p.triangle(theta_of(p))[0], first)
        np.testing.assert_array_equal(problem(x.copy(), y.copy(), w).triangle(theta_of(p))[0], first)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [5, 100])
def test_derivatives_of_one_parameter_are_summed_at_the_best_linear_ones(n, weighted):
    law = parse("y = (a + b*x)/(1 + c*x)")
    model = formula_model(law.response, law.expression, ("a", "b", "c"), eliminate=frozenset("abc"))
    x, y, w = rows(n, weights=weighted)
    w = np.ones(n) if w is None else w
    p = InMemory(model, [{"x": x, "y": y}[v] for v in model.variables], w if weighted else None)
    assert not model.pattern.diagonal
    basis = {"a": 1.0 / (1.0 + 0.5 * x), "b": x / (1.0 + 0.5 * x)}
    phi = np.column_stack([basis[name] for name in model.names[:2]])
    best = np.linalg.lstsq(phi * w[:, None], y * w, rcond=None)[0]
    slope = -(phi @ best) * x / (1.0 + 0.5 * x)
    expected = np.linalg.qr(np.column_stack([phi, slope, y]) * w[:, None], mode="r")
    assert_same(np.triu(p.projected_rows([0.5])), expected)


def test_no_summed_derivatives_where_the_linear_ones_are_not_unique():
    law = parse("y = (a*x + b*x^2)/(1 + c*x)")
    model = formula_model(law.response, law.expression, ("a", "b", "c"), eliminate=frozenset("abc"))
    columns = {"x": np.ones(5), "y": np.arange(5.0)}
    assert InMemory(model, [columns[v] for v in model.variables]).projected_rows([0.5]) is None

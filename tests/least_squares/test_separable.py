"""Variable projection against plain least squares, and against finite differences in long double."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.engines.model import formula_model
from educe.formula import parse
from educe.least_squares.separable import OFFSET, Pattern, best_linear, eliminate
from educe.least_squares.triangle import triangularise

X = np.linspace(0.1, 3.0, 40)
Y = 2.0 * np.exp(-0.7 * X) + 0.5 * X + 0.05 * np.cos(9.0 * X) + 0.3

# law, nonlinear parameters, are there as many derivative columns as nonlinear parameters?
LAWS = {
    "one of each": ("y = a*exp(-b*x)", {"b": 0.9}),
    "with a constant": ("y = a*exp(-b*x) + c", {"b": 0.9}),
    "two terms": ("y = a*exp(-b*x) + c*exp(-d*x)", {"b": 0.4, "d": 1.9}),
    "one nonlinear in two terms": ("y = a*exp(-b*x) + c*x*cos(b*x)", {"b": 0.9}),
    "a nonlinear in the offset": ("y = a*exp(-b*x) + sin(d*x)", {"b": 0.9, "d": 0.6}),
    "a nonlinear in offset and term": ("y = a*exp(-b*x) + sin(b*x)", {"b": 0.9}),
    "two nonlinear in one term": ("y = a*exp(-b*x**d) + c", {"b": 0.9, "d": 1.2}),
    "many": (
        "y = a*exp(-b*x) + c*exp(-d*x) + e*sin(g*x) + h*cos(k*x)",
        {"b": 0.4, "d": 1.9, "g": 2.1, "k": 1.1},
    ),
}


def model_of(text):
    law = parse(text)
    names = law.roles(("x", "y")).parameters
    return formula_model(law.response, law.expression, names, eliminate=frozenset(names))


def wide_triangle(model, alpha, columns):
    pattern = model.pattern
    width = pattern.linear + len(pattern.columns) + 1
    matrix = np.empty((len(X), width), order="F")
    model.wide(columns)(*alpha, [matrix[:, k] for k in range(width)])
    return matrix, triangularise(matrix)


def basis_at(model, text, alpha):
    """Values of the basis functions: differences of the law between unit vectors, and its offset."""
    law = parse(text)
    m = model.pattern.linear
    known = dict(zip(model.names[m:], alpha, strict=True))

    def at(c):
        values = known | dict(zip(model.names[:m], c, strict=True)) | {"x": X, "y": Y}
        return np.broadcast_to(law.evaluate(values), X.shape)

    offset = at([0.0] * m)
    return np.column_stack([at(row) - offset for row in np.eye(m).tolist()]), offset


@pytest.mark.parametrize("name", LAWS)
def test_linear_parameters_are_those_of_plain_least_squares(name):
    text, alpha = LAWS[name]
    model = model_of(text)
    values = [alpha[n] for n in model.names[model.pattern.linear :]]
    columns = [{"x": X, "y": Y}[n] for n in model.variables]
    c, R = eliminate(wide_triangle(model, values, columns)[1], model.pattern)
    phi, offset = basis_at(model, text, values)
    judge, rss = np.linalg.lstsq(phi, Y - offset, rcond=None)[:2]
    np.testing.assert_allclose(c, judge, rtol=1e-9)
    assert np.square(np.asarray(R)[:, -1]).sum() == pytest.approx(rss[0], rel=1e-10)


def projected_cost(text, model, alpha):
    """The least cost over the linear parameters, at 40 digits."""
    m, law = model.pattern.linear, parse(text)
    with mpmath.workdps(40):
        space = {"exp": mpmath.exp, "sin": mpmath.sin, "cos": mpmath.cos}
        known = dict(zip(model.names[m:], alpha, strict=True))
        code = compile(law.text.split("=")[1].strip(), "law", "eval")
        phi, rest = mpmath.matrix(len(X), m), mpmath.matrix(len(X), 1)
        for i, (x, y) in enumerate(zip(X, Y, strict=True)):

            def at(c, x=x):
                here = space | known | dict(zip(model.names[:m], c, strict=True)) | {"x": mpmath.mpf(x)}
                return eval(code, here)  # noqa: S307 - our own law, in a test

            offset = at([mpmath.mpf(0)] * m)
            rest[i] = mpmath.mpf(y) - offset
            for k in range(m):
                phi[i, k] = at([mpmath.mpf(int(j == k)) for j in range(m)]) - offset
        c = mpmath.lu_solve(phi.T * phi, phi.T * rest)
        left = rest - phi * c
        return sum(v * v for v in left)


@pytest.mark.parametrize("name", LAWS)
def test_the_gradient_is_that_of_the_projected_cost(name):
    """-2 R'r, though the derivative of the linear parameters is left out (Kaufman)."""
    text, alpha = LAWS[name]
    model = model_of(text)
    values = [alpha[n] for n in model.names[model.pattern.linear :]]
    columns = [{"x": X, "y": Y}[n] for n in model.variables]
    R = np.asarray(eliminate(wide_triangle(model, values, columns)[1], model.pattern)[1])
    q = len(values)
    gradient = -2.0 * R[:q, :q].T @ R[:q, q]
    h = mpmath.mpf("1e-12")
    for k in range(q):
        with mpmath.workdps(40):
            ahead, behind = (
                [mpmath.mpf(v) + s * h * (j == k) for j, v in enumerate(values)] for s in (1, -1)
            )
            slope = (projected_cost(text, model, ahead) - projected_cost(text, model, behind)) / (2 * h)
        assert gradient[k] == pytest.approx(float(slope), rel=1e-8)


@pytest.mark.parametrize("name", LAWS)
def test_the_projected_jacobian_is_what_projection_leaves(name):
    text, alpha = LAWS[name]
    model = model_of(text)
    m = model.pattern.linear
    values = [alpha[n] for n in model.names[m:]]
    columns = [{"x": X, "y": Y}[n] for n in model.variables]
    matrix, wide = wide_triangle(model, values, columns)
    c, R = eliminate(wide, model.pattern)
    J = np.zeros((len(X), len(values)))
    for column, (k, j) in zip(matrix.T[m:], model.pattern.columns, strict=False):
        J[:, j] += column * (1.0 if k == OFFSET else c[k])
    Q = np.linalg.qr(matrix[:, :m])[0]
    left = np.column_stack([J, matrix[:, -1]])
    left -= Q @ (Q.T @ left)
    R = np.asarray(R)
    np.testing.assert_allclose(R.T @ R, left.T @ left, rtol=1e-8, atol=1e-11 * np.abs(left.T @ left).max())


def random_wide(seed, pattern, n=30):
    rng = np.random.default_rng(seed)
    return np.asfortranarray(rng.normal(size=(n, pattern.linear + len(pattern.columns) + 1)))


def by_hand(matrix, pattern):
    m = pattern.linear
    c = np.linalg.lstsq(matrix[:, :m], matrix[:, -1], rcond=1e-12)[0]
    J = np.zeros((len(matrix), pattern.nonlinear))
    for column, (k, j) in zip(matrix[:, m:-1].T, pattern.columns, strict=True):
        J[:, j] += column * (1.0 if k == OFFSET else c[k])
    U, s, _ = np.linalg.svd(matrix[:, :m], full_matrices=False)
    Q = U[:, s > 1e-10 * s.max(initial=0.0)]
    left = np.column_stack([J, matrix[:, -1]])
    left -= Q @ (Q.T @ left)
    return c, left.T @ left


PATTERNS = st.integers(1, 3).flatmap(
    lambda m: st.integers(1, 5).flatmap(
        lambda q: st.lists(
            st.tuples(st.integers(OFFSET, m - 1), st.integers(0, q - 1)), min_size=1, max_size=8, unique=True
        ).map(lambda columns: Pattern(m, q, tuple(columns)))
    )
)


@given(seed=st.integers(0, 2**32 - 1), pattern=PATTERNS)
@settings(max_examples=100, deadline=None)
def test_any_pattern_of_columns_is_combined_as_by_hand(seed, pattern):
    matrix = random_wide(seed, pattern)
    c, R = eliminate(triangularise(matrix), pattern)
    judge, products = by_hand(matrix, pattern)
    np.testing.assert_allclose(c, judge, rtol=1e-8, atol=1e-10)
    R = np.asarray(R)
    assert R.shape == (pattern.nonlinear + 1,) * 2
    np.testing.assert_allclose(R.T @ R, products, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("q", [2, 5])
def test_basis_functions_that_depend_on_each_other_share_the_load(q):
    """The fit is the same, and the linear parameters are those of least length in scaled columns."""
    pattern = Pattern(2, q, tuple((k % 2, k) for k in range(q)))
    matrix = random_wide(7, pattern)
    matrix[:, 1] = -matrix[:, 0]
    c, R = eliminate(triangularise(matrix), pattern)
    judge, _ = by_hand(matrix, pattern)
    np.testing.assert_allclose(c, judge, rtol=1e-9)
    assert c[0] == pytest.approx(-c[1], rel=1e-9)
    left = matrix[:, -1] - matrix[:, :2] @ judge
    R = np.asarray(R)
    assert R[:, -1] @ R[:, -1] == pytest.approx(left @ left, rel=1e-10)


@pytest.mark.parametrize("q", [1, 6])
def test_no_residual_is_lost_along_a_basis_function_that_is_zero(q):
    pattern = Pattern(1, q, tuple((0, j) for j in range(q)))
    matrix = random_wide(11, pattern)
    matrix[:, 0] = 0.0
    R = np.asarray(eliminate(triangularise(matrix), pattern)[1])
    assert R[:, -1] @ R[:, -1] == pytest.approx(matrix[:, -1] @ matrix[:, -1], rel=1e-12)


def test_a_basis_function_that_is_zero_gets_zero():
    matrix = random_wide(8, Pattern(1, 1, ((0, 0),)))
    matrix[:, 0] = 0.0
    assert best_linear(triangularise(matrix), 1) == [0.0]
    wide = random_wide(8, Pattern(3, 1, ((0, 0),)))
    wide[:, 1] = 0.0
    c = best_linear(triangularise(wide), 3)
    assert c[1] == 0.0
    np.testing.assert_allclose(
        [c[0], c[2]], np.linalg.lstsq(wide[:, [0, 2]], wide[:, -1], rcond=None)[0], rtol=1e-10
    )


def test_a_derivative_in_the_span_of_the_basis_counts_as_zero():
    """What projection leaves of it is rounding; a step along it would go anywhere."""
    for q in (1, 4):
        pattern = Pattern(1, q, tuple((0, j) for j in range(q)))
        matrix = random_wide(9, pattern)
        matrix[:, 1] = 3.0 * matrix[:, 0]
        R = np.asarray(eliminate(triangularise(matrix), pattern)[1])
        assert not R[:, 0].any()


def test_all_linear_leaves_only_the_residuals():
    pattern = Pattern(3, 0, ())
    matrix = random_wide(10, pattern)
    c, R = eliminate(triangularise(matrix), pattern)
    judge, rss = np.linalg.lstsq(matrix[:, :3], matrix[:, 3], rcond=None)[:2]
    np.testing.assert_allclose(c, judge, rtol=1e-11)
    assert np.square(np.asarray(R)[:, -1]).sum() == pytest.approx(rss[0], rel=1e-12)


def test_a_law_without_linear_parameters_is_not_projected():
    assert model_of("y = exp(-b*x) + sin(c*x)").pattern is None


def test_diagonal_patterns():
    assert Pattern(2, 2, ((0, 0), (1, 1))).diagonal
    assert not Pattern(2, 2, ((0, 1), (1, 0))).diagonal
    assert not Pattern(2, 1, ((0, 0), (1, 0))).diagonal

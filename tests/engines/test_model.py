"""Models of formulas and of functions that cannot be looked into: derivatives by SymPy and finite differences."""

import math

import numpy as np
import pytest
import sympy

from educe.engines.model import formula_model
from educe.engines.opaque import OpaqueModel
from educe.errors import FitError
from educe.formula import parse
from educe.least_squares.bounds import Box
from educe.least_squares.separable import OFFSET

X = np.linspace(0.2, 3.0, 15)
Y = np.cos(X) + 2.0
VALUES = {"a": 1.3, "b": 0.7, "c": -0.4, "d": 2.1}

LAWS = [
    "y = a*exp(-b*x) + c",
    "log(y) = a*log(x) + b",
    "y = a/(1 + b*x**2) + c*sin(d*x)",
    "y = a + b*x + c*x**2",
    "y = sin(a*x) + b*x**d",
]


def filled(fill, parameters, width):
    out = np.empty((len(X), width), order="F")
    fill(*parameters, [out[:, k] for k in range(width)])
    return out


def model_of(text, eliminate=True):
    law = parse(text)
    names = law.roles(("x", "y")).parameters
    model = formula_model(
        law.response, law.expression, names, eliminate=frozenset(names if eliminate else ())
    )
    return model, [{"x": X, "y": Y}[name] for name in model.variables]


def by_sympy(text, wanted):
    left, right = (sympy.sympify(side) for side in text.split(" = "))
    symbols = sorted((left - right).free_symbols, key=str)
    function = sympy.lambdify(symbols, wanted(left, right))
    known = VALUES | {"x": X, "y": Y}
    return np.broadcast_to(function(*(known[str(s)] for s in symbols)), X.shape)


@pytest.mark.parametrize("eliminate", [True, False])
@pytest.mark.parametrize("text", LAWS)
def test_columns_are_derivatives_and_residuals(text, eliminate):
    model, columns = model_of(text, eliminate)
    p = len(model.names)
    out = filled(model.whole(columns), [VALUES[n] for n in model.names], p + 1)
    for k, name in enumerate(model.names):
        symbol = sympy.Symbol(name)
        judge = by_sympy(text, lambda left, right, s=symbol: right.diff(s))
        np.testing.assert_allclose(out[:, k], judge, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(out[:, p], by_sympy(text, lambda left, right: left - right), atol=1e-14)
    np.testing.assert_allclose(model.response(columns), by_sympy(text, lambda left, right: left), rtol=1e-14)


@pytest.mark.parametrize("text", LAWS)
def test_predictions_need_the_inputs_only(text):
    model, _ = model_of(text)
    assert model.inputs == ("x",)
    p = len(model.names)
    out = filled(model.prediction([X]), [VALUES[n] for n in model.names], p + 1)
    np.testing.assert_allclose(out[:, p], by_sympy(text, lambda left, right: right), rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "linear"),
    [(LAWS[0], {"a", "c"}), (LAWS[1], {"a", "b"}), (LAWS[2], {"a", "c"}), (LAWS[4], {"b"})],
)
def test_linear_parameters_come_first(text, linear):
    model, _ = model_of(text)
    assert set(model.names[: model.pattern.linear]) == linear
    assert model.pattern.nonlinear == len(model.names) - len(linear)
    assert model_of(text, eliminate=False)[0].pattern is None


def test_the_pattern_says_which_column_is_which():
    model, columns = model_of("y = a*exp(-b*x) + sin(b*x) + c*cos(d*x)")
    pattern = model.pattern
    m = pattern.linear
    width = m + len(pattern.columns) + 1
    out = filled(model.wide(columns), [VALUES[n] for n in model.names[m:]], width)
    basis = {"a": np.exp(-0.7 * X), "c": np.cos(2.1 * X)}
    slopes = {
        ("a", "b"): -X * np.exp(-0.7 * X),
        ("c", "d"): -X * np.sin(2.1 * X),
        (None, "b"): X * np.cos(0.7 * X),
    }
    for k, name in enumerate(model.names[:m]):
        np.testing.assert_allclose(out[:, k], basis[name], rtol=1e-14)
    assert len(pattern.columns) == 3
    for column, (k, j) in zip(out.T[m:-1], pattern.columns, strict=True):
        term = None if k == OFFSET else model.names[k]
        np.testing.assert_allclose(column, slopes[term, model.names[m + j]], rtol=1e-13)
    np.testing.assert_allclose(out[:, -1], Y - np.sin(0.7 * X), rtol=1e-14)


def test_the_same_law_is_compiled_once():
    law = parse(LAWS[0])
    names = ("a", "b", "c")
    one = formula_model(law.response, law.expression, names, eliminate=frozenset(names))
    again = parse(LAWS[0])
    assert formula_model(again.response, again.expression, names, eliminate=frozenset(names)) is one


def opaque(function, **given):
    return OpaqueModel(function, ("a", "b"), ("x",), "y", **given)


def test_an_opaque_function_has_differences_of_eight_digits():
    model = opaque(lambda x, a, b: a * np.exp(-b * x))
    out = filled(model.whole([X, Y]), [1.3, 0.7], 3)
    e = np.exp(-0.7 * X)
    np.testing.assert_allclose(out[:, 0], e, rtol=1e-8)
    np.testing.assert_allclose(out[:, 1], -1.3 * X * e, rtol=1e-8)
    np.testing.assert_allclose(out[:, 2], Y - 1.3 * e, rtol=1e-14)
    assert not model.exact
    assert model.pattern is None
    np.testing.assert_array_equal(model.response([X, Y]), Y)


def test_differences_at_zero():
    model = opaque(lambda x, a, b: a * x + np.sin(b))
    out = filled(model.whole([X, Y]), [0.0, 0.0], 3)
    np.testing.assert_allclose(out[:, 0], X, rtol=1e-7)
    np.testing.assert_allclose(out[:, 1], 1.0, rtol=1e-7)


def test_an_opaque_function_may_bring_its_derivatives():
    model = opaque(
        lambda x, a, b: a * x + b, derivatives=lambda x, a, b: np.column_stack([x, np.ones_like(x)])
    )
    assert model.exact
    out = filled(model.whole([X, Y]), [2.0, 1.0], 3)
    np.testing.assert_array_equal(out[:, :2], np.column_stack([X, np.ones_like(X)]))


def test_a_function_may_return_one_number_for_all_rows():
    out = filled(opaque(lambda x, a, b: a + b).whole([X, Y]), [2.0, 1.0], 3)
    np.testing.assert_array_equal(out[:, 2], Y - 3.0)


def test_a_function_of_the_wrong_shape_is_refused():
    model = opaque(lambda x, a, b: np.zeros(3))
    with pytest.raises(FitError, match=r"shape \(3,\); one value for each of the 15 rows was expected"):
        filled(model.prediction([X]), [2.0, 1.0], 3)


def test_where_an_opaque_function_has_no_value_it_is_nan():
    model = opaque(lambda x, a, b: x * math.sqrt(a) + b)
    assert np.isnan(filled(model.whole([X, Y]), [-2.0, 1.0], 3)).all()
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        filled(model.prediction([X]), [-2.0, 1.0], 3)


def test_differences_stay_in_the_box_and_know_how_large_parameters_are():
    called = []

    def function(x, a, b):
        called.append(a)
        return np.sqrt(a) * x + b

    box = Box(np.array([1.0, -np.inf]), np.array([2.0, np.inf]))
    out = filled(opaque(function, box=box, start=np.array([1.0, 0.0])).whole([X, Y]), [1.0, 0.0], 3)
    assert min(called) == 1.0
    np.testing.assert_allclose(out[:, 0], 0.5 * X, rtol=1e-5)

"""NumPy functions to laws: the same values, or a reason why not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from educe.errors import FormulaError
from educe.formula import NotTraceableError, evaluate, symbol, trace, trace_rows

X = np.array([-1.3, -0.2, 0.0, 0.4, 1.0, 2.7])
THETA = {"a": 1.3, "b": 0.7}

TRACEABLE = {
    "trigonometric": lambda x, a, b: a * np.sin(x) + b * np.cos(x) ** 2 - np.arctan2(a, 1 + x**2),
    "hyperbolic": lambda x, a, b: np.tanh(a * x) / np.cosh(b * x),
    "powers": lambda x, a, b: (
        np.square(x) + np.sqrt(a * a + x * x) ** -b + np.float_power(2.0, x) + np.exp2(b * x)
    ),
    "scaled": lambda x, a, b: np.radians(x) + np.rad2deg(a) * np.reciprocal(b) + np.pi * x,
    "where": lambda x, a, b: np.where((x > -1) & ~(x > b), a * x, b),
    "mask": lambda x, a, b: (x > 0) * a + (x <= 0) * b * x,
    "select": lambda x, a, b: np.select([x < 0, x < 1], [a * x, b], a + b),
    "clip": lambda x, a, b: np.clip(x, -b, a) + np.maximum(x, b) - np.fmin(a, x),
    "sinc": lambda x, a, b: a * np.sinc(b * x),
    "steps": lambda x, a, b: a * np.heaviside(x, 0.25) + b * np.sign(x) + np.abs(x) + abs(x) + np.floor(x),
    "polynomial": lambda x, a, b: np.polyval([a, b, 2.0], x),
    "special": lambda x, a, b: (
        special.erf(a * x) + special.expit(x) + special.gammaln(a + x**2) + special.j1(b * x)
    ),
    "more special": lambda x, a, b: (
        special.psi(a) * special.ndtr(x) + special.xlogy(a, b) + special.logit(b * 0.5)
    ),
    "constant pieces": lambda x, a, b: a * np.ones_like(x) + np.zeros_like(x) + np.full_like(x, 2.0) * b * x,
    "numpy numbers": lambda x, a, b: np.float64(2.5) * x + np.int64(3) * a - np.array(2.0) * b,
    "loop": lambda x, a, b: sum(a * b**k * x**k for k in range(4)),
}


@pytest.mark.parametrize("name", TRACEABLE)
def test_a_traced_function_gives_its_own_values(name: str) -> None:
    function = TRACEABLE[name]
    law = trace(function)
    assert set(law.names) == {"x", "a", "b"}
    expected = function(X, THETA["a"], THETA["b"])
    np.testing.assert_allclose(evaluate(law.expression, {"x": X, **THETA}), expected, rtol=1e-14, atol=1e-15)


REFUSED = {
    "if": (lambda x, a: a if x > 0 else -a, "decides by a value"),
    "max": (lambda x, a: max(x, a), "decides by a value"),
    "math": (lambda x, a: a * math.sin(x), "functions of math"),
    "asarray": (lambda x, a: a * np.asarray(x), "new array"),
    "vectorize": (lambda x, a: np.vectorize(lambda v: a * v)(x), "new array"),
    "element": (lambda x, a: a * x[0], "picks elements"),
    "loop over": (lambda x, a: np.array([a * v for v in x]), "element by element"),
    "length": (lambda x, a: a * x / len(x), "how long"),
    "attribute": (lambda x, a: a * x.mean(), r"attribute \.mean"),
    "sum": (lambda x, a: a * x / np.sum(x), "np.sum"),
    "reduce": (lambda x, a: np.add.reduce(a * x), "more than plain"),
    "interp": (lambda x, a: a * np.interp(x, [0, 1], [0, 1]), "np.interp"),
    "other array": (lambda x, a: a * x * np.arange(6.0), r"a ndarray of shape \(6,\)"),
    "unknown ufunc": (lambda x, a: a * special.ellipk(x), "ellipk"),
    "remainder": (lambda x, a: a * (x % 2), "remainder"),
    "complex": (lambda x, a: a * np.exp(1j * x), "complex"),
    "tuple": (lambda x, a: (a * x, a), "tuple"),
    "infinite": (lambda x, a: np.where(x > 0, a, np.inf), "inf"),
    "star": (lambda x, *a: a[0] * x, "no name of its own"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_says_why(name: str) -> None:
    function, reason = REFUSED[name]
    with pytest.raises(NotTraceableError, match=reason):
        trace(function)


def test_the_name_of_the_function_is_what_it_predicts() -> None:
    def z(x, y, a, b):  # type: ignore[no-untyped-def]
        return a * np.sin(x) + b * np.cos(y)

    law = trace(z)
    assert law.text == "z = a*sin(x) + b*cos(y)"
    assert law.roles({"x", "y", "z"}).parameters == ("a", "b")
    assert trace(z, variables=("x",)).variables == ("x",)
    with pytest.raises(FormulaError, match="w is no argument"):
        trace(z, variables=("w",))


def test_an_argument_without_effect_is_refused() -> None:
    with pytest.raises(FormulaError, match="c has no effect"):
        trace(lambda x, a, c: a * x)


def test_an_error_of_the_function_itself_is_not_hidden() -> None:
    with pytest.raises(NameError):
        trace(lambda x, a: a * x * undefined)  # noqa: F821


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda xy, a, b: a * xy[0] + b * xy[1], "a*r + b*s"),
        (lambda xy, a, b: a * xy[0, :] - b * xy[-1, ...], "a*r - b*s"),
        (lambda xy, a, b: next(a * x + b * y for x, y in [xy]), "a*r + b*s"),
        (lambda xy, *theta: theta[0] * xy[0] / theta[1], "a*r/b"),
    ],
)
def test_rows_of_the_first_argument(function: object, text: str) -> None:
    found = trace_rows(function, [symbol("a"), symbol("b")], [symbol("r"), symbol("s")])
    assert str(found) == text


@pytest.mark.parametrize(
    "function",
    [
        lambda xy, a: a * xy,
        lambda xy, a: np.sin(xy) * a,
        lambda xy, a: a * xy[:, 0],
        lambda xy, a: a * xy[2],
        lambda xy, a: np.sum(xy, axis=0) * a,
        lambda xy, a: xy.T * a,
        lambda xy, a: np.asarray(xy) * a,
    ],
)
def test_rows_are_only_taken_one_by_one(function: object) -> None:
    with pytest.raises(NotTraceableError):
        trace_rows(function, [symbol("a")], [symbol("r"), symbol("s")])


def test_a_single_input() -> None:
    assert str(trace_rows(lambda x, a: a * x, [symbol("p0")], symbol("x0"))) == "p0*x0"

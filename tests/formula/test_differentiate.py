"""Derivatives, judged by mpmath's differences at 40 digits and by SymPy."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from educe.formula import Expression, evaluate, gradient, parse, parse_expression, symbol
from educe.formula.operations import CONDITIONS, OPERATIONS

from .formulas import expressions, judged

POINTS = {
    "acosh": (1.5, 4.0),
    "asin": (-0.6, 0.3),
    "acos": (-0.6, 0.3),
    "atanh": (-0.6, 0.3),
    "gamma": (-1.3, 0.4, 3.7),
    "lgamma": (0.4, 3.7),
    "digamma": (0.4, 3.7),
    "polygamma": (0.7, 2.5),
    "log": (0.2, 7.0),
    "log2": (0.2, 7.0),
    "log10": (0.2, 7.0),
    "log1p": (1e-9, -0.5, 3.0),
    "sqrt": (0.2, 7.0),
    "sinc": (1e-6, 1e-3, 0.4, 0.99, 1.01, 9.0),
    "dsinc": (1e-6, 1e-3, 0.4, 0.99, 1.01, 9.0),
}
FUNCTIONS = sorted(set(OPERATIONS) - CONDITIONS - {"where", "neg", "+", "-", "*", "/", "**"})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_derivative_of_every_function(name: str) -> None:
    u = "1.5, 0.5 + x*p" if OPERATIONS[name].arity == 2 and name != "polygamma" else "0*x + p"
    expression = parse_expression(f"{name}({'2, p' if name == 'polygamma' else u.replace('0*x + p', 'p')})")
    (slope,) = gradient(expression, ["p"])
    for point in POINTS.get(name, (-2.3, -0.4, 0.7, 3.1)):
        values = {"p": point, "x": 0.8}
        assert evaluate(expression, values) == pytest.approx(float(judged(expression, values)), rel=1e-13)
        expected = mp.diff(
            lambda p: judged(expression, {"p": p, "x": 0.8}), mp.mpf(point), h=mp.mpf(10) ** -15
        )
        assert evaluate(slope, values) == pytest.approx(float(expected), rel=1e-12, abs=1e-14)


@settings(max_examples=150, deadline=None)
@given(expressions(), st.sampled_from(["a", "x"]), st.permutations([0.31, 0.57, 0.83, 1.13, 1.37, 1.71]))
def test_random_formulas(expression: Expression, name: str, numbers: list[float]) -> None:
    values = dict(zip(["a", "b", "x", "y", "lambda", "σ"], numbers, strict=True))
    try:
        scale = abs(judged(expression, values))
        steps = [
            mp.diff(
                lambda v: judged(expression, {**values, name: v}), mp.mpf(values[name]), h=mp.mpf(10) ** -k
            )
            for k in (14, 13)
        ]
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, AttributeError):
        assume(False)
    assume(all(mp.im(step) == 0 and mp.isfinite(step) for step in steps) and 1e-6 < scale < 1e6)
    expected = float(mp.re(steps[0]))
    assume(
        (abs(steps[0] - steps[1]) <= 1e-9 * (abs(steps[0]) + 1) and 1e-9 < abs(expected) < 1e9)
        or expected == 0
    )
    (slope,) = gradient(expression, [name])
    found = evaluate(slope, values)
    if math.isfinite(found):
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "a*exp(-b*x) + c",
        "b1/((1 + exp(b2 - b3*x))**(1/b4))",
        "b1*(b2 + x)**(-1/b3)",
        "(b1 + b2*x + b3*x**2)/(1 + b4*x + b5*x**2)",
        "where(x < b1, b2*x, b3*sin(b1*x))",
        "atan2(a*x, b + x)*erfc(a*b)",
        "exp(exp(sin(a*x)*b)/c)",
    ],
)
def test_first_and_second_derivatives_are_those_of_sympy(text: str) -> None:
    law = parse(text)
    names = [name for name in law.names if name != "x"]
    values = {name: 0.3 + 0.17 * k for k, name in enumerate(law.names)}
    judge = law.to_sympy()
    at = {sympy.Symbol(name, real=True): sympy.Float(value, 30) for name, value in values.items()}
    for name, slope in zip(names, gradient(law.expression, names), strict=True):
        first = judge.diff(sympy.Symbol(name, real=True))
        assert evaluate(slope, values) == pytest.approx(float(first.subs(at)), rel=1e-12)
        for other, curvature in zip(names, gradient(slope, names), strict=True):
            second = first.diff(sympy.Symbol(other, real=True)).subs(at)
            assert evaluate(curvature, values) == pytest.approx(float(second), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(
    ("text", "name", "values", "expected"),
    [
        ("sinc(a*x)", "a", {"a": 0.0, "x": 2.0}, 0.0),
        ("x**a", "a", {"a": 2.0, "x": 0.0}, 0.0),
        ("c*x**a", "a", {"a": 0.5, "x": 0.0, "c": 3.0}, 0.0),
        ("(x - a)**2", "a", {"a": 1.0, "x": 1.0}, 0.0),
        ("(x - a)**n", "a", {"a": 1.0, "x": 1.0, "n": 2.0}, 0.0),
        ("(x - a)**n", "a", {"a": 1.0, "x": 1.0, "n": 1.0}, -1.0),
        ("abs(a*x)", "a", {"a": 0.0, "x": 2.0}, 0.0),
        ("j1(a*x)", "a", {"a": 0.0, "x": 2.0}, 1.0),
        ("tanh(a)", "a", {"a": 800.0}, 0.0),
        ("expit(a)", "a", {"a": -800.0}, 0.0),
        ("where(x > 0, a*log(x), a)", "a", {"a": 2.0, "x": -1.0}, 1.0),
        ("where(x > 0, sqrt(a*x), 0)", "a", {"a": 2.0, "x": 0.0}, 0.0),
        ("expm1(a*x)", "a", {"a": 1e-12, "x": 2.0}, 2.0 * math.exp(2e-12)),
        ("log1p(a*x)", "a", {"a": 1e-12, "x": 2.0}, 2.0 / (1 + 2e-12)),
        ("max(a, b)", "a", {"a": 1.0, "b": 1.0}, 1.0),
        ("dsinc(a)", "a", {"a": 0.0}, -1 / 3),
    ],
)
def test_derivatives_are_finite_where_the_law_is(
    text: str, name: str, values: dict[str, float], expected: float
) -> None:
    (slope,) = gradient(parse_expression(text), [name])
    assert evaluate(slope, values) == pytest.approx(expected, rel=1e-15, abs=0)


def test_a_branch_that_is_not_taken_does_not_reach_the_derivative() -> None:
    (slope,) = gradient(parse_expression("a*where(x > 0, log(x*a), 0)"), ["a"])
    found = evaluate(slope, {"a": 2.0, "x": np.array([-1.0, 0.0, 1.0])})
    assert found.tolist() == [0.0, 0.0, math.log(2.0) + 1.0]


def test_what_a_formula_does_not_contain_has_no_derivative() -> None:
    assert gradient(parse_expression("a*x"), ["b"]) == [parse_expression("0")]
    assert gradient(symbol("a"), ["a"]) == [parse_expression("1")]

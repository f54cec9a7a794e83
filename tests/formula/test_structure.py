"""Linear parameters of the NIST laws, and of random laws judged by second derivatives."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.datasets import load, names
from educe.formula import (
    Expression,
    affine_parts,
    evaluate,
    gradient,
    linear_parameters,
    parse,
    parse_expression,
)

from .formulas import expressions

# All NIST problems with what is linear in them; the certificate's parameters are in this order.
NIST = {
    "Bennett5": "b1",
    "BoxBOD": "b1",
    "Chwirut1": "",
    "Chwirut2": "",
    "DanWood": "b1",
    "ENSO": "b1 b2 b3 b5 b6 b8 b9",
    "Eckerle4": "b1",
    "Gauss1": "b1 b3 b6",
    "Gauss2": "b1 b3 b6",
    "Gauss3": "b1 b3 b6",
    "Hahn1": "b1 b2 b3 b4",
    "Kirby2": "b1 b2 b3",
    "Lanczos1": "b1 b3 b5",
    "Lanczos2": "b1 b3 b5",
    "Lanczos3": "b1 b3 b5",
    "MGH09": "b1",
    "MGH10": "b1",
    "MGH17": "b1 b2 b3",
    "Misra1a": "b1",
    "Misra1b": "b1",
    "Misra1c": "b1",
    "Misra1d": "b1",
    "Nelson": "b1 b2",
    "Rat42": "b1",
    "Rat43": "b1",
    "Roszman1": "b1 b2",
    "Thurber": "b1 b2 b3 b4",
}


def test_all_nist_problems_are_here() -> None:
    assert {name.lower() for name in NIST} == {name.lower() for name in names("nist")}


@pytest.mark.parametrize("name", NIST)
def test_nist_laws(name: str) -> None:
    found = next(known for known in names("nist") if known.lower() == name.lower())
    problem = load(found)
    law = parse(problem.law)
    roles = law.roles(problem.columns)
    assert sorted(roles.parameters) == sorted(problem.certificate.parameters)
    assert sorted(linear_parameters(law.expression, roles.parameters)) == NIST[name].split()
    values = {**problem.columns, **problem.certificate.parameters}
    residual = evaluate(law.response, values) - evaluate(law.expression, values)
    assert residual @ residual == pytest.approx(problem.certificate.rss, rel=1e-9, abs=1e-20)


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("a*sin(x) + b*cos(y)", "a b"),
        ("m*x + b", "b m"),
        ("a*b*x", "a"),
        ("a*(x + b)", "a"),
        ("a*x + a*b", "a"),
        ("b*c*x + a*c + d*b", "a b"),
        ("a/b + c/b", "a c"),
        ("(a + b*x)/(1 + c*x)", "a b"),
        ("where(x < t, a*x, b + c*x)", "a b c"),
        ("exp(a)*x", ""),
        ("a**2*x + b", "b"),
        ("-(a - 2*b*x)/3", "a b"),
        ("max(a, x)", ""),
        ("a**1*x", "a"),
        ("(a*x)**1 + x**0*b", "a b"),
        ("a*x*d + b*x*d + c*x*e", "a b c"),
        ("3*x", ""),
        ("y - a*(b - c)", "b c"),
    ],
)
def test_known_laws(text: str, linear: str) -> None:
    expression = parse_expression(text)
    parameters = [name for name in parse(text).names if name not in "xy"]
    found = linear_parameters(expression, sorted(parameters))
    assert found == tuple(linear.split())


def test_the_set_is_the_largest() -> None:
    """All pairs of a graph with 12 vertices, against a search through all subsets."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        edges = [pair for pair in itertools.combinations(range(12), 2) if rng.random() < 0.25]
        text = "+".join([f"p{i}*p{j}*x" for i, j in edges] + [f"p{k}" for k in range(12)])
        found = linear_parameters(parse_expression(text), [f"p{k}" for k in range(12)])
        best = max(
            (subset for size in range(13) for subset in itertools.combinations(range(12), size)
             if not any(i in subset and j in subset for i, j in edges)),
            key=len,
        )  # fmt: skip
        assert len(found) == len(best)


@settings(max_examples=150, deadline=None)
@given(expressions(), st.permutations([0.31, 0.57, -0.83, 1.13, 1.37, -1.71]))
def test_what_is_called_linear_is_linear(expression: Expression, numbers: list[float]) -> None:
    linear = linear_parameters(expression, ("a", "b", "lambda"))
    values = dict(zip(["a", "b", "x", "y", "lambda", "σ"], numbers, strict=True))
    for name, slope in zip(linear, gradient(expression, linear), strict=True):
        for other, curvature in zip(linear, gradient(slope, linear), strict=True):
            assert evaluate(curvature, values) in (0.0, None) or not np.isfinite(
                evaluate(expression, values)
            ), f"{name}, {other}"
    offset, basis = affine_parts(expression, linear)
    assert all(part.free_names.isdisjoint(linear) for part in (offset, *basis))
    whole = evaluate(expression, values)
    terms = [evaluate(phi, values) * values[name] for name, phi in zip(linear, basis, strict=True)]
    joined = evaluate(offset, values) + sum(terms)
    if np.isfinite(whole) and np.isfinite(joined):
        size = max(map(abs, [whole, evaluate(offset, values), *terms]))
        assert joined == pytest.approx(whole, rel=1e-7, abs=1e-9 * size + 1e-9)


def test_finding_them_takes_no_time_to_speak_of() -> None:
    law = parse("b1*exp(-b2*x) + b3*exp(-(x-b4)**2/b5**2) + b6*exp(-(x-b7)**2/b8**2)").expression
    parameters = [f"b{k}" for k in range(1, 9)]
    start = time.process_time()
    for _ in range(20):
        linear_parameters(law, parameters)
    assert (time.process_time() - start) / 20 < 0.05
    tangled = "+".join(f"p{i}*p{j}" for i in range(60) for j in range(i) if (i * j) % 7 == 1)
    start = time.process_time()
    linear_parameters(parse_expression(tangled), [f"p{k}" for k in range(60)])
    assert time.process_time() - start < 5.0

"""Expressions: one object for equal content, exact folding, text that reads back."""

from __future__ import annotations

import copy
import gc
import pickle

import pytest
from hypothesis import given, settings

from educe.errors import FormulaError
from educe.formula import constant, evaluate, parse_expression, substitute, symbol
from educe.formula.expression import _nodes, apply, in_order, names_in_order

from .formulas import expressions

X, A = symbol("x"), symbol("a")


def test_equal_content_is_one_object() -> None:
    assert apply("sin", A * X + 1) is apply("sin", A * X + 1)
    assert constant(2.0) is constant(2)
    assert copy.deepcopy(A * X) is A * X
    assert pickle.loads(pickle.dumps(A * X)) is A * X  # noqa: S301


def test_what_is_not_used_is_not_kept() -> None:
    before = len(_nodes)
    kept = parse_expression("+".join(f"unused_{k}*sin({k}.5)" for k in range(300)))
    assert len(_nodes) > before + 300
    del kept
    gc.collect()
    assert len(_nodes) < before + 20


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (X * 1, "x"),
        (X + 0, "x"),
        (0 * X, "0"),
        (-(-X), "x"),  # noqa: B002
        (X**1, "x"),
        (X**0, "1"),
        (-1 * X, "-x"),
        (X / -1, "-x"),
        (A - (-X), "a + x"),
        (A + (-X), "a - x"),
        (-A * X, "-a*x"),
        (A + (-2) * X, "a - 2*x"),
        (constant(2) * (3 * X), "6*x"),
        (constant(1) / 3, "1/3"),
        (constant(6) / 3, "2"),
        (constant(0.1) * 3, "0.1*3"),
        (constant(0.5) * 4, "2"),
        ((-X) ** 2, "(-x)**2"),
        (constant(-2) ** X, "(-2)**x"),
        (X ** (A**2), "x**a**2"),
        ((X**A) ** 2, "(x**a)**2"),
        (A - (X - 1), "a - (x - 1)"),
        (A / (X / 2), "a/(x/2)"),
    ],
)
def test_building_simplifies_only_what_is_exact(built: object, text: str) -> None:
    assert str(built) == text


@settings(max_examples=400, deadline=None)
@given(expressions())
def test_text_reads_back_as_the_same_object(expression: object) -> None:
    assert parse_expression(str(expression)) is expression


@pytest.mark.parametrize(
    "build", [lambda: constant(float("inf")), lambda: constant(float("nan")), lambda: X / 0]
)
def test_no_number_is_infinite(build: object) -> None:
    with pytest.raises(FormulaError):
        build()


def test_an_expression_never_changes() -> None:
    with pytest.raises(AttributeError, match="does not change"):
        X.value = "y"
    with pytest.raises(FormulaError, match="not a truth value"):
        bool(X)


def test_names_come_in_order_of_appearance() -> None:
    assert names_in_order([parse_expression("c*sin(a) + b**c")]) == ("c", "a", "b")


def test_shared_work_is_visited_once() -> None:
    doubled = X
    for _ in range(100):
        doubled = doubled + doubled
    assert len(in_order([doubled])) == 101
    assert evaluate(doubled, {"x": 1.0}) == 2.0**100
    assert evaluate(substitute(doubled, {"x": A}), {"a": 2.0}) == 2.0**101


def test_names_are_replaced_at_the_same_time() -> None:
    assert str(substitute(A - X, {"a": X, "x": A})) == "x - a"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(FormulaError, match=r"rate has no value. Did you mean 'Rate'"):
        evaluate(parse_expression("rate*x"), {"x": 1.0, "Rate": 2.0})

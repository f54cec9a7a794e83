"""The words for what the data cannot tell, on laws whose answer is known."""

import math

import numpy as np
import pytest
import sympy

from educe.errors import FitError, ParameterError
from educe.uncertainty.undetermined import undetermined

X = np.linspace(0.1, 3, 40)
U = np.random.default_rng(0).normal(size=40)


def ask(law, values, units=None, tolerance=1e-12):
    """Exact derivatives by SymPy, the triangle by NumPy, then the question."""
    names = list(values)
    symbols = sympy.symbols([*names, "x", "u"])
    expression = sympy.sympify(law, locals=dict(zip([*names, "x", "u"], symbols, strict=True)))
    columns = [
        np.broadcast_to(sympy.lambdify(symbols, expression.diff(s))(*values.values(), X, U), X.shape)
        for s in symbols[:-2]
    ]
    R = np.linalg.qr(np.column_stack([*columns, np.sin(9 * X)]), mode="r")
    return undetermined(R, names, np.array(list(values.values())), tolerance=tolerance)


AB = {"a": 1.37, "b": -0.61}
ABC = {"a": 1.37, "b": -0.61, "c": 2.9}


@pytest.mark.parametrize(
    ("law", "values", "words"),
    [
        ("a*b*x", AB, "only a*b is determined, not a and b separately"),
        ("a/b*x", AB, "only a/b is determined, not a and b separately"),
        ("a*b**2*x", AB, "only a*b**2 is determined, not a and b separately"),
        ("x*a**2/b**3", AB, "only a**2/b**3 is determined, not a and b separately"),
        ("exp(a*b*x)", AB, "only a*b is determined, not a and b separately"),
        ("(a + b)*x", AB, "only a + b is determined, not a and b separately"),
        ("exp((a - b)*x)", AB, "only a - b is determined, not a and b separately"),
        ("(a - 3*b)*x", AB, "only a - 3*b is determined, not a and b separately"),
        ("a*exp(b + x)", AB, "only a*exp(b) is determined, not a and b separately"),
        ("a*exp(x - 2*b)", AB, "only a*exp(-2*b) is determined, not a and b separately"),
        ("a*x*exp(b)/c + u", ABC, "only a/c*exp(b) is determined, not a, b and c separately"),
        ("a*x/(b*c)", ABC, "only a/(b*c) is determined, not a, b and c separately"),
        ("(a + b + c)*x", ABC, "only a + b + c is determined, not a, b and c separately"),
        ("a*b*x + b*c*u", ABC, "only a/c and b*c are determined, not a, b and c separately"),
        ("a*x + b*u + 0*c", ABC, "c has no effect on the data"),
        ("a*b*x + u*c", ABC, "only a*b is determined, not a and b separately"),
    ],
)
def test_words(law, values, words):
    (found,) = ask(law, values)
    assert str(found) == words


def test_groups_are_told_one_by_one():
    values = {"a": 1.37, "c": 0.21, "b": -0.61, "d": 5.3, "e": 1.7}
    found = [str(each) for each in ask("a*b*x + (c - d)*u + 0*e", values)]
    assert found == [
        "only a*b is determined, not a and b separately",
        "only c - d is determined, not c and d separately",
        "e has no effect on the data",
    ]


def test_nothing_to_say_at_full_rank():
    assert ask("a*exp(-b*x) + c", ABC) == []


def test_a_general_combination_is_written_with_its_numbers():
    (found,) = ask("(sin(a) + exp(b))*x", AB)
    assert str(found).startswith("the combination 0.939*a - 0.345*b is undetermined")
    direction = np.array(found.directions[0])
    gradient = np.array([math.cos(1.37), math.exp(-0.61)])
    assert abs(direction @ gradient) < 1e-12
    assert np.linalg.norm(direction) == pytest.approx(1)


def test_a_general_group_with_two_free_directions():
    (found,) = ask("(sin(a) + exp(b) + c**3)*x", ABC)
    assert found.words == "a, b and c cannot be told apart: the data determine 1 of their combinations"
    assert found.determined == ()


def test_directions_leave_the_law_unchanged():
    (found,) = ask("a*b*x", AB)
    a, b = 1.37, -0.61
    step = 1e-6 * np.array(found.directions[0])
    assert (a + step[0]) * (b + step[1]) == pytest.approx(a * b, rel=1e-11)


@pytest.mark.parametrize("law", ["a*b*x", "(a + b)*x"])
def test_says_so_where_two_forms_look_the_same(law):
    (found,) = ask(law, {"a": 1.0, "b": 1.0})
    assert found.ambiguous
    assert str(found) == (
        "only a*b or a + b (the same at these values) is determined, not a and b separately"
    )


def test_the_simpler_form_wins_but_the_doubt_is_kept():
    (found,) = ask("a*b*x", {"a": 2.0, "b": 1.0})
    assert found.determined == ("a*b",)
    assert found.ambiguous


def test_units_do_not_matter():
    values = {"a": 1.37e-9, "b": -0.61e9}
    (found,) = ask("a*b*x + u", values)
    assert found.determined == ("a*b",)
    assert not found.ambiguous


def test_nearly_undetermined_is_named_when_asked_for():
    law, values = "a*x + b*x*(1 + u/10**8)", AB
    assert ask(law, values) == []
    (found,) = ask(law, values, tolerance=1e-6)
    assert found.determined == ("a + b",)


def test_a_parameter_at_zero_takes_the_effect_of_its_partner():
    (found,) = ask("a*b*x", {"a": 1.3, "b": 0.0})
    assert str(found) == "a has no effect on the data"


def test_refuses_names_that_do_not_fit():
    with pytest.raises(ParameterError, match="2 parameters, but 1 names and 2 values"):
        undetermined(np.eye(3), ["a"], np.ones(2))


def test_refuses_a_tolerance_outside_its_range():
    with pytest.raises(ParameterError, match="between 0 and 1"):
        undetermined(np.eye(2), ["a"], np.ones(1), tolerance=2.0)


def test_refuses_values_that_are_not_finite():
    with pytest.raises(FitError, match="not finite"):
        undetermined(np.full((2, 2), np.nan), ["a"], np.ones(1))

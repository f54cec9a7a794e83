"""Numbers put into a law mean what the law means: judged by Python's own reading of both."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.report.law_with_numbers import put_in

LAWS = [
    "a + b",
    "a - b*x",
    "-a**2",
    "x**a",
    "a**b",
    "2**-b",
    "a*x - b - c",
    "(a - x)/(b + c*x)",
    "x - (a)",
    "max(a, b)*c",
    "x/a/b",
    "-a - b",
    "a*-b",
    "x if a < b else c",
]
NUMBERS = st.floats(-9, 9).map(lambda v: f"{v:.3f}").filter(lambda t: float(t) != 0)


def read(formula, numbers):
    return eval(formula, numbers | {"x": 1.75, "max": max})  # noqa: S307 -- only the texts above


@pytest.mark.parametrize("law", LAWS)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_the_law_with_numbers_has_the_value_of_the_law(law, a, b, c):
    numbers = {"a": a, "b": b, "c": c}
    text = put_in(law, numbers)
    expected = read(law, {k: float(v) for k, v in numbers.items()})
    assert read(text, {}) == pytest.approx(expected, rel=1e-12)


def test_names_that_are_functions_columns_or_parts_of_names_stay():
    text = put_in("y = exp(-a*exp_a) + a_1*exp + b2", {"a": "2", "exp": "3", "b": "9"})
    assert text == "y = exp(-2*exp_a) + a_1*3 + b2"


def test_the_left_side_and_comparisons_keep_their_names():
    assert put_in("log(a) = where(a <= b, 1, a)", {"a": "2", "b": "3"}) == "log(a) = where(2 <= 3, 1, 2)"
    assert put_in("where(x == a, 1, 0)", {"a": "2"}) == "where(x == 2, 1, 0)"


def test_a_number_in_scientific_notation_is_bracketed_under_a_power_only():
    assert put_in("y = a*x + a**2", {"a": "1.5e-07"}) == "y = 1.5e-07*x + (1.5e-07)**2"
    assert math.isclose(read(put_in("a**2", {"a": "1.5e-07"}), {}), 2.25e-14)

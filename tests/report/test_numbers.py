"""Rounding: judged by reading the text back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educe.report.numbers import percent, plain, probability, rounded, share, short

SCALES = st.floats(1e-12, 1e12)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.827, 0.119, ("0.83", "0.12")),
        (9.996, 0.0996, ("10.00", "0.10")),
        (-0.001, 0.25, ("0.00", "0.25")),
        (123456.0, 7890.0, ("123500", "7900")),
        (6.02214e23, 1.2e20, ("6.0221e+23", "1.2e+20")),
        (3e-7, 4.4e-6, ("3e-07", "4.4e-06")),
        (2.5, 0.0, ("2.5", "0")),
        (2.5, math.inf, ("2.5", "unknown")),
        (1.0, 1e-20, ("1.00000000000000", "1.0e-20")),
    ],
)
def test_value_and_error_share_the_decimal_place_of_the_errors_second_digit(value, error, shown):
    assert rounded(value, error) == shown


@given(st.floats(-1e6, 1e6), SCALES)
def test_rounding_moves_a_value_by_less_than_a_twentieth_of_its_error(value, error):
    value_text, error_text = rounded(value, error)
    assert abs(float(error_text) - error) <= 0.0501 * error
    assert abs(float(value_text) - value) <= max(0.0501 * error, 1e-14 * abs(value))


@given(st.floats(-1e3, 0.9999999999))
def test_a_share_below_one_is_never_shown_as_one(r2):
    assert float(share(r2)) < 1


def test_words_stand_where_numbers_say_nothing():
    assert short(math.inf) == "unknown"
    assert plain(-math.inf) == "-infinite"
    assert share(math.nan) == "undefined"
    assert percent(1.0, 0.0) == percent(math.inf, 1.0) == ""
    assert probability(0.0) == "p < 0.0001"
    assert probability(1.0) == "p = 1.0"

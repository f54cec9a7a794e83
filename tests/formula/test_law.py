"""Roles of names, substitution, and what is refused."""

from __future__ import annotations

import pytest

from educe.errors import FormulaError
from educe.formula import constant, parse, symbol


def test_columns_are_variables_and_the_rest_parameters() -> None:
    roles = parse("z = a*sin(x) + b*cos(y)").roles(["x", "y", "z", "t"])
    assert roles.variables == ("x", "y")
    assert roles.parameters == ("a", "b")
    assert roles.doubts == ()


def test_the_user_may_overrule() -> None:
    law = parse("z = a*x + t", parameters=("t",))
    assert law.roles(["x", "z", "t"]).parameters == ("a", "t")
    with pytest.raises(FormulaError, match=r"x is a variable but not a column. The columns are z, X"):
        parse("z = a*x", variables=("x",)).roles(["z", "X"])


@pytest.mark.parametrize(
    ("text", "columns", "doubts"),
    [
        ("y = a*temp + b", ["y", "Temp"], (("temp", "Temp"),)),
        ("y = a*temprature", ["y", "temperature"], (("temprature", "temperature"),)),
        ("y = a*T + t", ["y", "T"], ()),
        ("y = a*X + A", ["y", "X", "x"], ()),
        ("y = rate*x", ["y", "x", "date"], ()),
    ],
)
def test_parameters_that_look_like_columns_are_doubted(
    text: str, columns: list[str], doubts: tuple[tuple[str, str], ...]
) -> None:
    assert parse(text).roles(columns).doubts == doubts


def test_a_target_that_is_no_column_is_refused() -> None:
    with pytest.raises(FormulaError, match=r"Z is the left side .* Did you mean 'z'"):
        parse("Z = a*x").roles(["x", "z"])
    with pytest.raises(FormulaError, match=r"k is the left side of log\(y\)/k = a\*x but not a column"):
        parse("log(y)/k = a*x").roles(["x", "y"])


def test_a_left_side_without_a_column_is_refused() -> None:
    with pytest.raises(FormulaError, match=r"the left side of 2 = a\*x holds no column"):
        parse("2 = a*x").roles(["x", "y"])


def test_a_name_on_both_sides_is_refused() -> None:
    with pytest.raises(FormulaError, match="both sides"):
        parse("y = a*y + b").roles(["y"])


def test_fixed_values_and_ties() -> None:
    law = parse("y = a*x + b*c")
    assert law.substitute({"b": 2.5, "c": 2 * symbol("a")}).text == "y = a*x + 5*a"
    assert law.substitute({"x": constant(0)}).text == "y = b*c"
    with pytest.raises(FormulaError, match=r"d does not occur in y = a\*x \+ b\*c"):
        law.substitute({"d": 1.0})


def test_equal_laws_are_equal_and_hashable() -> None:
    assert parse("y = a*x") == parse("y=a * x")
    assert len({parse("y = a*x"), parse("y=a * x"), parse("y = a*x + b")}) == 2


def test_laws_print_as_text() -> None:
    assert str(parse("y=a*x^2")) == "y = a*x**2"
    assert parse("a*x").target is None

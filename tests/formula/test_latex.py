"""LaTeX: brackets where needed, names escaped."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.formula import Expression, constant, parse, parse_expression, symbol
from educe.formula.latex import latex, latex_name

from .formulas import expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*(b + c)", r"a \, \left(b + c\right)"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("-(a + b)", r"-\left(a + b\right)"),
        ("-a*b", r"-a \, b"),
        ("a/b/c", r"\frac{\frac{a}{b}}{c}"),
        ("(a + b)^2", r"\left(a + b\right)^{2}"),
        ("(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("x_max^2", r"x_{\mathrm{max}}^{2}"),
        ("(-2)^x", r"\left(-2\right)^{x}"),
        ("a*-2", r"a \cdot \left(-2\right)"),
        ("3*2^x", r"3 \cdot 2^{x}"),
        ("1e-10*x", r"10^{-10} \, x"),
        ("2.5e20*x", r"2.5 \cdot 10^{20} \, x"),
        ("(2.5e20)^x", r"\left(2.5 \cdot 10^{20}\right)^{x}"),
        ("exp(-x)", r"\mathrm{e}^{-x}"),
        ("sqrt(x)*abs(y)", r"\sqrt{x} \, \left|y\right|"),
        ("erf(x) + pi", r"\operatorname{erf}\left(x\right) + \pi"),
        ("max(a, b)*c", r"\max\left(a, b\right) \, c"),
        (
            "c*where(x < 1, a, b)",
            r"c \, \left(\begin{cases} a & \text{if } x < 1 \\ b & \text{otherwise} \end{cases}\right)",
        ),
    ],
)
def test_brackets(text: str, expected: str) -> None:
    assert latex(parse_expression(text)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("b1", "b_{1}"),
        ("alpha", r"\alpha"),
        ("α", r"\alpha"),
        ("Δ", r"\Delta"),
        ("sigma_1", r"\sigma_{1}"),
        ("lambda2", r"\lambda_{2}"),
        ("T_in_max", r"T_{\mathrm{in},\mathrm{max}}"),
        ("Temp", r"\mathrm{Temp}"),
        ("omicron", r"\mathrm{omicron}"),
        ("x__y", r"\text{x\_\_y}"),
        ("I [mA]", r"\text{I [mA]}"),
        (r"}\input{/etc/passwd}%$", r"\text{\}\textbackslash{}input\{/etc/passwd\}\%\$}"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert latex_name(name) == expected


def test_no_two_signs_meet() -> None:
    a = symbol("a")
    assert latex(-(constant(-0.25) * a * a)) == r"-\left(-0.25 \, a \, a\right)"


@settings(max_examples=150, deadline=None)
@given(expressions())
def test_braces_and_brackets_balance(expression: Expression) -> None:
    text = latex(expression)
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    assert not re.search(r"[-+] *[-+]", text)


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_no_name_leaves_its_place(name: str) -> None:
    plain = re.sub(r"\\textbackslash\{\}|\\textasci\w+\{\}|\\[{}$%#&_]", "", latex_name(name))
    depth = 0
    for character in plain:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert not set(plain) & set("$%#&~^")


def test_a_law() -> None:
    assert parse("z = a*sin(x)").latex() == r"z = a \, \sin\left(x\right)"

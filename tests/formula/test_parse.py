"""Text to laws: precedence as Python has it, names that are free, and a refusal for everything else."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.errors import FormulaError
from educe.formula import evaluate, parse, parse_condition, parse_expression
from educe.formula.library import LAWS

VALUES = {"a": 1.7, "b": -0.6, "c": 2.3, "x": 0.9}


@pytest.mark.parametrize(
    "text",
    [
        "-x**2",
        "2**3**2",
        "-2**2*x",
        "a-b-c",
        "a/b/c",
        "a/b*c",
        "2**-x",
        "a*-b",
        "a--b",
        "-a*b**-x",
        "+a-+b",
        "x**-a**2",
        "-(a+b)*c",
        "a*(b - c)/x",
        "1e-3*x + .5 - 2.",
        "a**b*c",
        "a - -(b)",
    ],
)
def test_precedence_is_that_of_python(text: str) -> None:
    values = {**VALUES, "b": 0.6}
    assert evaluate(parse_expression(text), values) == pytest.approx(eval(text, {}, values), rel=1e-15)  # noqa: S307


ARITHMETIC = st.recursive(
    st.sampled_from(["a", "c", "x", "2", "0.5", "3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map("".join),
        inner.map(lambda text: f"-{text}"),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"({text})**2"),
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(ARITHMETIC)
def test_arithmetic_is_that_of_python(text: str) -> None:
    try:
        expected = eval(text, {}, VALUES)  # noqa: S307
        found = evaluate(parse_expression(text), VALUES)
    except (ZeroDivisionError, OverflowError, FormulaError):
        return
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2^3^2", "512"),
        ("-x^2", "-x**2"),
        ("x²+a·x³", "x**2 + a*x**3"),
        ("a×x⁻¹ − b", "a*x**-1 - b"),
        ("sin(x)²", "sin(x)**2"),
        ("-x²", "-x**2"),
        ("ln(x)", "log(x)"),
        ("arcsin(x)+arctan2(a,b)", "asin(x) + atan2(a, b)"),
        ("max(a,b,c)", "max(max(a, b), c)"),
        ("piecewise(x<1,a,x<2,b,c)", "where(x < 1, a, where(x < 2, b, c))"),
        ("where(0<x<1 or not x==2, a, b)", "where(0 < x and x < 1 or not x == 2, a, b)"),
        ("π*x", "pi*x"),
        ("pow(x, a)", "x**a"),
        ("x**2.0", "x**2"),
        ("`pi`*x", "`pi`*x"),
        ("a ≤ 2", None),
    ],
)
def test_spellings(text: str, same: str | None) -> None:
    if same is None:
        assert str(parse_condition(text)) == "a <= 2"
    else:
        assert str(parse_expression(text)) == same


@pytest.mark.parametrize(
    "name",
    [
        "lambda",
        "E",
        "I",
        "S",
        "N",
        "e",
        "Q",
        "in",
        "is",
        "beta",
        "gamma",
        "sin",
        "α",
        "Δt",
        "if",
        "None",
        "_a",
    ],
)
def test_every_name_but_pi_is_free(name: str) -> None:
    law = parse(f"y = {name}*x + gamma({name})")
    assert law.roles({"x", "y"}).parameters == (name,)
    assert evaluate(law.expression, {name: 2.0, "x": 3.0}) == 7.0


def test_columns_of_any_name_stand_in_back_quotes() -> None:
    law = parse("`U (V)` = R*`I [mA]` + b")
    assert law.target == "U (V)"
    assert law.roles({"U (V)", "I [mA]"}).variables == ("I [mA]",)
    assert parse(law.text) == law


def test_the_left_side_may_be_an_expression_of_columns() -> None:
    law = parse("log(y) = a - b*x")
    assert law.target == "log(y)"
    assert evaluate(law.response, {"y": math.e}) == 1.0


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("2x", r"write 2\*x", 2),
        ("a x", r"write a\*x", 3),
        ("2(a+b)", r"write 2\*\(", 2),
        ("sin x", r"write sin\(x\)", 5),
        ("a*sin^2(x)", r"write sin\(\.\.\.\)\*\*2", 8),
        ("sin²(x)", r"write sin\(\.\.\.\)\*\*2", 5),
        ("tan⁻¹(x)", r"stands behind its brackets", 6),
        ("b^2(x)", r"write 2\*\(", 4),
        ("x²(y)", r"An operator is missing", 3),
        ("sinn(x)", "Did you mean 'sin'", 1),
        ("f(x)", r"write f\*\(", 1),
        ("a +", "ends where", 4),
        ("", "ends where", 1),
        ("a*/b", "expected before '/'", 3),
        ("(a", "never closed", 1),
        ("a)", "never opened", 2),
        ("sin()", "needs arguments", 5),
        ("sin(a,b)", "takes 1 argument, not 2", 4),
        ("max(a)", "at least 2", 4),
        ("where(x,a,b)", "needs a condition", 6),
        ("sin(x<1)", "not conditions", 4),
        ("a + (x<1)", "not a value", 3),
        ("x < 1", "not a value", 1),
        ("where(a and b, 1, 2)", "joins conditions", 9),
        ("a,b", "comma", 2),
        ("y = a = b", "one '='", 7),
        ("a.b", "'.' is not allowed", 2),
        ("x[0]", r"'\[' is not allowed", 2),
        ("x.__class__", "'.' is not allowed", 2),
        ("__import__('os')", "text has no place", 12),
        ("eval(x)", "no function", 1),
        ("lambda x: x", "':' is not allowed", 9),
        ("(x := 1)", "':' is not allowed", 4),
        ("f'{x}'", "not allowed", 2),
        ("[x for x in y]", r"'\[' is not allowed", 1),
        ("x; y", "';' is not allowed", 2),
        ("x @ y", "'@' is not allowed", 3),
        ("x % 2", "'%' is not allowed", 3),
        ("a\\b", "not allowed", 2),
        ("9**9**9**9", "overflows", 5),
        ("1/0", "zero", 2),
        ("0**-1", "not a real number", 2),
        ("1e999*x", "finite", 1),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text: str, problem: str, column: int) -> None:
    with pytest.raises(FormulaError, match=problem) as caught:
        parse(text)
    assert f"(column {column})" in str(caught.value)


HOSTILE = {
    "long": "x+" * 500_000 + "x",
    "brackets": "(" * 100_000 + "x" + ")" * 100_000,
    "brackets below the limit of length": "(" * 4_999 + "x" + ")" * 4_999,
    "signs": "-" * 9_000 + "x",
    "not": "not " * 2_000 + "x<1",
    "powers": "x" + "**x" * 3_000,
    "calls": "sin(" * 2_000 + "x" + ")" * 2_000,
    "parts": "+".join("x" * 4_999),
    "tower": "9**9**9**9",
    "digits": "9" * 9_999,
    "superscripts": "2" + "⁹" * 9_000,
    "power of a power": "(((9^9^3)^99)^99)^99",
    "import": "__import__('os').system('rm -rf /')",
    "open": "open('/etc/passwd').read()",
    "nul": "x\0y",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_formula_is_refused_quickly(name: str) -> None:
    start = time.process_time()
    with pytest.raises(FormulaError):
        parse(HOSTILE[name])
    assert time.process_time() - start < 3.0  # milliseconds on an idle machine; a hang is what it must find


def test_long_laws_within_the_limits_are_read() -> None:
    text = "y = " + " + ".join(f"c{k}*x**{k}" for k in range(400))
    assert len(parse(text).roles({"x", "y"}).parameters) == 400
    nested = "sin(" * 150 + "a*x" + ")" * 150
    assert str(parse(nested)) == nested


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="abxy01.()+-*/^,=<>! sincospwhere`²_\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        law = parse(text)
    except FormulaError:
        return
    assert parse(law.text) == law


def test_named_laws_keep_their_parameters() -> None:
    named = LAWS["michaelis_menten"]
    assert parse("y = michaelis_menten(x)").expression is parse(named.text).expression


def test_two_named_laws_do_not_share_parameters() -> None:
    single = set(parse("gaussian(t)").names) - {"t"}
    double = set(parse("y = gaussian(t) + gaussian(2*t)").names) - {"t"}
    assert double == {f"{name}_{k}" for name in single for k in (1, 2)}
    beside = set(parse("y = gaussian(t) + c*t").names) - {"t", "c"}
    assert beside == single


def test_a_named_law_asks_for_its_variables() -> None:
    with pytest.raises(FormulaError, match=r"gaussian takes \(x\), not 2"):
        parse("gaussian(x, y)")


def test_roles_that_are_given_must_occur() -> None:
    with pytest.raises(FormulaError, match=r"tmie does not occur.*Did you mean 'time'"):
        parse("y = a*time", variables=("tmie",))
    with pytest.raises(FormulaError, match="both"):
        parse("y = a*x", variables=("a",), parameters=("a",))


def test_a_second_reading_is_free() -> None:
    assert parse("y = a*x + b") is parse("y = a*x + b")


def test_a_condition_is_not_an_expression_and_back() -> None:
    with pytest.raises(FormulaError, match="not a condition"):
        parse_condition("x + 1")
    with pytest.raises(FormulaError, match="not a value"):
        parse_expression("x < 1")

"""Loops for a compiler, run here as plain Python and judged by the evaluation of the same expressions by arrays."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educe.errors import FormulaError
from educe.formula import Expression, evaluate, gradient, library, parse_expression
from educe.formula.lane_source import lane_source
from educe.formula.loop_source import buffers, loop_source
from educe.formula.operations import OPERATIONS

ROWS = 7


def quiet(function):  # type: ignore[no-untyped-def]
    """Return the function with inf and nan where Python raises, as compiled code has it."""

    def silent(*values: float) -> float:
        try:
            return float(function(*values))
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan

    return silent


class Quiet:
    """The functions of `math`, without exceptions."""

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return quiet(getattr(math, name))


def filled(columns: dict[str, np.ndarray], theta: dict[str, float], outputs: list[Expression]) -> np.ndarray:
    """Run the loops as Python on NumPy's floats, which do not raise."""
    source = loop_source(list(columns), list(theta), outputs)
    out, kept = np.zeros((len(outputs), ROWS)), np.zeros((max(1, buffers(outputs, list(columns))), ROWS))
    names = {f"x{k}": column for k, column in enumerate(columns.values())}
    names |= {
        "p": np.array(list(theta.values())),
        "out": out,
        "kept": kept,
        "n": ROWS,
        "at": 0,
        "math": Quiet(),
    }
    names |= {"sincos": lambda u: (np.sin(u), np.cos(u))}
    names |= {"sin": np.sin, "cos": np.cos, "exp": np.exp, "expit": lambda u: 1.0 / (1.0 + np.exp(-u))}
    with np.errstate(all="ignore"):
        exec(source, names)  # noqa: S102 -- the code under test
    return out


def check(text: str, columns: dict[str, np.ndarray], theta: dict[str, float]) -> None:
    f = parse_expression(text)
    outputs = [f, *gradient(f, list(theta))]
    found = filled(columns, theta, outputs)
    with np.errstate(all="ignore"):
        for row, output in zip(found, outputs, strict=True):
            expected = np.broadcast_to(evaluate(output, {**columns, **theta}), ROWS)
            np.testing.assert_allclose(row, expected, rtol=1e-11, atol=1e-13, err_msg=f"{text}: {output}")


X = np.linspace(-1.7, 2.3, ROWS)
POSITIVE = np.linspace(0.2, 2.3, ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "a*sin(b*x) + c*cos(b*x)",
        "a*exp(-((x - b)/c)**2/2)",
        "a/(1 + exp(-(x - b)/c))",
        "where(x > b, a*x, c*x**3)",
        "max(a*x, b) + min(x, c) + abs(x - a)",
        "a*heaviside(x - b) + sign(x)*c",
        "a*expit(b*x) + c*tanh(x)",
        "a*erf(x/b) + c*hypot(x, b)",
        "a*log1p(b*x**2)/c + floor(x) - ceil(x)",
        "a*x**-2 + b/x + c*x**5",
        "where((x > a) and not (x < b) or x == c, x, 2*x)",
    ],
)
def test_loops_give_what_arrays_give(text: str) -> None:
    check(text, {"x": X}, {"a": 0.7, "b": 1.3, "c": 0.4})


@pytest.mark.parametrize(
    "text", ["a*x**b", "log(x)*a + log2(x)*b + log10(x)", "sqrt(x)*a + cbrt(b*x)", "lgamma(x + a)"]
)
def test_loops_of_positive_numbers(text: str) -> None:
    f = parse_expression(text)
    found = filled({"x": POSITIVE}, {"a": 0.7, "b": 1.3}, [f])
    np.testing.assert_allclose(found[0], evaluate(f, {"x": POSITIVE, "a": 0.7, "b": 1.3}), rtol=1e-12)


@given(
    st.lists(st.floats(0.2, 3.0), min_size=3, max_size=3),
    st.sampled_from(["a*x*exp(-b*x)/c", "(a*x + b)/(x**2 + c)", "a*(x/c)**b + (x/c)", "b/(a*c) + x/(a*c)"]),
)
@settings(max_examples=40, deadline=None)
def test_any_parameters(values: list[float], text: str) -> None:
    check(text, {"x": POSITIVE}, dict(zip("abc", values, strict=True)))


def test_every_law_of_the_library_but_those_with_rare_functions_has_loops() -> None:
    refused = []
    for law in library.LAWS.values():
        expression, variables = parse_expression(law.text), list(law.variables)
        others = sorted(expression.free_names - set(variables))
        try:
            loop_source(variables, others, [expression, *gradient(expression, others)])
        except FormulaError:
            refused.append(law.name)
    assert len(refused) < 5, refused


def test_what_a_loop_cannot_say_is_refused() -> None:
    with pytest.raises(FormulaError, match="a compiled loop has no digamma"):
        loop_source(["x"], ["a"], gradient(parse_expression("lgamma(a*x)"), ["a"]))


def test_dear_work_is_done_once() -> None:
    f = parse_expression("a*exp(-b*x)")
    source = loop_source(["x"], ["a", "b"], [*gradient(f, ["a", "b"]), f])
    assert source.count("exp(") == 1
    assert buffers([*gradient(f, ["a", "b"]), f], ["x"]) == 1
    assert set(OPERATIONS) >= {"exp"}


def test_sine_and_cosine_of_one_angle_are_one_call() -> None:
    f = parse_expression("a*sin(b*x + c) + cos(x)")
    source = loop_source(["x"], ["a", "b", "c"], [*gradient(f, ["a", "b", "c"]), f])
    assert source.count("sincos(") == 1
    assert source.count("cos(") == 2
    check("a*sin(b*x) + b*cos(b*x)**2 + sin(x)", {"x": X}, {"a": 1.5, "b": 0.7})


def test_a_point_of_several_fits_is_straight_code() -> None:
    """What depends on parameters alone stands before the loop; what two outputs share is computed once."""
    outputs = [parse_expression("exp(-k*x)"), parse_expression("a*exp(-k*x)/s**2"), parse_expression("1")]
    point = lane_source({"x": "x0", "a": "p0", "k": "p1", "s": "p2"}, ["x"], outputs)
    assert sum("exp(" in line for line in point.lines) == 1
    assert sum("1.0 / " in line for line in point.before) == 1
    assert not any("/" in line for line in point.lines)
    names = {"x0": 0.5, "p0": 2.0, "p1": 1.5, "p2": 3.0, "exp": math.exp, "spread": float}
    exec("\n".join([*point.before, *point.lines]), names)  # noqa: S102 -- the code under test
    values = [names[name] for name in point.outputs]
    assert values == pytest.approx([math.exp(-0.75), 2 * math.exp(-0.75) / 9, 1.0])


def test_what_lanes_cannot_say_is_refused() -> None:
    with pytest.raises(FormulaError, match="a compiled loop has no digamma"):
        lane_source({"x": "x0"}, ["x"], [parse_expression("digamma(x)")])

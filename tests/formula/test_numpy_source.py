"""Generated code, judged by node-by-node evaluation and, for the judge itself, by mpmath."""

from __future__ import annotations

import re
import timeit

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from educe.errors import FormulaError
from educe.formula import Expression, Stage, compile_stages, evaluate, gradient, parse, parse_expression

from .formulas import NAMES, expressions

PARAMETERS = ("a", "b", "lambda", "σ")
DATA = ("x", "y")


def run(
    outputs: list[list[Expression]], values: dict[str, np.ndarray | float], *, scalar: bool
) -> list[np.ndarray]:
    """Return all outputs of stages, of which the first takes a and b, the second the other parameters."""
    taken = [PARAMETERS[:2], PARAMETERS[2:]]
    stages = [Stage(names, tuple(found)) for names, found in zip(taken, outputs, strict=True)]
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    functions = compile_stages(DATA, stages, scalar=scalar).bind(*(values[name] for name in DATA))
    results = []
    for function, names, found in zip(functions, taken, outputs, strict=True):
        out = [np.full(shape, 77.0) for _ in found]
        for _ in range(2):  # the second call must not be spoilt by what the first left behind
            function(*(values[name] for name in names), out)
        results += out
    return results


def first_names(expression: Expression) -> bool:
    return expression.free_names.isdisjoint(PARAMETERS[2:])


@settings(
    max_examples=120, deadline=None, phases=[Phase.explicit, Phase.generate], report_multiple_bugs=False
)
@given(
    st.lists(expressions(), min_size=1, max_size=4),
    st.lists(st.integers(-300, 300).map(lambda k: k / 97), min_size=len(NAMES), max_size=len(NAMES)),
    st.booleans(),
)
def test_random_formulas_in_two_stages(
    formulas: list[Expression], numbers: list[float], scalar: bool
) -> None:
    values: dict[str, np.ndarray | float] = dict(zip(NAMES, numbers, strict=True))
    for name in DATA:
        # without -0.0, of which y**-0.5 and 1/sqrt(y) are infinities of different signs
        values[name] = values[name] * np.array([1.0, -0.3, 0.0, 2.1, 1.0]) + 0.0
    if not scalar:
        values["a"] = np.array([[1.0], [-1.0], [0.5]]) * values["a"]
        values["σ"] = np.array([[1.0], [2.0], [0.5]]) * values["σ"]
    first = [formula for formula in formulas if first_names(formula)]
    second = formulas + [slope for formula in formulas for slope in gradient(formula, ("a", "lambda"))]
    with np.errstate(all="ignore"):
        found = run([first, second], values, scalar=scalar)
    for output, array in zip([*first, *second], found, strict=True):
        agree(output, array, values)


def agree(output: Expression, array: np.ndarray, values: dict[str, np.ndarray | float]) -> None:
    """Compare where rounding of the arguments does not move the value itself."""
    expected = np.broadcast_to(evaluate(output, values), array.shape)
    nudged = {name: np.asarray(value) * (1 + 1e-13) + 1e-13 for name, value in values.items()}
    moved = np.broadcast_to(evaluate(output, nudged), array.shape)
    with np.errstate(all="ignore"):
        steady = (
            np.isfinite(expected)
            & np.isfinite(moved)
            & (np.abs(expected) > 1e-250)
            & (np.abs(expected) < 1e250)
        )
        steady &= np.abs(expected - moved) < 1e-9 * np.abs(expected)
        close = np.abs(array - expected) <= 1e-6 * np.abs(expected)
    assert close[steady].all(), str(output)


LAWS = {
    "misra1a": "b1*(1 - exp(-b2*x))",
    "chwirut": "exp(-b1*x)/(b2 + b3*x)",
    "gauss1": "b1*exp(-b2*x) + b3*exp(-(x-b4)**2/b5**2) + b6*exp(-(x-b7)**2/b8**2)",
    "hahn1": "(b1 + b2*x + b3*x**2 + b4*x**3)/(1 + b5*x + b6*x**2 + b7*x**3)",
    "rat43": "b1/((1 + exp(b2 - b3*x))**(1/b4))",
    "bennett5": "b1*(b2 + x)**(-1/b3)",
    "roszman1": "b1 - b2*x - atan(b3/(x - b4))/pi",
    "mgh09": "b1*(x**2 + x*b2)/(x**2 + x*b3 + b4)",
    "sensors": "a*sin(x) + b*cos(y)",
}


def bound(
    text: str, n: int = 150
) -> tuple[list[Expression], list[float], list[np.ndarray], tuple, str, dict]:
    law = parse(text)
    data = [name for name in law.names if name in DATA]
    names = [name for name in law.names if name not in DATA]
    slopes = gradient(law.expression, names)
    program = compile_stages(
        data, [Stage(tuple(names), (law.expression,)), Stage((), tuple(slopes))], scalar=True
    )
    rng = np.random.default_rng(7)
    columns = [rng.uniform(0.5, 1.5, n) for _ in data]
    theta = rng.uniform(0.5, 1.5, len(names)).tolist()
    values = dict(zip(data, columns, strict=True)) | dict(zip(names, theta, strict=True))
    return [law.expression, *slopes], theta, columns, program.bind(*columns), program.source, values


@pytest.mark.parametrize("name", LAWS)
def test_laws_and_their_slopes_to_a_few_ulps(name: str) -> None:
    outputs, theta, _, (value, jacobian), _, values = bound(LAWS[name])
    out = [np.empty(150) for _ in outputs]
    value(*theta, out[:1])
    jacobian(out[1:])
    for output, array in zip(outputs, out, strict=True):
        expected = np.broadcast_to(evaluate(output, values), array.shape)
        np.testing.assert_allclose(array, expected, rtol=4e-15, atol=4e-16 * np.abs(expected).max())


def test_every_line_of_gauss1_is_needed() -> None:
    *_, source, _ = bound(LAWS["gauss1"])
    value, slopes = source.split("def stage1")
    assert value.count("exp(") == 3
    assert slopes.count("exp(") == 0
    assert len(re.findall(r"(multiply|subtract|add|divide|exp|negative)\(", value)) == 15
    assert len(re.findall(r"(multiply|subtract|add|divide|exp|negative)\(", slopes)) == 10
    assert "power(" not in source


def test_what_depends_on_data_alone_is_computed_once() -> None:
    *_, source, _ = bound("a*sin(x)**2 + b*exp(-x**2/2)*cos(y)")
    before, stages = source.split("def stage0")
    assert "sin(" in before
    assert "exp(" in before
    assert "sin(" not in stages
    assert "exp(" not in stages


def test_no_name_of_a_formula_reaches_the_code() -> None:
    text = "print*`__import__('os')`*exit + eval*x"
    *_, source, _ = bound(text)
    assert set(re.findall(r"[A-Za-z_]{3,}", source)) <= {
        "bind", "def", "stage", "out", "return", "multiply", "add", "empty", "empty_like", "fill",
    } | {"kept_p", "nonlocal", "None"}  # fmt: skip


def test_scalars_that_overflow_or_divide_by_zero_give_what_arrays_give() -> None:
    texts = [
        "x*exp(a)",
        "x/(a - a)",
        "x*log(a - a)",
        "x*(a - a)**-1",
        "x*sqrt(-a)",
        "x*a**(a*b)",
        "x/exp(-a)",
        "x*lgamma(a - a)",
    ]
    outputs = [parse_expression(text) for text in texts]
    x = np.array([1.0, -2.0])
    (fill,) = compile_stages(["x"], [Stage(("a", "b"), tuple(outputs))], scalar=True).bind(x)
    out = [np.empty(2) for _ in outputs]
    with np.errstate(all="ignore"):
        fill(1000.0, 7.0, out)
    for text, output, array in zip(texts, outputs, out, strict=True):
        expected = evaluate(output, {"a": 1000.0, "b": 7.0, "x": x})
        np.testing.assert_array_equal(array, expected, err_msg=text)


def test_outputs_without_data_fill_the_column() -> None:
    outputs = tuple(map(parse_expression, ["3", "a", "a*b + 1", "x", "x**2", "pi"]))
    program = compile_stages(["x"], [Stage(("a", "b"), outputs)], scalar=True)
    out = [np.full(3, 9.0) for _ in outputs]
    x = np.array([1.0, 2.0, 3.0])
    program.bind(x)[0](2.0, 5.0, out)
    expected = [3.0, 2.0, 11.0, x, x**2, np.pi]
    for found, value in zip(out, expected, strict=True):
        np.testing.assert_array_equal(found, np.broadcast_to(value, 3))
    assert program.constant_outputs == ((0, 3, 4, 5),)


def test_two_bindings_do_not_touch_each_other() -> None:
    f = parse_expression("exp(a*x)*a")
    program = compile_stages(["x"], [Stage(("a",), (f,)), Stage((), tuple(gradient(f, ["a"])))], scalar=True)
    first, second = program.bind(np.ones(2)), program.bind(np.full(3, 2.0))
    one, two, slope = [np.empty(2)], [np.empty(3)], [np.empty(2)]
    first[0](1.0, one)
    second[0](3.0, two)
    first[1](slope)
    np.testing.assert_allclose(slope[0], np.exp(1.0) * 2, rtol=1e-15)


def test_a_batch_of_candidates_broadcasts() -> None:
    f = parse_expression("a*exp(-b*x) + gamma(a)*where(a > 1, b, x)")
    program = compile_stages(["x"], [Stage(("a", "b"), (f, *gradient(f, ["a", "b"])))])
    x, a, b = np.linspace(0, 1, 5), np.array([[0.5], [1.5]]), np.array([[2.0], [3.0]])
    out = list(np.empty((3, 2, 5)))
    program.bind(x)[0](a, b, out)
    for output, found in zip((f, *gradient(f, ["a", "b"])), out, strict=True):
        np.testing.assert_allclose(found, evaluate(output, {"a": a, "b": b, "x": x}) + 0 * x, rtol=1e-15)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(FormulaError, match="c is neither a column nor a parameter"):
        compile_stages(["x"], [Stage(("a",), (parse_expression("a*x + c"),))])


def test_a_deep_law_is_compiled_without_recursion() -> None:
    law = parse("+".join(f"c{k}*sin({k}*x)" for k in range(300))).expression
    program = compile_stages(["x"], [Stage(tuple(f"c{k}" for k in range(300)), (law,))], scalar=True)
    out = [np.empty(2)]
    program.bind(np.array([0.1, 0.2]))[0](*[1.0] * 300, out)
    expected = sum(np.sin(k * np.array([0.1, 0.2])) for k in range(300))
    np.testing.assert_allclose(out[0], expected, rtol=1e-12)


@pytest.mark.parametrize("text", ["a*x*10^308*10^308", "a*x*((9^9)^9)^9", "a*(1e200*x)^2"])
@pytest.mark.parametrize("scalar", [True, False])
def test_constants_beyond_the_largest_number_are_infinite(text: str, scalar: bool) -> None:
    program = compile_stages(["x"], [Stage(("a",), (parse_expression(text),))], scalar=scalar)
    out = [np.empty(2)]
    with np.errstate(all="ignore"):
        program.bind(np.array([1.0, 2.0]))[0](3.0, out)
    assert np.isinf(out[0]).all()


def test_compiling_again_is_free() -> None:
    f = parse_expression("a*x")
    assert compile_stages(["x"], [Stage(("a",), (f,))]) is compile_stages(("x",), [Stage(("a",), (f,))])


@pytest.mark.parametrize(("name", "limit"), [("misra1a", 2e-3), ("gauss1", 6e-3)])
def test_from_text_to_code_within_milliseconds(name: str, limit: float) -> None:
    def once(k: int) -> float:
        text = re.sub(r"\bx\b", f"x{k}", LAWS[name])
        start = timeit.default_timer()
        law = parse(text)
        names = [found for found in law.names if found[0] == "b"]
        slopes = gradient(law.expression, names)
        compile_stages(
            (f"x{k}",), [Stage(tuple(names), (law.expression,)), Stage((), tuple(slopes))], scalar=True
        )
        return timeit.default_timer() - start

    assert min(once(k) for k in range(10)) < limit

"""The operations that a formula may use: value, differential, LaTeX and C of each, side by side.

A new operation is one entry in `OPERATIONS`; parsing, differentiation, NumPy code, LaTeX and C follow from it.

Conventions: sinc(x) = sin(x)/x (not normalised), heaviside(0) = 1/2, sign(0) = 0 and so d|x|/dx = 0 at x = 0,
expit(x) = 1/(1 + exp(-x)), lgamma(x) = log|gamma(x)|, dsinc is the derivative of sinc.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from educe.formula.expression import ONE, ZERO, Expression, apply, constant

Differential = Callable[[Expression, Sequence[Expression]], Expression]


@dataclass(frozen=True)
class Operation:
    """One operation: how it is called, computed, differentiated and written.

    name : str -- as in formulas
    numpy : str -- where its array function is: "sin" in numpy, "special.erf" in scipy, "numeric.sinc" here
    differential : (node, differentials of its arguments) -> differential of the node
    latex, c : str -- with {0}, {1}, ... for the arguments; an empty C text means that C cannot say it
    arity : int -- number of arguments
    scalar : str -- name in `math` of the function of Python floats; empty: the array function serves
    """

    name: str
    numpy: str
    differential: Differential
    latex: str
    c: str
    arity: int = 1
    scalar: str = ""

    def function(self) -> Callable[..., Any]:
        """Return the function of arrays; SciPy is imported only for the operations that need it."""
        place, _, name = self.numpy.rpartition(".")
        module = {"": "numpy", "special": "scipy.special", "numeric": "educe.formula.numeric"}[place]
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found


def of(name: str, *arguments: Expression) -> Expression:
    """Return the operation of that name applied to the arguments."""
    return apply(name, *arguments)


def _chain(derivative: Callable[[Expression, Expression], Expression]) -> Differential:
    """Return the differential f'(u) du of a function of one argument, from f'(u) as a function of u and f."""

    def differential(node: Expression, d: Sequence[Expression]) -> Expression:
        return derivative(node.arguments[0], node) * d[0]

    return differential


def _flat(node: Expression, d: Sequence[Expression]) -> Expression:
    return ZERO


def _sum(node: Expression, d: Sequence[Expression]) -> Expression:
    return d[0] + d[1]


def _difference(node: Expression, d: Sequence[Expression]) -> Expression:
    return d[0] - d[1]


def _product(node: Expression, d: Sequence[Expression]) -> Expression:
    a, b = node.arguments
    return d[0] * b + a * d[1]


def _quotient(node: Expression, d: Sequence[Expression]) -> Expression:
    b = node.arguments[1]
    return d[0] / b if d[1] is ZERO else (d[0] - node * d[1]) / b


def _power(node: Expression, d: Sequence[Expression]) -> Expression:
    base, exponent = node.arguments
    total = ZERO
    if d[0] is not ZERO:
        slope = exponent * (node / base if away_from_zero(base) else base ** (exponent - 1))
        total = slope * d[0]
    if d[1] is not ZERO:
        grown = node * of("log", base)
        total += (grown if away_from_zero(base) else of("where", of("==", base, ZERO), ZERO, grown)) * d[1]
    return total


def _negative(node: Expression, d: Sequence[Expression]) -> Expression:
    return -d[0]


def _where(node: Expression, d: Sequence[Expression]) -> Expression:
    return of("where", node.arguments[0], d[1], d[2])


def _larger(node: Expression, d: Sequence[Expression]) -> Expression:
    return of("where", of(">=", *node.arguments), d[0], d[1])


def _smaller(node: Expression, d: Sequence[Expression]) -> Expression:
    return of("where", of("<=", *node.arguments), d[0], d[1])


def _atan2(node: Expression, d: Sequence[Expression]) -> Expression:
    y, x = node.arguments
    return (x * d[0] - y * d[1]) / (x**2 + y**2)


def _hypot(node: Expression, d: Sequence[Expression]) -> Expression:
    a, b = node.arguments
    return (a * d[0] + b * d[1]) / node


def _polygamma(node: Expression, d: Sequence[Expression]) -> Expression:
    order, u = node.arguments
    return of("polygamma", order + 1, u) * d[1]


def _sinc_slope(u: Expression, f: Expression) -> Expression:
    return of("dsinc", u)


def _dsinc_slope(u: Expression, f: Expression) -> Expression:
    curvature = -(of("sinc", u) + 2 * f / u)
    return of("where", of("==", u, ZERO), constant(-1) / constant(3), curvature)


def _j1_slope(u: Expression, f: Expression) -> Expression:
    return of("where", of("==", u, ZERO), constant(0.5), of("j0", u) - f / u)


def away_from_zero(node: Expression) -> bool:
    """Whether the node is positive by its form and cannot come near zero: 2, 1 + exp(u), cosh(u), 3*(1 + u**2)."""
    if node.operation == "constant":
        return node.value > 0  # type: ignore[operator]
    if node.operation == "+":
        a, b = node.arguments
        return (away_from_zero(a) and _never_negative(b)) or (away_from_zero(b) and _never_negative(a))
    if node.operation in ("*", "/"):
        return all(away_from_zero(argument) for argument in node.arguments)
    return node.operation in ("pi", "cosh")


def _never_negative(node: Expression) -> bool:
    if node.operation == "**":
        exponent = node.arguments[1]
        return exponent.operation == "constant" and exponent.value in (2, 4, 6)
    if node.operation in ("+", "*", "/"):
        return all(_never_negative(argument) for argument in node.arguments)
    return node.operation in ("exp", "abs", "sqrt", "cosh", "expit", "erfc") or away_from_zero(node)


_TWO_BY_ROOT_PI = constant(2 / math.sqrt(math.pi))


def _function(name: str) -> str:
    return rf"\operatorname{{{{{name}}}}}\left({{0}}\right)"


def _named(name: str) -> str:
    return rf"\{name}\left({{0}}\right)"


_ALL = (
    # Arithmetic. numpy_source, latex and c_source arrange signs, products and powers themselves.
    Operation("+", "add", _sum, "{0} + {1}", "{0} + {1}", 2),
    Operation("-", "subtract", _difference, "{0} - {1}", "{0} - {1}", 2),
    Operation("*", "multiply", _product, r"{0} \, {1}", "{0} * {1}", 2),
    Operation("/", "divide", _quotient, r"\frac{{{0}}}{{{1}}}", "{0} / {1}", 2),
    Operation("**", "power", _power, "{0}^{{{1}}}", "pow({0}, {1})", 2, "pow"),
    Operation("neg", "negative", _negative, "-{0}", "-{0}"),
    # Conditions
    Operation("<", "less", _flat, "{0} < {1}", "{0} < {1}", 2),
    Operation("<=", "less_equal", _flat, r"{0} \le {1}", "{0} <= {1}", 2),
    Operation(">", "greater", _flat, "{0} > {1}", "{0} > {1}", 2),
    Operation(">=", "greater_equal", _flat, r"{0} \ge {1}", "{0} >= {1}", 2),
    Operation("==", "equal", _flat, "{0} = {1}", "{0} == {1}", 2),
    Operation("!=", "not_equal", _flat, r"{0} \ne {1}", "{0} != {1}", 2),
    Operation("and", "logical_and", _flat, r"{0} \wedge {1}", "{0} && {1}", 2),
    Operation("or", "logical_or", _flat, r"{0} \vee {1}", "{0} || {1}", 2),
    Operation("not", "logical_not", _flat, r"\neg {0}", "!{0}"),
    Operation(
        "where",
        "where",
        _where,
        r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
        "({0} ? {1} : {2})",
        3,
    ),
    # Trigonometric and hyperbolic
    Operation("sin", "sin", _chain(lambda u, f: of("cos", u)), _named("sin"), "sin({0})", 1, "sin"),
    Operation("cos", "cos", _chain(lambda u, f: -of("sin", u)), _named("cos"), "cos({0})", 1, "cos"),
    Operation("tan", "tan", _chain(lambda u, f: 1 + f**2), _named("tan"), "tan({0})", 1, "tan"),
    Operation(
        "asin",
        "arcsin",
        _chain(lambda u, f: 1 / of("sqrt", 1 - u**2)),
        _named("arcsin"),
        "asin({0})",
        1,
        "asin",
    ),
    Operation(
        "acos",
        "arccos",
        _chain(lambda u, f: -1 / of("sqrt", 1 - u**2)),
        _named("arccos"),
        "acos({0})",
        1,
        "acos",
    ),
    Operation(
        "atan", "arctan", _chain(lambda u, f: 1 / (1 + u**2)), _named("arctan"), "atan({0})", 1, "atan"
    ),
    Operation(
        "atan2",
        "arctan2",
        _atan2,
        r"\operatorname{{atan2}}\left({0}, {1}\right)",
        "atan2({0}, {1})",
        2,
        "atan2",
    ),
    Operation("sinh", "sinh", _chain(lambda u, f: of("cosh", u)), _named("sinh"), "sinh({0})", 1, "sinh"),
    Operation("cosh", "cosh", _chain(lambda u, f: of("sinh", u)), _named("cosh"), "cosh({0})", 1, "cosh"),
    Operation("tanh", "tanh", _chain(lambda u, f: 1 - f**2), _named("tanh"), "tanh({0})", 1, "tanh"),
    Operation(
        "asinh",
        "arcsinh",
        _chain(lambda u, f: 1 / of("sqrt", 1 + u**2)),
        _function("arsinh"),
        "asinh({0})",
        1,
        "asinh",
    ),
    Operation(
        "acosh",
        "arccosh",
        _chain(lambda u, f: 1 / of("sqrt", u**2 - 1)),
        _function("arcosh"),
        "acosh({0})",
        1,
        "acosh",
    ),
    Operation(
        "atanh", "arctanh", _chain(lambda u, f: 1 / (1 - u**2)), _function("artanh"), "atanh({0})", 1, "atanh"
    ),
    # Exponentials, logarithms, roots
    Operation("exp", "exp", _chain(lambda u, f: f), _named("exp"), "exp({0})", 1, "exp"),
    Operation(
        "expm1", "expm1", _chain(lambda u, f: of("exp", u)), _function("expm1"), "expm1({0})", 1, "expm1"
    ),
    Operation("log", "log", _chain(lambda u, f: 1 / u), _named("ln"), "log({0})", 1, "log"),
    Operation(
        "log1p", "log1p", _chain(lambda u, f: 1 / (1 + u)), _function("log1p"), "log1p({0})", 1, "log1p"
    ),
    Operation(
        "log10",
        "log10",
        _chain(lambda u, f: 1 / (constant(math.log(10)) * u)),
        r"\log_{{10}}\left({0}\right)",
        "log10({0})",
        1,
        "log10",
    ),
    Operation(
        "log2",
        "log2",
        _chain(lambda u, f: 1 / (constant(math.log(2)) * u)),
        r"\log_{{2}}\left({0}\right)",
        "log2({0})",
        1,
        "log2",
    ),
    Operation("sqrt", "sqrt", _chain(lambda u, f: 1 / (2 * f)), r"\sqrt{{{0}}}", "sqrt({0})", 1, "sqrt"),
    Operation(
        "cbrt", "cbrt", _chain(lambda u, f: 1 / (3 * f**2)), r"\sqrt[3]{{{0}}}", "cbrt({0})", 1, "cbrt"
    ),
    Operation(
        "hypot",
        "hypot",
        _hypot,
        r"\operatorname{{hypot}}\left({0}, {1}\right)",
        "hypot({0}, {1})",
        2,
        "hypot",
    ),
    # Steps and sides
    Operation(
        "abs", "absolute", _chain(lambda u, f: of("sign", u)), r"\left|{0}\right|", "fabs({0})", 1, "fabs"
    ),
    Operation("sign", "sign", _flat, _function("sign"), "educe_sign({0})"),
    Operation("floor", "floor", _flat, r"\left\lfloor {0} \right\rfloor", "floor({0})"),
    Operation("ceil", "ceil", _flat, r"\left\lceil {0} \right\rceil", "ceil({0})"),
    Operation("heaviside", "numeric.heaviside", _flat, r"\Theta\left({0}\right)", "educe_heaviside({0})"),
    Operation("max", "maximum", _larger, r"\max\left({0}, {1}\right)", "fmax({0}, {1})", 2),
    Operation("min", "minimum", _smaller, r"\min\left({0}, {1}\right)", "fmin({0}, {1})", 2),
    # Special functions
    Operation("sinc", "numeric.sinc", _chain(_sinc_slope), _function("sinc"), "educe_sinc({0})"),
    Operation("dsinc", "numeric.dsinc", _chain(_dsinc_slope), r"\operatorname{{sinc}}'\left({0}\right)", ""),
    Operation(
        "expit", "special.expit", _chain(lambda u, f: f * (1 - f)), _function("expit"), "educe_expit({0})"
    ),
    Operation(
        "erf",
        "special.erf",
        _chain(lambda u, f: _TWO_BY_ROOT_PI * of("exp", -(u**2))),
        _function("erf"),
        "erf({0})",
        1,
        "erf",
    ),
    Operation(
        "erfc",
        "special.erfc",
        _chain(lambda u, f: -_TWO_BY_ROOT_PI * of("exp", -(u**2))),
        _function("erfc"),
        "erfc({0})",
        1,
        "erfc",
    ),
    Operation(
        "gamma",
        "special.gamma",
        _chain(lambda u, f: f * of("digamma", u)),
        r"\Gamma\left({0}\right)",
        "tgamma({0})",
    ),
    Operation(
        "lgamma",
        "special.gammaln",
        _chain(lambda u, f: of("digamma", u)),
        r"\ln\left|\Gamma\left({0}\right)\right|",
        "lgamma({0})",
    ),
    Operation(
        "digamma",
        "special.digamma",
        _chain(lambda u, f: of("polygamma", ONE, u)),
        r"\psi\left({0}\right)",
        "",
    ),
    Operation(
        "polygamma", "special.polygamma", _polygamma, r"\psi^{{\left({0}\right)}}\left({1}\right)", "", 2
    ),
    Operation("j0", "special.j0", _chain(lambda u, f: -of("j1", u)), r"J_{{0}}\left({0}\right)", "j0({0})"),
    Operation("j1", "special.j1", _chain(_j1_slope), r"J_{{1}}\left({0}\right)", "j1({0})"),
)

OPERATIONS = {operation.name: operation for operation in _ALL}

CONDITIONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "and", "or", "not"})

SPELLINGS = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "ln": "log",
    "fabs": "abs",
    "absolute": "abs",
    "minimum": "min",
    "maximum": "max",
    "gammaln": "lgamma",
    "psi": "digamma",
    "sigmoid": "expit",
}

FUNCTIONS = {
    name: operation for name, operation in OPERATIONS.items() if name.isalnum() and name not in CONDITIONS
}
del FUNCTIONS["neg"]

"""Expressions handed to SymPy, for those who want to go on by computer algebra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from educe.formula.expression import Expression, in_order

if TYPE_CHECKING:
    from collections.abc import Callable

_HALF = sympy.Rational(1, 2)

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
    "==": sympy.Eq,
    "!=": sympy.Ne,
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
    "where": lambda c, a, b: sympy.Piecewise((a, c), (b, True)),
    "abs": sympy.Abs,
    "ceil": sympy.ceiling,
    "max": sympy.Max,
    "min": sympy.Min,
    "expm1": lambda u: sympy.exp(u) - 1,
    "log1p": lambda u: sympy.log(1 + u),
    "log10": lambda u: sympy.log(u) / sympy.log(10),
    "log2": lambda u: sympy.log(u) / sympy.log(2),
    "cbrt": lambda u: sympy.sign(u) * sympy.Abs(u) ** sympy.Rational(1, 3),
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "heaviside": lambda u: sympy.Heaviside(u, _HALF),
    "expit": lambda u: 1 / (1 + sympy.exp(-u)),
    "dsinc": lambda u: sympy.Piecewise((0, sympy.Eq(u, 0)), ((sympy.cos(u) - sympy.sin(u) / u) / u, True)),
    "lgamma": lambda u: sympy.log(sympy.Abs(sympy.gamma(u))),
    "j0": lambda u: sympy.besselj(0, u),
    "j1": lambda u: sympy.besselj(1, u),
}


def to_sympy(expression: Expression) -> sympy.Expr:
    """Return the expression in SymPy, its names as real symbols; decimal numbers become exact fractions.

    >>> from educe.formula import parse_expression
    >>> print(to_sympy(parse_expression("a*x^2")))
    a*x**2
    """
    built: dict[Expression, Any] = {}
    for node in in_order([expression]):
        built[node] = _built(node, [built[argument] for argument in node.arguments])
    return built[expression]


def _built(node: Expression, arguments: list[Any]) -> Any:
    if node.operation == "constant":
        return sympy.Rational(node.value)
    if node.operation == "symbol":
        return sympy.Symbol(str(node.value), real=True)
    if node.operation == "pi":
        return sympy.pi
    function = _FUNCTIONS.get(node.operation) or getattr(sympy, node.operation)
    return function(*arguments)

"""Expressions as C99 functions of doubles, one line for each shared or single step."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from educe.errors import FormulaError, nearest
from educe.formula.expression import Expression, in_order
from educe.formula.operations import CONDITIONS, OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OWN_FUNCTIONS = {
    "educe_sign": "(x > 0) - (x < 0)",
    "educe_heaviside": "x > 0 ? 1.0 : x < 0 ? 0.0 : 0.5",
    "educe_sinc": "x == 0 ? 1.0 : sin(x) / x",
    "educe_expit": "x >= 0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x))",
}
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MOST_FACTORS = 4  # integer powers up to this one are written as products


def c_source(
    expression: Expression, variables: Iterable[str], parameters: Iterable[str], *, name: str = "law"
) -> str:
    """Return the text of `double name(const double *x, const double *theta)`.

    variables, parameters : names in the order in which x and theta hold them
    name : str -- of the C function

    Raises FormulaError if a name of the expression is in neither list, or if C has no such function.

    >>> from educe.formula import parse_expression
    >>> print(c_source(parse_expression("m*x + b"), ["x"], ["m", "b"], name="line"))
    #include <math.h>
    <BLANKLINE>
    /* x: x; theta: m, b */
    double line(const double *x, const double *theta)
    {
        const double t0 = theta[0] * x[0];
        return t0 + theta[1];
    }
    <BLANKLINE>
    """
    if not _IDENTIFIER.fullmatch(name):
        raise FormulaError(f"'{name}' is not a name for a C function; use letters, digits and underscores.")
    variables, parameters = tuple(variables), tuple(parameters)
    places = {n: f"theta[{k}]" for k, n in enumerate(parameters)}
    places |= {n: f"x[{k}]" for k, n in enumerate(variables)}
    lines, value = _lines(expression, places)
    body = "\n".join(f"    {line}" for line in [*lines, f"return {value};"])
    listed = f"/* x: {_comment(variables)}; theta: {_comment(parameters)} */"
    unused = "".join(f"    (void){argument};\n" for argument in ("x", "theta") if f"{argument}[" not in body)
    head = f"double {name}(const double *x, const double *theta)"
    return f"{_preamble(body)}{listed}\n{head}\n{{\n{unused}{body}\n}}\n"


def _preamble(body: str) -> str:
    functions = [
        f"static double {function}(double x) {{ return {value}; }}\n"
        for function, value in _OWN_FUNCTIONS.items()
        if f"{function}(" in body
    ]
    return "".join(["#include <math.h>\n\n", *functions, *["\n"] * bool(functions)])


def _comment(names: Iterable[str]) -> str:
    return ", ".join("".join(c if c.isalnum() else "_" for c in name) for name in names)


def _lines(expression: Expression, places: Mapping[str, str]) -> tuple[list[str], str]:
    """Return the declarations of all steps but the last, and the text of the last."""
    written: dict[Expression, str] = {}
    lines: list[str] = []
    for node in in_order([expression]):
        text = _text(node, written, places)
        if node.arguments and node is not expression:
            kind = "int" if node.operation in CONDITIONS else "double"
            lines.append(f"const {kind} t{len(lines)} = {text};")
            text = f"t{len(lines) - 1}"
        written[node] = text
    return lines, written[expression]


def _text(node: Expression, written: Mapping[Expression, str], places: Mapping[str, str]) -> str:
    if node.operation == "constant":
        text = repr(float(node.value))  # type: ignore[arg-type]
        return f"({text})" if text.startswith("-") else text
    if node.operation == "pi":
        return repr(math.pi)
    if node.operation == "symbol":
        name = str(node.value)
        if name not in places:
            raise FormulaError(
                f"{name} is neither among the variables nor the parameters.{nearest(name, places)}"
            )
        return places[name]
    arguments = [written[argument] for argument in node.arguments]
    template = OPERATIONS[node.operation].c
    if not template:
        raise FormulaError(f"The C library has no {node.operation}; this law cannot be written in C.")
    return _power(node, arguments) or template.format(*arguments)


def _power(node: Expression, arguments: list[str]) -> str | None:
    """Return small powers as products and roots: pow is slow and rounds differently."""
    if node.operation != "**" or node.arguments[1].operation != "constant":
        return None
    exponent = node.arguments[1].value
    if exponent in (0.5, -0.5):
        root = f"sqrt({arguments[0]})"
        return root if exponent == 0.5 else f"1.0 / {root}"
    if not isinstance(exponent, int) or not 1 <= abs(exponent) <= _MOST_FACTORS:
        return None
    product = " * ".join([arguments[0]] * abs(exponent))
    return product if exponent > 0 else f"1.0 / ({product})"

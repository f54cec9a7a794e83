"""Expressions as spreadsheet formulas, for Excel, LibreOffice and Google Sheets, with English function names."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from educe.errors import FormulaError, nearest
from educe.formula.text import ATOM, INFIX, PRODUCT, SUM, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from educe.formula.expression import Expression

LONGEST = 8192  # characters of one formula that Excel takes

_SAME = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
_ALSO = ("exp", "sqrt", "abs", "sign", "log10", "erf", "erfc", "gamma")
_TEMPLATES = {name: f"{name.upper()}({{0}})" for name in (*_SAME, *_ALSO)} | {
    "atan2": "ATAN2({1},{0})",  # spreadsheets name x first
    "log": "LN({0})",
    "log2": "LOG({0},2)",
    "lgamma": "GAMMALN({0})",
    "max": "MAX({0},{1})",
    "min": "MIN({0},{1})",
    "floor": "INT({0})",
    "ceil": "(-INT(-({0})))",
    "cbrt": "(SIGN({0})*ABS({0})^(1/3))",
    "hypot": "SQRT(SUMSQ({0},{1}))",
    "heaviside": "((1+SIGN({0}))/2)",
    # these keep their digits near 0 where EXP(u)-1 and LN(1+u) lose them
    "expm1": "(2*EXP(({0})/2)*SINH(({0})/2))",
    "log1p": "(2*ATANH(({0})/(2+({0}))))",
    "sinc": "IF(({0})=0,1,SIN({0})/({0}))",
    "expit": "(1/(1+EXP(-MAX({0},-700))))",
    "where": "IF({0},{1},{2})",
    "and": "AND({0},{1})",
    "or": "OR({0},{1})",
    "not": "NOT({0})",
}
_SIGNS = {"**": "^", "==": "=", "!=": "<>"}
_OPEN = -1  # binds looser than everything: a sign binds tighter than ^ in some spreadsheets, looser in others


def spreadsheet(expression: Expression, cells: Mapping[str, str]) -> str:
    """Return a formula, with its equals sign.

    cells : {name: text} of every free name, such as {"x": "A2"}

    Raises FormulaError if a name has no cell, if spreadsheets have no such function to all digits, or if the
    formula is longer than Excel takes.

    >>> from educe.formula import parse_expression
    >>> spreadsheet(parse_expression("-2.5*exp(-x)^2 + 1"), {"x": "A2"})
    '=(-2.5)*EXP(-A2)^2+1'
    """
    missing = sorted(expression.free_names - cells.keys())
    if missing:
        raise FormulaError(f"{missing[0]} has no cell.{nearest(missing[0], cells)}")
    text = "" if expression.size > LONGEST else "=" + joined(expression, lambda node: _parts(node, cells))
    if not 0 < len(text) <= LONGEST:
        raise FormulaError(
            f"this formula would be longer than the {LONGEST} characters that spreadsheets take."
        )
    return text


def _binding(node: Expression) -> int:
    if node.operation in ("==", "!=", "<", "<=", ">", ">=", "neg"):
        return _OPEN
    if node.operation == "constant":
        return ATOM if node.value >= 0 else _OPEN  # type: ignore[operator]
    return INFIX[node.operation][1] if node.operation in INFIX and node.operation not in _TEMPLATES else ATOM


def _parts(node: Expression, cells: Mapping[str, str]) -> Iterable[Expression | str]:
    if node.operation == "constant":
        return [repr(node.value).upper()]
    if node.operation == "pi":
        return ["PI()"]
    if node.operation == "symbol":
        return [cells[str(node.value)]]
    if node.operation == "neg":
        return ["-", *_bracketed(node.arguments[0], ATOM)]
    if node.operation in _TEMPLATES:
        return _filled(_TEMPLATES[node.operation], node)
    if node.operation not in INFIX:
        raise FormulaError(
            f"spreadsheets have no {node.operation} to all digits; this law cannot be written as a formula of cells."
        )
    left, right = node.arguments
    binding = INFIX[node.operation][1]
    beside = binding if binding in (SUM, PRODUCT) else ATOM
    sign = _SIGNS.get(node.operation, node.operation)
    return [*_bracketed(left, beside), sign, *_bracketed(right, min(binding + 1, ATOM))]


def _filled(template: str, node: Expression) -> list[Expression | str]:
    parts: list[Expression | str] = []
    for literal, place, _, _ in Formatter().parse(template):
        parts.append(literal)
        if place is not None:
            parts.append(node.arguments[int(place)])
    return parts


def _bracketed(node: Expression, least: int) -> list[Expression | str]:
    return [node] if _binding(node) >= least else ["(", node, ")"]

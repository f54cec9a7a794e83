"""Expressions as LaTeX, with the brackets that they need and no others."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from educe.formula.operations import OPERATIONS
from educe.formula.text import ATOM, COMPARISON, INFIX, NOT, POWER, PRODUCT, SIGN, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from educe.formula.expression import Expression

LETTERS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_CAPITALS = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
_COMMANDS = {name: rf"\{name}" for name in (*LETTERS, *_CAPITALS) if name != "omicron"}
_GREEK = {
    **dict(zip("αβγδεζηθικλμνξοπρστυφχψω", LETTERS, strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", _CAPITALS, strict=True)),
    "ϕ": "phi",
    "ϵ": "epsilon",
    "µ": "mu",  # the micro sign
}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
_NAME = re.compile(r"(?P<base>[^\W\d_]+)(?P<digits>[0-9]*)(?P<rest>(?:_[^\W_]+)*)")
_OWN_TEMPLATES = {"exp": r"\mathrm{{e}}^{{{0}}}"}


def latex(expression: Expression) -> str:
    r"""Return an expression in LaTeX, without dollar signs.

    >>> from educe.formula import parse_expression
    >>> print(latex(parse_expression("alpha*x_max^2/(1 + b1)")))
    \frac{\alpha \, x_{\mathrm{max}}^{2}}{1 + b_{1}}
    """
    return joined(expression, _parts)


def latex_name(name: str) -> str:
    r"""Return a name in LaTeX: Greek letters, subscripts after digits and underscores, everything else escaped.

    >>> print(latex_name("T_in"), latex_name("b12"), latex_name("sigma"), latex_name("Temp (C)"))
    T_{\mathrm{in}} b_{12} \sigma \text{Temp (C)}
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return rf"\text{{{''.join(_ESCAPES.get(c, c if c.isprintable() else ' ') for c in name)}}}"
    below = [match["digits"]] if match["digits"] else []
    below += [_subscript(part) for part in match["rest"].split("_") if part]
    subscript = f"_{{{','.join(below)}}}" if below else ""
    return _letters(match["base"]) + subscript


def _letters(word: str) -> str:
    word = _GREEK.get(word, word)
    if word in _COMMANDS:
        return _COMMANDS[word]
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"


def _subscript(part: str) -> str:
    return part if part.isdigit() else _letters(part)


def _binding(node: Expression) -> int:
    if node.operation in INFIX:
        return INFIX[node.operation][1]
    if node.operation == "neg":
        return SIGN
    if node.operation == "constant":
        return _number_binding(node)
    if node.operation == "where":
        return COMPARISON
    return {"not": NOT, "exp": POWER}.get(node.operation, ATOM)


def _number_binding(node: Expression) -> int:
    if node.value < 0:  # type: ignore[operator]
        return SIGN
    return PRODUCT if "e" in repr(node.value) else ATOM


def _parts(node: Expression) -> Iterable[Expression | str]:
    if node.operation == "constant":
        return [_number(repr(node.value))]
    if node.operation == "symbol":
        return [latex_name(str(node.value))]
    if node.operation == "pi":
        return [r"\pi"]
    return _filled(node, _operands(node))


def _number(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _operands(node: Expression) -> list[list[Expression | str]]:
    """Return the arguments of an operation, each in brackets if it needs them there."""
    operation, arguments = node.operation, node.arguments
    if operation == "**":
        base = arguments[0]
        plain = base.operation == "symbol" or (_binding(base) == ATOM and not base.arguments)
        return [[base] if plain else _in_brackets(base), [arguments[1]]]
    if operation in ("neg", "not"):
        return [
            _behind_a_sign(arguments[0], PRODUCT) if operation == "neg" else _bracketed(arguments[0], NOT)
        ]
    if operation == "*":
        return [_bracketed(arguments[0], PRODUCT), _behind_a_sign(arguments[1], PRODUCT)]
    if operation in INFIX and operation != "/":
        tightness = INFIX[operation][1]
        beside = tightness + 1 if tightness == COMPARISON else tightness
        return [_bracketed(arguments[0], beside), _behind_a_sign(arguments[1], tightness + 1)]
    return [[argument] for argument in arguments]


def _filled(node: Expression, operands: list[list[Expression | str]]) -> list[Expression | str]:
    template = _OWN_TEMPLATES.get(node.operation, OPERATIONS[node.operation].latex)
    if node.operation == "*" and _starts_with_digit(node.arguments[1]):
        template = r"{0} \cdot {1}"
    parts: list[Expression | str] = []
    for literal, place, _, _ in Formatter().parse(template):
        parts.append(literal)
        if place is not None:
            parts += operands[int(place)]
    return parts


def _starts_with_digit(node: Expression) -> bool:
    while node.operation in ("*", "**"):
        node = node.arguments[0]
    return node.operation == "constant"


def _behind_a_sign(node: Expression, least: int) -> list[Expression | str]:
    """Return what stands behind an operator: in brackets if it would begin with a sign of its own."""
    first = node
    while first.operation == "*":
        first = first.arguments[0]
    return _in_brackets(node) if _binding(first) == SIGN else _bracketed(node, least)


def _bracketed(node: Expression, least: int) -> list[Expression | str]:
    return [node] if _binding(node) >= least else _in_brackets(node)


def _in_brackets(node: Expression) -> list[Expression | str]:
    return [r"\left(", node, r"\right)"]

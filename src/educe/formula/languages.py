"""Expressions as straight-line code in a programming language: what differs between languages, in one place.

C, JavaScript and Python call the functions of a formula by the same names, up to a prefix; what a language lacks
is defined in front of the code that needs it. A language that can say an operation in no way refuses it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from educe.errors import FormulaError, nearest
from educe.formula.expression import Expression, in_order
from educe.formula.operations import CONDITIONS
from educe.formula.text import ATOM, INFIX, PRODUCT, SIGN, SUM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_FACTORS = 4  # integer powers up to this one are written as products
_LONGEST = 60  # characters of a step that is written inside another one
_OWN = re.compile(r"\beduce_\w+(?=\()")


@dataclass(frozen=True)
class Language:
    """How one language writes what a formula needs.

    name : of the language, for refusals
    template : from the name of an operation to its text with {0}, {1}, ...; "" where the language cannot say it
    declare, condition : how a number and a truth value get a name: text with {0} the name and {1} the value
    own : {name: text} of the functions that the language lacks; each may call those before it
    pi : its name for it
    """

    name: str
    template: Callable[[str], str]
    declare: str
    condition: str
    own: Mapping[str, str]
    pi: str = repr(math.pi)

    def needed(self, code: str) -> list[str]:
        """Return the definitions of the own functions that some code calls, each before its use."""
        wanted: set[str] = set()
        found = set(_OWN.findall(code)) & self.own.keys()
        while found:
            wanted |= found
            called = {name for known in found for name in _OWN.findall(self.own[known])}
            found = (called & self.own.keys()) - wanted
        return [text for name, text in self.own.items() if name in wanted]


def straight_code(
    expression: Expression, places: Mapping[str, str], language: Language
) -> tuple[list[str], str]:
    """Return the declarations of all shared or long steps, and the text of the value.

    places : {name: text} of every free name

    Raises FormulaError if a name has no place or the language has no such function.

    >>> from educe.formula import parse_expression
    >>> from educe.formula.c_source import C
    >>> straight_code(parse_expression("exp(-k*t)*(1 + exp(-k*t))"), {"k": "k", "t": "t"}, C)
    (['const double t0 = exp(-k * t);'], 't0 * (1.0 + t0)')
    """
    nodes = in_order([expression])
    uses = Counter(argument for node in nodes for argument in node.arguments)
    for node in nodes:
        if node.operation == "**":
            uses[node.arguments[0]] += 1  # a product repeats its factor
    written: dict[Expression, tuple[str, int]] = {}
    lines: list[str] = []
    for node in nodes:
        text, binding = piece_of(node, written, places, language)
        if node.arguments and node is not expression and (uses[node] > 1 or len(text) > _LONGEST):
            form = language.condition if node.operation in CONDITIONS else language.declare
            name = f"t{len(lines)}"
            lines.append(form.format(name, text))
            text, binding = name, ATOM
        written[node] = text, binding
    return lines, written[expression][0]


def piece_of(
    node: Expression,
    written: Mapping[Expression, tuple[str, int]],
    places: Mapping[str, str],
    language: Language,
) -> tuple[str, int]:
    """Return the text of a node, given that of its arguments, and how tightly it binds."""
    if not node.arguments:
        return _leaf(node, places, language)
    short = _power(node, written, language)
    if short is not None:
        return short
    template = language.template(node.operation)
    if not template:
        raise FormulaError(
            f"{language.name} has no {node.operation}; this law cannot be written in {language.name}."
        )
    if node.operation in INFIX and node.operation != "**":
        binding = INFIX[node.operation][1]
        # neighbours of equal rank stand in brackets, except on the left of a sum or product
        left = binding if binding in (SUM, PRODUCT) else binding + 1
        sides = (left, binding + 1)
        arguments = [_within(written[a], least) for a, least in zip(node.arguments, sides, strict=True)]
        if binding < SUM:
            return f"({template.format(*arguments)})", ATOM
        return template.format(*arguments), binding
    if node.operation in ("neg", "not"):
        operand = written[node.arguments[0]]
        # the sign of a product is the sign of its first factor
        binding = PRODUCT if node.operation == "neg" and operand[1] == PRODUCT else SIGN
        return template.format(operand[0] if binding == PRODUCT else _within(operand, ATOM)), binding
    return template.format(*(written[a][0] for a in node.arguments)), ATOM


def _leaf(node: Expression, places: Mapping[str, str], language: Language) -> tuple[str, int]:
    if node.operation == "constant":
        text = repr(float(node.value))  # type: ignore[arg-type]
        return (f"({text})" if text.startswith("-") else text), ATOM
    if node.operation == "pi":
        return language.pi, ATOM
    name = str(node.value)
    if name not in places:
        raise FormulaError(
            f"{name} is neither among the variables nor the parameters.{nearest(name, places)}"
        )
    return places[name], ATOM


def _within(piece: tuple[str, int], least: int) -> str:
    text, binding = piece
    return text if binding >= least else f"({text})"


def _power(
    node: Expression, written: Mapping[Expression, tuple[str, int]], language: Language
) -> tuple[str, int] | None:
    """Return small powers as products and roots: pow is slow and rounds differently."""
    if node.operation != "**" or node.arguments[1].operation != "constant":
        return None
    base, exponent = written[node.arguments[0]], node.arguments[1].value
    if exponent in (0.5, -0.5):
        root = language.template("sqrt").format(base[0])
        return (root, ATOM) if exponent == 0.5 else (f"1.0 / {root}", PRODUCT)
    if not isinstance(exponent, int) or not 1 <= abs(exponent) <= _MOST_FACTORS:
        return None
    product = " * ".join([_within(base, ATOM)] * abs(exponent))
    if exponent > 0:
        return product, PRODUCT
    return f"1.0 / ({product})", PRODUCT

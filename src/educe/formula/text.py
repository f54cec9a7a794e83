"""Expressions as text that `parse` reads back as the same object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from educe.formula.expression import Expression

# How tightly each form binds, loosest first; function calls and names are atoms.
OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 10)

INFIX = {
    "or": (" or ", OR),
    "and": (" and ", AND),
    "<": (" < ", COMPARISON),
    "<=": (" <= ", COMPARISON),
    ">": (" > ", COMPARISON),
    ">=": (" >= ", COMPARISON),
    "==": (" == ", COMPARISON),
    "!=": (" != ", COMPARISON),
    "+": (" + ", SUM),
    "-": (" - ", SUM),
    "*": ("*", PRODUCT),
    "/": ("/", PRODUCT),
    "**": ("**", POWER),
}

PLAIN_NAME = re.compile(r"(?![0-9])(?:(?![⁰¹²³⁴⁵⁶⁷⁸⁹])\w)+")
WORDS_OF_THE_GRAMMAR = frozenset({"and", "or", "not", "pi", "π"})


def written(expression: Expression) -> str:
    """Return the canonical text of an expression.

    >>> from educe.formula.expression import symbol
    >>> a, x = symbol("a"), symbol("x")
    >>> written(-(a * x) / (1 + x) ** 2)
    '-a*x/(1 + x)**2'
    """
    return joined(expression, _parts)


def joined(expression: Expression, parts: Callable[[Expression], Iterable[Expression | str]]) -> str:
    """Return the text of an expression, given how one operation is written around its arguments.

    parts : from an expression to its pieces in order, texts and the expressions between them. Walks without
        recursion, which deep expressions would exhaust.
    """
    pieces: list[str] = []
    stack: list[Expression | str] = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
        else:
            stack.extend(reversed(list(parts(item))))
    return "".join(pieces)


def binding(node: Expression) -> int:
    """Return how tightly the text of a node binds."""
    if node.operation in INFIX:
        return INFIX[node.operation][1]
    if node.operation == "neg":
        inner = binding(node.arguments[0])
        return PRODUCT if inner == PRODUCT and not _starts_with_number(node.arguments[0]) else SIGN
    if node.operation == "not":
        return NOT
    if node.operation == "constant":
        return ATOM if node.value >= 0 else SIGN  # type: ignore[operator]
    return ATOM


def quoted(name: str) -> str:
    """Return a name as it stands in a formula: in back quotes if it is not a plain word."""
    return name if PLAIN_NAME.fullmatch(name) and name not in WORDS_OF_THE_GRAMMAR else f"`{name}`"


def _parts(node: Expression) -> list[Expression | str]:
    if node.operation == "constant":
        return [repr(node.value)]
    if node.operation == "symbol":
        return [quoted(str(node.value))]
    if node.operation == "neg":
        operand = node.arguments[0]
        return ["-", *_bracketed(operand, binding(node) if binding(operand) == PRODUCT else POWER)]
    if node.operation == "not":
        return ["not ", *_bracketed(node.arguments[0], NOT)]
    if node.operation in INFIX:
        return _infix(node)
    if not node.arguments:
        return [node.operation]
    parts: list[Expression | str] = [node.operation, "("]
    for argument in node.arguments:
        parts += [argument, ", "]
    parts[-1] = ")"
    return parts


def _infix(node: Expression) -> list[Expression | str]:
    sign, tightness = INFIX[node.operation]
    left, right = node.arguments
    if tightness == POWER:  # groups to the right, and its right side may start with a sign
        return [*_bracketed(left, ATOM), sign, *_bracketed(right, SIGN)]
    # A comparison beside a comparison would read as a chain.
    left_least = tightness + 1 if tightness == COMPARISON else tightness
    return [*_bracketed(left, left_least), sign, *_bracketed(right, tightness + 1)]


def _bracketed(node: Expression, least: int) -> list[Expression | str]:
    return [node] if binding(node) >= least else ["(", node, ")"]


def _starts_with_number(node: Expression) -> bool:
    """Whether the text of a product starts with a number, whose sign would be read as part of it."""
    while node.operation in ("*", "/"):
        node = node.arguments[0]
    return node.operation == "constant"

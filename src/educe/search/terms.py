"""A formula read as people read it: as sums of terms and products of powers, however the nodes are nested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.formula import Expression, constant
from educe.formula.expression import apply

if TYPE_CHECKING:
    from collections.abc import Iterable

Term = tuple[int, Expression]  # sign, term
Factor = tuple[Expression, int]  # base, whole exponent

ONE = constant(1)
ZERO = constant(0)


def is_sum(node: Expression) -> bool:
    """Whether the node, signs aside, is a sum of at least two terms."""
    while node.operation == "neg":
        node = node.arguments[0]
    return node.operation in ("+", "-")


def terms_of(node: Expression, sign: int = 1) -> list[Term]:
    """Return the terms of a sum with their signs; a single pair if it is none.

    >>> from educe.formula import parse_expression
    >>> [(sign, str(term)) for sign, term in terms_of(parse_expression("a - (b*x - c)"))]
    [(1, 'a'), (-1, 'b*x'), (1, 'c')]
    """
    if node.operation == "neg":
        return terms_of(node.arguments[0], -sign)
    if node.operation in ("+", "-"):
        left, right = node.arguments
        return terms_of(left, sign) + terms_of(right, sign if node.operation == "+" else -sign)
    return [(sign, node)]


def total(terms: Iterable[Term]) -> Expression:
    """Return the sum of signed terms."""
    result = ZERO
    for sign, term in terms:
        result = result + term if sign > 0 else result - term
    return result


def factors_of(node: Expression, exponent: int = 1) -> list[Factor]:
    """Return the factors of a product with whole exponents, powers of products multiplied out.

    >>> from educe.formula import parse_expression
    >>> [(str(base), k) for base, k in factors_of(parse_expression("-a*((x - m)/s)^2"))]
    [('-1', 1), ('a', 1), ('x - m', 2), ('s', -2)]
    """
    if node.operation == "neg":
        return [(constant(-1), exponent), *factors_of(node.arguments[0], exponent)]
    if node.operation in ("*", "/"):
        left, right = node.arguments
        return factors_of(left, exponent) + factors_of(
            right, exponent if node.operation == "*" else -exponent
        )
    k = whole_exponent(node)
    if k:
        return factors_of(node.arguments[0], exponent * k)
    return _root_factors(node, exponent) or [(node, exponent)]


def _root_factors(node: Expression, exponent: int) -> list[Factor]:
    """Return the factors of a root or fixed power of a product: sqrt(D) and sqrt(t) of sqrt(D*t)."""
    fixed_power = node.operation == "**" and node.arguments[1].operation == "constant"
    if not fixed_power and node.operation not in ("sqrt", "cbrt"):
        return []
    inner = factors_of(node.arguments[0])
    if len(inner) < 2:
        return []
    return [(apply(node.operation, base**k, *node.arguments[1:]), exponent) for base, k in inner]


def product(factors: Iterable[Factor]) -> Expression:
    """Return the product of powers."""
    above, below = ONE, ONE
    for base, k in factors:
        if k > 0:
            above = above * base**k
        else:
            below = below * base**-k
    return above / below


def whole_exponent(node: Expression) -> int:
    """Return k of base**k when k is a number of the formula, whole and not 0; otherwise 0."""
    if node.operation != "**" or node.arguments[1].operation != "constant":
        return 0
    value = node.arguments[1].value
    return int(value) if isinstance(value, int) and 0 < abs(value) <= 12 else 0

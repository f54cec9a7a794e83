"""Products as multisets of factors, so that code can be arranged: scalars first, shared work once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from educe.formula.expression import apply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from educe.formula.expression import Expression

_MOST_FACTORS = 24
_HIGHEST_SPREAD_POWER = 4  # (a*b)**n is spread over a and b up to this n, lest a**n underflow alone


@dataclass(frozen=True)
class Product:
    """over/under * prod_k factor_k ** exponent_k, with whole exponents."""

    factors: Mapping[Expression, int] = field(default_factory=dict)
    over: float = 1.0
    under: float = 1.0

    def times(self, other: Product, sign: int = 1) -> Product | None:
        """Return the product with the other (sign 1) or its inverse (-1); None if that gets out of hand."""
        factors = dict(self.factors)
        for factor, exponent in other.factors.items():
            factors[factor] = factors.get(factor, 0) + sign * exponent
        over = self.over * (other.over if sign > 0 else other.under)
        under = self.under * (other.under if sign > 0 else other.over)
        if len(factors) > _MOST_FACTORS or not (_plain(over) and _plain(under)):
            return None
        return Product({factor: e for factor, e in factors.items() if e}, over, under)

    def raised(self, n: int) -> Product | None:
        """Return the n-th power, spread over the factors; None if that costs work or accuracy."""
        signs = {exponent > 0 for exponent in self.factors.values()}
        if abs(n) > _HIGHEST_SPREAD_POWER or (len(self.factors) > 1 and len(signs) > 1):
            return None
        up, down = (self.over, self.under) if n > 0 else (self.under, self.over)
        over, under = power(up, abs(n)), power(down, abs(n))
        if not (_plain(over) and _plain(under)):
            return None
        return Product({factor: e * n for factor, e in self.factors.items()}, over, under)


def power(base: float, n: int) -> float:
    """Return base**n, infinite as arrays have it where Python raises.

    >>> power(-1e200, 3)
    -inf
    """
    try:
        return base**n
    except OverflowError:
        return math.copysign(math.inf, base if n % 2 else 1.0)


def _plain(value: float) -> bool:
    return math.isfinite(value) and abs(value) > 1e-300


def products_of(order: Iterable[Expression]) -> dict[Expression, Product]:
    """Return every node (arguments before what uses them) as a product of what are not products."""
    products: dict[Expression, Product] = {}
    for node in order:
        products[node] = _product(node, products) or _kept(node)
    return products


def _product(node: Expression, products: Mapping[Expression, Product]) -> Product | None:
    if node.operation == "constant":
        value = float(node.value)  # type: ignore[arg-type]
        return Product(over=value) if _plain(value) or value == 0 else None
    if node.operation == "neg":
        inner = products[node.arguments[0]]
        return Product(inner.factors, -inner.over, inner.under)
    if node.operation == "*":
        return products[node.arguments[0]].times(products[node.arguments[1]])
    if node.operation == "/":
        return products[node.arguments[0]].times(products[node.arguments[1]], -1)
    if node.operation == "**":
        return _powers(node, products)
    return None


def _powers(node: Expression, products: Mapping[Expression, Product]) -> Product | None:
    """Return u**n and u**(n + 1/2) as products of u and sqrt(u)."""
    halves = _halves(node)
    if halves is None:
        return None
    base = node.arguments[0]
    if halves % 2 == 0:
        return products[base].raised(halves // 2) or Product({base: halves // 2})
    whole = int(halves / 2)
    factors = {apply("sqrt", base): 1 if halves > 0 else -1}
    if whole:
        factors[base] = whole
    return Product(factors)


def _halves(node: Expression) -> int | None:
    """Return 2*n for a power with the constant exponent n, if 2*n is a small whole number."""
    exponent = node.arguments[1]
    if exponent.operation != "constant":
        return None
    halves = 2 * exponent.value  # type: ignore[operator]
    return int(halves) if halves == int(halves) and abs(halves) <= 32 else None


def _kept(node: Expression) -> Product:
    """Return the node as what it is: an operation of its arguments, not spread further."""
    if node.operation in ("*", "/"):
        a, b = node.arguments
        factors = {a: 1}
        factors[b] = factors.get(b, 0) + (1 if node.operation == "*" else -1)
        return Product({factor: e for factor, e in factors.items() if e})
    return Product({node: 1})

"""The parameters in which a law is linear, from its form.

Two parameters interact where they meet in a product, or inside a function, a divisor or a power. A law is jointly
affine in a set of parameters if no two of the set interact and none interacts with itself. The test looks at the
form only: it never says "linear" wrongly, and can miss a cancellation such as (a + x)**2 - a**2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.formula.differentiate import gradient
from educe.formula.expression import ZERO, Expression, in_order, substitute

if TYPE_CHECKING:
    from collections.abc import Sequence

_BUDGET = 20_000  # branches of the exact search for the largest set


def linear_parameters(expression: Expression, parameters: Sequence[str]) -> tuple[str, ...]:
    """Return the largest set of parameters in which the expression is jointly affine, in their order.

    Among sets of one size, the one whose members come first is taken. When the exact search would take too
    long (dozens of entangled products), the set is affine but may not be the largest.

    >>> from educe.formula import parse
    >>> linear_parameters(parse("a*exp(-b*x) + c").expression, ["a", "b", "c"])
    ('a', 'c')
    """
    partners = _interactions(expression, parameters)
    candidates = [k for k in range(len(parameters)) if not partners[k] >> k & 1]
    return tuple(parameters[k] for k in _largest_independent(candidates, partners))


def affine_parts(expression: Expression, linear: Sequence[str]) -> tuple[Expression, tuple[Expression, ...]]:
    """Return (f0, (phi_1, ...)) with f = f0 + sum_k c_k phi_k, for c_k the names in `linear`.

    linear : names in which the expression is jointly affine, as `linear_parameters` finds them

    >>> from educe.formula import parse
    >>> offset, basis = affine_parts(parse("a*exp(-b*x) + c").expression, ["a", "c"])
    >>> str(offset), [str(phi) for phi in basis]
    ('0', ['exp(-b*x)', '1'])
    """
    return substitute(expression, dict.fromkeys(linear, ZERO)), tuple(gradient(expression, linear))


def _interactions(expression: Expression, parameters: Sequence[str]) -> list[int]:
    """Return for each parameter the bit set of the parameters with which it interacts."""
    bit = {name: 1 << k for k, name in enumerate(parameters)}
    depends: dict[Expression, int] = {}
    meetings: set[tuple[int, int]] = set()
    for node in in_order([expression]):
        masks = [depends[argument] for argument in node.arguments]
        own = bit.get(str(node.value), 0) if node.operation == "symbol" else 0
        for mask in masks:
            own |= mask
        depends[node] = own
        if own and masks:
            meetings.update(_meetings(node.operation, masks, own))
    partners = [0] * len(parameters)
    for left, right in meetings:
        for k in range(len(parameters)):
            partners[k] |= (right if left >> k & 1 else 0) | (left if right >> k & 1 else 0)
    return partners


def _meetings(operation: str, masks: Sequence[int], own: int) -> list[tuple[int, int]]:
    """Return the pairs of sets of parameters that an operation makes interact."""
    if operation in ("+", "-", "neg"):
        return []
    if operation == "*":
        return [(masks[0], masks[1])]
    if operation == "/":
        return [(own, masks[1])]
    if operation == "where":
        return [(own, masks[0])]
    return [(own, own)]


def _largest_independent(candidates: Sequence[int], partners: Sequence[int]) -> list[int]:
    """Return the largest set of candidates without partners in it; ties go to those that come first."""
    everyone = sum(1 << k for k in candidates)
    free = [k for k in candidates if not partners[k] & everyone]
    entangled = [k for k in candidates if partners[k] & everyone]
    best: list[int] = []
    branches = 0
    stack: list[tuple[int, list[int], int]] = [(0, [], 0)]  # position, chosen, forbidden
    while stack and branches < _BUDGET:
        position, chosen, forbidden = stack.pop()
        branches += 1
        if len(chosen) > len(best):
            best = chosen
        if position == len(entangled) or len(chosen) + len(entangled) - position <= len(best):
            continue
        k = entangled[position]
        stack.append((position + 1, chosen, forbidden))
        if not forbidden >> k & 1:
            stack.append((position + 1, [*chosen, k], forbidden | partners[k]))
    return sorted(free + best)

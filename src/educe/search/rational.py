"""Laws with divisors, solved without a start: f = N/D is N - y D = 0, which is linear in far more parameters.

The equation is not the least-squares problem (it weighs each row by D), so it is solved again with the rows
divided by the D just found, a few times. What it gives are starting values, often excellent ones.

Source: Sanathanan and Koerner (1963).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, affine_parts, evaluate, linear_parameters, symbol
from educe.search.projection import orthogonalise
from educe.search.terms import ONE, whole_exponent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from educe.search.rows import Rows

Array = NDArray[np.float64]

RESPONSE = "measured response"
LARGEST = 600  # nodes of an equation that is worth having
PASSES = 5


class Cleared(NamedTuple):
    """A law without its divisor.

    offset, columns : N - y D = offset + sum_k c_k columns_k, y under the name RESPONSE
    solved : names of the c_k;  drawn : the parameters that must be known;  divisor : D
    """

    offset: Expression
    columns: tuple[Expression, ...]
    solved: tuple[str, ...]
    drawn: tuple[str, ...]
    divisor: Expression


def clear(expression: Expression, parameters: Sequence[str], linear: Sequence[str]) -> Cleared | None:
    """Return the law without its divisor, None where that makes no further parameter linear.

    >>> from educe.formula import parse_expression
    >>> cleared = clear(parse_expression("V*s/(K + s)"), ["V", "K"], ["V"])
    >>> cleared.solved, str(cleared.divisor)
    (('V', 'K'), 'K + s')
    """
    if expression.size > LARGEST:
        return None
    above, divisor = fraction(expression)
    equation = above - symbol(RESPONSE) * divisor
    if divisor.free_names.isdisjoint(parameters) or equation.size > LARGEST:
        return None
    solved = linear_parameters(equation, parameters)
    drawn = tuple(name for name in parameters if name not in solved)
    if set(solved) <= set(linear) or not set(drawn).isdisjoint(linear):
        return None
    offset, columns = affine_parts(equation, solved)
    return Cleared(offset, columns, solved, drawn, divisor)


def fraction(node: Expression) -> tuple[Expression, Expression]:
    """Return numerator and denominator of an expression, over one common denominator.

    >>> from educe.formula import parse_expression
    >>> [str(part) for part in fraction(parse_expression("a + b/(x - c)"))]
    ['a*(x - c) + b', 'x - c']
    """
    if node.operation == "neg":
        above, below = fraction(node.arguments[0])
        return -above, below
    if node.operation in ("+", "-", "*", "/"):
        return _combined(node.operation, fraction(node.arguments[0]), fraction(node.arguments[1]))
    k = whole_exponent(node)
    if k:
        above, below = fraction(node.arguments[0])
        return (above**k, below**k) if k > 0 else (below**-k, above**-k)
    return node, ONE


def _combined(
    operation: str, left: tuple[Expression, Expression], right: tuple[Expression, Expression]
) -> tuple[Expression, Expression]:
    (a, b), (c, d) = left, right
    if operation == "*":
        return a * c, b * d
    if operation == "/":
        return a * d, b * c
    if b is d:
        return (a + c if operation == "+" else a - c), b
    return (a * d + c * b if operation == "+" else a * d - c * b), b * d


def solved(cleared: Cleared, rows: Rows, draws: Mapping[str, Array]) -> dict[str, Array]:
    """Return values (PASSES*T,) of all parameters that solve the equation, for T draws of those to be known.

    draws : {name: (T,)};  values that are not finite are left in
    """
    count = max((len(v) for v in draws.values()), default=1)
    known = {name: v[:, None] for name, v in draws.items()}
    data = {**rows.columns, RESPONSE: rows.response}
    n = len(rows.response)

    def at_rows(expression: Expression, values: Mapping[str, Array]) -> Array:
        return np.broadcast_to(np.asarray(evaluate(expression, {**data, **values}), float), (count, n))

    columns = np.stack([at_rows(column, known) for column in cleared.columns], axis=1)
    offset = at_rows(cleared.offset, known)
    weight = np.broadcast_to(np.ones(n) if rows.weights is None else rows.weights, (count, n))
    found: dict[str, list[Array]] = {name: [] for name in (*cleared.solved, *cleared.drawn)}
    with np.errstate(all="ignore"):
        for _ in range(PASSES):
            c = orthogonalise(columns * weight[:, None, :], -offset * weight)
            values = {name: c[:, k, None] for k, name in enumerate(cleared.solved)}
            for name, value in {**values, **known}.items():
                found[name].append(np.broadcast_to(value, (count, 1))[:, 0])
            weight = _reweighted(at_rows(cleared.divisor, {**known, **values}), rows.weights)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _reweighted(divisor: Array, weights: Array | None) -> Array:
    """Return w/|D|, where a divisor near zero counts as a millionth of the usual one."""
    size = np.abs(divisor)
    size = np.maximum(size, 1e-6 * np.median(size, axis=1, keepdims=True) + 1e-300)
    weight: Array = (1.0 if weights is None else weights) / size
    scaled: Array = weight / np.maximum(weight.max(axis=1, keepdims=True), 1e-300)
    return scaled

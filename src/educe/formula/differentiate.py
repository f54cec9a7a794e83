"""Exact derivatives: the rules of the operations, applied once to every node.

Derivatives are taken forward, argument by argument, so that a branch of `where` that is not taken never
reaches the result; what the derivatives share with the formula and with each other is shared by the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.formula.expression import ONE, ZERO, Expression, in_order
from educe.formula.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable


def gradient(expression: Expression, names: Iterable[str]) -> list[Expression]:
    """Return the derivatives of an expression, df/dname for each name, as expressions.

    >>> from educe.formula import parse
    >>> law = parse("a*exp(-b*x)")
    >>> [str(derivative) for derivative in gradient(law.expression, ["a", "b"])]
    ['exp(-b*x)', '-a*(exp(-b*x)*x)']
    """
    order = in_order([expression])
    return [_derivative(expression, name, order) for name in names]


def _derivative(expression: Expression, name: str, order: list[Expression]) -> Expression:
    if name not in expression.free_names:
        return ZERO
    differential: dict[Expression, Expression] = {}
    for node in order:
        if name in node.free_names:
            differential[node] = _differential(node, differential)
    return differential[expression]


def _differential(node: Expression, known: dict[Expression, Expression]) -> Expression:
    if node.operation == "symbol":
        return ONE
    arguments = [known.get(argument, ZERO) for argument in node.arguments]
    return OPERATIONS[node.operation].differential(node, arguments)

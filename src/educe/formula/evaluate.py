"""The value of an expression for given values of its names."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FormulaError, nearest
from educe.formula.expression import Expression, in_order
from educe.formula.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression; arrays broadcast, floating-point exceptions give inf or nan.

    values : name -> float or array, for every free name

    Raises FormulaError if a name has no value.

    >>> from educe.formula import parse_expression
    >>> evaluate(parse_expression("a*x^2"), {"a": 2.0, "x": np.array([1.0, 2.0])})
    array([2., 8.])
    """
    computed: dict[Expression, Any] = {}
    with np.errstate(all="ignore"):
        for node in in_order([expression]):
            computed[node] = _value(node, computed, values)
    result = computed[expression]
    if np.ndim(result) == 0:
        return bool(result) if isinstance(result, np.bool_) else float(result)
    return result


def _value(node: Expression, computed: Mapping[Expression, Any], values: Mapping[str, Any]) -> Any:
    if node.operation == "constant":
        return np.float64(node.value)
    if node.operation == "pi":
        return np.float64(math.pi)
    if node.operation == "symbol":
        return _given(str(node.value), values)
    return OPERATIONS[node.operation].function()(*[computed[argument] for argument in node.arguments])


def _given(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise FormulaError(f"{name} has no value.{nearest(name, values)}")
    return np.asarray(values[name], dtype=np.float64)[()]

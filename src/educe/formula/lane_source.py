"""Expressions as straight-line code for one point of several fits at once.

Every number of the code is a lane each for several fits. What depends on parameters alone stands before the loop
over the points, and what is divided by it is multiplied by its inverse instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from educe.formula.expression import Expression, in_order
from educe.formula.languages import Language, piece_of
from educe.formula.loop_source import OF_MATH, SIGNS
from educe.formula.operations import OPERATIONS
from educe.formula.text import ATOM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEMPLATES = {
    "**": "power({0}, {1})",
    "and": "({0} & {1})",
    "or": "({0} | {1})",
    "not": "(~{0})",
    "where": "choose({0}, {1}, {2})",
    "sign": "choose({0} > 0.0, 1.0, choose({0} < 0.0, -1.0, {0}))",
    "heaviside": "choose({0} > 0.0, 1.0, choose({0} < 0.0, 0.0, 0.5 + {0}))",
    "max": "choose(({0} >= {1}) | ({0} != {0}), {0}, {1})",
    "min": "choose(({0} <= {1}) | ({0} != {0}), {0}, {1})",
    "log2": "(log({0}) * 1.4426950408889634)",
}
_OWN = frozenset(("sin", "cos", "exp", "expit", "abs", "cbrt", "log10"))


def _template(operation: str) -> str:
    if operation in _TEMPLATES:
        return _TEMPLATES[operation]
    if operation in OF_MATH or operation in _OWN:
        return f"{operation}({', '.join(f'{{{k}}}' for k in range(OPERATIONS[operation].arity))})"
    return OPERATIONS[operation].c if operation in SIGNS else ""


LANES = Language("a compiled loop", _template, "{0} = {1}", "{0} = {1}", {})


class Point(NamedTuple):
    """Lines before the loop over the points, lines of one point, and the names of the outputs."""

    before: list[str]
    lines: list[str]
    outputs: list[str]


def lane_source(places: Mapping[str, str], data: Sequence[str], outputs: Sequence[Expression]) -> Point:
    """Return the code of the outputs at one point.

    places : {name: text} of columns and parameters, all of them lanes;  data : the names among them that are columns

    Raises FormulaError if an operation has no place in a compiled loop, as digamma.

    >>> from educe.formula import parse_expression
    >>> lane_source({"x": "x0", "a": "p0", "k": "p1"}, ["x"], [parse_expression("a*exp(-x/k)")])
    Point(before=['t0 = 1.0 / p1'], lines=['t1 = x0 * t0', 't2 = -t1', 't3 = exp(t2)', 't4 = p0 * t3'], outputs=['t4'])
    """
    columns = frozenset(data)
    known: dict[Expression, tuple[str, int]] = {}
    inverses: dict[Expression, str] = {}
    point = Point([], [], [])

    def named(text: str, *, fixed: bool) -> str:
        name = f"t{len(point.before) + len(point.lines)}"
        (point.before if fixed else point.lines).append(f"{name} = {text}")
        return name

    for node in in_order(outputs):
        fixed = node.free_names.isdisjoint(columns)
        text, _ = piece_of(node, known, places, LANES)
        if not node.arguments and node.operation == "symbol":
            known[node] = text, ATOM
            continue
        if node.operation == "/" and not fixed and _only_parameters(node.arguments[1], columns):
            below = node.arguments[1]
            if below not in inverses:
                inverses[below] = named(f"1.0 / {known[below][0]}", fixed=True)
            text = f"{known[node.arguments[0]][0]} * {inverses[below]}"
        known[node] = named(text if node.arguments else f"spread({text})", fixed=fixed), ATOM
    point.outputs.extend(known[output][0] for output in outputs)
    return point


def _only_parameters(node: Expression, columns: frozenset[str]) -> bool:
    return bool(node.free_names) and node.free_names.isdisjoint(columns)

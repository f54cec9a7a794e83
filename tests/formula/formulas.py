"""Random formulas, and a judge that knows none of the code under test: mpmath at 40 digits."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import mpmath as mp
from hypothesis import strategies as st

from educe.formula import Expression, constant, symbol
from educe.formula.expression import apply, in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

mp.mp.dps = 40

NAMES = ("a", "b", "x", "y", "lambda", "σ")

numbers = st.one_of(
    st.integers(-5, 12),
    st.sampled_from([0.5, 1.5, -2.5, 0.1, 1e-7, 3e22, 2.0**60]),
    st.integers(-10_000, 10_000).map(lambda k: k / 37),
)
leaves = st.one_of(st.sampled_from(NAMES).map(symbol), numbers.map(constant))
UNARY = (
    "sin",
    "cos",
    "exp",
    "tanh",
    "atan",
    "erf",
    "abs",
    "sqrt",
    "log",
    "sinc",
    "j0",
    "expit",
    "gamma",
    "sign",
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> Expression:
    """Draw a formula of at most the given depth."""
    form = draw(st.integers(0, 9)) if depth else 0
    if form < 2:
        return draw(leaves)
    a = draw(expressions(depth - 1))
    if form == 2:
        return apply(draw(st.sampled_from(UNARY)), a)
    if form == 3:
        return -a
    if form == 4 and a.operation != "constant":
        return a ** draw(st.sampled_from([2, 3, -1, -2, 0.5, -0.5, 1.5, 5]))
    b = draw(expressions(depth - 1))
    if form == 5:
        return apply("where", draw(conditions(depth - 1)), a, b)
    if form == 6:
        return apply(draw(st.sampled_from(("min", "max", "hypot", "atan2"))), a, b)
    if form == 7 and b.operation != "constant":
        return draw(st.sampled_from((operator.truediv, operator.pow)))(a, b)
    return draw(st.sampled_from((operator.add, operator.sub, operator.mul)))(a, b)


@st.composite
def conditions(draw: st.DrawFn, depth: int) -> Expression:
    """Draw a condition."""
    form = draw(st.integers(0, 5)) if depth else 0
    if form == 4:
        return apply("not", draw(conditions(depth - 1)))
    if form == 5:
        return apply(
            draw(st.sampled_from(("and", "or"))), draw(conditions(depth - 1)), draw(conditions(depth - 1))
        )
    compared = draw(st.sampled_from(("<", "<=", ">", ">=", "==", "!=")))
    return apply(compared, draw(expressions(max(depth - 1, 0))), draw(leaves))


_JUDGE: dict[str, Any] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": lambda a, b: mp.mpf(a) ** b,
    "neg": operator.neg,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "not": operator.not_,
    "where": lambda c, a, b: a if c else b,
    "abs": mp.fabs,
    "max": max,
    "min": min,
    "sinc": mp.sinc,
    "dsinc": lambda u: (mp.cos(u) - mp.sinc(u)) / u if u else mp.mpf(0),
    "expit": lambda u: 1 / (1 + mp.exp(-u)),
    "log2": lambda u: mp.log(u, 2),
    "cbrt": lambda u: mp.sign(u) * mp.cbrt(mp.fabs(u)),
    "lgamma": lambda u: mp.log(mp.fabs(mp.gamma(u))),
    "heaviside": lambda u: (mp.sign(u) + 1) / 2,
    "polygamma": lambda n, u: mp.polygamma(int(n), u),
    "j0": lambda u: mp.besselj(0, u),
    "j1": lambda u: mp.besselj(1, u),
}


def judged(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Return the value by mpmath, at 40 digits."""
    known: dict[Expression, Any] = {}
    for node in in_order([expression]):
        if node.operation == "constant":
            known[node] = mp.mpf(node.value)
        elif node.operation == "symbol":
            known[node] = mp.mpf(values[node.value])
        elif node.operation == "pi":
            known[node] = +mp.pi
        else:
            function = _JUDGE.get(node.operation) or getattr(mp, node.operation)
            known[node] = function(*[known[argument] for argument in node.arguments])
    return known[expression]

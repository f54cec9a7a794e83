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
    st.integers(-5, 12), st.sampled_from([0.5, 1.5, -2.5, 0.1, 1e-7, 3e22, 2.0**60]), st.floats(-1e3, 1e3)
)
leaves = st.one_of(st.sampled_from(NAMES).map(symbol), numbers.map(constant))
UNARY = ("sin", "cos", "exp", "tanh", "atan", "erf", "abs", "sqrt", "log", "sinc", "j0", "expit", "gamma", "sign")


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    condition = st.builds(apply, st.sampled_from(("<", ">=", "!=")), inner, inner)
    joined = st.builds(apply, st.sampled_from(("and", "or")), condition, condition)
    turned = condition.map(lambda c: apply("not", c))
    return st.one_of(
        st.builds(operator.add, inner, inner),
        st.builds(operator.sub, inner, inner),
        st.builds(operator.mul, inner, inner),
        st.builds(operator.truediv, inner, inner.filter(lambda e: e is not constant(0))),
        st.builds(operator.pow, inner.filter(_is_no_number), st.sampled_from([2, 3, -1, -2, 0.5, -0.5, 1.5, 5])),
        st.builds(operator.pow, inner, inner.filter(lambda e: bool(e.free_names))),
        st.builds(operator.neg, inner),
        st.builds(apply, st.sampled_from(UNARY), inner),
        st.builds(apply, st.sampled_from(("min", "max", "hypot", "atan2")), inner, inner),
        st.builds(apply, st.just("where"), st.one_of(condition, joined, turned), inner, inner),
    )


def _is_no_number(expression: Expression) -> bool:
    return expression.operation != "constant"


expressions = st.recursive(leaves, _grown, max_leaves=12)

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

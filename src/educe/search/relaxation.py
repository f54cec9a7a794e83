"""A looser law that is linear in more: sin(w*t + p) as a sine and a cosine with coefficients of their own.

The law is expanded into a sum of terms, each a coefficient free of data times a function of the data. Setting the
coefficients free leaves a law in which fewer parameters are nonlinear. What it finds is then carried back: the
parameters that went into the coefficients are drawn, and those that match the coefficients best are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, affine_parts, evaluate, symbol
from educe.formula.expression import apply, names_in_order
from educe.search.projection import orthogonalise
from educe.search.terms import ONE, ZERO, whole_exponent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[np.float64]
Expansion = list[tuple[Expression, Expression]]  # coefficient, function of the data

MOST_TERMS = 40
LARGEST = 2_000  # nodes of a law that is expanded


@dataclass(frozen=True)
class Relaxed:
    """A law with free coefficients.

    expression : sum of free coefficients times functions of data, and of what has no parameters
    free : names of the coefficients;  coefficients : what each is in the law
    nonlinear : parameters inside the functions;  absorbed : nonlinear ones that stand in coefficients alone
    """

    expression: Expression
    free: tuple[str, ...]
    coefficients: tuple[Expression, ...]
    nonlinear: tuple[str, ...]
    absorbed: tuple[str, ...]


def relax(
    expression: Expression, nonlinear: Sequence[str], linear: Sequence[str], variables: Sequence[str]
) -> Relaxed | None:
    """Return the relaxed law, None where relaxing frees no parameter.

    >>> from educe.formula import parse_expression
    >>> relaxed = relax(parse_expression("a*sin(w*t + p)"), ["w", "p"], ["a"], ["t"])
    >>> relaxed.nonlinear, relaxed.absorbed, [str(c) for c in relaxed.coefficients]
    (('w',), ('p',), ['a*cos(p)', 'a*sin(p)'])
    """
    if expression.size > LARGEST:
        return None
    collected: dict[Expression, Expression] = {}
    parameters = {*nonlinear, *linear}
    try:
        expansion = _Expander(frozenset(variables)).expand(expression)
    except _TooManyError:
        return None
    for coefficient, phi in expansion:
        collected[phi] = collected.get(phi, ZERO) + coefficient
    inside = set(names_in_order(collected)) & parameters
    absorbed = tuple(name for name in nonlinear if name not in inside)
    if not absorbed or not inside.isdisjoint(linear):
        return None
    total = ZERO
    free: list[str] = []
    coefficients: list[Expression] = []
    for phi, coefficient in collected.items():
        if coefficient.free_names.isdisjoint(parameters):
            total = total + coefficient * phi
            continue
        free.append(f"coefficient {len(free)}")
        coefficients.append(coefficient)
        total = total + symbol(free[-1]) * phi
    kept = tuple(name for name in nonlinear if name in inside)
    return Relaxed(total, tuple(free), tuple(coefficients), kept, absorbed)


class _TooManyError(Exception):
    """The expansion has more terms than are worth having."""


class _Expander:
    """Expands sums, products, shifts of exp, sin and cos, powers and logarithms of products."""

    def __init__(self, variables: frozenset[str]) -> None:
        self.variables = variables

    def expand(self, node: Expression) -> Expansion:
        """Return the terms of a node, each a coefficient free of data times a function of the data."""
        if node.free_names.isdisjoint(self.variables):
            return [(node, ONE)]
        found = self.expanded(node)
        if len(found) > MOST_TERMS:
            raise _TooManyError
        return found

    def expanded(self, node: Expression) -> Expansion:
        """Return the terms of a node with data in it, by its operation."""
        operation, arguments = node.operation, node.arguments
        if operation == "neg":
            return [(-c, phi) for c, phi in self.expand(arguments[0])]
        if operation in ("+", "-"):
            right = [(c if operation == "+" else -c, phi) for c, phi in self.expand(arguments[1])]
            return self.expand(arguments[0]) + right
        if operation == "*":
            return _times(self.expand(arguments[0]), self.expand(arguments[1]))
        if operation == "/":
            return self.quotient(*arguments)
        if operation == "**":
            return self.power(node)
        if operation in ("sin", "cos", "exp"):
            return self.shifted(node)
        if operation in ("log", "sqrt"):
            return self.of_product(node)
        return [(ONE, node)]

    def quotient(self, above: Expression, below: Expression) -> Expansion:
        """Return the terms of a quotient: those of its numerator, each divided."""
        divisor = self.expand(below)
        if len(divisor) > 1:
            divisor = [(ONE, below)]
        ((c0, phi0),) = divisor
        return [(c / c0, phi / phi0) for c, phi in self.expand(above)]

    def power(self, node: Expression) -> Expansion:
        """Return the terms of a power."""
        base, exponent = node.arguments
        k = whole_exponent(node)
        inner = self.expand(base)
        if k in (2, 3) and 1 < len(inner) <= 3:
            return _times(inner, _times(inner, inner) if k == 3 else inner)
        if len(inner) == 1 and exponent.free_names.isdisjoint(self.variables):
            ((c, phi),) = inner
            return [(c**exponent, phi**exponent)]
        return [(ONE, node)]

    def shifted(self, node: Expression) -> Expansion:
        """Return sin(u + c), cos(u + c) or exp(u + c) as functions of u alone."""
        inner = self.expand(node.arguments[0])
        shift, rest = ZERO, ZERO
        for c, phi in inner:
            if phi is ONE:
                shift = shift + c
            else:
                rest = rest + c * phi
        if not shift.free_names:
            return [(ONE, apply(node.operation, rest + shift))]
        if node.operation == "exp":
            return [(apply("exp", shift), apply("exp", rest))]
        sine, cosine = apply("sin", shift), apply("cos", shift)
        if node.operation == "sin":
            return [(cosine, apply("sin", rest)), (sine, apply("cos", rest))]
        return [(cosine, apply("cos", rest)), (-sine, apply("sin", rest))]

    def of_product(self, node: Expression) -> Expansion:
        """Return the logarithm of a product as terms, its root as a product."""
        inner = self.expand(node.arguments[0])
        if len(inner) > 1 or inner[0][0] is ONE:
            return [(ONE, node)]
        ((c, phi),) = inner
        if node.operation == "log":
            return [(apply("log", c), ONE), (ONE, apply("log", phi))]
        return [(apply("sqrt", c), apply("sqrt", phi))]


def _times(left: Expansion, right: Expansion) -> Expansion:
    if len(left) * len(right) > MOST_TERMS:
        raise _TooManyError
    return [(a * b, _joined(phi, psi)) for a, phi in left for b, psi in right]


def _joined(phi: Expression, psi: Expression) -> Expression:
    """Return phi*psi in an order that does not depend on which stood first."""
    return phi * psi if str(phi) <= str(psi) else psi * phi


def groups(coefficients: Sequence[Expression], names: Sequence[str]) -> list[list[int]]:
    """Return the sets of coefficients that share names, each in order."""
    found: list[tuple[set[str], list[int]]] = []
    for k, coefficient in enumerate(coefficients):
        shared, members = coefficient.free_names & set(names), [k]
        apart = []
        for other_names, others in found:
            if shared & other_names:
                shared, members = shared | other_names, others + members
            else:
                apart.append((other_names, others))
        found = [*apart, (set(shared), sorted(members))]
    return [members for _, members in found]


def mismatch(
    coefficients: Sequence[Expression],
    linear: Sequence[str],
    values: Mapping[str, Array],
    wanted: Array,
    size: Array,
) -> Array:
    """Return how far (T,) the coefficients are from the wanted ones, at T draws, with the best linear parameters.

    values : {name: (T, 1)} -- the nonlinear parameters;  wanted, size : (k,) -- coefficients, column lengths
    """
    parts = [affine_parts(coefficient, linear) for coefficient in coefficients]
    count = max((len(v) for v in values.values()), default=1)
    frame = np.empty((count, len(linear), len(wanted)))
    residual = np.empty((count, len(wanted)))
    with np.errstate(all="ignore"):
        for k, (offset, slopes) in enumerate(parts):
            residual[:, k] = (wanted[k] - np.reshape(evaluate(offset, values), -1)) * size[k]
            for j, slope in enumerate(slopes):
                frame[:, j, k] = np.reshape(evaluate(slope, values), -1) * size[k]
        orthogonalise(frame, residual)
        distance = np.einsum("tk,tk->t", residual, residual)
    return np.where(np.isfinite(distance), distance, np.inf)

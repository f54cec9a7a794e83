"""What a nonlinear parameter does in a law: a rate, a position, a width, a frequency, an exponent.

Found by descending from the whole formula to each place where a part free of data, the *effect* e(theta),
meets a part with data, its *partner* g(x):

    e * g        scale      a rate in exp(-k*t), a width in ((x - m)/w)**2, a frequency in sin(w*t)
    e + g        location   m in x - m, a phase in sin(w*t + p)
    g ** e       power      an exponent
    e ** g       base       the base of an exponential

The setting says in what kind of function this happens: a scale of 1 means one thing in exp, another in sin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from educe.search.terms import factors_of, is_sum, product, terms_of, total, whole_exponent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from educe.formula import Expression

EXPONENTIAL = frozenset({"exp", "expm1", "tanh", "sinh", "cosh", "expit", "erf", "erfc"})
PERIODIC = frozenset({"sin", "cos", "tan"})
JUMP = frozenset({"heaviside", "sign", "floor", "ceil", "<", "<=", ">", ">=", "abs", "max", "min"})


@dataclass(frozen=True)
class Place:
    """Where an expression with data stands.

    setting : "top", "exp", "periodic", "jump" (or kink), "power" or "function" -- what encloses it;
        "turn" for a position within an oscillation, w*(x - m): any place among the data will do
    rest : the other terms of the sum it belongs to, None outside a sum
    nested : inside a periodic function inside another: a modulation
    scaled : a sum that is multiplied, so that what is added to it is a position, not a phase: w*(x - m)
    """

    setting: str
    rest: Expression | None = None
    nested: bool = False
    scaled: bool = False


@dataclass(frozen=True)
class Role:
    """One place where an effect, free of data, meets data.

    kind : "scale", "location", "power" or "base"
    effect : e(theta), free of data;  partner : g(x), with data
    place : where effect and partner together stand
    """

    kind: str
    effect: Expression
    partner: Expression
    place: Place

    def others(self, name: str) -> frozenset[str]:
        """Return the names that must have values before the effect can be inverted for `name`."""
        return (self.effect.free_names | self.partner.free_names) - {name}


def roles_of(expression: Expression, names: Sequence[str], variables: Sequence[str]) -> dict[str, list[Role]]:
    """Return for each name every role that it plays in the expression.

    >>> from educe.formula import parse_expression
    >>> found = roles_of(parse_expression("a*exp(-(x - m)^2/(2*s^2))"), ["m", "s"], ["x"])
    >>> [(role.kind, str(role.partner), role.place.setting) for name in ("m", "s") for role in found[name]]
    [('location', 'x', 'exp'), ('scale', '-(x - m)**2/2', 'exp')]
    """
    found: dict[str, list[Role]] = {name: [] for name in names}
    for role in _Reader(frozenset(variables)).visit(expression, Place("top")):
        for name in role.effect.free_names.intersection(names):
            if role not in found[name]:
                found[name].append(role)
    return found


def known_part(partner: Expression, known: Set[str]) -> Expression:
    """Return the factors or the terms of a partner whose names are all known; 1 or 0 if there are none."""
    if is_sum(partner):
        return total([(sign, term) for sign, term in terms_of(partner) if term.free_names <= known])
    return product([(base, k) for base, k in factors_of(partner) if base.free_names <= known])


def moving_part(partner: Expression, variables: Set[str]) -> Expression:
    """Return the partner without terms free of data: 2*t of 2*(t - t0)."""
    if is_sum(partner):
        return total([(s, term) for s, term in terms_of(partner) if term.free_names & variables])
    factors = factors_of(partner)
    if len(factors) == 1:
        return partner
    return product([(moving_part(base, variables) if k == 1 else base, k) for base, k in factors])


class _Reader:
    """Descends through a formula; knows only which names are data."""

    def __init__(self, variables: frozenset[str]) -> None:
        self.variables = variables

    def has_data(self, node: Expression) -> bool:
        """Whether a node has data in it."""
        return not node.free_names.isdisjoint(self.variables)

    def visit(self, node: Expression, place: Place) -> Iterator[Role]:
        """Yield the roles below a node that stands at a place."""
        if not self.has_data(node) or node.operation == "symbol":
            return
        if is_sum(node):
            yield from self.visit_sum(node, place)
        elif node.operation in ("*", "/", "neg") or whole_exponent(node) or len(factors_of(node)) > 1:
            yield from self.visit_product(node, place)
        elif node.operation == "**":
            yield from self.visit_power(node, place)
        else:
            yield from self.visit_function(node, place)

    def visit_sum(self, node: Expression, place: Place) -> Iterator[Role]:
        """Yield locations, and the roles inside the terms."""
        terms = terms_of(node)
        for k, (sign, term) in enumerate(terms):
            rest = total(terms[:k] + terms[k + 1 :])
            if self.has_data(term):
                yield from self.visit(term, replace(place, rest=rest))
            elif place.scaled and place.setting == "periodic":
                yield Role("location", total([(sign, term)]), rest, Place("turn"))
            else:
                yield Role("location", total([(sign, term)]), rest, place)

    def visit_product(self, node: Expression, place: Place) -> Iterator[Role]:
        """Yield scales, and the roles inside the factors."""
        factors = factors_of(node)
        alone = sum(self.has_data(base) for base, _ in factors) == 1
        for j, (base, k) in enumerate(factors):
            if not self.has_data(base):
                yield Role("scale", product([(base, k)]), product(factors[:j] + factors[j + 1 :]), place)
                continue
            plain = alone and k == 1
            keeps = (
                place.setting in ("exp", "jump")
                or (plain and place.setting == "periodic")
                or len(factors) == 1
            )
            setting = place.setting if keeps else "function"
            yield from self.visit(base, Place(setting, nested=place.nested, scaled=len(factors) > 1))

    def visit_power(self, node: Expression, place: Place) -> Iterator[Role]:
        """Yield exponents and bases, and the roles inside them."""
        base, exponent = node.arguments
        if self.has_data(base):
            within = Place("power", nested=place.nested)
            if not self.has_data(exponent):
                yield Role("power", exponent, base, within)
            yield from self.visit(base, within)
        else:
            yield Role("base", base, exponent, Place("exp"))
        yield from self.visit(exponent, Place("exp", nested=place.nested))

    def visit_function(self, node: Expression, place: Place) -> Iterator[Role]:
        """Yield the roles inside the arguments of a function."""
        within = Place(_setting(node.operation), nested=place.nested or place.setting == "periodic")
        with_data = [argument for argument in node.arguments if self.has_data(argument)]
        for argument in node.arguments:
            if self.has_data(argument):
                yield from self.visit(argument, within)
            else:
                yield Role("location", argument, -with_data[0], within)


def _setting(operation: str) -> str:
    for setting, operations in (("exp", EXPONENTIAL), ("periodic", PERIODIC), ("jump", JUMP)):
        if operation in operations:
            return setting
    return "function"


def is_frequency(role: Role) -> bool:
    """Whether the role is that of a frequency: a scale inside a periodic function."""
    return role.kind == "scale" and role.place.setting == "periodic"

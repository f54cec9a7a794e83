"""The lines that compute one product of arrays, data and scalars, starting from what is already computed.

The order is: varying arrays, then what depends on data alone (one array, computed beforehand), then the scalars (one
number): so that what is shared between a law and its derivatives is computed first and found again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.formula.expression import Expression
    from educe.formula.straight_line import Part

Factors = dict["Expression", int]


class Writer(Protocol):
    """What the product needs from the writer of all lines."""

    def call(self, operation: str, operands: Sequence[Part], where: int, target: str | None) -> Part: ...
    def operand(self, node: Expression) -> Part: ...
    def constant(self, value: float) -> Part: ...
    def number(self, factors: Factors, over: float, under: float) -> Part: ...
    def data_product(self, factors: Factors, over: float, under: float) -> Part: ...


@dataclass(slots=True)
class Partial:
    """A product that some line has computed: what it holds, and where (None: from its line on, everywhere)."""

    arrays: Factors
    others: Factors
    over: float
    under: float
    operand: Part
    stage: int | None


@dataclass(slots=True)
class Step:
    """One line to come: a function of what is computed so far and an operand; what it then holds in addition."""

    operation: str
    operand: Part | None
    arrays: Factors = field(default_factory=dict)
    others: Factors = field(default_factory=dict)
    over: float = 1.0
    under: float = 1.0


Found = dict["Expression", list[Partial]]


def write_product(
    writer: Writer, found: Found, wanted: Partial, scalars: Factors, *, where: int, target: str | None
) -> Part:
    """Write the lines of a product and return what holds it: the target, or something computed before.

    wanted : what to compute; `others` are its factors of data alone; its operand is not read
    scalars : its scalar factors
    where : the stage that computes it
    """
    data = wanted.others
    whole = Partial(wanted.arrays, {**data, **scalars}, wanted.over, wanted.under, "", None)
    start = _best_start(found, whole, where)
    arrays = _without(whole.arrays, start.arrays) if start else dict(whole.arrays)
    others = _without(whole.others, start.others) if start else whole.others
    over, under = _coefficient_left(whole, start)
    steps = _steps_of_arrays(writer, found, arrays, where)
    steps += _steps_of_others(writer, data, scalars, others, over, under)
    if start is None:
        start = _started(writer, steps, where)
    if not steps:
        return start.operand
    for k, step in enumerate(steps):
        into = target if k == len(steps) - 1 else None
        start = _after(writer, start, step, where, into)
        for factor in start.arrays:
            found.setdefault(factor, []).append(start)
    return start.operand


def _after(writer: Writer, before: Partial, step: Step, where: int, target: str | None) -> Partial:
    operands = [before.operand] if step.operand is None else [before.operand, step.operand]
    return Partial(
        _joined(before.arrays, step.arrays),
        _joined(before.others, step.others),
        before.over * step.over,
        before.under * step.under,
        writer.call(step.operation, operands, where, target),
        where if target is not None else None,
    )


def _steps_of_arrays(writer: Writer, found: Found, arrays: Factors, where: int) -> list[Step]:
    above = [step for f, e in arrays.items() if e > 0 for step in _power_steps(writer, found, f, e, where)]
    below = []
    for factor, exponent in arrays.items():
        if exponent < 0:
            operand = _power(writer, found, factor, -exponent, where)
            below.append(Step("/", operand, {factor: exponent}))
    return above + below


def _power_steps(writer: Writer, found: Found, factor: Expression, exponent: int, where: int) -> list[Step]:
    if exponent < 4:
        return [Step("*", writer.operand(factor), {factor: 1})] * exponent
    operand = _power(writer, found, factor, exponent // 2, where)
    steps = [Step("*", operand, {factor: exponent // 2})] * 2
    return [*steps, Step("*", writer.operand(factor), {factor: 1})] if exponent % 2 else steps


def _power(writer: Writer, found: Found, factor: Expression, exponent: int, where: int) -> Part:
    if exponent == 1:
        return writer.operand(factor)
    wanted = Partial({factor: exponent}, {}, 1.0, 1.0, "", None)
    return write_product(writer, found, wanted, {}, where=where, target=None)


def _steps_of_others(
    writer: Writer, data: Factors, scalars: Factors, left: Factors, over: float, under: float
) -> list[Step]:
    """Return at most two steps: the data, then the scalars; the coefficient joins one of them."""
    data = {factor: e for factor, e in left.items() if factor in data}
    scalars = {factor: e for factor, e in left.items() if factor in scalars}
    steps = []
    if data and scalars:
        steps.append(Step("*", writer.data_product(data, 1.0, 1.0), {}, data))
    elif data:
        return [Step("*", writer.data_product(data, over, under), {}, data, over, under)]
    if scalars and over == 1.0 and all(e < 0 for e in scalars.values()):
        turned = {factor: -e for factor, e in scalars.items()}
        return [*steps, Step("/", writer.number(turned, under, 1.0), {}, scalars, 1.0, under)]
    if scalars:
        return [*steps, Step("*", writer.number(scalars, over, under), {}, scalars, over, under)]
    if (over, under) == (-1.0, 1.0):
        return [Step("neg", None, {}, {}, -1.0)]
    if over == 1.0 and under != 1.0:
        return [Step("/", writer.constant(under), {}, {}, 1.0, under)]
    return [Step("*", writer.constant(over / under), {}, {}, over, under)] if over != 1.0 else []


def _started(writer: Writer, steps: list[Step], where: int) -> Partial:
    """Take the first operand off the steps: a factor if one multiplies, otherwise 1."""
    for k, step in enumerate(steps):
        if step.operation == "*" and step.operand is not None:
            del steps[k]
            return Partial(step.arrays, step.others, step.over, step.under, step.operand, None)
    return Partial({}, {}, 1.0, 1.0, writer.constant(1.0), None)


def _best_start(found: Found, whole: Partial, where: int) -> Partial | None:
    """Return the computed product from which the whole is reached in the fewest lines, if that saves a line."""
    best, fewest = None, _lines(whole.arrays, whole.others, whole.over, whole.under) - 1
    for factor in whole.arrays:
        for partial in found.get(factor, ()):
            if partial.stage not in (None, where) or not _fits(partial, whole):
                continue
            over, under = _coefficient_left(whole, partial)
            left = _without(whole.arrays, partial.arrays)
            lines = _lines(left, _without(whole.others, partial.others), over, under)
            if lines < fewest:
                best, fewest = partial, lines
    return best


def _lines(arrays: Factors, others: Factors, over: float, under: float) -> int:
    return sum(map(abs, arrays.values())) + (1 if others or (over, under) != (1.0, 1.0) else 0)


def _fits(part: Partial, whole: Partial) -> bool:
    plain = (part.over, part.under) == (1.0, 1.0)
    same = (abs(part.over), part.under) == (abs(whole.over), whole.under)
    return (plain or same) and _within(part.arrays, whole.arrays) and _within(part.others, whole.others)


def _within(part: Factors, whole: Factors) -> bool:
    for factor, exponent in part.items():
        available = whole.get(factor, 0)
        if available * exponent <= 0 or abs(available) < abs(exponent):
            return False
    return True


def _without(whole: Factors, part: Factors) -> Factors:
    left = {factor: e - part.get(factor, 0) for factor, e in whole.items()}
    return {factor: e for factor, e in left.items() if e}


def _joined(a: Factors, b: Factors) -> Factors:
    joined = dict(a)
    for factor, exponent in b.items():
        joined[factor] = joined.get(factor, 0) + exponent
    return joined


def _coefficient_left(whole: Partial, part: Partial | None) -> tuple[float, float]:
    if part is None or (part.over, part.under) == (1.0, 1.0):
        return whole.over, whole.under
    return (1.0 if part.over == whole.over else -1.0), 1.0

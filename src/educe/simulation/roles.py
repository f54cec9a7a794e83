"""Which names of a law to be simulated are inputs, and which are constants; named laws know both."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from educe.errors import ParameterError, listing, nearest
from educe.formula import Law, parse_expression, substitute, symbol
from educe.formula.expression import names_in_order

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Setting:
    """A law ready to be evaluated.

    response : name of the column that is computed
    ranges : variable -> (low, high);  values : parameter -> value
    """

    law: Law
    response: str
    ranges: dict[str, tuple[float, float]]
    values: dict[str, float]


def setting_of(law: Law, text: str, ranges: Ranges, values: Mapping[str, float]) -> Setting:
    """Return the law with a range or a value for each of its names.

    text : the law as it was written; where it calls a named law, that law's own ranges and values serve

    Raises ParameterError for a name that has neither or both, a name that the law does not have, or a left
    side that is a formula.
    """
    response = _response(law)
    usual_ranges, usual_values = _usual(law, text)
    for name in (*ranges, *values):
        if name not in law.names:
            raise ParameterError(
                f"{name} does not occur in {law.text}; its names are {listing(law.names)}.{nearest(name, law.names)}"
            )
        if name in ranges and name in values:
            raise ParameterError(f"{name} has both a range and a value; give one.")
    the_ranges = {**{k: v for k, v in usual_ranges.items() if k not in values}, **ranges}
    the_values = {**{k: v for k, v in usual_values.items() if k not in ranges}, **values}
    without = [name for name in law.names if name not in the_ranges and name not in the_values]
    if without:
        raise ParameterError(_needed(without, law))
    _check_numbers(the_ranges, the_values)
    if response in the_ranges:
        raise ParameterError(f"{response} is both measured and an input of {law.text}.")
    in_order = {name: _pair(the_ranges[name]) for name in law.names if name in the_ranges}
    return Setting(law, response, in_order, {k: float(the_values[k]) for k in law.names if k in the_values})


def _response(law: Law) -> str:
    if law.response is None:
        return "y"
    if law.response.operation != "symbol":
        raise ParameterError(
            f"the left side of {law.text} is a formula; to simulate, write the measured column alone: "
            "y = ... ."
        )
    return str(law.target)


def _usual(law: Law, text: str) -> tuple[Ranges, Mapping[str, float]]:
    """Return ranges and values of the named law that the text calls, if it is nothing but that call."""
    from educe.formula.library import LAWS

    called = set(re.findall(r"(\w+)\s*\(", text))
    for named in (LAWS[name] for name in LAWS if name in called):
        body = parse_expression(named.text)
        theirs = [name for name in names_in_order([body]) if name not in named.parameters]
        ours = [name for name in law.names if name not in named.parameters]
        if len(theirs) != len(ours):
            continue
        renamed = dict(zip(theirs, ours, strict=True))
        if substitute(body, {old: symbol(new) for old, new in renamed.items()}) is law.expression:
            return {renamed[name]: ends for name, ends in named.ranges.items()}, named.example
    return {}, {}


def _needed(without: list[str], law: Law) -> str:
    first = without[0]
    return (
        f"{listing(without)} of {law.text} {'have' if len(without) > 1 else 'has'} neither a range nor a value; "
        f"give an input its range ({first}=-3:3), a constant its value ({first}=2)."
    )


def _check_numbers(ranges: Ranges, values: Mapping[str, float]) -> None:
    for name, (low, high) in ranges.items():
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ParameterError(
                f"the range of {name} must be finite with low < high, not {low:g} .. {high:g}."
            )
    for name, value in values.items():
        if not math.isfinite(value):
            raise ParameterError(f"the value of {name} must be finite, not {value}.")


def _pair(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return float(low), float(high)

"""Every parameter with where it starts and what bounds it."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

from educe.errors import ParameterError, listing, nearest
from educe.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.fitting.plan import Plan

GUESS = 1.0  # where a parameter starts that was given no start: one unit, moved into its bounds


def settle(
    plan: Plan,
    start: Mapping[str, float],
    ranges: Mapping[str, tuple[float, float]],
    bounds: Mapping[str, tuple[float | None, float | None]],
) -> dict[str, Parameter]:
    """Return every parameter of the law with its start and bounds, in the law's order.

    A free parameter without a start begins at 1, or inside its bounds.
    Raises ParameterError for a name that is not free, or values that cannot hold.
    """
    for name in (*start, *ranges):
        if name not in plan.free:
            raise ParameterError(_not_free(name, plan))
    for name, pair in bounds.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ParameterError(
                f"{name}: bounds are a pair (lower, upper), None where there is none, not {pair!r}."
            )
        if not all(end is None or isinstance(end, Real) for end in pair):
            raise ParameterError(f"{name}: a bound is a number or None, not as in {pair!r}.")
    return {name: _settled(name, plan, start, bounds) for name in plan.parameters}


def _settled(
    name: str,
    plan: Plan,
    start: Mapping[str, float],
    bounds: Mapping[str, tuple[float | None, float | None]],
) -> Parameter:
    if name in plan.fixed:
        return Parameter(name, float(plan.fixed[name]), fixed=True)
    if name in plan.tied:
        return Parameter(name)
    if name not in bounds:
        return Parameter(name, start.get(name, GUESS))
    lower, upper = bounds[name]
    lower = -math.inf if lower is None else float(lower)
    upper = math.inf if upper is None else float(upper)
    return Parameter(name, start[name] if name in start else _inside(lower, upper), lower, upper)


def _inside(lower: float, upper: float) -> float:
    """Return 1 if it lies inside the bounds, else their middle, or one unit from the only one."""
    if lower < GUESS < upper:
        return GUESS
    if math.isfinite(lower) and math.isfinite(upper):
        return 0.5 * (lower + upper)
    return lower + 1.0 if math.isfinite(lower) else upper - 1.0


def _not_free(name: str, plan: Plan) -> str:
    if name in plan.fixed:
        return f"{name} is fixed at {plan.fixed[name]:g}; it takes no starting value."
    if name in plan.ties:
        return f"{name} is tied to {plan.ties[name]}; it takes no starting value."
    return (
        f"{name} is not a parameter of the law; its parameters are {listing(plan.parameters)}."
        f"{nearest(name, plan.parameters)}"
    )

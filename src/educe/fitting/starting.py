"""Starting values: those given, those searched for, and the lowest minimum that any of them leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.engines.opaque import NO_VALUE
from educe.errors import ParameterError
from educe.least_squares.solve import Solution, solve

if TYPE_CHECKING:
    from educe.engines.in_memory import InMemory
    from educe.engines.opaque import OpaqueModel
    from educe.fitting.plan import Plan
    from educe.formula import Law
    from educe.least_squares.bounds import Box
    from educe.least_squares.stopping import Stopping
    from educe.least_squares.triangle import Array
    from educe.parameters import Parameter
    from educe.search import Found

Start = Mapping[str, float | tuple[float, float]]
Progress = Callable[[int, float, float], None]
Passed = Callable[[int, float], None]


class Search(NamedTuple):
    """How starting values are looked for.

    seconds : float, s -- no new work begins after it;  seed : of the pseudo-random draws
    progress : called as progress(round, best cost, seconds) after each round, or None
    """

    seconds: float = 10.0
    seed: int = 0
    progress: Progress | None = None


def split(start: Start) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return the values and the ranges among what was given as starts.

    Raises ParameterError for a range whose ends are the wrong way round.
    """
    values: dict[str, float] = {}
    ranges: dict[str, tuple[float, float]] = {}
    for name, given in start.items():
        if type(given) is float:  # nearly always; asking for any real number takes ten times as long
            values[name] = given
            continue
        ends = given if isinstance(given, tuple | list) else (given, given)
        if len(ends) != 2 or not isinstance(ends[0], Real) or not isinstance(ends[1], Real):
            raise ParameterError(f"{name}: a start is one number or a range of two, not {given!r}.")
        lower, upper = float(ends[0]), float(ends[1])
        if ends is given:
            if not lower < upper:
                raise ParameterError(
                    f"{name}: the range of starts {lower:g}:{upper:g} needs its lower end first."
                )
            ranges[name] = (lower, upper)
        else:
            values[name] = lower
    return values, ranges


def missing(plan: Plan, values: Mapping[str, float]) -> tuple[str, ...]:
    """Return the free parameters that need a start and were given none: those that enter nonlinearly."""
    pattern = plan.model.pattern
    linear = plan.model.names[: pattern.linear] if pattern else ()
    return tuple(name for name in plan.free if name not in values and name not in linear)


def from_search(
    plan: Plan,
    problem: InMemory,
    law: Law,
    settled: Mapping[str, Parameter],
    ranges: Mapping[str, tuple[float, float]],
    how: Search,
) -> Found:
    """Return what the search finds for the law with fixed values and ties put in.

    ranges : {parameter: (lower, upper)} in which starts are drawn, inside its bounds
    """
    from educe.search import search

    replaced = law.substitute({**plan.tied, **plan.fixed}) if plan.tied or plan.fixed else law
    columns = dict(zip(plan.model.variables, problem.columns, strict=True))
    return search(
        replaced.expression,
        problem.response,
        {name: column for name, column in columns.items() if name in replaced.expression.free_names},
        plan.model.names,
        bounds=_limits(settled, ranges),
        weights=problem.weights,
        seed=how.seed,
        seconds=how.seconds,
        progress=how.progress,
    )


def from_values(
    model: OpaqueModel,
    problem: InMemory,
    settled: Mapping[str, Parameter],
    values: Mapping[str, float],
    ranges: Mapping[str, tuple[float, float]],
    how: Search,
) -> Found:
    """Return what sampling finds for a law known only by its values.

    values : {parameter: start} of those that were given one;  ranges : as for `from_search`
    """
    from educe.search import search_by_values

    inputs = problem.columns[:-1]

    def curve(theta: Array) -> Array:
        try:
            return model.values(inputs, problem.n, theta)
        except NO_VALUE:
            return np.full(problem.n, np.nan)

    return search_by_values(
        curve,
        problem,
        dict(zip(model.inputs, inputs, strict=True)),
        problem.response,
        model.names,
        bounds=_limits(settled, ranges),
        known=values,
        weights=problem.weights,
        seed=how.seed,
        seconds=how.seconds,
        progress=how.progress,
    )


def _limits(
    settled: Mapping[str, Parameter], ranges: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return what each parameter must lie in: its bounds, and within them the range of its starts."""
    limits = {p.name: (p.lower, p.upper) for p in settled.values() if p.bounded}
    for name, (lower, upper) in ranges.items():
        low, high = limits.get(name, (lower, upper))
        limits[name] = (max(low, lower), min(high, upper))
    return limits


def lowest(problem: InMemory, starts: list[list[float]], *, box: Box | None, stopping: Stopping) -> Solution:
    """Return the lowest minimum that the starts lead to; a converged one wins where costs agree."""
    best: Solution | None = None
    for theta in starts:
        found = solve(problem, theta, box=box, stopping=stopping)
        if (
            best is None
            or found.cost < best.cost * (1.0 - 1e-12)
            or (
                found.reason.converged
                and not best.reason.converged
                and found.cost <= best.cost * (1.0 + 1e-9)
            )
        ):
            best = found
    assert best is not None
    return best

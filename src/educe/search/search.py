"""The search for starting values: rounds of drawing, screening and descending until the answer is settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.search.agreement import Symmetries
from educe.search.effort import rounds
from educe.search.flaws import flaws
from educe.search.found import Found, Minimum
from educe.search.hunt import Hunt
from educe.search.problem import Problem
from educe.search.rows import canonical

if TYPE_CHECKING:
    from educe.formula import Expression

Array = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

MOST_STARTS = 8  # minima reported


def search(
    law: Expression,
    response: Array,
    columns: Mapping[str, Array],
    parameters: Sequence[str],
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    weights: Array | None = None,
    seed: int = 0,
    seconds: float = 30.0,
    progress: Progress | None = None,
) -> Found:
    """Return the minima of |w (y - f)|^2 that a search without starting values finds, best first.

    law : Expression of columns and parameters;  response : (n,), y
    columns : {name: (n,)};  parameters : names to be found
    bounds : {name: (lower, upper)}, infinite where there is none;  weights : (n,), w = 1/sigma
    seed : of the pseudo-random draws: same seed, same answer, in any order of the rows
    seconds : float, s of wall time after which no new work begins
    progress : called as progress(round, best cost, seconds) after each round
    """
    began = time.perf_counter()
    limits = {name: pair for name, pair in (bounds or {}).items() if np.isfinite(pair).any()}
    problem = Problem(law, parameters, canonical(columns, response, weights), limits)
    rng = np.random.default_rng(seed)
    hunt = Hunt(problem, deadline=began + seconds)
    for number, effort in enumerate(rounds(), start=1):
        hunt.round(effort, rng)
        if progress is not None:
            progress(number, hunt.best_cost, time.perf_counter() - began)
        if hunt.over():
            break
    return _found(hunt, time.perf_counter() - began)


def _found(hunt: Hunt, seconds: float) -> Found:
    problem = hunt.problem
    thetas = [problem.theta(place.alpha) for place in hunt.places[:MOST_STARTS]]
    symmetries = Symmetries(problem, thetas[0]) if thetas else None
    starts = tuple(
        Minimum(
            symmetries.canonical(theta) if symmetries else theta,
            place.cost,
            place.found_from,
            len(place.rounds),
            flaws(problem, theta),
        )
        for theta, place in zip(thetas, hunt.places, strict=False)
    )
    return Found(
        starts,
        agreed=starts[0].found_from if starts else 0,
        rounds=hunt.number,
        samples=problem.samples,
        settled=hunt.settled,
        reasons=tuple(_reasons(hunt)),
        warnings=tuple(_warnings(hunt, starts)),
        symmetries=symmetries.sentences() if symmetries else (),
        seconds=seconds,
    )


def _reasons(hunt: Hunt) -> Iterator[str]:
    if not hunt.places:
        return
    best = hunt.places[0]
    if not hunt.problem.nonlinear:
        yield "The law is linear in all its parameters: there is one minimum."
        return
    yield (
        f"{best.found_from} starts led to the best minimum, in {len(best.rounds)} of {hunt.number} "
        f"independent rounds."
    )
    finding = hunt.judged(best)
    yield "The residuals look like noise." if finding.noise else f"Suspicious: {finding.sentence}."


def _warnings(hunt: Hunt, starts: tuple[Minimum, ...]) -> Iterator[str]:
    if not starts:
        yield "No parameter values were found at which the law is finite on all rows."
        return
    best = hunt.places[0]
    if hunt.problem.nonlinear and len(best.rounds) < 2:
        yield "The best minimum was found in one round only; a lower one may exist."
    if not hunt.judged(best).noise:
        yield (
            f"The residuals do not look like noise ({best.finding.sentence if best.finding else ''}): "
            "the law may not hold, or a better minimum was missed."
        )
    if hunt.late and not hunt.settled:
        yield "The time for the search ran out."
    regular = next((start for start in starts if not start.flaws), None)
    beside = "" if regular is None else f"; the best regular minimum has a cost of {regular.cost:.6g}"
    for flaw in starts[0].flaws:
        yield f"At the best minimum, of cost {best.cost:.6g}, {flaw}{beside}."

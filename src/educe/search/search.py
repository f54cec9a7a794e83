"""The search for starting values: rounds of drawing, screening and descending until the answer is settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.search.agreement import Symmetries
from educe.search.aliases import frequencies, lowered, named
from educe.search.effort import rounds
from educe.search.found import Found, Minimum
from educe.search.hunt import Hunt, Place
from educe.search.problem import Problem
from educe.search.rows import canonical

if TYPE_CHECKING:
    from educe.formula import Expression

Array = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

MOST_STARTS = 8  # minima reported
NEAR = 10.0  # times the best cost: minima beyond are not examined for flaws


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

    Best is the lowest, or the lowest regular one where only a pole between two rows goes lower.

    law : Expression of columns and parameters;  response : (n,), y
    columns : {name: (n,)};  parameters : names to be found
    bounds : {name: (lower, upper)}, infinite where there is none;  weights : (n,), w = 1/sigma
    seed : of the pseudo-random draws: same seed, same answer, in any order of the rows
    seconds : float, s of wall time after which no new work begins
    progress : called as progress(round, best cost, seconds) after each round
    """
    began = time.perf_counter()
    limits = {name: pair for name, pair in (bounds or {}).items() if np.isfinite(pair).any()}
    with np.errstate(all="ignore"):  # a candidate where the law overflows is one that costs infinity
        problem = Problem(law, parameters, canonical(columns, response, weights), limits)
        hunt = Hunt(problem, deadline=began + seconds)
        rng = np.random.default_rng(seed)
        for number, effort in enumerate(rounds(), start=1):
            hunt.round(effort, rng)
            if progress is not None:
                progress(number, hunt.best_cost, time.perf_counter() - began)
            if hunt.over():
                break
        return _found(hunt, columns, began)


def _found(hunt: Hunt, columns: Mapping[str, Array], began: float) -> Found:
    problem, best = hunt.problem, hunt.best
    if best is None:
        nowhere = "No parameter values were found at which the law is finite on all rows."
        return Found((), 0, hunt.number, problem.samples, settled=False, warnings=(nowhere,))
    spaced = frequencies(problem, columns)
    best.alpha = lowered(problem, best.alpha, spaced, floor=hunt.floor)
    order = [best, *(place for place in hunt.places if place is not best)][:MOST_STARTS]
    symmetries = Symmetries(problem, problem.theta(best.alpha))
    minima = tuple(_minimum(hunt, place, symmetries) for place in order)
    given = np.array([minima[0].theta[name] for name in problem.searched])
    return Found(
        minima,
        agreed=best.found_from,
        rounds=hunt.number,
        samples=problem.samples,
        settled=hunt.settled,
        reasons=tuple(_reasons(hunt, best)),
        warnings=tuple(_warnings(hunt, best)),
        symmetries=symmetries.sentences(),
        aliases=named(problem, given, spaced, floor=hunt.floor),
        seconds=time.perf_counter() - began,
    )


def _minimum(hunt: Hunt, place: Place, symmetries: Symmetries) -> Minimum:
    theta = symmetries.canonical(hunt.problem.theta(place.alpha))
    near = place.cost <= NEAR * hunt.best_cost + hunt.floor
    told = hunt.flaws_of(place) if near else ()
    return Minimum(theta, place.cost, place.found_from, len(place.rounds), told)


def _reasons(hunt: Hunt, best: Place) -> Iterator[str]:
    if not hunt.problem.nonlinear:
        yield "The law is linear in all its parameters: there is one minimum."
        return
    yield (
        f"{best.found_from} starts led to the best minimum, in {len(best.rounds)} of {hunt.number} "
        f"independent rounds."
    )
    finding = hunt.judged(best)
    yield "The residuals look like noise." if finding.noise else f"Suspicious: {finding.sentence}."


def _warnings(hunt: Hunt, best: Place) -> Iterator[str]:
    if hunt.problem.nonlinear and len(best.rounds) < 2:
        yield "The best minimum was found in one round only; a lower one may exist."
    finding = hunt.judged(best)
    if not finding.noise:
        yield (
            f"The residuals do not look like noise ({finding.sentence}): "
            "the law may not hold, or a better minimum was missed."
        )
    if hunt.late and not hunt.settled:
        yield "The time for the search ran out."
    for flaw in hunt.flaws_of(best):
        yield f"At the best minimum, of cost {best.cost:.6g}, {flaw}{_beside(hunt, best)}."
    if hunt.places[0] is not best:
        lowest = hunt.places[0]
        yield (
            f"A lower sum of squares, {lowest.cost:.6g} instead of {best.cost:.6g}, is reached where "
            f"{hunt.flaws_of(lowest)[0]}; the regular minimum is given."
        )


def _beside(hunt: Hunt, best: Place) -> str:
    others = (place for place in hunt.places[:MOST_STARTS] if place is not best)
    regular = next((place for place in others if not hunt.flaws_of(place)), None)
    return "" if regular is None else f"; the best regular minimum has a cost of {regular.cost:.6g}"

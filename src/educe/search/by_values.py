"""The search for starting values where the law is known only by its values: draw, keep the best, descend."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.least_squares.bounds import Box
from educe.least_squares.levenberg_marquardt import levenberg_marquardt
from educe.least_squares.point import Point
from educe.least_squares.stopping import Stopping
from educe.search.affine import Affine, linear_places
from educe.search.draws import Draws
from educe.search.found import Found, Minimum
from educe.search.noise import Finding, inspect

if TYPE_CHECKING:
    from educe.least_squares.solve import Problem

Array = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

FIRST, MORE = 300, 1000  # candidates drawn in the first two rounds, and in each later one
MOST_ROUNDS = 8
STARTS, FINALISTS = 12, 3  # candidates that descend; those that descend to the end
SHORT, LONG = 15, 100  # steps of the two descents
SAME = 1e-5  # relative difference of two costs that are one minimum
EXACT = 1e-20  # share of |w y|^2 below which a cost is rounding


@dataclass
class Place:
    """A minimum as it was met: theta, cost, how many starts led there, and in which rounds."""

    theta: Array
    cost: float
    found_from: int
    rounds: set[int]


@dataclass
class Sampling:
    """The state of a search: what is searched, and the minima met so far, best first.

    law : the function and its residuals;  problem : its triangles;  draws : where candidates come from
    deadline : s, of time.perf_counter
    """

    law: Affine
    problem: Problem
    draws: Draws
    box: Box
    deadline: float
    places: list[Place] = field(default_factory=list)
    samples: int = 0
    number: int = 0

    @property
    def late(self) -> bool:
        """Whether the time has run out."""
        return time.perf_counter() > self.deadline

    @property
    def floor(self) -> float:
        """A cost that is rounding."""
        return EXACT * self.problem.magnitude**2

    def round(self, count: int, rng: np.random.Generator) -> None:
        """Draw candidates, follow the best of them down, the best ends of those to a minimum."""
        self.number += 1
        best = [place.theta for place in self.places[:STARTS]]
        screened: list[tuple[Array, float]] = []
        for theta in self.draws.candidates(count, rng, best):
            if self.late and screened:
                break
            screened.append(self.law.completed(theta))
            self.samples += 1
        screened = sorted((pair for pair in screened if math.isfinite(pair[1])), key=lambda pair: pair[1])
        ends = [self.descended(theta, SHORT) for theta, _ in screened[:STARTS]]
        ends.sort(key=lambda point: point.cost)
        for end in [self.descended(np.array(end.theta), LONG) for end in ends[:FINALISTS]] + ends[FINALISTS:]:
            if math.isfinite(end.cost):
                self.note(np.array(end.theta), end.cost)

    def descended(self, theta: Array, steps: int) -> Point:
        """Return where so many damped steps lead; after the deadline none is taken."""

        def evaluate(values: list[float]) -> Point:
            if self.late:
                return Point(values, np.zeros((0, 0)), math.inf, values)
            triangle, cost = self.problem.triangle(values)
            return Point(values, triangle, cost, values)

        begin = evaluate(self.box.clip(theta).tolist())
        if not math.isfinite(begin.cost):
            return begin
        box = self.box if np.isfinite([self.box.lower, self.box.upper]).any() else None
        stopping = Stopping(steps)
        return levenberg_marquardt(
            evaluate, begin, magnitude=self.problem.magnitude, box=box, stopping=stopping
        ).point

    def note(self, theta: Array, cost: float) -> None:
        """Add an end to the minimum it belongs to, or as a new one."""
        for place in self.places:
            if abs(place.cost - cost) <= SAME * min(place.cost, cost) + self.floor:
                place.found_from += 1
                place.rounds.add(self.number)
                if cost < place.cost:
                    place.theta, place.cost = theta, cost
                break
        else:
            self.places.append(Place(theta, cost, 1, {self.number}))
        self.places.sort(key=lambda place: place.cost)


def search_by_values(
    curve: Callable[[Array], Array],
    problem: Problem,
    columns: Mapping[str, Array],
    response: Array,
    parameters: Sequence[str],
    *,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    known: Mapping[str, float] | None = None,
    weights: Array | None = None,
    seed: int = 0,
    seconds: float = 30.0,
    progress: Progress | None = None,
) -> Found:
    """Return the minima of |w (y - f)|^2 that sampling finds, best first; nothing is known of f but its values.

    curve : from theta, (p,), to f, (n,), nan where it has no value;  problem : its triangles
    columns : {name: (n,)} the inputs, whose ranges and spacing scale the draws;  response : (n,), y
    parameters : names to be found;  known : values that were given as starts
    the other arguments : as for `search`

    Candidates are drawn log-uniformly about the scales of the data, with either sign, or uniformly where two
    bounds say between what. Parameters in which the values are straight lines are solved for, not drawn.

    Source: multi-start descent, Rinnooy Kan and Timmer (1987); linear parameters, Golub and Pereyra (1973).
    """
    began = time.perf_counter()
    limits = np.array([(bounds or {}).get(name, (-np.inf, np.inf)) for name in parameters])
    given = np.array([(known or {}).get(name, np.nan) for name in parameters])
    draws = Draws.of(limits, given, columns, response)
    w = 1.0 if weights is None else weights
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a candidate at which the function complains is one not to take
        unbounded = [k for k, pair in enumerate(limits) if not np.isfinite(pair).any()]
        linear = linear_places(curve, draws.candidates(3, rng, ()), unbounded)
        law = Affine(curve, linear, lambda f: np.asarray(w * (response - f)))
        box = Box(limits[:, 0], limits[:, 1])
        sampling = Sampling(law, problem, draws, box, began + seconds)
        finding = None
        for number in range(MOST_ROUNDS if len(linear) < len(parameters) else 1):
            sampling.round(FIRST if number < 2 else MORE, rng)
            if not sampling.places:
                continue
            finding = _judged(sampling, columns)
            if progress is not None:
                progress(number + 1, sampling.places[0].cost, time.perf_counter() - began)
            if sampling.late or _settled(sampling, finding):
                break
        return _found(sampling, finding, parameters, time.perf_counter() - began)


def _judged(sampling: Sampling, columns: Mapping[str, Array]) -> Finding:
    best = sampling.places[0]
    if best.cost <= sampling.floor:
        return Finding(1.0, "the residuals are rounding")
    return inspect(sampling.law.residual(sampling.law.curve(best.theta)), columns)


def _settled(sampling: Sampling, finding: Finding) -> bool:
    return finding.noise and len(sampling.places[0].rounds) >= 2


def _found(sampling: Sampling, finding: Finding | None, names: Sequence[str], seconds: float) -> Found:
    if finding is None:
        nowhere = f"The function had no finite values at any of {sampling.samples} parameter values drawn."
        return Found(
            (), 0, sampling.number, sampling.samples, settled=False, warnings=(nowhere,), seconds=seconds
        )
    best = sampling.places[0]
    return Found(
        tuple(
            Minimum(
                dict(zip(names, place.theta.tolist(), strict=True)),
                place.cost,
                place.found_from,
                len(place.rounds),
            )
            for place in sampling.places[:8]
        ),
        agreed=best.found_from,
        rounds=sampling.number,
        samples=sampling.samples,
        settled=_settled(sampling, finding),
        reasons=(
            f"{best.found_from} starts led to the best minimum, in {len(best.rounds)} of {sampling.number} "
            "independent rounds.",
            "The residuals look like noise." if finding.noise else f"Suspicious: {finding.sentence}.",
        ),
        warnings=tuple(_warnings(sampling, finding)),
        seconds=seconds,
    )


def _warnings(sampling: Sampling, finding: Finding) -> Iterator[str]:
    yield (
        f"Starting values were found by sampling: the function was tried at {sampling.samples} parameter values, "
        "nothing being known of what they mean; a lower minimum may exist."
    )
    if len(sampling.places[0].rounds) < 2 and len(sampling.law.linear) < len(sampling.box.lower):
        yield "The best minimum was found in one round only; a lower one may exist."
    if not finding.noise:
        yield (
            f"The residuals do not look like noise ({finding.sentence}): "
            "the law may not hold, or a better minimum was missed."
        )
    if sampling.late and not _settled(sampling, finding):
        yield "The time for the search ran out."

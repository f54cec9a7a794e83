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
MOST_ROUNDS, NARROW = 8, 2  # rounds, and those at first in which draws keep near the scales of the data
AGAIN, SURE = (
    2,
    4,
)  # rounds in which the best minimum is found before the search ends: residuals like noise, or not
SCREENING = 0.4  # share of the time left that a round spends on looking at candidates
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
        """Draw candidates and vary the minima met so far; the best of either descend.

        Only what is led to from a fresh draw counts as found again.
        """
        self.number += 1
        met = [place.theta for place in self.places[:STARTS]]
        fresh = self.draws.drawn(count, rng, wide=self.number > NARROW)
        for candidates, counts in ((fresh, True), (self.draws.varied(count // 3, rng, met), False)):
            for end in self._ends(self._screened(candidates)):
                self.note(np.array(end.theta), end.cost, counts=counts)

    def _screened(self, candidates: Sequence[Array]) -> list[tuple[Array, float]]:
        """Return the best candidates with their costs; less than half of the time left goes into looking."""
        now = time.perf_counter()
        until = now + SCREENING * (self.deadline - now)
        screened = []
        for theta in candidates:
            screened.append(self.law.completed(theta))
            self.samples += 1
            if time.perf_counter() > until:
                break
        finite = [(self.box.clip(theta), cost) for theta, cost in screened if math.isfinite(cost)]
        return sorted(finite, key=lambda pair: pair[1])[:STARTS]

    def _ends(self, starts: Sequence[tuple[Array, float]]) -> list[Point]:
        """Return where the starts lead: all of them a little way, the best on to a minimum."""
        ends = sorted(
            (self._descended(theta, cost, SHORT) for theta, cost in starts), key=lambda end: end.cost
        )
        return [
            self._descended(np.array(end.theta), end.cost, LONG) if k < FINALISTS else end
            for k, end in enumerate(ends)
        ]

    def _descended(self, theta: Array, cost: float, steps: int) -> Point:
        """Return where so many damped steps lead; after the deadline none is taken."""
        here = theta.tolist()
        begin = Point(here, np.zeros((0, 0)), cost, here) if self.late else self._whole(here)
        if self.late or not math.isfinite(begin.cost):
            return begin._replace(cost=cost)
        lowest = begin.cost

        def evaluate(values: list[float]) -> Point:
            # a trial that is no better is rejected without its derivatives, one far out without a call
            nonlocal lowest
            trial = np.array(values)
            cost = math.inf if self.late or not self._within_reach(trial) else self.law.cost(trial)
            if not cost < lowest:
                return Point(values, np.zeros((0, 0)), cost, values)
            lowest = cost
            return self._whole(values)

        box = self.box if np.isfinite([self.box.lower, self.box.upper]).any() else None
        return levenberg_marquardt(
            evaluate, begin, magnitude=self.problem.magnitude, box=box, stopping=Stopping(steps)
        ).point

    def _whole(self, theta: list[float]) -> Point:
        triangle, cost = self.problem.triangle(theta)
        return Point(theta, triangle, cost, theta)

    def _within_reach(self, theta: Array) -> bool:
        """Tell whether the parameters that were drawn are still near the scales of the data, in the first rounds."""
        if self.number > NARROW:
            return True
        drawn = np.delete(theta, self.law.linear)
        return bool((np.abs(drawn) <= self.draws.reach).all())

    def note(self, theta: Array, cost: float, *, counts: bool) -> None:
        """Add an end to the minimum it belongs to, or as a new one; counts: it is one more way to a known one."""
        slack = self.floor
        place = next((p for p in self.places if abs(p.cost - cost) <= SAME * min(p.cost, cost) + slack), None)
        if place is None:
            place = Place(theta, cost, 0 if counts else 1, set())
            self.places.append(place)
        if cost < place.cost:
            place.theta, place.cost = theta, cost
        if counts:
            place.found_from += 1
            place.rounds.add(self.number)
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
        linear = linear_places(curve, draws.drawn(3, rng, wide=False), unbounded)
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
            if sampling.late or _settled(sampling, finding) or len(sampling.places[0].rounds) >= SURE:
                break
        return _found(sampling, finding, parameters, time.perf_counter() - began)


def _judged(sampling: Sampling, columns: Mapping[str, Array]) -> Finding:
    best = sampling.places[0]
    if best.cost <= sampling.floor:
        return Finding(1.0, "the residuals are rounding")
    return inspect(sampling.law.residual(sampling.law.curve(best.theta)), columns)


def _settled(sampling: Sampling, finding: Finding) -> bool:
    return finding.noise and len(sampling.places[0].rounds) >= AGAIN


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
                max(len(place.rounds), 1),
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
    if len(sampling.places[0].rounds) < AGAIN and len(sampling.law.linear) < len(sampling.box.lower):
        yield "The best minimum was found in one round only; a lower one may exist."
    if not finding.noise:
        yield (
            f"The residuals do not look like noise ({finding.sentence}): "
            "the law may not hold, or a better minimum was missed."
        )
    if sampling.late and not _settled(sampling, finding):
        yield "The time for the search ran out."

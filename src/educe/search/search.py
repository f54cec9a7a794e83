"""The search for starting values: rounds of drawing, screening and descending until the answer is settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.search.batch import SAME, Descents, descents
from educe.search.effort import FULL, Effort, rounds
from educe.search.found import Found, Minimum
from educe.search.noise import Finding, inspect
from educe.search.problem import Problem
from educe.search.rows import canonical

if TYPE_CHECKING:
    from educe.formula import Expression
    from educe.search.space import Space

Array = NDArray[np.float64]
Progress = Callable[[int, float, float], None]

EXACT = 1e-24  # cost relative to |y|^2 below which the law passes through every measurement
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
    hunt = _Hunt(problem, deadline=began + seconds)
    for number, effort in enumerate(rounds(), start=1):
        hunt.round(effort, rng)
        if progress is not None:
            progress(number, hunt.best_cost, time.perf_counter() - began)
        if hunt.over():
            break
    return replace(hunt.found(), seconds=time.perf_counter() - began)


@dataclass
class _Place:
    """A minimum while the search goes on."""

    alpha: Array
    cost: float
    found_from: int
    rounds: set[int] = field(default_factory=set)


class _Hunt:
    """The minima found so far, and whether they will do."""

    def __init__(self, problem: Problem, *, deadline: float) -> None:
        self.problem = problem
        self.deadline = deadline
        self.places: list[_Place] = []
        self.number = 0
        self.full_rounds = 0
        self.finding = Finding(1.0, "")
        self.floor = EXACT * problem.rows.size

    @property
    def best_cost(self) -> float:
        return self.places[0].cost if self.places else np.inf

    def round(self, effort: Effort, rng: np.random.Generator) -> None:
        self.number += 1
        self.full_rounds += effort is FULL
        self.descend(self.starts(effort, rng), effort)
        self.settle_jumps(effort)
        for _ in range(effort.sweeps):
            before = self.best_cost
            if not self.places or self.finding.noise or time.perf_counter() > self.deadline:
                break
            self.descend(self.moved(effort, rng), effort)
            self.settle_jumps(effort)
            if not self.best_cost < before * (1 - SAME):
                break

    def settle_jumps(self, effort: Effort) -> None:
        """Try every place between two rows for each jump: a descent does not feel them."""
        before = np.inf
        while self.places and self.best_cost < before * (1 - SAME) and time.perf_counter() < self.deadline:
            before = self.best_cost
            base = self.places[0].alpha[: len(self.problem.nonlinear)]
            self.descend(self.problem.walled_in(self.problem.space.jumped(base)), effort)

    def descend(self, starts: Array, effort: Effort) -> None:
        """Let starts descend, note where they end, and judge the best."""
        if len(starts):
            problem = self.problem
            state = descents(problem.descending, starts, effort, box=problem.box, deadline=self.deadline)
            self.note(state)
        if self.places:
            self.finding = self.judged()

    def starts(self, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts from every source: screened draws, the pursuit of parts, the relaxed law."""
        problem = self.problem
        found = [problem.screened(effort, rng)]
        if problem.looser is not None:
            found.append(problem.carried_back(self.loose_minima(problem.looser, effort, rng), rng))
        else:
            found.append(problem.walled_in(problem.space.pursued(effort, rng)))
        return np.concatenate(found)

    def loose_minima(self, looser: Space, effort: Effort, rng: np.random.Generator) -> Array:
        drawn = looser.screened(effort, effort.starts, rng)
        starts = np.concatenate([drawn, looser.pursued(effort, rng)])
        state = descents(looser.projection, starts, effort, deadline=self.deadline)
        return state.alpha

    def moved(self, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts that differ from the best minimum in one part."""
        problem = self.problem
        base = self.places[0].alpha[: len(problem.nonlinear)]
        if problem.looser is None or not problem.looser.blocks.separable:
            return problem.walled_in(problem.space.moved(base, effort, rng))
        axes = [problem.nonlinear.index(name) for name in problem.looser.nonlinear]
        starts = problem.looser.moved(base[axes], effort, rng)
        state = descents(problem.looser.projection, starts, effort, deadline=self.deadline)
        return problem.carried_back(state.alpha, rng)

    def note(self, state: Descents) -> None:
        for alpha, cost, merged in zip(state.alpha, state.cost.tolist(), state.merged.tolist(), strict=True):
            place = next((p for p in self.places if self.same(p.cost, cost)), None)
            if place is None:
                place = _Place(alpha, cost, 0)
                self.places.append(place)
            elif cost < place.cost:
                place.alpha, place.cost = alpha, cost
            place.found_from += merged
            place.rounds.add(self.number)
        self.places.sort(key=lambda place: place.cost)

    def same(self, a: float, b: float) -> bool:
        return abs(a - b) <= SAME * max(a, b) + self.floor

    def judged(self) -> Finding:
        if self.best_cost <= self.floor:
            return Finding(1.0, "the law passes through every measurement")
        return inspect(self.problem.residual(self.places[0].alpha), self.problem.rows.columns)

    @property
    def repeated(self) -> bool:
        return bool(self.places) and len(self.places[0].rounds) >= 2

    @property
    def settled(self) -> bool:
        return not self.problem.nonlinear or (self.repeated and self.finding.noise)

    def over(self) -> bool:
        """Whether more work is not needed, or would not help."""
        tired = self.repeated and self.full_rounds >= 2
        return self.settled or tired or time.perf_counter() > self.deadline

    def found(self) -> Found:
        starts = tuple(
            Minimum(self.problem.theta(place.alpha), place.cost, place.found_from, len(place.rounds))
            for place in self.places[:MOST_STARTS]
        )
        agreed = starts[0].found_from if starts else 0
        return Found(starts, agreed, self.number, self.problem.samples, self.settled)

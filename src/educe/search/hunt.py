"""Rounds of drawing, screening and descending, and what they have found so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.search.batch import SAME, descents
from educe.search.effort import FULL, Effort
from educe.search.flaws import flaws, without_slope
from educe.search.noise import Finding, inspect

if TYPE_CHECKING:
    from educe.search.problem import Problem
    from educe.search.space import Space

Array = NDArray[np.float64]

EXACT = 1e-24  # cost relative to |y|^2 below which the law passes through every measurement
POLE = 20.0  # residual variances that a pole between two rows may take away, about
RIVAL = 3.0  # times the best cost: another minimum below this is a rival
WEAK = 0.5  # cost relative to what the fixed columns leave: above it nothing is settled without a full round
LITTLE = 0.1  # the same: above it a few large residuals may be a signal that was missed


@dataclass
class Place:
    """A minimum while the search goes on; `rounds` are those whose own starts led there."""

    alpha: Array
    cost: float
    found_from: int = 0
    rounds: set[int] = field(default_factory=set)
    finding: Finding | None = None
    flaws: tuple[str, ...] | None = None


class Hunt:
    """The minima found so far, and whether they will do."""

    def __init__(self, problem: Problem, *, deadline: float) -> None:
        self.problem = problem
        self.deadline = deadline
        self.places: list[Place] = []
        self.number = 0
        self.full_rounds = 0
        self.floor = EXACT * problem.rows.size
        target = problem.space.projection.target
        self.unexplained = float(target @ target)

    @property
    def best(self) -> Place | None:
        """The lowest minimum; a regular one before it if that is as good but for a few rows."""
        if not self.places:
            return None
        lowest = self.places[0]
        freedom = max(len(self.problem.rows.response) - len(self.problem.parameters), 1)
        for place in self.places:
            if place.cost > (1.0 + POLE / freedom) * lowest.cost + self.floor:
                break
            if not self.flaws_of(place) and (place is lowest or self.judged(place).noise):
                return place
        return lowest

    @property
    def best_cost(self) -> float:
        """The cost of the best minimum, infinite where there is none."""
        best = self.best
        return best.cost if best is not None else np.inf

    def flaws_of(self, place: Place) -> tuple[str, ...]:
        """Return what is wrong with a minimum, looked at once."""
        if place.flaws is None:
            place.flaws = flaws(self.problem, self.problem.theta(place.alpha))
        return place.flaws

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.perf_counter() > self.deadline

    def round(self, effort: Effort, rng: np.random.Generator) -> None:
        """Search anew, knowing nothing of earlier rounds; improve this round's own best part by part."""
        self.number += 1
        self.full_rounds += effort is FULL
        here = self.with_jumps(self.descend(self.starts(effort, rng), effort), effort)
        for _ in range(effort.sweeps):
            if here is None or self.judged(here).noise or self.late:
                break
            there = self.with_jumps(self.descend(self.moved(here, effort, rng), effort), effort)
            if there is None or not there.cost < here.cost * (1 - SAME):
                break
            here = there

    def with_jumps(self, here: Place | None, effort: Effort) -> Place | None:
        """Try every place between two rows for each jump: a descent does not feel them."""
        while here is not None and not self.late:
            base = here.alpha[: len(self.problem.nonlinear)]
            there = self.descend(self.problem.walled_in(self.problem.space.jumped(base)), effort)
            if there is None or not there.cost < here.cost * (1 - SAME):
                break
            here = there
        return here

    def descend(self, starts: Array, effort: Effort) -> Place | None:
        """Let starts descend and note where they end; return the best end."""
        if not len(starts):
            return None
        problem = self.problem
        state = descents(problem.descending, starts, effort, box=problem.box, deadline=self.deadline)
        ends = [
            self.noted(*end)
            for end in zip(state.alpha, state.cost.tolist(), state.merged.tolist(), strict=True)
        ]
        self.places.sort(key=lambda place: place.cost)
        return min(ends, key=lambda place: place.cost, default=None)

    def noted(self, alpha: Array, cost: float, merged: int) -> Place:
        """Return the minimum at which a descent ended: a new one, or the known one of the same cost."""
        place = next((p for p in self.places if self.same(p.cost, cost)), None)
        if place is None:
            place = Place(alpha, cost)
            self.places.append(place)
        elif cost < place.cost:
            place.alpha, place.cost, place.finding, place.flaws = alpha, cost, None, None
        place.found_from += merged
        place.rounds.add(self.number)
        return place

    def starts(self, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts from every source: draws, the law without divisors, the looser law or the parts."""
        problem = self.problem
        found = [problem.screened(effort, rng), problem.without_divisor(effort, rng)]
        if problem.looser is not None:
            found.append(problem.carried_back(self.loose_minima(problem.looser, effort, rng), rng))
        else:
            found.append(problem.walled_in(problem.space.pursued(effort, rng)))
        return np.concatenate(found)

    def loose_minima(self, looser: Space, effort: Effort, rng: np.random.Generator) -> Array:
        """Return minima (K, looser) of the relaxed law."""
        drawn = looser.screened(effort, effort.starts, rng)
        starts = np.concatenate([drawn, looser.pursued(effort, rng)])
        return descents(looser.projection, starts, effort, deadline=self.deadline).alpha

    def moved(self, here: Place, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts that differ from a minimum in one part."""
        problem = self.problem
        base = here.alpha[: len(problem.nonlinear)]
        if problem.looser is None or not problem.looser.blocks.separable:
            return problem.walled_in(problem.space.moved(base, effort, rng))
        axes = [problem.nonlinear.index(name) for name in problem.looser.nonlinear]
        starts = problem.looser.moved(base[axes], effort, rng)
        state = descents(problem.looser.projection, starts, effort, deadline=self.deadline)
        return problem.carried_back(state.alpha, rng)

    def same(self, a: float, b: float) -> bool:
        """Whether two costs are those of one minimum."""
        return abs(a - b) <= SAME * max(a, b) + self.floor

    def judged(self, place: Place) -> Finding:
        """Return whether the residuals at a minimum look like noise."""
        if place.finding is None:
            if place.cost <= self.floor:
                place.finding = Finding(1.0, "the law passes through every measurement")
            else:
                residual = self.problem.residual(place.alpha)
                little = place.cost > LITTLE * self.unexplained
                place.finding = inspect(residual, self.problem.rows.columns, little=little)
        return place.finding

    @property
    def settled(self) -> bool:
        """Whether the best minimum was found again, explains the data, leaves but noise and is felt."""
        if not self.problem.nonlinear:
            return bool(self.places)
        best = self.best
        if best is None or not self.repeated:
            return False
        searched_hard = best.cost <= WEAK * self.unexplained or self.full_rounds >= 1
        return searched_hard and self.judged(best).noise and not self.unfelt(best)

    def unfelt(self, place: Place) -> bool:
        """Whether a parameter has no slope at a minimum and was not placed between rows either."""
        if not self.flaws_of(place):
            return False
        idle = without_slope(self.problem, self.problem.theta(place.alpha))
        return any(not self.problem.sampler.jumping(name) for name in idle)

    @property
    def repeated(self) -> bool:
        """Whether two rounds, independently, found the best minimum; three where another comes near it."""
        best = self.best
        if best is None:
            return False
        near = [place for place in self.places if place is not best and place.cost < RIVAL * best.cost]
        rivals = [place for place in near[:2] if not self.flaws_of(place)]
        return len(best.rounds) >= (3 if rivals else 2)

    def over(self) -> bool:
        """Whether more work is not needed, or would not help."""
        tired = self.repeated and self.full_rounds >= 2
        return self.settled or tired or self.late

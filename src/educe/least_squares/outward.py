"""The profile of a quantity followed outward, step by step, to where the least cost has risen by a given amount."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from educe.least_squares.furthest import Place, place_at
from educe.least_squares.pulled import Pulled
from educe.least_squares.solve import solve
from educe.least_squares.stopping import Reason, Stopping

if TYPE_CHECKING:
    from educe.least_squares.bounds import Box
    from educe.least_squares.furthest import Quantity
    from educe.least_squares.solve import Problem

STIFF = 30.0  # pull, in units of the one by which the data hold the quantity
FIRST = 0.5  # first step, as a share of the way that the tangent foretells
WIDER = 4.0  # most that a step may grow
REACH = 1e8  # foretold ways out after which the quantity counts as free
LEVEL = 1e-4  # relative growth of the rise, over tenfold distance, below which it counts as levelled off
STEPS = 80
REFINED = 1e-8  # relative error of the root of the rise


class End(Enum):
    """Why an outward path ends."""

    CROSSED = "crossed"
    BOUND = "bound"
    LEVEL = "level"
    WALL = "wall"
    LOWER = "lower"


@dataclass(frozen=True)
class Side:
    """One side of an estimate, as the path needs it.

    problem, quantity : a `Problem` and a `Quantity`
    start : the estimate;  sign : 1 upward, -1 downward;  rise : of the cost, at which the path ends
    way : > 0, how far from the estimate the tangent foretells the end;  stop : the last value allowed, or infinite
    box : bounds of the parameters, or None;  slack : fall of the cost that is no lower minimum
    """

    problem: Problem
    quantity: Quantity
    start: Place
    sign: int
    rise: float
    way: float
    stop: float = math.inf
    box: Box | None = None
    slack: float = 0.0
    stopping: Stopping = field(default_factory=lambda: Stopping(60))


class Path(NamedTuple):
    """Places on the profile, in order from the estimate, the last one the end; `lower`: a lower cost that was met."""

    places: list[Place]
    end: End
    lower: Place | None = None


def outward(side: Side) -> Path:
    """Follow the profile from the estimate until the cost has risen by `rise`, a bound, or nothing more is to come.

    Each place is the minimum of the cost with the quantity pulled a little further, from the last place on; steps
    follow the slope of the root of the rise, which is nearly straight.
    """
    places, ahead, shrunk = [side.start], FIRST * side.way, 0
    for _ in range(STEPS):
        last = places[-1]
        target = last.value + side.sign * ahead
        at_stop = side.sign * target >= side.stop * side.sign if math.isfinite(side.stop) else False
        found = _pulled_to(side, last, side.stop if at_stop else target)
        if found is not None and found.cost < side.start.cost - side.slack:
            return Path(places, End.LOWER, found)
        if found is None or side.sign * (found.value - last.value) <= 1e-9 * ahead:
            ahead, shrunk = 0.25 * ahead, shrunk + 1
            if shrunk > 12:
                return Path(places, End.WALL)
            continue
        if _root(side, found) >= 1.0:
            return Path([*places, *_refined(side, last, found)], End.CROSSED)
        places.append(found)
        if at_stop and abs(found.value - side.stop) <= 1e-6 * side.way:
            return Path(places, End.BOUND)
        if _levelled(side, places):
            return Path(places, End.LEVEL)
        ahead = _next(side, places, ahead)
    return Path(places, End.LEVEL if len(places) > STEPS // 2 else End.WALL)


def _root(side: Side, place: Place) -> float:
    """Return the root of the rise as a share of that at the end."""
    return math.sqrt(max(place.cost - side.start.cost, 0.0) / side.rise)


def _pulled_to(side: Side, start: Place, target: float) -> Place | None:
    """Return the minimum of the cost with the quantity pulled to a value, None where the law is not finite."""
    weight = STIFF * math.sqrt(side.rise) / side.way
    theta = start.theta
    for _ in range(4):
        solution = solve(
            Pulled(side.problem, side.quantity, target, weight), theta, box=side.box, stopping=side.stopping
        )
        if solution.reason is Reason.NOT_FINITE or not math.isfinite(solution.cost):
            return None
        found = place_at(side.problem, side.quantity, [float(v) for v in solution.theta])
        if found is None:
            return None
        if abs(found.value - target) <= 0.1 * abs(target - start.value):
            return found
        weight, theta = 10.0 * weight, found.theta  # the data pull back harder than near the estimate
    return found


def _next(side: Side, places: list[Place], ahead: float) -> float:
    """Return the next step: to where the root of the rise, taken as straight, reaches the end, within limits."""
    last, before = places[-1], places[-2]
    done = abs(last.value - before.value)
    slope = (_root(side, last) - _root(side, before)) / done
    wanted = (1.0 - _root(side, last)) / slope * 1.02 if slope > 0.0 else math.inf
    return min(max(wanted, 0.05 * ahead), WIDER * max(ahead, done))


def _levelled(side: Side, places: list[Place]) -> bool:
    """Tell whether the cost has stopped rising, or the quantity is beyond all measure."""
    away = abs(places[-1].value - side.start.value)
    if away > REACH * side.way:
        return True
    nearer = [p for p in places if abs(p.value - side.start.value) <= 0.1 * away]
    if away < 50.0 * side.way or not nearer:
        return False
    return _root(side, places[-1]) - _root(side, nearer[-1]) < LEVEL * _root(side, places[-1])


def _refined(side: Side, inner: Place, outer: Place) -> list[Place]:
    """Return places between one inside and one outside of the end, the last one at the end (Illinois method)."""
    low, high = _root(side, inner) - 1.0, _root(side, outer) - 1.0
    passed: list[Place] = []
    before = 0.0
    for _ in range(60):
        if high <= REFINED or abs(outer.value - inner.value) <= 1e-12 * abs(outer.value):
            break
        share = min(max(low / (low - high), 1e-3), 1.0 - 1e-3)
        target = inner.value + share * (outer.value - inner.value)
        place = _pulled_to(side, inner if share < 0.5 else outer, target)
        if place is None or not side.sign * inner.value < side.sign * place.value < side.sign * outer.value:
            break
        excess = _root(side, place) - 1.0
        if excess <= 0.0:
            high, inner, low = high * (0.5 if before < 0.0 else 1.0), place, excess
            passed.append(place)
        else:
            low, outer, high = low * (0.5 if before > 0.0 else 1.0), place, excess
        before = excess
        if excess <= 0.0 and -excess <= REFINED:
            return passed
    return [*passed, outer]

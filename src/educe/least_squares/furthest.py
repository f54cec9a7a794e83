"""How far a quantity of the parameters goes while the sum of squares stays below a limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.linalg.lapack import dtrtrs

from educe.least_squares.dense import mixed_step

if TYPE_CHECKING:
    from educe.least_squares.dense import History
    from educe.least_squares.solve import Problem
    from educe.least_squares.triangle import Array

Quantity = Callable[[list[float]], "tuple[float, Array]"]
"""From theta, (p,), to a quantity and its derivatives, (p,)."""

ITERATIONS = 40
MIXING = 2  # earlier steps that each new one is mixed with
OVERSHOT = 4.0  # times the allowed rise of the cost: a step that lands above is cut
CUTS = 8
SLOW, LITTLE = 4, 0.7  # a step longer than this share of the one so many steps ago: they do not settle


class Place(NamedTuple):
    """A point with what the data and the quantity say there.

    theta : (p,);  triangle : (p+1, p+1) of [J | r];  cost : float
    value, gradient : of the quantity, float and (p,)
    """

    theta: list[float]
    triangle: Array
    cost: float
    value: float
    gradient: Array


def place_at(problem: Problem, quantity: Quantity, theta: list[float]) -> Place | None:
    """Return what is known at theta, None where the law or the quantity is not finite."""
    triangle, cost = problem.triangle(theta)
    if not math.isfinite(cost):
        return None
    value, gradient = quantity(theta)
    if not (math.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(triangle).all()):
        return None
    return Place(theta, triangle, cost, value, gradient)


def furthest(
    problem: Problem,
    quantity: Quantity,
    start: Place,
    *,
    least: float,
    rise: float,
    sign: int,
    tolerance: float,
    slack: float = 0.0,
) -> Place | None:
    r"""Return the place where the quantity is largest (sign = 1) or smallest (-1) with cost <= least + rise.

    .. math:: \delta = R^{-1} z \pm \sqrt{\mathrm{least} + \mathrm{rise} - (S - |z|^2)}
        \; \frac{(R'R)^{-1} g}{\lVert R'^{-1} g \rVert}

    Each step solves the problem exactly for the law's tangent; for a law that is linear the first is the last.
    Where it stands still, the gradients of cost and quantity are parallel, so the place lies on the profile.

    start : a place on the same side, or the estimate;  least : cost of the estimate;  rise : > 0
    tolerance : of the last step, in the metric of the data, as a share of sqrt(rise)
    slack : a place whose cost is further below `least` is returned at once: the estimate was no minimum

    None where the steps do not settle: the profile is too bent, levels off, or leaves where the law is finite.

    Source: Venzon and Moolgavkar (1988), with Gauss-Newton's curvature and mixing after Anderson (1965).
    """
    at, reach = start, math.sqrt(rise)
    history: History = []
    sizes: list[float] = []
    for _ in range(ITERATIONS):
        step = _step(at, least + rise, sign)
        if step is None:
            return None
        delta, size = step
        sizes.append(size)
        if size <= tolerance * reach:
            end = [v + d for v, d in zip(at.theta, delta, strict=True)]
            return at._replace(theta=end, value=at.value + float(at.gradient.dot(delta)))
        if len(sizes) > SLOW and size > LITTLE * sizes[-SLOW]:
            return None
        move = delta
        if history and size < 0.5 * reach:
            mixed = mixed_step(at.triangle, at.theta, delta, history)
            move = mixed if np.isfinite(mixed).all() else delta
        history = [(at.theta, delta), *history][: min(MIXING, len(delta))]
        landed = _landed(problem, quantity, at, move, least + OVERSHOT * rise)
        if landed is None:
            return None
        at = landed
        if at.cost < least - slack:
            return at
    return None


def _step(at: Place, limit: float, sign: int) -> tuple[list[float], float] | None:
    """Return the step to the extreme of the quantity in the tangent problem, and |R delta|."""
    p = len(at.theta)
    R, z = at.triangle[:p, :p], at.triangle[:p, p]
    u, info = dtrtrs(R, at.gradient, trans=1)
    length = math.sqrt(u.dot(u))
    if info or not 0.0 < length < math.inf:
        return None
    room = limit - (at.cost - z.dot(z))
    way = z + (sign * math.sqrt(max(room, 0.0)) / length) * u
    delta, info = dtrtrs(R, way)
    size = math.sqrt(way.dot(way))
    if info or not math.isfinite(size) or not np.isfinite(delta).all():
        return None
    return delta.tolist(), size


def _landed(problem: Problem, quantity: Quantity, at: Place, move: list[float], most: float) -> Place | None:
    """Return the place that a step leads to, the step halved while it lands far above the limit."""
    share = 1.0
    for _ in range(CUTS):
        found = place_at(problem, quantity, [v + share * d for v, d in zip(at.theta, move, strict=True)])
        if found is not None and found.cost <= most:
            return found
        share *= 0.5
    return None

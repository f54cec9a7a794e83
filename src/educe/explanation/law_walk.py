"""The iterations carried out again, in all parameters at once, from a start that lies off the minimum.

A fit's own trace is often no walk at all: a search hands over the minimum itself, and linear parameters are solved for
without being walked to. What the chapters derive is therefore carried out here on the same rows, with the same steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.bounds import Box
from educe.least_squares.dense import squared_scale
from educe.least_squares.levenberg_marquardt import levenberg_marquardt
from educe.least_squares.point import Point, Step
from educe.least_squares.stopping import Stopping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.explanation.law_reading import Reading
    from educe.least_squares.triangle import Array

AWAY = (1.6, 1.3, 1.1, 1.02)  # factors by which the start of the walk is moved off the minimum
LONGEST = 60  # steps of a walk that is shown
SAME = 1e-3  # standard errors from the minimum at which a walk has arrived
LITTLE = 1e-9  # share of the cost below which a promised reduction is no more shown


@dataclass(frozen=True, eq=False)
class Walk:
    """A walk down to the minimum.

    start : (p,) in the law's order;  cost : there;  steps : all that were tried, theta in the law's order
    triangle : of [J | r] at the start;  given : whether the start was the user's own
    """

    reading: Reading
    start: Array
    cost: float
    steps: tuple[Step, ...]
    triangle: Array
    given: bool

    @property
    def accepted(self) -> list[Array]:
        """The places reached, the start first."""
        return [self.start, *(np.array(s.theta) for s in self.steps if s.accepted)]

    @cached_property
    def frames(self) -> list[tuple[Array, float, Step | None]]:
        """The place and the cost after each step tried; one that was refused stays where it was."""
        place, cost = self.start, self.cost
        found: list[tuple[Array, float, Step | None]] = [(place, cost, None)]
        for step in self.steps:
            if step.accepted:
                place, cost = np.array(step.theta), step.cost
            found.append((place, cost, step))
        return found

    @cached_property
    def first(self) -> tuple[Array, Array]:
        """The scale D (squared, (p,)) and the step delta, (p,), of the first step."""
        D = np.array(squared_scale(self.triangle))
        return D, np.array(self.steps[0].theta) - self.start


def walk(reading: Reading) -> Walk | None:
    """Return a walk to the minimum of the fit, None where none leads there."""
    with np.errstate(all="ignore"):
        for start, given in _starts(reading):
            found = _from(reading, start, given)
            if found is not None:
                return found
    return None


def _starts(reading: Reading) -> list[tuple[Array, bool]]:
    """Return where a walk may begin: at the start given, else off the minimum, nearer and nearer."""
    fit = reading.fit
    theta = np.array([fit.params[name] for name in fit.names])
    errors = np.array([fit.stderr[name] for name in fit.names])
    errors[~np.isfinite(errors)] = 0.0
    bounds = {p.name: (p.lower, p.upper) for p in fit.parameters}
    low, high = (np.array([bounds[name][k] for name in fit.names]) for k in (0, 1))
    starts: list[tuple[Array, bool]] = []
    if all(name in fit.started for name in fit.names):
        starts.append((np.array([fit.started[name] for name in fit.names]), True))
    for factor in AWAY:
        # one up, one down: a walk along a single direction would say little
        turn = np.where(np.arange(len(theta)) % 2 == 0, 1.0 / factor, factor)
        starts.append((np.clip(np.where(theta != 0.0, theta * turn, 20.0 * errors), low, high), False))
    return starts


def _from(reading: Reading, start: Array, given: bool) -> Walk | None:
    fit, problem = reading.fit, reading.problem
    order = [fit.names.index(name) for name in fit.solver_names]
    back = np.argsort(order)

    def evaluate(theta: list[float]) -> Point:
        R, cost = problem.triangle(theta)
        return Point(theta, np.array(R), cost, theta)

    first = evaluate([float(start[k]) for k in order])
    if not math.isfinite(first.cost) or not np.isfinite(first.triangle).all():
        return None
    stopping = Stopping(LONGEST, handover=0.0)
    found = levenberg_marquardt(
        evaluate, first, magnitude=problem.magnitude, box=_box(reading), stopping=stopping
    )
    steps = [step._replace(theta=np.array(step.theta)[back].tolist()) for step in found.trace]
    if not steps or not _arrived(reading, np.array(found.point.theta)[back]):
        return None
    R, _ = problem.triangle([float(start[k]) for k in order])
    own = _reordered(np.array(R), back)
    return Walk(reading, start, first.cost, tuple(_until_still(steps, found.point.cost)), own, given)


def _box(reading: Reading) -> Box | None:
    """Return the bounds in the solver's order, None where there are none."""
    by_name = {p.name: p for p in reading.fit.parameters}
    ordered = [by_name[name] for name in reading.fit.solver_names]
    if not any(p.bounded for p in ordered):
        return None
    return Box(np.array([p.lower for p in ordered]), np.array([p.upper for p in ordered]))


def _arrived(reading: Reading, theta: Array) -> bool:
    fit = reading.fit
    errors = np.array([fit.stderr[name] for name in fit.names])
    known = np.isfinite(errors) & (errors > 0)
    away = np.abs(theta - np.array([fit.params[name] for name in fit.names]))
    return bool(known.any() and (away[known] <= SAME * errors[known] + 1e-9 * np.abs(theta[known])).all())


def _until_still(steps: list[Step], cost: float) -> list[Step]:
    """Return the steps up to the first that promised next to nothing."""
    for k, step in enumerate(steps):
        if k and step.promised <= LITTLE * cost:
            return steps[: k + 1] if step.accepted else steps[:k]
    return steps


def _reordered(R: Array, back: NDArray[np.intp]) -> Array:
    """Return the triangle with its columns in the law's order: a QR of the old one, diagonal positive."""
    T: Array = np.linalg.qr(R[:, [*back.tolist(), len(back)]], mode="r")  # type: ignore[assignment]
    return T * np.where(T.diagonal() < 0, -1.0, 1.0)[:, None]

"""Profiles of a fit: parameters, quantities derived from them and predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.engines.opaque import OpaqueModel
from educe.fitting.quantities import of_formula, of_parameter
from educe.fitting.solving import box_of
from educe.formula import parse_expression
from educe.least_squares.furthest import Place, furthest, place_at
from educe.least_squares.losses import LOSSES
from educe.least_squares.outward import End, Side, outward
from educe.least_squares.reduced import Reduced
from educe.least_squares.solve import solve
from educe.least_squares.stopping import EPS
from educe.uncertainty.intervals import confidence, multiplier
from educe.uncertainty.inverse_root import inverse_root
from educe.uncertainty.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.engines.in_memory import InMemory
    from educe.fitting.result import Fit
    from educe.least_squares.bounds import Box
    from educe.least_squares.extended import Extended
    from educe.least_squares.furthest import Quantity
    from educe.least_squares.triangle import Array

TOLERANCE = 1e-7  # of the last step, relative to the way out
CURVE = (0.25, 0.5, 0.75, 1.0, 1.25)  # places of a drawn profile, as shares of the way to an end
FIRST, SMALLEST = (
    0.25,
    0.02,
)  # share of the way of the first and the smallest step of a path that needs several
ROUNDING = 50.0  # units of rounding: residuals smaller than this hold no noise
LOWER = 1e-3  # of the noise variance: a fall of the cost that is a lower minimum


class Ended(NamedTuple):
    """One side: the end's value, the places on the way, a sentence if it is no crossing, a lower cost's place."""

    value: float
    places: list[Place]
    reason: str = ""
    lower: Place | None = None


@dataclass(frozen=True, eq=False)
class Profiling:
    """What all profiles of a fit share.

    fit : the fit;  problem : its rows, under its loss;  theta : estimate in the solver's order
    box : bounds in the solver's order, or None;  noise : variance of a weighted measurement
    bend : by which a rise of the cost is larger than that of the sum of squares: below 1 under a robust loss
    """

    fit: Fit
    problem: InMemory | Reduced | Extended
    theta: list[float]
    box: Box | None
    noise: float
    bend: float

    @classmethod
    def of(cls, fit: Fit) -> Profiling:
        """Return the profiling of a fit."""
        problem, bend_of_cost = fit.problem, 1.0
        if fit.convention.loss != "linear":
            loss, bend = LOSSES[fit.convention.loss], fit.convention.loss_scale or 1.0
            problem = problem.with_loss(loss, bend)
            # near the estimate the cost rises by mean(psi') |J delta|^2: Ronchetti (1982)
            bend_of_cost = float(loss.psi_prime(fit.weighted_residuals / bend).mean())
        settled = {parameter.name: parameter for parameter in fit.parameters}
        return cls(fit, problem, fit._solver_theta, box_of(fit.plan, settled), fit.scale, bend_of_cost)

    @property
    def straight(self) -> bool:
        """Whether the law is linear in all free parameters, which no bound limits: then Wald's interval is exact."""
        pattern = self.fit.plan.model.pattern
        linear = pattern is not None and pattern.linear == self.fit.p
        return linear and self.box is None and self.fit.convention.loss == "linear"

    @property
    def at_bound(self) -> bool:
        """Whether some parameter ended at a bound."""
        theta = np.array(self.theta)
        return self.box is not None and bool(((theta <= self.box.lower) | (theta >= self.box.upper)).any())

    def parameter(self, name: str, level: float, *, curve: bool = True) -> Profile:
        """Return the profile of a parameter, free or tied."""
        fit = self.fit
        if name not in fit.names:
            return self.profile(
                name, of_formula(fit, fit.plan.tied[name]), fit.stderr[name], level, curve=curve
            )
        known = next(parameter for parameter in fit.parameters if parameter.name == name)
        stops = known.lower, known.upper
        place = fit.solver_names.index(name)
        quantity = of_parameter(fit, name)
        return self.profile(name, quantity, fit.stderr[name], level, stops=stops, place=place, curve=curve)

    def formula(self, name: str, text: str, level: float, *, curve: bool = True) -> Profile:
        """Return the profile of a quantity derived from the parameters."""
        error = self.fit.derive_quantity(text, level).standard_error
        return self.profile(name, of_formula(self.fit, parse_expression(text)), error, level, curve=curve)

    def profile(
        self,
        name: str,
        quantity: Quantity,
        error: float,
        level: float,
        *,
        stops: tuple[float, float] = (-math.inf, math.inf),
        place: int | None = None,
        curve: bool = True,
    ) -> Profile:
        """Return the profile of a quantity of theta with this standard error.

        stops : bounds of the quantity;  place : of the parameter among the solver's, or None
        curve : whether places along the way are wanted, not the ends alone
        """
        m = multiplier(level, self.fit.interval_dof)
        with np.errstate(all="ignore"):
            start = place_at(self.problem, quantity, self.theta)
            value = quantity(self.theta)[0]
            wald = (value - m * error, value + m * error)
            if start is None or not (math.isfinite(m * error) and m * error > 0.0):
                reason = _without(error, self.fit.dof)
                free = math.isfinite(value) and error * m != 0.0
                ends = (-math.inf, math.inf) if free else (value, value)
                return self._assembled(
                    name, value, [Ended(end, [], reason) for end in ends], level=level, m=m, wald=wald
                )
            unit = self._unit(start, error)
            straight = self.straight and quantity_is_linear(quantity, start)
            line = _Line(self, name, quantity, start, error, m, unit, straight=straight, place=place)
            sides = [line.side(sign, stop, curve=curve) for sign, stop in zip((-1, 1), stops, strict=True)]
        return self._assembled(name, value, sides, level=level, m=m, wald=wald, unit=unit, start=start)

    def _unit(self, start: Place, error: float) -> float:
        """Return the variance by which a rise of the cost is measured for this quantity.

        Where error bars are the sandwich's, the one for which the profile begins with their slope: Chandler and
        Bate (2007).
        """
        if self.fit.convention.errors == "model":
            return self.noise * self.bend
        slope = start.gradient[None, list(self.fit.plan.position)]
        if len(start.gradient) > self.fit.p:  # a new measurement, whose noise is part of the error
            return self.noise * self.bend
        return float((error / inverse_root(self.fit.triangle).lengths_of(slope)[0]) ** 2) * self.bend

    def _assembled(
        self,
        name: str,
        value: float,
        sides: Sequence[Ended],
        *,
        level: float,
        m: float,
        wald: tuple[float, float],
        unit: float = 1.0,
        start: Place | None = None,
    ) -> Profile:
        down, up = sides
        position = list(self.fit.plan.position)
        places = [*reversed(down.places), *([start] if start else []), *up.places]
        least = start.cost if start else 0.0
        zeta = [
            math.copysign(math.sqrt(max(place.cost - least, 0.0) / unit), place.value - value)
            for place in places
        ]
        theta = np.array([place.theta[: len(position)] for place in places]).reshape(
            len(places), len(position)
        )
        found = next((side.lower for side in sides if side.lower is not None), None)
        return Profile(
            name=name,
            estimate=value,
            names=self.fit.names,
            values=np.array([place.value for place in places]),
            zeta=np.array(zeta),
            theta=theta[:, position],
            lower=down.value,
            upper=up.value,
            level=level,
            multiplier=m,
            wald=wald,
            reasons=tuple(dict.fromkeys(side.reason for side in sides if side.reason)),
            better=None if found is None else self._minimum(found.theta),
        )

    def _minimum(self, theta: list[float]) -> dict[str, float]:
        """Return the minimum below a place whose cost is lower than that of the fit."""
        solution = solve(self.problem, theta, box=self.box)
        return dict(zip(self.fit.solver_names, map(float, solution.theta), strict=True))


def quantity_is_linear(quantity: Quantity, start: Place) -> bool:
    """Tell whether the derivatives of a quantity do not change with theta."""
    moved = [1.1 * v + 0.1 for v in start.theta]
    return bool(np.array_equal(quantity(moved)[1], start.gradient))


def _without(error: float, dof: int) -> str:
    """Return why there is no interval to look for."""
    if dof <= 0:
        return "there are as many parameters as rows, so nothing tells the noise"
    if error == 0.0:
        return "the law meets the measurements exactly"
    return "the data do not determine it"


@dataclass(frozen=True)
class _Line:
    """The profile of one quantity, side by side."""

    shared: Profiling
    name: str
    quantity: Quantity
    start: Place
    error: float
    m: float
    unit: float
    straight: bool
    place: int | None = None

    def side(self, sign: int, stop: float, *, curve: bool) -> Ended:
        """Return where the profile ends on one side."""
        way = self.m * self.error
        foretold = self.start.value + sign * way
        if self.straight:
            return Ended(foretold, self._straight(sign) if curve else [])
        magnitude = self.shared.problem.magnitude
        if math.sqrt(self.unit) * self.m < ROUNDING * EPS * magnitude:
            return Ended(foretold, [], "the residuals are rounding alone: Wald's interval stands")
        if self.start.value == stop:
            return Ended(stop, [], self._at_bound(sign, stop))
        for line, shares in self._ways(curve=curve):
            found = line._along(shares, sign) if shares else line._steadily(sign)
            if found is not None:
                return line.completed(found)
        line = self.fewer or self
        return line.completed(line._outward(sign, stop))

    def _ways(self, *, curve: bool) -> Iterator[tuple[_Line, tuple[float, ...]]]:
        """Yield what to try before the profile is followed minimum by minimum, the least work first.

        Each is a line with the shares of the way at which it stops; none: at as many as it takes.
        """
        if self.shared.box is not None and isinstance(self.shared.fit.plan.model, OpaqueModel):
            return  # steps may leave the bounds, and a function must not
        lines = [line for line in (self, self.fewer) if line is not None]
        yield from ((line, CURVE if curve else (1.0,)) for line in lines)
        yield lines[-1], ()

    def completed(self, ended: Ended) -> Ended:
        """Return the same with all parameters at each place."""
        problem = self.shared.problem
        if not isinstance(problem, Reduced):
            return ended
        places = [place._replace(theta=problem.theta(place.theta)) for place in ended.places]
        lower = ended.lower and ended.lower._replace(theta=problem.theta(ended.lower.theta))
        return ended._replace(places=places, lower=lower)

    @cached_property
    def fewer(self) -> _Line | None:
        """The same line with the parameters that enter linearly eliminated, None where there are none to eliminate."""
        problem, place = self.shared.problem, self.place
        pattern = problem.pattern
        if (
            place is None
            or pattern is None
            or isinstance(problem, Reduced)
            or pattern.linear - (place < pattern.linear) < 1
        ):
            return None
        reduced = Reduced(problem, place if place < pattern.linear else None)
        unit = np.zeros(len(reduced.places))
        where = reduced.places.index(place)
        unit[where] = 1.0

        def quantity(variables: list[float]) -> tuple[float, Array]:
            return variables[where], unit

        start = place_at(reduced, quantity, reduced.variables(self.start.theta))
        if start is None:
            return None
        shared = replace(self.shared, problem=reduced, theta=start.theta, box=reduced.box(self.shared.box))
        return replace(self, shared=shared, quantity=quantity, start=start)

    def _straight(self, sign: int) -> list[Place]:
        """Return places on the straight line that the profile of a linear law is."""
        R, p = self.start.triangle, len(self.start.theta)
        half = np.linalg.solve(R[:p, :p].T, self.start.gradient)
        way = np.linalg.solve(R[:p, :p], half) * (self.m * self.error / float(half.dot(half)))
        rise = self.m**2 * self.unit
        return [
            self.start._replace(
                theta=(np.array(self.start.theta) + sign * share * way).tolist(),
                value=self.start.value + sign * share * self.m * self.error,
                cost=self.start.cost + share**2 * rise,
            )
            for share in CURVE
        ]

    def _along(self, shares: Sequence[float], sign: int) -> Ended | None:
        """Return the end after places at shares of the way to it; what lies beyond it may be missing."""
        places, end, at = [], math.nan, self.start
        for share in shares:
            found = self._to(at, share, sign)
            if found is None or not self._usable(found, at, sign):
                break
            share_of_foretold = abs(found.value - self.start.value) / (share * self.m * self.error)
            if at is self.start and share == 1.0 and not 0.5 < share_of_foretold < 2.0:
                return None  # so far from the tangent that it may be a crossing further out
            places.append(found)
            at = found
            end = found.value if share == 1.0 else end
        return Ended(end, places) if math.isfinite(end) else None

    def _steadily(self, sign: int) -> Ended | None:
        """Return the end after as many places as it takes, each foretold from the two before it."""
        places, shares, step = [self.start], [0.0], FIRST
        while shares[-1] < 1.0:
            share = min(shares[-1] + step, 1.0)
            found = self._to(self._foretold(places, shares, share), share, sign)
            if found is not None and self._usable(found, places[-1], sign):
                places.append(found)
                shares.append(share)
                step *= 2.0
                continue
            step *= 0.5
            if step < SMALLEST:
                return None
        return Ended(places[-1].value, places[1:])

    def _foretold(self, places: list[Place], shares: list[float], share: float) -> Place:
        """Return the place on the straight line through the last two, or the last one."""
        last = places[-1]
        if len(places) < 2:
            return last
        ahead = (share - shares[-1]) / (shares[-1] - shares[-2])
        theta = [v + ahead * (v - w) for v, w in zip(last.theta, places[-2].theta, strict=True)]
        found = place_at(self.shared.problem, self.quantity, theta)
        near = found is not None and abs(found.cost - last.cost) <= self.m**2 * self.unit
        return found if found is not None and near else last

    def _usable(self, found: Place, before: Place, sign: int) -> bool:
        """Tell whether a place lies further out, within the bounds, and the estimate is still the minimum."""
        ahead = sign * (found.value - before.value) > 0.0
        return ahead and self._inside(found) and found.cost >= self.start.cost - self._slack

    def _to(self, at: Place, share: float, sign: int) -> Place | None:
        return furthest(
            self.shared.problem,
            self.quantity,
            at,
            least=self.start.cost,
            rise=(share * self.m) ** 2 * self.unit,
            sign=sign,
            tolerance=max(TOLERANCE, self._noise_of_cost),
            slack=self._slack,
        )

    @property
    def _noise_of_cost(self) -> float:
        """Rounding of a residual as a share of the way out."""
        return 4.0 * EPS * self.shared.problem.magnitude / (self.m * math.sqrt(self.unit))

    @property
    def _slack(self) -> float:
        rounding = EPS * self.shared.problem.magnitude
        return max(LOWER * self.unit, 1e2 * rounding * (math.sqrt(self.start.cost) + rounding))

    def _inside(self, place: Place) -> bool:
        box = self.shared.box
        return box is None or bool(
            (box.lower < place.theta).all() and (np.asarray(place.theta) < box.upper).all()
        )

    def _outward(self, sign: int, stop: float) -> Ended:
        """Return the end by following the profile outward, minimum by minimum."""
        path = outward(
            Side(
                self.shared.problem,
                self.quantity,
                self.start,
                sign,
                rise=self.m**2 * self.unit,
                way=self.m * self.error,
                stop=stop,
                box=self.shared.box,
                slack=self._slack,
            )
        )
        places, last = path.places[1:], path.places[-1]
        if path.end is End.CROSSED:
            return Ended(last.value, places)
        if path.end is End.BOUND:
            return Ended(stop, places, self._at_bound(sign, stop))
        if path.end is End.LOWER:
            side = "above" if sign > 0 else "below"
            words = f"a lower sum of squares was met where {self.name} is {side} its estimate: the fit is not the best"
            return Ended(self.start.value + sign * self.m * self.error, places, words, path.lower)
        if path.end is End.WALL:
            words = f"beyond {last.value:.6g} the law has no finite value, so the interval ends there"
            return Ended(last.value, places, words)
        reached = math.sqrt(max(last.cost - self.start.cost, 0.0) / self.unit)
        share = 100.0 * confidence(reached, self.shared.fit.interval_dof)
        words = (
            f"the sum of squares levels off: however {'large' if sign > 0 else 'small'} {self.name} is, it stays "
            f"within the {share:.3g} % interval"
        )
        return Ended(sign * math.inf, places, words)

    def _at_bound(self, sign: int, stop: float) -> str:
        return f"the interval ends at the {'upper' if sign > 0 else 'lower'} bound {stop:.6g} of {self.name}"

"""Candidates for the nonlinear parameters: the size of an effect is drawn, the value follows.

What exp(-k*t) does depends on k*t. So a number of order one is drawn for k*t at some measured t, and k
follows; the same for positions (drawn among the data), widths (between the smallest spacing and the range),
frequencies (up to what the spacing resolves) and exponents. Ranges come from the formula and the data alone,
so the candidates for data in nanoseconds are those for data in seconds, times 1e9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, evaluate
from educe.search.inversion import solve_effect
from educe.search.periodogram import Peaks, peaks
from educe.search.roles import Role, is_frequency, known_part, moving_part, roles_of

Array = NDArray[np.float64]
Fixed = Mapping[str, Array]

PROBES = 48  # rows at which partners are evaluated
SPACING_ROWS = 2_000
NEAR_JUMPS = 100  # gaps between rows that are tried for a jump
TINY = 1e-300


class Sampler:
    """Draws candidates for the nonlinear parameters of one law on one set of rows.

    order : names in the order in which they are drawn: what a partner needs comes before
    """

    def __init__(
        self,
        expression: Expression,
        nonlinear: Sequence[str],
        *,
        columns: Mapping[str, Array],
        response: Array,
        bounds: Mapping[str, tuple[float, float]],
        thinning: float = 1.0,
    ) -> None:
        self.nonlinear = tuple(nonlinear)
        self.bounds = bounds
        self.thinning = thinning
        self.variables = tuple(name for name in columns if name in expression.free_names)
        self.roles = roles_of(expression, nonlinear, self.variables)
        self.order = self._ordered()
        n = len(response)
        first = columns[self.variables[0]] if self.variables else np.arange(n)
        rows = np.argsort(first, kind="stable")
        probes = rows[np.unique(np.linspace(0, n - 1, min(n, PROBES)).round().astype(int))]
        self.n = n
        self.probed = {name: columns[name][probes] for name in self.variables}
        self.response = response[probes]
        spaced = rows[np.unique(np.linspace(0, n - 1, min(n, SPACING_ROWS)).round().astype(int))]
        self.spaced = {name: columns[name][spaced] for name in self.variables}
        self.rows = {name: columns[name] for name in self.variables}
        self._signal: Array | None = None
        self._heard: dict[Expression, Peaks | None] = {}

    def jumps(self, name: str, at: float, values: Mapping[str, float]) -> Array:
        """Return values of a parameter that put its jump or kink between two rows near where it is.

        at : float -- its present value;  values : {name: value} of the other nonlinear parameters
        """
        known = set(values) | set(self.variables)
        for role in self.proper(name):
            if role.place.setting == "jump" and role.kind == "location" and role.others(name) <= known:
                g = np.unique(np.asarray(evaluate(role.partner, {**values, **self.rows}), float))
                middles = -(g[1:] + g[:-1]) / 2
                now = float(evaluate(role.effect, {**values, name: at}))
                middles = middles[np.argsort(np.abs(middles - now), kind="stable")[:NEAR_JUMPS]]
                return solve_effect(role.effect, name, middles, values, middles)
        return np.empty(0)

    def _ordered(self) -> list[str]:
        """Return the names so that each has, as far as possible, what its roles need drawn before it."""
        drawn: set[str] = set(self.variables)
        left = list(self.nonlinear)
        order = []
        while left:
            name = min(left, key=lambda p: (*self._missing(p, drawn), self.nonlinear.index(p)))
            order.append(name)
            drawn.add(name)
            left.remove(name)
        return order

    def _missing(self, name: str, drawn: set[str]) -> tuple[int, bool, bool]:
        """Return how many names the easiest role lacks; outermost roles can be guessed without them."""
        proper = [len(role.others(name) - drawn) for role in self.proper(name)]
        places = [role.kind == "location" for role in self.proper(name)]
        outermost = any(role.place.setting == "top" for role in self.roles[name])
        return min(proper, default=99), not outermost, not any(places)

    def proper(self, name: str) -> list[Role]:
        """Return the roles of a parameter whose partner does not contain it."""
        return [role for role in self.roles[name] if name not in role.partner.free_names]

    def usable(self, name: str, known: set[str]) -> list[Role]:
        """Return the roles that can be drawn when these names have values, whole partners only."""
        return [role for role in self.proper(name) if role.others(name) <= known]

    def rough(self, name: str, known: set[str]) -> list[Role]:
        """Return roles with that part of the partner which is known; outermost ones, if there are any."""
        found = [
            replace(role, partner=known_part(role.partner, known), place=replace(role.place, rest=None))
            for role in self.roles[name]
            if role.effect.free_names - {name} <= known
        ]
        outermost = [role for role in found if role.place.setting == "top"]
        return outermost or [role for role in found if not role.partner.free_names.isdisjoint(self.variables)]

    def listen(self, signal: Array) -> None:
        """Take suggestions for frequencies from this signal, (n,), from now on."""
        if signal is not self._signal:
            self._signal = signal
            self._heard = {}

    def peaks(self, partner: Expression, highest: float) -> Peaks | None:
        """Return where the signal oscillates as a function of the partner; None for other than data."""
        if self._signal is None or not partner.free_names <= set(self.variables):
            return None
        if partner not in self._heard:
            g = np.broadcast_to(np.asarray(evaluate(partner, self.rows), float), (self.n,))
            heard = None
            if np.isfinite(g).all():
                heard = peaks(g, self._signal, highest=highest, thinning=self.thinning)
            self._heard[partner] = heard
        return self._heard[partner]

    def draw(self, count: int, rng: np.random.Generator, given: Fixed | None = None) -> Array:
        """Return candidates (count, q), columns in the order of `nonlinear`.

        given : {name: (count,)} -- parameters whose values are taken, not drawn
        """
        values: dict[str, Array] = {name: np.asarray(v, float)[:, None] for name, v in (given or {}).items()}
        for name in self.order:
            if name not in values:
                drawn = self._drawn(name, count, rng, values)
                values[name] = self._within(name, drawn, rng)[:, None]
        if not self.nonlinear:
            return np.empty((count, 0))
        return np.concatenate([np.broadcast_to(values[name], (count, 1)) for name in self.nonlinear], axis=1)

    def _drawn(self, name: str, count: int, rng: np.random.Generator, values: dict[str, Array]) -> Array:
        known = set(values) | set(self.variables)
        usable = self.usable(name, known)
        blind = _blind(count, rng)
        guessed = np.zeros(count, dtype=bool)
        if not usable:
            usable = self.rough(name, known)
            outermost = bool(usable) and usable[0].place.setting == "top"
            guessed = rng.random(count) < (0.2 if outermost else 0.5)
        if not usable:
            return blind
        result = np.full(count, np.nan)
        share = np.arange(count) % len(usable)
        rng.shuffle(share)
        for k, role in enumerate(usable):
            mine = np.flatnonzero(share == k)
            here = {p: v[mine] if len(v) == count else v for p, v in values.items()}
            draw = _Draw(self, role, here, len(mine), rng)
            angle = rng.uniform(-np.pi, np.pi, len(mine))
            result[mine] = solve_effect(role.effect, name, draw.size(), here, angle)
        return np.where(np.isfinite(result) & ~guessed, result, blind)

    def inside(self, alpha: Array, axes: Sequence[int]) -> Array:
        """Return candidates (S, q) moved into the bounds; `axes` are their places among all."""
        if not self.bounds:
            return alpha
        none = (-np.inf, np.inf)
        walls = np.array([self.bounds.get(self.nonlinear[k], none) for k in axes])
        return np.clip(alpha, walls[:, 0], walls[:, 1])

    def _within(self, name: str, drawn: Array, rng: np.random.Generator) -> Array:
        """Return the draws with those outside the bounds of the parameter drawn again inside them."""
        lower, upper = self.bounds.get(name, (-np.inf, np.inf))
        outside = np.flatnonzero((drawn < lower) | (drawn > upper))
        if not len(outside):
            return drawn
        u = rng.random(len(outside))
        drawn = drawn.copy()
        inside = drawn[(drawn >= lower) & (drawn <= upper)]
        mirrored = -drawn[outside]
        ok = (mirrored >= lower) & (mirrored <= upper)
        if np.isfinite(lower) and np.isfinite(upper):
            again = lower + (upper - lower) * u
            if lower > 0:
                again = np.where(rng.random(len(u)) < 0.5, again, lower * (upper / lower) ** u)
        elif len(inside):
            again = rng.choice(inside, len(outside))
        else:
            wall = lower if np.isfinite(lower) else upper
            again = wall + (1.0 if np.isfinite(lower) else -1.0) * np.abs(drawn[outside] - wall)
        drawn[outside] = np.where(ok, mirrored, again)
        return drawn


def _blind(count: int, rng: np.random.Generator) -> Array:
    """Return draws for a parameter of which the form says nothing: any sign, any size of 1e-3 .. 1e3."""
    return _signs(count, rng) * 10.0 ** rng.uniform(-3.0, 3.0, count)


def _signs(count: int, rng: np.random.Generator) -> Array:
    return np.where(rng.random(count) < 0.5, -1.0, 1.0)


def _stratified(count: int, rng: np.random.Generator) -> Array:
    """Return `count` numbers of [0, 1), one in each of as many equal cells, in random order."""
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)


def _median(values: Array) -> Array:
    """Return the median of the numbers in each row (S, k), NaN where a row has none."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(ordered).sum(axis=1)
    if not ordered.shape[1]:
        return np.full(len(values), np.nan)
    middle = ordered[np.arange(len(values)), np.maximum(count - 1, 0) // 2]
    return np.where(count > 0, middle, np.nan)


class _Draw:
    """The size of the effect for one role of one parameter."""

    def __init__(
        self, sampler: Sampler, role: Role, values: Mapping[str, Array], count: int, rng: np.random.Generator
    ) -> None:
        self.sampler, self.role, self.values, self.count, self.rng = sampler, role, values, count, rng
        self.u = _stratified(count, rng)
        self.g = self.at_probes(role.partner)
        finite = np.where(np.isfinite(self.g), self.g, np.nan)
        largest = np.fmax.reduce(np.abs(finite), axis=1, initial=0.0)
        self.largest = np.where(largest > 0, largest, 1.0)

    def at_probes(self, expression: Expression) -> Array:
        value = evaluate(expression, {**self.values, **self.sampler.probed})
        return np.broadcast_to(np.asarray(value, float), (self.count, len(self.sampler.response)))

    def size(self) -> Array:
        with np.errstate(all="ignore"):
            if self.role.kind == "power":
                return _signs(self.count, self.rng) * 10.0 ** (-1.3 + 2.25 * self.u)
            if self.role.kind == "base":
                return self.base()
            if self.role.kind == "location":
                return self.phase() if self.role.place.setting == "periodic" else self.location()
            return self.frequency() if is_frequency(self.role) else self.scale()

    def base(self) -> Array:
        spread = np.ptp(self.g, axis=1)
        decades = _signs(self.count, self.rng) * 10.0 ** (-1.5 + 3.0 * self.u)
        return np.exp(np.clip(decades / np.where(spread > 0, spread, 1.0), -50, 50))

    def phase(self) -> Array:
        return np.pi * (2.0 * self.u - 1.0)

    def location(self) -> Array:
        """Return where e + g is to vanish: at the data (60 %), just outside or far outside."""
        ordered = np.sort(np.where(np.isfinite(self.g), self.g, np.nan), axis=1)  # NaN last
        low, high = ordered[:, 0], np.fmax.reduce(ordered, axis=1)
        span = np.where(high > low, high - low, self.largest)
        if self.role.place.setting == "top":
            return self.pick(self.sampler.response - self.g)
        inside = self.inside(ordered, low, span)
        sign = _signs(self.count, self.rng)
        near = np.where(sign > 0, high, low) + sign * span * 10.0 ** self.rng.uniform(-3.0, 2.0, self.count)
        far = sign * self.largest * 10.0 ** self.rng.uniform(-2.5, 2.5, self.count)
        kind = self.rng.random(self.count)
        return -np.where(kind < 0.6, inside, np.where(kind < 0.8, near, far))

    def inside(self, ordered: Array, low: Array, span: Array) -> Array:
        """Return a place among the data: by rank for half of the draws, by distance for the others."""
        last = ordered.shape[1] - 1
        at = self.u * last
        left = np.minimum(at.astype(int), max(last - 1, 0))
        rows = np.arange(self.count)
        between = at - left
        ranked = ordered[rows, left] * (1.0 - between) + ordered[rows, np.minimum(left + 1, last)] * between
        return np.where(self.rng.random(self.count) < 0.5, ranked, low + (1.2 * self.u - 0.1) * span)

    def frequency(self) -> Array:
        """Return angular frequencies up to what the spacing of the partner resolves, or a few radians."""
        place = self.role.place
        uniform = self.u < 0.6
        share = np.where(uniform, self.u / 0.6, 10.0 ** (-3.0 * (self.u - 0.6) / 0.4))
        moving = moving_part(self.role.partner, set(self.sampler.variables))
        highest = np.pi / self.spacing(moving)
        drawn = share * highest
        heard = self.sampler.peaks(moving, float(highest.max()))
        if heard is not None:
            suggested = heard.suggest(self.rng.random(self.count), self.rng, modulation=place.nested)
            guided = self.rng.random(self.count) < (0.85 if place.nested else 0.65)
            drawn = np.where(guided, suggested, drawn)
        if place.rest is not None:
            drawn = drawn * np.where(self.rng.random(self.count) < 0.7, 1.0, -1.0)
        depends = not moving.free_names <= set(self.sampler.variables)
        if depends or place.rest is not None:
            radians = _signs(self.count, self.rng) * 10.0 ** self.rng.uniform(-1.0, 1.3, self.count)
            few = self.rng.random(self.count) < (0.85 if depends else 0.15)
            drawn = np.where(few, radians / self.largest, drawn)
        return drawn

    def spacing(self, moving: Expression) -> Array:
        """Return the usual distance between neighbouring values of the partner, in the whole table."""
        of_data = moving.free_names <= set(self.sampler.variables)
        rows = self.sampler.spaced if of_data else self.sampler.probed
        g = np.atleast_2d(np.asarray(evaluate(moving, {**self.values, **rows}), float))
        step = np.diff(np.sort(g, axis=1), axis=1)
        step = np.where(step > 1e-9 * np.ptp(g, axis=1)[:, None], step, np.nan)
        usual = _median(step) * g.shape[1] / max(self.sampler.n, 1) / self.sampler.thinning
        return np.where(np.isfinite(usual) & (usual > 0), usual, self.largest)

    def scale(self) -> Array:
        """Return e such that e*(g - reference) is of order one at some measured point."""
        place = self.role.place
        drawn = self.order_one(self.reference())
        if place.setting == "top":
            matching = self.pick(self.sampler.response / self.g)
            drawn = np.where(self.rng.random(self.count) < 0.7, matching, drawn)
        if place.rest is not None and self.known(place.rest):
            ratio = np.abs(self.at_probes(place.rest)) / np.abs(self.g)
            factor = _signs(self.count, self.rng) * 10.0 ** self.rng.normal(0, 0.8, self.count)
            beside = self.pick(ratio) * factor
            use = (self.rng.random(self.count) < 0.75) & np.isfinite(beside) & (beside != 0)
            drawn = np.where(use, beside, drawn)
        return drawn

    def known(self, expression: Expression) -> bool:
        return expression.free_names <= set(self.values) | set(self.sampler.variables)

    def pick(self, values: Array) -> Array:
        """Return one value of each row (S, probes), at a random probe."""
        columns = self.rng.integers(values.shape[1], size=self.count)
        return np.array(values[np.arange(self.count), columns])

    def reference(self) -> Array:
        """Return the point from which g is counted: in an exponential a part of it is a mere factor."""
        if self.role.place.setting != "exp":
            return np.zeros(self.count)
        finite = np.where(np.isfinite(self.g), self.g, np.inf)
        smallest = finite.min(axis=1)
        nearest = finite[np.arange(self.count), np.abs(finite).argmin(axis=1)]
        kind = self.rng.random(self.count)
        chosen = np.where(kind < 0.35, smallest, np.where(kind < 0.7, nearest, 0.0))
        return np.where(np.isfinite(chosen), chosen, 0.0)

    def order_one(self, reference: Array) -> Array:
        distance = np.abs(self.g - reference[:, None])
        real = np.isfinite(distance) & (distance > 1e-9 * self.largest[:, None])
        low = np.where(real, distance, np.inf).min(axis=1)
        high = np.where(real, distance, 0.0).max(axis=1)
        low, high = np.where(np.isfinite(low), low, self.largest), np.where(high > 0, high, self.largest)
        low, high = np.log(np.maximum(low, TINY) / 3.0), np.log(np.maximum(high, TINY) * 5.0)
        typical = np.exp(low + (high - low) * self.u)
        return _signs(self.count, self.rng) * np.exp(self.rng.normal(0.0, 0.4, self.count)) / typical

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
from educe.search.effects import EffectSize, blind
from educe.search.inversion import solve_effect
from educe.search.periodogram import Peaks, peaks
from educe.search.roles import Role, known_part, roles_of
from educe.search.walls import NONE, within

Array = NDArray[np.float64]
Fixed = Mapping[str, Array]

PROBES = 48  # rows at which partners are evaluated
SPACING_ROWS = 2_000
NEAR_JUMPS = 100  # gaps between rows that are tried for a jump


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
            if _places_a_jump(role) and role.others(name) <= known:
                g = np.unique(np.asarray(evaluate(role.partner, {**values, **self.rows}), float))
                middles = -(g[1:] + g[:-1]) / 2
                now = float(evaluate(role.effect, {**values, name: at}))
                middles = middles[np.argsort(np.abs(middles - now), kind="stable")[:NEAR_JUMPS]]
                return solve_effect(role.effect, name, middles, values, middles)
        return np.empty(0)

    def jumping(self, name: str) -> bool:
        """Whether the parameter places a jump or kink."""
        return any(_places_a_jump(role) for role in self.proper(name)) if name in self.roles else False

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
        """Return the roles that can be drawn when these names have values, whole partners only.

        A place within an oscillation is nothing else: a turn away from the data it is the same again.
        """
        found = [role for role in self.proper(name) if role.others(name) <= known]
        return [role for role in found if role.place.setting == "turn"] or found

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
                values[name] = within(drawn, self.bounds.get(name, NONE), rng)[:, None]
        if not self.nonlinear:
            return np.empty((count, 0))
        return np.concatenate([np.broadcast_to(values[name], (count, 1)) for name in self.nonlinear], axis=1)

    def _drawn(self, name: str, count: int, rng: np.random.Generator, values: dict[str, Array]) -> Array:
        known = set(values) | set(self.variables)
        usable = self.usable(name, known)
        fallback = blind(count, rng)
        guessed = np.zeros(count, dtype=bool)
        if not usable:
            usable = self.rough(name, known)
            outermost = bool(usable) and usable[0].place.setting == "top"
            guessed = rng.random(count) < (0.2 if outermost else 0.5)
        if not usable:
            return fallback
        result = np.full(count, np.nan)
        share = np.arange(count) % len(usable)
        rng.shuffle(share)
        for k, role in enumerate(usable):
            mine = np.flatnonzero(share == k)
            here = {p: v[mine] if len(v) == count else v for p, v in values.items()}
            draw = EffectSize(self, role, here, len(mine), rng)
            angle = rng.uniform(-np.pi, np.pi, len(mine))
            result[mine] = solve_effect(role.effect, name, draw.size(), here, angle)
        return np.where(np.isfinite(result) & ~guessed, result, fallback)

    def inside(self, alpha: Array, axes: Sequence[int]) -> Array:
        """Return candidates (S, q) moved into the bounds; `axes` are their places among all."""
        if not self.bounds:
            return alpha
        walls = np.array([self.bounds.get(self.nonlinear[k], NONE) for k in axes])
        return np.clip(alpha, walls[:, 0], walls[:, 1])


def _places_a_jump(role: Role) -> bool:
    return role.place.setting == "jump" and role.kind == "location"

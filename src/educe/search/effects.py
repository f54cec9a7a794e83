"""How large an effect may be: the numbers of order one, the places and the frequencies that data suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, evaluate
from educe.search.roles import Role, is_frequency, moving_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.search.sampling import Sampler

Array = NDArray[np.float64]

TINY = 1e-300
CLOSEST = 4.0  # times closer than usual: what is beyond is not looked for
UNEVEN = 0.5  # of the usual distance: where a tenth of the distances are smaller, spacing is irregular


def blind(count: int, rng: np.random.Generator) -> Array:
    """Return draws for a parameter of which the form says nothing: any sign, any size of 1e-3 .. 1e3."""
    return signs(count, rng) * 10.0 ** rng.uniform(-3.0, 3.0, count)


def signs(count: int, rng: np.random.Generator) -> Array:
    """Return +1 or -1, as likely."""
    return np.where(rng.random(count) < 0.5, -1.0, 1.0)


def _stratified(count: int, rng: np.random.Generator) -> Array:
    """Return `count` numbers of [0, 1), one in each of as many equal cells, in random order."""
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)


def _quantile(values: Array, share: float) -> Array:
    """Return the number below which this share of each row (S, k) lies, NaN where a row has none."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(ordered).sum(axis=1)
    if not ordered.shape[1]:
        return np.full(len(values), np.nan)
    place = (share * np.maximum(count - 1, 0)).astype(int)
    return np.where(count > 0, ordered[np.arange(len(values)), place], np.nan)


class EffectSize:
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
        """Return the values (S, probes) of an expression at the rows looked at."""
        value = evaluate(expression, {**self.values, **self.sampler.probed})
        return np.broadcast_to(np.asarray(value, float), (self.count, len(self.sampler.response)))

    def size(self) -> Array:
        """Return how large the effect is to be, (S,): by what the parameter does."""
        with np.errstate(all="ignore"):
            if self.role.kind == "power":
                return signs(self.count, self.rng) * 10.0 ** (-1.3 + 2.25 * self.u)
            if self.role.kind == "base":
                return self.base()
            if self.role.kind == "location":
                return self.phase() if self.role.place.setting == "periodic" else self.location()
            return self.frequency() if is_frequency(self.role) else self.scale()

    def base(self) -> Array:
        """Return bases e such that e**g changes over the data by a factor of exp(0.03) .. exp(30)."""
        spread = np.ptp(self.g, axis=1)
        decades = signs(self.count, self.rng) * 10.0 ** (-1.5 + 3.0 * self.u)
        return np.exp(np.clip(decades / np.where(spread > 0, spread, 1.0), -50, 50))

    def phase(self) -> Array:
        """Return angles all round."""
        return np.pi * (2.0 * self.u - 1.0)

    def location(self) -> Array:
        """Return where e + g is to vanish: at the data (60 %), just outside or far outside; at the data in a turn."""
        ordered = np.sort(np.where(np.isfinite(self.g), self.g, np.nan), axis=1)  # NaN last
        low, high = ordered[:, 0], np.fmax.reduce(ordered, axis=1)
        span = np.where(high > low, high - low, self.largest)
        if self.role.place.setting == "top":
            return self.pick(self.sampler.response - self.g)
        inside = self.inside(ordered, low, span)
        if self.role.place.setting == "turn":
            return -inside
        sign = signs(self.count, self.rng)
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
        usual, smallest = self.spacings(moving)
        highest = np.pi / usual
        drawn = share * highest
        uneven = smallest < UNEVEN * usual
        if uneven.any() and not place.nested:  # close pairs of rows resolve what the usual distance does not
            beyond = uneven & (self.rng.random(self.count) < 0.15)
            drawn = np.where(beyond, (0.3 + 0.7 * share) * np.pi / smallest, drawn)
        heard = self.sampler.peaks(moving, float(np.pi / np.where(uneven, smallest, usual).min()))
        if heard is not None:
            suggested = heard.suggest(self.rng.random(self.count), self.rng, modulation=place.nested)
            guided = self.rng.random(self.count) < (0.85 if place.nested else 0.65)
            drawn = np.where(guided, suggested, drawn)
        if place.rest is not None:
            drawn = drawn * np.where(self.rng.random(self.count) < 0.7, 1.0, -1.0)
        depends = not moving.free_names <= set(self.sampler.variables)
        if depends or place.rest is not None:
            radians = signs(self.count, self.rng) * 10.0 ** self.rng.uniform(-1.0, 1.3, self.count)
            few = self.rng.random(self.count) < (0.85 if depends else 0.15)
            drawn = np.where(few, radians / self.largest, drawn)
        return drawn

    def spacings(self, moving: Expression) -> tuple[Array, Array]:
        """Return the usual and the small distance between neighbouring values of the partner, in the whole table.

        The small one, below which a tenth lies, is known only where all rows of the table are seen.
        """
        of_data = moving.free_names <= set(self.sampler.variables)
        rows = self.sampler.spaced if of_data else self.sampler.probed
        g = np.atleast_2d(np.asarray(evaluate(moving, {**self.values, **rows}), float))
        step = np.diff(np.sort(g, axis=1), axis=1)
        step = np.where(step > 1e-9 * np.ptp(g, axis=1)[:, None], step, np.nan)
        seen = g.shape[1] / max(self.sampler.n, 1) / self.sampler.thinning
        usual = _quantile(step, 0.5) * seen
        usual = np.where(np.isfinite(usual) & (usual > 0), usual, self.largest)
        if not of_data or seen < 1.0:
            return usual, usual
        small = _quantile(step, 0.1)
        return usual, np.where(np.isfinite(small) & (small > 0), np.maximum(small, usual / CLOSEST), usual)

    def scale(self) -> Array:
        """Return e such that e*(g - reference) is of order one at some measured point."""
        place = self.role.place
        drawn = self.order_one(self.reference())
        if place.setting == "top":
            matching = self.pick(self.sampler.response / self.g)
            drawn = np.where(self.rng.random(self.count) < 0.7, matching, drawn)
        if place.rest is not None and self.known(place.rest):
            ratio = np.abs(self.at_probes(place.rest)) / np.abs(self.g)
            factor = signs(self.count, self.rng) * 10.0 ** self.rng.normal(0, 0.8, self.count)
            beside = self.pick(ratio) * factor
            use = (self.rng.random(self.count) < 0.75) & np.isfinite(beside) & (beside != 0)
            drawn = np.where(use, beside, drawn)
        return drawn

    def known(self, expression: Expression) -> bool:
        """Whether all names of an expression have values."""
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
        """Return e such that e*(g - reference) is of order one, even in the logarithm between near and far rows."""
        distance = np.abs(self.g - reference[:, None])
        real = np.isfinite(distance) & (distance > 1e-9 * self.largest[:, None])
        low = np.where(real, distance, np.inf).min(axis=1)
        high = np.where(real, distance, 0.0).max(axis=1)
        low, high = np.where(np.isfinite(low), low, self.largest), np.where(high > 0, high, self.largest)
        low, high = np.log(np.maximum(low, TINY) / 3.0), np.log(np.maximum(high, TINY) * 5.0)
        typical = np.exp(low + (high - low) * self.u)
        return signs(self.count, self.rng) * np.exp(self.rng.normal(0.0, 0.4, self.count)) / typical

"""Candidates for parameters of which nothing is known but the data: scales of the data, and either sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = NDArray[np.float64]

WIDE = 6.0  # decades to either side of a scale, at the most
NEAR = 1.0  # decades that most draws keep to
PLACES, FAR = 0.25, 0.15  # shares of the draws that are places among the inputs, and that go far
POSITIVE = 0.6  # share of positive draws: most parameters are
TIGHT = 0.5  # natural logarithm by which a good candidate is varied


@dataclass(frozen=True, eq=False)
class Draws:
    """Where candidates come from.

    scales : (s,) > 0, sizes that a parameter may have;  ranges : (c, 2), lower and upper end of each input
    limits : (p, 2), bounds of the parameters, infinite where there are none
    known : (p,), values that were given as starts, nan where there is none
    """

    scales: Array
    ranges: Array
    limits: Array
    known: Array

    @classmethod
    def of(cls, limits: Array, known: Array, columns: Mapping[str, Array], response: Array) -> Draws:
        """Return the draws for inputs, {name: (n,)}, and a response, (n,): its amplitude, their ranges and spacing.

        >>> x = np.linspace(0, 10, 11)
        >>> Draws.of(np.array([[0.0, np.inf]]), np.array([np.nan]), {"x": x}, np.ones(11)).scales
        array([ 0.1,  1. , 10. ])
        """
        sizes = [1.0, float(np.abs(response).max()), float(np.ptp(response))]
        ranges = []
        for column in columns.values():
            values = np.unique(column)
            reach = float(np.ptp(values))
            spacing = reach / max(len(values) - 1, 1)
            sizes += [reach, spacing, float(np.abs(values).max())]
            sizes += [1.0 / size for size in (reach, spacing) if size > 0.0]
            ranges.append((values[0], values[-1]))
        usable = [size for size in sizes if 0.0 < size < np.inf]
        return cls(np.unique(usable), np.array(ranges), limits, known)

    @property
    def reach(self) -> float:
        """A size that no draw near the scales of the data has: where a function may be slow."""
        known = float(np.nanmax(np.abs(self.known), initial=0.0))
        return 10.0 * max(float(10.0**NEAR * self.scales[-1]), known)

    def drawn(self, count: int, rng: np.random.Generator, *, wide: bool) -> list[Array]:
        """Return so many candidates, (p,) each.

        wide : some lie far from every scale of the data, where a function may be slow
        """
        return [self._drawn(rng, wide) for _ in range(count)]

    def varied(self, count: int, rng: np.random.Generator, good: Sequence[Array]) -> list[Array]:
        """Return so many variations of good candidates, none if there are no good ones."""
        return [
            self._varied(good[int(rng.integers(len(good)))], rng) for _ in range(count if len(good) else 0)
        ]

    def _drawn(self, rng: np.random.Generator, wide: bool) -> Array:
        drawn = np.array([self._one(lower, upper, rng, wide) for lower, upper in self.limits])
        return np.where(np.isnan(self.known), drawn, self.known)

    def _one(self, lower: float, upper: float, rng: np.random.Generator, wide: bool) -> float:
        """Return a draw within its bounds: of the size of the data, as a place among the inputs, or anywhere."""
        if np.isfinite(lower) and np.isfinite(upper):
            return _between(lower, upper, rng)
        way = rng.random()
        if way < PLACES and len(self.ranges):
            low, high = self.ranges[rng.integers(len(self.ranges))]
            value = float(rng.uniform(low, high))
            if lower <= value <= upper:
                return value
        decades = WIDE if wide and way > 1.0 - FAR else NEAR
        size = float(rng.choice(self.scales) * 10.0 ** rng.uniform(-decades, decades))
        if np.isfinite(lower):
            return lower + size
        if np.isfinite(upper):
            return upper - size
        return size if rng.random() < POSITIVE else -size

    def _varied(self, theta: Array, rng: np.random.Generator) -> Array:
        """Return a good candidate with some of its parameters changed a little, or drawn anew."""
        changed = theta * np.exp(TIGHT * rng.standard_normal(len(theta)))
        anew = rng.random(len(theta)) < 0.2
        changed[anew] = self._drawn(rng, wide=True)[anew]
        return np.clip(changed, self.limits[:, 0], self.limits[:, 1])


def _between(lower: float, upper: float, rng: np.random.Generator) -> float:
    """Return a draw between two bounds: even in the logarithm where they are of one sign and far apart."""
    if lower * upper > 0.0 and max(upper / lower, lower / upper) > 100.0:
        sign = 1.0 if lower > 0.0 else -1.0
        low, high = sorted((np.log(abs(lower)), np.log(abs(upper))))
        return float(sign * np.exp(rng.uniform(low, high)))
    return float(rng.uniform(lower, upper))

"""Where a signal oscillates: the peaks of its periodogram, as suggestions for the frequencies of a law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PEAKS = 8
MOST_BINS = 2**21
FLOOR = 6.0  # times the median power: lower peaks are noise


@dataclass(frozen=True)
class Peaks:
    """Angular frequencies at which a signal is strong.

    omega, power : (k,), strongest first;  width : half the distance between frequencies that can be told apart
    """

    omega: Array
    power: Array
    width: float

    def suggest(self, u: Array, rng: np.random.Generator, *, modulation: bool) -> Array:
        """Return frequencies near the peaks, differences and midpoints of neighbours, halves (of squares).

        u : (S,) in [0, 1);  modulation : a slow oscillation of another, so a difference of peaks
        """
        k = rng.choice(len(self.omega), len(u), p=self.power / self.power.sum())
        place = np.argsort(np.argsort(self.omega))
        ordered = np.sort(self.omega)
        beside = np.clip(place[k] + rng.choice([-2, -1, 1, 2], len(u)), 0, len(ordered) - 1)
        first, other = self.omega[k], ordered[beside]
        bounds = (0.1, 0.9, 0.95) if modulation else (0.6, 0.75, 0.85)
        chosen = np.where(u < bounds[0], first, np.where(u < bounds[1], np.abs(first - other), first / 2))
        chosen = np.where(u >= bounds[2], (first + other) / 2, chosen)
        return np.abs(chosen + self.width * rng.normal(0.0, 0.5, len(u)))


def peaks(x: Array, signal: Array, *, highest: float, thinning: float = 1.0) -> Peaks | None:
    """Return the peaks of the periodogram of a signal (n,) at places x (n,) up to an angular frequency.

    thinning : rows of the table per row here; the table may resolve more than these rows would

    Rows are gathered in bins four times finer than their mean distance, then transformed: any spacing will do.
    """
    span = float(np.ptp(x))
    if len(x) < 8 or not span > 0 or not np.isfinite(signal).all():
        return None
    bins = min(2 ** int(np.ceil(np.log2(4 * len(x) * thinning))), MOST_BINS)
    place = np.minimum(((x - x.min()) / span * (bins - 1)).round().astype(int), bins - 1)
    series = np.bincount(place, weights=signal - signal.mean(), minlength=bins)
    power = np.abs(np.fft.rfft(series, 2 * bins)) ** 2
    omega = 2 * np.pi * np.arange(len(power)) * (bins - 1) / (2 * bins * span)
    power = np.where(omega <= 1.05 * highest, power, 0.0)
    inner = np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] >= power[2:])) + 1
    inner = inner[power[inner] > FLOOR * np.median(power[power > 0])] if len(inner) else inner
    if not len(inner):
        return None
    best = inner[np.argsort(-power[inner], kind="stable")][:PEAKS]
    return Peaks(omega[best], power[best], np.pi / span)

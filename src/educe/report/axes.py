"""One axis of a drawing: from values to pixels, round numbers along it, and colours for values."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.report.markup import pretty

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# matplotlib's viridis and purple-orange, at even places
VALUES = ("440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725")
SIGNED = ("2d004b", "542788", "8073ac", "b2abd2", "f7f7f7", "fdb863", "e08214", "b35806", "7f3b08")
DEPTH = ("0b2f4f", "14507f", "2873ad", "5a9acb", "96c1e1", "cfe3f2", "f3f8fc")  # low to high cost


@dataclass(frozen=True)
class Axis:
    """An axis of a panel.

    low, high : its ends, in data;  start, end : the same, in pixels;  label : its words;  log : logarithmic
    """

    low: float
    high: float
    start: float
    end: float
    label: str = ""
    log: bool = False

    def at(self, values: ArrayLike) -> Floats:
        """Return where values lie, in pixels."""
        v = np.asarray(values, dtype=np.float64)
        with np.errstate(all="ignore"):
            if self.log:
                share = np.log(v / self.low) / math.log(self.high / self.low)
            else:
                share = v / 2 - self.low / 2
                share = share / (self.high / 2 - self.low / 2)
        return np.asarray(self.start + share * (self.end - self.start))

    def ticks(self) -> list[float]:
        """Return round numbers within the ends."""
        length = abs(self.end - self.start)
        most = max(3, int(length / 70))
        return decades(self.low, self.high, most) if self.log else round_numbers(self.low, self.high, most)

    def as_data(self) -> dict[str, Any]:
        """Return the axis for the script of a page."""
        return {
            "low": self.low,
            "high": self.high,
            "from": round(self.start, 2),
            "to": round(self.end, 2),
            "log": self.log,
        }


def ends(*values: ArrayLike, log: bool = False, margin: float = 0.04) -> tuple[float, float]:
    """Return the ends of an axis that shows all these values, with a margin; what is not finite is left out."""
    finite = [v[np.isfinite(v)] for v in (np.asarray(each, dtype=np.float64).ravel() for each in values)]
    finite = [v for v in finite if v.size]
    if not finite:
        return 0.0, 1.0
    low, high = min(float(v.min()) for v in finite), max(float(v.max()) for v in finite)
    if log and low > 0:
        factor = (high / low) ** margin if high > low else 2.0
        return low / factor, high * factor
    room = margin * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Return numbers of the form (1, 2, 2.5 or 5) * 10^k * integer between two ends, `most` at most.

    >>> round_numbers(0.0, 1.0, 6)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(width / most))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            digits = max(0, 2 - math.floor(math.log10(step)))
            return [
                (round(k * step, digits) if digits < 300 else k * step) + 0.0 for k in range(first, last + 1)
            ]
    return [low]


def decades(low: float, high: float, most: int) -> list[float]:
    """Return powers of ten between two ends, with 2 and 5 between them where there are few.

    >>> decades(0.5, 30.0, 6)
    [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    inner = [
        float(f"{factor}e{power}")
        for power in range(first, last + 1)
        for factor in (1, 2, 5)
        if low * (1 - 1e-9) <= float(f"{factor}e{power}") <= high * (1 + 1e-9)
    ]
    if len(inner) <= most:
        return inner
    powers = [v for v in inner if f"{v:e}".startswith("1.0")]
    return powers[:: -(-len(powers) // most)]


def tick_labels(ticks: list[float]) -> list[str]:
    """Return numbers with as many digits as tell them apart.

    >>> tick_labels([0.0, 0.5, 1.0]), tick_labels([1e6, 2e6])
    (['0', '0.5', '1.0'], ['1 × 10⁶', '2 × 10⁶'])
    """
    largest = max(map(abs, ticks), default=0.0)
    smallest = min((abs(v) for v in ticks if v), default=1.0)
    if largest and not (1e-4 <= largest < 1e6 and smallest > 1e-5 * largest):
        return [pretty(_short_power(v)) if v else "0" for v in ticks]
    for digits in range(8):
        shown = [f"{v:.{digits}f}" for v in ticks]
        if all(
            math.isclose(float(s), v, rel_tol=1e-9, abs_tol=1e-12) for s, v in zip(shown, ticks, strict=True)
        ):
            break
    return [pretty("0" if float(s) == 0 else s) for s in shown]


def _short_power(value: float) -> str:
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{float(mantissa):g}e{exponent}"


def colour(share: float, stops: tuple[str, ...] = VALUES) -> str:
    """Return the colour at a share of a scale, 0 to 1.

    >>> colour(0.0), colour(1.0)
    ('#440154', '#fde725')
    """
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    k = min(int(place), len(stops) - 2)
    mixed = (
        round(int(stops[k][c : c + 2], 16) * (k + 1 - place) + int(stops[k + 1][c : c + 2], 16) * (place - k))
        for c in (0, 2, 4)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def width_of(words: str, size: float = 13.0) -> float:
    """Return about how wide a text is, in pixels."""
    return size * sum(1.05 if unicodedata.east_asian_width(c) in "WF" else 0.62 for c in words)


def fitted_in(words: str, room: float, size: float = 13.0) -> str:
    """Return a text, cut with an ellipsis where it is wider than the room for it.

    >>> fitted_in("temperature of the outer wall", 100.0)
    'temperature…'
    """
    if width_of(words, size) <= room:
        return words
    while words and width_of(words + "…", size) > room:
        words = words[:-1]
    return words.rstrip() + "…"

"""Do residuals look like noise? If not, a better minimum may have been missed, or the law may not hold.

Residuals are put in the order of each input; those at equal inputs are added up first, so that replicates
cannot feign a pattern. Every test is normalised by the residuals' own sizes where they stand, so that noise
that grows with the signal is noise all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Array = NDArray[np.float64]

FEWEST = 8  # residuals below which nothing can be said
LEVEL = 0.01  # chance that white noise is called structured
NEIGHBOURS = 500  # rows whose nearest neighbour is looked up


@dataclass(frozen=True)
class Finding:
    """The most suspicious pattern among all tests.

    p_value : chance of so strong a pattern in white noise, corrected for the number of tests
    sentence : what the pattern is
    """

    p_value: float
    sentence: str

    @property
    def noise(self) -> bool:
        """Whether the residuals pass for noise."""
        return self.p_value >= LEVEL


def inspect(residual: Array, columns: Mapping[str, Array], *, little: bool = False) -> Finding:
    """Return the most suspicious pattern of residuals, (n,), along each input, (n,) each.

    little : the law explains little of the data, so that a few large residuals may be the signal that it misses

    >>> x = np.linspace(0, 1, 50)
    >>> inspect(np.sin(9 * x), {"x": x}).noise
    False
    """
    largest = float(np.abs(residual).max(initial=0.0))
    if not 0.0 < largest < math.inf:
        return Finding(1.0, "there are no residuals")
    residual = residual / largest
    found = list(_patterns(residual, columns))
    if little and len(residual) >= 2 * FEWEST:
        found.append((_outstanding(residual), "a few residuals are far larger than all others"))
    if not found:
        return Finding(1.0, "too few rows to judge the residuals")
    p_value, sentence = min(found)
    return Finding(min(1.0, p_value * len(found)), sentence)


def _patterns(residual: Array, columns: Mapping[str, Array]) -> Iterator[tuple[float, str]]:
    for name, x in columns.items():
        series = _along(residual, x)
        if len(series) >= FEWEST:
            yield _neighbours(series), f"neighbours along {name} have residuals of like sign"
            yield _drift(series), f"the residuals stay on one side over a stretch of {name}"
            yield _cycle(series), f"the residuals swing regularly along {name}"
    if len(columns) > 1 and len(residual) >= 4 * FEWEST:
        yield _nearest(residual, columns), "rows with like inputs have residuals of like sign"


def _along(residual: Array, x: Array) -> Array:
    """Return the residuals in the order of x; k residuals at one x become their sum over the root of k."""
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    return np.bincount(place.reshape(-1), weights=residual) / np.sqrt(count)


def _upper_tail(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def _correlation(a: Array, b: Array) -> float:
    size = math.sqrt(float(((a * b) ** 2).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0


def _neighbours(series: Array) -> float:
    return _upper_tail(_correlation(series[1:], series[:-1]))


def _drift(series: Array) -> float:
    """Return the p-value of the most one-sided stretch among lengths 8, 16, 32, ... (a scan statistic)."""
    n = len(series)
    sums = np.concatenate([[0.0], np.cumsum(series)])
    squares = np.concatenate([[0.0], np.cumsum(series * series)])
    worst, width, tries = 1.0, 8, 0
    while width <= n:
        there = squares[width:] - squares[:-width]
        usual = width * squares[-1] / n
        size = np.maximum(np.maximum(there, usual), 1e-300)  # neither louder noise nor a mere trifle counts
        z = np.abs(sums[width:] - sums[:-width]) / np.sqrt(size)
        worst = min(worst, 4.0 * n / width * _upper_tail(float(z.max())))
        width, tries = 2 * width, tries + 1
    return min(1.0, worst * max(tries, 1))


def _cycle(series: Array) -> float:
    """Return the p-value of the highest peak of the periodogram, zero frequency left out (Fisher's test)."""
    power = np.abs(np.fft.rfft(series - series.mean()))[1:] ** 2
    if len(power) < 4 or power.sum() <= 0:
        return 1.0
    share = float(power.max() / power.sum())
    return min(1.0, len(power) * max(0.0, 1.0 - share) ** (len(power) - 1))


def _outstanding(residual: Array) -> float:
    """Return the p-value of the kurtosis: what is left of a signal that only a few rows have seen.

    Noise with somewhat heavier tails than Gauss's is still noise: only what lies far outside counts.
    """
    centred = residual - residual.mean()
    square = centred * centred
    variance = float(square.mean())
    if variance <= 0:
        return 1.0
    kurtosis = float((square * square).mean()) / variance**2 - 3.0
    return _upper_tail(kurtosis / math.sqrt(24.0 / len(residual)) - 5.0)


def _nearest(residual: Array, columns: Mapping[str, Array]) -> float:
    n = len(residual)
    ranks = np.stack([np.unique(x, return_inverse=True)[1].reshape(-1) for x in columns.values()], axis=1)
    places = ranks / np.maximum(ranks.max(axis=0), 1)
    chosen = np.unique(np.linspace(0, n - 1, min(n, NEIGHBOURS)).astype(int))
    distance = np.zeros((len(chosen), n))
    for column in places.T:
        distance += (column[chosen, None] - column[None, :]) ** 2
    distance[np.arange(len(chosen)), chosen] = np.inf
    partner = distance.argmin(axis=1)
    return _upper_tail(_correlation(residual[chosen], residual[partner]) / math.sqrt(1.6))

"""The smoothers that look at residuals, and what each calls large.

    bump      weighted means over windows, along each input and over pairs of inputs, at many scales
    trend     the first cosines along each input: a curvature that the law lacks
    wave      sines and cosines of every frequency that the rows can carry, along each input
    network   a hidden layer of random tanh nodes over all inputs together, at three steepnesses
    repeats   means over rows of equal inputs, against their scatter

Each is a set of linear features phi; their scores z = phi' r have variance 1 for noise to which the law was fitted.
Sources: Hart (1997), chapters 7 and 8; Fan (1996), eq. 2.3; Duembgen and Spokoiny (2001), eq. 2.4; Bierens and
Ploberger (1997).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.check_axes import cosines, rank, scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from educe.comparison.check_units import Units

Floats = NDArray[np.float64]

FINEST = 128  # windows along one input are no narrower than 1/FINEST of the rows
FINEST_PAIR = 8
FEWEST = 4  # rows in a window
TREND = 10  # cosines
MOST_WAVES = 600  # features of all inputs together
NODES, STEEPNESS = 80, (1.5, 4.0, 10.0)
MOST_PAIRED = 5  # inputs of which all pairs are looked at


@dataclass(frozen=True)
class Window:
    """A stretch of one input, or of two: where its centre is and how wide, in ranks of 0 to 1."""

    axes: tuple[str, ...]
    centres: tuple[float, ...]
    width: float


@dataclass(frozen=True)
class Wave:
    """An oscillation along one input: how often it returns over the range, and its period; nan in logarithms.

    z : its size over the error of that
    """

    axis: str
    times: float
    period: float
    z: float = 0.0


@dataclass(frozen=True, eq=False)
class Smoother:
    """A set of features, (n, m), and the largest that their scores, (m, B), come to: statistic -> (B,).

    sums : for each axis the columns that are to be made orthogonal in their order
    windows, penalties : of the columns, where there are any;  waves : of each two columns
    """

    name: str
    features: Floats
    statistic: Callable[[Floats], Floats]
    blocks: tuple[slice, ...] = ()
    windows: tuple[Window, ...] = ()
    penalties: Floats | float = 0.0
    waves: tuple[Wave, ...] = ()


def smoothers(units: Units, seed: int) -> Iterator[Smoother]:
    """Yield the smoothers for these rows, one at a time: together they can be large."""
    ranks = {name: rank(values) for name, values in units.inputs.items()}
    yield from (s for s in (_bumps(ranks, units.n), _trends(ranks, units), _waves(units)) if s.features.size)
    yield _network(ranks, units.n, seed)


def window_weights(window: Window, ranks: dict[str, Floats]) -> Floats:
    """Return the weight of each row in a window, (n,): 1 - u^2 along each axis, u = -1 .. 1 across it."""
    weights = np.ones(len(next(iter(ranks.values()))))
    for axis, centre in zip(window.axes, window.centres, strict=True):
        u = 2.0 * (ranks[axis] - centre) / window.width
        weights = weights * np.maximum(1.0 - u * u, 0.0)
    return weights


def penalty(share: float) -> float:
    """Return what a window of this share of the rows must exceed: there are more of the narrow ones."""
    return math.sqrt(2.0 * math.log(1.0 / share))


def _bumps(ranks: dict[str, Floats], n: int) -> Smoother:
    """Return windows along every input and over every pair."""
    windows: list[Window] = []
    columns: list[Floats] = []
    for window in (*_along(tuple(ranks), n), *_over_pairs(tuple(ranks), n)):
        weights = window_weights(window, ranks)
        if np.count_nonzero(weights > 0.1) >= FEWEST:
            windows.append(window)
            columns.append(weights)
    features = np.column_stack(columns) if columns else np.empty((n, 0))
    least = np.array([penalty(window.width ** len(window.axes)) for window in windows])

    def statistic(z: Floats) -> Floats:
        return np.asarray(np.max(np.abs(z) - least[:, None], axis=0))

    return Smoother("bump", features, statistic, windows=tuple(windows), penalties=least)


def _along(names: tuple[str, ...], n: int) -> Iterator[Window]:
    width = 0.5
    while width * n >= FEWEST + 1 and width >= 1.0 / FINEST:
        for name in names:
            for centre in np.arange(0.5 * width, 1.0 - 0.49 * width, 0.5 * width):
                yield Window((name,), (float(centre),), width)
        width *= 0.5


def _over_pairs(names: tuple[str, ...], n: int) -> Iterator[Window]:
    width = 0.5
    while width * width * n >= FEWEST + 1 and width >= 1.0 / FINEST_PAIR:
        centres = np.arange(0.5 * width, 1.0 - 0.49 * width, 0.5 * width)
        for pair in combinations(names[:MOST_PAIRED], 2):
            for first in centres:
                for second in centres:
                    yield Window(pair, (float(first), float(second)), width)
        width *= 0.5


def _trends(ranks: dict[str, Floats], units: Units) -> Smoother:
    """Return the first cosines along each input, and along the fitted values where there are several inputs."""
    axes = list(ranks.values())
    if len(axes) > 1:
        axes.append(rank(units.fitted))
    blocks = [cosines(u, min(TREND, units.n // 4, len(np.unique(u)) - 1)) for u in axes]
    ends = np.cumsum([0, *(block.shape[1] for block in blocks)])
    slices = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    def statistic(z: Floats) -> Floats:
        return np.asarray(np.max([_cumulated(z[part]) for part in slices if part.stop > part.start], axis=0))

    return Smoother("trend", np.column_stack(blocks), statistic, slices)


def _cumulated(z: Floats) -> Floats:
    """Return max over k of (z_1^2 + .. + z_k^2 - k) / sqrt(2 k), as a signed root."""
    k = np.arange(1.0, len(z) + 1)[:, None]
    largest = np.max((np.cumsum(z * z, axis=0) - k) / np.sqrt(2.0 * k), axis=0)
    return np.asarray(np.sign(largest) * np.sqrt(np.abs(largest)))


def _waves(units: Units) -> Smoother:
    """Return sine and cosine of 1, 1.5, 2, ... periods over the range of each input."""
    most = MOST_WAVES // (2 * len(units.inputs))
    columns: list[Floats] = []
    waves: list[Wave] = []
    for name, values in units.inputs.items():
        times = np.arange(1.0, len(np.unique(values)) / 3.0, 0.5)[:most]
        even, u = scaled(values)
        span = float(np.ptp(values)) if even else math.nan
        waves += [Wave(name, float(k), span / float(k)) for k in times]
        phase = 2.0 * np.pi * u[:, None] * times
        columns += [np.stack((np.cos(phase), np.sin(phase)), axis=-1).reshape(len(phase), -1)]

    def statistic(z: Floats) -> Floats:
        power = np.square(z).reshape(-1, 2, z.shape[1]).sum(axis=1)
        return np.asarray(np.sqrt(power.max(axis=0)))

    return Smoother("wave", np.column_stack(columns), statistic, waves=tuple(waves))


def _network(ranks: dict[str, Floats], n: int, seed: int) -> Smoother:
    """Return hidden nodes tanh(w'x + b) with random w and b."""
    random = np.random.default_rng((seed, 2))
    x = 2.0 * np.column_stack(list(ranks.values())) - 1.0  # (n, d)
    columns = []
    for steep in STEEPNESS:
        w = random.standard_normal((x.shape[1], NODES)) * steep
        b = -np.sum(
            w * random.uniform(-1.0, 1.0, w.shape), axis=0
        )  # each node bends somewhere among the rows
        columns.append(np.tanh(x @ w + b))

    def statistic(z: Floats) -> Floats:
        sums = np.sqrt(np.square(z).reshape(len(STEEPNESS), NODES, -1).sum(axis=1))  # (3, B)
        return np.asarray(standardised(sums).max(axis=0))

    return Smoother("network", np.column_stack(columns), statistic)


def standardised(values: Floats) -> Floats:
    """Return values, (k, B), with mean 0 and deviation 1 over B."""
    spread = values.std(axis=1, keepdims=True)
    return np.asarray((values - values.mean(axis=1, keepdims=True)) / np.where(spread > 0.0, spread, 1.0))

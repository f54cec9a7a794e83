"""The rows that a network learns from: equal rows merged, in one order, and scaled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from educe.network.activations import activation_named

Array = NDArray[np.float64]

INSIDE = 0.1  # share of a bounded activation's range that is left free at each end


@dataclass(frozen=True, eq=False)
class Rows:
    """Measurements: X (n, d), y (n, targets), weights (n,) of the points, in their own units."""

    X: Array
    y: Array
    weights: Array

    @property
    def n(self) -> int:
        """Number of distinct rows."""
        return len(self.y)


def merged(X: Array, y: Array, weights: Array | None = None) -> Rows:
    """Return the distinct rows in sorted order, weights of equal ones added; rows of weight zero left out.

    X : (n, d);  y : (n,) or (n, targets);  weights : (n,), or None for 1
    Copies of a row must not be trained on and judged by at once, and the order of the rows must not matter.

    >>> merged(np.array([[2.0], [1.0], [2.0]]), np.array([5.0, 4.0, 5.0])).weights
    array([1., 2.])
    """
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    table = np.column_stack((X, y))[w > 0.0]
    distinct, where = np.unique(table, axis=0, return_inverse=True)
    added: Array = np.zeros(len(distinct))
    np.add.at(added, where.ravel(), w[w > 0.0])
    d = X.shape[1]
    return Rows(distinct[:, :d], distinct[:, d:], added)


@dataclass(frozen=True, eq=False)
class Scales:
    """The affine maps between measured units and what the network sees, for one target.

    centre, spread : (d,) of the inputs;  middle, unit : of the target, y = middle + unit t
    """

    centre: Array
    spread: Array
    middle: float
    unit: float

    def inputs(self, X: Array) -> Array:
        """Return the inputs as the network sees them, (d, n)."""
        return np.ascontiguousarray(((X - self.centre) / self.spread).T)

    def target(self, y: Array) -> Array:
        """Return the target as the network sees it."""
        return (y - self.middle) / self.unit


def scales_of(rows: Rows, output: str, *, keep_target: bool = False) -> tuple[Scales, ...]:
    """Return the scales of some rows, for each target: inputs to mean 0 and deviation 1, the target to suit the output.

    A target for an unbounded output gets mean 0 and deviation 1; for a bounded one (sigmoid, tanh, sin) it
    is laid into the middle 80 % of the range, since the ends are reached only by infinite weights; for one with
    a lower end (relu, softplus, gelu) just above it.
    keep_target : leave the target as it is, as counts must be
    """
    w = rows.weights / rows.weights.sum()
    centre = w @ rows.X
    spread = _positive(np.sqrt(w @ np.square(rows.X - centre)))
    if keep_target:
        return tuple(Scales(centre, spread, 0.0, 1.0) for _ in rows.y.T)
    return tuple(Scales(centre, spread, *_of_target(y, w, output)) for y in rows.y.T)


def _of_target(y: Array, w: Array, output: str) -> tuple[float, float]:
    """Return middle and unit of one target. y, w : (n,), the weights with sum 1."""
    mean = float(w @ y)
    deviation = math.sqrt(float(w @ np.square(y - mean)))
    return of_moments(mean, deviation, (float(y.min()), float(y.max())), output)


def of_moments(mean: float, deviation: float, ends: tuple[float, float], output: str) -> tuple[float, float]:
    """Return middle and unit of a target of this mean and deviation, with these ends: see `scales_of`."""
    activation = activation_named(output)
    deviation, (low, high) = deviation or 1.0, ends
    if math.isfinite(activation.high):
        room = activation.high - activation.low
        unit = (high - low) / (room * (1.0 - 2.0 * INSIDE)) or 1.0
        return low - unit * (activation.low + INSIDE * room), unit
    if math.isfinite(activation.low):
        return low - INSIDE * deviation, deviation
    return mean, deviation


def _positive(spread: Array) -> Array:
    """Return the spread with 1 for a constant input: its weight then stays what the penalty makes of it."""
    result: Array = np.where(spread > 0.0, spread, 1.0)
    return result

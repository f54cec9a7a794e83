"""Residuals smoothed along each input, and over two inputs: what the figure of a check shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.check_axes import rank

if TYPE_CHECKING:
    from educe.comparison.check_regions import Region
    from educe.comparison.check_units import Units

Floats = NDArray[np.float64]

POINTS, CELLS = 81, 33
WIDTH, PAIR_WIDTH = 0.15, 0.3  # of the rows, where no region says how wide to look


@dataclass(frozen=True, eq=False)
class Curve:
    """Smoothed residuals along one input: x, mean and its standard error, (m,) each, in the response's unit."""

    axis: str
    x: Floats
    mean: Floats
    error: Floats


@dataclass(frozen=True, eq=False)
class Surface:
    """Smoothed residuals over two inputs: x (m,), y (k,), and z (k, m) in their standard errors; nan where empty."""

    axes: tuple[str, str]
    x: Floats
    y: Floats
    z: Floats


def curves(units: Units, size: Floats, regions: tuple[Region, ...]) -> tuple[Curve, ...]:
    """Return the smoothed residuals along each input, as finely as the strongest region along it is wide.

    size : (n,) relative size of the noise
    """
    spread = _spread(units, size)
    found = []
    for name, x in units.inputs.items():
        u = rank(x)
        width = next((_width(r, name, x, u) for r in regions if tuple(r.bounds) == (name,)), WIDTH)
        order = np.argsort(u, kind="stable")
        places = np.linspace(u.min(), u.max(), POINTS)
        k = _weights(places[:, None] - u, width) * units.precision
        total = k.sum(axis=1)
        good = total > 0.0
        k = k[good] / total[good, None]
        at = np.interp(places[good], u[order], x[order])
        found.append(Curve(name, at, k @ units.residual, np.sqrt(np.square(k) @ np.square(spread))))
    return tuple(found)


def surface(units: Units, size: Floats, regions: tuple[Region, ...]) -> Surface | None:
    """Return the smoothed residuals over the two inputs of the strongest region, or the only two there are."""
    pair = next((tuple(r.bounds) for r in regions[:1] if len(r.bounds) == 2), None)
    if pair is None:
        pair = next(iter(combinations(units.inputs, 2)), None) if len(units.inputs) == 2 else None
    if pair is None:
        return None
    first, second = (units.inputs[name] for name in pair)
    spread = _spread(units, size)
    x, y = (np.linspace(v.min(), v.max(), CELLS) for v in (first, second))
    a = _weights((x[:, None] - first) / (float(np.ptp(first)) or 1.0), PAIR_WIDTH)  # (m, n)
    b = _weights((y[:, None] - second) / (float(np.ptp(second)) or 1.0), PAIR_WIDTH)
    total = b @ (a * (units.precision * units.residual)).T
    error = np.sqrt(np.square(b) @ np.square(a * units.precision * spread).T)
    crowd = (b > 0.0).astype(np.float64) @ (a > 0.0).T
    z = np.divide(total, error, out=np.full_like(total, np.nan), where=(crowd >= 3) & (error > 0.0))
    return Surface((pair[0], pair[1]), x, y, z)


def _spread(units: Units, size: Floats) -> Floats:
    """Return the standard deviation of each unit's residual, (n,), in the unit of the response."""
    standardised = units.r / size
    noise = math.sqrt(float(standardised @ standardised) / units.dof)
    scale = np.divide(units.residual, units.r, out=np.ones(units.n), where=units.r != 0.0)
    return np.asarray(noise * size * np.abs(scale))


def _weights(distance: Floats, width: float) -> Floats:
    return np.maximum(1.0 - np.square(2.0 * distance / width), 0.0)


def _width(region: Region, name: str, x: Floats, u: Floats) -> float:
    """Return the width of a region in ranks, not below what a few rows need."""
    low, high = region.bounds[name]
    inside = u[(x >= low) & (x <= high)]
    return float(np.clip(np.ptp(inside), max(6.0 / len(u), 0.03), 2.0 * WIDTH))

"""Where the structure is: the windows that stand out, in the units of the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.check_axes import rank
from educe.comparison.check_smoothers import window_weights

if TYPE_CHECKING:
    from educe.comparison.check_calibration import Calibrated
    from educe.comparison.check_smoothers import Window
    from educe.comparison.check_units import Units

Floats = NDArray[np.float64]

INSIDE = 0.5  # weight that a row of a window needs to count as inside its region
MOST = 4
OVERLAP = 0.2  # share of the rows of the smaller of two regions that may lie in the other


@dataclass(frozen=True)
class Region:
    """A place where residuals lean to one side.

    bounds : {input: (low, high)};  z : mean residual there over its standard error, leverage allowed for
    mean : mean residual, in the unit of the response;  rows : inside
    certain : whether it alone stands above the critical value of the whole search
    """

    bounds: dict[str, tuple[float, float]]
    z: float
    mean: float
    rows: int
    certain: bool


def regions(units: Units, calibrated: Calibrated) -> tuple[Region, ...]:
    """Return the regions that stand out, strongest first; the first of all even where it does not."""
    if not calibrated.windows:
        return ()
    ranks = {name: rank(values) for name, values in units.inputs.items()}
    found: list[Region] = []
    named: list[NDArray[np.bool_]] = []
    for k in _ordered(calibrated):
        certain = bool(calibrated.excess[k] > 0.0)
        if len(found) == MOST or (found and not certain):
            break
        inside = window_weights(calibrated.windows[k], ranks) >= INSIDE
        if inside.any() and all(_overlap(inside, other) <= OVERLAP for other in named):
            named.append(inside)
            found.append(_region(units, calibrated.windows[k], inside, float(calibrated.z[k]), certain))
    return tuple(found)


def _ordered(calibrated: Calibrated) -> NDArray[np.intp]:
    """Return the windows that stand out, largest score first, then the others by how near they come to it."""
    rank = np.where(calibrated.excess > 0.0, 1e6 + np.abs(calibrated.z), calibrated.excess)
    return np.argsort(-rank, kind="stable")


def _overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    return float(np.sum(first & second) / min(first.sum(), second.sum()))


def _region(units: Units, window: Window, inside: NDArray[np.bool_], z: float, certain: bool) -> Region:
    bounds = {
        name: (float(units.inputs[name][inside].min()), float(units.inputs[name][inside].max()))
        for name in window.axes
    }
    mean = float(np.average(units.residual[inside], weights=units.precision[inside]))
    return Region(bounds, z, mean, int(units.size[inside].sum()), certain)

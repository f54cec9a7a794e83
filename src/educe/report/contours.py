"""Lines of equal height on a grid, by marching squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# For each pattern of corners above the level (bits: lower left, lower right, upper right, upper left), which edges
# of the cell a line joins (0 below, 1 right, 2 above, 3 left).
_JOINED: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),),
    2: ((0, 1),),
    3: ((3, 1),),
    4: ((1, 2),),
    5: ((3, 2), (0, 1)),
    6: ((0, 2),),
    7: ((3, 2),),
    8: ((2, 3),),
    9: ((2, 0),),
    10: ((0, 3), (2, 1)),
    11: ((2, 1),),
    12: ((1, 3),),
    13: ((1, 0),),
    14: ((0, 3),),
}


def contour(x: Floats, y: Floats, z: Floats, level: float) -> list[tuple[float, float, float, float]]:
    """Return the pieces of the line z = level, each from (x, y) to (x, y).

    x, y : (m,), (k,) increasing;  z : (k, m); a cell with a corner that is not finite is left out

    >>> contour(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 1.0]]), 0.25)
    [(0.25, 0.0, 0.25, 1.0)]
    """
    above = (z > level).astype(int)
    pattern = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    finite = np.isfinite(z)
    known = finite[:-1, :-1] & finite[:-1, 1:] & finite[1:, 1:] & finite[1:, :-1]
    pieces = []
    for j, i in np.argwhere(known & (pattern > 0) & (pattern < 15)).tolist():
        for first, second in _JOINED[int(pattern[j, i])]:
            a, b = (_crossing(x, y, z, level, (j, i, edge)) for edge in (first, second))
            pieces.append((*a, *b))
    return pieces


def _crossing(
    x: Floats, y: Floats, z: Floats, level: float, place: tuple[int, int, int]
) -> tuple[float, float]:
    """Return where the line crosses an edge of a cell."""
    j, i, edge = place
    corners = {
        0: ((j, i), (j, i + 1)),
        1: ((j, i + 1), (j + 1, i + 1)),
        2: ((j + 1, i), (j + 1, i + 1)),
        3: ((j, i), (j + 1, i)),
    }
    (j0, i0), (j1, i1) = corners[edge]
    share = float((level - z[j0, i0]) / (z[j1, i1] - z[j0, i0]))
    return float(x[i0] + share * (x[i1] - x[i0])), float(y[j0] + share * (y[j1] - y[j0]))

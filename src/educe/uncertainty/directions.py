"""The directions in the space of the parameters, from those that the data hardly tell to those that they tell best.

With T D^-1 the triangle of J, its columns scaled to length 1, and its singular values w_k,

    scaled J'J = sum_k w_k^2 v_k v_k'

so the parameters are known in direction v_k to 1/w_k, in units of the error that each would have alone, the others
held. A direction of 300 is sloppy: the parameters can move along it together, three hundred times as far as one
by one, before the law is felt to change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from educe.uncertainty.inverse_root import RANK_TOLERANCE, Floats, scaled_triangle


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions in the space of the parameters, the least certain first.

    names : p free parameters
    deviations : (p,) standard deviation along each, in units of what a parameter alone would have; ``inf``: none
    vectors : (p, p), column k the direction, of length 1, in the parameters scaled by that unit
    alone : (p,) that unit: the standard error of each parameter if the others were known
    rank : directions that the data determine;  condition : the largest deviation over the smallest
    """

    names: tuple[str, ...]
    deviations: Floats
    vectors: Floats
    alone: Floats
    rank: int
    condition: float


def directions(
    R: Floats, names: tuple[str, ...], scale: float = 1.0, *, tolerance: float = RANK_TOLERANCE
) -> Directions:
    r"""Return the eigenvectors of the scaled J'J with the standard deviations along them.

    R : (p + 1, p + 1) -- triangle of [J | r]
    scale : float -- variance that multiplies (J'J)^-1
    tolerance : float, 0 < tolerance < 1 -- relative singular value below which a direction is undetermined

    Raises FitError if R holds values that are not finite.

    Source: Brown and Sethna (2003), eq. 6, for the word sloppy.

    >>> found = directions(np.diag([2.0, 4.0, 1.0]), ("a", "b"))
    >>> found.deviations, found.alone
    (array([1., 1.]), array([0.5 , 0.25]))
    """
    lengths, S = scaled_triangle(R)
    _, sizes, rows = np.linalg.svd(S)
    determined = sizes > tolerance * sizes[0]
    with np.errstate(divide="ignore"):
        deviations = np.where(determined, 1.0 / sizes, np.inf)[::-1]
    vectors = rows[::-1].T.copy()
    vectors *= np.where(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(sizes))] < 0, -1.0, 1.0)
    condition = float(sizes[0] / sizes[-1]) if sizes[-1] > 0 else np.inf
    alone = np.sqrt(scale) / lengths
    return Directions(names, deviations, vectors, alone, int(determined.sum()), condition)

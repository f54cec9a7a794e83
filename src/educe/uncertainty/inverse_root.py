"""The inverse square root of the information: what every error bar is made of.

With R the triangle of [J | r], T = R[:p, :p] and D the lengths of the columns of T,

    (J'J)^-1 = D^-1 A A' D^-1,    A = (T D^-1)^-1   (p, p)

so covariance, standard errors, bands and leverages are lengths of rows of A, and J'J, whose condition
number is the square of that of J, is never formed. Scaling by D makes the units of the parameters
irrelevant.

Where J is not of full rank, A (p, rank) is the root of the pseudo-inverse, and the directions that the
data say nothing about are kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtrtri

from educe.errors import FitError

Floats: TypeAlias = NDArray[np.float64]

RANK_TOLERANCE = 1e-12
"""A direction is undetermined where its singular value, columns scaled to length 1, is below this share of
the largest.

Below it a computed Jacobian holds rounding only: its entries carry a relative error of some 1e-15, more
where the law has large arguments.
"""

_NULL_SHARE = 1e-8  # what of a unit vector may lie in the null space and still count as rounding
_SAFE_LENGTH = 1e-140  # columns shorter than this lose digits when squared


@dataclass(frozen=True)
class InverseRoot:
    """The factorisation above.

    lengths : (p,) -- D, lengths of the columns of the Jacobian; 1 where the column is zero
    root : (p, rank) -- A
    null : (p, p - rank) -- orthonormal directions without effect, in the scaled parameters D theta
    """

    lengths: Floats
    root: Floats
    null: Floats

    @property
    def rank(self) -> int:
        """Number of directions that the data determine."""
        return int(self.root.shape[1])

    def lengths_of(self, gradients: Floats) -> Floats:
        r"""Return :math:`\sqrt{g (J'J)^{-1} g'}` for each row g, ``inf`` for one the data say nothing
        about.

        gradients : (m, p) -- derivatives of some quantity with respect to the parameters
        """
        with np.errstate(invalid="ignore"):  # a gradient that is not finite has no length: nan
            scaled = gradients / self.lengths  # (m, p)
            result = row_lengths(scaled @ self.root)
            if self.null.shape[1]:
                outside = row_lengths(scaled @ self.null) > _NULL_SHARE * row_lengths(scaled)
                result[outside] = np.inf
        return result

    def undetermined(self) -> NDArray[np.bool_]:
        """Tell which parameters have a part in some direction without effect, shape (p,)."""
        return row_lengths(self.null) > _NULL_SHARE


def inverse_root(R: Floats, tolerance: float = RANK_TOLERANCE) -> InverseRoot:
    """Factorise the information held by a triangle.

    R : (p + 1, p + 1) -- upper triangle of [J | r], zeros below the diagonal
    tolerance : float, 0 < tolerance < 1 -- see RANK_TOLERANCE

    Raises FitError if R holds values that are not finite.

    >>> inverse_root(np.array([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 0.0, 1.0]])).rank
    2
    """
    regular = invert(R, tolerance)
    if regular is not None:
        lengths, root, _ = regular
        return InverseRoot(lengths, root, np.empty((lengths.size, 0)))
    return _deficient(R, tolerance)


def invert(R: Floats, tolerance: float = RANK_TOLERANCE) -> tuple[Floats, Floats, Floats] | None:
    """Return D, A and the squared lengths of the rows of A, or None unless J is clearly of full rank.

    The length of row i of A is 1 / (distance of the unit column i from the span of the others), so it
    tells the rank without a singular value decomposition: this is the path of every ordinary fit, some
    microseconds long.
    """
    T = R[:-1, :-1]
    if not T.size:
        return np.empty(0), np.empty((0, 0)), np.empty(0)
    lengths = np.sqrt(np.einsum("ij,ij->j", T, T))
    if not (np.minimum.reduce(lengths) > _SAFE_LENGTH and np.maximum.reduce(lengths) < 1 / _SAFE_LENGTH):
        return None
    root, singular = dtrtri(T / lengths)
    squares = np.einsum("ij,ij->i", root, root)
    if singular or not np.maximum.reduce(squares) < tolerance**-2:
        return None
    return lengths, root, squares


def scaled_triangle(R: Floats) -> tuple[Floats, Floats]:
    """Return D (1 for a zero column) and T D^-1, safe against overflow and underflow of squares.

    Raises FitError if R holds values that are not finite.
    """
    T = R[:-1, :-1]
    if not np.isfinite(R).all():
        raise FitError(
            "The triangle of the fit holds values that are not finite: "
            "the law or a derivative of it overflows or is undefined at these parameters."
        )
    largest = np.abs(T).max(axis=0, initial=0.0)
    largest[largest == 0] = 1.0
    unit = T / largest
    lengths = np.sqrt(np.einsum("ij,ij->j", unit, unit))
    lengths[lengths == 0] = 1.0
    return lengths * largest, unit / lengths


def _deficient(R: Floats, tolerance: float) -> InverseRoot:
    lengths, S = scaled_triangle(R)
    _, sizes, directions = np.linalg.svd(S)
    rank = int(np.count_nonzero(sizes > tolerance * sizes[0])) if sizes[0] > 0 else 0
    if rank == sizes.size:  # full rank after all: columns of extreme length
        return InverseRoot(lengths, dtrtri(S)[0], np.empty((rank, 0)))
    return InverseRoot(lengths, directions[:rank].T / sizes[:rank], directions[rank:].T)


def row_lengths(matrix: Floats) -> Floats:
    """Return the Euclidean length of each row, shape (m,)."""
    result: Floats = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    return result

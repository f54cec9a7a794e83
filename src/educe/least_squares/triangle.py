"""The triangle: the upper factor R of a QR factorisation of [J | r], all that a solver sees of the data."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

DEPENDENT = (
    1e-13  # a column whose distance from the span of those before it is this share of its length lies in it
)

_dgeqrf = lapack.dgeqrf
_dtrtrs = lapack.dtrtrs


@cache
def _upper(k: int) -> Array:
    """Return the k x k mask with ones on and above the diagonal, in Fortran order."""
    return np.asfortranarray(np.triu(np.ones((k, k))))


def triangularise(matrix: Array, *, overwrite: bool = False) -> Array:
    """Return R of the QR factorisation of a matrix, square and upper triangular.

    matrix : (n, k) float64, Fortran order for speed -- rows, usually [J | r]
    overwrite : bool -- the matrix may be destroyed
    Returns R : (k, k), with R'R = matrix' matrix; rows of zeros below when n < k.

    Source: Golub and Van Loan (2013), section 5.2 (Householder QR).

    >>> R = triangularise(np.array([[3.0, 1.0], [4.0, 1.0]]))
    >>> bool(np.allclose(R.T @ R, [[25.0, 7.0], [7.0, 2.0]]))
    True
    """
    n, k = matrix.shape
    if n < k:
        padded = np.zeros((k, k), order="F")
        padded[:n] = matrix
        matrix, overwrite = padded, True
    factors: Array = _dgeqrf(matrix, overwrite_a=overwrite)[0]
    return factors[:k] * _upper(k)


def triangle_rows(matrix: Array) -> list[list[float]]:
    """Return R of the QR factorisation of a matrix as rows of floats; what stands below the diagonal means nothing.

    matrix : (n, k) float64, Fortran order; destroyed

    >>> triangle_rows(np.array([[3.0], [4.0]], order="F"))[0][0]
    -5.0
    """
    n, k = matrix.shape
    if n < k:
        rows: list[list[float]] = triangularise(matrix).tolist()
    else:
        rows = _dgeqrf(matrix, 32 * k, 1)[0][:k].tolist()  # by position: a keyword costs as much as the work
    return rows


def upper(rows: list[list[float]]) -> Array:
    """Return the rows of `triangle_rows` as an array, with zeros below the diagonal."""
    return np.array(rows) * _upper(len(rows))


def merge(first: Array, second: Array) -> Array:
    """Return the triangle of both sets of rows, given the triangle of each.

    first, second : (k, k) upper triangular
    Returns R : (k, k) with R'R = first'first + second'second.

    >>> R = merge(np.array([[3.0]]), np.array([[4.0]]))
    >>> float(abs(R[0, 0]))
    5.0
    """
    k = len(first)
    stacked = np.empty((2 * k, k), order="F")
    stacked[:k] = first
    stacked[k:] = second
    return triangularise(stacked, overwrite=True)


def solve_upper(R: Array, b: Array) -> Array | None:
    """Solve R x = b by back substitution; None when a diagonal element is exactly zero.

    R : (k, k) upper triangular;  b : (k,) or (k, m)
    """
    x, info = _dtrtrs(R, b)
    return None if info else x


def squared_length(R: Array) -> float:
    """Return the squared length of the last column: the residual sum of squares of [J | r].

    R : (k, k) upper triangular
    """
    column = R[:, -1]
    return float(column.dot(column))

"""What compiled loops call to fold a block of rows into a triangle.

Sources: fold, Golub and Van Loan (2013), section 5.2, for a triangle on top of a block; sums of products of rows made
nearly orthonormal, Garrison and Ipsen (2024).
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

DEPENDENT = (
    1e-12  # relative distance from the span of earlier columns, below which a column is left to `fold`
)
ANY_ORDER = {"contract", "reassoc", "nsz"}  # sums may be vectorised, in an order that is always the same


@numba.njit(fastmath=ANY_ORDER, cache=True, forceinline=True)
def dot(a: Any, b: Any, n: int) -> float:
    """Return the sum of products of the first n entries."""
    total = 0.0
    for i in range(n):
        total += a[i] * b[i]
    return total


@numba.njit(fastmath=ANY_ORDER, cache=True, forceinline=True)
def add_multiple(factor: float, a: Any, b: Any, n: int) -> None:
    """Add factor * a to b."""
    for i in range(n):
        b[i] += factor * a[i]


@numba.njit(fastmath=ANY_ORDER, cache=True, forceinline=True)
def all_finite(block: Any, columns: int, n: int) -> bool:
    """Whether all entries of the first n rows are finite."""
    total = 0.0
    for k in range(columns):
        row = block[k]
        for i in range(n):
            total += row[i] * 0.0
    return total == 0.0


@numba.njit(nogil=True, error_model="numpy", fastmath=ANY_ORDER, cache=True)
def moments(y: Any) -> tuple[float, float]:
    """Return the mean and the sum of squares about it, of a column (n,), n > 0.

    Source: Chan, Golub and LeVeque (1979), for blocks merged one by one.
    """
    n, mean, squares = 0, 0.0, 0.0
    for begin in range(0, y.shape[0], 1024):
        block = y[begin : begin + 1024]
        m, total, about = block.shape[0], 0.0, 0.0
        for i in range(m):
            total += block[i]
        middle = total / m
        for i in range(m):
            about += (block[i] - middle) * (block[i] - middle)
        apart = middle - mean
        squares += about + apart * apart * (n * (m / (n + m)))
        mean += apart * (m / (n + m))
        n += m
    return mean, squares


@numba.njit(error_model="numpy", cache=True, forceinline=True)
def fold(block: Any, n: int, R: Any) -> None:
    """Turn the triangle R, (q, q), with a block of n rows below it, given by columns (q, >= n), into their triangle.

    Householder's reflections, structured: above the block only the diagonal of R takes part.
    """
    q = R.shape[0]
    for k in range(q):
        column = block[k]
        below = dot(column, column, n)
        if below == 0.0:
            continue
        top = R[k, k]
        length = math.sqrt(top * top + below)
        diagonal = -length if top > 0 else length
        v = top - diagonal
        tau, by_v = -v / diagonal, 1.0 / v
        R[k, k] = diagonal
        for j in range(k + 1, q):
            w = tau * (R[k, j] + by_v * dot(column, block[j], n))
            R[k, j] -= w
            add_multiple(-w * by_v, column, block[j], n)


@numba.njit(cache=True)
def picked(column: Any, step: int, count: int) -> Any:
    """Return `count` entries of a column, one in each `step`; none of a column without entries."""
    found = np.empty(count if column.shape[0] else 0)
    for i in range(found.shape[0]):
        found[i] = column[i * step]
    return found


@numba.njit(error_model="numpy", cache=True)
def prepared(S: Any, scale: float) -> bool:
    """Multiply a triangle of few rows by a factor and invert its diagonal; False where that is hardly possible."""
    q = S.shape[0]
    for j in range(q):
        length = 0.0
        for i in range(j + 1):
            S[i, j] *= scale
            length += S[i, j] * S[i, j]
        if not abs(S[j, j]) > DEPENDENT * math.sqrt(length):
            return False
        S[j, j] = 1.0 / S[j, j]
    return True


@numba.njit(error_model="numpy", cache=True)
def completed(G: Any, S: Any, R: Any) -> bool:
    r"""Give R the triangle chol(G) S of all rows; False where sums of products had too few digits for it.

    G : (q, q), sums of products of the rows times inverse S, its upper half; destroyed
    S : (q, q), with its diagonal inverted

    With a pivot below a share of 1/100 of its sum, the rows are not those that S was made of.
    """
    q = G.shape[0]
    for j in range(q):
        length = G[j, j]
        for i in range(j):
            total = G[i, j]
            for k in range(i):
                total -= G[k, i] * G[k, j]
            G[i, j] = total / G[i, i]
        pivot = length
        for i in range(j):
            pivot -= G[i, j] * G[i, j]
        if not pivot > 0.01 * length:
            return False
        G[j, j] = math.sqrt(pivot)
    for j in range(q):
        diagonal = 1.0 / S[j, j]
        for i in range(j + 1):
            total = G[i, j] * diagonal
            for k in range(i, j):
                total += G[i, k] * S[k, j]
            R[i, j] = total
    return True


@numba.njit(cache=True)
def counting_order(keys: Any, count: int) -> Any:
    """Return the stable order, (n,), that sorts whole numbers from 0 to count - 1."""
    places = np.zeros(count + 1, dtype=np.int64)
    for key in keys:
        places[key + 1] += 1
    for k in range(count):
        places[k + 1] += places[k]
    order = np.empty(len(keys), dtype=np.int64)
    for i in range(len(keys)):
        order[places[keys[i]]] = i
        places[keys[i]] += 1
    return order

"""What compiled fits of small data sets call: a damped step from a triangle, and standard errors.

Only compiled code imports this file. Sources: Marquardt (1963); rotations, Golub and Van Loan (2013), section 5.1.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

ENOUGH = 1e-6  # share of a squared length that must be left: the triangle then has 10 digits
LOST = 1e-10  # the same of the residuals, of which only the length is wanted
DEPENDENT = (
    1e-12  # a column whose distance from the span of those before it is this share of its length lies in it
)


@numba.njit(error_model="numpy", inline="always")
def cholesky(q: int, G: Any) -> bool:
    """Turn G = [J | r]'[J | r] into the triangle of [J | r]; False where that lost too many digits."""
    for k in range(q):
        d = G[k, k]
        whole = d
        for i in range(k):
            d -= G[i, k] * G[i, k]
        if k == q - 1:
            G[k, k] = math.sqrt(d) if d > 0.0 else 0.0
            return d > LOST * whole
        if not d > ENOUGH * whole:
            return False
        root = math.sqrt(d)
        G[k, k] = root
        inverse = 1.0 / root
        for j in range(k + 1, q):
            total = G[k, j]
            for i in range(k):
                total -= G[i, k] * G[i, j]
            G[k, j] = total * inverse
    return True


@numba.njit(error_model="numpy", cache=True)
def slope_of(S: Any, k: int, exact: bool) -> float:
    """Return the k-th entry of J'r, from the triangle of [J | r] if exact, else from its products."""
    p = S.shape[0] - 1
    if not exact:
        return S[k, p]
    slope = 0.0
    for m in range(k + 1):
        slope += S[m, k] * S[m, p]
    return slope


@numba.njit(error_model="numpy", inline="always")
def normal_step(p: int, G: Any, damping: float, held: Any, work: Any, step: Any) -> float:
    """Fill step as `damped_step` does, from G = [J | r]'[J | r]; nan where that has too few digits for it."""
    for k in range(p):
        for j in range(k, p + 1):
            work[k, j] = 0.0 if held[k] or (j < p and held[j]) else G[k, j]
        work[k, k] = 1.0 if held[k] else G[k, k] * (1.0 + damping)
    for k in range(p):
        whole = work[k, k]
        d = whole
        for i in range(k):
            d -= work[i, k] * work[i, k]
        if not d > ENOUGH * whole:
            return math.nan
        inverse = 1.0 / math.sqrt(d)
        work[k, k] = inverse
        for j in range(k + 1, p + 1):
            total = work[k, j]
            for i in range(k):
                total -= work[i, k] * work[i, j]
            work[k, j] = total * inverse
    promised = 0.0
    for i in range(p - 1, -1, -1):
        total = work[i, p]
        promised += total * total
        for j in range(i + 1, p):
            total -= work[i, j] * step[j]
        step[i] = total * work[i, i]
    for i in range(p):  # |z|^2 is the fall of the damped model; without damping it falls by more
        if held[i]:
            step[i] = 0.0
        else:
            promised += damping * G[i, i] * step[i] * step[i]
    return promised


@numba.njit(error_model="numpy", inline="always")
def prepare(R: Any, damping: float, held: Any, work: Any, row: Any) -> None:
    """Fill work, (p, p+1), with the triangle of R_p on top of sqrt(damping) D, the parameters held left out of both.

    R : (p+1, p+1), the triangle of [J | r];  held : (p,) bool;  row : (p,) scratch;  D : the length of each column
    """
    p = R.shape[0] - 1
    for i in range(p):
        for j in range(p + 1):
            work[i, j] = R[i, j] if j >= i and (j == p or not held[j]) else 0.0
    scale = math.sqrt(damping)
    for k in range(p):
        squares = 0.0
        for i in range(k + 1):
            squares += R[i, k] * R[i, k]
        for j in range(p):
            row[j] = 0.0
        row[k] = 1.0 if held[k] else scale * math.sqrt(squares)
        tail = 0.0
        for i in range(k, p):
            if row[i] == 0.0:
                continue
            h = math.sqrt(work[i, i] * work[i, i] + row[i] * row[i])
            c, s = work[i, i] / h, row[i] / h
            for j in range(i, p):
                a, b = work[i, j], row[j]
                work[i, j] = c * a + s * b
                row[j] = c * b - s * a
            a = work[i, p]
            work[i, p] = c * a + s * tail
            tail = c * tail - s * a


@numba.njit(error_model="numpy", cache=True)
def damped_step(R: Any, damping: float, held: Any, work: Any, step: Any) -> float:
    """Fill step, (p,), with the least of |R_p step - z|^2 + damping |D step|^2; return the fall that it promises.

    The fall is that of the quadratic model without damping; nan where the parameters cannot be told apart.
    """
    p = R.shape[0] - 1
    prepare(R, damping, held, work, step)
    for i in range(p - 1, -1, -1):
        total = work[i, p]
        for j in range(i + 1, p):
            total -= work[i, j] * step[j]
        if work[i, i] == 0.0:
            return math.nan
        step[i] = 0.0 if held[i] else total / work[i, i]
    fall = 0.0
    for i in range(p):
        fitted = -R[i, p]
        for j in range(i, p):
            fitted += R[i, j] * step[j]
        fall += R[i, p] * R[i, p] - fitted * fitted
    return fall


@numba.njit(error_model="numpy", inline="always")
def errors(R: Any, held: Any, work: Any, row: Any, out: Any) -> bool:
    """Fill out, (p,), with the lengths of the rows of R_p^-1, 0 for what is held; False where R is singular."""
    p = R.shape[0] - 1
    prepare(R, 0.0, held, work, row)
    for i in range(p):
        out[i] = 0.0
        squares = 0.0
        for j in range(i + 1):
            squares += R[j, i] * R[j, i]
        if not abs(work[i, i]) > DEPENDENT * math.sqrt(squares):
            return False
    for k in range(p):  # the k-th column of the inverse, by back substitution
        for i in range(k, -1, -1):
            total = 1.0 if i == k else 0.0
            for j in range(i + 1, k + 1):
                total -= work[i, j] * row[j]
            row[i] = total / work[i, i]
        if not held[k]:
            for i in range(k + 1):
                out[i] += row[i] * row[i]
    for i in range(p):
        out[i] = 0.0 if held[i] else math.sqrt(out[i])
    return True


@numba.njit(error_model="numpy", cache=True)
def reduced_cost(R: Any, linear: int) -> float:
    """Return the sum of squares left when the first `linear` parameters are at their best for the others."""
    p = R.shape[0] - 1
    total = 0.0
    for i in range(linear, p + 1):
        total += R[i, p] * R[i, p]
    return total


@numba.njit(error_model="numpy", cache=True)
def solve_linear(R: Any, linear: int, theta: Any) -> None:
    """Move the first `linear` parameters to their best for the others, where the triangle tells it."""
    p = R.shape[0] - 1
    for i in range(linear - 1, -1, -1):
        if R[i, i] == 0.0:
            return
    step = np.empty(linear)
    for i in range(linear - 1, -1, -1):
        total = R[i, p]
        for j in range(i + 1, linear):
            total -= R[i, j] * step[j]
        step[i] = total / R[i, i]
    for i in range(linear):
        theta[i] += step[i]

"""Variable projection: linear parameters are solved for exactly, only the others are searched.

A law f = f0(alpha) + sum_k c_k phi_k(alpha) is linear in c. One triangle of

    [ phi_1 .. phi_m | derivatives of the phi_k and of f0 with respect to alpha | y - f0 ]

holds the best c for this alpha and the triangle of the problem that is left when c always follows.
The data are read once; nothing but small matrices is touched afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from educe.least_squares.few import MOST
from educe.least_squares.triangle import DEPENDENT, Array, solve_upper, triangularise
from educe.least_squares.written_out import Rows, elimination, restoration

OFFSET = -1


@dataclass(frozen=True)
class Pattern:
    """Which column of the wide triangle is the derivative of what.

    linear : m, number of linear parameters;  nonlinear : q, number of the others
    columns : (k, j) for each derivative column: d phi_k / d alpha_j; k = OFFSET for d f0 / d alpha_j
    """

    linear: int
    nonlinear: int
    columns: tuple[tuple[int, int], ...]

    @cached_property
    def diagonal(self) -> bool:
        """Whether each alpha has exactly one derivative column, in order: then no second QR is needed."""
        return tuple(j for _, j in self.columns) == tuple(range(self.nonlinear))

    @cached_property
    def rows_factors(self) -> tuple[int | None, ...]:
        """The factors of what `Problem.projected_rows` gives: several columns of one alpha are summed there."""
        return self.factors if self.diagonal else (None,) * self.nonlinear

    @cached_property
    def factors(self) -> tuple[int | None, ...]:
        """For each derivative column, which phi it belongs to; None for the offset."""
        return tuple(None if k == OFFSET else k for k, _ in self.columns)


def eliminate(wide: Array, pattern: Pattern) -> tuple[list[float], Array | Rows]:
    """Return the best linear parameters and the triangle of the projected problem.

    wide : (m + d + 1, m + d + 1) triangle of [phi | derivatives | y - f0]; overwritten
    Returns c (m floats) and R : (q+1, q+1), triangle of [P J_alpha | P r], where P projects away the span
    of the phi_k. The derivative of c itself is left out (Kaufman's approximation), which changes no minimum.

    Both are not a number where the wide triangle is not finite.

    Source: Golub and Pereyra (1973); Kaufman (1975).
    """
    m = pattern.linear
    if pattern.diagonal and pattern.nonlinear <= MOST:
        found = elimination(m, pattern.factors)(wide.tolist())
        if found is not None:
            return found[0], found[1]
    if not np.isfinite(wide).all():
        return [np.nan] * m, np.full((pattern.nonlinear + 1,) * 2, np.nan)
    c = best_linear(wide, m)
    wide, m = _independent(wide, m)
    rest = wide[m:, m:]
    _forget_dependent(wide, m)
    factors = [1.0 if k == OFFSET else c[k] for k, _ in pattern.columns]
    if pattern.diagonal:
        rest[:, :-1] *= factors
        return c, rest
    combine = np.zeros((len(factors), pattern.nonlinear))
    for row, (_, j) in enumerate(pattern.columns):
        combine[row, j] = factors[row]
    columns = np.empty((len(rest), pattern.nonlinear + 1), order="F")
    columns[:, :-1] = rest[:, :-1] @ combine
    columns[:, -1] = rest[:, -1]
    return c, triangularise(columns, overwrite=True)


def restored(rows: Rows, c: list[float], pattern: Pattern) -> Rows:
    """Return the triangle of [J | r] in all parameters from the projected rows.

    rows : (m + q + 1, m + q + 1);  c : the best linear parameters, for which Q'r begins with m zeros
    """
    return restoration(pattern.linear, pattern.rows_factors)(rows, c)


def _independent(wide: Array, m: int) -> tuple[Array, int]:
    """Return the triangle without the phi_k that lie in the span of those before them, and how many are left.

    Where such a column stays, its row of the triangle is any direction, and what the residuals have along it is lost.
    """
    R = wide[:m, :m]
    kept = np.flatnonzero(np.abs(R.diagonal()) > DEPENDENT * np.sqrt(np.einsum("ij,ij->j", R, R)))
    if len(kept) == m:
        return wide, m
    return triangularise(np.asfortranarray(wide[:, [*kept, *range(m, len(wide))]]), overwrite=True), len(kept)


def _forget_dependent(wide: Array, m: int) -> None:
    """Set to zero what is left of a derivative that lies in the span of the phi_k: it is rounding only."""
    inside = DEPENDENT * np.abs(wide[:m, m:-1]).max(axis=0, initial=0.0)
    left = np.abs(wide[m:, m:-1]).max(axis=0)
    wide[m:, m:-1][:, left <= inside] = 0.0


def best_linear(wide: Array, m: int) -> list[float]:
    """Return c that minimises |y - f0 - phi c|, of least length where the phi_k are dependent.

    wide : triangle whose first m columns are the phi_k and whose last is y - f0
    """
    R, z = wide[:m, :m], wide[:m, -1]
    if m == 1:
        return [float(z[0]) / float(R[0, 0])] if R[0, 0] else [0.0]
    size = np.sqrt(np.einsum("ij,ij->j", R, R))
    if (np.abs(R.diagonal()) > DEPENDENT * size).all():
        c = solve_upper(R, z)
        if c is not None:
            return [float(value) for value in c]
    size[size == 0.0] = 1.0
    shortest = np.linalg.lstsq(R / size, z, rcond=DEPENDENT)[0] / size
    return [float(value) for value in shortest]

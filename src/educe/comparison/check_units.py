"""What a check looks at: the residuals of a fit, row by row, or cell by cell where there are very many rows.

Residuals of a fitted law are not noise: the fit has taken out of them whatever its parameters could follow. To
first order

    r = (I - Q Q') e        Q (n, k) orthonormal, spanning the columns of the weighted Jacobian

so a smoother must be judged by what it makes of (I - Q Q') e, not of e. Means over cells, A r with A A' = I, have
the covariance I - (A Q)(A Q)', whose symmetric root is I - U (1 - sqrt(1 - s^2)) U' with A Q = U s V'. Rows and
cells are therefore one case: r = M e with M = I - U diag(c) U', and c = 1 for rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.least_squares.losses import LOSSES

if TYPE_CHECKING:
    from educe.fitting.result import Fit

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_UNITS = 2000  # rows above which they are gathered into cells
AT_BOUND = 1e-9  # distance from a bound, relative, at which a parameter is held by it


@dataclass(frozen=True, eq=False)
class Units:
    """Residuals as they are tested, in an order of their own.

    r : (n,) weighted residuals, of a robust loss its psi(r);  inputs : {name: (n,)} of the law
    fitted : (n,) values of the law;  weight : (n,) 1/sigma relative to its mean
    residual : (n,) in the unit of the response;  precision : (n,) rows over sigma^2, relative
    U, c : (n, k) and (k,), what the fit took out, as above;  cell : (rows,) the unit of each row;  size : (n,)
    """

    r: Floats
    inputs: dict[str, Floats]
    fitted: Floats
    weight: Floats
    residual: Floats
    precision: Floats
    U: Floats
    c: Floats
    cell: Indices
    size: Floats

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.r)

    @property
    def gathered(self) -> bool:
        """Whether a unit is a cell of several rows."""
        return len(self.cell) > self.n

    @property
    def dof(self) -> float:
        """Expected r'r of noise of variance 1: the trace of M M'."""
        return self.n - float(np.sum(1.0 - (1.0 - self.c) ** 2))

    @property
    def left(self) -> Floats:
        """(n,) variance that the fit has left to each residual: 1 - leverage."""
        return np.asarray(1.0 - np.square(self.U) @ (1.0 - (1.0 - self.c) ** 2))

    def through(self, e: Floats) -> Floats:
        """Return M e: what noise e, (n,) or (n, m), becomes when the law is fitted to it."""
        taken = self.U.T @ e
        return np.asarray(e - self.U @ (self.c[:, None] * taken if e.ndim == 2 else self.c * taken))


def units_of(fit: Fit) -> Units:
    """Return the residuals of a fit as they are tested."""
    r, J = _influences(fit), fit.weighted_jacobian[:, _free(fit)]
    names = fit.law_variables
    # with errors in x, where the law passes nearest to the row: residuals lean along x as it was measured
    inputs = {name: fit.rows.columns[name] + fit.shifts.get(name, 0.0) for name in names}
    if not inputs:  # a constant: what is left is looked at in the order of the rows
        inputs = {"row": np.arange(1.0, len(r) + 1)}
    sigma = np.ones(len(r)) if fit.rows.sigma is None else fit.rows.sigma
    weight = 1.0 / sigma / float(np.mean(1.0 / sigma))
    Q = _basis(J, fit.discernible)
    r = r - Q @ (
        Q.T @ r
    )  # of a saved fit only some rows may be here: the law is fitted to these, to first order
    rows = Units(
        r, inputs, fit.fitted, weight, r * sigma, weight * weight, Q, np.ones(Q.shape[1]),
        np.arange(len(r)), np.ones(len(r)),
    )  # fmt: skip
    if len(r) <= MOST_UNITS:
        return rows
    return _gathered(rows, cells(np.column_stack(list(inputs.values())), MOST_UNITS))


def cells(X: Floats, most: int) -> Indices:
    """Return the cell of each row, (n,): `most` cells at most, of equally many rows near each other.

    X : (n, d). Halved again and again at the median of the input along which a cell is widest in ranks.

    >>> cells(np.arange(8.0)[:, None], 4).tolist()
    [0, 0, 1, 1, 2, 2, 3, 3]
    """
    ranks = np.argsort(np.argsort(X, axis=0, kind="stable"), axis=0, kind="stable")
    parts: list[Indices] = [np.arange(len(X))]
    while 2 * len(parts) <= most:
        parts = [half for part in parts for half in _halves(part, ranks)]
    cell = np.empty(len(X), dtype=np.intp)
    for number, part in enumerate(parts):
        cell[part] = number
    return cell


def _halves(part: Indices, ranks: Indices) -> tuple[Indices, Indices]:
    along = ranks[part, int(np.argmax(np.ptp(ranks[part], axis=0)))]
    order = np.argsort(along, kind="stable")
    middle = len(part) // 2
    return part[order[:middle]], part[order[middle:]]


def _gathered(rows: Units, cell: Indices) -> Units:
    """Return cells in place of rows: sums over a cell divided by the root of its size, so that A A' = I."""
    size = np.bincount(cell).astype(np.float64)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(cell, values) / size)

    AQ = np.column_stack([np.bincount(cell, q) for q in rows.U.T]) / np.sqrt(size)[:, None]
    precision = np.asarray(np.bincount(cell, rows.precision), dtype=np.float64)
    U, s, _ = np.linalg.svd(AQ, full_matrices=False)
    return Units(
        r=mean(rows.r) * np.sqrt(size),
        inputs={name: mean(column) for name, column in rows.inputs.items()},
        fitted=mean(rows.fitted),
        weight=mean(rows.weight),
        residual=np.bincount(cell, rows.precision * rows.residual) / precision,
        precision=precision,
        U=U,
        c=1.0 - np.sqrt(np.clip(1.0 - s * s, 0.0, 1.0)),
        cell=cell,
        size=size,
    )


def _influences(fit: Fit) -> Floats:
    """Return the weighted residuals; of a robust loss s psi(r/s), which is orthogonal to J as they are."""
    r = fit.weighted_residuals
    if fit.convention.loss == "linear":
        return r
    bend = fit.convention.loss_scale or 1.0
    return bend * LOSSES[fit.convention.loss].psi(r / bend)


def _free(fit: Fit) -> list[int]:
    """Return the free parameters that no bound holds: only these could follow the noise."""
    limits = {p.name: (p.lower, p.upper) for p in fit.parameters}
    return [
        k
        for k, (name, value) in enumerate(zip(fit.names, fit.theta.tolist(), strict=True))
        if all(
            abs(value - end) > AT_BOUND * max(abs(value), abs(end))
            for end in limits[name]
            if np.isfinite(end)
        )
    ]


def _basis(J: Floats, tolerance: float) -> Floats:
    """Return an orthonormal basis, (n, k), of the columns of J that the data can tell apart."""
    lengths = np.linalg.norm(J, axis=0)
    J = J[:, lengths > 0.0] / lengths[lengths > 0.0]
    if not J.shape[1]:
        return np.empty((len(J), 0))
    Q, R = np.linalg.qr(J)
    U, s, _ = np.linalg.svd(R)
    return np.asarray(Q @ U[:, s > tolerance * s[0]])

"""Many candidates at once, each with its linear parameters solved for: batched variable projection.

A law f = f0(alpha) + sum_k c_k phi_k(alpha) is linear in c. For S candidates alpha the columns phi_k are
computed as one array (S, m, n), orthogonalised by modified Gram-Schmidt, and what is left of y - f0 is the
residual with the best c. Columns that do not depend on alpha are projected away once, at the beginning.

Source: Golub and Pereyra (1973); Kaufman (1975) for the derivative without that of c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, Stage, affine_parts, compile_stages, gradient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Array = NDArray[np.float64]

BLOCK = 60_000  # numbers in one block of columns: what fits the second-level cache
DEPENDENT = 1e-11  # a column this close to the span of the others (relative) counts as one of them

ROUNDING = 1e-10  # a derivative this close to the span of the columns (relative) is taken to lie in it


class Projected(NamedTuple):
    """The projected problem at S candidates.

    cost : (S,) -- residual sum of squares with the best linear parameters; inf where the law is not finite
    residual : (S, n);  frame : (S, m, n) orthonormal, spans the columns;  c : (S, m) linear parameters
    """

    cost: Array
    residual: Array
    frame: Array
    c: Array


class Projection:
    """A law with its data, ready for many candidates of its nonlinear parameters.

    linear, nonlinear : names
    fixed_columns : the linear parameters whose column is the same for every candidate
    """

    def __init__(
        self,
        expression: Expression,
        linear: Sequence[str],
        nonlinear: Sequence[str],
        *,
        columns: Mapping[str, Array],
        response: Array,
        weights: Array | None = None,
    ) -> None:
        offset, basis = affine_parts(expression, linear)
        pairs = list(zip(linear, basis, strict=True))
        moving = [(c, phi) for c, phi in pairs if not phi.free_names.isdisjoint(nonlinear)]
        still = [(c, phi) for c, phi in pairs if phi.free_names.isdisjoint(nonlinear)]
        self.moving = moving
        self.linear = tuple(c for c, _ in moving)
        self.fixed_columns = tuple(c for c, _ in still)
        self.nonlinear = tuple(nonlinear)
        self.n = len(response)
        self.weights = weights
        self.names = tuple(columns)
        data = [columns[name] for name in self.names]
        arguments = self.nonlinear
        self.offset_moves = not offset.free_names.isdisjoint(nonlinear)
        outputs = [phi for _, phi in moving] + ([offset] if self.offset_moves else [])
        (self._basis,) = compile_stages(self.names, [Stage(arguments, tuple(outputs))]).bind(*data)
        slopes = gradient(expression, nonlinear)
        needed = arguments + self.linear
        (self._slopes,) = compile_stages(self.names, [Stage(needed, tuple(slopes))]).bind(*data)
        self._project_fixed([phi for _, phi in still], offset, response, data)

    def _project_fixed(
        self, still: list[Expression], offset: Expression, y: Array, data: list[Array]
    ) -> None:
        outputs = (*still, *(() if self.offset_moves else (offset,)))
        values = np.empty((len(outputs), self.n))
        (compute,) = compile_stages(self.names, [Stage((), outputs)]).bind(*data)
        compute(list(values))
        known = y.copy() if self.offset_moves else y - values[-1]
        fixed = values[: len(still)]
        if self.weights is not None:
            known, fixed = known * self.weights, fixed * self.weights
        q, r = np.linalg.qr(fixed.T) if len(fixed) else (np.empty((self.n, 0)), np.empty((0, 0)))
        diagonal = np.abs(r.diagonal())
        regular = diagonal > DEPENDENT * np.sqrt((r * r).sum(axis=0))[: len(diagonal)]
        self.fixed_frame = np.ascontiguousarray(q[:, regular])  # (n, m0)
        self._fixed = fixed
        self._known = known
        self.target = self.without_fixed(known)

    def without_fixed(self, rows: Array) -> Array:
        """Return rows (..., n) without their part in the span of the fixed columns."""
        if not self.fixed_frame.shape[1]:
            return rows
        flat = rows.reshape(-1, self.n)
        left: Array = flat - (flat @ self.fixed_frame) @ self.fixed_frame.T
        return left.reshape(rows.shape)

    def columns(self, alpha: Array) -> tuple[Array, Array]:
        """Return the moving columns (S, m, n) and the target (S, n), fixed columns projected away.

        alpha : (S, q)
        """
        S, m = len(alpha), len(self.linear)
        values = np.empty((S, m + self.offset_moves, self.n))
        self._basis(*alpha.T[:, :, None], list(values.swapaxes(0, 1)))
        if self.weights is not None:
            values *= self.weights
        values = self.without_fixed(values)
        if self.offset_moves:
            return values[:, :m], self.target - values[:, m]
        return values, np.broadcast_to(self.target, (S, self.n)).copy()

    def project(self, alpha: Array) -> Projected:
        """Return the projected problem at S candidates, (S, q)."""
        with np.errstate(all="ignore"):
            frame, residual = self.columns(alpha)
            c = orthogonalise(frame, residual)
            cost = np.einsum("ij,ij->i", residual, residual)
        return Projected(np.where(np.isfinite(cost), cost, np.inf), residual, frame, c)

    def normal(self, alpha: Array, at: Projected) -> tuple[Array, Array]:
        """Return J'J (S, q, q) and J'r (S, q) of the projected problem, in Kaufman's approximation."""
        S, q = alpha.shape
        J = np.empty((S, q, self.n))
        with np.errstate(all="ignore"):
            self._slopes(*alpha.T[:, :, None], *at.c.T[:, :, None], list(J.swapaxes(0, 1)))
            if self.weights is not None:
                J *= self.weights
            whole = np.einsum("sqn,sqn->sq", J, J)
            J = self.without_fixed(J)
            if at.frame.shape[1]:
                J = J - (J @ at.frame.swapaxes(1, 2)) @ at.frame
            normal = J @ J.swapaxes(1, 2)
            # what only rounding has left of a column must not steer a step
            J[np.einsum("sqq->sq", normal) <= ROUNDING**2 * whole] = 0.0
            return J @ J.swapaxes(1, 2), (J @ at.residual[:, :, None])[:, :, 0]

    def blocks(self, count: int, *, breadth: int = 0) -> Iterator[slice]:
        """Yield slices of `count` candidates, each small enough for the cache."""
        width = max(breadth, len(self.linear) + 1)
        step = max(1, BLOCK // (self.n * width))
        yield from (slice(k, min(k + step, count)) for k in range(0, count, step))

    def cost(self, alpha: Array) -> Array:
        """Return the cost (S,) of candidates (S, q)."""
        cost = np.empty(len(alpha))
        for block in self.blocks(len(alpha)):
            cost[block] = self.project(alpha[block]).cost
        return cost

    def fitted(self, alpha: Array) -> dict[str, tuple[float, float]]:
        """Return the best value of every linear parameter at one candidate (q,), and the length of its column."""
        m = len(self.linear)
        values = np.empty((m + self.offset_moves, 1, self.n))
        with np.errstate(all="ignore"):
            self._basis(*alpha[:, None, None], list(values))
        values = values[:, 0]
        if self.weights is not None:
            values *= self.weights
        known = self._known - values[m] if self.offset_moves else self._known
        matrix = np.concatenate([values[:m], self._fixed]).T  # (n, m + m0)
        names = self.linear + self.fixed_columns
        with np.errstate(all="ignore"):
            size = np.sqrt((matrix * matrix).sum(axis=0))
            size[size == 0.0] = 1.0
            scaled = matrix / size
        if not np.isfinite(scaled).all() or not np.isfinite(known).all():
            return dict.fromkeys(names, (np.nan, 1.0))
        c = np.linalg.lstsq(scaled, known, rcond=1e-14)[0] / size
        return dict(zip(names, zip(c.tolist(), size.tolist(), strict=True), strict=True))


def orthogonalise(frame: Array, residual: Array) -> Array:
    """Orthonormalise the columns of `frame` in place, subtract them from `residual`; return the coefficients.

    frame : (S, m, n);  residual : (S, n).  Returns c : (S, m), zero for columns dependent on those before.

    Source: modified Gram-Schmidt on [A | b], Björck (1967).
    """
    S, m, _ = frame.shape
    R = np.zeros((S, m, m))
    z = np.zeros((S, m))
    before = np.einsum("skn,skn->sk", frame, frame)
    for k in range(m):
        q = frame[:, k]
        size = np.einsum("sn,sn->s", q, q)
        regular = size > DEPENDENT**2 * before[:, k]
        length = np.sqrt(np.where(regular, size, 1.0))
        q *= np.where(regular, 1.0 / length, np.where(np.isfinite(size), 0.0, np.nan))[:, None]
        R[:, k, k] = np.where(regular, length, 0.0)
        if k + 1 < m:
            later = frame[:, k + 1 :]
            R[:, k, k + 1 :] = (later @ q[:, :, None])[:, :, 0]
            later -= R[:, k, k + 1 :, None] * q[:, None, :]
        z[:, k] = np.einsum("sn,sn->s", q, residual)
        residual -= z[:, k, None] * q
    return _back_substituted(R, z)


def _back_substituted(R: Array, z: Array) -> Array:
    S, m = z.shape
    c = np.zeros((S, m))
    for k in range(m - 1, -1, -1):
        rest = z[:, k] - np.einsum("sj,sj->s", R[:, k, k + 1 :], c[:, k + 1 :])
        c[:, k] = np.where(R[:, k, k] > 0, rest / np.where(R[:, k, k] > 0, R[:, k, k], 1.0), 0.0)
    return c

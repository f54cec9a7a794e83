r"""Where rows meet networks: costs and normal equations of many networks side by side.

Where the output is linear in the last layer (activation identity), that layer is solved for exactly and only
the hidden parameters alpha are searched: variable projection. With Phi the values of the last hidden layer and a
row of ones, c the last layer, J the derivatives with respect to alpha with c in place,

.. math::

    c = (\Phi W \Phi^T + \rho + \epsilon)^{-1} \Phi W y, \qquad
    A = J W J^T + \rho - J W \Phi^T (\Phi W \Phi^T + \rho + \epsilon)^{-1} \Phi W J^T, \qquad
    g = J W r - \rho\,\alpha

rho is the penalty on squared weights, epsilon a slight one on the last layer: without it, nodes that are almost equal
get huge weights that cancel, and the valley to follow becomes narrow. Both are part of the cost. Several outputs have
sums of these, each with its own row of the last layer. Sources: Golub and Pereyra (1973); Kaufman (1975) for this J;
sums of products are precise enough while steps are damped, the last steps are taken on the triangle.

J W J^T over n rows costs n P^2, all else n P. So while a minimum is far, A is estimated from a sample of some 2 P
rows, another at every step, times their share of the weights; g and the cost are of all rows. Source: Byrd, Chin,
Neveitt and Nocedal (2011).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.engines.kept_memory import keep_memory
from educe.network.forward import forward, layer_values
from educe.network.gradient import backward
from educe.network.jacobian import jacobian

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.network.architecture import Architecture

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

ROOM = 2_000_000  # numbers of one block of Jacobians: what a processor's cache and memory take well
RIDGE = 1e-8  # of the sum of the weights: epsilon above
FEWEST = 512  # rows of a sample
FOR_EACH = 2.1  # rows of a sample for each parameter
GAINS = 2.0  # a sample pays where there are so many times as many rows


@dataclass(frozen=True, eq=False)
class NetworkRows:
    """Sums of squares over the rows, for S networks of one architecture.

    x : (inputs, n);  y : (n,) or (outputs, n);  weights : (n,) or (S, n), 0 for rows that a network does not see
    penalty : (S,) -- on the sum of squared weights, beside the sum (not the mean) of squares
    """

    architecture: Architecture
    x: Array
    y: Array
    weights: Array
    penalty: Array

    def __post_init__(self) -> None:
        """Keep the memory of a step for the next one."""
        keep_memory()

    @cached_property
    def _targets(self) -> Array:
        return np.atleast_2d(self.y)  # (outputs, n)

    @property
    def projects(self) -> bool:
        """Whether the last layer is solved for."""
        return self.architecture.output == "identity"

    @property
    def searched(self) -> int:
        """Number of parameters that are searched."""
        P = self.architecture.parameters
        return P - self.architecture.outer if self.projects else P

    def full(self, alpha: Array, solved: Array) -> Array:
        """Return all parameters, (..., P), of the searched and the solved ones."""
        return np.concatenate((alpha, solved), axis=-1) if self.projects else alpha

    @cached_property
    def _alike(self) -> bool:
        """Whether every row weighs 1 in every network."""
        return bool((self.weights == 1.0).all())

    def evaluate(self, alpha: Array, which: Index) -> tuple[Array, Array]:
        """Return cost (s,) and last layer (s, outputs (h + 1)) at alpha (s, p): see `side_by_side.Problem`."""
        blocks = list(self._blocks(len(alpha)))
        # of one block, the values of the last hidden layer serve twice
        values = self._inner(alpha, blocks[0]) if len(blocks) == 1 else None
        c = self._last_layer(alpha, which, blocks, values) if self.projects else np.empty((len(alpha), 0))
        theta = self.full(alpha, c)
        cost = np.einsum("sp,sp->s", theta * theta, self._penalised[which])
        cost += self._ridge[which] * np.einsum("sq,sq->s", c, c)
        for rows in blocks:
            inner = self._inner(alpha, rows) if values is None else values
            residual = self._targets[:, rows] - self._outer(theta, inner)
            if self._alike:
                cost += np.einsum("smn,smn->s", residual, residual)
            else:
                cost += np.einsum("smn,sn->s", np.square(residual), self._weights(which, rows))
        return cost, c

    def linearise(
        self, alpha: Array, solved: Array, which: Index, *, near: Flags, turn: int
    ) -> tuple[Array, Array]:
        """Return A (s, p, p) and g (s, p), the last layer eliminated: see `side_by_side.Problem`."""
        p = self.searched
        theta = self.full(alpha, solved)
        M, g = self._products(theta, which, near if self._samples else np.ones_like(near), turn)
        penalised = self._penalised[which]
        np.einsum("sii->si", M)[:] += penalised
        g -= penalised * theta
        if not self.projects:
            return M, g
        outer = M[:, p:, p:]
        np.einsum("sii->si", outer)[:] += self._ridge[which, None]
        across = M[:, p:, :p]
        return M[:, :p, :p] - across.swapaxes(-1, -2) @ np.linalg.solve(outer, across), g[:, :p]

    def _products(self, theta: Array, which: Index, of_all: Flags, turn: int) -> tuple[Array, Array]:
        """Return J W J' (s, P, P) and J W r (s, P), those not `of_all` with J W J' from the sample."""
        if of_all.all():
            return self._of_all(theta, which)
        if not of_all.any():
            sample, factors = self._samples[turn % len(self._samples)]
            return sample._of_all(theta, which)[0] * factors[which, None, None], self._slopes(theta, which)
        P = self.architecture.parameters
        M, g = np.empty((len(theta), P, P)), np.empty((len(theta), P))
        for some in (of_all, ~of_all):
            M[some], g[some] = self._products(theta[some], which[some], of_all[some], turn)
        return M, g

    def _of_all(self, theta: Array, which: Index) -> tuple[Array, Array]:
        """Return J W J' (s, P, P) and J W r (s, P)."""
        parts = (
            self._of_output(theta, which, rows, k)
            for rows in self._blocks(len(theta))
            for k in range(len(self._targets))
        )
        M, g = next(parts)
        for more, slope in parts:
            M += more
            g += slope
        return M, g

    def _of_output(self, theta: Array, which: Index, rows: slice, k: int) -> tuple[Array, Array]:
        """Return the share that one output of some rows has in `_of_all`."""
        root = None if self._alike else np.sqrt(self._weights(which, rows))
        f, J = jacobian(self.architecture, theta, self.x[:, rows], output=k, factors=root)
        residual = self._targets[k, rows] - f
        if root is not None:
            residual *= root
        return J @ J.swapaxes(-1, -2), (J @ residual[..., None])[..., 0]

    def _slopes(self, theta: Array, which: Index) -> Array:
        """Return J W r (s, P) without J: the chain rule on the residuals."""
        g = np.zeros_like(theta)
        for rows in self._blocks(len(theta)):
            Z, A = layer_values(self.architecture, theta, self.x[:, rows])
            residual = self._targets[:, rows] - A[-1]
            if not self._alike:
                residual *= self._weights(which, rows)[:, None, :]
            g += self.architecture.flatten(backward(self.architecture, theta, Z, A, residual))
        return g

    @cached_property
    def _samples(self) -> list[tuple[NetworkRows, Array]]:
        """Samples of the rows, and by how much each weighs less, (S,); none where they would not pay or not suffice."""
        n = self.x.shape[1]
        m = max(FEWEST, int(FOR_EACH * self.architecture.parameters))
        if n < GAINS * m:
            return []
        order = np.random.default_rng(n).permutation(n)
        samples = [self._sampled(np.sort(order[k * m : (k + 1) * m])) for k in range(n // m)]
        return [s for s in samples if s is not None] if None not in samples else []

    def _sampled(self, some: Index) -> tuple[NetworkRows, Array] | None:
        weights = self.weights[..., some]
        total, seen = (np.atleast_1d(w.sum(axis=-1)) for w in (self.weights, weights))
        squares = np.atleast_1d(np.square(weights).sum(axis=-1))
        # rows of very different weight count as fewer: Kish (1965)
        if not ((np.square(seen) >= 0.5 * len(some) * squares) & (seen > 0.0)).all():
            return None
        rows = replace(self, x=np.ascontiguousarray(self.x[:, some]), y=self.y[..., some], weights=weights)
        return rows, np.broadcast_to(total / seen, len(self.penalty))

    @cached_property
    def _penalised(self) -> Array:
        """Penalty on each parameter, (S, P)."""
        return np.where(self.architecture.is_weight, self.penalty[:, None], 0.0)

    @cached_property
    def _ridge(self) -> Array:
        """Penalty on all of the last layer beside that on weights, (S,)."""
        return np.broadcast_to(RIDGE * self.weights.sum(axis=-1) + 1e-300, len(self.penalty))

    def _inner(self, alpha: Array, rows: slice) -> Array:
        """Return the values of the last hidden layer, (s, h, n)."""
        if not self.projects:
            return self.x[:, rows]
        a, A = self.architecture, self.x[:, rows]
        for k, (w, b) in enumerate(a.spans[:-1]):
            W = alpha[:, w].reshape(len(alpha), a.layers[k + 1], -1)
            A = a.activation(k).value(W @ A + alpha[:, b, None])
        return A if A.ndim == 3 else np.broadcast_to(A, (len(alpha), *A.shape))

    def _outer(self, theta: Array, inner: Array) -> Array:
        """Return the outputs, (s, outputs, n), given `_inner`."""
        if not self.projects:
            return forward(self.architecture, theta, inner)
        w, b = self.architecture.spans[-1]
        return theta[:, w].reshape(len(theta), len(self._targets), -1) @ inner + theta[:, b, None]

    def _last_layer(self, alpha: Array, which: Index, blocks: list[slice], values: Array | None) -> Array:
        """Return the last layer that fits best, (s, outputs (h + 1)).  values : `_inner` of the only block, or None."""
        h = self.architecture.layers[-2]
        G = np.zeros((len(alpha), h + 1, h + 1))
        b = np.zeros((len(alpha), h + 1, len(self._targets)))
        for rows in blocks:
            inner = self._inner(alpha, rows) if values is None else values
            phi = np.empty((len(alpha), h + 1, inner.shape[-1]))
            phi[:, :h], phi[:, h] = inner, 1.0
            if not self._alike:
                weights = self._weights(which, rows)
                b += (phi * weights[:, None, :]) @ self._targets[:, rows].T
                phi *= np.sqrt(weights)[:, None, :]
            else:
                b += phi @ self._targets[:, rows].T
            G += phi @ phi.swapaxes(-1, -2)
        np.einsum("sii->si", G)[:, :h] += self.penalty[which, None]
        np.einsum("sii->si", G)[:] += self._ridge[which, None]
        c = np.linalg.solve(G, b).swapaxes(-1, -2)  # (s, outputs, h + 1)
        return np.concatenate((c[..., :h].reshape(len(alpha), -1), c[..., h]), axis=-1)

    def _weights(self, which: Index, rows: slice) -> Array:
        if self.weights.ndim == 2:
            return self.weights[which, rows]
        return np.broadcast_to(self.weights[rows], (len(which), len(self.weights[rows])))

    def _blocks(self, S: int) -> Iterator[slice]:
        n = self.x.shape[1]
        size = max(256, ROOM // (S * (self.architecture.parameters + 1)))
        return (slice(begin, begin + size) for begin in range(0, n, size))

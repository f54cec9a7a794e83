r"""Where rows meet networks: costs and normal equations of many networks side by side.

Where the output is linear in the last layer (activation identity), that layer is solved for exactly and only
the hidden parameters alpha are searched: variable projection. With Phi the values of the last hidden layer and a
row of ones, c the last layer, J the derivatives with respect to alpha with c in place,

.. math::

    c = (\Phi W \Phi^T + \rho)^{-1} \Phi W y, \qquad
    A = J W J^T + \rho - J W \Phi^T (\Phi W \Phi^T + \rho)^{-1} \Phi W J^T, \qquad  g = J W r - \rho\,\alpha

rho is the penalty on squared weights; several outputs have sums of these, each with its own row of the last layer.
Sources: Golub and Pereyra (1973); Kaufman (1975) for this J; sums of
products are precise enough while steps are damped, the last steps are taken on the triangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.network.forward import layer_values
from educe.network.jacobian import jacobian

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.network.architecture import Architecture

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ROOM = 2_000_000  # numbers of one block of Jacobians: what a processor's cache and memory take well
RIDGE = 1e-11  # of the mean squared length, so that equal nodes leave the last layer solvable


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

    def evaluate(self, alpha: Array, which: Index) -> tuple[Array, Array]:
        """Return cost (s,) and last layer (s, outputs (h + 1)) at alpha (s, p): see `side_by_side.Problem`."""
        penalty = self.penalty[which]
        c = self._last_layer(alpha, which) if self.projects else np.empty((len(alpha), 0))
        theta = self.full(alpha, c)
        cost = penalty * np.square(theta[:, self.architecture.is_weight]).sum(axis=1)
        for rows in self._blocks(len(alpha)):
            _, A = layer_values(self.architecture, theta, self.x[:, rows])
            residual = self._targets[:, rows] - A[-1]
            cost += np.einsum("smn,sn->s", np.square(residual), self._weights(which, rows))
        return cost, c

    def linearise(self, alpha: Array, solved: Array, which: Index) -> tuple[Array, Array]:
        """Return A (s, p, p) and g (s, p), the last layer eliminated: see `side_by_side.Problem`."""
        p, P = self.searched, self.architecture.parameters
        theta = self.full(alpha, solved)
        M = np.zeros((len(alpha), P, P))
        g = np.zeros((len(alpha), P))
        for rows in self._blocks(len(alpha)):
            w = self._weights(which, rows)
            for k, y in enumerate(self._targets):
                f, J = jacobian(self.architecture, theta, self.x[:, rows], output=k)
                WJ = J if (w == 1.0).all() else J * w[:, None, :]
                M += J @ WJ.swapaxes(-1, -2)
                g += (WJ @ (y[rows] - f)[..., None])[..., 0]
        penalised = np.where(self.architecture.is_weight, self.penalty[which, None], 0.0)
        np.einsum("sii->si", M)[:] += penalised
        g -= penalised * theta
        if not self.projects:
            return M, g
        outer = M[:, p:, p:] + _ridge(M[:, p:, p:])
        across = M[:, p:, :p]
        return M[:, :p, :p] - across.swapaxes(-1, -2) @ np.linalg.solve(outer, across), g[:, :p]

    def _last_layer(self, alpha: Array, which: Index) -> Array:
        h = self.architecture.layers[-2]
        dummy = np.zeros((len(alpha), self.architecture.outer))
        theta = self.full(alpha, dummy)
        G = np.zeros((len(alpha), h + 1, h + 1))
        b = np.zeros((len(alpha), h + 1, len(self._targets)))
        for rows in self._blocks(len(alpha)):
            _, A = layer_values(self.architecture, theta, self.x[:, rows])
            hidden = A[-2] if A[-2].ndim == 3 else np.broadcast_to(A[-2], (len(alpha), *A[-2].shape))
            phi = np.concatenate((hidden, np.ones((len(alpha), 1, hidden.shape[-1]))), axis=1)
            weighted = phi * self._weights(which, rows)[:, None, :]
            G += phi @ weighted.swapaxes(-1, -2)
            b += weighted @ self._targets[:, rows].T
        np.einsum("sii->si", G)[:, :h] += self.penalty[which, None]
        c = np.linalg.solve(G + _ridge(G), b).swapaxes(-1, -2)  # (s, outputs, h + 1)
        return np.concatenate((c[..., :h].reshape(len(alpha), -1), c[..., h]), axis=-1)

    def _weights(self, which: Index, rows: slice) -> Array:
        if self.weights.ndim == 2:
            return self.weights[which, rows]
        return np.broadcast_to(self.weights[rows], (len(which), len(self.weights[rows])))

    def _blocks(self, S: int) -> Iterator[slice]:
        n = self.x.shape[1]
        size = max(256, ROOM // (S * (self.architecture.parameters + 1)))
        return (slice(begin, begin + size) for begin in range(0, n, size))


def _ridge(G: Array) -> Array:
    """Return RIDGE times the mean of the diagonal, times the identity; tiny but not zero where all is zero."""
    k = G.shape[-1]
    mean = np.einsum("sii->s", G) / k
    ridge: Array = (RIDGE * mean + 1e-300)[:, None, None] * np.eye(k)
    return ridge

"""One law on its rows, prepared for the search: what is eliminated, what is searched, what is bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, linear_parameters
from educe.search.projection import Projection
from educe.search.sampling import Sampler
from educe.search.screening import diverse

if TYPE_CHECKING:
    from educe.search.rows import Rows

Array = NDArray[np.float64]
Bounds = Mapping[str, tuple[float, float]]


class Problem:
    """A law with its rows.

    linear, nonlinear : names of the parameters that are eliminated, and of those that are searched
    screening : the projection in which candidates are compared
    descending : the one in which they descend; linear parameters with bounds are searched there
    """

    def __init__(self, expression: Expression, parameters: Sequence[str], rows: Rows, bounds: Bounds) -> None:
        self.expression = expression
        self.parameters = tuple(parameters)
        self.rows = rows
        self.bounds = bounds
        self.linear = linear_parameters(expression, parameters)
        self.nonlinear = tuple(name for name in parameters if name not in self.linear)
        self.screening = self._projection(self.linear, self.nonlinear)
        walled = tuple(name for name in self.linear if name in bounds)
        free = tuple(name for name in self.linear if name not in bounds)
        self.walled = walled
        self.searched = self.nonlinear + walled
        self.descending = self._projection(free, self.searched) if walled else self.screening
        self.box = self._box()
        self.sampler = Sampler(
            expression,
            self.nonlinear,
            columns=rows.columns,
            response=rows.response,
            bounds=bounds,
            thinning=rows.thinning,
        )

    def _projection(self, linear: Sequence[str], nonlinear: Sequence[str]) -> Projection:
        return Projection(
            self.expression,
            linear,
            nonlinear,
            columns=self.rows.columns,
            response=self.rows.response,
            weights=self.rows.weights,
        )

    def _box(self) -> tuple[Array, Array] | None:
        if not any(name in self.bounds for name in self.searched):
            return None
        none = (-np.inf, np.inf)
        walls = np.array([self.bounds.get(name, none) for name in self.searched])
        return walls[:, 0], walls[:, 1]

    def screened(self, alpha: Array, count: int, *, gap: float = 0.03) -> Array:
        """Return the starts (K, searched), K <= count, that the candidates (S, q) suggest."""
        alpha = self.clipped(alpha)
        wanted = count if not self.walled else 3 * count
        chosen = alpha[diverse(alpha, self.screening.cost(alpha), wanted, gap=gap)]
        if not self.walled or not len(chosen):
            return chosen
        starts = np.array([self._with_walled(candidate) for candidate in chosen])
        order = np.argsort(self.descending.cost(starts), kind="stable")
        return starts[order[:count]]

    def clipped(self, alpha: Array) -> Array:
        """Return candidates (S, q) moved into the bounds."""
        if self.box is None:
            return alpha
        q = len(self.nonlinear)
        return np.clip(alpha, self.box[0][:q], self.box[1][:q])

    def _with_walled(self, candidate: Array) -> Array:
        values = self.screening.linear_values(candidate)
        inside = [float(np.clip(values[name], *self.bounds[name])) for name in self.walled]
        return np.concatenate([candidate, inside])

    def theta(self, alpha: Array) -> dict[str, float]:
        """Return every parameter by name at one point (searched,)."""
        values = dict(zip(self.searched, alpha.tolist(), strict=True))
        values.update(self.descending.linear_values(alpha))
        return {name: values[name] for name in self.parameters}

    def residual(self, alpha: Array) -> Array:
        """Return the weighted residuals (n,) at one point (searched,)."""
        residual: Array = self.descending.project(alpha[None]).residual[0]
        return residual

"""One law on its rows, prepared for the search: what is eliminated, what is searched, what is bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, linear_parameters
from educe.search.projection import Projection
from educe.search.rational import clear, solved
from educe.search.relaxation import Relaxed, groups, mismatch, relax
from educe.search.sampling import Sampler
from educe.search.screening import diverse
from educe.search.space import Space

if TYPE_CHECKING:
    from educe.search.effort import Effort
    from educe.search.rows import Rows

Array = NDArray[np.float64]
Bounds = Mapping[str, tuple[float, float]]

MATCHES = 64  # draws of absorbed parameters for each candidate that is carried back


class Problem:
    """A law with its rows.

    linear, nonlinear : names of the parameters that are eliminated, and of those that are searched
    space : where candidates are compared;  looser : the same for the relaxed law, if there is one
    descending : the projection in which candidates descend; linear parameters with bounds are searched there
    """

    def __init__(self, expression: Expression, parameters: Sequence[str], rows: Rows, bounds: Bounds) -> None:
        self.expression = expression
        self.parameters = tuple(parameters)
        self.rows = rows
        self.bounds = bounds
        self.linear = linear_parameters(expression, parameters)
        self.nonlinear = tuple(name for name in parameters if name not in self.linear)
        self.sampler = Sampler(
            expression,
            self.nonlinear,
            columns=rows.columns,
            response=rows.response,
            bounds=bounds,
            thinning=rows.thinning,
        )
        self.space = Space(expression, self.linear, self.nonlinear, rows=rows, sampler=self.sampler)
        self.walled = tuple(name for name in self.linear if name in bounds)
        self.searched = self.nonlinear + self.walled
        self.descending = self._descending(expression)
        self.box = self._box()
        self.relaxed: Relaxed | None = None
        if self.nonlinear and not self.walled:
            self.relaxed = relax(expression, self.nonlinear, self.linear, tuple(rows.columns))
        self.looser = self._looser()
        self.cleared = clear(expression, self.parameters, self.linear) if self.nonlinear else None

    def _descending(self, expression: Expression) -> Projection:
        if not self.walled:
            return self.space.projection
        free = tuple(name for name in self.linear if name not in self.walled)
        rows = self.rows
        return Projection(
            expression,
            free,
            self.searched,
            columns=rows.columns,
            response=rows.response,
            weights=rows.weights,
        )

    def _looser(self) -> Space | None:
        relaxed = self.relaxed
        if relaxed is None or len(relaxed.free) >= len(self.rows.response):
            return None
        return Space(
            relaxed.expression, relaxed.free, relaxed.nonlinear, rows=self.rows, sampler=self.sampler
        )

    def _box(self) -> tuple[Array, Array] | None:
        if not any(name in self.bounds for name in self.searched):
            return None
        none = (-np.inf, np.inf)
        walls = np.array([self.bounds.get(name, none) for name in self.searched])
        return walls[:, 0], walls[:, 1]

    def screened(self, effort: Effort, rng: np.random.Generator) -> Array:
        """Return the best candidates (K, searched) of a round."""
        if not self.walled:
            return self.space.screened(effort, effort.starts, rng)
        return self.walled_in(self.space.screened(effort, 3 * effort.starts, rng))[: effort.starts]

    def without_divisor(self, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts (K, searched) from the equation without divisors, none where there is none."""
        cleared = self.cleared
        if cleared is None:
            return np.empty((0, len(self.searched)))
        count = effort.atoms // 4 if cleared.drawn else 1
        draws = self.sampler.draw(count, rng) if cleared.drawn else np.empty((1, 0))
        known = {name: draws[:, self.nonlinear.index(name)] for name in cleared.drawn}
        values = solved(cleared, self.rows, known)
        alpha = np.stack([values[name] for name in self.nonlinear], axis=1)
        alpha = self.sampler.inside(alpha[np.isfinite(alpha).all(axis=1)], range(len(self.nonlinear)))
        cost = self.space.projection.cost(alpha)
        return self.walled_in(alpha[diverse(alpha, cost, effort.starts // 2, gap=0.01)])

    def walled_in(self, alpha: Array) -> Array:
        """Return candidates (S, q) with their bounded linear parameters (S, searched), best first."""
        if not self.walled:
            return alpha
        if not len(alpha):
            return np.empty((0, len(self.searched)))
        full = np.array([self._with_walled(candidate) for candidate in alpha])
        return full[np.argsort(self.descending.cost(full), kind="stable")]

    def _with_walled(self, candidate: Array) -> Array:
        values = self.space.projection.fitted(candidate)
        inside = [float(np.clip(values[name][0], *self.bounds[name])) for name in self.walled]
        return np.concatenate([candidate, np.nan_to_num(inside)])

    def carried_back(self, alpha: Array, rng: np.random.Generator) -> Array:
        """Return starts (2K, q) of the law that come nearest to minima (K, looser) of the relaxed law."""
        if not len(alpha):
            return np.empty((0, len(self.nonlinear)))
        starts = [start for candidate in alpha for start in self._carried(candidate, rng)]
        return np.array(starts)

    def _carried(self, candidate: Array, rng: np.random.Generator) -> list[Array]:
        relaxed, looser = self.relaxed, self.looser
        assert relaxed is not None
        assert looser is not None
        fitted = looser.projection.fitted(candidate)
        held = {
            name: np.full(MATCHES, value) for name, value in zip(relaxed.nonlinear, candidate, strict=True)
        }
        draws = self.sampler.draw(MATCHES, rng, held)
        values = {name: draws[:, k, None] for k, name in enumerate(self.nonlinear)}
        starts = [draws[0].copy(), draws[1].copy()]
        names = (*self.linear, *relaxed.absorbed)
        for members in groups(relaxed.coefficients, names):
            formulas = [relaxed.coefficients[k] for k in members]
            inside = set().union(*[formula.free_names for formula in formulas])
            absorbed = [self.nonlinear.index(name) for name in relaxed.absorbed if name in inside]
            if not absorbed:
                continue
            linear = [name for name in self.linear if name in inside]
            wanted = np.array([fitted[relaxed.free[k]] for k in members])
            distance = mismatch(formulas, linear, values, wanted[:, 0], wanted[:, 1])
            for start, place in zip(starts, np.argsort(distance, kind="stable"), strict=False):
                start[absorbed] = draws[place, absorbed]
        return starts

    @property
    def samples(self) -> int:
        """How many candidates have been compared."""
        return self.space.samples + (self.looser.samples if self.looser is not None else 0)

    def theta(self, alpha: Array) -> dict[str, float]:
        """Return every parameter by name at one point (searched,)."""
        values = dict(zip(self.searched, alpha.tolist(), strict=True))
        values.update({name: c for name, (c, _) in self.descending.fitted(alpha).items()})
        return {name: values[name] for name in self.parameters}

    def residual(self, alpha: Array) -> Array:
        """Return the weighted residuals (n,) at one point (searched,)."""
        residual: Array = self.descending.project(alpha[None]).residual[0]
        return residual

"""Many refits of one law to the same inputs: other noise, or other weights of the rows, side by side.

All begin at the estimate. Parameters are measured in the metric of the fit, u = R (theta - estimate), in which the
Jacobian there has orthonormal columns: normal equations then lose no digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.engines.model import FormulaModel
from educe.engines.whole import Whole
from educe.formula import compile_stages
from educe.least_squares.losses import LOSSES
from educe.least_squares.solve import solve
from educe.least_squares.triangle import solve_upper

if TYPE_CHECKING:
    from educe.fitting.estimate import Estimate
    from educe.least_squares.bounds import Box
    from educe.least_squares.triangle import Array

ITERATIONS = 40
ENOUGH = 1e-6  # length of the last step, in units of the noise
BLOCK = 2_000_000  # numbers that one array of the Jacobians may hold
LARGEST_DAMPING = 1e8


@dataclass(frozen=True, eq=False)
class Refits:
    """Refits of a fit.

    fit : whose estimate they begin at;  box : bounds in the solver's order, or None
    """

    fit: Estimate
    box: Box | None

    def run(self, shift: Array | None, weight: Array | None) -> Array:
        """Return the parameters of B refits in the law's order, (B, p); nan where one did not converge.

        shift : (B, n) -- added to the weighted measurements, or None
        weight : (B, n), >= 0 -- factor of each weighted row, or None
        """
        found = self._side_by_side(shift, weight)
        for k in np.flatnonzero(np.isnan(found).any(axis=1)):
            found[k] = self._alone(None if shift is None else shift[k], None if weight is None else weight[k])
        return found[:, list(self.fit.plan.position)]

    def _side_by_side(self, shift: Array | None, weight: Array | None) -> Array:
        """Return the refits that converge together, (B, p), in the solver's order; nan for all others."""
        given = shift if shift is not None else weight
        assert given is not None
        result = np.full((len(given), self.fit.p), np.nan)
        batch = self._batch
        if batch is None:
            return result
        size = max(1, BLOCK // (len(self.fit.rows.response) * (self.fit.p + 1)))
        for begin in range(0, len(given), size):
            part = slice(begin, begin + size)
            result[part] = batch.descend(
                None if shift is None else shift[part], None if weight is None else weight[part]
            )
        return result

    @cached_property
    def _batch(self) -> Batch | None:
        fit, model = self.fit, self.fit.plan.model
        if not isinstance(model, FormulaModel) or self.box is not None or fit.convention.loss != "linear":
            return None
        R = fit.problem.triangle(fit._solver_theta)[0][: fit.p, : fit.p]
        scaled = solve_upper(R, np.eye(fit.p))
        if scaled is None or not np.isfinite(scaled).all():
            return None
        return Batch.of(fit, model, scaled)

    def _alone(self, shift: Array | None, weight: Array | None) -> Array:
        """Return one refit in the solver's order, nan if it did not converge."""
        fit, factor = self.fit, 1.0 if weight is None else weight[:, None]
        moved = 0.0 if shift is None else shift

        def matrix(theta: list[float]) -> Array:
            whole = np.empty((fit.problem.n, fit.p + 1), order="F")
            for rows, block in fit.problem.blocks(theta):
                whole[rows] = block
            whole[:, -1] += moved
            return np.asfortranarray(whole * factor)

        weights = 1.0 if fit.rows.sigma is None else 1.0 / fit.rows.sigma
        problem = Whole((fit.rows.response * weights + moved) * (1.0 if weight is None else weight), matrix)
        if fit.convention.loss != "linear":
            problem = problem.with_loss(LOSSES[fit.convention.loss], fit.convention.loss_scale or 1.0)
        with np.errstate(all="ignore"):
            solution = solve(problem, list(fit._solver_theta), box=self.box)
        return np.array(solution.theta) if solution.reason.converged else np.full(fit.p, np.nan)


@dataclass(frozen=True, eq=False)
class Batch:
    """A formula's refits side by side: Levenberg-Marquardt with a leading axis.

    fill : from theta, p arrays (B, 1), to p derivatives and the law, (B, n) each
    theta : (p,), the estimate;  scaled : (p, p), R^-1;  response, weights : (n,);  noise : of a weighted row
    """

    fill: object
    theta: Array
    scaled: Array
    response: Array
    weights: Array
    noise: float

    @classmethod
    def of(cls, fit: Estimate, model: FormulaModel, scaled: Array) -> Batch:
        """Return the batch of a fit."""
        data, stages, _ = model.prediction_program.made_from
        (fill,) = compile_stages(data, stages).bind(*[fit.rows.columns[name] for name in model.inputs])
        weights = np.ones(len(fit.rows.response)) if fit.rows.sigma is None else 1.0 / fit.rows.sigma
        noise = fit.noise if np.isfinite(fit.noise) else 1.0
        return cls(fill, np.array(fit._solver_theta), scaled, fit.rows.response, weights, noise)

    def descend(self, shift: Array | None, weight: Array | None) -> Array:
        """Return the minima, (B, p); nan where none was reached."""
        given = shift if shift is not None else weight
        assert given is not None
        B, p = len(given), len(self.theta)
        y = self.response * self.weights + (0.0 if shift is None else shift)
        rows = np.broadcast_to(self.weights if weight is None else self.weights * weight, given.shape)
        y = np.broadcast_to(y if weight is None else y * weight, given.shape)
        u, result = np.zeros((B, p)), np.full((B, p), np.nan)
        cost, normal, slope = self._at(u, y, rows)
        damping, active = np.zeros(B), np.arange(B)
        for _ in range(ITERATIONS):
            matrix = normal[active] + damping[active, None, None] * np.eye(p)
            step = np.linalg.solve(_regular(matrix), slope[active][:, :, None])[:, :, 0]
            trial = u[active] + step
            found = self._at(trial, y[active], rows[active])
            better = found[0] <= cost[active] * (1.0 + 1e-12)
            kept = active[better]
            u[kept], cost[kept], normal[kept], slope[kept] = (
                trial[better], *(part[better] for part in found),
            )  # fmt: skip
            size = np.sqrt(np.einsum("bi,bi->b", step, step))
            done = better & (size <= ENOUGH * self.noise)
            result[active[done]] = u[active[done]]
            damping[active] = np.where(
                better, 0.1 * damping[active], np.maximum(10.0 * damping[active], 1e-2)
            )
            damping[damping < 1e-3] = 0.0
            active = active[~done & (damping[active] < LARGEST_DAMPING)]
            if not len(active):
                break
        return self.theta + result @ self.scaled.T

    def _at(self, u: Array, y: Array, rows: Array) -> tuple[Array, Array, Array]:
        """Return cost (B,), J'J (B, p, p) and J'r (B, p) in the scaled parameters; inf where not finite."""
        B, p, n = len(u), len(self.theta), y.shape[1]
        theta = self.theta + u @ self.scaled.T
        out = np.empty((p + 1, B, n))
        with np.errstate(all="ignore"):
            self.fill(*[theta[:, k, None] for k in range(p)], list(out))  # type: ignore[operator]
            out *= rows
            r = y - out[p]
            J = (self.scaled.T @ out[:p].reshape(p, B * n)).reshape(p, B, n).transpose(1, 0, 2)
            cost = np.einsum("bn,bn->b", r, r)
            normal = J @ J.transpose(0, 2, 1)
            slope = (J @ r[:, :, None])[:, :, 0]
        finite = np.isfinite(cost) & np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(slope).all(axis=1)
        cost[~finite] = np.inf
        return cost, normal, slope


def _regular(matrix: Array) -> Array:
    """Return the matrices with those that are singular or not finite lightly damped, or replaced by one that stays."""
    p = matrix.shape[-1]
    finite = np.isfinite(matrix).all(axis=(1, 2), keepdims=True)
    matrix = np.where(finite, matrix, np.eye(p))
    size = np.maximum(np.einsum("bii->b", matrix), 1e-300)
    regular: Array = matrix + 1e-13 * size[:, None, None] * np.eye(p)
    return regular

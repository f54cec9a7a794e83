"""How bent a fitted law is: relative curvatures, and where Wald's intervals would be off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from educe.engines.in_memory import InMemory
from educe.errors import FitError
from educe.least_squares.triangle import solve_upper
from educe.uncertainty.curvature import Curvature, curvature, foretold_shift
from educe.uncertainty.intervals import multiplier

if TYPE_CHECKING:
    from educe.fitting.estimate import Estimate
    from educe.least_squares.triangle import Array

STEP = 1e-3  # of the noise: how far to either side derivatives are taken
MOST = 50_000  # rows that are looked at


def curvature_of(fit: Estimate, level: float = 0.95) -> Curvature:
    """Return the relative curvatures of a fit: see `Fit.curvature`."""
    problem, theta = _some_rows(fit), np.array(fit._solver_theta)
    scale = fit.scale
    if fit.dof <= 0 or not math.isfinite(scale):
        raise FitError(f"curvatures need more rows than free parameters; there are {fit.n} and {fit.p}.")
    with np.errstate(all="ignore"):
        way = _unscaled(fit, problem, theta)
        tangent = _jacobian(problem, theta) @ way
        step = STEP * math.sqrt(scale) if scale > 0.0 else STEP * problem.magnitude
        acceleration = np.stack(
            [
                (_jacobian(problem, theta + step * way[:, j]) - _jacobian(problem, theta - step * way[:, j]))
                @ way
                / (2.0 * step)
                for j in range(fit.p)
            ],
            axis=2,
        )
    # of some rows only, the whole surface is as much larger as there are more rows
    scale *= problem.n / fit.n
    return curvature(tangent, acceleration, scale, fit.interval_dof, level)


def foretold_shifts(fit: Estimate, level: float) -> dict[str, float]:
    """Return for each free parameter by which share of the half width its Wald interval is off, to second order.

    Two evaluations of the law for each parameter, on at most MOST rows; infinite where the law is not finite.
    """
    problem, theta = _some_rows(fit), np.array(fit._solver_theta)
    m = multiplier(level, fit.interval_dof)
    shifts: dict[str, float] = {}
    with np.errstate(all="ignore"):
        way = _unscaled(fit, problem, theta)
        J = _jacobian(problem, theta)
        tangent, r = J @ way, problem.residuals(theta.tolist())
        C = way @ way.T
        for name, place in zip(fit.names, fit.plan.position, strict=True):
            delta = C[:, place] * (m * fit.stderr[name] / C[place, place])
            v = J @ delta
            ends = []
            for sign in (1.0, -1.0):
                bend = r - problem.residuals((theta + sign * delta).tolist()) - sign * v
                ends.append(
                    foretold_shift(sign * v, bend, r if problem.n == fit.n else np.zeros_like(r), tangent)
                )
            shifts[name] = max(map(abs, ends))
    return shifts


def _some_rows(fit: Estimate) -> InMemory:
    """Return the rows of the fit, thinned evenly if there are many."""
    rows = len(fit.rows.response)
    step = max(1, math.ceil(rows / MOST))
    if step == 1:
        return fit.problem
    problem = fit.problem
    weights = None if problem.weights is None else problem.weights[::step]
    return InMemory(problem.model, [column[::step] for column in problem.columns], weights)


def _unscaled(fit: Estimate, problem: InMemory, theta: Array) -> Array:
    """Return R^-1, (p, p), in the solver's order."""
    R = problem.triangle(theta.tolist())[0][: fit.p, : fit.p]
    inverse = solve_upper(R, np.eye(fit.p)) if np.isfinite(R).all() else None
    if inverse is None or not np.isfinite(inverse).all():
        raise FitError(
            "the data do not determine all parameters, so there is no tangent to measure bends by."
        )
    return inverse


def _jacobian(problem: InMemory, theta: Array) -> Array:
    """Return the weighted Jacobian, (n, p), in the solver's order."""
    J = np.empty((problem.n, len(theta)))
    for rows, block in problem.blocks(theta.tolist()):
        J[rows] = block[:, :-1]
    return J

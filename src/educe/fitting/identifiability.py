"""What the data cannot tell apart at the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.triangle import triangularise
from educe.uncertainty.undetermined import Combination, undetermined

if TYPE_CHECKING:
    from educe.fitting.estimate import Estimate
    from educe.least_squares.triangle import Array


def told_apart(fit: Estimate) -> list[Combination]:
    """Return the groups of parameters that the data cannot tell apart, with what is determined about them."""
    found = undetermined(fit.triangle, fit.names, fit.theta, tolerance=fit.discernible)
    if not found:
        return found
    # at round values a*b, a + b and a*exp(b) look the same; a little beside them they do not
    moved = fit.theta * (1.0 + 1e-2 * np.sqrt(np.arange(2.0, fit.p + 2.0)))
    R = triangle_at(fit, moved)
    beside = undetermined(R, fit.names, moved, tolerance=fit.discernible) if np.isfinite(R).all() else []
    return beside if len(beside) == len(found) else found


def triangle_at(fit: Estimate, theta: Array) -> Array:
    """Return the triangle of [J | r] at theta, parameters in the law's order."""
    by_name = dict(zip(fit.names, theta.tolist(), strict=True))
    with np.errstate(all="ignore"):
        R = fit.problem.triangle([by_name[name] for name in fit.solver_names])[0]
    return triangularise(np.asfortranarray(R[:, [*fit.plan.position, fit.p]]))

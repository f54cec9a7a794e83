"""Errors of the parameters carried over to what is computed from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.formula import constant, evaluate, gradient, substitute
from educe.uncertainty.derived import Derived, derived

if TYPE_CHECKING:
    from educe.fitting.estimate import Estimate
    from educe.formula import Expression


def carried(fit: Estimate, expression: Expression, level: float = 0.95) -> Derived:
    """Return an expression of the parameters, fixed and tied ones included, with its error.

    expression : of names of parameters;  level : of the interval
    """
    fixed = {name: constant(value) for name, value in fit.plan.fixed.items()}
    free = substitute(expression, {**fixed, **fit.plan.tied})
    at = dict(zip(fit.names, fit.theta.tolist(), strict=True))
    with np.errstate(all="ignore"):
        slope = np.array([float(evaluate(g, at)) for g in gradient(free, fit.names)])
        value = float(evaluate(free, at))
    return derived(value, slope, fit.error_triangle, scale=fit.scale, dof=fit.interval_dof, level=level)

"""Quantities of the parameters whose profile can be followed: a parameter, a formula, the law at one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.formula import Stage, compile_stages, constant, gradient, substitute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.fitting.estimate import Estimate
    from educe.formula import Expression
    from educe.least_squares.furthest import Quantity
    from educe.least_squares.triangle import Array


def of_parameter(fit: Estimate, name: str) -> Quantity:
    """Return a free parameter as a quantity of theta in the solver's order."""
    place = fit.solver_names.index(name)
    unit = np.zeros(fit.p)
    unit[place] = 1.0
    return lambda theta: (theta[place], unit)


def of_formula(fit: Estimate, expression: Expression) -> Quantity:
    """Return an expression of the parameters, fixed and tied ones included, as a quantity.

    expression : of names of parameters
    """
    fixed = {name: constant(value) for name, value in fit.plan.fixed.items()}
    free = substitute(expression, {**fixed, **fit.plan.tied})
    names = fit.solver_names
    program = compile_stages((), [Stage(names, (free, *gradient(free, names)))], scalar=True)
    (fill,) = program.bind()
    out = [np.empty(1) for _ in range(fit.p + 1)]

    def quantity(theta: list[float]) -> tuple[float, Array]:
        fill(*theta, out)
        return float(out[0][0]), np.concatenate(out[1:])

    return quantity


def of_prediction(fit: Estimate, row: Sequence[float]) -> Quantity:
    """Return the law's value at one row as a quantity.

    row : values of the model's inputs, in their order
    """
    p = fit.p
    fill = fit.plan.model.prediction([np.array([value]) for value in row])
    out = [np.empty(1) for _ in range(p + 1)]

    def quantity(theta: list[float]) -> tuple[float, Array]:
        fill(*theta, out)
        return float(out[p][0]), np.concatenate(out[:p])

    return quantity

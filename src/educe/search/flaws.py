"""What is wrong with a minimum that only least squares can like: poles among the data, parameters that run away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import evaluate, gradient
from educe.formula.expression import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.search.problem import Problem

Array = NDArray[np.float64]

STEEP = 20.0  # excursions beyond the data, in ranges of the fitted values, that count as a pole
BETWEEN = 12  # points looked at between two neighbouring rows
CORRELATED = 1e9  # condition number of the scaled Jacobian above which parameters run away together
GAPS = 400


def flaws(problem: Problem, theta: Mapping[str, float]) -> tuple[str, ...]:
    """Return what is wrong with these parameter values, in sentences; nothing for a regular minimum."""
    poles = _wild(problem, theta) or _zero_divisors(problem, theta)
    return (*poles, *_runaways(problem, theta))


def _wild(problem: Problem, theta: Mapping[str, float]) -> tuple[str, ...]:
    """Look between neighbouring rows, one input at a time, the others held as in the row before."""
    rows = problem.rows
    fitted = _law(problem, theta, rows.columns)
    if not np.isfinite(fitted).all():
        return ()
    reach = STEEP * max(float(np.ptp(fitted)), float(np.ptp(rows.response)))
    for name, x in rows.columns.items():
        order = np.argsort(x, kind="stable")
        order = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), GAPS)).astype(int))]
        left, right = order[:-1], order[1:]
        share = np.arange(1, BETWEEN) / BETWEEN
        between = x[left, None] + (x[right] - x[left])[:, None] * share
        columns = {other: np.repeat(v[left, None], len(share), 1) for other, v in rows.columns.items()}
        values = _law(problem, theta, {**columns, name: between})
        with np.errstate(invalid="ignore"):
            wild = ~(np.abs(values - fitted[left, None]) <= reach)
        if wild.any():
            place = between[np.unravel_index(int(wild.argmax()), wild.shape)]
            return (_pole(name, float(place)),)
    return ()


def _pole(name: str, place: float) -> str:
    return f"the curve runs off to a pole near {name} = {place:.6g}, between two measurements"


def _zero_divisors(problem: Problem, theta: Mapping[str, float]) -> tuple[str, ...]:
    """Look for divisors of other sign at two neighbouring rows, however narrow the pole (one input only)."""
    if len(problem.rows.columns) != 1:
        return ()
    ((name, x),) = problem.rows.columns.items()
    x = np.unique(x)
    for node in in_order([problem.expression]):
        if node.operation != "/" or name not in node.arguments[1].free_names:
            continue
        divisor = np.asarray(evaluate(node.arguments[1], {**theta, name: x}), float)
        for k in np.flatnonzero(divisor[1:] * divisor[:-1] < 0)[:3]:
            root = x[k] - divisor[k] * (x[k + 1] - x[k]) / (divisor[k + 1] - divisor[k])
            near = root + (x[k + 1] - x[k]) * np.array([1e-2, 1e-5])
            far, close = np.abs(_law(problem, theta, {name: near}))
            if not close <= 10 * far:  # 0/0, as in sin(x)/x, is no pole
                return (_pole(name, float(root)),)
    return ()


def _law(problem: Problem, theta: Mapping[str, float], columns: Mapping[str, Array]) -> Array:
    shape = np.broadcast_shapes(*[x.shape for x in columns.values()])
    return np.broadcast_to(np.asarray(evaluate(problem.expression, {**theta, **columns}), float), shape)


def without_slope(problem: Problem, theta: Mapping[str, float]) -> tuple[str, ...]:
    """Return the parameters whose derivative is zero on all rows."""
    length = np.abs(_jacobian(problem, theta)).max(axis=0)
    return tuple(name for name, size in zip(problem.parameters, length, strict=True) if size == 0)


def _jacobian(problem: Problem, theta: Mapping[str, float]) -> Array:
    values = {**theta, **problem.rows.columns}
    slopes = gradient(problem.expression, problem.parameters)
    n = len(problem.rows.response)
    columns = [np.broadcast_to(np.asarray(evaluate(slope, values), float), (n,)) for slope in slopes]
    return np.stack(columns, axis=1)


def _runaways(problem: Problem, theta: Mapping[str, float]) -> tuple[str, ...]:
    """Look for directions in which the parameters may run without changing the curve."""
    J = _jacobian(problem, theta)
    with np.errstate(all="ignore"):
        length = np.sqrt((J * J).sum(axis=0))
    if not np.isfinite(length).all():
        return ("the law changes without limit with its parameters here",)
    if (length == 0).any():
        idle = [name for name, size in zip(problem.parameters, length, strict=True) if size == 0]
        return (f"the curve does not depend on {', '.join(idle)} here",)
    _, s, vh = np.linalg.svd(J / length, full_matrices=False)
    if s[0] <= CORRELATED * s[-1]:
        return ()
    share = np.abs(vh[-1])
    names = [name for name, v in zip(problem.parameters, share, strict=True) if v > 0.3 * share.max()]
    return (f"{', '.join(names)} cannot be told apart here: their changes cancel",)

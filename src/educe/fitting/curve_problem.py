"""From a function and its data to a least-squares problem: as a formula where it is one, else by its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.differences import Differences
from educe.engines.in_memory import InMemory
from educe.engines.whole import Matrix, Whole
from educe.errors import ParameterError, TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.engines.model import Fill, FormulaModel
    from educe.fitting.curve_arguments import Weighting
    from educe.least_squares.bounds import Box
    from educe.least_squares.triangle import Array

RESPONSE = "y"


@dataclass(frozen=True, eq=False)
class Curve:
    """A function f(xdata, *theta) and the measurements it should meet.

    x : as f takes it;  y : float64;  start : (p,);  box : bounds or None
    jac : the user's derivatives, a finite-difference scheme, or None
    step : relative step of differences, one or (p,), or None
    """

    f: Callable[..., Any]
    x: Any
    y: Array
    weighting: Weighting
    start: Array
    box: Box | None = None
    jac: Callable[..., Any] | str | None = None
    step: Array | float | None = None

    def values(self, theta: Array) -> Any:
        """Return f(xdata, *theta), as f gives it."""
        return np.asarray(self.f(self.x, *theta))

    def residuals(self, theta: Array) -> Array:
        """Return the weighted f - y, as SciPy has them, (n,)."""
        return self.weighting.apply(np.atleast_1d(np.asarray(self.values(theta) - self.y, dtype=np.float64)))


def input_columns(curve: Curve) -> list[Array] | None:
    """Return the rows of xdata as columns of the measurements, or None if it is something else."""
    x, y = curve.x, curve.y
    if not isinstance(x, np.ndarray) or x.ndim not in (1, 2) or y.ndim != 1 or x.shape[-1] != len(y):
        return None
    return [np.ascontiguousarray(x)] if x.ndim == 1 else [np.ascontiguousarray(row) for row in x]


def formula_problem(curve: Curve, model: FormulaModel, columns: Sequence[Array]) -> InMemory | Whole:
    """Return the problem of a traced function: x0, x1, ... are its inputs."""
    named = {f"x{k}": column for k, column in enumerate(columns)}
    named[RESPONSE] = np.ascontiguousarray(curve.y)
    bound = [named[name] for name in model.variables]
    if curve.weighting.cholesky is None:
        weights = curve.weighting.weights
        if weights is not None:
            weights = np.broadcast_to(weights, curve.y.shape)
        return InMemory(model, bound, weights)
    width = len(model.names) + 1
    matrix = _filled(model.whole(bound), width, curve)
    if model.pattern is None:
        return Whole(curve.weighting.apply(curve.y), matrix)
    wide = _filled(model.wide(bound), model.pattern.linear + len(model.pattern.columns) + 1, curve)
    return Whole(curve.weighting.apply(curve.y), matrix, wide, model.pattern)


def _filled(fill: Fill, width: int, curve: Curve) -> Matrix:
    def matrix(parameters: list[float]) -> Array:
        out = np.empty((len(curve.y), width), order="F")
        fill(*parameters, list(out.T))
        return curve.weighting.apply(out)

    return matrix


def opaque_problem(curve: Curve) -> Whole:
    """Return the problem of a function known by its values, and by its derivatives if the user gave them."""
    values = _once(lambda theta: _real(_in_one_dimension(curve.values(theta), curve.y)))
    n = np.broadcast_shapes(values(curve.start).shape, np.atleast_1d(curve.y).shape)[0]
    jacobian = _once(_jacobian(curve, n))
    y = np.broadcast_to(curve.y, (n,))

    def matrix(parameters: list[float]) -> Array:
        theta = np.array(parameters)
        out = np.empty((n, len(theta) + 1), order="F")
        out[:, -1] = y - values(theta)
        out[:, :-1] = jacobian(theta)
        return curve.weighting.apply(out)

    return Whole(curve.weighting.apply(y), matrix)


def _in_one_dimension(values: Any, y: Array) -> Any:
    """Return the function's values, if they can be compared with ydata."""
    if max(values.ndim, y.ndim) > 1:
        raise TableError(
            f"the function's values have shape {values.shape} and ydata {y.shape}; both must have one dimension. "
            "Return np.ravel(values) and give np.ravel(ydata)."
        )
    return np.atleast_1d(values)


def _real(values: Any) -> Array:
    if np.iscomplexobj(values):
        raise TableError("the function returned complex values; a least-squares fit needs real ones.")
    return np.asarray(values, dtype=np.float64)


def _once(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return the function, not called again for the same theta as the last time."""
    last: list[tuple[Array, Array]] = []

    def call(theta: Array) -> Array:
        if not last or not np.array_equal(last[0][0], theta):
            result = function(theta)
            last[:] = [(theta.copy(), result)]
        return last[0][1]

    return call


def _jacobian(curve: Curve, n: int) -> Callable[[Array], Array]:
    """Return df/dtheta, (n, p), as the user gave it or by differences."""
    if callable(curve.jac):
        return _given(curve, curve.jac, n)
    relative = {} if curve.step is None else {"relative": curve.step}
    differences = Differences(
        lambda theta: np.broadcast_to(_in_one_dimension(curve.values(theta), curve.y), (n,)),
        curve.start,
        curve.box,
        complex_step=curve.jac == "cs",
        **relative,
    )
    return differences.jacobian


def _given(curve: Curve, jac: Callable[..., Any], n: int) -> Callable[[Array], Array]:
    p = curve.start.size

    def jacobian(theta: Array) -> Array:
        J = np.asarray(jac(curve.x, *theta), dtype=np.float64)
        if J.shape != (n, p) and not (p == 1 and J.shape == (n,)):
            raise ParameterError(f"`jac` returned an array of shape {J.shape}; ({n}, {p}) was expected.")
        return J.reshape(n, p)

    return jacobian

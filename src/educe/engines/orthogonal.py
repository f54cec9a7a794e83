"""Errors in x: each row may shift its inputs, and its shift is eliminated before the solver sees the row.

With the noise s_j of input j in units of that of y (tau_j = s_j / sigma), a row costs, unweighted,

    min over d:  (y - f(x + tau d; theta))^2 + |d|^2

Its two parts are the residuals r and -d, and v_j = tau_j df/dx_j. One little QR, of the column [v; I], leaves of them
one row for theta:

    [ df/dtheta | r ]  ->  [ df/dtheta / sqrt(1 + |v|^2) | sqrt(r^2 + |d|^2) ]

at the best d. So the triangle of p parameters is all that the solver sees of n rows and their shifts.

Source: Boggs, Byrd and Schnabel (1987), section 2, for the elimination.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from educe.formula import Stage, compile_stages, gradient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.engines.model import Fill, FormulaModel
    from educe.formula import Expression, Program
    from educe.least_squares.triangle import Array

STEPS, HALVINGS = 60, 40
CLOSE = 1e-8  # of a row's distance, Newton's last step: what is left after it is its square
ROUNDING = 4 * np.finfo(np.float64).eps  # of a residual, in units of y


class _Nearest(NamedTuple):
    """The best shifts d, (m, n), with the residual and the slopes v there, (n,) and (m, n)."""

    shifts: Array
    residual: Array
    slopes: Array


@dataclass(frozen=True, eq=False)
class OrthogonalModel:
    """A law whose inputs are noisy: a `Model`, whose residuals are distances to the curve.

    base : the law as it is without errors in x
    shifted : inputs with noise;  ratios : columns of tau, one for each
    local, slopes : programs of all inputs and theta: f with its slopes and curvatures in x, and df/dtheta
    """

    base: FormulaModel
    shifted: tuple[str, ...]
    ratios: tuple[str, ...]
    local: Program
    derivatives: Program
    pattern: None = None
    exact: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Free parameters: none is eliminated, since shifts leave nothing linear."""
        return self.base.names

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the law."""
        return self.base.inputs

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns: those of law and response, then the ratios."""
        return (*self.base.variables, *self.ratios)

    def whole(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of signed distances."""

        def fill(*arguments: Any) -> None:
            theta, out = arguments[:-1], arguments[-1]
            with np.errstate(all="ignore"):
                curve = self._curve(columns, theta)
                found = curve.nearest()
                length = np.sqrt(1.0 + np.square(found.slopes).sum(axis=0))
                self.derivatives.bind()[0](*curve.moved(found.shifts), *theta, out[:-1])
                for column in out[:-1]:
                    column /= length
                size = np.sqrt(np.square(found.residual) + np.square(found.shifts).sum(axis=0))
                np.copysign(size, found.residual, out=out[-1])

        return fill

    def wide(self, columns: Sequence[Array]) -> Fill:
        """No parameter enters linearly."""
        raise NotImplementedError

    def summed(self, columns: Sequence[Array]) -> None:
        """No parameter enters linearly."""

    def response(self, columns: Sequence[Array]) -> Array:
        """Return the measured response, (m,)."""
        return self.base.response(columns[: len(self.base.variables)])

    def prediction(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of f, at inputs that are exact."""
        return self.base.prediction(columns)

    def shifts(self, columns: Sequence[Array], theta: Sequence[float]) -> dict[str, Array]:
        """Return how far each row's inputs are from the curve's nearest point, {input: (n,)}, in their units."""
        curve = self._curve(columns, theta)
        with np.errstate(all="ignore"):
            moved = curve.nearest().shifts * curve.tau
        return dict(zip(self.shifted, moved, strict=True))

    def widening(self, inputs: Sequence[Array], tau: Sequence[float], theta: Sequence[float]) -> Array:
        """Return by how much errors in x widen the noise of rows at these inputs, sqrt(1 + |v|^2), (m,).

        tau : noise of each noisy input in units of that of the response
        """
        m = len(inputs[0])
        columns = np.repeat(np.array(tau)[:, None], m, axis=1)
        with np.errstate(all="ignore"):
            v = _Curve(self, list(inputs), np.zeros(m), columns, theta).local(np.zeros_like(columns)).slopes
            widened: Array = np.sqrt(1.0 + np.square(v).sum(axis=0))
        return widened

    def _curve(self, columns: Sequence[Array], theta: Sequence[float]) -> _Curve:
        by_name = dict(zip(self.variables, columns, strict=True))
        inputs = [by_name[name] for name in self.inputs]
        tau = np.array([by_name[name] for name in self.ratios])
        return _Curve(self, inputs, self.response(columns), tau, theta)


class _Local(NamedTuple):
    """What Newton needs at some shifts: r, (n,), v, (m, n), and tau_j tau_k d2f/dx_j dx_k, (m, m, n)."""

    residual: Array
    slopes: Array
    curvature: Array

    def of(self, rows: Any) -> _Local:
        """Return the same for some of the rows."""
        return _Local(self.residual[rows], self.slopes[:, rows], self.curvature[:, :, rows])


class _Curve(NamedTuple):
    """Rows under a law at some theta.

    inputs : of the law, (n,) each;  y : (n,);  tau : (m, n), noise of the inputs in units of that of y
    """

    model: OrthogonalModel
    inputs: list[Array]
    y: Array
    tau: Array
    theta: Sequence[float]

    def of(self, rows: Any) -> _Curve:
        """Return some of the rows."""
        return self._replace(inputs=[x[rows] for x in self.inputs], y=self.y[rows], tau=self.tau[:, rows])

    def moved(self, d: Array) -> list[Array]:
        """Return the inputs after shifts d, (m, n) in units of their noise."""
        moved = list(self.inputs)
        for k, name in enumerate(self.model.shifted):
            place = self.model.inputs.index(name)
            moved[place] = self.inputs[place] + self.tau[k] * d[k]
        return moved

    def local(self, d: Array) -> _Local:
        """Return residual, slopes and curvatures after shifts d."""
        m, n = d.shape
        out = np.empty((1 + m + m * m, n))
        self.model.local.bind()[0](*self.moved(d), *self.theta, out)
        curvature = out[1 + m :].reshape(m, m, n) * (self.tau[:, None] * self.tau)
        return _Local(self.y - out[0], out[1 : 1 + m] * self.tau, curvature)

    def nearest(self) -> _Nearest:
        """Return the best shift of every row, by Newton's method in each, from no shift.

        Rows that have arrived are set aside.
        """
        d = np.zeros_like(self.tau)
        here = self.local(d)
        residual, slopes = here.residual.copy(), here.slopes.copy()
        left = np.arange(len(self.y))
        for _ in range(STEPS):
            before = d[:, left]
            d[:, left], here = self.of(left).stepped(before, here)
            residual[left], slopes[:, left] = here.residual, here.slopes
            move = np.abs(d[:, left] - before).max(axis=0)
            far = move > CLOSE * np.hypot(here.residual, np.abs(before).max(axis=0)) + ROUNDING * np.abs(
                self.y[left]
            )
            if not far.any():
                break
            left, here = left[far], here.of(far)
        return _Nearest(d, residual, slopes)

    def stepped(self, d: Array, here: _Local) -> tuple[Array, _Local]:
        """Return the shifts after one step of each row, halved until no row's cost is higher, and what is there."""
        step = _newton(d, here)
        cost = np.square(here.residual) + np.square(d).sum(axis=0)
        slack = 1e-14 * cost + ROUNDING * np.abs(here.residual * self.y)
        for number in range(HALVINGS):
            trial = d + step
            there = self.local(trial)
            reached = np.square(there.residual) + np.square(trial).sum(axis=0)
            worse = ~(reached <= cost + slack) & np.isfinite(cost)
            if not worse.any():
                return trial, there
            step = np.where(worse, 0.5 * step if number < HALVINGS - 1 else 0.0, step)
        return d + step, self.local(d + step)


def _newton(d: Array, here: _Local) -> Array:
    """Return Newton's step for (r^2 + |d|^2)/2 in each row, (m, n), downhill also where that is not convex."""
    m = len(d)
    r, v, curvature = here
    slope = d - r * v
    hessian = v[:, None] * v - r * curvature + np.eye(m)[:, :, None]
    usable = np.isfinite(hessian).all(axis=(0, 1)) & np.isfinite(slope).all(axis=0)
    hessian = np.where(usable, hessian, np.eye(m)[:, :, None])
    slope = np.where(usable, slope, 0.0)
    if m == 1:
        step: Array = -slope / np.maximum(np.abs(hessian[0]), 1e-8)
        return step
    sizes, axes = np.linalg.eigh(hessian.transpose(2, 0, 1))
    along = np.einsum("nij,in->nj", axes, slope) / np.maximum(np.abs(sizes), 1e-8)
    result: Array = -np.einsum("nij,nj->in", axes, along)
    return result


@lru_cache(maxsize=64)
def orthogonal_model(
    base: FormulaModel, law: Expression, shifted: tuple[str, ...], ratios: tuple[str, ...]
) -> OrthogonalModel:
    """Return the model of a law whose inputs `shifted` are noisy.

    base : of the law, its parameters in its own order;  law : its right side, in the base's names
    ratios : for each, the column of its noise in units of that of the response
    """
    arguments = (*base.inputs, *base.names)
    slopes = gradient(law, shifted)
    curvatures = [entry for slope in slopes for entry in gradient(slope, shifted)]
    local = compile_stages((), [Stage(arguments, (law, *slopes, *curvatures))])
    derivatives = compile_stages((), [Stage(arguments, tuple(gradient(law, base.names)))])
    return OrthogonalModel(base, shifted, ratios, local, derivatives)

"""SciPy's curve_fit, drop-in: the same call, exact derivatives where the function is a formula."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from educe.errors import FitError, ParameterError
from educe.fitting.curve_arguments import (
    UNBOUNDED,
    inside,
    read_bounds,
    read_jac,
    read_method,
    read_rows,
    read_sigma,
    read_step,
    starting_values,
)
from educe.fitting.curve_law import CurveLaw, laws
from educe.fitting.curve_problem import Curve, formula_problem, input_columns, opaque_problem
from educe.fitting.curve_statistics import loss_of, triangle_under_loss, unscaled_covariance
from educe.least_squares.bounds import Box
from educe.least_squares.robust import solve_robust
from educe.least_squares.solve import Solution, solve
from educe.least_squares.stopping import Reason, Stopping

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.engines.in_memory import InMemory
    from educe.engines.whole import Whole
    from educe.least_squares.losses import Loss
    from educe.least_squares.triangle import Array

STEPS = 200  # steps allowed for each parameter and one more, where no limit is given
NUDGE = 1e-2  # share of the start by which its first parameter is moved, the second by twice that, ...
SETTLED = {Reason.LINEAR, Reason.STEP, Reason.STAGNATION, Reason.BOUND, Reason.NOT_FINITE, Reason.ITERATIONS}
AGREEMENT = 1e-10  # of |y|: by how much a formula's values may differ from the function's own


def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = UNBOUNDED,
    method: str | None = None,
    jac: Callable[..., Any] | str | None = None,
    *,
    full_output: bool = False,
    nan_policy: str | None = None,
    maxfev: int | None = None,
    max_nfev: int | None = None,
    loss: str | Callable[[Array], Any] = "linear",
    f_scale: float = 1.0,
    epsfcn: float | None = None,
    diff_step: Any = None,
    ftol: float | None = None,
    xtol: float | None = None,
    gtol: float | None = None,
    x_scale: Any = None,
    factor: float | None = None,
    diag: Any = None,
    col_deriv: bool = False,
    tr_solver: str | None = None,
    tr_options: Any = None,
    jac_sparsity: Any = None,
    verbose: int = 0,
    args: Any = (),
) -> Any:
    r"""Fit a function to data by least squares: a drop-in replacement of `scipy.optimize.curve_fit`.

    .. math:: \min_\theta \sum_i \left(\frac{f(x_i; \theta) - y_i}{\sigma_i}\right)^2

    The call, the meaning of every argument, the results, warnings and exceptions are SciPy's. Better than there:
    a function written with NumPy is read as a formula, so derivatives are exact, parameters that enter linearly
    need no start, and the result has all the digits that float64 carries. Whether the formula gives the
    function's own values is checked at the solution; where it does not, or where the function cannot be read,
    derivatives are taken by central differences.

    f : function of xdata and the parameters, ``f(x, a, b, ...)``
    xdata : (n,) or (k, n), or any object that f takes;  ydata : (n,)
    p0 : (p,) starting values; by default 1, or the middle of the bounds
    sigma : standard deviations, (n,) or one for all, or their covariance, (n, n)
    absolute_sigma : True: sigma is in the unit of ydata; False: only its ratios count
    check_finite : refuse nan and infinities in the data (the default unless nan_policy is given)
    bounds : (lower, upper), one number or (p,) each, or `scipy.optimize.Bounds`
    method : "lm" (without bounds only), "trf" or "dogbox"; the solver is educe's whatever the name
    jac : function of the same arguments giving (n, p) derivatives, used as given; "2-point", "3-point" or "cs":
        how derivatives are taken where the function cannot be read (both point schemes are central differences)
    full_output : return infodict, mesg and ier too
    nan_policy : None, "raise" or "omit"
    maxfev, max_nfev : limit of steps
    loss, f_scale : robust loss and the weighted residual at which it bends ("trf" and "dogbox")
    epsfcn, diff_step : relative error of f, relative step of differences; for functions that carry noise
    col_deriv : jac gives (p, n)
    ftol, xtol, gtol, x_scale, factor, diag, tr_solver, tr_options, jac_sparsity, verbose : accepted and not needed:
        the solver goes to the last digits in any scale
    args : refused, as by SciPy

    Returns popt, (p,), and pcov, (p, p); with full_output also infodict, mesg and ier.

    Raises ValueError for data or options that cannot be used, TypeError for fewer measurements than parameters,
    RuntimeError if no minimum was reached within the limit of steps. Warns with `scipy.optimize.OptimizeWarning`
    if the covariance cannot be estimated; pcov is then infinite.

    Source: Marquardt (1963); Golub and Pereyra (1973); see docs/theory.md.

    >>> import numpy as np
    >>> def decay(t, a, k):
    ...     return a * np.exp(-k * t)
    >>> t = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    >>> popt, pcov = curve_fit(decay, t, 5.0 * np.exp(-0.7 * t))
    >>> popt.round(12)
    array([5. , 0.7])
    """
    if args != ():
        raise ParameterError("'args' is not a supported keyword argument.")
    start, p = starting_values(f, p0)
    box = read_bounds(bounds, p)
    method = read_method(method, box)
    x, y, sigma = read_rows(xdata, ydata, sigma, check_finite=check_finite, nan_policy=nan_policy)
    if method == "lm" and y.size != 1 and p > y.size:
        raise TypeError(
            f"The number of func parameters={p} must not exceed the number of data points={y.size}"
        )
    curve = Curve(
        f, x, y, read_sigma(sigma, y.size), inside(start, box, p), box, read_jac(jac, col_deriv),
        read_step(epsfcn, diff_step),
    )  # fmt: skip
    limit = maxfev or max_nfev or STEPS * (p + 1)
    with np.errstate(all="ignore"):
        found = _solved(curve, loss_of(loss), float(f_scale), Stopping(limit))
    if found.reason is Reason.ITERATIONS:
        raise FitError(f"Optimal parameters not found: {_exhausted(method, limit)}")
    if found.reason is Reason.NOT_FINITE and method != "lm":
        raise ParameterError("Residuals are not finite in the initial point.")
    pcov = _covariance(found, absolute=absolute_sigma, pseudo=method != "lm")
    if pcov is None:
        pcov = np.full((p, p), np.inf)
        _warn()
    if not full_output:
        return found.theta, pcov
    return found.theta, pcov, _information(found), found.reason.value, 2 if method == "lm" else 3


class Found(NamedTuple):
    """Where a solver ended.

    theta : (p,);  residuals : (n,) weighted f - y;  cost : their sum of squares, or of robust losses
    triangle : (q+1, q+1), for the q parameters that have an effect;  position : their places in theta
    """

    theta: Array
    residuals: Array
    cost: float
    triangle: Array
    position: list[int]
    reason: Reason
    evaluations: int


def _solved(curve: Curve, loss: Loss | None, scale: float, stopping: Stopping) -> Found:
    """Return the minimum, by the function's formula if it has one that gives its values, else by its values."""
    columns = None if callable(curve.jac) else input_columns(curve)
    if columns is not None:
        for law in laws(curve, len(columns) if curve.x.ndim > 1 else 0):
            problem = formula_problem(curve, law.model, columns)
            found = _descended(curve, problem, law.position, loss, scale, stopping)
            if _agrees(curve, problem, law, found):
                return found
    problem = opaque_problem(curve)
    return _descended(curve, problem, list(range(curve.start.size)), loss, scale, stopping)


def _descended(
    curve: Curve,
    problem: InMemory | Whole,
    position: list[int],
    loss: Loss | None,
    scale: float,
    stopping: Stopping,
) -> Found:
    """Return where the solver leads from the start."""
    begin = curve.start[position].tolist()
    box = curve.box and Box(curve.box.lower[position], curve.box.upper[position])
    solution = _solution(problem, begin, box, loss, scale, stopping)
    if solution.reason not in SETTLED:
        again = _solution(problem, _nudged(begin, box), box, loss, scale, stopping)
        solution = min(solution, again, key=lambda s: s.cost)
    theta = curve.start.copy()
    if solution.reason is not Reason.NOT_FINITE:
        theta[position] = solution.theta
    residuals = curve.residuals(theta)
    triangle, cost = solution.triangle, float(residuals.dot(residuals))
    if loss is not None:
        J = np.concatenate([block[:, :-1] for _, block in problem.blocks(solution.theta)])
        triangle, cost = triangle_under_loss(J, residuals, loss, scale)
    return Found(theta, residuals, cost, triangle, position, solution.reason, solution.evaluations)


def _solution(
    problem: InMemory | Whole,
    begin: list[float],
    box: Box | None,
    loss: Loss | None,
    scale: float,
    stopping: Stopping,
) -> Solution:
    if loss is None:
        return solve(problem, begin, box=box, stopping=stopping)
    return solve_robust(problem, begin, loss=loss, loss_scale=scale, box=box, stopping=stopping).solution


def _nudged(begin: list[float], box: Box | None) -> list[float]:
    """Return a start near by without its symmetry: equal starts of like terms lead to a saddle between them."""
    moved = [v * (1.0 + NUDGE * (k + 1)) if v else NUDGE * (k + 1) for k, v in enumerate(begin)]
    return moved if box is None else [float(v) for v in box.clip(np.array(moved))]


def _agrees(curve: Curve, problem: InMemory | Whole, law: CurveLaw, found: Found) -> bool:
    """Tell whether the formula's residuals at the solution are those of the function itself."""
    expected = problem.residuals(found.theta[law.position].tolist())
    own = found.residuals
    if expected.shape != own.shape:
        return False
    sums = expected + own  # theirs are y - f, SciPy's f - y
    allowed = AGREEMENT * problem.magnitude / math.sqrt(len(own))
    if math.sqrt(sums.dot(sums)) <= allowed:
        return True
    difference = np.abs(sums)
    if difference.max() <= allowed:
        return True
    near = difference <= allowed + AGREEMENT * np.abs(own)
    return bool((near | (np.isnan(expected) & np.isnan(own))).all())


def _covariance(found: Found, *, absolute: bool, pseudo: bool) -> Array | None:
    """Return the covariance of all parameters, None where it cannot be estimated."""
    p, n, used = len(found.theta), len(found.residuals), found.position
    if found.reason is Reason.NOT_FINITE or (len(used) < p and not pseudo) or (n <= p and not absolute):
        return None
    covariance = unscaled_covariance(found.triangle, n, pseudo=pseudo)
    if covariance is None:
        return None
    if used != list(range(p)):
        whole = np.zeros((p, p))
        whole[np.ix_(used, used)] = covariance
        covariance = whole
    return covariance if absolute else covariance * (found.cost / (n - p))


def _exhausted(method: str, limit: int) -> str:
    if method == "lm":
        return f"Number of calls to function has reached maxfev = {limit}."
    return "The maximum number of function evaluations is exceeded."


def _warn() -> None:
    from scipy.optimize import OptimizeWarning

    warnings.warn("Covariance of the parameters could not be estimated", OptimizeWarning, stacklevel=3)


def _information(found: Found) -> dict[str, Any]:
    """Return SciPy's infodict: the triangle stands for its QR factors, without pivoting."""
    p, n, R = len(found.theta), len(found.residuals), found.triangle
    q = len(found.position)
    factor = np.zeros((p, n))
    factor[:q, : min(q, n)] = R[: min(q, n), :q].T
    projected = np.zeros(n)
    projected[:q] = -R[: min(q, n), q]
    pivots = [*found.position, *(k for k in range(p) if k not in found.position)]
    return {
        "fvec": found.residuals,
        "nfev": found.evaluations,
        "fjac": factor,
        "ipvt": np.array(pivots, dtype=np.int32) + 1,
        "qtf": projected,
    }

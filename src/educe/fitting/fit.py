"""Fit a known law: the door, and which way the rows take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from educe.fitting.options import Options
from educe.fitting.ordinary import fitted
from educe.table.memory import is_large
from educe.table.reading import is_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from educe.fitting.plan import LawLike
    from educe.fitting.result import Fit
    from educe.fitting.starting import Passed, Progress, Start
    from educe.least_squares.triangle import Array


def fit(
    law: LawLike,
    data: Any,
    *,
    start: Start | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    fixed: Mapping[str, float] | None = None,
    ties: Mapping[str, str] | None = None,
    sigma: str | float | Sequence[float] | Array | None = None,
    sigma_x: str | float | Mapping[str, str | float | Sequence[float] | Array] | None = None,
    absolute_sigma: bool = False,
    loss: str = "linear",
    loss_scale: float | None = None,
    method: str = "levenberg-marquardt",
    where: str | None = None,
    shared: Sequence[str] | None = None,
    derive: Mapping[str, str] | None = None,
    variables: Sequence[str] = (),
    parameters: Sequence[str] = (),
    iterations: int = 500,
    search: bool = True,
    search_seconds: float = 10.0,
    seed: int = 0,
    intervals: str = "auto",
    errors: str = "model",
    progress: Progress | None = None,
    memory: str | float | None = None,
    engine: Any = None,
    passed: Passed | None = None,
) -> Fit:
    r"""Find the constants of a known law by least squares, with error bars.

    .. math:: \min_\theta \sum_i w_i^2 \left(y_i - f(x_i; \theta)\right)^2, \qquad w_i = 1/\sigma_i

    law : text such as ``"z = a*sin(x) + b*cos(y)"``, a Law, or a function with named arguments, called after the
        column it predicts; names that are columns are variables, all others parameters. A function that is no
        formula is known by its values: each must follow from its own row, and what it raises passes through
    data : path, pandas or polars DataFrame, Arrow Table, xarray Dataset, dict of arrays
    start : {parameter: starting value, or (lower, upper) to search in}; none is needed
    bounds : {parameter: (lower, upper)}, infinite or None where there is none
    fixed : {parameter: value}, held there
    ties : {parameter: text}, computed from others: ``{"b": "2*a"}``
    sigma : standard deviation of each measurement: a column's name, a number or (n,) values; None: all equal
    sigma_x : the same of the inputs, {input: sigma}, or one sigma if there is one input; needs sigma. What is
        minimised is then the distance to the curve, each input shifted as far as that takes
    absolute_sigma : True: sigma is in the unit of the response and error bars follow from it alone;
        False: only ratios of sigma count, the residual scatter sets the scale
    loss : "linear", "soft-l1", "huber", "cauchy" or "tukey"
    loss_scale : residual (in units of sigma, if given) at which a robust loss bends; None: from the residuals
    method : "levenberg-marquardt", or "gauss-newton" for the undamped classic
    where : condition on the rows, such as ``"x > 0 and y < 5"``
    shared : parameters that several data sets have in common; data is then a list of them, or {name: data}, and
        every other parameter becomes one for each: ``a_cold``, ``a_hot``
    derive : {name: text}, quantities computed from the parameters, with their errors: ``{"tau": "1/k"}``
    variables, parameters : names that must be columns, or parameters, whatever the data
    iterations : limit of steps
    search : whether to look for starting values that are not given; False: they start at 1, or in their bounds
    search_seconds : s, no new search begins after it;  seed : of the search's draws
    intervals : method of the intervals that are shown: "auto", "wald", "profile", "bootstrap" or "jackknife"; see
        `Fit.conf_int`
    errors : "model": error bars follow from sigma and loss; "sandwich": they suppose nothing of how the noise
        differs from row to row (HC3), at the price of needing more rows
    progress : called as progress(round, best cost, seconds) while searching
    memory : bytes, or text such as ``"500MB"``: a file, or all files of a folder, is then read row by row within
        that budget; by itself this is done where the file is larger than a quarter of the free memory
    engine : client of a Dask cluster, dask.distributed.Client, on which a file is then read row by row; its workers
        must see the file
    passed : called as passed(pass, share done) while a file is read row by row

    Returns a Fit. Whether it converged is said in `Fit.converged` and `Fit.reason`.

    Raises FormulaError, ParameterError, TableError or FileError for what cannot be used, and FitError where
    the law is not finite at the start.

    Source: Marquardt (1963); Golub and Pereyra (1973) for linear parameters; see docs/theory.md.

    >>> import numpy as np
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> line = fit("y = m*x + b", {"x": x, "y": 2*x + 1})
    >>> round(line.params["m"], 12), round(line.params["b"], 12)
    (2.0, 1.0)
    """
    asked = Options(
        start,
        bounds,
        fixed,
        ties,
        sigma,
        sigma_x,
        absolute_sigma,
        loss,
        loss_scale,
        method,
        where,
        derive,
        variables,
        parameters,
        iterations,
        search,
        search_seconds,
        seed,
        intervals,
        errors,
        progress,
    )
    if shared is not None:
        from educe.fitting.several import fit_several

        return fit_several(law, data, shared, asked)
    if memory is not None or engine is not None or (is_path(data) and is_large(data)):
        from educe.fitting.streaming import Budget, fit_streamed

        return fit_streamed(law, data, asked, Budget(memory, engine, passed))
    return fitted(law, data, asked)

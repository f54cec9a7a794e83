"""Fit a known law: the one place where a law, rows and a solver meet."""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.threaded import rows_under
from educe.errors import ParameterError, TableError, listing, nearest
from educe.fitting.convention import Convention
from educe.fitting.errors_in_x import followed, noisy
from educe.fitting.found import in_law_order
from educe.fitting.measured import is_large, is_path, measured, names_of
from educe.fitting.options import check_derived, check_errors, check_kinds
from educe.fitting.plan import LawLike, Plan, bounded_calls, make_plan, read_law
from educe.fitting.result import Fit
from educe.fitting.rows import Rows
from educe.fitting.solving import Solving
from educe.fitting.starting import Passed, Progress, Search, Start, split
from educe.parameters import Parameter
from educe.table import Table, as_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from educe.engines.in_memory import InMemory
    from educe.least_squares.triangle import Array

SMALLEST = 1e-140  # size of a response whose squares, and those of its rounding, are still numbers
SHOWN = ("auto", "model")  # method of intervals and kind of error bars if nothing is asked for
GUESS = 1.0  # where a parameter starts that was given no start: one unit, moved into its bounds


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
    if shared is not None:
        from educe.fitting.several import fit_several

        if (intervals, errors) != SHOWN:
            check_errors(intervals, errors, loss)
        several = fit_several(
            law,
            data,
            shared=shared,
            start=start,
            bounds=bounds,
            fixed=fixed,
            ties=ties,
            sigma=sigma,
            sigma_x=sigma_x,
            absolute_sigma=absolute_sigma,
            loss=loss,
            loss_scale=loss_scale,
            method=method,
            where=where,
            derive=derive,
            variables=variables,
            parameters=parameters,
            iterations=iterations,
            search=search,
            search_seconds=search_seconds,
            seed=seed,
            progress=progress,
        )
        return replace(several, convention=replace(several.convention, intervals=intervals, errors=errors))
    check_errors(intervals, errors, loss)
    if is_path(data) and (engine is not None or is_large(data, memory)):
        from educe.fitting.streaming import Budget, fit_streamed, refuse_streamed

        def fit_sample(table: Table) -> Fit:
            return fit(
                law,
                table,
                start=start,
                bounds=bounds,
                fixed=fixed,
                ties=ties,
                sigma=sigma,
                absolute_sigma=absolute_sigma,
                loss=loss,
                loss_scale=loss_scale,
                method=method,
                where=where,
                derive=derive,
                variables=variables,
                parameters=parameters,
                iterations=iterations,
                search=search,
                search_seconds=search_seconds,
                seed=seed,
                intervals=intervals,
                progress=progress,
            )

        refuse_streamed(loss, method, sigma_x, errors)
        names = names_of(read_law(law, tuple(variables), tuple(parameters)), where, sigma)
        return fit_streamed(data, names, fit_sample, Budget(where, sigma, iterations, memory, engine, passed))
    if engine is not None:
        raise ParameterError("engine reads a file, or all files of a folder; give data as a path.")
    check_kinds(where, {"start": start, "bounds": bounds, "fixed": fixed, "ties": ties, "derive": derive})
    if absolute_sigma and sigma is None:
        raise ParameterError("absolute_sigma says what sigma means; give sigma too.")
    the_law = read_law(law, tuple(variables), tuple(parameters))
    how = Solving(
        method, loss, loss_scale, iterations, Search(search_seconds, seed, progress) if search else None
    )
    how.check(bounded=bool(bounds))
    table = as_table(data, names=names_of(the_law, where, sigma, sigma_x) if is_path(data) else None)
    plan = make_plan(
        the_law,
        tuple(table.available or table.columns),
        fixed=tuple(fixed.items()) if fixed else (),
        ties=tuple(ties.items()) if ties else (),
        bounded=frozenset(bounds or ()),
        eliminate=method != "gauss-newton",
    )
    if derive:
        check_derived(derive, plan.parameters)
    given = measured(table, plan, where, sigma, sigma_x)
    table = given.table
    values, ranges = split(start) if start else ({}, {})
    settled = settle(plan, values, ranges, bounds or {})
    plan = bounded_calls(plan, settled, values)
    problem = rows_under(plan.model, [table[name] for name in plan.model.variables], given.weights)
    if problem.n < len(plan.free):
        raise TableError(
            f"{table.source} has {problem.n} usable rows, fewer than the {len(plan.free)} free parameters "
            f"{listing(plan.free)}."
        )
    _check_ranges(ranges, settled)
    _check_size(problem, table)
    solved = how.run(plan, problem, settled, values, ranges)
    if given.ratios:
        exact, plan = plan, noisy(plan, given.ratios)
        problem = rows_under(plan.model, [table[name] for name in plan.model.variables], given.weights)
        solved = followed(how, plan, problem, settled, solved, exact)
    return Fit(
        law=the_law,
        parameters=tuple(settled.values()),
        plan=plan,
        found=in_law_order(plan, solved.solution, solved.triangle),
        rows=Rows(
            {name: table[name] for name in plan.needed},
            problem.response,
            given.sigma,
            table.source,
            table.units,
            kept=table.kept,
        ),
        left_out=table.left_out,
        convention=Convention(
            "none" if sigma is None else "absolute" if absolute_sigma else "relative",
            loss,
            solved.loss_scale,
            tuple(given.ratios),
            intervals,
            errors,
        ),
        method=method,
        derive=dict(derive) if derive else {},
        started=values,
        search=solved.search,
    )


def _check_ranges(ranges: Mapping[str, tuple[float, float]], settled: Mapping[str, Parameter]) -> None:
    for name, (lower, upper) in ranges.items():
        bounds = settled[name]
        if not max(lower, bounds.lower) < min(upper, bounds.upper):
            raise ParameterError(
                f"{name}: the range of starts {lower:g}:{upper:g} lies outside its bounds "
                f"{bounds.lower:g} .. {bounds.upper:g}."
            )


def _check_size(problem: InMemory, table: Table) -> None:
    """Refuse a response whose square is no number: sums of squares would be 0 or infinite."""
    size = problem.magnitude
    if size == 1.0 and problem.response.any():  # 1 stands for a sum of squares of 0 too
        y = problem.response if problem.weights is None else problem.response * problem.weights
        size = float(np.abs(y).max())
    if not SMALLEST < size < 1.0 / SMALLEST:
        raise TableError(
            f"{table.source}: the response, divided by sigma if there is one, has the size {size:.1g}, whose "
            f"square no number can hold; {SMALLEST:g} to {1.0 / SMALLEST:g} is allowed. Give it in another unit."
        )


def settle(
    plan: Plan,
    start: Mapping[str, float],
    ranges: Mapping[str, tuple[float, float]],
    bounds: Mapping[str, tuple[float | None, float | None]],
) -> dict[str, Parameter]:
    """Return every parameter of the law with its start and bounds, in the law's order.

    A free parameter without a start begins at 1, or inside its bounds.
    Raises ParameterError for a name that is not free, or values that cannot hold.
    """
    for name in (*start, *ranges):
        if name not in plan.free:
            raise ParameterError(_not_free(name, plan))
    for name, pair in bounds.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ParameterError(
                f"{name}: bounds are a pair (lower, upper), None where there is none, not {pair!r}."
            )
        if not all(end is None or isinstance(end, Real) for end in pair):
            raise ParameterError(f"{name}: a bound is a number or None, not as in {pair!r}.")
    return {name: _settled(name, plan, start, bounds) for name in plan.parameters}


def _settled(
    name: str,
    plan: Plan,
    start: Mapping[str, float],
    bounds: Mapping[str, tuple[float | None, float | None]],
) -> Parameter:
    if name in plan.fixed:
        return Parameter(name, float(plan.fixed[name]), fixed=True)
    if name in plan.tied:
        return Parameter(name)
    if name not in bounds:
        return Parameter(name, start.get(name, GUESS))
    lower, upper = bounds[name]
    lower = -math.inf if lower is None else float(lower)
    upper = math.inf if upper is None else float(upper)
    return Parameter(name, start[name] if name in start else _inside(lower, upper), lower, upper)


def _inside(lower: float, upper: float) -> float:
    """Return 1 if it lies inside the bounds, else their middle, or one unit from the only one."""
    if lower < GUESS < upper:
        return GUESS
    if math.isfinite(lower) and math.isfinite(upper):
        return 0.5 * (lower + upper)
    return lower + 1.0 if math.isfinite(lower) else upper - 1.0


def _not_free(name: str, plan: Plan) -> str:
    if name in plan.fixed:
        return f"{name} is fixed at {plan.fixed[name]:g}; it takes no starting value."
    if name in plan.ties:
        return f"{name} is tied to {plan.ties[name]}; it takes no starting value."
    return (
        f"{name} is not a parameter of the law; its parameters are {listing(plan.parameters)}."
        f"{nearest(name, plan.parameters)}"
    )

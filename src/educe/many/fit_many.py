"""Fit one law to very many small data sets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.many import ManyRows
from educe.engines.model import FormulaModel, formula_model
from educe.errors import FormulaError, ParameterError, TableError, listing, nearest
from educe.fitting.fit import fit
from educe.fitting.measured import names_of
from educe.fitting.plan import make_plan, read_law
from educe.fitting.settled import settle
from educe.formula import Law, parse_expression
from educe.many.data_sets import DataSets, grouped, stacked
from educe.many.finished import Finished
from educe.many.result import Many
from educe.many.starting import Limits, candidates, improved
from educe.table import as_table

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from educe.engines.many import Ends
    from educe.fitting.plan import LawLike, Plan
    from educe.least_squares.triangle import Array
    from educe.many.starting import FitOne
    from educe.parameters import Parameter
    from educe.table import Table

CHUNK = 250_000  # data sets between two words of progress, and between two parts of a checkpoint
LOSSES = ("least-squares", "poisson")


def fit_many(
    law: LawLike,
    data: Any,
    *,
    by: str | None = None,
    start: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    fixed: Mapping[str, float] | None = None,
    sigma: str | None = None,
    absolute_sigma: bool = False,
    loss: str = "least-squares",
    where: str | None = None,
    iterations: int = 100,
    search_seconds: float = 2.0,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Many:
    r"""Fit one law to very many small data sets, each with a status of its own.

    .. math:: \min_{\theta_b} \sum_{i \in b} w_i^2 (y_i - f(x_i; \theta_b))^2 \qquad b = 1, \ldots, B

    law : text or NumPy function, as for `educe.fit`
    data : a table as for `educe.fit`, with `by`; or {name: array (fits, points)}, where inputs may be (points,)
    by : column of numbers that tells data sets apart
    start : {parameter: value} for all; those not given are searched for on a few data sets, and those that fail begin
        again where their neighbours ended
    bounds : {parameter: (lower, upper)};  fixed : {parameter: value}
    sigma : column of standard deviations;  absolute_sigma : they are known, not their ratios alone
    loss : "least-squares", or "poisson" for counts: their deviance is minimised
    where : condition on the rows;  iterations : limit of steps of each fit
    search_seconds : s, for each data set that is searched;  seed : of the search
    checkpoint : folder that keeps what is done, so that the same call goes on after an interruption; gone at the end
    progress : called as progress(data sets done, of how many)

    Returns a Many: parameters, standard errors, sum of squares and status of each data set.

    Raises FormulaError, ParameterError, TableError or FileError for what cannot be used, FitError if no data set that
    was searched could be fitted.

    Source: Marquardt (1963); Laurence and Chromy (2010) for counts.

    >>> import numpy as np
    >>> x = np.linspace(0.0, 3.0, 20)
    >>> rates = np.array([[0.5], [1.0], [2.0]])
    >>> found = fit_many("y = a*exp(-k*x)", {"x": x, "y": 2.0*np.exp(-rates*x)})
    >>> found.params["k"].round(6)
    array([0.5, 1. , 2. ])
    """
    began = time.perf_counter()
    _check(loss, sigma, absolute_sigma)
    the_law = read_law(law)
    if not isinstance(the_law, Law):
        raise FormulaError("very many fits need a law that is a formula; this function could not be read.")
    table, columns = _table(data, by, the_law, where, sigma)
    plan = make_plan(
        the_law, columns, fixed=tuple(fixed.items()) if fixed else (), bounded=frozenset(bounds or ())
    )
    settled = settle(plan, start or {}, {}, bounds or {})
    needed = [*plan.needed, *([sigma] if sigma else [])]
    measured = [name for name in needed if name not in plan.model.inputs]
    sets = stacked(data, needed, measured) if table is None else grouped(table, by or "", needed, where)
    model = _model(plan)
    rows = _rows(sets, model, sigma, poisson=loss == "poisson")
    limits = _limits(model, settled, iterations)

    def fit_one(number: int) -> dict[str, float]:
        one = fit(
            the_law,
            sets.rows_of(number),
            start=start,
            bounds=bounds,
            fixed=fixed,
            sigma=sigma,
            search_seconds=search_seconds,
            seed=seed,
        )
        return one.params

    starts = (
        _given(model, start) if _all_given(model, start) else candidates(rows, fit_one, model.names, seed)
    )
    mark = b"" if checkpoint is None else _fingerprint(the_law, settled, loss, rows, starts)
    done = Finished.at(checkpoint, mark)
    parts: list[Ends] = []
    for first in range(0, rows.count, CHUNK):
        last = min(first + CHUNK, rows.count)
        kept = done.read(first)
        if kept is None:
            part = rows.part(first, last)
            kept = part.fitted(starts, limits.lower, limits.upper, own=False, steps=limits.steps)
            improved(part, kept, starts, limits, partial(_shifted, fit_one, first))
            done.write(first, kept)
        parts.append(kept)
        if progress is not None:
            progress(last, rows.count)
    done.remove()
    seconds = time.perf_counter() - began
    return _assembled(plan, sets, rows, parts, absolute=absolute_sigma, seconds=seconds)


def _shifted(fit_one: FitOne, first: int, number: int) -> dict[str, float]:
    return fit_one(first + number)


def _check(loss: str, sigma: str | None, absolute_sigma: bool) -> None:
    if loss not in LOSSES:
        raise ParameterError(f"loss '{loss}' is not one of {', '.join(LOSSES)}.{nearest(loss, LOSSES)}")
    if sigma is not None and not isinstance(sigma, str):
        raise ParameterError("sigma is the name of a column of standard deviations.")
    if loss == "poisson" and sigma is not None:
        raise ParameterError("counts tell their own noise; sigma and loss 'poisson' do not go together.")
    if absolute_sigma and sigma is None:
        raise ParameterError("absolute_sigma says what sigma means; give sigma too.")


def _table(
    data: Any, by: str | None, law: Law, where: str | None, sigma: str | None
) -> tuple[Table | None, tuple[str, ...]]:
    """Return the table, None for arrays of shape (fits, points), and the names of its columns but for the key."""
    if by is None:
        if not isinstance(data, Mapping):
            raise ParameterError(
                "by names the column that tells data sets apart; without it, data is {name: array (fits, points)}."
            )
        return None, tuple(str(name) for name in data)
    if not isinstance(by, str):
        raise ParameterError(f"by is the name of the column that tells data sets apart, not {by!r}.")
    table = as_table(data, names=[*names_of(law, where, sigma), by])
    known = table.available or tuple(table.columns)
    if by not in known:
        raise TableError(
            f"by: {table.source} has no column '{by}'; its columns are {listing(known)}.{nearest(by, known)}"
        )
    return table, tuple(name for name in known if name != by)


def _model(plan: Plan) -> FormulaModel:
    """Return the law with the linear parameters first; all of them are moved, none is eliminated."""
    law = plan.law
    assert isinstance(law, Law)
    replaced = law.substitute({**plan.tied, **plan.fixed}) if plan.fixed else law
    response = replaced.response if replaced.response is not None else parse_expression(replaced.target or "")
    return formula_model(response, replaced.expression, plan.free, eliminate=frozenset(plan.free))


def _rows(sets: DataSets, model: FormulaModel, sigma: str | None, *, poisson: bool) -> ManyRows:
    columns = [sets.columns[name] for name in model.variables]
    response = model.response(_own_rows(sets, model))
    if poisson and response.min(initial=0.0) < 0.0:
        raise ParameterError(f"loss 'poisson' is for counts; {model.variables} has values below 0.")
    weights = None
    if sigma is not None:
        values = sets.columns[sigma]
        if not values.min(initial=np.inf) > 0.0:
            raise ParameterError(f"sigma must be above 0; {sigma} is {values.min():g} somewhere.")
        weights = 1.0 / values
    return ManyRows(model, columns, response, sets.offsets, weights, sets.shared, poisson)


def _own_rows(sets: DataSets, model: FormulaModel) -> list[Array]:
    """Return the columns for the response, which uses none that is shared."""
    n = int(sets.offsets[-1])
    return [
        column if len(column) == n else np.broadcast_to(0.0, (n,))
        for column in (sets.columns[name] for name in model.variables)
    ]


def _limits(model: FormulaModel, settled: Mapping[str, Parameter], steps: int) -> Limits:
    if steps < 1:
        raise ParameterError(f"iterations must be at least 1, not {steps}.")
    ordered = [settled[name] for name in model.names]
    return Limits(np.array([p.lower for p in ordered]), np.array([p.upper for p in ordered]), steps)


def _all_given(model: FormulaModel, start: Mapping[str, float] | None) -> bool:
    linear = model.names[: model.pattern.linear] if model.pattern else ()
    return start is not None and all(name in start or name in linear for name in model.names)


def _given(model: FormulaModel, start: Mapping[str, float] | None) -> Array:
    values = start or {}
    return np.array([[float(values.get(name, 1.0)) for name in model.names]])


def _fingerprint(
    law: Law, settled: Mapping[str, Parameter], loss: str, rows: ManyRows, starts: Array
) -> bytes:
    """Return what tells one call from another: law, limits, starts, and the rows."""
    words = repr((law.text, sorted(settled.items()), loss, rows.count))
    arrays = [starts, rows.offsets, rows.response, *([] if rows.weights is None else [rows.weights])]
    return b"".join([words.encode(), *(np.ascontiguousarray(array).tobytes() for array in arrays)])


def _assembled(
    plan: Plan, sets: DataSets, rows: ManyRows, parts: list[Ends], *, absolute: bool, seconds: float
) -> Many:
    theta, stderr, cost, status, steps = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = [rows.model.names.index(name) for name in plan.free]
    dof = np.diff(sets.offsets) - len(order)
    if not (absolute or rows.poisson):
        with np.errstate(invalid="ignore", divide="ignore"):
            noise = np.sqrt(np.where(dof > 0, cost / np.maximum(dof, 1), np.nan))
        stderr = stderr * noise[:, None]
    return Many(
        law=plan.law.text,
        by=sets.by,
        keys=sets.keys,
        names=plan.free,
        theta=theta[:, order],
        stderr=stderr[:, order],
        rss=cost,
        dof=dof,
        status=status.astype(np.int8),
        steps=steps,
        source=sets.source,
        n=int(sets.offsets[-1]),
        left_out=sets.left_out,
        fixed=plan.fixed,
        seconds=seconds,
    )

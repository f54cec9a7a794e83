"""Fit one law to very many small data sets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.model import FormulaModel, formula_model
from educe.errors import FormulaError, ParameterError, TableError, listing, nearest
from educe.fitting.measured import names_of
from educe.fitting.plan import make_plan, read_law
from educe.fitting.settled import settle
from educe.formula import Law, parse_expression
from educe.many.carrying_out import all_ends, fingerprint
from educe.many.filed import Wanted, coding_in, filed
from educe.many.finished import Finished
from educe.many.result import Many, names_taken
from educe.many.room import check_room
from educe.many.sources import PART_SETS, held, held_arrays
from educe.many.starting import AGAIN, Limits, candidates
from educe.many.work import Single, Work, check_values, compiling_pays, many_rows
from educe.table import TextFile, as_table
from educe.table.memory import is_large
from educe.table.reading import is_path

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from educe.engines.many import Ends
    from educe.fitting.plan import LawLike, Plan
    from educe.fitting.starting import Passed
    from educe.least_squares.triangle import Array
    from educe.many.data_sets import DataSets
    from educe.many.filed import Filed
    from educe.many.sources import Source
    from educe.parameters import Parameter
    from educe.table.blocks import Blocks

LOSSES = ("least-squares", "poisson")


def fit_many(
    law: LawLike,
    data: Any,
    *,
    by: str | Sequence[str] | None = None,
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
    memory: str | float | None = None,
    engine: Any = None,
    passed: Passed | None = None,
) -> Many:
    r"""Fit one law to very many small data sets, each with a status of its own.

    .. math:: \min_{\theta_b} \sum_{i \in b} w_i^2 (y_i - f(x_i; \theta_b))^2 \qquad b = 1, \ldots, B

    law : text or NumPy function, as for `educe.fit`
    data : a table as for `educe.fit`, with `by`; or {name: array (fits, points)}, where inputs may be (points,)
    by : column that tells data sets apart, or several that do so together: numbers, text, dates or truth values
    start : {parameter: value} for all; those not given are searched for on a few data sets, and those that fail begin
        again where their neighbours ended
    bounds : {parameter: (lower, upper)};  fixed : {parameter: value}
    sigma : column of standard deviations;  absolute_sigma : they are known, not their ratios alone
    loss : "least-squares", or "poisson" for counts: their deviance is minimised
    where : condition on the rows;  iterations : limit of steps of each fit
    search_seconds : s, for each data set that is searched;  seed : of the search
    checkpoint : folder that keeps what is done, so that the same call goes on after an interruption; gone at the end
    progress : called as progress(data sets done, of how many)
    memory : bytes, or text such as ``"2GB"``: a file, or all files of a folder, is then read a part at a time within
        that budget; by itself this is done where the file is larger than a quarter of the free memory
    engine : a `dask.distributed.Client`: parts are shared out among its workers, which read a file themselves
    passed : called as passed(pass, share of the file read) while data sets are counted

    Returns a Many: parameters, standard errors, sum of squares and status of each data set; the same to the last bit
    from memory, from a file and on a cluster.

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
    key = _key(by)
    single = Single(the_law, start, bounds, fixed, sigma, search_seconds, seed)
    from_file = key and _from_file(data, memory, engine)
    if from_file:
        rows = _blocks(data, key, the_law)
        plan = _plan(single, rows.available, key)
        source: Source = _filed(rows, key, plan, single, where=where, loss=loss, passed=passed).grouped()
    else:
        plan, source = _held(data, key, single, where, loss)
    settled = settle(plan, start or {}, {}, bounds or {})
    model = _model(plan)
    _check_sizes(source, len(model.names))
    check_room(source, len(model.names), len(_needed(plan, sigma)), memory, held=not from_file)
    limits = _limits(model, settled, iterations)

    def descend(sets: DataSets, starts: Array) -> Ends:
        some = many_rows(sets, model, sigma, poisson=loss == "poisson")
        return some.fitted(starts, limits.lower, limits.upper, own=True, steps=limits.steps)

    starts = (
        _given(model, start)
        if _all_given(model, start)
        else candidates(source, model, single, descend, seed=seed)
    )
    searches = AGAIN / min(len(source.keys), PART_SETS)
    work = Work(
        model,
        sigma,
        loss == "poisson",
        limits,
        single,
        starts,
        searches,
        compiled=compiling_pays(int(source.offsets[-1])),
    )
    mark = "" if checkpoint is None else fingerprint(work, source, data if from_file else None, where)
    done = Finished.at(checkpoint, mark)
    order = [model.names.index(name) for name in plan.free]
    ends = all_ends(work, source, done, order, engine=engine, progress=progress)
    done.remove()
    seconds = time.perf_counter() - began
    return _assembled(plan, source, work, ends, absolute=absolute_sigma, seconds=seconds)


def _check(loss: str, sigma: str | None, absolute_sigma: bool) -> None:
    if loss not in LOSSES:
        raise ParameterError(f"loss '{loss}' is not one of {', '.join(LOSSES)}.{nearest(loss, LOSSES)}")
    if sigma is not None and not isinstance(sigma, str):
        raise ParameterError("sigma is the name of a column of standard deviations.")
    if loss == "poisson" and sigma is not None:
        raise ParameterError("counts tell their own noise; sigma and loss 'poisson' do not go together.")
    if absolute_sigma and sigma is None:
        raise ParameterError("absolute_sigma says what sigma means; give sigma too.")


def _key(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns of the key, none where data are arrays of shape (fits, points)."""
    if by is None:
        return ()
    names = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, list | tuple) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise ParameterError(
            f"by is the name of the column that tells data sets apart, or a list of names, not {by!r}."
        )
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"by names the column '{name}' {names.count(name)} times.")
    return names


def _from_file(data: Any, memory: str | float | None, engine: Any) -> bool:
    """Whether data are read a part at a time; ParameterError for a budget on what is in memory already."""
    path = data.path if isinstance(data, TextFile) else data
    if not is_path(path):
        if memory is not None:
            raise ParameterError("memory is for a file, or all files of a folder; give data as a path.")
        return False
    return memory is not None or engine is not None or is_large(path)


def _plan(single: Single, columns: Sequence[str], key: Sequence[str]) -> Plan:
    plan = make_plan(
        single.law,
        tuple(columns),
        fixed=tuple(single.fixed.items()) if single.fixed else (),
        bounded=frozenset(single.bounds or ()),
    )
    both = [name for name in key if name in names_taken(plan.free)]
    if both:
        raise ParameterError(f"the result has a column '{both[0]}' of its own; rename that of the key.")
    return plan


def _needed(plan: Plan, sigma: str | None) -> tuple[str, ...]:
    """Return the columns that must be finite: those of the law, and sigma."""
    return tuple(dict.fromkeys([*plan.needed, *([sigma] if sigma else [])]))


def _held(
    data: Any, key: tuple[str, ...], single: Single, where: str | None, loss: str
) -> tuple[Plan, Source]:
    """Return the plan, and data sets that are in memory."""
    sigma = single.sigma
    if key:
        table = as_table(data, names=names_of(single.law, where, sigma))
        plan = _plan(single, table.available or tuple(table.columns), key)
        source = held(data, table, key, needed=_needed(plan, sigma), where=where)
    else:
        if not isinstance(data, Mapping):
            raise ParameterError(
                "by names the column that tells data sets apart; without it, data is {name: array (fits, points)}."
            )
        plan = _plan(single, [str(name) for name in data], key)
        needed = _needed(plan, sigma)
        source = held_arrays(data, needed, [name for name in needed if name not in plan.model.inputs])
    check_values(source.sets.columns, _model(plan), sigma, poisson=loss == "poisson")
    return plan, source


def _blocks(data: Any, key: tuple[str, ...], law: Law) -> Blocks:
    """Return the rows of a file; TableError for a key in a text file that stands in the law too."""
    from educe.table.blocks import blocks

    file = data if isinstance(data, TextFile) else TextFile(data)
    rows = blocks(file.path, separator=file.separator, decimal=file.decimal, by=key)
    both = [name for name in key if rows.cells and name in law.names]
    if both:
        raise TableError(
            f"{rows.source}: {both[0]} is the key and stands in the law; a text file read a part at a time keeps "
            "its key as text. Write it as Parquet."
        )
    return rows


def _filed(
    rows: Blocks,
    key: tuple[str, ...],
    plan: Plan,
    single: Single,
    *,
    where: str | None,
    loss: str,
    passed: Passed | None,
) -> Filed:
    """Return data sets that are read from a file, counted."""
    names = tuple(names_of(single.law, where, single.sigma))
    wanted = Wanted(rows, key, coding_in(rows, key), names, _needed(plan, single.sigma), where)
    model = _model(plan)
    return filed(
        wanted,
        lambda columns: check_values(columns, model, single.sigma, poisson=loss == "poisson"),
        None if passed is None else lambda share: passed(1, share),
    )


def _check_sizes(source: Source, p: int) -> None:
    """Raise TableError where no data set has as many rows as there are parameters."""
    most = int(np.diff(source.offsets).max())
    if most < p:
        raise TableError(
            f"{source.words}: the largest of {len(source.keys):,} data sets by {listing(source.keys.names)} has "
            f"{most} row{'s' * (most > 1)}; the law has {p} parameters."
        )


def _model(plan: Plan) -> FormulaModel:
    """Return the law with the linear parameters first; all of them are moved, none is eliminated."""
    law = plan.law
    assert isinstance(law, Law)
    replaced = law.substitute({**plan.tied, **plan.fixed}) if plan.fixed else law
    response = replaced.response if replaced.response is not None else parse_expression(replaced.target or "")
    return formula_model(response, replaced.expression, plan.free, eliminate=frozenset(plan.free))


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


def _assembled(plan: Plan, source: Source, work: Work, ends: Ends, *, absolute: bool, seconds: float) -> Many:
    dof = np.diff(source.offsets) - len(plan.free)
    if not (absolute or work.poisson):
        with np.errstate(invalid="ignore", divide="ignore"):
            noise = np.sqrt(np.where(dof > 0, ends.cost / np.maximum(dof, 1), np.nan))
        np.multiply(ends.stderr, noise[:, None], out=ends.stderr)
    return Many(
        law=plan.law.text,
        keys=source.keys,
        names=plan.free,
        theta=ends.theta,
        stderr=ends.stderr,
        rss=ends.cost,
        dof=dof,
        status=ends.status.astype(np.int8),
        steps=ends.steps,
        source=source.words,
        n=int(source.offsets[-1]),
        left_out=source.left_out,
        fixed=plan.fixed,
        seconds=seconds,
    )

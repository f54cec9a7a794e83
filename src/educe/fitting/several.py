"""Several data sets under one law, some of its parameters shared: each fitted alone for starts, then all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from educe.errors import EduceError, FormulaError, ParameterError, listing
from educe.fitting.fit import fit
from educe.fitting.measured import names_of
from educe.fitting.plan import LawLike, read_law
from educe.fitting.sets import Sets, arrange, read_sets, stacked
from educe.fitting.starting import Search
from educe.formula import Law

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from educe.fitting.result import Fit
    from educe.fitting.starting import Progress, Start
    from educe.table import Table

TRIED = 3  # data sets whose own values of the shared parameters are tried as starts too


class _Held(NamedTuple):
    """What holds the parameters of all data sets, by their names in the law of all rows."""

    bounds: dict[str, Any] | None
    fixed: dict[str, Any] | None
    ties: dict[str, str] | None = None
    derive: dict[str, str] | None = None


@dataclass(frozen=True)
class _How:
    """The options of `fit` that hold for each data set as for all together."""

    sigma: Any
    sigma_x: Any
    absolute_sigma: bool
    loss: str
    loss_scale: float | None
    method: str
    where: str | None
    iterations: int

    def fit(
        self,
        law: Law,
        data: Table,
        start: Start,
        held: _Held,
        *,
        search: bool = False,
        search_seconds: float = 10.0,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Fit:
        """Return the fit of one law to one table."""
        return fit(
            law,
            data,
            start=start or None,
            bounds=held.bounds,
            fixed=held.fixed,
            ties=held.ties,
            sigma=self.sigma,
            sigma_x=self.sigma_x,
            absolute_sigma=self.absolute_sigma,
            loss=self.loss,
            loss_scale=self.loss_scale,
            method=self.method,
            where=self.where,
            derive=held.derive,
            iterations=self.iterations,
            search=search,
            search_seconds=search_seconds,
            seed=seed,
            progress=progress,
        )


def fit_several(
    law: LawLike,
    data: Any,
    *,
    shared: Sequence[str],
    start: Start | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    fixed: Mapping[str, float] | None = None,
    ties: Mapping[str, str] | None = None,
    sigma: Any = None,
    sigma_x: Any = None,
    absolute_sigma: bool = False,
    loss: str = "linear",
    loss_scale: float | None = None,
    method: str = "levenberg-marquardt",
    where: str | None = None,
    derive: Mapping[str, str] | None = None,
    variables: Sequence[str] = (),
    parameters: Sequence[str] = (),
    iterations: int = 500,
    search: bool = True,
    search_seconds: float = 10.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Fit:
    """Return the fit of one law to several data sets: see `fit`, whose arguments these are.

    What is given for a parameter that is not shared holds in every data set; what is given for ``a_cold``, in that one.
    """
    if isinstance(shared, str):
        raise ParameterError(f"shared is a list of names, such as ['{shared}'], not a text.")
    the_law = read_law(law, tuple(variables), tuple(parameters))
    if not isinstance(the_law, Law):
        raise FormulaError(
            f"{the_law.text} could not be read as a formula, so its parameters cannot be shared: {the_law.reason}"
        )
    for word, given in (("sigma", sigma), *((f"sigma_x of {n}", v) for n, v in _each(sigma_x))):
        if given is not None and not isinstance(given, str | float | int):
            raise ParameterError(
                f"{word} of several data sets is a column that each has, or one number, not {type(given).__name__}."
            )
    names = names_of(the_law, where, sigma, sigma_x)
    tables = read_sets(data, names)
    for sigmas in ((sigma,), (one for _, one in _each(sigma_x))):
        for column in filter(lambda given: isinstance(given, str), sigmas):
            for table in tables.values():
                table.find(column)
    sets = arrange(the_law, tables, shared)
    how = _How(
        sigma, _of_inputs(sets, tables, sigma_x), absolute_sigma, loss, loss_scale, method, where, iterations
    )
    table = stacked(sets, tables, names)
    held = _Held(
        sets.spread(bounds),
        sets.spread(fixed),
        sets.spread_formulas(ties, new=False),
        sets.spread_formulas(derive, new=True),
    )
    given = sets.spread(start) or {}
    found: Fit | None = None
    alone: dict[str, Fit] = {}
    if search and method != "gauss-newton" and not ties:
        looking = Search(search_seconds / len(tables), seed, progress)
        alone = _alone(how, sets, tables, (given, bounds or {}, fixed or {}), looking)
        for values in _starts(sets, alone):
            free = {name: value for name, value in values.items() if name not in (held.fixed or {})}
            trial = how.fit(sets.combined, table, {**free, **_values(given)}, held)
            if found is None or _better(trial, found):
                found = trial
    if found is None:
        found = how.fit(
            sets.combined,
            table,
            given,
            held,
            search=search,
            search_seconds=search_seconds,
            seed=seed,
            progress=progress,
        )
    sets = replace(sets, notes=tuple(_doubts(alone)))
    return replace(found, sets=sets.counted(found.rows, found.weighted_residuals), started=_values(given))


def _of_inputs(sets: Sets, tables: Mapping[str, Table], sigma_x: Any) -> Any:
    """Return {input: sigma_x}, the input named where there is only one."""
    columns = {name for table in tables.values() for name in (table.available or table.columns)}
    inputs = sets.law.roles(columns).variables
    if sigma_x is None or _is_mapping(sigma_x):
        return sigma_x
    if len(inputs) != 1:
        raise ParameterError(
            f"the law has {len(inputs)} inputs, {listing(inputs)}: say which sigma_x belongs to, {{name: sigma}}."
        )
    return {inputs[0]: sigma_x}


def _is_mapping(given: Any) -> bool:
    from collections.abc import Mapping as Dict

    return isinstance(given, Dict)


def _each(sigma_x: Any) -> list[tuple[str, Any]]:
    return list(sigma_x.items()) if _is_mapping(sigma_x) else [("x", sigma_x)]


def _values(start: Start) -> dict[str, float]:
    return {name: value for name, value in start.items() if not isinstance(value, tuple | list)}


def _better(trial: Fit, found: Fit) -> bool:
    """Tell whether an end is lower, or a minimum where the other is none."""
    cost, lowest = trial.found.cost, found.found.cost
    return cost < lowest * (1.0 - 1e-12) or (
        trial.converged and not found.converged and cost <= lowest * (1.0 + 1e-9)
    )


def _alone(
    how: _How,
    sets: Sets,
    tables: Mapping[str, Table],
    given: tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]],
    looking: Search,
) -> dict[str, Fit]:
    """Return the fits of single data sets, those that can be fitted alone.

    given : starts, bounds and fixed values by parameter, for all data sets or for one
    """
    found: dict[str, Fit] = {}
    for name, table in tables.items():
        start, bounds, fixed = (_of_one(sets, options, name) for options in given)
        try:
            found[name] = how.fit(
                sets.law,
                table,
                start,
                _Held(bounds or None, fixed or None),
                search=True,
                search_seconds=looking.seconds,
                seed=looking.seed,
                progress=looking.progress,
            )
        except EduceError:
            continue  # too few rows alone, or no finite value: the others give the starts, and all are judged jointly
    return found


def _of_one(sets: Sets, options: Mapping[str, Any], data_set: str) -> dict[str, Any]:
    """Return what was given for the parameters of one data set, under the names of the law."""
    names = {sets.name_of(parameter, data_set): parameter for parameter in (*sets.shared, *sets.own)}
    spread = sets.spread(options) or {}
    return {names[name]: value for name, value in spread.items() if name in names}


def _starts(sets: Sets, alone: Mapping[str, Fit]) -> Iterator[dict[str, float]]:
    """Yield starts for all parameters: shared ones from their weighted mean, then from single data sets."""
    if not alone:
        return
    mean = {
        name: _mean([(one.params[name], one.stderr[name]) for one in alone.values()]) for name in sets.shared
    }
    best = sorted(alone.values(), key=lambda one: _relative_error(one, sets.shared))[:TRIED]
    for shared in (mean, *({name: one.params[name] for name in sets.shared} for one in best)):
        values = dict(shared)
        for parameter in sets.own:
            known = {name: one.params[parameter] for name, one in alone.items()}
            middle = sorted(known.values())[len(known) // 2]
            values |= {sets.name_of(parameter, name): known.get(name, middle) for name in sets.names}
        yield values


def _mean(estimates: Sequence[tuple[float, float]]) -> float:
    """Return the mean weighted by 1/s^2, of those estimates that have an error."""
    usable = [(value, s) for value, s in estimates if math.isfinite(s) and s > 0.0]
    if not usable:
        return estimates[0][0]
    weights = [1.0 / (s * s) for _, s in usable]
    return sum(w * value for w, (value, _) in zip(weights, usable, strict=True)) / sum(weights)


def _relative_error(one: Fit, names: Sequence[str]) -> float:
    return math.fsum(one.stderr[name] / (abs(one.params[name]) or 1.0) for name in names)


def _doubts(alone: Mapping[str, Fit]) -> Iterator[str]:
    """Yield what the search for starts of single data sets could not settle."""
    for name, one in alone.items():
        if one.search is not None and not one.search.settled:
            yield f"Starting values of {name} alone were not settled."

"""Several data sets under one law, some of its parameters shared: each fitted alone for starts, then all at once."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from educe.errors import EduceError, FormulaError, ParameterError, listing
from educe.fitting.measured import names_of
from educe.fitting.options import check
from educe.fitting.ordinary import fitted
from educe.fitting.plan import LawLike, read_law
from educe.fitting.sets import Sets, arrange, read_sets, stacked
from educe.formula import Law

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from educe.fitting.options import Options
    from educe.fitting.result import Fit
    from educe.fitting.starting import Start
    from educe.table import Table

TRIED = 3  # data sets whose own values of the shared parameters are tried as starts too


def fit_several(law: LawLike, data: Any, shared: Sequence[str], asked: Options) -> Fit:
    """Return the fit of one law to several data sets: see `fit`, whose arguments these are.

    What is given for a parameter that is not shared holds in every data set; what is given for ``a_cold``, in that one.
    """
    if isinstance(shared, str):
        raise ParameterError(f"shared is a list of names, such as ['{shared}'], not a text.")
    the_law = read_law(law, tuple(asked.variables), tuple(asked.parameters))
    if not isinstance(the_law, Law):
        raise FormulaError(
            f"{the_law.text} could not be read as a formula, so its parameters cannot be shared: {the_law.reason}"
        )
    check(asked)
    _check_sigmas(asked)
    names = names_of(the_law, asked.where, asked.sigma, asked.sigma_x)
    tables = read_sets(data, names)
    for sigma in (asked.sigma, *(one for _, one in _each(asked.sigma_x))):
        for table in tables.values() if isinstance(sigma, str) else ():
            table.find(sigma)
    sets = arrange(the_law, tables, shared)
    asked = asked._replace(sigma_x=_of_inputs(sets, tables, asked.sigma_x), variables=(), parameters=())
    table = stacked(sets, tables, names)
    given = sets.spread(asked.start) or {}
    joint = asked._replace(
        start=given or None,
        bounds=sets.spread(asked.bounds),
        fixed=sets.spread(asked.fixed),
        ties=sets.spread_formulas(asked.ties, new=False),
        derive=sets.spread_formulas(asked.derive, new=True),
    )
    found: Fit | None = None
    alone: dict[str, Fit] = {}
    if asked.search and asked.method != "gauss-newton" and not asked.ties:
        alone = _alone(asked._replace(start=given or None), sets, tables)
        for values in _starts(sets, alone):
            free = {name: value for name, value in values.items() if name not in (joint.fixed or {})}
            start = {**free, **_values(given)}
            trial = fitted(sets.combined, table, joint._replace(start=start, search=False))
            if found is None or _better(trial, found):
                found = trial
    if found is None:
        found = fitted(sets.combined, table, joint)
    sets = replace(sets, notes=tuple(_doubts(alone)))
    return replace(found, sets=sets.counted(found.rows, found.weighted_residuals), started=_values(given))


def _check_sigmas(asked: Options) -> None:
    for word, given in (("sigma", asked.sigma), *((f"sigma_x of {n}", v) for n, v in _each(asked.sigma_x))):
        if given is not None and not isinstance(given, str | float | int):
            raise ParameterError(
                f"{word} of several data sets is a column that each has, or one number, not {type(given).__name__}."
            )


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


def _alone(asked: Options, sets: Sets, tables: Mapping[str, Table]) -> dict[str, Fit]:
    """Return the fits of single data sets, those that can be fitted alone.

    asked : starts, bounds and fixed values are by parameter, for all data sets or for one
    """
    found: dict[str, Fit] = {}
    for name, table in tables.items():
        one = asked._replace(
            start=_of_one(sets, asked.start or {}, name) or None,
            bounds=_of_one(sets, asked.bounds or {}, name) or None,
            fixed=_of_one(sets, asked.fixed or {}, name) or None,
            derive=None,
            search_seconds=asked.search_seconds / len(tables),
            intervals="auto",
            errors="model",
        )
        try:
            found[name] = fitted(sets.law, table, one)
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

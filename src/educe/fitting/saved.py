"""A fit as plain data: the object that --json prints, and the file from which it is built again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError
from educe.export.json_file import plain
from educe.fitting.opaque_law import OpaqueLaw
from educe.fitting.options import ERRORS
from educe.fitting.solving import METHODS
from educe.least_squares.losses import LOSSES
from educe.least_squares.point import Step
from educe.least_squares.stopping import Reason
from educe.parameters import Parameter
from educe.uncertainty.intervals import METHODS as METHODS_OF_INTERVALS

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.fitting.sets import Sets
    from educe.formula import Law
    from educe.search import Found as Searched
    from educe.uncertainty.intervals import Interval

FORMAT = "educe fit"
VERSION = 1
LARGEST = 20_000  # rows kept in a file; beyond that they are thinned evenly
SIGMAS = ("none", "relative", "absolute")
OF_ALL_ROWS = ("r_squared", "log_likelihood", "scale")


def summary(fit: Fit) -> dict[str, Any]:
    """Return the object of `educe fit --json`; a number that is not finite is None."""
    intervals = fit.intervals()
    parameters = {
        name: _with_interval(fit.params[name], fit.stderr[name], intervals.get(name)) for name in fit.params
    }
    derived = {
        name: _with_interval(d.value, d.standard_error, intervals[name]) for name, d in fit.derived.items()
    }
    found = {
        "formula": fit.law.text if fit.sets is None else fit.sets.law.text,
        "source": fit.source,
        "n": fit.n,
        "left_out": dict(fit.left_out),
        "dof": fit.dof,
        "rss": fit.rss,
        "residual_standard_error": fit.residual_standard_error,
        "parameters": parameters,
        "free": list(fit.names),
        "covariance": fit.covariance.tolist(),
        "r_squared": fit.r_squared,
        "adjusted_r_squared": fit.adjusted_r_squared,
        "aic": fit.aic,
        "aicc": fit.aicc,
        "bic": fit.bic,
        "chi_square": fit.chi_square,
        "chi_square_p_value": fit.chi_square_p_value,
        "sigma": fit.convention.sigma,
        "errors_in": list(fit.convention.noisy_inputs),
        "errors": fit.convention.errors,
        "loss": fit.convention.loss,
        "derived": derived,
        "converged": fit.converged,
        "reason": fit.reason,
        "iterations": fit.iterations,
        "search": None if fit.search is None else described(fit.search),
        "warnings": list(fit.warnings),
    }
    if fit.sets is not None:
        found |= {
            "shared": list(fit.sets.shared),
            "sets": [_summary_of(fit, name) for name in fit.sets.names],
        }
    cleaned: dict[str, Any] = plain(found)
    return cleaned


def _summary_of(fit: Fit, data_set: str) -> dict[str, Any]:
    """Return what stands in the JSON about one data set of several."""
    sets = fit.sets
    assert sets is not None
    k = sets.names.index(data_set)
    return {
        "name": data_set,
        "source": sets.sources[k],
        "n": sets.used[k],
        "rss": sets.rss[k],
        "parameters": {name: sets.name_of(name, data_set) for name in (*sets.shared, *sets.own)},
    }


def _with_interval(value: float, error: float, interval: Interval | None) -> dict[str, Any]:
    """Return a number with its error and interval; without one, as for a fixed parameter, its ends are the number."""
    if interval is None:
        return {"value": value, "stderr": error, "lower": value, "upper": value}
    found: dict[str, Any] = {
        "value": value,
        "stderr": error,
        "lower": interval.lower,
        "upper": interval.upper,
    }
    found["interval"] = interval.method
    if interval.reason:
        found["interval_reason"] = interval.reason
    return found


def described(search: Searched) -> dict[str, Any]:
    """Return what the search for starting values found, as plain data."""
    return {
        "agreed": search.agreed,
        "rounds": search.rounds,
        "samples": search.samples,
        "settled": search.settled,
        "seconds": search.seconds,
        "reasons": list(search.reasons),
        "warnings": list(search.warnings),
        "symmetries": list(search.symmetries),
        "aliases": list(search.aliases),
        "minima": [
            {
                "parameters": dict(m.theta),
                "cost": m.cost,
                "found_from": m.found_from,
                "rounds": m.rounds,
                "flaws": list(m.flaws),
            }
            for m in search.starts
        ],
    }


def to_saved(fit: Fit) -> dict[str, Any]:
    """Return all that is needed to build the fit again.

    Raises FileError for a law that is a Python function: a file holds data, never code.
    """
    if isinstance(fit.law, OpaqueLaw):
        raise FileError(
            f"{fit.law.text} could not be read as a formula, so it cannot be saved: files hold no code."
        )
    kept = _kept(fit)
    return {
        "format": FORMAT,
        "version": VERSION,
        "law": fit.law.text,
        "variables": list(fit.law.variables),
        "declared_parameters": list(fit.law.parameters),
        "columns": list(fit.plan.columns),
        "parameters": [
            {
                "name": p.name,
                "start": p.start,
                "lower": p.lower if math.isfinite(p.lower) else None,
                "upper": p.upper if math.isfinite(p.upper) else None,
                "fixed": p.fixed,
            }
            for p in fit.parameters
        ],
        "ties": dict(fit.ties),
        "derive": dict(fit.derive),
        "method": fit.method,
        "sigma": fit.convention.sigma,
        "errors_in": list(fit.convention.noisy_inputs),
        "intervals": fit.convention.intervals,
        "errors": fit.convention.errors,
        "error_triangle": None if fit.convention.errors == "model" else fit.error_triangle.tolist(),
        "loss": fit.convention.loss,
        "loss_scale": fit.convention.loss_scale,
        "theta": fit.theta.tolist(),
        "triangle": fit.triangle.tolist(),
        "cost": fit.found.cost,
        "reason": fit.found.reason.name,
        "evaluations": fit.found.evaluations,
        "trace": [plain(list(step)) for step in fit.found.trace],
        "left_out": dict(fit.left_out),
        "started": dict(fit.started),
        "source": fit.source,
        "units": dict(fit.rows.units),
        "n": fit.n,
        "rows": {name: column[kept].tolist() for name, column in fit.rows.columns.items()},
        "row_sigma": None if fit.rows.sigma is None else fit.rows.sigma[kept].tolist(),
        "of_all_rows": {name: plain(getattr(fit, name)) for name in OF_ALL_ROWS},
        "row_numbers": _row_numbers(fit, kept),
        "sets": None if fit.sets is None else _saved_sets(fit.sets),
        "excluded": None if fit.excluded is None else plain(fit.excluded.to_dict()),
        "search": None if fit.search is None else plain(described(fit.search)),
        "summary": summary(fit),
    }


def _saved_sets(sets: Sets) -> dict[str, Any]:
    return {
        "law": sets.law.text,
        "variables": list(sets.law.variables),
        "declared_parameters": list(sets.law.parameters),
        "names": list(sets.names),
        "sources": list(sets.sources),
        "shared": list(sets.shared),
        "own": list(sets.own),
        "sizes": list(sets.sizes),
        "notes": list(sets.notes),
        "used": list(sets.used),
        "rss": list(sets.rss),
    }


def _sets(item: dict[str, Any], law: Law) -> Sets:
    """Return the data sets that `_saved_sets` described; the law of them all must be the one saved."""
    from educe.fitting.sets import Sets
    from educe.formula import parse

    names, sources, shared, own, notes = (
        tuple(str(one) for one in item[key]) for key in ("names", "sources", "shared", "own", "notes")
    )
    single = parse(item["law"], tuple(item["variables"]), tuple(item["declared_parameters"]))
    sizes, used = (tuple(int(size) for size in item[key]) for key in ("sizes", "used"))
    rss = tuple(_numbers(item["rss"], len(names)).tolist())
    sets = Sets(single, names, sources, shared, own, sizes, notes, used, rss)
    if sets.combined.text != law.text:
        raise FileError(f"{single.text} for {', '.join(names)} is not the law {law.text}")
    return sets


def load(path: str | os.PathLike[str]) -> Fit:
    """Return the fit that `Fit.save` wrote; the file is data, nothing in it is run.

    path : of a JSON file

    Raises FileError if it cannot be read or is not a fit that educe saved.

    >>> import educe, numpy as np, tempfile, os
    >>> line = educe.fit("y = m*x + b", {"x": np.arange(4.0), "y": np.arange(4.0) + 1})
    >>> path = os.path.join(tempfile.mkdtemp(), "line.json")
    >>> line.save(path)
    >>> educe.load(path).params == line.params
    True
    """
    from educe.export.json_file import read

    found = read(path)
    if found.get("format") != FORMAT or found.get("version") != VERSION:
        raise FileError(f"{path} is not a fit that this version of educe saved.")
    try:
        return from_saved(found)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise FileError(f"{path} is damaged: {error!s}.") from None


def from_saved(saved: dict[str, Any]) -> Fit:
    """Return the fit that `to_saved` described."""
    from educe.fitting.convention import Convention
    from educe.fitting.errors_in_x import noisy as with_noise
    from educe.fitting.found import Found
    from educe.fitting.measured import ratio
    from educe.fitting.outliers import Outliers
    from educe.fitting.plan import make_plan
    from educe.fitting.result import Fit
    from educe.fitting.rows import Rows
    from educe.formula import parse

    law = parse(saved["law"], tuple(saved["variables"]), tuple(saved["declared_parameters"]))
    parameters = tuple(_parameter(item) for item in saved["parameters"])
    plan = make_plan(
        law,
        tuple(saved["columns"]),
        fixed=tuple((p.name, p.start) for p in parameters if p.fixed and p.start is not None),
        ties=tuple((str(name), str(text)) for name, text in saved["ties"].items()),
        bounded=frozenset(p.name for p in parameters if p.bounded),
        eliminate=saved["method"] != "gauss-newton",
    )
    if tuple(parameter.name for parameter in parameters) != plan.parameters:
        raise FileError(f"the parameters of {law.text} are {', '.join(plan.parameters)}")
    noisy = tuple(_one_of(name, plan.model.inputs) for name in saved.get("errors_in", ()))
    if noisy:
        plan = with_noise(plan, {name: ratio(name) for name in noisy})
    p = len(plan.free)
    columns = {name: _numbers(saved["rows"][name], len(saved["rows"][name])) for name in plan.needed}
    kept = len(next(iter(columns.values())))
    sigma = None if saved["row_sigma"] is None else _numbers(saved["row_sigma"], kept)
    response = plan.model.response([_numbers(columns[name], kept) for name in plan.model.variables])
    units = {str(name): str(unit) for name, unit in saved["units"].items()}
    numbers = saved.get("row_numbers")
    at = None if numbers is None else _numbers(numbers, kept).astype(np.intp)
    rows = Rows(columns, response, sigma, str(saved["source"]), units, _count(saved["n"], kept), at)
    found = Found(
        _numbers(saved["theta"], p),
        _square(saved["triangle"], p + 1),
        float(_numbers([saved["cost"]], 1)[0]),
        Reason[saved["reason"]],
        [_step(item) for item in saved["trace"]],
        int(saved["evaluations"]),
    )
    bend = saved["loss_scale"]
    convention = Convention(
        _one_of(saved["sigma"], SIGMAS),
        _one_of(saved["loss"], LOSSES),
        None if bend is None else _positive(bend),
        noisy,
        "wald" if rows.thinned else _one_of(saved.get("intervals", "auto"), METHODS_OF_INTERVALS),
        _one_of(saved.get("errors", "model"), ERRORS),
    )
    fit = Fit(
        law,
        parameters,
        plan,
        found,
        rows,
        {str(reason): int(count) for reason, count in saved["left_out"].items()},
        convention,
        _one_of(saved["method"], METHODS),
        {str(name): str(text) for name, text in saved["derive"].items()},
        {str(name): float(_numbers([value], 1)[0]) for name, value in saved["started"].items()},
        None if saved["search"] is None else _search(saved["search"]),
        None if saved.get("sets") is None else _sets(saved["sets"], law),
        None if saved.get("excluded") is None else Outliers.from_dict(saved["excluded"]),
    )
    if rows.thinned:
        if convention.errors != "model":
            fit.__dict__["error_triangle"] = _square(saved["error_triangle"], p + 1)
        # what all rows are needed for was computed before they were thinned
        for name, value in saved["of_all_rows"].items():
            if name not in OF_ALL_ROWS:
                raise FileError(f"{name} is not computed from the rows.")
            fit.__dict__[name] = math.inf if value is None else float(value)
    return fit


def _search(item: dict[str, Any]) -> Searched:
    from educe.search.found import Found, Minimum

    minima = tuple(
        Minimum(
            {str(name): float(value) for name, value in m["parameters"].items()},
            float(m["cost"]),
            int(m["found_from"]),
            int(m["rounds"]),
            tuple(str(flaw) for flaw in m["flaws"]),
        )
        for m in item["minima"]
    )
    return Found(
        minima,
        agreed=int(item["agreed"]),
        rounds=int(item["rounds"]),
        samples=int(item["samples"]),
        settled=bool(item["settled"]),
        reasons=tuple(str(line) for line in item["reasons"]),
        warnings=tuple(str(line) for line in item["warnings"]),
        symmetries=tuple(str(line) for line in item["symmetries"]),
        aliases=tuple(str(line) for line in item.get("aliases", ())),
        seconds=float(item["seconds"]),
    )


def _one_of(word: Any, allowed: Collection[str]) -> str:
    if not isinstance(word, str) or word not in allowed:
        raise FileError(f"{word!r} is not one of {', '.join(allowed)}")
    return word


def _positive(value: Any) -> float:
    number = float(value)
    if not 0.0 < number < math.inf:
        raise FileError(f"{number:g} should be above 0 and finite")
    return number


def _count(value: Any, least: int) -> int:
    """Return the number of rows of a fit, of which `least` are in the file, or many."""
    number = int(value)
    if number < least or (number > least and least < LARGEST):
        raise FileError(f"{least} rows do not stand for {number}")
    return number


def _parameter(item: dict[str, Any]) -> Parameter:
    lower = -math.inf if item["lower"] is None else float(item["lower"])
    upper = math.inf if item["upper"] is None else float(item["upper"])
    return Parameter(str(item["name"]), item["start"], lower, upper, bool(item["fixed"]))


def _numbers(values: Any, count: int) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    if array.shape != (count,) or not np.isfinite(array).all():
        raise FileError(f"{count} finite numbers were expected, not an array of shape {array.shape}")
    return array


def _square(rows: Any, size: int) -> NDArray[np.float64]:
    """Return (size, size) numbers, column by column in memory."""
    return np.asfortranarray(_numbers([v for row in rows for v in row], size**2).reshape(size, size))


def _step(item: list[Any]) -> Step:
    cost, damping, promised, gain = (math.inf if value is None else float(value) for value in item[:4])
    theta = [math.nan if value is None else float(value) for value in item[5]]
    return Step(cost, damping, promised, gain, bool(item[4]), theta)


def _row_numbers(fit: Fit, kept: NDArray[np.intp]) -> list[int] | None:
    """Return the places of the rows at their source, or None where all are here in order."""
    if fit.rows.kept is not None:
        return [int(place) for place in fit.rows.kept[kept]]
    return [int(place) for place in kept] if len(kept) < fit.n else None


def _kept(fit: Fit) -> NDArray[np.intp]:
    """Return the indices of the rows that a file keeps: all, or evenly thinned with every column's extremes."""
    if fit.n <= LARGEST:
        return np.arange(len(fit.rows.response))
    extremes = [f(column) for column in fit.rows.columns.values() for f in (np.argmin, np.argmax)]
    even = np.linspace(0, fit.n - 1, LARGEST).astype(np.intp)
    return np.union1d(even, np.array(extremes, dtype=np.intp))

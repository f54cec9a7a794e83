"""A fit built again from the plain data of a file, each piece held against what it must be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError
from educe.fitting.convention import Convention
from educe.fitting.errors_in_x import noisy
from educe.fitting.found import Found
from educe.fitting.measured import ratio
from educe.fitting.options import ERRORS
from educe.fitting.outliers import Outliers
from educe.fitting.plan import make_plan
from educe.fitting.result import Fit
from educe.fitting.rows import Rows
from educe.fitting.saved import FORMAT, LARGEST, OF_ALL_ROWS, VERSION
from educe.fitting.sets import Sets
from educe.fitting.solving import METHODS
from educe.formula import parse
from educe.least_squares.losses import LOSSES
from educe.least_squares.point import Step
from educe.least_squares.stopping import Reason
from educe.parameters import Parameter
from educe.search import found as searched
from educe.uncertainty.intervals import METHODS as METHODS_OF_INTERVALS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from educe.fitting.plan import Plan
    from educe.formula import Law

SIGMAS = ("none", "relative", "absolute")


def of_file(saved: dict[str, Any], name: str) -> Fit:
    """Return the fit that a file of this name holds; FileError if it is damaged or of another version."""
    if saved.get("format") != FORMAT or saved.get("version") != VERSION:
        raise FileError(f"{name} is not a fit that this version of educe saved.")
    try:
        return from_saved(saved)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise FileError(f"{name} is damaged: {error!s}.") from None


def from_saved(saved: dict[str, Any]) -> Fit:
    """Return the fit that `to_saved` described."""
    law = parse(saved["law"], tuple(saved["variables"]), tuple(saved["declared_parameters"]))
    parameters = tuple(_parameter(item) for item in saved["parameters"])
    plan = _plan(saved, law, parameters)
    rows = _rows(saved, plan)
    fit = Fit(
        law,
        parameters,
        plan,
        _found(saved, len(plan.free)),
        rows,
        {str(reason): int(count) for reason, count in saved["left_out"].items()},
        _convention(saved, plan, thinned=rows.thinned),
        _one_of(saved["method"], METHODS),
        {str(name): str(text) for name, text in saved["derive"].items()},
        {str(name): float(_numbers([value], 1)[0]) for name, value in saved["started"].items()},
        None if saved["search"] is None else _search(saved["search"]),
        None if saved.get("sets") is None else _sets(saved["sets"], law),
        None if saved.get("excluded") is None else Outliers.from_dict(saved["excluded"]),
    )
    if rows.thinned:
        fit.__dict__.update(_of_all_rows(saved, fit))
    return fit


def _plan(saved: dict[str, Any], law: Law, parameters: Sequence[Parameter]) -> Plan:
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
    errors_in = _errors_in(saved, plan)
    return noisy(plan, {name: ratio(name) for name in errors_in}) if errors_in else plan


def _errors_in(saved: dict[str, Any], plan: Plan) -> tuple[str, ...]:
    return tuple(_one_of(name, plan.model.inputs) for name in saved.get("errors_in", ()))


def _rows(saved: dict[str, Any], plan: Plan) -> Rows:
    columns = {name: _numbers(saved["rows"][name], len(saved["rows"][name])) for name in plan.needed}
    kept = len(next(iter(columns.values())))
    numbers = saved.get("row_numbers")
    return Rows(
        columns,
        plan.model.response([_numbers(columns[name], kept) for name in plan.model.variables]),
        None if saved["row_sigma"] is None else _numbers(saved["row_sigma"], kept),
        str(saved["source"]),
        {str(name): str(unit) for name, unit in saved["units"].items()},
        _count(saved["n"], kept),
        None if numbers is None else _numbers(numbers, kept).astype(np.intp),
        sigma_column=str(saved.get("sigma_column", "")),
    )


def _found(saved: dict[str, Any], p: int) -> Found:
    return Found(
        _numbers(saved["theta"], p),
        _square(saved["triangle"], p + 1),
        float(_numbers([saved["cost"]], 1)[0]),
        Reason[saved["reason"]],
        [_step(item) for item in saved["trace"]],
        int(saved["evaluations"]),
    )


def _convention(saved: dict[str, Any], plan: Plan, *, thinned: bool) -> Convention:
    bend = saved["loss_scale"]
    return Convention(
        _one_of(saved["sigma"], SIGMAS),
        _one_of(saved["loss"], LOSSES),
        None if bend is None else _positive(bend),
        _errors_in(saved, plan),
        "wald" if thinned else _one_of(saved.get("intervals", "auto"), METHODS_OF_INTERVALS),
        _one_of(saved.get("errors", "model"), ERRORS),
    )


def _of_all_rows(saved: dict[str, Any], fit: Fit) -> dict[str, Any]:
    """Return what all rows are needed for, which was computed before they were thinned: {attribute: value}."""
    found: dict[str, Any] = {}
    if fit.convention.errors != "model":
        found["error_triangle"] = _square(saved["error_triangle"], fit.p + 1)
    for name, value in saved["of_all_rows"].items():
        if name not in OF_ALL_ROWS:
            raise FileError(f"{name} is not computed from the rows.")
        found[name] = math.inf if value is None else float(value)
    return found


def _sets(item: dict[str, Any], law: Law) -> Sets:
    """Return the data sets that `_saved_sets` described; the law of them all must be the one saved."""
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


def _search(item: dict[str, Any]) -> searched.Found:
    minima = tuple(
        searched.Minimum(
            {str(name): float(value) for name, value in m["parameters"].items()},
            float(m["cost"]),
            int(m["found_from"]),
            int(m["rounds"]),
            tuple(str(flaw) for flaw in m["flaws"]),
        )
        for m in item["minima"]
    )
    return searched.Found(
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


def _parameter(item: dict[str, Any]) -> Parameter:
    lower = -math.inf if item["lower"] is None else float(item["lower"])
    upper = math.inf if item["upper"] is None else float(item["upper"])
    return Parameter(str(item["name"]), item["start"], lower, upper, bool(item["fixed"]))


def _step(item: list[Any]) -> Step:
    cost, damping, promised, gain = (math.inf if value is None else float(value) for value in item[:4])
    theta = [math.nan if value is None else float(value) for value in item[5]]
    return Step(cost, damping, promised, gain, bool(item[4]), theta)


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


def _numbers(values: Any, count: int) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    if array.shape != (count,) or not np.isfinite(array).all():
        raise FileError(f"{count} finite numbers were expected, not an array of shape {array.shape}")
    return array


def _square(rows: Any, size: int) -> NDArray[np.float64]:
    """Return (size, size) numbers, column by column in memory."""
    return np.asfortranarray(_numbers([v for row in rows for v in row], size**2).reshape(size, size))

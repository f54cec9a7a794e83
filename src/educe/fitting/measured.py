"""The rows that a fit can use, and how far each measurement may be off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.condition import rows_where
from educe.errors import ParameterError, TableError, listing, nearest
from educe.formula import Law, parse_condition

if TYPE_CHECKING:
    from educe.fitting.opaque_law import OpaqueLaw
    from educe.fitting.plan import Plan
    from educe.least_squares.triangle import Array
    from educe.table import Table

GIVEN = "sigma given"  # no formula can name it


@dataclass(frozen=True, eq=False)
class Measured:
    """Rows that can be used.

    table : of these rows;  sigma, weights : (n,) and 1/sigma, None where all rows weigh the same
    ratios : {input: column of its noise in units of that of the response}, of inputs that are noisy
    """

    table: Table
    sigma: Array | None
    weights: Array | None
    ratios: Mapping[str, str]


def names_of(law: Law | OpaqueLaw, where: str | None, *sigmas: Any) -> list[str]:
    """Return every name that may be a column, so that a large file is read no further than needed."""
    names = set(law.names)
    if isinstance(law, Law) and law.response is not None:
        names |= law.response.free_names
    elif law.target is not None:
        names.add(law.target)
    if where is not None:
        names |= parse_condition(where).free_names
    given = [one for sigma in sigmas for one in (sigma.values() if isinstance(sigma, Mapping) else (sigma,))]
    return sorted(names | {one for one in given if isinstance(one, str)})


def measured(table: Table, plan: Plan, where: str | None, sigma: Any, sigma_x: Any) -> Measured:
    """Return the rows that can be used, with their weights.

    Raises TableError where a standard deviation cannot hold or no row is left, ParameterError for a noisy input
    that the law does not have.
    """
    noisy = {} if sigma_x is None else _noisy_inputs(plan, sigma, sigma_x)
    if sigma is not None and not isinstance(sigma, str):
        table, sigma = _with_sigma(table, sigma, "sigma", GIVEN)
    shifts: dict[str, str] = {}
    for name, given in noisy.items():
        table, shifts[name] = (
            (table, given)
            if isinstance(given, str)
            else _with_sigma(table, given, f"sigma_x of {name}", f"{GIVEN} of {name}")
        )
    if where is not None:
        table = rows_where(table, where)
    if sigma is None:
        return Measured(table.complete(plan.needed), None, None, {})
    table = table.complete((*plan.needed, sigma, *shifts.values()))
    values = _checked(table, sigma, "sigma", zero=False)
    if not shifts:
        return Measured(table, values, 1.0 / values, {})
    ratios = {name: ratio(name) for name in shifts}
    more = {
        ratios[name]: _checked(table, column, f"sigma_x of {name}", zero=True) / values
        for name, column in shifts.items()
    }
    table = replace(table, columns={**table.columns, **more})
    return Measured(table, values, 1.0 / values, ratios)


def ratio(name: str) -> str:
    """Return the column of an input's noise in units of that of the response; no formula can name it."""
    return f"noise of {name}"


def _noisy_inputs(plan: Plan, sigma: Any, sigma_x: Any) -> dict[str, Any]:
    """Return what was given for each noisy input."""
    inputs = plan.model.inputs
    if sigma is None:
        raise ParameterError(
            "sigma_x says how far x may be off, which is weighed against how far y may: give sigma too."
        )
    if not isinstance(sigma_x, Mapping):
        if len(inputs) != 1:
            raise ParameterError(
                f"the law has {len(inputs)} inputs, {listing(inputs)}: say which sigma_x belongs to, {{name: sigma}}."
            )
        return {inputs[0]: sigma_x}
    for name in sigma_x:
        if name not in inputs:
            raise ParameterError(
                f"sigma_x: {name} is not an input of the law; its inputs are {listing(inputs)}.{nearest(name, inputs)}"
            )
    return dict(sigma_x)


def _checked(table: Table, column: str, words: str, *, zero: bool) -> Array:
    """Return a column of standard deviations: above 0, or at least 0 where `zero`, which is exact."""
    values = table[column]
    lowest = values.min()
    if not (lowest >= 0.0 if zero else lowest > 0.0):
        row = int(np.argmin(values))
        raise TableError(
            f"{table.source}: {words} must {'not be below' if zero else 'be above'} 0; {column} is {values[row]:g} "
            f"in usable row {row + 1}."
        )
    return values


def _with_sigma(table: Table, sigma: Any, words: str, name: str) -> tuple[Table, str]:
    """Return the table with the given standard deviations as one more column, and that column's name."""
    try:
        values = np.asarray(sigma, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(
            f"{words} must be a column's name, a number or numbers, one a row: {error}."
        ) from None
    if values.shape not in ((), (table.n,)):
        raise TableError(
            f"{words} has shape {values.shape}; one number or {table.n} values, one a row, were expected."
        )
    if values.shape == () and not np.isfinite(values):
        raise TableError(f"{words} must be a finite number, not {float(values):g}.")
    columns = {**table.columns, name: np.broadcast_to(values, (table.n,))}
    return replace(table, columns=columns), name

"""What a user should know before believing a fit, as plain sentences, gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from educe.engines.opaque import OpaqueModel
from educe.errors import listing
from educe.fitting.opaque_law import OpaqueLaw
from educe.formula import Law, symbol
from educe.formula.expression import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from educe.fitting.outliers import Outliers
    from educe.fitting.result import Fit

FUNCTION_NAMES = ("sin", "cos", "tan", "exp", "log", "ln", "sqrt")  # no one calls a parameter so
MARKS = {
    sign * value for sign in (1.0, -1.0) for value in (99.0, 999.0, 9999.0, 99999.0, 999.9, 9999.9, 32767.0)
}
MARKS |= {-32768.0, 65535.0, 1e30, -1e30, 1e38, -1e38, 9.96921e36}
MOST_ROWS = 20  # of those left out that are named
FAR = 1e-4  # of the size of an input: a spread that is small beside it
NEARLY = 1e10  # condition beyond which fewer than 6 digits of the error bars are left


def warnings_of(fit: Fit) -> tuple[str, ...]:
    """Return the warnings of a fit."""
    return tuple(_warnings(fit))


def _warnings(fit: Fit) -> Iterator[str]:
    if not fit.converged:
        yield f"The fit did not converge; {fit.reason}."
    if fit.excluded is not None:
        yield _left_out(fit.excluded)
    if not fit.law_variables:
        yield (
            f"The law uses no column, so it says that {fit.response} is the same in every row; the columns of "
            f"{fit.source} are {listing(fit.plan.columns)}."
        )
    for parameter, column in fit.plan.doubts:
        yield f"{parameter} was taken as a parameter; there is a column {column}. If that was meant, write {column}."
    yield from _misread(fit)
    yield from _marks(fit)
    for combination in fit.undetermined:
        yield f"The data cannot determine everything: {combination}."
    if not fit.undetermined and fit.condition > NEARLY:
        yield (
            f"The parameters are nearly impossible to tell apart (condition number {fit.condition:.1e}); "
            "their error bars have few correct digits."
        )
    if not fit.converged or fit.undetermined or fit.condition > NEARLY:
        yield from _far(fit)
    yield from _at_bounds(fit)
    yield from fit.chosen().warnings
    if fit.search is not None:
        yield from fit.search.warnings
    if fit.sets is not None:
        yield from fit.sets.notes
    if fit.dof == 0:
        yield "There are as many parameters as rows: nothing tells the noise, so there are no error bars."
    for name in fit.law_variables:
        values = fit.rows.columns[name]
        if values.min() == values.max():
            yield (
                f"Column {name} is constant ({values[0]:g}): nothing can be learned about how {fit.response} "
                "depends on it."
            )
    if fit.rows.response.min() == fit.rows.response.max():
        yield f"{fit.response} is constant ({fit.rows.response[0]:g}) in all rows; R2 is undefined."
    if isinstance(fit.law, OpaqueLaw):
        yield f"The function could not be read as a formula ({fit.law.reason.rstrip('.')})."
    if isinstance(fit.plan.model, OpaqueModel) and not fit.plan.model.exact:
        yield "Derivatives were taken by finite differences: expect some 8 digits, and starting values matter more."
    if fit.started.keys() < set(fit.names) and not fit.converged:
        yield "Not all parameters were given starting values; --start NAME=VALUE helps."


def _left_out(excluded: Outliers) -> str:
    """Return which rows were left out as outliers, and by which rule."""
    rows = excluded.found
    word = "row" if len(rows) == 1 else "rows"
    names = [f"{one.number}{f' of {one.data_set}' if one.data_set else ''}" for one in rows[:MOST_ROWS]]
    more = f" and {len(rows) - MOST_ROWS:,} more, listed in the JSON" if len(rows) > MOST_ROWS else ""
    were = "row was" if len(rows) == 1 else "rows were"
    return (
        f"{len(rows):,} {were} left out as outliers: {word} {', '.join(names)}{more} ({excluded.rule}). Error bars do "
        "not know of the choice."
    )


def _marks(fit: Fit) -> Iterator[str]:
    """Yield the numbers that loggers write for a missing value, where they lie far from all others."""
    for name, column in fit.rows.columns.items():
        for mark in {float(column.min()), float(column.max())} & MARKS:
            others = column[column != mark]
            if len(others) > 3 and not others.min() - 3.0 * np.ptp(
                others
            ) <= mark <= others.max() + 3.0 * np.ptp(others):
                rows = len(column) - len(others)
                yield (
                    f"{name} is {mark:g} in {rows} row{'s' * (rows > 1)}, far from all others: a logger's mark for a "
                    f'missing value? --where "{name} != {mark:g}" leaves such rows out.'
                )


def _far(fit: Fit) -> Iterator[str]:
    """Yield the inputs that lie far from 0 beside their spread, as a clock does: few digits tell their rows apart."""
    for name in fit.law_variables:
        low, high = float(fit.rows.columns[name].min()), float(fit.rows.columns[name].max())
        if 0.0 < high - low < FAR * max(abs(low), abs(high)):
            yield (
                f"{name} runs from {low:.12g} to {high:.12g}, far from 0 beside its spread: write "
                f"({name} - {low:.10g}) for {name} in the law, and its parameters can be told apart."
            )


def _misread(fit: Fit) -> Iterator[str]:
    """Yield the parameters that were hardly meant as such: exp in a*exp -x, e in a*e**(-k*x)."""
    for name in fit.names:
        if name in FUNCTION_NAMES:
            yield f"{name} was taken as a parameter; the function is written {name}(...)."
    if not isinstance(fit.law, Law):
        return
    if "pi" in fit.plan.columns and any(node.operation == "pi" for node in in_order([fit.law.expression])):
        yield "pi is 3.14159... in the law; there is a column pi. If that was meant, write `pi`, in backticks."
    if "e" in fit.names:
        powers = [node.arguments for node in in_order([fit.law.expression]) if node.operation == "**"]
        if any(base == symbol("e") and exponent.free_names for base, exponent in powers):
            yield "e was taken as a parameter; the exponential function is written exp(...)."


def _at_bounds(fit: Fit) -> Iterator[str]:
    values = fit.params
    for parameter in fit.parameters:
        if parameter.fixed or not parameter.bounded:
            continue
        for bound, word in ((parameter.lower, "lower"), (parameter.upper, "upper")):
            if np.isfinite(bound) and values[parameter.name] == bound:
                yield f"{parameter.name} ended at its {word} bound {bound:g}; {_at_bound(fit, parameter.name)}"


def _at_bound(fit: Fit, name: str) -> str:
    if fit.intervals()[name].method == "profile":
        return "standard errors are those of a fit without the bound, intervals are profiles that end there."
    return (
        "its error bar, and those of the others, are those of a fit without the bound and not to be trusted."
    )

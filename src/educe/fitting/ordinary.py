"""The one place where a law, rows in memory and a solver meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.threaded import rows_under
from educe.errors import ParameterError, TableError, listing
from educe.fitting.convention import Convention
from educe.fitting.errors_in_x import followed, noisy
from educe.fitting.found import in_law_order
from educe.fitting.measured import measured, names_of
from educe.fitting.options import check, check_derived
from educe.fitting.plan import LawLike, bounded_calls, make_plan, read_law
from educe.fitting.result import Fit
from educe.fitting.rows import Rows
from educe.fitting.settled import settle
from educe.fitting.solving import Solving
from educe.fitting.starting import Search, split
from educe.table import Table, as_table
from educe.table.reading import is_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from educe.engines.in_memory import InMemory
    from educe.fitting.opaque_law import OpaqueLaw
    from educe.fitting.options import Options
    from educe.fitting.plan import Plan
    from educe.formula import Law
    from educe.parameters import Parameter

SMALLEST = 1e-140  # size of a response whose squares, and those of its rounding, are still numbers


def fitted(law: LawLike, data: Any, asked: Options) -> Fit:
    """Return the fit of one law to the rows of one table: see `fit`, whose arguments these are."""
    how = _solving(asked)
    the_law = read_law(law, tuple(asked.variables), tuple(asked.parameters))
    names = names_of(the_law, asked.where, asked.sigma, asked.sigma_x) if is_path(data) else None
    table = as_table(data, names=names)
    plan = _plan(the_law, table, asked)
    given = measured(table, plan, asked.where, asked.sigma, asked.sigma_x)
    table = given.table
    values, ranges = split(asked.start) if asked.start else ({}, {})
    settled = settle(plan, values, ranges, asked.bounds or {})
    plan = bounded_calls(plan, settled, values)
    problem = rows_under(plan.model, [table[name] for name in plan.model.variables], given.weights)
    _check_rows(problem, plan, table)
    if ranges:
        _check_ranges(ranges, settled)
    solved = how.run(plan, problem, settled, values, ranges)
    if given.ratios:
        exact, plan = plan, noisy(plan, given.ratios)
        problem = rows_under(plan.model, [table[name] for name in plan.model.variables], given.weights)
        solved = followed(how, plan, problem, settled, solved, exact)
    columns = {name: table[name] for name in plan.needed}
    of_sigma = "none" if asked.sigma is None else "absolute" if asked.absolute_sigma else "relative"
    column = table.find(asked.sigma) if isinstance(asked.sigma, str) else ""
    bend, noisy_inputs = solved.loss_scale, tuple(given.ratios)
    return Fit(
        law=the_law,
        parameters=tuple(settled.values()),
        plan=plan,
        found=in_law_order(plan, solved.solution, solved.triangle),
        rows=Rows(
            columns,
            problem.response,
            given.sigma,
            table.source,
            table.units,
            kept=table.kept,
            sigma_column=column,
        ),
        left_out=table.left_out,
        convention=Convention(of_sigma, asked.loss, bend, noisy_inputs, asked.intervals, asked.errors),
        method=asked.method,
        derive=dict(asked.derive) if asked.derive else {},
        started=values,
        search=solved.search,
    )


def _solving(asked: Options) -> Solving:
    """Return how the fit is to be solved; what cannot hold, whatever the rows, is refused here."""
    check(asked)
    looking = Search(asked.search_seconds, asked.seed, asked.progress) if asked.search else None
    how = Solving(asked.method, asked.loss, asked.loss_scale, asked.iterations, looking)
    how.check(bounded=bool(asked.bounds))
    return how


def _plan(law: Law | OpaqueLaw, table: Table, asked: Options) -> Plan:
    plan = make_plan(
        law,
        tuple(table.available or table.columns),
        fixed=tuple(asked.fixed.items()) if asked.fixed else (),
        ties=tuple(asked.ties.items()) if asked.ties else (),
        bounded=frozenset(asked.bounds or ()),
        eliminate=asked.method != "gauss-newton",
    )
    if asked.derive:
        check_derived(asked.derive, plan.parameters)
    return plan


def _check_ranges(ranges: Mapping[str, tuple[float, float]], settled: Mapping[str, Parameter]) -> None:
    for name, (lower, upper) in ranges.items():
        bounds = settled[name]
        if not max(lower, bounds.lower) < min(upper, bounds.upper):
            raise ParameterError(
                f"{name}: the range of starts {lower:g}:{upper:g} lies outside its bounds "
                f"{bounds.lower:g} .. {bounds.upper:g}."
            )


def _no_response(problem: InMemory, bad: NDArray[np.intp], plan: Plan, table: Table) -> str:
    """Return the sentence about rows in which the left side of the law is no number."""
    response = getattr(plan.law, "response", None)
    names = sorted(response.free_names) if response is not None else []
    row = int(bad[0] if table.kept is None else table.kept[bad[0]]) + 1
    values = ", ".join(f"{name} = {table[name][bad[0]]:g}" for name in names)
    return (
        f"{table.source}: the left side {plan.law.target} is not finite in {len(bad)} of {problem.n} rows, first in "
        f"row {row}, where {values}; leave such rows out with a condition."
    )


def _check_rows(problem: InMemory, plan: Plan, table: Table) -> None:
    """Refuse too few rows, and a response whose square is no number: sums of squares would be 0 or infinite."""
    if problem.n < len(plan.free):
        raise TableError(
            f"{table.source} has {problem.n} usable row{'s' * (problem.n != 1)}, fewer than the {len(plan.free)} free "
            f"parameters {listing(plan.free)}."
        )
    bad = np.flatnonzero(~np.isfinite(problem.response))
    if len(bad):
        raise TableError(_no_response(problem, bad, plan, table))
    size = problem.magnitude
    if size == 1.0 and problem.response.any():  # 1 stands for a sum of squares of 0 too
        y = problem.response if problem.weights is None else problem.response * problem.weights
        size = float(np.abs(y).max())
    if not SMALLEST < size < 1.0 / SMALLEST:
        raise TableError(
            f"{table.source}: the response, divided by sigma if there is one, has the size {size:.1g}, whose "
            f"square no number can hold; {SMALLEST:g} to {1.0 / SMALLEST:g} is allowed. Give it in another unit."
        )

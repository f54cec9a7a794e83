"""Errors in x: from the minimum without them to the minimum with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from educe.engines.orthogonal import orthogonal_model
from educe.errors import FormulaError
from educe.fitting.plan import make_plan
from educe.fitting.solving import box_of
from educe.formula import Law

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.engines.in_memory import InMemory
    from educe.engines.model import FormulaModel
    from educe.fitting.plan import Plan
    from educe.fitting.solving import Solved, Solving
    from educe.parameters import Parameter


def noisy(plan: Plan, ratios: Mapping[str, str]) -> Plan:
    """Return the plan of the same law with noisy inputs.

    ratios : {input: column of its noise in units of that of the response}

    Raises FormulaError for a law that is a function known by its values: its slope in x is not known.
    """
    if not isinstance(plan.law, Law):
        raise FormulaError(
            f"{plan.law.text} could not be read as a formula, so errors in x cannot be taken into account: that needs "
            f"its slope in x ({plan.law.reason.rstrip('.')})."
        )
    exact = make_plan(
        plan.law,
        plan.columns,
        fixed=tuple(plan.fixed.items()),
        ties=tuple(plan.ties.items()),
        eliminate=False,
    )
    replaced = plan.law.substitute({**plan.tied, **plan.fixed}) if plan.tied or plan.fixed else plan.law
    names = tuple(name for name in exact.model.inputs if name in ratios)
    model = orthogonal_model(
        cast("FormulaModel", exact.model),
        replaced.expression,
        names,
        tuple(ratios[name] for name in names),
    )
    position = tuple(model.names.index(name) for name in exact.free)
    return replace(exact, model=model, needed=model.variables, position=position)


def followed(
    how: Solving,
    plan: Plan,
    problem: InMemory,
    settled: Mapping[str, Parameter],
    solved: Solved,
    before: Plan,
) -> Solved:
    """Return the minimum with errors in x that the one without leads to.

    plan, problem : with errors in x;  solved, before : the minimum and the plan without

    From there alone: with errors in x a law that oscillates wildly comes near every row, so the lowest of several
    ends would be the wildest.

    Raises FitError where the law is not finite there.
    """
    at = dict(zip(before.model.names, solved.solution.theta, strict=True))
    start = [at[name] for name in plan.model.names]
    return how.descended(plan, problem, [start], box_of(plan, settled))._replace(search=solved.search)

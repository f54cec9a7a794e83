"""From what the user typed to a model: which names are columns, which are free, fixed or tied."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.model import formula_model
from educe.engines.opaque import OpaqueModel
from educe.errors import FormulaError, ParameterError, listing, nearest
from educe.fitting.opaque_law import OpaqueLaw
from educe.formula import Law, parse, parse_expression
from educe.least_squares.bounds import Box

if TYPE_CHECKING:
    from educe.engines.model import Model
    from educe.formula import Expression
    from educe.parameters import Parameter

LawLike = str | Law | OpaqueLaw | Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Plan:
    """A law with roles settled and compiled.

    law : as given, names of parameters in its order
    free : names of the free parameters, in the law's order;  model.names has the solver's order
    fixed : {name: value};  ties : {name: text};  tied : {name: expression of free parameters}
    position : for each free parameter, its place in the solver's order
    needed : columns that must be finite in every row;  columns : all that the data have
    """

    law: Law | OpaqueLaw
    parameters: tuple[str, ...]
    free: tuple[str, ...]
    fixed: Mapping[str, float]
    ties: Mapping[str, str]
    tied: Mapping[str, Expression]
    model: Model
    position: tuple[int, ...]
    needed: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]


def read_law(
    law: LawLike, variables: tuple[str, ...] = (), parameters: tuple[str, ...] = ()
) -> Law | OpaqueLaw:
    """Return the law that a text or a NumPy function states.

    A function that cannot be traced is kept as it is, with derivatives by finite differences.

    Raises FormulaError for anything else, and for a function with an argument that does nothing.
    """
    if isinstance(law, str):
        return parse(law, variables, parameters)
    if isinstance(law, Law | OpaqueLaw):
        return law
    if not callable(law):
        raise FormulaError(f"a law is a text such as 'y = a*x + b' or a function, not {type(law).__name__}.")
    from educe.formula.trace import NotTraceableError, trace

    reason, refused = "on symbols it fails", None
    with suppress(Exception):  # what a function raises on symbols can be anything; its own call will tell
        try:
            return trace(law)
        except NotTraceableError as error:
            reason = str(error)
        except FormulaError as error:
            refused = error
    if refused is not None:
        raise refused
    return OpaqueLaw.of(law, reason=reason)


@lru_cache(maxsize=256)
def make_plan(
    law: Law | OpaqueLaw,
    columns: tuple[str, ...],
    *,
    fixed: tuple[tuple[str, float], ...] = (),
    ties: tuple[tuple[str, str], ...] = (),
    bounded: frozenset[str] = frozenset(),
    eliminate: bool = True,
) -> Plan:
    """Return the plan of a fit.

    columns : names of the columns of the data
    fixed, ties : (name, value) and (name, text) pairs
    bounded : parameters with a bound: they are not eliminated
    eliminate : False where nothing may be (a robust loss, pure Gauss-Newton)

    Raises FormulaError or ParameterError for roles, values and ties that cannot hold.
    """
    if law.target is None and isinstance(law, Law):
        raise FormulaError(f"'{law.text}' does not say what was measured; write it as column = {law.text}.")
    roles = law.roles(columns)
    values, tie_texts = dict(fixed), dict(ties)
    for name in (*values, *tie_texts, *bounded):
        if name not in roles.parameters:
            raise ParameterError(_unknown(name, roles.parameters, columns))
    both = [name for name in values if name in tie_texts]
    if both:
        raise ParameterError(f"{both[0]} is both fixed and tied; choose one.")
    for name, value in values.items():
        if not isinstance(value, Real) or not math.isfinite(value):
            raise ParameterError(f"{name}: a fixed value must be a finite number, not {value!r}.")
    tied = resolve_ties(tie_texts, values, roles.parameters)
    free = tuple(name for name in roles.parameters if name not in values and name not in tied)
    if not free:
        known = "has no parameters" if not roles.parameters else "has no free parameters left"
        raise FormulaError(f"{law.text} {known}: there is nothing to find.")
    candidates = frozenset(free) - bounded if eliminate else frozenset()
    if isinstance(law, OpaqueLaw):
        model: Model = _opaque_model(law, roles.variables, free, values, tied)
    else:
        model = _formula_model(law, free, values, tied, candidates)
    return Plan(
        law=law,
        parameters=roles.parameters,
        free=free,
        fixed=values,
        ties=tie_texts,
        tied=tied,
        model=model,
        position=tuple(model.names.index(name) for name in free),
        needed=model.variables,
        doubts=roles.doubts,
        columns=columns,
    )


def _formula_model(
    law: Law,
    free: tuple[str, ...],
    fixed: Mapping[str, float],
    tied: Mapping[str, Expression],
    eliminate: frozenset[str],
) -> Model:
    replaced = law.substitute({**tied, **fixed}) if tied or fixed else law
    for name in free:
        if name not in replaced.expression.free_names:
            raise ParameterError(
                f"{name} no longer occurs in {law.text} once other parameters are fixed or tied."
            )
    assert replaced.response is not None
    return formula_model(replaced.response, replaced.expression, free, eliminate=eliminate)


def _opaque_model(
    law: OpaqueLaw,
    variables: tuple[str, ...],
    free: tuple[str, ...],
    fixed: Mapping[str, float],
    tied: Mapping[str, Expression],
) -> Model:
    if tied:
        raise FormulaError(f"{law.text} could not be traced, so its parameters cannot be tied: {law.reason}")
    assert law.target is not None
    function = law.by_position((*variables, *free), fixed)
    return OpaqueModel(function, free, variables, law.target, law.derivatives_of(free))


def bounded_calls(plan: Plan, parameters: Mapping[str, Parameter], start: Mapping[str, float]) -> Plan:
    """Return the plan with what differences must know: bounds that no call leaves, and sizes of parameters."""
    if not isinstance(plan.model, OpaqueModel):
        return plan
    free = [parameters[name] for name in plan.model.names]
    box = Box(np.array([p.lower for p in free]), np.array([p.upper for p in free]))
    size = np.array([start.get(p.name, 0.0) for p in free])
    return replace(plan, model=replace(plan.model, start=size, box=box))


def resolve_ties(
    ties: Mapping[str, str], fixed: Mapping[str, float], parameters: tuple[str, ...]
) -> dict[str, Expression]:
    """Return each tied parameter as an expression of free ones, ties of ties resolved, fixed values put in.

    Raises ParameterError for a tie to itself, in a circle, or to a name that is no parameter.
    """
    from educe.formula import constant, substitute

    pending = {name: parse_expression(text) for name, text in ties.items()}
    for name, expression in pending.items():
        for other in expression.free_names:
            if other not in parameters:
                raise ParameterError(
                    f"the tie {name} = {ties[name]} uses {other}, which is not a parameter; the parameters are "
                    f"{listing(parameters)}.{nearest(other, parameters)}"
                )
    known: dict[str, Expression] = {name: constant(value) for name, value in fixed.items()}
    resolved: dict[str, Expression] = {}
    while pending:
        ready = [name for name, e in pending.items() if not e.free_names & pending.keys()]
        if not ready:
            name = next(iter(pending))
            raise ParameterError(f"the tie {name} = {ties[name]} leads back to {name}.")
        for name in ready:
            resolved[name] = substitute(pending.pop(name), {**known, **resolved})
    return resolved


def _unknown(name: str, parameters: tuple[str, ...], columns: tuple[str, ...]) -> str:
    if name in columns:
        return f"{name} is a column, not a parameter; the parameters are {listing(parameters)}."
    return f"{name} is not a parameter of the law; its parameters are {listing(parameters)}.{nearest(name, parameters)}"

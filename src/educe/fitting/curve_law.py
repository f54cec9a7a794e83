"""Functions given to curve_fit, remembered as formulas: each is traced once, and dropped when it has changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from educe.engines.model import formula_model
from educe.fitting.curve_problem import RESPONSE
from educe.formula import symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from educe.engines.model import FormulaModel
    from educe.fitting.curve_problem import Curve
    from educe.formula import Expression

Shape = tuple[int, int, frozenset[str]]
"""Inputs (0: a single one, not in rows), parameters, bounded parameters."""


@dataclass(frozen=True)
class CurveLaw:
    """A function as a formula, ready for the solver.

    model : its inputs are x0, x1, ..., its response y
    position : for each parameter of the model, its place in theta; a parameter without effect has none
    """

    expression: Expression
    model: FormulaModel
    position: list[int]


_known: MutableMapping[Any, dict[Shape, CurveLaw | None]] = WeakKeyDictionary()


def laws(curve: Curve, rows: int) -> Iterator[CurveLaw]:
    """Yield the formula that the function was when last seen, then the one that it is now, if that differs.

    rows : rows of xdata; 0 where it has one dimension
    """
    shape = rows, curve.start.size, bounded(curve)
    known = _remembered(curve.f)
    law = known.get(shape)
    if law is not None:
        yield law
    elif shape in known:
        return
    now = traced(curve, shape)
    known[shape] = None
    if now is not None and (law is None or now.expression is not law.expression):
        known[shape] = now
        yield now
        known[shape] = None  # asked for more: the formula does not give the function's values


def _remembered(f: Callable[..., Any]) -> dict[Shape, CurveLaw | None]:
    try:
        return _known.setdefault(f, {})
    except TypeError:  # neither hashable nor weakly referable: not remembered
        return {}


def bounded(curve: Curve) -> frozenset[str]:
    """Return the names of the parameters with a bound."""
    if curve.box is None:
        return frozenset()
    at = np.flatnonzero(np.isfinite(curve.box.lower) | np.isfinite(curve.box.upper))
    return frozenset(f"p{k}" for k in at.tolist())


def traced(curve: Curve, shape: Shape) -> CurveLaw | None:
    """Return the function as a formula, or None if it cannot be read as one."""
    from educe.formula.trace import trace_rows

    rows, p, bounded_names = shape
    parameters = [symbol(f"p{k}") for k in range(p)]
    inputs = [symbol(f"x{k}") for k in range(rows)] if rows else symbol("x0")
    # what the user's function raises when it is handed symbols can be anything; its own call will tell
    with suppress(Exception):
        expression = trace_rows(curve.f, parameters, inputs)
        names = tuple(str(name.value) for name in parameters if str(name.value) in expression.free_names)
        if names:
            model = formula_model(
                symbol(RESPONSE), expression, names, eliminate=frozenset(names) - bounded_names
            )
            return CurveLaw(expression, model, [int(name[1:]) for name in model.names])
    return None

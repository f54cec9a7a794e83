"""Laws from plain NumPy functions: the function is called once, with symbols in place of its arguments.

    def z(x, y, a, b):
        return a*np.sin(x) + b*np.cos(y)

NumPy's protocols (`__array_ufunc__`, `__array_function__`) hand every operation to the symbols, which write down the
formula. A function that branches on values, needs plain numbers or picks elements cannot be traced, and says why.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from educe.errors import FormulaError, nearest
from educe.formula.expression import Expression, symbol
from educe.formula.law import Law
from educe.formula.text import PLAIN_NAME
from educe.formula.traced import NotTraceableError, Traced, TracedRows, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NotTraceableError", "trace", "trace_rows"]

_LARGEST = 20_000  # nodes when written out


def trace(function: Callable[..., Any], variables: Sequence[str] = ()) -> Law:
    """Return the law that a NumPy function computes; the function's name is what the law predicts.

    function : takes columns and parameters by name, in any order, and returns one value per row
    variables : names of arguments that must be columns, whatever the data

    Raises NotTraceableError with the reason if the function cannot be read as a formula, FormulaError if an
    argument has no effect.

    >>> import numpy as np
    >>> def z(x, y, a, b):
    ...     return a * np.sin(x) + b * np.cos(y)
    >>> trace(z).text
    'z = a*sin(x) + b*cos(y)'
    """
    names = _argument_names(function)
    for name in variables:
        if name not in names:
            raise FormulaError(f"{name} is no argument of the function.{nearest(name, names)}")
    arguments = {name: Traced(symbol(name)) for name in names}
    expression = _traced(lambda: function(**arguments))
    for name in names:
        if name not in expression.free_names:
            raise FormulaError(f"The argument {name} has no effect on what the function returns.")
    name = getattr(function, "__name__", "")
    response = symbol(name) if PLAIN_NAME.fullmatch(name) and name not in names else None
    return Law(expression, response, tuple(variables))


def trace_rows(
    function: Callable[..., Any], parameters: Sequence[Expression], rows: Sequence[Expression] | Expression
) -> Expression:
    """Return what f(xdata, *theta) computes, as `curve_fit` calls it.

    parameters : what stands for theta, one each
    rows : what stands for xdata: one expression, or one for each of its rows, x[0], x[1], ...

    Raises NotTraceableError with the reason if the function cannot be read as a formula.

    >>> def plane(xy, a, b):
    ...     x, y = xy
    ...     return a * x + b * y
    >>> print(trace_rows(plane, [symbol("a"), symbol("b")], [symbol("x0"), symbol("x1")]))
    a*x0 + b*x1
    """
    first: Any = Traced(rows) if isinstance(rows, Expression) else TracedRows(rows)
    return _traced(lambda: function(first, *[Traced(parameter) for parameter in parameters]))


def _argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        arguments = inspect.signature(function).parameters.values()
    except ValueError as error:  # some compiled functions have no signature
        raise NotTraceableError(f"its arguments cannot be read: {error}.") from error
    for argument in arguments:
        if argument.kind not in (argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY):
            raise NotTraceableError(f"its argument {argument} has no name of its own.")
    return tuple(argument.name for argument in arguments)


def _traced(call: Callable[[], Any]) -> Expression:
    """Return the formula of what a function gives for symbols; what its code raises on them is the reason."""
    try:
        expression = value_of(call())
    except NotTraceableError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RuntimeError) as error:
        raise NotTraceableError(f"it does not take symbols: {error}.") from error
    if expression.size > _LARGEST:
        raise NotTraceableError(f"its formula would have {expression.size} parts.")
    return expression

"""What NumPy's functions do to a symbol: the table of ufuncs and functions that can be traced."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from educe.errors import FormulaError
from educe.formula.expression import ONE, ZERO, Expression, apply, constant
from educe.formula.operations import CONDITIONS, OPERATIONS, SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class NotTraceableError(FormulaError):
    """A function cannot be read as a formula; its derivatives have to be taken by finite differences."""


class Traced(NDArrayOperatorsMixin):
    """A symbol that stands for an array or a number inside a function that is being traced."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Traced:
        if method != "__call__" or options:
            raise NotTraceableError(f"it calls np.{ufunc.__name__} with more than plain arguments.")
        return Traced(_ufunc(ufunc.__name__, inputs))

    def __array_function__(
        self, function: Callable[..., Any], types: object, inputs: Sequence[Any], options: Mapping[str, Any]
    ) -> Traced:
        known = _FUNCTIONS.get(function.__name__)
        if known is None:
            raise NotTraceableError(f"it calls np.{function.__name__}.")
        try:
            return Traced(known(*inputs, **options))
        except TypeError as error:
            raise NotTraceableError(f"it calls np.{function.__name__} in another form: {error}.") from error

    def __array__(self, *_: object, **__: object) -> np.ndarray[Any, Any]:
        raise NotTraceableError("it makes a new array of its argument.")

    def __bool__(self) -> bool:
        raise NotTraceableError(
            "it decides by a value, with if, and, or, min or max; np.where can be traced."
        )

    def __float__(self) -> float:
        raise NotTraceableError(
            "it needs a number, as the functions of math do; those of NumPy can be traced."
        )

    def __iter__(self) -> Iterator[Any]:
        raise NotTraceableError("it takes its argument apart, element by element.")

    def __getitem__(self, key: object) -> Any:
        raise NotTraceableError("it picks elements of its argument.")

    def __setitem__(self, key: object, value: object) -> None:
        raise NotTraceableError("it sets elements of an array.")

    def __len__(self) -> int:
        raise NotTraceableError("it asks how long its argument is.")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotTraceableError(f"it uses the attribute .{name} of an array.")

    __int__ = __index__ = __complex__ = __float__
    __hash__ = None  # type: ignore[assignment]


class TracedRows:
    """An argument of k rows, x[0] ... x[k-1], each a symbol."""

    __array_ufunc__ = None

    def __init__(self, rows: Sequence[Expression]) -> None:
        self._rows = [Traced(row) for row in rows]

    def __getitem__(self, key: Any) -> Traced:
        row, *rest = key if isinstance(key, tuple) else (key,)
        if not isinstance(row, int) or any(part not in (slice(None), ...) for part in rest):
            raise NotTraceableError("it picks other parts of its first argument than whole rows.")
        return self._rows[row]

    def __iter__(self) -> Iterator[Traced]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __array__(self, *_: object, **__: object) -> np.ndarray[Any, Any]:
        raise NotTraceableError("it treats the rows of its first argument as one array.")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotTraceableError(f"it uses the attribute .{name} of its first argument.")


def value_of(item: Any) -> Expression:
    """Return the expression of what stands in an operation: traced, a number, or a condition as 0 and 1.

    Raises NotTraceableError for arrays and anything else.
    """
    node = _node_of(item)
    return apply("where", node, ONE, ZERO) if node.operation in CONDITIONS else node


def _node_of(item: Any) -> Expression:
    if isinstance(item, Traced):
        return item.expression
    if isinstance(item, np.ndarray) and item.ndim == 0 and item.dtype.kind in "buif":
        item = item.item()
    if not isinstance(item, int | float | np.bool_ | np.integer | np.floating):
        raise NotTraceableError(f"it combines its arguments with {_kind(item)}.")
    if float(item) == math.pi:
        return apply("pi")
    try:
        return constant(float(item) if not isinstance(item, int) else int(item))
    except FormulaError as error:
        raise NotTraceableError(str(error)) from error


def _kind(item: object) -> str:
    shape = f" of shape {item.shape}" if isinstance(item, np.ndarray) else ""
    return f"a {type(item).__name__}{shape}"


def _condition_of(item: Any) -> Expression:
    node = _node_of(item)
    if node.operation not in CONDITIONS:
        return apply("!=", node, ZERO)
    return node


def _ufunc(name: str, inputs: Sequence[Any]) -> Expression:
    if name in _LOGIC:
        return apply(_LOGIC[name], *[_condition_of(item) for item in inputs])
    if name in _COMPARISONS:
        return apply(_COMPARISONS[name], *[value_of(item) for item in inputs])
    nodes = [value_of(item) for item in inputs]
    if name in _WRITTEN_OUT:
        return _WRITTEN_OUT[name](*nodes)
    if name not in _SAME or OPERATIONS[_SAME[name]].arity != len(nodes):
        raise NotTraceableError(f"it calls {name}, which formulas do not have.")
    return apply(_SAME[name], *nodes)


# NumPy's and SciPy's names of the operations, from the operations themselves.
_SAME = {
    **{operation.numpy.rpartition(".")[2]: name for name, operation in OPERATIONS.items()},
    **SPELLINGS,
    "float_power": "**",
}
_COMPARISONS = {OPERATIONS[name].numpy: name for name in CONDITIONS - {"and", "or", "not"}}
_LOGIC = {
    "logical_and": "and",
    "logical_or": "or",
    "logical_not": "not",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "invert": "not",
}
_WRITTEN_OUT: dict[str, Callable[..., Expression]] = {
    "positive": lambda u: u,
    "conjugate": lambda u: u,
    "square": lambda u: u**2,
    "reciprocal": lambda u: 1 / u,
    "exp2": lambda u: 2**u,
    "exp10": lambda u: 10**u,
    "radians": lambda u: u * apply("pi") / 180,
    "deg2rad": lambda u: u * apply("pi") / 180,
    "degrees": lambda u: u * 180 / apply("pi"),
    "rad2deg": lambda u: u * 180 / apply("pi"),
    "fmax": lambda a, b: apply("max", a, b),
    "fmin": lambda a, b: apply("min", a, b),
    "heaviside": lambda u, at_zero: apply(
        "where", apply("<", u, ZERO), ZERO, apply("where", apply("==", u, ZERO), at_zero, ONE)
    ),
    "xlogy": lambda a, b: apply("where", apply("==", a, ZERO), ZERO, a * apply("log", b)),
    "ndtr": lambda u: apply("erfc", -u / constant(math.sqrt(2))) / 2,
    "logit": lambda u: apply("log", u / (1 - u)),
}


def _where(condition: Any, a: Any, b: Any) -> Expression:
    return apply("where", _condition_of(condition), value_of(a), value_of(b))


def _clip(x: Any, least: Any, largest: Any) -> Expression:
    node = value_of(x)
    if least is not None:
        node = apply("max", node, value_of(least))
    return node if largest is None else apply("min", node, value_of(largest))


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Expression:
    node = value_of(default)
    for condition, choice in zip(conditions[::-1], choices[::-1], strict=True):
        node = _where(condition, choice, Traced(node))
    return node


def _polyval(coefficients: Sequence[Any], x: Any) -> Expression:
    node = ZERO
    for coefficient in coefficients:
        node = node * value_of(x) + value_of(coefficient)
    return node


_FUNCTIONS: dict[str, Callable[..., Expression]] = {
    "where": _where,
    "clip": _clip,
    "select": _select,
    "polyval": _polyval,
    "sinc": lambda x: apply("sinc", apply("pi") * value_of(x)),
    "ones_like": lambda x: ONE,
    "zeros_like": lambda x: ZERO,
    "full_like": lambda x, fill_value: value_of(fill_value),
    "copy": value_of,
    "atleast_1d": value_of,
    "real": value_of,
}

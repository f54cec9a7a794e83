"""Compiled stages: generated NumPy code as functions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.formula.numpy_source import Emitter, Stage
from educe.formula.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Program:
    """Stages that can be bound to data.

    source : str -- the generated NumPy code; its names are the program's own, never those of a formula
    bind : function of the data columns -> tuple of one function per stage, `stage(*arguments, out)`, which writes
        output k into out[k]; what an earlier stage computed must be up to date when a later one is called
    constant_outputs : per stage, the indices of outputs that no argument changes: filling them once is enough
    made_from : data, stages and scalar of `compile_stages`
    """

    source: str
    bind: Callable[..., tuple[Callable[..., None], ...]]
    constant_outputs: tuple[tuple[int, ...], ...]
    made_from: tuple[tuple[str, ...], tuple[Stage, ...], bool] = field(repr=False)

    def __reduce__(self) -> tuple[Callable[..., Program], tuple[Any, ...]]:
        """Pickle what the code was generated from: functions made by exec cannot be pickled."""
        return _compiled, self.made_from


def compile_stages(data: Iterable[str], stages: Iterable[Stage], *, scalar: bool = False) -> Program:
    """Return the program that computes the outputs of the stages.

    data : names of the columns
    stages : what each call takes and gives; a name that is neither data nor an argument so far is refused
    scalar : whether arguments are Python floats and columns are (n,) arrays: what depends on parameters alone is
        then computed in Python, and arrays are allocated once, in `bind`; otherwise arguments may be arrays, such as
        (S, 1) for S candidates at once, and `out[k]` has the shape to which they broadcast with the data

    Floating-point exceptions give inf or nan; warnings about them are the caller's to silence.

    Raises FormulaError if a name is unknown.

    >>> from educe.formula import gradient, parse
    >>> f = parse("a*exp(-b*x)").expression
    >>> program = compile_stages(["x"], [Stage(("a", "b"), (f,)), Stage((), tuple(gradient(f, ["a", "b"])))])
    >>> value, slopes = program.bind(np.array([0.0, 1.0]))
    >>> out = [np.empty(2), np.empty(2)]
    >>> value(2.0, 0.0, out); out[0]
    array([2., 2.])
    >>> slopes(out); out[1]
    array([-0., -2.])
    """
    return _compiled(tuple(data), tuple(stages), scalar)


@lru_cache(maxsize=256)
def _compiled(data: tuple[str, ...], stages: tuple[Stage, ...], scalar: bool) -> Program:
    emitter = Emitter(data, stages, scalar=scalar)
    source = emitter.source()
    names = _namespace(emitter.functions, scalar=scalar)
    exec(compile(source, "<law>", "exec"), names)  # noqa: S102 -- generated above, without any text of the user
    free = frozenset(data)
    constant = tuple(
        tuple(k for k, output in enumerate(stage.outputs) if output.free_names <= free) for stage in stages
    )
    return Program(source, names["bind"], constant, (data, stages, scalar))


def _namespace(operations: Iterable[str], *, scalar: bool) -> dict[str, Any]:
    names: dict[str, Any] = {
        "array": np.array,
        "asarray": np.asarray,
        "empty": np.empty,
        "empty_like": np.empty_like,
        "by_zero": _by_zero,
        "inf": math.inf,
        "nan": math.nan,
    }
    for operation in map(OPERATIONS.__getitem__, operations):
        name = operation.numpy.rpartition(".")[2]
        names[name] = operation.function()
        if scalar:
            names[f"of_floats_{name}"] = _of_floats(operation.scalar, names[name])
    return names


def _by_zero(above: float, below: float) -> float:
    """Return above/below for below = 0, as arrays have it."""
    return float(np.divide(above, below))


def _of_floats(name: str, of_arrays: Callable[..., Any]) -> Callable[..., float]:
    """Return the function of Python floats that gives inf or nan where `math` raises."""
    of_floats = getattr(math, name, None)

    def function(*values: float) -> float:
        if of_floats is not None:
            try:
                return float(of_floats(*values))
            except (ValueError, OverflowError):
                pass
        return float(of_arrays(*values))

    return function

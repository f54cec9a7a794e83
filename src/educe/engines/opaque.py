"""A function that cannot be looked into: values as it gives them, derivatives by finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.differences import Differences
from educe.errors import FitError, FormulaError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.engines.model import Fill
    from educe.least_squares.bounds import Box
    from educe.least_squares.separable import Pattern
    from educe.least_squares.triangle import Array

ALIKE = 1e-2  # of the largest value: by how much an adaptive solver's values may depend on the rows asked for
# what numerical code raises where it has no value (an ODE solver that gives up returns no rows: IndexError);
# anything else is a mistake in the function and passes through
NO_VALUE = (ArithmeticError, ValueError, RuntimeError, LookupError)
ONE_NUMBER_ONLY = ("truth value of an array", "can be converted to Python scalars")  # NumPy's words


@dataclass(frozen=True, eq=False)
class OpaqueModel:
    """A model from a Python function of arrays that could not be traced to a formula.

    function : called as function(*inputs, *parameters) -> (m,), or one number for all rows
    names : free parameters, in the function's order;  inputs : columns that it takes, in order
    target : column of the measured response
    derivatives : function(*inputs, *parameters) -> (m, p), or None for finite differences
    start : (p,), how large the parameters are (0: not known), or None;  box : bounds that no call leaves, or None
    """

    function: Callable[..., Any]
    names: tuple[str, ...]
    inputs: tuple[str, ...]
    target: str
    derivatives: Callable[..., Array] | None = None
    start: Array | None = None
    box: Box | None = None
    pattern: Pattern | None = None

    @property
    def exact(self) -> bool:
        """Whether the derivatives are the user's own rather than differences."""
        return self.derivatives is not None

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns: the inputs, then the response."""
        return (*self.inputs, self.target)

    def whole(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of y - f: nan where the function has no value.

        A step to where the function raises one of NO_VALUE is a step not to take.
        """
        inputs, y = columns[:-1], columns[-1]

        def fill(*arguments: Any) -> None:
            theta, out = np.array(arguments[:-1], dtype=np.float64), arguments[-1]
            try:
                value: Array | float = self.values(inputs, len(y), theta)
                J: Array | float = (
                    self._jacobian(inputs, len(y), theta) if np.isfinite(value).all() else np.nan
                )
            except NO_VALUE:
                value = J = np.nan
            _write(out, J)
            np.subtract(y, value, out=out[-1])

        return fill

    def wide(self, columns: Sequence[Array]) -> Fill:
        """No parameter of an opaque function is known to be linear."""
        raise NotImplementedError

    def summed(self, columns: Sequence[Array]) -> None:
        """No parameter of an opaque function is known to be linear."""

    def response(self, columns: Sequence[Array]) -> Array:
        """Return the measured response, (m,)."""
        return columns[-1]

    def prediction(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of f. What the function raises passes through."""

        def fill(*arguments: Any) -> None:
            theta, out = np.array(arguments[:-1], dtype=np.float64), arguments[-1]
            m = len(out[-1])
            out[-1][:] = self.values(columns, m, theta)
            _write(out, self._jacobian(columns, m, theta))

        return fill

    def values(self, inputs: Sequence[Array], m: int, theta: Array) -> Array:
        """Return f at theta, (m,), for m rows of the inputs.

        Raises FitError unless it is a number for each row, FormulaError if the function takes no columns; what
        else it raises passes through unchanged.
        """
        try:
            returned = self.function(*inputs, *theta.tolist())
        except (TypeError, ValueError) as error:
            if any(words in str(error) for words in ONE_NUMBER_ONLY):
                raise FormulaError(
                    f"the function takes one number at a time, no column of {m} ({error}): use np.where for a branch "
                    "and np.exp for math.exp, or wrap it in np.vectorize."
                ) from None
            raise
        return numbers(returned, m)

    def check_rows(self, columns: Sequence[Array], theta: Array, part: slice) -> None:
        """Raise FitError if the function has other values for a part of the rows than for all of them."""
        inputs, m = columns[:-1], len(columns[-1])
        whole = self.values(inputs, m, theta)
        alone = self.values([column[part] for column in inputs], len(whole[part]), theta)
        if not np.abs(alone - whole[part]).max() <= ALIKE * np.abs(whole).max():
            raise FitError(
                f"the function has other values for rows {part.start + 1:,} to {part.stop:,} when it is given these "
                f"alone than when it is given all {m:,}; so many rows are taken in blocks, and each row's value must "
                "follow from that row and the parameters."
            )

    def _jacobian(self, inputs: Sequence[Array], m: int, theta: Array) -> Array:
        """Return df/dtheta, (m, p)."""
        if self.derivatives is not None:
            return np.asarray(self.derivatives(*inputs, *theta.tolist()), dtype=np.float64)
        size = np.zeros(len(theta)) if self.start is None else self.start
        return Differences(lambda moved: self.values(inputs, m, moved), size, self.box).jacobian(theta)


def _write(out: Sequence[Array], J: Array | float) -> None:
    """Write the columns of J, (m, p), or one number into all of them."""
    for k in range(len(out) - 1):
        out[k][:] = J if isinstance(J, float) else J[..., k]


def numbers(returned: Any, m: int) -> Array:
    """Return what a function returned as (m,) float64.

    Raises FitError unless it is one real number for each row, or one for all.

    >>> numbers([1, 2], 2)
    array([1., 2.])
    """
    values = np.asarray(returned)
    if returned is None or values.dtype.kind not in "biufO":
        given = "nothing" if returned is None else f"{values.dtype} values"
        raise FitError(
            f"the function returned {given}; one real number for each of the {m} rows was expected."
        )
    if values.shape not in ((m,), ()):
        raise FitError(
            f"the function returned an array of shape {values.shape}; one value for each of the {m} rows was "
            "expected."
        )
    try:
        return np.broadcast_to(values.astype(np.float64), (m,))
    except (TypeError, ValueError):
        kind = type(values.flat[0]).__name__
        raise FitError(
            f"the function returned values of type {kind}; one real number for each of the {m} rows was expected."
        ) from None

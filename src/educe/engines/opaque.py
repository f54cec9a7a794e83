"""A function that cannot be looked into: values as it gives them, derivatives by finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.engines.model import Fill
    from educe.least_squares.separable import Pattern
    from educe.least_squares.triangle import Array

EPS = 2.0**-52


@dataclass(frozen=True)
class OpaqueModel:
    """A model from a Python function of arrays that could not be traced to a formula.

    function : called as function(*inputs, *parameters) -> (m,)
    names : free parameters, in the function's order;  inputs : columns that it takes, in order
    target : column of the measured response
    derivatives : function(*inputs, *parameters) -> (m, p), or None for central differences
    """

    function: Callable[..., Array]
    names: tuple[str, ...]
    inputs: tuple[str, ...]
    target: str
    derivatives: Callable[..., Array] | None = None
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
        """Return fill(*theta, out) for p columns of J and one of y - f."""
        predict = self.prediction(columns[:-1])
        y = columns[-1]

        def fill(*arguments: object) -> None:
            out = arguments[-1]
            predict(*arguments)
            np.subtract(y, out[-1], out=out[-1])  # type: ignore[index]

        return fill

    def wide(self, columns: Sequence[Array]) -> Fill:
        """No parameter of an opaque function is known to be linear."""
        raise NotImplementedError

    def response(self, columns: Sequence[Array]) -> Array:
        """Return the measured response, (m,)."""
        return columns[-1]

    def prediction(self, columns: Sequence[Array]) -> Fill:
        """Return fill(*theta, out) for p columns of J and one of f."""

        def fill(*arguments: object) -> None:
            theta = np.array(arguments[:-1], dtype=np.float64)
            out: list[Array] = arguments[-1]  # type: ignore[assignment]
            out[-1][:] = self._value(columns, theta)
            if self.derivatives is not None:
                J = np.asarray(self.derivatives(*columns, *theta.tolist()), dtype=np.float64)
                for k in range(len(theta)):
                    out[k][:] = J[..., k]
                return
            for k in range(len(theta)):
                out[k][:] = self._difference(columns, theta, k)

        return fill

    def _value(self, columns: Sequence[Array], theta: Array) -> Array:
        value = np.asarray(self.function(*columns, *theta.tolist()), dtype=np.float64)
        rows = np.shape(columns[0])
        if value.shape not in (rows, ()):
            raise FitError(
                f"the function returned an array of shape {value.shape}; one value for each of the "
                f"{rows[0]} rows was expected."
            )
        return value

    def _difference(self, columns: Sequence[Array], theta: Array, k: int) -> Array:
        """Return the central difference with the step that balances truncation and rounding, eps^(1/3)."""
        step = EPS ** (1.0 / 3.0) * max(abs(theta[k]), 1e-3 if theta[k] == 0.0 else 0.0)
        ahead, behind = theta.copy(), theta.copy()
        ahead[k] += step
        behind[k] -= step
        slope: Array = (self._value(columns, ahead) - self._value(columns, behind)) / (ahead[k] - behind[k])
        return slope

"""A law given as a Python function that could not be traced to a formula."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FormulaError, listing, nearest
from educe.formula import Roles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, eq=False)
class OpaqueLaw:
    """A function of columns and parameters, known only by its values.

    function : called with arrays for its variables and floats for its parameters, by name
    names : names of its arguments, in order;  target : column that it predicts
    reason : why it could not be traced
    derivatives : function of the same arguments, (m, p) in the order of the parameters, or None
    """

    function: Callable[..., Any]
    names: tuple[str, ...]
    target: str | None
    variables: tuple[str, ...] = ()
    reason: str = ""
    derivatives: Callable[..., Any] | None = None

    @classmethod
    def of(cls, function: Callable[..., Any], *, reason: str) -> OpaqueLaw:
        """Return the law of a function with named arguments; its name is what it predicts."""
        names = tuple(inspect.signature(function).parameters)
        return cls(function, names, getattr(function, "__name__", None), (), reason)

    @property
    def text(self) -> str:
        """The function as it would be called."""
        return f"{self.target or 'f'}({', '.join(self.names)})"

    def roles(self, columns: Collection[str]) -> Roles:
        """Return which arguments are columns and which are parameters."""
        if self.target not in columns:
            raise FormulaError(
                f"the function {self.text} is named after what it predicts, but {self.target} is not a column; "
                f"the columns are {listing(columns)}.{nearest(self.target or '', columns)}"
            )
        variables = self.variables or tuple(name for name in self.names if name in columns)
        return Roles(variables, tuple(name for name in self.names if name not in variables))

    def by_position(self, names: tuple[str, ...], fixed: Mapping[str, float]) -> Callable[..., Any]:
        """Return the function called by position, in the order of `names`, the fixed parameters put in."""

        def call(*arguments: Any) -> Any:
            return self.function(**dict(zip(names, arguments, strict=True)), **fixed)

        return call

    def derivatives_of(self, free: tuple[str, ...]) -> Callable[..., Any] | None:
        """Return the user's derivatives with respect to the free parameters, or None."""
        if self.derivatives is None:
            return None
        parameters = tuple(name for name in self.names if name not in self.variables)
        if parameters != free:
            raise FormulaError(
                f"derivatives were given for {listing(parameters)}, but free are {listing(free)}."
            )
        return self.derivatives

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the function's values for values of all its arguments."""
        return np.asarray(self.function(**{name: values[name] for name in self.names}))

    def latex(self) -> str:
        """Return the function's name and arguments in LaTeX."""
        escaped = ", ".join(rf"\mathrm{{{name}}}".replace("_", r"\_") for name in self.names)
        return rf"\mathrm{{{(self.target or 'f').replace('_', chr(92) + '_')}}}({escaped})"

"""A law given as a Python function that could not be traced to a formula."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.opaque import numbers
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
    unnamed : how many of its first arguments it takes by position only
    """

    function: Callable[..., Any]
    names: tuple[str, ...]
    target: str | None
    variables: tuple[str, ...] = ()
    reason: str = ""
    derivatives: Callable[..., Any] | None = None
    unnamed: int = 0

    @classmethod
    def of(cls, function: Callable[..., Any], *, reason: str) -> OpaqueLaw:
        """Return the law of a function with named arguments; its name is what it predicts.

        An argument whose default is a number is a parameter like any other; one with another default
        (``method="RK45"``) is an option of the function's own and keeps it.

        Raises FormulaError for ``*args``, ``**kwargs`` and functions whose arguments cannot be read.
        """
        target = getattr(function, "__name__", None)
        try:
            arguments = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError) as error:
            raise FormulaError(f"the arguments of {target or function} cannot be read: {error}.") from None
        for argument in arguments:
            if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
                raise FormulaError(
                    f"{target or 'the function'} takes {argument}, which does not say what its columns and parameters "
                    "are called; write each as an argument with a name."
                )
        laws_own = [argument for argument in arguments if not _is_option(argument)]
        unnamed = sum(argument.kind is argument.POSITIONAL_ONLY for argument in laws_own)
        return cls(function, tuple(a.name for a in laws_own), target, (), reason, None, unnamed)

    @property
    def text(self) -> str:
        """The function as it would be called."""
        return f"{self.target or 'f'}({', '.join(self.names)})"

    def roles(self, columns: Collection[str]) -> Roles:
        """Return which arguments are columns and which are parameters."""
        if self.target not in columns:
            raise FormulaError(
                f"a function is named after the column that it predicts, but {self.target or 'f'} of {self.text} is "
                f"not a column: write it with def, or set its __name__; the columns are {listing(columns)}."
                f"{nearest(self.target or '', columns)}"
            )
        variables = self.variables or tuple(name for name in self.names if name in columns)
        return Roles(variables, tuple(name for name in self.names if name not in variables))

    def by_position(self, names: tuple[str, ...], fixed: Mapping[str, float]) -> ByPosition:
        """Return the function called by position, in the order of `names`, the fixed parameters put in."""
        return ByPosition(self, names, fixed)

    def called(self, values: Mapping[str, Any]) -> Any:
        """Return what the function returns for values of all its arguments."""
        # copies: a function that writes into its arguments must not change the measurements
        given = {name: v.copy() if isinstance(v := values[name], np.ndarray) else v for name in self.names}
        first = [given.pop(name) for name in self.names[: self.unnamed]]
        return self.function(*first, **given)

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
        """Return the function's values for values of all its arguments, (m,) where columns have m rows.

        Raises FitError unless it is a number for each row; what the function raises passes through unchanged.
        """
        rows = max((np.size(values[name]) for name in self.names), default=1)
        return numbers(self.called(values), rows)

    def latex(self) -> str:
        """Return the function's name and arguments in LaTeX."""
        escaped = ", ".join(rf"\mathrm{{{name}}}".replace("_", r"\_") for name in self.names)
        return rf"\mathrm{{{(self.target or 'f').replace('_', chr(92) + '_')}}}({escaped})"


@dataclass(frozen=True, eq=False)
class ByPosition:
    """A law's function called by position: a class, so that a fit can be pickled where its function can.

    names : in which order the arguments come;  fixed : values of the others
    """

    law: OpaqueLaw
    names: tuple[str, ...]
    fixed: Mapping[str, float]

    def __call__(self, *arguments: Any) -> Any:
        return self.law.called({**dict(zip(self.names, arguments, strict=True)), **self.fixed})


def _is_option(argument: inspect.Parameter) -> bool:
    """Whether an argument has a default that is no number."""
    default = argument.default
    return default is not argument.empty and (isinstance(default, bool) or not isinstance(default, Real))

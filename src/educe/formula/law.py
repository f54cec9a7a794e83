"""A law: what is measured, as a formula of columns and parameters."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from educe.errors import FormulaError, listing, nearest
from educe.formula.expression import Expression, as_expression, names_in_order, substitute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import sympy


@dataclass(frozen=True)
class Roles:
    """Which names of a law are columns and which are to be found.

    variables, parameters : tuple of str -- in order of first appearance on the right side
    doubts : tuple of (parameter, column) -- parameters whose name is almost that of a column
    """

    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Law:
    """A law: response = expression.

    expression : Expression -- the right side
    response : Expression or None -- the left side, of columns only; None if the law was given without "="
    variables : names that must be columns, whatever the data
    parameters : names that are parameters even if there are such columns
    """

    expression: Expression
    response: Expression | None = None
    variables: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """The law as canonical text, which `parse` reads back as the same law."""
        return f"{self.response} = {self.expression}" if self.response is not None else str(self.expression)

    @cached_property
    def target(self) -> str | None:
        """What the law predicts: the left side as text, None if there is none."""
        if self.response is None:
            return None
        return str(self.response.value) if self.response.operation == "symbol" else str(self.response)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name on the right side, in order of first appearance."""
        return names_in_order([self.expression])

    def roles(self, columns: Collection[str]) -> Roles:
        """Return which names are variables (they are columns) and which are parameters (all others).

        columns : names of the columns of the data

        Raises FormulaError if a name that must be a column is not one, or if a name stands on both sides.

        >>> from educe.formula import parse
        >>> parse("z = a*sin(x) + b*cos(y)").roles({"x", "y", "z"})
        Roles(variables=('x', 'y'), parameters=('a', 'b'), doubts=())
        """
        self._check_columns(columns)
        variables = tuple(name for name in self.names if self._is_variable(name, columns))
        parameters = tuple(name for name in self.names if name not in variables)
        return Roles(variables, parameters, tuple(_doubts(parameters, columns, self.names)))

    def _is_variable(self, name: str, columns: Collection[str]) -> bool:
        return name in self.variables or (name in columns and name not in self.parameters)

    def _check_columns(self, columns: Collection[str]) -> None:
        measured = names_in_order([self.response]) if self.response is not None else ()
        if self.response is not None and not measured:
            raise FormulaError(
                f"the left side of {self.text} holds no column; write what was measured there."
            )
        for name in measured:
            if name not in columns:
                raise FormulaError(_missing(name, f"the left side of {self.text}", columns))
            if name in self.expression.free_names and name not in self.parameters:
                raise FormulaError(
                    f"{name} stands on both sides of {self.text}; a law gives one from the others."
                )
        for name in self.variables:
            if name not in columns:
                raise FormulaError(_missing(name, "a variable", columns))

    def substitute(self, replacements: Mapping[str, Expression | float]) -> Law:
        """Return the law with names on the right side replaced, for fixed values and ties.

        >>> from educe.formula import parse
        >>> parse("y = a*x + b").substitute({"b": 2.5}).text
        'y = a*x + 2.5'
        """
        expressions = {name: as_expression(value) for name, value in replacements.items()}
        unknown = [name for name in expressions if name not in self.expression.free_names]
        if unknown:
            raise FormulaError(
                f"{unknown[0]} does not occur in {self.text}.{nearest(unknown[0], self.names)}"
            )
        replaced = substitute(self.expression, expressions)
        variables = tuple(name for name in self.variables if name in replaced.free_names)
        parameters = tuple(name for name in self.parameters if name in replaced.free_names)
        return Law(replaced, self.response, variables, parameters)

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the right side for values of all its names; arrays broadcast.

        >>> from educe.formula import parse
        >>> parse("y = m*x + b").evaluate({"m": 2.0, "b": 1.0, "x": 3.0})
        7.0
        """
        from educe.formula.evaluate import evaluate

        return evaluate(self.expression, values)

    def latex(self) -> str:
        """Return the law in LaTeX, without dollar signs."""
        from educe.formula.latex import latex

        right = latex(self.expression)
        return right if self.response is None else f"{latex(self.response)} = {right}"

    def c_source(self, variables: Iterable[str], parameters: Iterable[str], *, name: str = "law") -> str:
        """Return a C99 function `double name(const double *x, const double *theta)` of the right side."""
        from educe.formula.c_source import c_source

        return c_source(self.expression, variables, parameters, name=name)

    def to_sympy(self) -> sympy.Expr:
        """Return the right side as a SymPy expression of real symbols (needs SymPy)."""
        from educe.formula.sympy_bridge import to_sympy

        return to_sympy(self.expression)

    def __str__(self) -> str:
        return self.text


def _missing(name: str, role: str, columns: Collection[str]) -> str:
    return f"{name} is {role} but not a column. The columns are {listing(columns)}.{nearest(name, columns)}"


def _doubts(
    parameters: Iterable[str], columns: Collection[str], used: Collection[str]
) -> Iterable[tuple[str, str]]:
    """Yield the parameters that may be a misspelt column: other letter case, or long and very near."""
    unused = [column for column in columns if column not in used]
    lowered = {column.lower(): column for column in unused}
    for parameter in parameters:
        if parameter in columns:  # the user said that it is a parameter
            continue
        if parameter.lower() in lowered:
            yield parameter, lowered[parameter.lower()]
        elif len(parameter) >= 4:
            near = difflib.get_close_matches(parameter, unused, n=1, cutoff=0.8)
            yield from ((parameter, column) for column in near)

"""What the chapters about a law share: the law in its free parameters, its derivatives, its numbers and their names."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.explanation.in_formulas import in_tex
from educe.formula import evaluate, gradient
from educe.formula.latex import latex, latex_name
from educe.least_squares.losses import LOSSES
from educe.report.blocks import Maths, Number, Typed, number
from educe.report.numbers import rounded
from educe.report.sentences import label, response, unit

if TYPE_CHECKING:
    from educe.engines.in_memory import InMemory
    from educe.fitting.result import Fit
    from educe.formula import Expression
    from educe.least_squares.triangle import Array

FEW = 3  # rows that are shown in numbers
LONG = 20  # letters of a name beyond which it is no symbol
PATIENCE = 2e-3  # s of a Python function's call beyond which no landscape is drawn of it
MOST_SHOWN = 8  # parameters beyond which a matrix is not written out


@dataclass(frozen=True, eq=False)
class Reading:
    """A fit as its explanation reads it."""

    fit: Fit

    @cached_property
    def expression(self) -> Expression | None:
        """The right side in the free parameters, ties and fixed values put in; None for a Python function."""
        plan = self.fit.plan
        substitute = getattr(plan.law, "substitute", None)
        if substitute is None:
            return None
        replaced: Expression = substitute({**plan.tied, **plan.fixed}).expression
        return replaced

    @cached_property
    def derivatives(self) -> dict[str, Expression]:
        """{parameter: df/dparameter} of the free parameters; empty for a Python function."""
        if self.expression is None:
            return {}
        return dict(zip(self.fit.names, gradient(self.expression, self.fit.names), strict=True))

    @property
    def simple(self) -> bool:
        """Whether the law is one formula for all rows, and only the response carries errors."""
        return self.fit.sets is None and not self.fit.convention.noisy_inputs

    @cached_property
    def quick(self) -> bool:
        """Whether the law may be computed some thousand times for a page: a formula, or a function that is fast."""
        if self.expression is not None:
            return True
        begun = time.process_time()
        self.fit.problem.residuals(self.theta)
        return time.process_time() - begun < PATIENCE

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns on the right side over which the law can be drawn; none where each data set has its own curve."""
        return self.fit.law_variables if self.fit.sets is None else ()

    @property
    def weighted(self) -> bool:
        """Whether rows carry weights 1/sigma."""
        return self.fit.rows.sigma is not None

    @property
    def robust(self) -> bool:
        """Whether far rows count for less."""
        return self.fit.convention.loss != "linear"

    @property
    def wholly_linear(self) -> bool:
        """Whether the law is linear in all its free parameters, and solved so."""
        return len(self.fit.linear) == self.fit.p

    @cached_property
    def y_tex(self) -> str:
        """The left side in LaTeX."""
        left = getattr(self.fit.law, "response", None)
        return latex_name(response(self.fit)) if left is None else latex(left)

    @property
    def f_tex(self) -> str:
        """f(x, y; theta) in LaTeX."""
        inputs = ", ".join(rf"{latex_name(name)}" for name in self.fit.law_variables)
        return rf"f({inputs}; \theta)" if inputs else r"f(\theta)"

    def name(self, parameter: str) -> Maths | Typed:
        """Return a parameter's symbol; a long name as it is typed, since a line of prose can break it."""
        return Maths(latex_name(parameter), parameter) if len(parameter) <= LONG else Typed(parameter)

    def value(self, parameter: str) -> Number:
        """Return a parameter's value, rounded by its error."""
        value = self.fit.params[parameter]
        return Number(f"params.{parameter}", value, rounded(value, self.fit.stderr[parameter])[0])

    def error(self, parameter: str) -> Number:
        """Return a parameter's standard error, to two digits."""
        error = self.fit.stderr[parameter]
        return Number(f"stderr.{parameter}", error, rounded(self.fit.params[parameter], error)[1])

    def interval(self, parameter: str) -> tuple[Number, Number] | None:
        """Return the ends of a parameter's 95 % interval, None where it has none that is finite."""
        ends = self.fit.conf_int().get(parameter, (math.nan, math.nan))
        if not all(map(math.isfinite, ends)):
            return None
        shown = rounded(self.fit.params[parameter], self.fit.stderr[parameter], *ends)[2:]
        lower, upper = (
            Number(f"{side}.{parameter}", v, s)
            for side, v, s in zip(("lower", "upper"), ends, shown, strict=True)
        )
        return lower, upper

    def column(self, name: str) -> Typed:
        """Return the name of a column with its unit."""
        return Typed(label(self.fit, name))

    @property
    def unit(self) -> str:
        """The unit of the response with a space before it, or nothing."""
        return unit(self.fit, response(self.fit))

    @cached_property
    def few(self) -> range:
        """Numbers of the rows that are shown."""
        return range(min(FEW, len(self.fit.rows.response)))

    @cached_property
    def problem(self) -> InMemory:
        """The rows under the law and its loss, as the solver saw them."""
        problem = self.fit.problem
        if not self.robust:
            return problem
        return problem.with_loss(LOSSES[self.fit.convention.loss], self.fit.convention.loss_scale or 1.0)

    @cached_property
    def theta(self) -> list[float]:
        """The free parameters in the solver's order."""
        return [self.fit.params[name] for name in self.fit.solver_names]

    def derivative_values(self, rows: range) -> dict[str, Array]:
        """Return df/dparameter at rows, unweighted: {parameter: (rows,)}."""
        kept = slice(rows.start, rows.stop)
        J = self.fit.weighted_jacobian[kept]
        if self.fit.rows.sigma is not None:
            J = J * self.fit.rows.sigma[kept, None]
        return dict(zip(self.fit.names, J.T, strict=True))

    def matrix(self, key: str, values: Array, digits: int = 4) -> tuple[str, tuple[Number, ...]]:
        """Return a matrix in LaTeX, and its numbers; zeros below the diagonal stay bare.

        key : the numbers are called key.i.j
        """
        numbers: list[Number] = []
        lines = []
        for i, row in enumerate(np.atleast_2d(values)):
            cells = []
            for j, v in enumerate(row.tolist()):
                if v == 0.0:
                    cells.append("0")
                    continue
                numbers.append(number(f"{key}.{i}.{j}", v, digits))
                cells.append(in_tex(numbers[-1]))
            lines.append(" & ".join(cells))
        return "\\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}", tuple(numbers)

    def value_at(self, expression: Expression, row: int) -> float:
        """Return the value of an expression in columns and parameters at one row."""
        columns = {name: float(column[row]) for name, column in self.fit.rows.columns.items()}
        return float(evaluate(expression, {**columns, **self.fit.params}))


def vector(names: tuple[str, ...]) -> str:
    """Return names as a row of symbols in LaTeX.

    >>> vector(("a", "b_1"))
    '\\\\left(a, b_{1}\\\\right)'
    """
    return rf"\left({', '.join(map(latex_name, names))}\right)"

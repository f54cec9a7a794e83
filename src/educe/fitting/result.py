"""What a fit found: frozen, and what it shows is computed once, when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, nearest
from educe.fitting.carried import carried
from educe.fitting.estimate import Estimate
from educe.fitting.identifiability import told_apart
from educe.fitting.predict import predict
from educe.fitting.warnings import warnings_of
from educe.formula import parse_expression
from educe.uncertainty.intervals import wald
from educe.uncertainty.residuals import TestResult, heteroscedasticity, lag_one, normality, runs_test

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

    from educe.least_squares.triangle import Array
    from educe.uncertainty.derived import Derived
    from educe.uncertainty.prediction import Prediction
    from educe.uncertainty.undetermined import Combination


@dataclass(frozen=True, eq=False)
class Fit(Estimate):
    r"""A fitted law.

    law, parameters : the law as given; all its parameters with start, bounds and whether fixed
    names, theta : free parameters in the law's order and their (p,) values
    params, stderr : {name: float} for free, fixed and tied parameters
    n, dof, rss : rows, n - p, weighted residual sum of squares
    converged, reason : whether a minimum was reached, and the sentence that says why the solver stopped

    The other properties are described one by one; `print(fit)` shows them all.
    """

    # --- how well it is known -------------------------------------------------------------------

    def conf_int(self, level: float = 0.95, method: str = "wald") -> dict[str, tuple[float, float]]:
        r"""Return the confidence interval of every parameter that is not fixed.

        .. math:: \theta_i \pm t_{(1+\mathrm{level})/2,\, n-p} \, s_i

        level : float, 0 < level < 1;  method : "wald"

        Raises ParameterError for another method or level.
        """
        if method != "wald":
            raise ParameterError(f"method '{method}' is not one of wald.{nearest(method, ['wald'])}")
        names = [name for name in self.params if name not in self.plan.fixed]
        values = np.array([self.params[name] for name in names])
        errors = np.array([self.stderr[name] for name in names])
        lower, upper = wald(values, errors, self.interval_dof, level)
        return {name: (float(lo), float(hi)) for name, lo, hi in zip(names, lower, upper, strict=True)}

    @cached_property
    def undetermined(self) -> tuple[Combination, ...]:
        """Parameters that the data cannot tell apart, with what is determined about them."""
        return tuple(told_apart(self))

    @cached_property
    def derived(self) -> dict[str, Derived]:
        """{name: Derived} of the quantities asked for with `derive`."""
        return {name: self.derive_quantity(text) for name, text in self.derive.items()}

    def derive_quantity(self, text: str, level: float = 0.95) -> Derived:
        """Return a quantity computed from the parameters, such as ``"1/k"``, with its error and interval.

        Raises FormulaError if the text is no formula, ParameterError if it uses a name that is no parameter.
        """
        expression = parse_expression(text)
        unknown = sorted(expression.free_names - self.params.keys())
        if unknown:
            raise ParameterError(
                f"{unknown[0]} in '{text}' is not a parameter of the law.{nearest(unknown[0], self.params)}"
            )
        return carried(self, expression, level)

    # --- how well it fits -----------------------------------------------------------------------

    @cached_property
    def residual_tests(self) -> tuple[TestResult, ...]:
        """Tests whether the residuals look like noise: order, neighbours, size against fit, distribution.

        The first two take the rows in the order of the first input, or of the fitted values where there are
        several inputs.
        """
        inputs = [self.rows.columns[name] for name in self.law_variables]
        along = inputs[0] if len(inputs) == 1 else self.fitted
        if self.sets is not None:  # one data set after the other
            along = self.sets.in_turn(self.rows.columns, along)
        r = self.weighted_residuals
        J = self.weighted_jacobian
        with np.errstate(all="ignore"):
            return (
                runs_test(r, along),
                lag_one(r, along, J=J),
                heteroscedasticity(r, self.fitted),
                normality(r),
            )

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before believing the numbers, gravest first."""
        return warnings_of(self)

    # --- what to do with it ---------------------------------------------------------------------

    def predict(
        self, data: Any, *, interval: str | None = None, level: float = 0.95, data_set: str | None = None
    ) -> Array | Prediction:
        """Return the law's values at new inputs, (m,), or a Prediction with its band.

        data : as for `fit`; the response need not be there
        interval : None, "confidence" (of the law's value) or "prediction" (of a new measurement)
        level : float, 0 < level < 1
        data_set : name of the data set that is meant, where several were fitted at once

        Raises TableError for missing columns, ParameterError for another interval, level or data set.
        """
        return predict(self, data, interval=interval, level=level, data_set=data_set)

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `educe fit --json` prints."""
        from educe.fitting.saved import summary

        return summary(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fit to a JSON file, which `educe.load` reads back. FileError if it cannot be written."""
        from educe.export.json_file import write
        from educe.fitting.saved import to_saved

        write(path, to_saved(self))

    def export(self, to: str, path: str | os.PathLike[str] | None = None) -> str | bytes:
        """Return the law with its constants as code in another language, and write it to path if one is given.

        to : python (one point, math module alone), numpy, c, javascript, latex, spreadsheet, onnx (double
            precision; needs the package onnx); a spreadsheet is text to paste into cell A1, or a workbook with a
            path that ends in .xlsx

        Raises ParameterError for another language, FormulaError where it lacks what the law needs or the law is a
        Python function that could not be read as a formula, FileError if it cannot be written.
        """
        from educe.export.result import export

        return export(self, to, path)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Return the figure of the fit; with a path, write it too, as .svg, .png or .pdf."""
        from educe.report import figures

        if path is not None:
            figures.save(self, path)
        return figures.draw(self)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write the report of the fit as one self-contained HTML page."""
        from educe.report import html

        html.save(self, path)

    def __str__(self) -> str:
        from educe.report import text

        return text.render(self)

    def _repr_html_(self) -> str:
        from educe.report import html

        return html.render(self)

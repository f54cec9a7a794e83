"""What a fit found: frozen, and what it shows is computed once, when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from educe.errors import ParameterError, nearest
from educe.fitting.carried import carried
from educe.fitting.estimate import Estimate
from educe.fitting.identifiability import told_apart
from educe.fitting.intervals import choose, names_of, profiling
from educe.fitting.predict import predict
from educe.fitting.warnings import warnings_of
from educe.formula import parse_expression
from educe.uncertainty.contours import joint_multiplier
from educe.uncertainty.directions import Directions, directions
from educe.uncertainty.leverage import studentised
from educe.uncertainty.residuals import TestResult, heteroscedasticity, lag_one, normality, runs_test

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from educe.fitting.intervals import Chosen
    from educe.fitting.joint import Joint
    from educe.fitting.next_points import NextPoints
    from educe.fitting.outliers import Outliers
    from educe.least_squares.triangle import Array
    from educe.uncertainty.bootstrap import Bootstrap
    from educe.uncertainty.curvature import Curvature
    from educe.uncertainty.derived import Derived
    from educe.uncertainty.influence import Influence
    from educe.uncertainty.intervals import Interval
    from educe.uncertainty.jackknife import Jackknife
    from educe.uncertainty.prediction import Prediction
    from educe.uncertainty.profile import Profile
    from educe.uncertainty.undetermined import Combination


ROWS_A_PARAMETER = 100_000  # from which neighbouring residuals are as correlated as the noise


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

    def conf_int(self, level: float = 0.95, method: str | None = None) -> dict[str, tuple[float, float]]:
        r"""Return the confidence interval of every parameter that is not fixed.

        .. math:: \theta_i \pm t_{(1+\mathrm{level})/2,\, n-p} \, s_i

        by Wald, symmetric about the value; by profile, the values for which the least sum of squares, all other
        parameters following, rises by no more than t^2 s^2.

        level : float, 0 < level < 1
        method : "wald", "profile", "bootstrap" or "jackknife"; "auto": Wald's where it is safe, the profile's where
            an end of Wald's is off by more than a tenth of the half width and profiles are cheap; None: as asked for in
            `fit`, else "auto". `intervals` says which it is; `warnings` say where Wald's was not safe

        Raises ParameterError for another method or level.
        """
        found = self.intervals(level, method)
        return {name: (found[name].lower, found[name].upper) for name in found if name not in self.derive}

    def intervals(self, level: float = 0.95, method: str | None = None) -> dict[str, Interval]:
        """Return {name: Interval} of every parameter that is not fixed, then of derived quantities.

        level, method : as for `conf_int`.  An Interval has lower, upper, its method, and a reason where an end is
        infinite or at a bound.
        """
        return dict(self.chosen(level, method).intervals)

    def chosen(self, level: float = 0.95, method: str | None = None) -> Chosen:
        """Return the intervals with what the user should know of them; computed once for each level and method."""
        if method is None:
            method = self.convention.intervals if self.converged and self.dof > 0 else "wald"
        if (level, method) not in self._chosen:
            self._chosen[level, method] = choose(self, level, method)
        return self._chosen[level, method]

    @cached_property
    def _chosen(self) -> dict[tuple[float, str], Chosen]:
        return {}

    @overload
    def profile(self, name: str, level: float = 0.95) -> Profile:
        """Return the profile of one parameter or derived quantity."""

    @overload
    def profile(self, name: None = None, level: float = 0.95) -> dict[str, Profile]:
        """Return the profiles of all, by name."""

    def profile(self, name: str | None = None, level: float = 0.95) -> Profile | dict[str, Profile]:
        """Return the profile of a parameter or derived quantity: its curve and its interval; without a name, of all.

        name : of a parameter that is not fixed, or of a quantity of `derive`;  level : of the interval

        Raises ParameterError for another name, FitError if the fit did not converge.
        Source: Bates and Watts (1988), chapter 6.

        >>> import numpy as np, educe
        >>> x = np.array([1.0, 2.0, 4.0, 8.0])
        >>> bent = educe.fit("y = a*exp(-k*x)", {"x": x, "y": [8.1, 6.4, 4.6, 1.9]}, start={"a": 10, "k": 0.2})
        >>> curve = bent.profile("k")
        >>> bool(curve.lower < bent.params["k"] < curve.upper), curve.zeta.shape
        (True, (11,))
        """
        known = [*names_of(self), *self.derive]
        if name is not None and name not in known:
            raise ParameterError(
                f"{name} is neither a parameter that was fitted nor a derived quantity.{nearest(name, known)}"
            )
        shared = profiling(self)
        found = {
            one: shared.formula(one, self.derive[one], level)
            if one in self.derive
            else shared.parameter(one, level)
            for one in (known if name is None else [name])
        }
        return found if name is None else found[name]

    def bootstrap(self, kind: str = "residual", n: int = 1000, seed: int = 0) -> Bootstrap:
        """Return the parameters fitted again to n sets of resampled measurements.

        kind : "residual" (residuals, corrected for leverage, drawn anew), "wild" (each row keeps its residual, the
            sign drawn: for noise that differs from row to row), "parametric" (normal noise), "case" (rows drawn anew)
        n : refits;  seed : of the draws

        Refits that fail are counted. Raises ParameterError for another kind or n, FitError without degrees of freedom.
        Sources: Efron (1979); Davison and Hinkley (1997), chapter 6.
        """
        from educe.fitting.resampling import bootstrap

        key = kind, n, seed
        if key not in self._bootstraps:
            self._bootstraps[key] = bootstrap(self, kind, n, seed)
        return self._bootstraps[key]

    @cached_property
    def _bootstraps(self) -> dict[tuple[str, int, int], Bootstrap]:
        return {}

    def jackknife(self) -> Jackknife:
        """Return the parameters fitted again without each row; beyond 1,000 rows, without each of 200 groups.

        Raises FitError where too few rows are left.
        """
        from educe.fitting.resampling import jackknife

        return jackknife(self)

    @cached_property
    def curvature(self) -> Curvature:
        """How bent the law is at the fit: relative curvatures after Bates and Watts (1980)."""
        from educe.fitting.bending import curvature_of

        return curvature_of(self)

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
            along = self.sets.in_turn(self.rows, along)
        r = self.weighted_residuals
        turn = np.argsort(along, kind="stable")
        in_turn = r[turn]
        # with so many rows to a parameter, J moves the statistic by a thousandth of its deviation
        J = self.weighted_jacobian[turn] if self.n < ROWS_A_PARAMETER * self.p else None
        with np.errstate(all="ignore"):
            return (
                runs_test(in_turn),
                lag_one(in_turn, J=J),
                heteroscedasticity(r, self.fitted),
                normality(r),
            )

    def joint(self, level: float = 0.95, names: Sequence[str] | None = None) -> Joint:
        """Return the joint regions of the free parameters, two by two, from their profiles.

        level : float, 0 < level < 1;  names : free parameters, all if not given

        Raises ParameterError for another name or level, FitError if the fit did not converge.
        Source: Bates and Watts (1988), appendix A6.1.
        """
        from educe.fitting.joint import joint

        chosen = self.names if names is None else tuple(names)
        for name in chosen:
            if name not in self.names:
                raise ParameterError(f"{name} is not a free parameter.{nearest(name, self.names)}")
        return joint(self, level, chosen)

    def joint_radius(self, level: float = 0.95) -> float:
        """Return how far the joint region of two parameters goes, in standard deviations."""
        return joint_multiplier(level, self.interval_dof)

    @cached_property
    def directions(self) -> Directions:
        """The directions in the space of the free parameters, the least certain first."""
        return directions(self.triangle, self.names, self.scale, tolerance=self.discernible)

    @cached_property
    def studentised(self) -> Array:
        """Residuals in units of their own standard deviation, (n,); nan for a row of leverage 1.

        The noise is sigma's if that is absolute; of a robust fit, that of the good rows.
        """
        known = self.convention.sigma == "absolute" and self.convention.loss == "linear"
        return studentised(self.weighted_residuals, self.leverage, 1.0 if known else self.noise**2)

    @cached_property
    def influence(self) -> Influence:
        """What each row does to the fit: leverage, studentised residuals, Cook's distance, DFBETAS."""
        from educe.fitting.outliers import influence_of

        return influence_of(self)

    def outliers(self, significance: float = 0.05) -> Outliers:
        """Return the rows that no noise explains, found together so that they cannot hide one another.

        significance : float, 0 < significance < 1 -- probability of finding any where law and noise are right

        Raises ParameterError for another significance, or a saved fit that does not hold all its rows.

        Source: Hadi and Simonoff (1993).
        """
        from educe.fitting.outliers import outliers_of

        return outliers_of(self, significance)

    def without(self, outliers: Outliers) -> Fit:
        """Return the fit without these rows, which it names; `fit.without(fit.outliers())`."""
        from educe.fitting.outliers import without

        return without(self, outliers)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before believing the numbers, gravest first."""
        return warnings_of(self)

    # --- what to do with it ---------------------------------------------------------------------

    def predict(
        self,
        data: Any,
        *,
        interval: str | None = None,
        level: float = 0.95,
        method: str = "wald",
        data_set: str | None = None,
    ) -> Array | Prediction:
        """Return the law's values at new inputs, (m,), or a Prediction with its band.

        data : as for `fit`; the response need not be there
        interval : None, "confidence" (of the law's value) or "prediction" (of a new measurement). Where sigma was a
            column, new rows that have it too get a band of their own sigma; else that of a row like those of the fit
        level : float, 0 < level < 1
        method : of the band: "wald", by the law's tangent; "profile" or "bootstrap", which bend as the law does
        data_set : name of the data set that is meant, where several were fitted at once

        Raises TableError for missing columns, ParameterError for another interval, level, method or data set.
        """
        return predict(self, data, interval=interval, level=level, method=method, data_set=data_set)

    def next_points(
        self,
        points: int = 5,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        *,
        criterion: str | None = None,
        target: str | None = None,
        data_set: str | None = None,
        seed: int = 0,
    ) -> NextPoints:
        r"""Return where to measure next so that errors shrink most, and by how much they will.

        .. math:: \min_{x_1 \ldots x_k} \; \log\det C \;(D), \quad \sum_j C_{jj}/s_j^2 \;(A), \quad g'Cg \;(c), \qquad
            C = s^2 \Bigl(J'J + \sum_i j(x_i)\,j(x_i)'\Bigr)^{-1}

        points : measurements to take; a place may come several times
        ranges : {input: (low, high)} in which it can be set; as measured if not given
        criterion : "D", the volume of the joint confidence region; "A", the sum of the variances relative to now;
            "c", the error of `target` alone. "c" if there is a target, else "D"
        target : parameter, derived quantity, or formula of parameters such as "1/k"
        data_set : in which the points are taken, of several; None: in any;  seed : of the exchange's random starts

        Raises ParameterError for what cannot be. Sources: Box and Lucas (1959); Fedorov (1972).
        """
        from educe.fitting.next_points import next_points

        return next_points(
            self, points, ranges, criterion=criterion, target=target, data_set=data_set, seed=seed
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `educe fit --json` prints."""
        from educe.fitting.summary import summary

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

    def plot(self, path: str | os.PathLike[str] | None = None, *, kind: str = "fit") -> Figure:
        """Return a picture of the fit; with a path, write it too, as .svg, .png or .pdf.

        kind : "fit", the measurements and the law; "profile", how the sum of squares rises with each parameter;
            "corner", the joint region of each pair, from profiles; "bootstrap", the same as refits scatter;
            "influence", which rows decide; "identifiability", the directions that the data tell least about

        Raises ParameterError for another kind, FileError for another suffix or if it cannot be written.
        """
        from educe.report import figures, pictures

        return figures.kept(lambda: pictures.draw(self, kind), path)

    def report(self, path: str | os.PathLike[str], level: str = "full") -> None:
        """Write the explanation of the fit as one HTML page that needs nothing else.

        path : of the page;  level : how it opens, "plain", "school" or "full"; the reader can choose another

        Raises ParameterError for another level, FileError if the page cannot be written.
        """
        from educe.explanation.law import explain
        from educe.report.page import depth_named, save

        depth = depth_named(level)
        save(explain(self), path, depth=depth)

    def __str__(self) -> str:
        from educe.report import text

        return text.render(self)

    def _repr_html_(self) -> str:
        from educe.report import html

        return html.render(self)

    def _repr_latex_(self) -> str:
        from educe.report.mathml import for_notebooks

        return for_notebooks(self)

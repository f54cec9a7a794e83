"""What the solver's end says: estimates, their covariance, and how well the law fits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.engines.orthogonal import OrthogonalModel
from educe.engines.threaded import rows_under
from educe.fitting.carried import carried
from educe.formula import Law, evaluate
from educe.least_squares.losses import LOSSES
from educe.uncertainty import covariance as cov
from educe.uncertainty import criteria
from educe.uncertainty.inverse_root import RANK_TOLERANCE
from educe.uncertainty.leverage import leverage
from educe.uncertainty.robust import robust_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.engines.in_memory import InMemory
    from educe.fitting.convention import Convention
    from educe.fitting.found import Found
    from educe.fitting.opaque_law import OpaqueLaw
    from educe.fitting.outliers import Outliers
    from educe.fitting.plan import Plan
    from educe.fitting.rows import Rows
    from educe.fitting.sets import Sets
    from educe.fitting.streaming import Streaming
    from educe.least_squares.point import Step
    from educe.least_squares.triangle import Array
    from educe.parameters import Parameter
    from educe.search import Found as Searched


@dataclass(frozen=True, eq=False)
class Estimate:
    """A law, the rows under it and the parameters that fit them best: numbers alone, computed when asked for.

    law, parameters : the law as given; all its parameters with start, bounds and whether fixed
    plan, found, rows, convention : how the law was set up, where the solver ended, what it saw, what sigma means
    left_out : {reason: rows};  method : of the solver;  derive : {name: formula} asked for
    started : {name: start given};  search : what was searched for starts, or None
    sets : the data sets, where there are several with shared parameters, or None
    excluded : outliers that were left out, or None
    streaming : how a file was read that is larger than memory, or None
    """

    law: Law | OpaqueLaw
    parameters: tuple[Parameter, ...]
    plan: Plan = field(repr=False)
    found: Found = field(repr=False)
    rows: Rows = field(repr=False)
    left_out: Mapping[str, int] = field(repr=False)
    convention: Convention = field(repr=False)
    method: str = "levenberg-marquardt"
    derive: Mapping[str, str] = field(default_factory=dict, repr=False)
    started: Mapping[str, float] = field(default_factory=dict, repr=False)
    search: Searched | None = field(default=None, repr=False)
    sets: Sets | None = field(default=None, repr=False)
    excluded: Outliers | None = field(default=None, repr=False)
    streaming: Streaming | None = field(default=None, repr=False)

    # --- what was found -------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters, in the law's order."""
        return self.plan.free

    @property
    def theta(self) -> Array:
        """Values of the free parameters, (p,)."""
        return self.found.theta

    @property
    def triangle(self) -> Array:
        """The triangle of [J | r] at theta, (p+1, p+1), rows weighted by 1/sigma."""
        return self.found.triangle

    @property
    def trace(self) -> tuple[Step, ...]:
        """Every step the solver tried; its theta is in the solver's order, `solver_names`."""
        return tuple(self.found.trace)

    @property
    def solver_names(self) -> tuple[str, ...]:
        """The free parameters in the solver's order: those that enter linearly first."""
        return self.plan.model.names

    @property
    def linear(self) -> tuple[str, ...]:
        """Parameters that were eliminated because the law is linear in them."""
        pattern = self.plan.model.pattern
        return self.solver_names[: pattern.linear] if pattern and self.convention.loss == "linear" else ()

    @property
    def ties(self) -> Mapping[str, str]:
        """{name: text} of the parameters that are computed from others."""
        return self.plan.ties

    @property
    def stated(self) -> Law | OpaqueLaw:
        """The law as it was given; of several data sets, with one name for what each has its own of."""
        return self.law if self.sets is None else self.sets.law

    @property
    def source(self) -> str:
        """Where the measurements came from."""
        return self.rows.source

    @property
    def units(self) -> Mapping[str, str]:
        """{column: unit} of the columns whose header or object carries one."""
        return self.rows.units

    @property
    def response(self) -> str:
        """The left side of the law as text."""
        return self.law.target or ""

    @property
    def converged(self) -> bool:
        """Whether a minimum was reached."""
        return self.found.reason.converged

    @property
    def reason(self) -> str:
        """Why the solver stopped, as a sentence."""
        return self.found.reason.value

    @property
    def iterations(self) -> int:
        """How many steps were tried."""
        return len(self.found.trace)

    @cached_property
    def params(self) -> dict[str, float]:
        """{name: value} of all parameters: free, fixed and tied, in the law's order."""
        free = dict(zip(self.names, self.theta.tolist(), strict=True))
        known = {**free, **self.plan.fixed}
        return {
            name: known[name] if name in known else float(evaluate(self.plan.tied[name], free))
            for name in self.plan.parameters
        }

    # --- how well it is known -------------------------------------------------------------------

    @property
    def n(self) -> int:
        """Rows used."""
        return self.rows.n

    @property
    def p(self) -> int:
        """Free parameters."""
        return len(self.plan.free)

    @property
    def dof(self) -> int:
        """Degrees of freedom, n - p."""
        return self.n - self.p

    @property
    def rss(self) -> float:
        """Weighted residual sum of squares, sum ((y - f)/sigma)^2, whatever the loss."""
        column = self.triangle[:, -1]
        return float(column.dot(column))

    @property
    def residual_standard_error(self) -> float:
        """sqrt(rss / dof): in the unit of the response, or of sigma if given; inf without degrees of freedom."""
        return math.sqrt(cov.noise_variance(self.rss, self.dof))

    @property
    def noise(self) -> float:
        """Standard deviation of a measurement of sigma 1: from the median residual for a robust loss."""
        if self.convention.loss != "linear":
            return (self.convention.loss_scale or 1.0) / LOSSES[self.convention.loss].tuning
        return self.residual_standard_error

    @cached_property
    def scale(self) -> float:
        """The variance that multiplies the inverse of `error_triangle`' `error_triangle`.

        rss/dof; 1 if sigma is absolute, or errors are those of the sandwich; Huber's for a robust loss.
        """
        if self.convention.errors == "sandwich":
            return 1.0 if self.error_triangle is not self.triangle else math.inf
        if self.convention.loss != "linear":
            loss, bend = LOSSES[self.convention.loss], self.convention.loss_scale or 1.0
            u = self.weighted_residuals / bend
            return robust_scale(loss.psi(u), loss.psi_prime(u), p=self.p, sigma=bend)
        return 1.0 if self.convention.sigma == "absolute" else cov.noise_variance(self.rss, self.dof)

    @cached_property
    def error_triangle(self) -> Array:
        """The triangle whose inverse makes the error bars: that of [J | r], or of the sandwich covariance."""
        if self.convention.errors == "model":
            return self.triangle
        from educe.fitting.sandwich import sandwich_triangle

        found = sandwich_triangle(self)
        return self.triangle if found is None else found

    @property
    def interval_dof(self) -> float:
        """Degrees of freedom of Student's t in intervals; infinite (normal) if sigma is absolute."""
        plain = self.convention.loss == "linear" and self.convention.errors == "model"
        absolute = self.convention.sigma == "absolute" and plain
        return math.inf if absolute else self.dof

    @property
    def discernible(self) -> float:
        """Relative singular value of J above which a direction is determined: differences have some 8 digits."""
        return RANK_TOLERANCE if self.plan.model.exact else 1e-7

    @cached_property
    def standard_errors(self) -> Array:
        """Standard errors of the free parameters, (p,), in the law's order."""
        triangle = self.triangle if self.convention.errors == "model" else self.error_triangle
        return cov.standard_errors(triangle, self.scale, tolerance=self.discernible)

    @cached_property
    def stderr(self) -> dict[str, float]:
        """{name: standard error} of all parameters; 0 for fixed ones, carried over for tied ones."""
        free = dict(zip(self.names, self.standard_errors.tolist(), strict=True))
        if len(free) == len(self.plan.parameters):
            return free
        tied = {name: carried(self, expression).standard_error for name, expression in self.plan.tied.items()}
        known = {**dict.fromkeys(self.plan.fixed, 0.0), **free, **tied}
        return {name: known[name] for name in self.plan.parameters}

    @cached_property
    def covariance(self) -> Array:
        """Covariance of the free parameters, (p, p), in the order of `names`."""
        return cov.covariance(self.error_triangle, self.scale, tolerance=self.discernible)

    @cached_property
    def correlation(self) -> Array:
        """Correlations of the free parameters, (p, p)."""
        return cov.correlation(self.error_triangle)

    @cached_property
    def condition(self) -> float:
        """Condition number of the Jacobian, columns scaled to length 1."""
        return cov.condition(self.triangle)

    # --- how well it fits -----------------------------------------------------------------------

    @cached_property
    def problem(self) -> InMemory:
        """The rows under the law, as the solver saw them."""
        weights = None if self.rows.sigma is None else 1.0 / self.rows.sigma
        return rows_under(
            self.plan.model, [self.rows.columns[name] for name in self.plan.model.variables], weights
        )

    @cached_property
    def weighted_residuals(self) -> Array:
        """(y - f)/sigma, (n,)."""
        with np.errstate(all="ignore"):
            return self.problem.residuals(self._solver_theta)

    @cached_property
    def weighted_jacobian(self) -> Array:
        """J/sigma, (n, p), parameters in the law's order."""
        J = np.empty((len(self.rows.response), self.p))
        with np.errstate(all="ignore"):
            for rows, block in self.problem.blocks(self._solver_theta):
                J[rows] = block[:, list(self.plan.position)]
        return J

    @cached_property
    def residuals(self) -> Array:
        """y - f, (n,), in the unit of the response; with errors in x, the distance to the curve in that unit."""
        return (
            self.weighted_residuals if self.rows.sigma is None else self.weighted_residuals * self.rows.sigma
        )

    @cached_property
    def fitted(self) -> Array:
        """f at each row, (n,); with errors in x, at the nearest point of the curve."""
        if isinstance(self.plan.model, OrthogonalModel):
            x = {name: column + self.shifts.get(name, 0.0) for name, column in self.rows.columns.items()}
            return np.array(
                np.broadcast_to(self.law.evaluate({**x, **self.params}), self.rows.response.shape)
            )
        return self.rows.response - self.residuals

    @cached_property
    def shifts(self) -> dict[str, Array]:
        """{input: (n,)}: how far each noisy input lies from the nearest point of the curve; empty if none is noisy."""
        model = self.plan.model
        if not isinstance(model, OrthogonalModel):
            return {}
        return model.shifts([self.rows.columns[name] for name in model.variables], self._solver_theta)

    @cached_property
    def leverage(self) -> Array:
        """Leverage of each row, (n,), between 0 and 1; their sum is the number of parameters determined."""
        return leverage(self.weighted_jacobian, self.triangle, tolerance=self.discernible)

    @property
    def law_variables(self) -> tuple[str, ...]:
        """Columns on the right side of the law."""
        return self.stated.roles(tuple(self.rows.columns)).variables

    @cached_property
    def r_squared(self) -> float:
        """1 - rss / total sum of squares about the weighted mean; nan where all measurements are equal."""
        weights = None if self.rows.sigma is None else 1.0 / self.rows.sigma
        return criteria.r_squared(self.rss, criteria.total_sum_of_squares(self.rows.response, weights))

    @property
    def adjusted_r_squared(self) -> float:
        """R2 corrected for the number of parameters."""
        return criteria.adjusted_r_squared(self.r_squared, self.n, self.p)

    @cached_property
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood at the fit, the noise variance profiled out unless sigma is absolute."""
        log_weights = 0.0 if self.rows.sigma is None else -float(np.log(self.rows.sigma).sum())
        return criteria.log_likelihood(
            self.rss, self.n, log_weights=log_weights, known_sigma=self.convention.sigma == "absolute"
        )

    @property
    def estimated(self) -> int:
        """Parameters that the criteria count: the free ones, and the noise variance unless sigma is absolute."""
        return self.p + (self.convention.sigma != "absolute")

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2k - 2 log L."""
        return criteria.aic(self.log_likelihood, self.estimated)

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few rows."""
        return criteria.aicc(self.log_likelihood, self.estimated, self.n)

    @property
    def bic(self) -> float:
        """Schwarz's criterion, k log n - 2 log L."""
        return criteria.bic(self.log_likelihood, self.estimated, self.n)

    @property
    def chi_square(self) -> float | None:
        """sum ((y - f)/sigma)^2 where sigma is absolute, else None."""
        return self.rss if self.convention.sigma == "absolute" else None

    @property
    def reduced_chi_square(self) -> float | None:
        """chi-square / dof where sigma is absolute, else None."""
        return None if self.chi_square is None else criteria.chi_square(self.rss, self.dof).reduced

    @property
    def chi_square_p_value(self) -> float | None:
        """Probability of a larger chi-square if law and sigma are right; None unless sigma is absolute."""
        return None if self.chi_square is None else criteria.chi_square(self.rss, self.dof).p_value

    @property
    def _solver_theta(self) -> list[float]:
        """theta in the solver's order."""
        by_name = dict(zip(self.names, self.theta.tolist(), strict=True))
        return [by_name[name] for name in self.solver_names]

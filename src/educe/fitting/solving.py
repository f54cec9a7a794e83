"""Which solver runs, from which starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.engines.in_memory import BLOCK
from educe.engines.opaque import OpaqueModel
from educe.errors import FitError, ParameterError, nearest
from educe.fitting.starting import Search, from_search, from_values, lowest, missing
from educe.formula import Law
from educe.least_squares.bounds import Box
from educe.least_squares.few_passes import few_passes
from educe.least_squares.losses import Loss, loss_named
from educe.least_squares.robust import solve_robust
from educe.least_squares.solve import Solution, undamped
from educe.least_squares.stopping import Reason, Stopping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.engines.in_memory import InMemory
    from educe.fitting.plan import Plan
    from educe.least_squares.triangle import Array
    from educe.parameters import Parameter
    from educe.search import Found

METHODS = ("levenberg-marquardt", "gauss-newton")
POLISHED = 3  # minima of the search that are followed to the last digit
MANY = 1_000_000  # rows from which a fit begins with some of them, and passes over all are counted
SOME = 100_000


class Solved(NamedTuple):
    """A solution, its triangle without the weights of a loss, where the loss bends, and the search behind it."""

    solution: Solution
    triangle: Array
    loss_scale: float | None
    search: Found | None


class Solving(NamedTuple):
    """How a fit is solved: the options of `fit`."""

    method: str
    loss: str
    loss_scale: float | None
    iterations: int
    search: Search | None

    def check(self, *, bounded: bool) -> None:
        """Raise ParameterError for options that do not exist or do not go together."""
        for option, given in (("loss", self.loss), ("method", self.method)):
            if not isinstance(given, str):
                raise ParameterError(f"{option} is a name as text, not {given!r}.")
        loss_named(self.loss)
        if self.method not in METHODS:
            raise ParameterError(
                f"method '{self.method}' is not one of {', '.join(METHODS)}.{nearest(self.method, METHODS)}"
            )
        if self.method == "gauss-newton" and (self.loss != "linear" or bounded):
            raise ParameterError(
                "method 'gauss-newton' is the undamped classic: it knows no bounds and no robust loss."
            )
        if self.loss_scale is not None and self.loss == "linear":
            raise ParameterError("loss_scale says where a robust loss bends; loss 'linear' does not bend.")
        if self.loss_scale is not None and not 0.0 < self.loss_scale < np.inf:
            raise ParameterError(f"loss_scale must be above 0 and finite, not {self.loss_scale:g}.")
        if self.iterations < 1:
            raise ParameterError(f"iterations must be at least 1, not {self.iterations}.")

    def run(
        self,
        plan: Plan,
        problem: InMemory,
        settled: Mapping[str, Parameter],
        values: Mapping[str, float],
        ranges: Mapping[str, tuple[float, float]],
    ) -> Solved:
        """Return the lowest minimum reached.

        values, ranges : the starts that were given
        Raises FitError where the law is not finite at any start, or a function does not take rows in blocks.
        """
        guess = [float(settled[name].start or 0.0) for name in plan.model.names]
        first = problem if problem.n < MANY or self.method == "gauss-newton" else problem.drawn(SOME)
        found = self._searched(plan, first, settled, values, ranges)
        starts = (
            [[m.theta[name] for name in plan.model.names] for m in found.starts[:POLISHED]] if found else []
        )
        if not starts or values:
            starts.append(guess)
        box = box_of(plan, settled)
        if first is not problem:
            with np.errstate(all="ignore"):
                near = self._solved(first, starts, box)[0]
            starts = [starts[-1] if near.reason is Reason.NOT_FINITE else near.theta]
        return self.descended(plan, problem, starts, box)._replace(search=found)

    def descended(self, plan: Plan, problem: InMemory, starts: list[list[float]], box: Box | None) -> Solved:
        """Return the lowest minimum that these starts lead to, without a search.

        starts : each in the solver's order
        Raises FitError where the law is not finite at any of them, or a function does not take rows in blocks.
        """
        with np.errstate(all="ignore"):
            solution, scale = self._solved(problem, starts, box)
            if solution.reason is Reason.NOT_FINITE:
                raise FitError(_not_finite(problem, starts[-1]))
            if isinstance(plan.model, OpaqueModel) and problem.n > BLOCK:
                second = slice(BLOCK, min(2 * BLOCK, problem.n))
                plan.model.check_rows(problem.columns, np.array(solution.theta), second)
            triangle = solution.triangle if scale is None else problem.triangle(solution.theta)[0]
        return Solved(solution, triangle, scale, None)

    def _searched(
        self,
        plan: Plan,
        problem: InMemory,
        settled: Mapping[str, Parameter],
        values: Mapping[str, float],
        ranges: Mapping[str, tuple[float, float]],
    ) -> Found | None:
        if self.search is None or self.method == "gauss-newton" or not missing(plan, values):
            return None
        if isinstance(plan.model, OpaqueModel):
            return from_values(plan.model, problem, settled, values, ranges, self.search)
        assert isinstance(plan.law, Law)
        return from_search(plan, problem, plan.law, settled, ranges, self.search)

    def _solved(
        self, problem: InMemory, starts: list[list[float]], box: Box | None
    ) -> tuple[Solution, float | None]:
        if self.method == "gauss-newton":
            return undamped(problem, starts[0], iterations=self.iterations), None
        stopping = Stopping(self.iterations)
        if problem.n >= MANY and len(starts) == 1:  # near a minimum already
            solution = few_passes(problem, starts[0], problem.n, box=box, stopping=stopping)
        else:
            solution = lowest(problem, starts, box=box, stopping=stopping)
        loss: Loss = loss_named(self.loss)
        if loss.name == "linear" or solution.reason is Reason.NOT_FINITE:
            return solution, None
        return solve_robust(
            problem, solution.theta, loss=loss, loss_scale=self.loss_scale, box=box, stopping=stopping
        )


def box_of(plan: Plan, settled: Mapping[str, Parameter]) -> Box | None:
    """Return the bounds of the free parameters in the solver's order, None where there are none."""
    ordered = [settled[name] for name in plan.model.names]
    if not any(parameter.bounded for parameter in ordered):
        return None
    return Box(np.array([p.lower for p in ordered]), np.array([p.upper for p in ordered]))


def _not_finite(problem: InMemory, theta: list[float]) -> str:
    """Return where the law cannot be evaluated at the start."""
    if isinstance(problem.model, OpaqueModel):  # what the function itself raises says it best
        problem.model.values(problem.columns[:-1], problem.n, np.array(theta))
    residuals = problem.residuals(theta)
    start = ", ".join(f"{name} = {value:g}" for name, value in zip(problem.model.names, theta, strict=True))
    bad = np.flatnonzero(~np.isfinite(residuals))
    if not len(bad):
        return f"the law's derivatives are not finite at the starting values {start}; give other starting values."
    row = int(bad[0])
    columns = zip(problem.model.variables, problem.columns, strict=True)
    place = ", ".join(f"{name} = {column[row]:g}" for name, column in columns)
    return (
        f"the law is not finite at the starting values {start} in {len(bad)} of {problem.n} rows, first where "
        f"{place}; give other starting values, or leave such rows out with a condition."
    )

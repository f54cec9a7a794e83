"""Why an iteration stops: each reason with its inequality, free of any scale."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

EPS = 2.0**-52


class Reason(Enum):
    """A stopping reason; its value is the sentence that the report shows.

    In the inequalities, delta is the Gauss-Newton step, R the triangle without its last column, r the
    weighted residuals, y the weighted measurements, eps = 2^-52.
    """

    LINEAR = "the law is linear in all its free parameters: solved in one step"
    """No free parameter enters nonlinearly."""

    STEP = "converged: one more step would change no fitted value by more than rounding"
    """|R delta| <= 8 eps |y|, reached or one step of the observed linear rate away."""

    OFFSET = "converged: the last step, which was taken, is below a ten-thousandth of a standard error"
    """|z| <= 1e-4 sqrt(p) s, z the last column of R above the residual, and the step was taken: see `few_passes`."""

    STAGNATION = "converged: steps no longer shrink, the last digits that float64 carries are reached"
    """|R delta| has not fallen for two steps, and is below 1e-6 |r| or 1e-10 |y|."""

    BOUND = "converged at a bound: the sum of squares could fall only outside"
    """No free variable is left, or the Gauss-Newton step over the free ones has converged."""

    VALLEY = (
        "converged in a valley: the sum of squares is least, and stays so along some change of the parameters"
    )
    """As STEP or STAGNATION, with a column of R that lies in the span of the others to 1e-13."""

    ROUNDING = "stopped: no step lowers the sum of squares any more, yet the law is not at a regular minimum"
    """The promised reduction is below 1e-12 of the cost and the trial was rejected."""

    ITERATIONS = "stopped: the iteration limit was reached"
    """Steps tried >= the limit."""

    DAMPING = "stopped: no step lowers the sum of squares, however short"
    """lambda > 1e16."""

    NOT_FINITE = "stopped: the law is not finite at the starting values"
    """The residual sum of squares at the start is infinite or not a number."""

    SINGULAR = "stopped: the data cannot tell the parameters apart, so an undamped step does not exist"
    """A diagonal element of R is zero."""

    DIVERGED = "stopped: Gauss-Newton diverged"
    """The sum of squares became infinite, not a number, or (while polishing) grew by 0.1 %."""

    @property
    def converged(self) -> bool:
        """Whether the result is a minimum."""
        return self in _CONVERGED


_CONVERGED = frozenset(
    {Reason.LINEAR, Reason.STEP, Reason.OFFSET, Reason.STAGNATION, Reason.VALLEY, Reason.BOUND}
)


@dataclass(frozen=True)
class Stopping:
    """How an iteration begins and when it ends.

    iterations : int, >= 1 -- accepted and rejected steps together
    damping : float, > 0 -- lambda at the start, in units of diag(R'R)
    memory : float, 0..1 -- how much of the largest scale met so far is kept: 1 after More, 0 after Marquardt
    handover : float, > 0 -- Levenberg-Marquardt hands over to Gauss-Newton once the promised reduction is
        below this fraction of the cost and the damping is light
    """

    iterations: int = 500
    damping: float = 1e-3
    memory: float = 1.0
    handover: float = 0.1

"""The profile of a quantity: how the least sum of squares rises as the quantity is held away from its estimate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.uncertainty.inverse_root import Floats


@dataclass(frozen=True, eq=False)
class Profile:
    r"""The profile of one quantity g(theta), with the interval where it crosses a level.

    .. math:: \zeta(c) = \operatorname{sign}(c - \hat g)
        \sqrt{\frac{\min_{g(\theta) = c} S(\theta) - S(\hat\theta)}{s^2}}

    name : of the quantity;  estimate : g at the fit;  names : the free parameters
    values : (k,), ascending values c, the estimate among them;  zeta : (k,), signed root at each
    theta : (k, p), the parameters that reach each least sum of squares, in the order of `names`
    lower, upper : where zeta = -multiplier and +multiplier; infinite where it never gets there, a bound of the
        parameter where that comes first
    level, multiplier : confidence, and the quantile of Student's t (normal for known sigma) that belongs to it
    wald : (lower, upper) of the symmetric interval
    reasons : sentences, why an end is no crossing; empty for an ordinary interval
    better : {name: value} of a lower sum of squares that was met on the way, or None

    A straight line zeta = (c - estimate) / standard error is Wald's interval, as for a law that is linear.

    Source: Bates and Watts (1988), section 6.1.2.
    """

    name: str
    estimate: float
    names: tuple[str, ...]
    values: Floats
    zeta: Floats
    theta: Floats = field(repr=False)
    lower: float
    upper: float
    level: float
    multiplier: float
    wald: tuple[float, float]
    reasons: tuple[str, ...] = ()
    better: Mapping[str, float] | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """The ends, (lower, upper)."""
        return self.lower, self.upper

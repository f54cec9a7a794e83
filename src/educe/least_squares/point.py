"""What an iteration holds: a point, a step, and the way it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from educe.least_squares.stopping import Reason
    from educe.least_squares.triangle import Array
    from educe.least_squares.written_out import Rows


class Point(NamedTuple):
    """A place in parameter space and what the data say there.

    variables : p floats -- the parameters that the iteration moves
    triangle : (p+1, p+1) -- R of [J | r] in these variables, as an array or as rows of floats
    cost : float -- the sum of squares, or of robust losses
    theta : all parameters, in the problem's order
    wide : the rows from which the linear parameters were eliminated, or None
    """

    variables: list[float]
    triangle: Array | Rows
    cost: float
    theta: list[float]
    wide: Rows | None = None


class Step(NamedTuple):
    """One proposed step: what was tried and what came of it.

    cost : at the trial point;  damping : lambda (0 for Gauss-Newton);  promised : reduction by the linear model
    gain_ratio : actual over promised reduction;  accepted : bool;  theta : the trial point
    """

    cost: float
    damping: float
    promised: float
    gain_ratio: float
    accepted: bool
    theta: list[float]


class Descent(NamedTuple):
    """Where an iteration ended, why, and how it got there."""

    point: Point
    reason: Reason
    trace: list[Step]


Evaluate = Callable[[list[float]], Point]

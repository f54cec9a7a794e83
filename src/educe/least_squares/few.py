"""Steps from the triangle of a few variables, in plain floats: there a LAPACK call costs more than its arithmetic.

The same steps as in `dense`, to which tests compare them. A triangle is a list of its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.least_squares.written_out import Rows, mixing, written_out

if TYPE_CHECKING:
    from educe.least_squares.dense import History
    from educe.least_squares.triangle import Array

MOST = 5  # variables up to which plain floats are faster


def prepared(R: Array | Rows) -> Rows:
    """Return the triangle as the steps take it: its rows as floats."""
    return R if isinstance(R, list) else R.tolist()


def cost(R: Rows) -> float:
    """Return the squared length of the last column: the sum of squares."""
    return written_out(len(R) - 1).cost(R)


def squared_scale(R: Rows) -> list[float]:
    """Return diag(R'R), the squared column lengths of J: Marquardt's scale."""
    return written_out(len(R) - 1).squared_scale(R)


def damped_step(R: Rows, damping: float, scale: list[float]) -> tuple[list[float], float] | None:
    """Return the step that minimises |z - R delta|^2 + damping |D delta|^2, and the reduction it promises.

    See `dense.damped_step`; the rows of sqrt(damping) D are turned into R by Givens rotations.

    >>> damped_step([[2.0, 4.0], [0.0, 1.0]], 0.0, [1.0])
    ([2.0], 16.0)
    """
    return written_out(len(R) - 1).damped_step(R, damping, scale)


def newton_step(R: Rows) -> tuple[list[float], float] | None:
    """Return the Gauss-Newton step delta = R_p^-1 z and |R delta| = |z|; None where R is singular to rounding.

    >>> newton_step([[2.0, 4.0], [0.0, 1.0]])
    ([2.0], 4.0)
    """
    return written_out(len(R) - 1).newton_step(R)


def mixed_step(R: Rows, theta: list[float], delta: list[float], history: History) -> list[float]:
    """Return the step from theta that mixes delta with earlier steps, least in the metric |R delta|.

    See `dense.mixed_step`; here by Gram-Schmidt, see `written_out.mixing`.
    """
    if len(delta) == 1:
        difference = delta[0] - history[0][1][0]
        if difference == 0.0:
            return delta
        return [delta[0] - (theta[0] - history[0][0][0] + difference) * (delta[0] / difference)]
    return mixing(len(delta), len(history))(R, theta, delta, history)

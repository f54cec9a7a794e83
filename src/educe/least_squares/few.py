"""Steps from the triangle of a few variables, in plain floats: there a LAPACK call costs more than its arithmetic.

The same steps as in `dense`, to which tests compare them. A triangle is a list of its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from educe.least_squares.written_out import Rows, written_out

if TYPE_CHECKING:
    from educe.least_squares.dense import History
    from educe.least_squares.triangle import Array

MOST = 5  # variables up to which plain floats are faster


def prepared(R: Array | Rows) -> Rows:
    """Return the triangle as the steps take it: its rows as floats."""
    return R if isinstance(R, list) else R.tolist()


def cost(R: Rows) -> float:
    """Return the squared length of the last column: the sum of squares."""
    return sum([row[-1] * row[-1] for row in R])


def squared_scale(R: Rows) -> list[float]:
    """Return diag(R'R), the squared column lengths of J: Marquardt's scale."""
    return written_out(len(R) - 1).squared_scale(R)


def damped_step(R: Rows, damping: float, scale: list[float]) -> tuple[list[float], float] | None:
    """Return the step that minimises |z - R delta|^2 + damping |D delta|^2, and the reduction it promises.

    See `dense.damped_step`; the rows of sqrt(damping) D are turned into R by Givens rotations.

    >>> damped_step([[2.0, 4.0], [0.0, 1.0]], 0.0, [1.0])
    ([2.0], 16.0)
    """
    try:
        return written_out(len(R) - 1).damped_step(R, [damping * d for d in scale])
    except ZeroDivisionError:
        return None


def newton_step(R: Rows) -> tuple[list[float], float] | None:
    """Return the Gauss-Newton step delta = R_p^-1 z and |R delta| = |z|; None where R is singular to rounding.

    >>> newton_step([[2.0, 4.0], [0.0, 1.0]])
    ([2.0], 4.0)
    """
    return written_out(len(R) - 1).newton_step(R)


def mixed_step(R: Rows, theta: list[float], delta: list[float], history: History) -> list[float]:
    """Return the step from theta that mixes delta with earlier steps, least in the metric |R delta|.

    See `dense.mixed_step`; here by Gram-Schmidt: what the newest difference explains of delta is taken away
    first, then what the next explains of the rest.
    """
    if len(delta) == 1:
        difference = delta[0] - history[0][1][0]
        if difference == 0.0:
            return delta
        return [delta[0] - (theta[0] - history[0][0][0] + difference) * (delta[0] / difference)]
    mixed = delta
    left = [row[-1] for row in R[:-1]]  # R delta is z
    basis: list[tuple[list[float], list[float], float]] = []
    for earlier_theta, earlier_delta in history:
        change = [a - b for a, b in zip(delta, earlier_delta)]  # noqa: B905 - equal lengths, hot
        shift = [a - b + c for a, b, c in zip(theta, earlier_theta, change)]  # noqa: B905
        image = _times(R, change)
        length = whole = _dot(image, image)
        for direction, its_shift, its_length in basis:
            share = _dot(image, direction) / its_length
            image = [a - share * b for a, b in zip(image, direction)]  # noqa: B905
            shift = [a - share * b for a, b in zip(shift, its_shift)]  # noqa: B905
            length = _dot(image, image)
        if not length > 1e-20 * whole:
            break  # it repeats newer differences
        gamma = _dot(left, image) / length
        mixed = [a - gamma * b for a, b in zip(mixed, shift)]  # noqa: B905
        left = [a - gamma * b for a, b in zip(left, image)]  # noqa: B905
        basis.append((image, shift, length))
    return mixed


def _times(R: Rows, vector: list[float]) -> list[float]:
    # beyond the vector's end stands z, below the diagonal zeros: neither adds anything
    return [_dot(row, vector) for row in R[: len(vector)]]


def _dot(a: list[float], b: list[float]) -> float:
    return sum([x * y for x, y in zip(a, b)])  # noqa: B905 - equal lengths, hot

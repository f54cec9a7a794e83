"""Steps from the triangle of a few variables, in plain floats: there a LAPACK call costs more than its arithmetic.

The same steps as in `dense`, to which tests compare them. A triangle is a list of its rows.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from educe.least_squares.triangle import DEPENDENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.least_squares.dense import History
    from educe.least_squares.triangle import Array

MOST = 5  # variables up to which plain floats are faster

Rows = list[list[float]]


def prepared(R: Array | Rows) -> Rows:
    """Return the triangle as the steps take it: its rows as floats."""
    return R if isinstance(R, list) else R.tolist()


def cost(R: Rows) -> float:
    """Return the squared length of the last column: the sum of squares."""
    return sum([row[-1] * row[-1] for row in R])


def squared_scale(R: Rows) -> list[float]:
    """Return diag(R'R), the squared column lengths of J: Marquardt's scale."""
    return [sum([row[j] * row[j] for row in R[: j + 1]]) for j in range(len(R) - 1)]


def damped_step(R: Rows, damping: float, scale: list[float]) -> tuple[list[float], float] | None:
    """Return the step that minimises |z - R delta|^2 + damping |D delta|^2, and the reduction it promises.

    See `dense.damped_step`; the rows of sqrt(damping) D are turned into R by Givens rotations.

    >>> damped_step([[2.0, 4.0], [0.0, 1.0]], 0.0, [1.0])
    ([2.0], 16.0)
    """
    try:
        found: tuple[list[float], float] = _rotations(len(R) - 1)(R, [damping * d for d in scale])
    except ZeroDivisionError:
        return None
    return found


@cache
def _rotations(p: int) -> Callable[[Rows, list[float]], Any]:
    """Return the damped step for p variables as straight-line code: every rotation written out.

    Source: Givens (1958); Golub and Van Loan (2013), section 5.1.8.
    """
    lines = ["def step(R, w):"]
    for i in range(p):
        names = ", ".join(["_"] * i + [f"r{i}{j}" for j in range(i, p)] + [f"z{i}"])
        lines.append(f"    {names} = R[{i}]")
    for k in reversed(range(p)):  # the last first: then no diagonal is zero when an earlier row meets it
        lines.append(f"    e{k} = sqrt(w[{k}])")
        for i in range(k, p):
            lines += [
                f"    h = hypot(r{i}{i}, e{i})",
                f"    c = r{i}{i} / h",
                f"    s = e{i} / h",
                f"    r{i}{i} = h",
            ]
            for upper, lower in [(f"r{i}{j}", f"e{j}") for j in range(i + 1, p)] + [(f"z{i}", "ez")]:
                if i == k:  # the row to be turned in is zero beyond its diagonal
                    lines += [f"    {lower} = -s * {upper}", f"    {upper} = c * {upper}"]
                else:
                    lines.append(
                        f"    {upper}, {lower} = c * {upper} + s * {lower}, c * {lower} - s * {upper}"
                    )
    for i in reversed(range(p)):
        inner = "".join(f" - r{i}{j} * d{j}" for j in range(i + 1, p))
        lines.append(f"    d{i} = (z{i}{inner}) / r{i}{i}")
    promised = " + ".join(f"z{i} * z{i} + w[{i}] * d{i} * d{i}" for i in range(p))
    lines.append(f"    return [{', '.join(f'd{i}' for i in range(p))}], {promised}")
    space: dict[str, Any] = {"sqrt": math.sqrt, "hypot": math.hypot}
    exec("\n".join(lines), space)  # noqa: S102 - the lines are written above, nothing in them is given
    step: Callable[[Rows, list[float]], Any] = space["step"]
    return step


def newton_step(R: Rows) -> tuple[list[float], float] | None:
    """Return the Gauss-Newton step delta = R_p^-1 z and |R delta| = |z|; None where R is singular to rounding.

    >>> newton_step([[2.0, 4.0], [0.0, 1.0]])
    ([2.0], 4.0)
    """
    p = len(R) - 1
    delta = [0.0] * p
    size = 0.0
    for i in range(p - 1, -1, -1):
        row = R[i]
        rest = row[p]
        size += rest * rest
        for j in range(i + 1, p):
            rest -= row[j] * delta[j]
        if row[i] * row[i] <= DEPENDENT**2 * sum([R[k][i] * R[k][i] for k in range(i + 1)]):
            return None
        delta[i] = rest / row[i]
    return delta, math.sqrt(size)


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

"""Steps from a triangle of any size, by LAPACK."""

from __future__ import annotations

import numpy as np

from educe.least_squares.triangle import DEPENDENT, Array, solve_upper, triangularise

History = list[tuple[list[float], list[float]]]


def prepared(R: Array) -> Array:
    """Return the triangle as the steps take it: as it is."""
    return R


def squared_scale(R: Array) -> list[float]:
    """Return diag(R'R), the squared column lengths of J: Marquardt's scale.

    R : (p+1, p+1) triangle of [J | r]
    """
    J = R[:-1, :-1]
    scale: list[float] = np.einsum("ij,ij->j", J, J).tolist()
    return scale


def larger_scale(R: Array, scale: list[float], memory: float) -> list[float]:
    """Return the larger of each squared column length and what is kept of the scale so far, 1 for 0."""
    return [max(memory * a, b) or 1.0 for a, b in zip(scale, squared_scale(R), strict=True)]


def damped_step(R: Array, damping: float, scale: list[float]) -> tuple[list[float], float] | None:
    """Return the step that minimises |z - R delta|^2 + damping |D delta|^2, and the reduction it promises.

        [ R              z ]
        [ sqrt(lambda) D 0 ]   is triangularised; back substitution gives delta.

    R : (p+1, p+1) triangle of [J | r];  damping : lambda >= 0;  scale : p floats, squared diagonal of D
    Returns delta as p floats, and cost(0) - model cost(delta); None where no step exists.

    Source: Marquardt (1963); the stacked form after More (1978), equation 3.4.

    >>> damped_step(np.array([[2.0, 4.0], [0.0, 1.0]]), 0.0, [1.0])
    ([2.0], 16.0)
    """
    p = len(R) - 1
    weights = damping * np.array(scale)
    stacked = np.zeros((2 * p + 1, p + 1), order="F")
    stacked[: p + 1] = R
    stacked.ravel("K")[p + 1 :: 2 * p + 2] = np.sqrt(weights)
    S = triangularise(stacked, overwrite=True)
    z = S[:p, p]
    delta = solve_upper(S[:p, :p], z)
    if delta is None:
        return None
    return delta.tolist(), float(z.dot(z) + (weights * delta).dot(delta))


def newton_step(R: Array) -> tuple[list[float], float] | None:
    """Return the Gauss-Newton step delta = R_p^-1 z and |R delta| = |z|; None where R is singular to rounding.

    >>> newton_step(np.array([[2.0, 4.0], [0.0, 1.0]]))
    ([2.0], 4.0)
    """
    p = len(R) - 1
    z = R[:p, p]
    if (np.square(R.diagonal()[:p]) <= DEPENDENT**2 * np.array(squared_scale(R))).any():
        return None
    delta = solve_upper(R[:p, :p], z)
    return None if delta is None else (delta.tolist(), float(z.dot(z)) ** 0.5)


def mixed_step(R: Array, theta: list[float], delta: list[float], history: History) -> list[float]:
    """Return the step from theta that mixes delta with earlier steps, least in the metric |R delta|.

    gamma minimises |R (delta - changes gamma)|; the step is delta - (moves + changes) gamma, where changes
    are the differences of delta, and moves those of theta, from the earlier ones.

    history : (theta, delta) of earlier points, the newest first

    Source: Anderson (1965); Walker and Ni (2011), equation 2.2.
    """
    p, m = len(theta), len(history)
    earlier = np.array(history)  # (m, 2, p)
    changes = (np.array(delta) - earlier[:, 1]).T
    moves = (np.array(theta) - earlier[:, 0]).T
    S = triangularise(R[:p, :p] @ np.column_stack((changes, delta)))
    size = np.sqrt(np.einsum("ij,ij->j", S, S))
    # older differences that repeat newer ones are dropped
    independent = np.abs(S.diagonal()[:m]) > 1e-10 * size[:m]
    m = m if independent.all() else int(independent.argmin())
    gamma = solve_upper(S[:m, :m], S[:m, -1]) if m else None
    if gamma is None:
        return delta
    mixed: list[float] = (np.array(delta) - (moves[:, :m] + changes[:, :m]) @ gamma).tolist()
    return mixed

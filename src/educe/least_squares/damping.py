"""The damped step: the one small linear problem behind Levenberg-Marquardt, with or without bounds."""

from __future__ import annotations

import math

import numpy as np

from educe.least_squares.triangle import Array, solve_upper, triangularise


def damped_step(R: Array, damping: float, scale: Array) -> tuple[list[float], float]:
    """Return the step that minimises |z - R delta|^2 + damping |D delta|^2, and the reduction it promises.

        [ R              z ]
        [ sqrt(lambda) D 0 ]   is triangularised; back substitution gives delta.

    R : (p+1, p+1) triangle of [J | r];  damping : lambda >= 0;  scale : (p,) squared diagonal of D
    Returns delta as p floats, and cost(0) - model cost(delta); both not a number where no step exists.

    Source: Marquardt (1963); the stacked form after More (1978), equation 3.4.

    >>> delta, promised = damped_step(np.array([[2.0, 4.0], [0.0, 1.0]]), 0.0, np.ones(1))
    >>> delta, promised
    ([2.0], 16.0)
    """
    k = len(R)
    p = k - 1
    weights = damping * scale
    stacked = np.zeros((k + p, k), order="F")
    stacked[:k] = R
    stacked.ravel("K")[k :: k + p + 1] = np.sqrt(weights)
    S = triangularise(stacked, overwrite=True)
    z = S[:p, p]
    delta = solve_upper(S[:p, :p], z)
    if delta is None:
        return [math.nan] * p, math.nan
    return delta.tolist(), float(z.dot(z) + (weights * delta).dot(delta))


def squared_scale(R: Array) -> Array:
    """Return diag(R'R), the squared column lengths of J: Marquardt's scale, with zeros replaced by one.

    R : (p+1, p+1) triangle of [J | r]
    """
    J = R[:-1, :-1]
    scale: Array = np.einsum("ij,ij->j", J, J)
    if not scale.all():
        scale[scale == 0.0] = 1.0
    return scale

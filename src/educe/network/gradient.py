r"""The gradient of the loss, by the chain rule.

With L = (1/N) sum_{i=1}^{N} loss(f(x_i), y_i), N terms, and D_k = dL/dZ_k the derivative with respect to the sums of
layer k (Z_k = W_k A_k + b_k, A_{k+1} = sigma_k(Z_k)):

.. math::

    D_{K-1} &= \frac{1}{N}\,\frac{\partial\,\mathrm{loss}}{\partial f} \odot \sigma'(Z_{K-1})          \\
    \frac{\partial L}{\partial W_k} &= D_k A_k^T, \qquad \frac{\partial L}{\partial b_k} = D_k 1       \\
    D_{k-1} &= (W_k^T D_k) \odot \sigma'(Z_{k-1})

so grad L = [dL/dW_0, dL/db_0, dL/dW_1, dL/db_1, ...]. Source: Rumelhart, Hinton and Williams (1986).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.network.forward import layer_values

if TYPE_CHECKING:
    from educe.network.architecture import Architecture
    from educe.network.losses import Loss

Array = NDArray[np.float64]


def loss_and_gradient(
    architecture: Architecture,
    theta: Array,
    x: Array,
    y: Array,
    loss: Loss,
    *,
    weights: Array | None = None,
) -> tuple[Array, Array]:
    """Return L and grad L at theta.

    theta : (..., P);  x : (inputs, N);  y : (outputs, N) or (N,) for one output
    weights : (N,) or None -- of the points, 1/sigma^2 where measurements have error bars
    Returns L (...) and grad L (..., P), in the order of theta.

    >>> from educe.network import Architecture
    >>> from educe.network.losses import loss_named
    >>> L, g = loss_and_gradient(Architecture((1, 1)), np.array([1.0, 0.0]), np.array([[1.0, 2.0]]),
    ...                          np.array([0.0, 0.0]), loss_named("mse"))
    >>> float(L), g.tolist()
    (2.5, [5.0, 3.0])
    """
    N = x.shape[-1]
    Z, A = layer_values(architecture, theta, x)
    each = loss.value(A[-1], y)  # (..., outputs, N)
    slope = loss.derivative(A[-1], y)
    if weights is not None:
        each, slope = each * weights, slope * weights
    blocks = backward(architecture, theta, Z, A, slope / N)
    return each.sum(axis=(-2, -1)) / N, architecture.flatten(blocks)


def backward(
    architecture: Architecture, theta: Array, Z: list[Array], A: list[Array], slope: Array
) -> list[tuple[Array, Array]]:
    """Return [(dL/dW_k, dL/db_k)] of every layer, given dL/df.

    Z, A : of `layer_values`;  slope : (..., outputs, N), dL/df
    """
    layers = architecture.unflatten(theta)
    blocks = []
    D = slope * architecture.activation(architecture.depth - 1).derivative(Z[-1], A[-1])  # (..., outputs, N)
    for k in reversed(range(architecture.depth)):
        dW = D @ A[k].swapaxes(-1, -2)  # (..., out, in)
        db = D.sum(axis=-1)  # (..., out)
        blocks.append((dW, db))
        if k:
            D = layers[k][0].swapaxes(-1, -2) @ D  # (..., in, N)
            D = D * architecture.activation(k - 1).derivative(Z[k - 1], A[k])
    return blocks[::-1]

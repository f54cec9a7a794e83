r"""The Jacobian of the network's output with respect to its parameters, one column for each point.

The same chain rule as the gradient, before the sum over the points:

.. math:: \frac{\partial f(x_i)}{\partial W_k} = \delta_{k,i}\, a_{k,i}^T, \qquad
          \frac{\partial f(x_i)}{\partial b_k} = \delta_{k,i}

with delta_{K-1} = sigma'(z_{K-1}) and delta_{k-1} = (W_k^T delta_k) * sigma'(z_{k-1}).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.network.forward import layer_values

if TYPE_CHECKING:
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]


def jacobian(
    architecture: Architecture, theta: Array, x: Array, *, output: int = 0, factors: Array | None = None
) -> tuple[Array, Array]:
    """Return f(x), (..., N), and df/dtheta, (..., P, N), of one output.

    theta : (..., P);  x : (inputs, N);  output : which one
    factors : (N,) or (..., N), what each column of the Jacobian is multiplied by; None for 1

    >>> from educe.network import Architecture
    >>> f, J = jacobian(Architecture((1, 1)), np.array([2.0, 1.0]), np.array([[3.0]]))
    >>> f.tolist(), J.tolist()
    ([7.0], [[3.0], [1.0]])
    """
    Z, A = layer_values(architecture, theta, x)
    layers = architecture.unflatten(theta)
    lead, N = A[-1].shape[:-2], x.shape[-1]
    J = np.empty((*lead, architecture.parameters, N))
    D = np.zeros((*lead, architecture.layers[-1], N))
    D[..., output, :] = 1.0 if factors is None else factors
    D *= architecture.activation(architecture.depth - 1).derivative(Z[-1], A[-1])
    for k in reversed(range(architecture.depth)):
        w, b = architecture.spans[k]
        J[..., b, :] = D  # (..., out, N)
        W = J[..., w, :].reshape(*lead, D.shape[-2], -1, N)  # a view, (..., out, in, N)
        np.multiply(D[..., :, None, :], A[k][..., None, :, :], out=W)
        if k:
            D = layers[k][0].swapaxes(-1, -2) @ D
            D = D * architecture.activation(k - 1).derivative(Z[k - 1], A[k])
    return A[-1][..., output, :], J

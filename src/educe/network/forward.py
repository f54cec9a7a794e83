r"""The forward pass, layer by layer.

The network with one hidden layer, 2 inputs, 3 hidden nodes and 1 output, is

.. math:: f(x) = \sigma(\sigma(W_0 x + b_0)^T W_1 + b_1)

with W_0 3x2 and W_1 a column of 3. Here every W_k is kept as (nodes, inputs of the layer), so that W_1 is that
column lying down, and all layers read the same: A_{k+1} = sigma_k(W_k A_k + b_k), A_0 = x. The N points are the
N columns of x. Leading axes are networks side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]

BLOCK = 65_536  # points at a time


def layer_values(architecture: Architecture, theta: Array, x: Array) -> tuple[list[Array], list[Array]]:
    """Return what every layer computes: sums Z_k before the activation, and values A_k.

    theta : (..., P);  x : (inputs, N) or (..., inputs, N)
    Returns Z_0 .. Z_{K-1} and A_0 .. A_K, where A_0 = x and A_K is the output; each (..., width, N).
    """
    sums: list[Array] = []
    values: list[Array] = [x]
    for k, (W, b) in enumerate(architecture.unflatten(theta)):
        Z = W @ values[-1] + b[..., None]  # (..., out, N)
        sums.append(Z)
        values.append(architecture.activation(k).value(Z))
    return sums, values


def forward(architecture: Architecture, theta: Array, x: Array) -> Array:
    """Return f(x) of N points, the columns of x.

    theta : (..., P);  x : (inputs, N)
    Returns (..., outputs, N).

    >>> from educe.network import Architecture
    >>> forward(Architecture((1, 1), "tanh"), np.array([2.0, 1.0]), np.array([[0.0, 3.0]]))
    array([[1., 7.]])
    """
    A = x
    for k, (W, b) in enumerate(architecture.unflatten(theta)):
        A = architecture.activation(k).value(W @ A + b[..., None])
    return A


def forward_in_blocks(architecture: Architecture, theta: Array, x: Array) -> Array:
    """Return f(x), (outputs, N), for one network and any number of points: what lies between takes little memory.

    theta : (P,);  x : (inputs, N)
    """
    if x.shape[-1] <= BLOCK:
        return forward(architecture, theta, x)
    f = np.empty((architecture.layers[-1], x.shape[-1]))
    for begin in range(0, x.shape[-1], BLOCK):
        block = slice(begin, begin + BLOCK)
        f[:, block] = forward(architecture, theta, x[:, block])
    return f

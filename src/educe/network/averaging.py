r"""The average of several networks is itself one network, wider.

Side by side, without connections between them, M networks of h hidden nodes are one network of M h hidden nodes;
its last layer adds their outputs with the shares s_m:

.. math:: \sum_m s_m f_m(x) = \begin{pmatrix} s_1 W_1^{(1)} & \cdots & s_M W_1^{(M)} \end{pmatrix}
          \sigma\!\left(\begin{pmatrix} W_0^{(1)} \\ \vdots \\ W_0^{(M)} \end{pmatrix} x + b_0\right)
          + \sum_m s_m b_1^{(m)}

Deeper layers are block diagonal. Networks that fit equally well err in different places, so the average errs less than
its members do (Perrone and Cooper 1993).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]


def widened(architecture: Architecture, networks: int) -> Architecture:
    """Return the shape of some networks side by side.

    >>> from educe.network import Architecture
    >>> widened(Architecture((2, 3, 1)), 4).layers
    (2, 12, 1)
    """
    first, *hidden, last = architecture.layers
    return replace(architecture, layers=(first, *(networks * width for width in hidden), last))


def average(architecture: Architecture, thetas: Array, shares: Array) -> Array:
    """Return the parameters (..., P') of the `widened` network that is the average of M.

    architecture : of each; its output must be the identity
    thetas : (..., M, P);  shares : (..., M), with sum 1

    >>> from educe.network import Architecture, forward
    >>> one, two = np.array([[1.0, 0.0, 2.0, 5.0], [3.0, 1.0, 4.0, 7.0]])
    >>> a = Architecture((1, 1, 1))
    >>> wide = average(a, np.array([one, two]), np.array([0.5, 0.5]))
    >>> x = np.array([[0.3]])
    >>> bool(np.isclose(forward(widened(a, 2), wide, x), (forward(a, one, x) + forward(a, two, x)) / 2).all())
    True
    """
    *hidden, (W, b) = architecture.unflatten(thetas)  # W (..., M, out, in), b (..., M, out)
    joined = [
        (_stacked(W_k) if k == 0 else _block_diagonal(W_k), b_k.reshape(*b_k.shape[:-2], -1))
        for k, (W_k, b_k) in enumerate(hidden)
    ]
    shared, offset = shares[..., None, None] * W, (shares[..., None] * b).sum(axis=-2)
    joined.append((_beside(shared) if hidden else shared.sum(axis=-3), offset))
    return widened(architecture, thetas.shape[-2]).flatten(joined)


def _stacked(W: Array) -> Array:
    """Return (..., M, out, in) as (..., M out, in): every network reads the same inputs."""
    return W.reshape(*W.shape[:-3], -1, W.shape[-1])


def _block_diagonal(W: Array) -> Array:
    """Return (..., M, out, in) as (..., M out, M in): every network reads its own nodes."""
    *lead, M, out, into = W.shape
    blocks = np.zeros((*lead, M, out, M, into))
    np.einsum("...momi->...moi", blocks)[...] = W
    return blocks.reshape(*lead, M * out, M * into)


def _beside(W: Array) -> Array:
    """Return (..., M, out, in) as (..., out, M in): the outputs are added."""
    return np.moveaxis(W, -3, -2).reshape(*W.shape[:-3], W.shape[-2], -1)

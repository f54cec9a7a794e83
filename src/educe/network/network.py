"""A network with its numbers, and the affine maps of inputs and output that scaling needs folded into them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError
from educe.network.forward import forward

if TYPE_CHECKING:
    from educe.network.architecture import Architecture, Block

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Network:
    r"""A function from inputs to outputs: shift + scale f(x), f the layers.

    architecture : widths and activations;  theta : (P,) weights and biases
    scale, shift : of the outputs; 1 and 0 unless the output activation is bounded, as a sigmoid's is

    >>> from educe.network import Architecture
    >>> net = Network(Architecture((1, 1)), np.array([2.0, 1.0]))
    >>> net(np.array([[3.0]]))
    array([7.])
    """

    architecture: Architecture
    theta: Array
    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that are not this network's."""
        P = self.architecture.parameters
        if self.theta.shape != (P,):
            raise ParameterError(
                f"a {'-'.join(map(str, self.architecture.layers))} network has {P} parameters, "
                f"not an array of shape {self.theta.shape}."
            )

    def __call__(self, x: Array) -> Array:
        """Return the output at N points.

        x : (N, inputs). Returns (N,) for one output, else (N, outputs).
        """
        f = self.shift + self.scale * forward(self.architecture, self.theta, np.asarray(x).T)
        return f[0] if len(f) == 1 else f.T

    @property
    def layers(self) -> list[Block]:
        """W_k (nodes, inputs of the layer) and b_k (nodes,) of each layer."""
        return self.architecture.unflatten(self.theta)

    @property
    def named(self) -> dict[str, float]:
        """Every parameter by its symbol: omega_0, ..., b_0, ..."""
        return dict(zip(self.architecture.symbols, self.theta.tolist(), strict=True))

    def matrices(self) -> dict[str, Array]:
        """Return W_0, b_0, W_1, ... as the formula writes them: the last W is a column for each output.

        >>> from educe.network import Architecture
        >>> Network(Architecture((2, 3, 1)), np.arange(13.0)).matrices()["W_1"].shape
        (3, 1)
        """
        found: dict[str, Array] = {}
        for k, (W, b) in enumerate(self.layers):
            last = k == self.architecture.depth - 1
            found[f"W_{k}"] = W.T if last and k else W
            found[f"b_{k}"] = b
        return found

    def with_scaled_inputs(self, centre: Array, spread: Array) -> Network:
        """Return the network of raw inputs x, given this one of (x - centre) / spread.

        W_0 (x - c)/s + b_0 = (W_0/s) x + (b_0 - W_0 c/s).
        """
        layers = self.layers
        W, b = layers[0]
        layers[0] = (W / spread, b - W @ (centre / spread))
        return replace(self, theta=self.architecture.flatten(layers))

    def with_scaled_output(self, centre: float, spread: float) -> Network:
        """Return the network of raw y = centre + spread f; folded into the last layer where that is linear."""
        if self.architecture.output != "identity":
            return replace(self, scale=self.scale * spread, shift=centre + spread * self.shift)
        layers = self.layers
        W, b = layers[-1]
        layers[-1] = (spread * W, spread * b + centre)
        return replace(self, theta=self.architecture.flatten(layers))

"""The shape of a network: widths of its layers and their activations, and how its parameters lie in a vector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError
from educe.network.activations import Activation, activation_named

Array = NDArray[np.float64]
Block = tuple[Array, Array]  # W (..., out, in), b (..., out)


@dataclass(frozen=True)
class Architecture:
    """A fully connected network without its numbers.

    layers : widths from inputs to outputs: (2, 3, 1) has 2 inputs, 3 hidden nodes, 1 output
    hidden : activation of the hidden layers;  output : of the last one

    Raises ParameterError for fewer than two layers, a width below 1 or an unknown activation.

    >>> Architecture((2, 3, 1), "sigmoid", "sigmoid").parameters
    13
    """

    layers: tuple[int, ...]
    hidden: str = "tanh"
    output: str = "identity"

    def __post_init__(self) -> None:
        """Refuse what is no network."""
        activation_named(self.hidden)
        activation_named(self.output)
        if len(self.layers) < 2 or not all(isinstance(w, int) and w >= 1 for w in self.layers):
            raise ParameterError(
                f"layers must be two or more widths, whole numbers of at least 1, not {self.layers!r}."
            )

    @property
    def depth(self) -> int:
        """Number of layers that have weights."""
        return len(self.layers) - 1

    @cached_property
    def parameters(self) -> int:
        """Number of weights and biases."""
        return sum(o * i + o for i, o in zip(self.layers, self.layers[1:], strict=False))

    @cached_property
    def outer(self) -> int:
        """Number of parameters of the last layer: the last entries of theta."""
        return self.layers[-1] * (self.layers[-2] + 1)

    def activation(self, k: int) -> Activation:
        """Return the activation of layer k, 0 for the first hidden one."""
        return activation_named(self.output if k == self.depth - 1 else self.hidden)

    @cached_property
    def spans(self) -> tuple[tuple[slice, slice], ...]:
        """Where W_k and b_k of each layer lie in theta."""
        spans, at = [], 0
        for i, o in zip(self.layers, self.layers[1:], strict=False):
            spans.append((slice(at, at + o * i), slice(at + o * i, at + o * i + o)))
            at += o * i + o
        return tuple(spans)

    def unflatten(self, theta: Array) -> list[Block]:
        """Return W_k and b_k of each layer as views of theta.

        theta : (..., P), in the order W_0, b_0, W_1, b_1, ...; each W row by row
        Returns [(W_k (..., out, in), b_k (..., out)), ...]; leading axes are many networks side by side.
        """
        lead = theta.shape[:-1]
        return [
            (theta[..., w].reshape(*lead, o, i), theta[..., b])
            for (w, b), i, o in zip(self.spans, self.layers, self.layers[1:], strict=False)
        ]

    def flatten(self, blocks: list[Block]) -> Array:
        """Return theta (..., P) of the blocks: the inverse of `unflatten`."""
        lead = blocks[0][1].shape[:-1]
        return np.concatenate([part.reshape(*lead, -1) for block in blocks for part in block], axis=-1)

    def one_output(self, theta: Array, k: int) -> tuple[Architecture, Array]:
        """Return the network of output k alone, with its parameters: the hidden layers stay, one row of the last.

        theta : (..., P)

        >>> one, theta = Architecture((1, 2)).one_output(np.array([1.0, 2.0, 3.0, 4.0]), 1)
        >>> one.layers, theta.tolist()
        ((1, 1), [2.0, 4.0])
        """
        blocks = self.unflatten(theta)
        W, b = blocks[-1]
        blocks[-1] = (W[..., k : k + 1, :], b[..., k : k + 1])
        alone = replace(self, layers=(*self.layers[:-1], 1))
        return alone, alone.flatten(blocks)

    @cached_property
    def is_weight(self) -> NDArray[np.bool_]:
        """Which parameters are weights, (P,) bool; the others are biases, which no penalty touches."""
        mask = np.zeros(self.parameters, dtype=np.bool_)
        for weights, _ in self.spans:
            mask[weights] = True
        return mask

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Name of each parameter: weights omega_0, omega_1, ... and biases b_0, b_1, ... through all layers.

        >>> Architecture((2, 3, 1)).symbols[:9]
        ('omega_0', 'omega_1', 'omega_2', 'omega_3', 'omega_4', 'omega_5', 'b_0', 'b_1', 'b_2')
        """
        weights = np.cumsum(self.is_weight) - 1
        biases = np.cumsum(~self.is_weight) - 1
        return tuple(
            f"omega_{w}" if is_weight else f"b_{b}"
            for is_weight, w, b in zip(self.is_weight, weights, biases, strict=True)
        )

"""Activations: value, derivative, LaTeX and range of each in one place. A new one is one entry here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """A function applied to each node, with its derivative.

    name : as the user writes it
    value : z -> a
    derivative : (z, a) -> da/dz; many are cheaper from the value a than from z
    latex : of the value at z;  latex_derivative : of the derivative at z
    formula : of the value at z, as `formula` reads it, for code in other languages
    low, high : the open interval of its values
    """

    name: str
    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    latex: str
    latex_derivative: str
    formula: str
    low: float = -math.inf
    high: float = math.inf


def _sigmoid(z: Array) -> Array:
    # exp of a negative number only: no overflow, and full relative precision in both tails
    e = np.exp(-np.abs(z))
    result: Array = np.where(z >= 0.0, 1.0, e) / (1.0 + e)
    return result


def _normal_cdf(z: Array) -> Array:
    from scipy.special import ndtr

    result: Array = ndtr(z)
    return result


def _normal_density(z: Array) -> Array:
    result: Array = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return result


def _softplus(z: Array) -> Array:
    result: Array = np.logaddexp(0.0, z)
    return result


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "sigmoid", _sigmoid, lambda z, a: a * (1.0 - a),
            r"\frac{1}{1 + e^{-z}}", r"\sigma(z)\,(1 - \sigma(z))", "expit(z)", 0.0, 1.0,
        ),
        Activation(
            "tanh", np.tanh, lambda z, a: 1.0 - a * a, r"\tanh(z)", r"1 - \tanh^2(z)", "tanh(z)", -1.0, 1.0,
        ),
        Activation(
            "relu", lambda z: np.maximum(z, 0.0), lambda z, a: (z > 0.0).astype(np.float64),
            r"\max(0, z)", r"[z > 0]", "max(z, 0)", 0.0,
        ),
        Activation(
            "softplus", _softplus, lambda z, a: _sigmoid(z),
            r"\ln(1 + e^{z})", r"\frac{1}{1 + e^{-z}}", "max(z, 0) + log1p(exp(-abs(z)))", 0.0,
        ),
        Activation(
            "gelu", lambda z: z * _normal_cdf(z), lambda z, a: _normal_cdf(z) + z * _normal_density(z),
            r"z\,\Phi(z)", r"\Phi(z) + z\,\varphi(z)", "0.5*z*erfc(-z/sqrt(2))", -0.17,
        ),
        Activation("sin", np.sin, lambda z, a: np.cos(z), r"\sin(z)", r"\cos(z)", "sin(z)", -1.0, 1.0),
        Activation("identity", lambda z: z, lambda z, a: np.ones_like(z), "z", "1", "z"),
    )
}  # fmt: skip
"""Sources: gelu, Hendrycks and Gimpel (2016), exact form; sin, Sitzmann et al. (2020); softplus, Dugas (2001)."""


def activation_named(name: str) -> Activation:
    """Return the activation of this name; ParameterError with the nearest name if there is none.

    >>> activation_named("tanh").latex
    '\\\\tanh(z)'
    """
    if name not in ACTIVATIONS:
        raise ParameterError(
            f"activation '{name}' is unknown; there are {listing(ACTIVATIONS)}.{nearest(str(name), ACTIVATIONS)}"
        )
    return ACTIVATIONS[name]

"""Starting weights by the book: each rule named for its source."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError, listing, nearest

if TYPE_CHECKING:
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]
Rule = Callable[[np.random.Generator, int, int, int], tuple[Array, Array]]


def _glorot_uniform(
    random: np.random.Generator, fan_in: int, fan_out: int, layer: int
) -> tuple[Array, Array]:
    """Glorot and Bengio (2010), equation 16: U(-s, s), s = sqrt(6 / (fan_in + fan_out))."""
    s = math.sqrt(6.0 / (fan_in + fan_out))
    return random.uniform(-s, s, (fan_out, fan_in)), np.zeros(fan_out)


def _glorot_normal(random: np.random.Generator, fan_in: int, fan_out: int, layer: int) -> tuple[Array, Array]:
    """Glorot and Bengio (2010), equation 12: variance 2 / (fan_in + fan_out)."""
    return random.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), (fan_out, fan_in)), np.zeros(fan_out)


def _he_normal(random: np.random.Generator, fan_in: int, fan_out: int, layer: int) -> tuple[Array, Array]:
    """He et al. (2015), equation 10: variance 2 / fan_in, for relu."""
    return random.normal(0.0, math.sqrt(2.0 / fan_in), (fan_out, fan_in)), np.zeros(fan_out)


def _lecun_normal(random: np.random.Generator, fan_in: int, fan_out: int, layer: int) -> tuple[Array, Array]:
    """LeCun et al. (1998), Efficient BackProp, section 4.6: variance 1 / fan_in."""
    return random.normal(0.0, math.sqrt(1.0 / fan_in), (fan_out, fan_in)), np.zeros(fan_out)


def _nguyen_widrow(random: np.random.Generator, fan_in: int, fan_out: int, layer: int) -> tuple[Array, Array]:
    """Nguyen and Widrow (1990): rows of length 0.7 fan_out^(1/fan_in), biases spread over it.

    The ramps of the nodes then tile the cube [-1, 1]^fan_in instead of piling up at its centre.
    """
    length = 0.7 * fan_out ** (1.0 / fan_in)
    W = random.uniform(-1.0, 1.0, (fan_out, fan_in))
    W *= length / np.linalg.norm(W, axis=1, keepdims=True)
    return W, random.uniform(-length, length, fan_out)


def _siren(random: np.random.Generator, fan_in: int, fan_out: int, layer: int) -> tuple[Array, Array]:
    """Sitzmann et al. (2020), section 3.2: U(-s, s), s = sqrt(6 / fan_in); first layer U(-1/fan_in, 1/fan_in).

    Their frequency 30 is left out: inputs here are standardised, not pixels of [-1, 1]. Biases as in their
    code, uniform in 1/sqrt(fan_in).
    """
    s = 1.0 / fan_in if layer == 0 else math.sqrt(6.0 / fan_in)
    bias = 1.0 / math.sqrt(fan_in)
    return random.uniform(-s, s, (fan_out, fan_in)), random.uniform(-bias, bias, fan_out)


INITIALISATIONS: dict[str, Rule] = {
    "glorot-uniform": _glorot_uniform,
    "glorot-normal": _glorot_normal,
    "he-normal": _he_normal,
    "lecun-normal": _lecun_normal,
    "nguyen-widrow": _nguyen_widrow,
    "siren": _siren,
}

USUAL = {"relu": "he-normal", "gelu": "he-normal", "softplus": "he-normal", "sin": "siren"}


def initialise(
    architecture: Architecture, seed: int | np.random.Generator, *, rule: str | None = None, starts: int = 1
) -> Array:
    """Return starting parameters of many networks, (starts, P).

    seed : whole number, or a generator -- the same seed gives the same numbers
    rule : one of INITIALISATIONS; None takes the one made for the hidden activation: he-normal for relu, gelu
        and softplus, siren for sin, glorot-uniform else

    Raises ParameterError for an unknown rule, with the nearest name.

    >>> from educe.network import Architecture
    >>> initialise(Architecture((2, 3, 1)), 0, starts=4).shape
    (4, 13)
    """
    name = rule or USUAL.get(architecture.hidden, "glorot-uniform")
    if name not in INITIALISATIONS:
        raise ParameterError(
            f"initialisation '{name}' is unknown; there are {listing(INITIALISATIONS)}.{nearest(name, INITIALISATIONS)}"
        )
    random = np.random.default_rng(seed)
    pairs = list(zip(architecture.layers, architecture.layers[1:], strict=False))
    return np.stack(
        [
            architecture.flatten([INITIALISATIONS[name](random, i, o, k) for k, (i, o) in enumerate(pairs)])
            for _ in range(starts)
        ]
    )

"""Losses: how far one prediction f is from one measurement y, with the derivative beside the value.

The loss of a network is the mean over the N points. Weights 1/sigma^2 and the L2 penalty stand outside: they are
the same for every loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]

LOSSES = ("mse", "mae", "huber", "poisson")


@dataclass(frozen=True)
class Loss:
    """The loss of one point.

    value : (f, y) -> loss;  derivative : (f, y) -> d loss / df
    latex : of the loss of one point
    """

    name: str
    value: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    latex: str
    bend: float = 1.0


def loss_named(name: str, *, bend: float = 1.0) -> Loss:
    """Return the loss of this name.

    bend : float > 0, in the unit of y -- of huber: residuals beyond it count by their size, not its square

    mse is (f - y)^2, as in the text that educe starts from; mae is |f - y|; huber is (f - y)^2 inside the bend and
    2 bend |f - y| - bend^2 outside, so that it equals mse for small residuals (Huber 1964, doubled); poisson
    is exp(f) - y f: the network is the logarithm of the expected count.

    Raises ParameterError for an unknown name, with the nearest, or a bend that is not above 0.

    >>> float(loss_named("huber", bend=1.0).value(np.array(3.0), np.array(0.0)))
    5.0
    """
    if name not in LOSSES:
        raise ParameterError(
            f"loss '{name}' is unknown; there are {listing(LOSSES)}.{nearest(str(name), LOSSES)}"
        )
    if not bend > 0.0:
        raise ParameterError(f"the bend of the huber loss must be above 0, not {bend!r}.")
    if name == "mse":
        return Loss(name, lambda f, y: np.square(f - y), lambda f, y: 2.0 * (f - y), r"(f - y)^2")
    if name == "mae":
        return Loss(name, lambda f, y: np.abs(f - y), lambda f, y: np.sign(f - y), r"\lvert f - y \rvert")
    if name == "poisson":
        return Loss(name, lambda f, y: np.exp(f) - y * f, lambda f, y: np.exp(f) - y, r"e^f - y f")

    def huber(f: Array, y: Array) -> Array:
        r = np.abs(f - y)
        result: Array = np.where(r <= bend, r * r, 2.0 * bend * r - bend * bend)
        return result

    def huber_slope(f: Array, y: Array) -> Array:
        result: Array = 2.0 * np.clip(f - y, -bend, bend)
        return result

    return Loss(name, huber, huber_slope, r"(f - y)^2 \;(\lvert f - y \rvert \le \delta)", bend)


def penalty_and_gradient(theta: Array, is_weight: NDArray[np.bool_], strength: float) -> tuple[Array, Array]:
    """Return strength * sum of the squared weights, and its gradient; biases are not penalised.

    theta : (..., P)
    """
    weights = np.where(is_weight, theta, 0.0)
    return strength * np.square(weights).sum(axis=-1), 2.0 * strength * weights

"""How one step follows from one gradient: state in, state out.

A rule has `begin(theta) -> memory` and `step(theta, memory, gradient, rate, t) -> (theta, memory)`; t counts steps
from 1. The formulas are arithmetic alone, so that the same rule runs on NumPy arrays and inside compiled loops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from educe.errors import ParameterError, listing, nearest

Memory = tuple[Any, ...]  # arrays of theta's shape


class Rule(Protocol):
    """One optimiser."""

    def __hash__(self) -> int:
        """Return a number: two of the same numbers are one rule."""

    def begin(self, theta: Any) -> Memory:
        """Return the memory before the first step."""

    def step(self, theta: Any, memory: Memory, gradient: Any, rate: Any, t: Any) -> tuple[Any, Memory]:
        """Return parameters and memory after one step."""


@dataclass(frozen=True)
class GradientDescent:
    """theta <- theta - rate * gradient: the plain rule. Source: Cauchy (1847)."""

    def begin(self, theta: Any) -> Memory:
        """Return nothing: the plain rule remembers nothing."""
        return ()

    def step(self, theta: Any, memory: Memory, gradient: Any, rate: Any, t: Any) -> tuple[Any, Memory]:
        """Return theta one step down the gradient."""
        return theta - rate * gradient, memory


@dataclass(frozen=True)
class Momentum:
    """v <- momentum v + gradient; theta <- theta - rate v. Source: Polyak (1964).

    nesterov : the step looks one velocity ahead: theta - rate (gradient + momentum v), as in Sutskever et al.
        (2013) rewritten by Bengio et al. (2013)
    """

    momentum: float = 0.9
    nesterov: bool = False

    def begin(self, theta: Any) -> Memory:
        """Return a velocity of zero."""
        return (0.0 * theta,)

    def step(self, theta: Any, memory: Memory, gradient: Any, rate: Any, t: Any) -> tuple[Any, Memory]:
        """Return theta moved by the velocity."""
        v = self.momentum * memory[0] + gradient
        direction = gradient + self.momentum * v if self.nesterov else v
        return theta - rate * direction, (v,)


@dataclass(frozen=True)
class Adam:
    """Adam; with decay > 0 AdamW, whose weight decay stands outside the moments.

    m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;
    theta <- theta - rate (m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps) + decay theta)

    Source: Kingma and Ba (2015), algorithm 1; decay: Loshchilov and Hutter (2019), algorithm 2.
    """

    b1: float = 0.9
    b2: float = 0.999
    eps: float = 1e-8
    decay: float = 0.0

    def begin(self, theta: Any) -> Memory:
        """Return moments of zero."""
        return (0.0 * theta, 0.0 * theta)

    def step(self, theta: Any, memory: Memory, gradient: Any, rate: Any, t: Any) -> tuple[Any, Memory]:
        """Return theta moved by the ratio of the corrected moments."""
        m = self.b1 * memory[0] + (1.0 - self.b1) * gradient
        v = self.b2 * memory[1] + (1.0 - self.b2) * gradient * gradient
        root = (v / (1.0 - self.b2**t)) ** 0.5
        direction = m / (1.0 - self.b1**t) / (root + self.eps) + self.decay * theta
        return theta - rate * direction, (m, v)


RULES: dict[str, tuple[Rule, float]] = {
    "gradient-descent": (GradientDescent(), 0.2),
    "momentum": (Momentum(), 0.02),
    "nesterov": (Momentum(nesterov=True), 0.02),
    "adam": (Adam(), 0.01),
    "adamw": (Adam(decay=1e-4), 0.01),
}
"""Each rule with the learning rate that suits standardised data."""


def rule_named(name: str) -> tuple[Rule, float]:
    """Return the rule of this name and its usual learning rate; ParameterError if there is none.

    >>> rule_named("gradient-descent")
    (GradientDescent(), 0.2)
    """
    if name not in RULES:
        raise ParameterError(
            f"optimizer '{name}' is unknown; there are {listing(RULES)}.{nearest(name, RULES)}"
        )
    return RULES[name]

"""Truths to be learned: functions whose every value is known, with the laws that state them rightly or wrongly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """A truth y = f(x).

    name : of it;  words : what it is, for the page;  truth : (n, d) -> (n,)
    low, high : ends of every input in the measured region
    laws : {"law" or "wrong law": text}, in the inputs x0, x1, ...
    """

    name: str
    words: str
    truth: Callable[[Array], Array]
    low: float
    high: float
    laws: Mapping[str, str] = field(default_factory=dict)


def _decay(X: Array) -> Array:
    return np.asarray(2.0 * np.exp(-0.9 * X[:, 0]) + 0.5)


def _surface(X: Array) -> Array:
    return np.asarray(2.0 * np.sin(X[:, 0]) + 3.0 * np.cos(X[:, 1]))


def _directions(X: Array) -> Array:
    d = X.shape[1]
    scale = np.sqrt(3.0 / d)  # both directions have variance 1 whatever d
    u, v = scale * X.sum(axis=1), scale * (X @ (-1.0) ** np.arange(d))
    return np.asarray(np.sin(2.2 * u) + np.tanh(2.5 * v))


def _additive(X: Array) -> Array:
    d = X.shape[1]
    return np.asarray(np.sin(2.5 * X + np.arange(d)).sum(axis=1) / np.sqrt(d))


def _hills(X: Array) -> Array:
    x, y = X[:, 0], X[:, 1]
    return np.asarray(np.sin(2.0 * x) * y + 1.5 * np.exp(-2.0 * ((x - 0.5) ** 2 + (y + 0.4) ** 2)))


def _smooth(X: Array) -> Array:
    return np.asarray(np.sin(X[:, 0]) + 0.3 * X[:, 0])


def _kinked(X: Array) -> Array:
    return np.asarray(np.abs(X[:, 0] - 0.7) - 0.8 * np.abs(X[:, 0] + 1.1))


def _discontinuous(X: Array) -> Array:
    return np.asarray(np.where(X[:, 0] > 0.4, 1.0, -0.5) + np.where(X[:, 0] < -1.5, 1.0, 0.0))


def _oscillating(X: Array) -> Array:
    return np.asarray(np.sin(2.0 * np.pi * 2.0 * X[:, 0]) * (1.0 + 0.2 * X[:, 0]))


TARGETS = {
    target.name: target
    for target in (
        Target(
            "decay",
            "an exponential decay onto a background, one input",
            _decay,
            0.0,
            3.0,
            {"law": "y = a*exp(-k*x0) + c", "wrong law": "y = a*exp(-k*x0)"},
        ),
        Target(
            "surface",
            "2 sin x + 3 cos y, two inputs",
            _surface,
            -3.0,
            3.0,
            {"law": "y = a*sin(x0) + b*cos(x1)", "wrong law": "y = a*x0 + b*x0^3 + c*x1^2 + d"},
        ),
        Target("directions", "a wave and a step along two oblique directions", _directions, -1.0, 1.0),
        Target("additive", "a sum of one wave for each input", _additive, -1.0, 1.0),
        Target("hills", "a saddle of waves with a hill, two inputs", _hills, -1.5, 1.5),
        Target("smooth", "a wave on a slope, one input", _smooth, -3.0, 3.0),
        Target("kinked", "two kinks, straight between them, one input", _kinked, -3.0, 3.0),
        Target("discontinuous", "two jumps, flat between them, one input", _discontinuous, -3.0, 3.0),
        Target("oscillating", "twelve periods of a wave, one input", _oscillating, -3.0, 3.0),
    )
}

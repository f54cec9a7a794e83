"""Solving e(theta) = s for one parameter, when the wanted size s of an effect has been drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, evaluate

Array = NDArray[np.float64]
Values = Mapping[str, Any]

_INVERSES: Mapping[str, Callable[[Any], Any]] = {
    "neg": np.negative,
    "exp": lambda s: np.log(np.abs(s)),
    "expm1": lambda s: np.log1p(np.abs(s)),
    "log": lambda s: np.exp(np.clip(s, -600.0, 600.0)),
    "log10": lambda s: 10.0 ** np.clip(s, -280.0, 280.0),
    "log2": lambda s: 2.0 ** np.clip(s, -900.0, 900.0),
    "log1p": np.expm1,
    "sqrt": np.square,
    "cbrt": lambda s: s**3,
    "abs": np.abs,
    "tanh": lambda s: np.arctanh(np.clip(s, -1 + 1e-12, 1 - 1e-12)),
    "expit": lambda s: -np.log(1 / np.clip(np.abs(s), 1e-300, 1 - 1e-12) - 1),
    "sinh": np.arcsinh,
    "cosh": lambda s: np.arccosh(np.maximum(np.abs(s), 1.0)),
    "atan": lambda s: np.tan(np.clip(s, -1.57, 1.57)),
}
ANGULAR = frozenset({"sin", "cos", "tan"})


def solve_effect(effect: Expression, name: str, size: Array, values: Values, angle: Array) -> Array:
    """Return theta with e(theta) = size, NaN where there is none or the form cannot be inverted.

    effect : free of data; `name` must occur in it exactly once on the path that is followed
    size : (S,);  values : the other names, (S, 1) each
    angle : (S,) in radians -- taken instead of the size inside sin, cos or tan: every angle is as likely

    >>> from educe.formula import parse_expression
    >>> two = np.array([2.0])
    >>> float(solve_effect(parse_expression("1/(3*w)"), "w", two, {}, two)[0])
    0.16666666666666666
    """
    with np.errstate(all="ignore"):
        return _solved(effect, name, np.asarray(size, dtype=float), values, angle)


def _solved(effect: Expression, name: str, s: Array, values: Values, angle: Array) -> Array:
    if effect.operation == "symbol":
        return s
    inner = [k for k, argument in enumerate(effect.arguments) if name in argument.free_names]
    if len(inner) != 1:
        return np.full_like(s, np.nan)
    k = inner[0]
    argument = effect.arguments[k]
    if effect.operation in ANGULAR:
        return _solved(argument, name, angle, values, angle)
    if effect.operation in _INVERSES:
        return _solved(argument, name, _INVERSES[effect.operation](s), values, angle)
    if len(effect.arguments) != 2:
        return np.full_like(s, np.nan)
    other = np.broadcast_to(np.asarray(evaluate(effect.arguments[1 - k], values), float).reshape(-1), s.shape)
    return _solved(argument, name, _undone(effect.operation, k, s, other), values, angle)


def _undone(operation: str, k: int, s: Array, other: Array) -> Array:
    """Return the argument number k of a binary operation from its value s and its other argument."""
    if operation == "+":
        return s - other
    if operation == "-":
        return s + other if k == 0 else other - s
    if operation == "*":
        return s / other
    if operation == "/":
        return s * other if k == 0 else other / s
    if operation == "**" and k == 0:
        odd = np.isclose(np.abs(other) % 2, 1.0)
        root = np.abs(s) ** (1.0 / other)
        return np.where(odd, np.sign(s) * root, root)
    if operation == "**":
        return np.log(np.abs(s)) / np.log(np.abs(other))
    return np.full_like(s, np.nan)

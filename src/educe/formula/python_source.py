"""Python for expressions: with the math module alone for one point, or with NumPy for arrays of points."""

from __future__ import annotations

from educe.formula.languages import Language
from educe.formula.operations import OPERATIONS

_BUILT_IN = frozenset(("abs", "max", "min"))
_OF_OWN = frozenset(("sign", "heaviside", "sinc", "expit"))
_CONDITIONS = {"and": "{0} and {1}", "or": "{0} or {1}", "not": "not {0}"}

_OWN = {
    "educe_sign": "def educe_sign(x):\n    return float((x > 0) - (x < 0))",
    "educe_heaviside": "def educe_heaviside(x):\n    return 1.0 if x > 0 else 0.0 if x < 0 else 0.5",
    "educe_sinc": "def educe_sinc(x):\n    return math.sin(x) / x if x else 1.0",
    "educe_expit": (
        "def educe_expit(x):\n"
        "    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))"
    ),
}
_NUMPY_OWN = {
    "educe_sinc": (
        "def educe_sinc(x):\n"
        "    safe = np.where(x == 0, 1.0, x)\n"
        "    return np.where(x == 0, 1.0, np.sin(safe) / safe)"
    ),
    "educe_expit": (
        "def educe_expit(x):\n    e = np.exp(-np.abs(x))\n    return np.where(x >= 0, 1.0, e) / (1.0 + e)"
    ),
}


def _arguments(operation: str) -> str:
    return ", ".join(f"{{{k}}}" for k in range(OPERATIONS[operation].arity))


def _math(operation: str) -> str:
    if operation in _CONDITIONS:
        return _CONDITIONS[operation]
    if operation == "where":
        return "({1} if {0} else {2})"
    if operation == "**":
        return "math.pow({0}, {1})"
    if operation in _BUILT_IN:
        return f"{operation}({_arguments(operation)})"
    if operation in _OF_OWN:
        return f"educe_{operation}({_arguments(operation)})"
    if not operation.isalnum() or operation == "neg":
        return OPERATIONS[operation].c
    import math

    return f"math.{operation}({_arguments(operation)})" if hasattr(math, operation) else ""


def _numpy(operation: str) -> str:
    if operation in ("heaviside", "sinc", "expit"):
        return "np.heaviside({0}, 0.5)" if operation == "heaviside" else f"educe_{operation}({{0}})"
    if operation == "neg" or not operation.isalnum():
        return "np.power({0}, {1})" if operation == "**" else OPERATIONS[operation].c
    place, _, name = OPERATIONS[operation].numpy.rpartition(".")
    if place == "numeric":
        return ""
    return f"{'special' if place else 'np'}.{name}({_arguments(operation)})"


PYTHON = Language("Python's math module", _math, "{0} = {1}", "{0} = {1}", _OWN, "math.pi")
NUMPY = Language("NumPy", _numpy, "{0} = {1}", "{0} = {1}", _NUMPY_OWN, "np.pi")

"""Finished fits with known numbers, made by hand: what a report receives, without a solver."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from educe.parameters import Parameter


@dataclass(frozen=True)
class Law:
    text: str
    tex: str = ""
    names: tuple[str, ...] = ()

    def latex(self) -> str:
        return self.tex

    def substitute(self, values: dict[str, float]) -> Law:
        tex = self.tex
        for name, value in values.items():
            tex = re.sub(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", f"{value:g}", tex)
        return Law(self.text, tex, self.names)


@dataclass(frozen=True)
class Convention:
    sigma: str = "none"
    loss: str = "linear"
    loss_scale: float = 1.0
    sentences: tuple[str, ...] = (
        "All rows weigh the same. Standard errors are scaled by the scatter of the residuals.",
    )


@dataclass(frozen=True)
class TestResult:
    name: str
    statistic: float
    p_value: float
    verdict: str
    convention: str


@dataclass(frozen=True)
class Derived:
    value: float
    stderr: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Combination:
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Rows:
    columns: dict[str, Any]
    response: Any
    sigma: Any = None


@dataclass(frozen=True)
class Prediction:
    values: Any
    lower: Any
    upper: Any
    stderr: Any
    outside: Any


@dataclass(frozen=True)
class Fit:
    law: Law
    response: str
    source: str
    parameters: tuple[Parameter, ...]
    names: tuple[str, ...]
    params: dict[str, float]
    stderr: dict[str, float]
    correlation: Any
    n: int
    rss: float
    rows: Rows
    function: Any  # (params, columns) -> fitted
    ties: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    convention: Convention = Convention()
    r_squared: float = 0.998
    adjusted_r_squared: float = 0.997
    aic: float = -12.5
    aicc: float = -12.25
    bic: float = -10.0
    chi_square: float | None = None
    reduced_chi_square: float | None = None
    chi_square_p_value: float | None = None
    converged: bool = True
    reason: str = "converged: the last step changes no fitted value by more than rounding"
    iterations: int = 7
    warnings: tuple[str, ...] = ()
    undetermined: tuple[Combination, ...] = ()
    residual_tests: tuple[TestResult, ...] = ()
    derived: dict[str, Derived] = field(default_factory=dict)

    @property
    def dof(self) -> int:
        return self.n - len(self.names)

    @property
    def residual_standard_error(self) -> float:
        return (self.rss / self.dof) ** 0.5

    @property
    def fitted(self) -> Any:
        return self.function(self.params, self.rows.columns)

    @property
    def residuals(self) -> Any:
        return self.rows.response - self.fitted

    @property
    def leverage(self) -> Any:
        return np.full(self.n, len(self.names) / self.n)

    def conf_int(self, level: float = 0.95, method: str = "wald") -> dict[str, tuple[float, float]]:
        t = 2.0
        return {k: (v - t * self.stderr[k], v + t * self.stderr[k]) for k, v in self.params.items()}

    def predict(self, data: Any, *, interval: str | None = None, level: float = 0.95) -> Any:
        values = self.function(self.params, data)
        if interval is None:
            return values
        s = self.residual_standard_error * (0.3 if interval == "confidence" else 1.04)
        spread = np.full_like(values, s)
        return Prediction(values, values - 2 * s, values + 2 * s, spread, np.zeros(len(values), bool))


def decay(n: int = 60, **changes: Any) -> Fit:
    """y = a*exp(-k*x) + c, with c fixed, absolute sigma and a strong correlation."""
    rng = np.random.default_rng(1)
    x = np.linspace(0.0, 8.0, n)
    sigma = np.full(n, 0.08)
    params = {"a": 3.1416, "k": 0.70125, "c": 0.5}

    def function(q: Any, columns: Any) -> Any:
        return q["a"] * np.exp(-q["k"] * columns["x"]) + q["c"]

    y = function(params, {"x": x}) + rng.normal(0, 0.08, n)
    fields: dict[str, Any] = {
        "law": Law("y = a*exp(-k*x) + c", r"y = a\, e^{-k x} + c", ("a", "k", "x", "c")),
        "response": "y",
        "source": "decay.csv",
        "parameters": (
            Parameter("a", start=1.0, upper=3.1416),
            Parameter("k"),
            Parameter("c", 0.5, fixed=True),
        ),
        "names": ("a", "k"),
        "params": params,
        "stderr": {"a": 0.0431, "k": 0.0123456, "c": 0.0},
        "correlation": np.array([[1.0, 0.934], [0.934, 1.0]]),
        "n": n,
        "rss": 0.354,
        "rows": Rows({"x": x}, y, sigma),
        "function": function,
        "left_out": {"missing or infinite value": 5, "condition t > 0 does not hold": 2},
        "convention": Convention(
            "absolute",
            sentences=(
                "Column s is the standard deviation of each row, taken at its word: errors are not rescaled.",
            ),
        ),
        "chi_square": 55.3,
        "reduced_chi_square": 0.953,
        "chi_square_p_value": 0.577,
        "derived": {"tau": Derived(1.42602, 0.0251, 1.3768, 1.4752)},
        "residual_tests": (
            TestResult(
                "runs", 0.4, 0.6891, "signs change as often as chance would have it", "Wald and Wolfowitz"
            ),
            TestResult(
                "normality",
                9.2,
                0.0101,
                "the distribution is not normal: look for outlying rows",
                "D'Agostino and Pearson",
            ),
        ),
    }
    return Fit(**(fields | changes))


def sensors(n: int = 400, **changes: Any) -> Fit:
    """z = a*sin(x) + b*cos(y): two inputs."""
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-3, 3, (2, n))
    params = {"a": 2.00341, "b": -0.49813}

    def function(q: Any, columns: Any) -> Any:
        return q["a"] * np.sin(columns["x"]) + q["b"] * np.cos(columns["y"])

    fields: dict[str, Any] = {
        "law": Law(
            "z = a*sin(x) + b*cos(y)",
            r"z = a \sin\left(x\right) + b \cos\left(y\right)",
            ("a", "x", "b", "y"),
        ),
        "response": "z",
        "source": "sensors.csv",
        "parameters": (Parameter("a"), Parameter("b")),
        "names": ("a", "b"),
        "params": params,
        "stderr": {"a": 0.00447, "b": 0.00451},
        "correlation": np.array([[1.0, 0.034], [0.034, 1.0]]),
        "n": n,
        "rss": 3.98,
        "rows": Rows({"x": x, "y": y}, function(params, {"x": x, "y": y}) + rng.normal(0, 0.1, n)),
        "function": function,
        "reason": "the law is linear in all free parameters: solved in one step",
        "iterations": 1,
    }
    return Fit(**(fields | changes))


def rate(n: int = 150, **changes: Any) -> Fit:
    """r = a*c**m*exp(-e/t) + b*p: four inputs."""
    rng = np.random.default_rng(3)
    columns = {
        "c": rng.uniform(0.1, 2, n),
        "t": rng.uniform(280, 400, n),
        "p": rng.normal(1, 0.1, n),
        "q": rng.normal(0, 3, n),
    }
    params = {"a": 140.0, "m": 0.5, "e": 1800.0, "b": 0.2}

    def function(q: Any, columns: Any) -> Any:
        return (
            q["a"] * columns["c"] ** q["m"] * np.exp(-q["e"] / columns["t"])
            + q["b"] * columns["p"]
            + 0 * columns["q"]
        )

    fields: dict[str, Any] = {
        "law": Law("r = a*c**m*exp(-e/t) + b*p + 0*q", r"\begin{cases} a \end{cases}", tuple("acmetbpq")),
        "response": "r",
        "source": "reactor.parquet",
        "parameters": tuple(Parameter(name) for name in params),
        "names": tuple(params),
        "params": params,
        "stderr": {"a": 5.0, "m": 0.01, "e": 20.0, "b": 0.02},
        "correlation": np.eye(4),
        "n": n,
        "rss": 0.3,
        "rows": Rows(columns, function(params, columns) + rng.normal(0, 0.045, n)),
        "function": function,
    }
    return Fit(**(fields | changes))

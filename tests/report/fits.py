"""Fits of every kind that a report must show, of simulated measurements with a fixed seed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import educe


def noise(seed: int, n: int, size: float) -> Any:
    return np.random.default_rng(seed).normal(0.0, size, n)


@cache
def decay(n: int = 60) -> educe.Fit:
    """One input, absolute sigma, a fixed parameter, a derived quantity, rows left out."""
    x = np.linspace(0.0, 8.0, n)
    y = 3.1 * np.exp(-0.7 * x) + 0.5 + noise(1, n, 0.08)
    y[[5, 17]] = np.nan
    data = {"x": x, "y": y, "s": np.full(n, 0.08)}
    return educe.fit(
        "y = a*exp(-k*x) + c",
        data,
        start={"a": 1.0, "k": 1.0},
        fixed={"c": 0.5},
        sigma="s",
        absolute_sigma=True,
        where="x < 7.9",
        derive={"tau": "1/k"},
    )


@cache
def sensors(n: int = 400) -> educe.Fit:
    """Two inputs, a law that is linear in its parameters."""
    x, y = np.random.default_rng(7).uniform(-3.0, 3.0, (2, n))
    z = 2.0 * np.sin(x) - 0.5 * np.cos(y) + noise(8, n, 0.1)
    return educe.fit("z = a*sin(x) + b*cos(y)", {"x": x, "y": y, "z": z})


@cache
def rate(n: int = 150) -> educe.Fit:
    """Four inputs, a tied parameter and one at its bound."""
    rng = np.random.default_rng(3)
    c, t, p, q = (rng.uniform(*ends, n) for ends in ((0.1, 2.0), (280.0, 400.0), (0.8, 1.2), (-3.0, 3.0)))
    r = 1.4 * c**0.5 * np.exp(-1.8 * (300 / t - 1)) + 0.2 * p + 0.4 * q + noise(4, n, 0.05)
    return educe.fit(
        "r = a*c**m*exp(-e*(300/t - 1)) + b*p + d*q",
        {"c": c, "t": t, "p": p, "q": q, "r": r},
        start={"a": 1.0, "m": 0.6, "e": 1.0, "b": 0.1},
        bounds={"m": (0.55, 2.0)},
        ties={"d": "2*b"},
        search=False,
    )


@cache
def product() -> educe.Fit:
    """Two parameters that the data cannot tell apart."""
    x = np.linspace(1.0, 5.0, 20)
    return educe.fit("y = a*b*x", {"x": x, "y": 6.0 * x + noise(2, 20, 0.1)}, start={"a": 2.0, "b": 3.0})


@cache
def stopped() -> educe.Fit:
    """A fit that was not given enough iterations."""
    x = np.linspace(0.0, 5.0, 25)
    y = 3.0 * np.exp(-0.7 * x) + noise(3, 25, 0.02)
    start = {"a": 1.0, "k": 30.0}
    return educe.fit("y = a*exp(-k*x)", {"x": x, "y": y}, start=start, iterations=1, search=False)


@cache
def constant() -> educe.Fit:
    """No input at all."""
    return educe.fit("y = c", {"y": 4.0 + noise(5, 30, 0.2)})


HOSTILE = "<script>alert('$x_{\\')</script>&\\frac\x1b[2J"


@cache
def hostile() -> educe.Fit:
    """A source and units that would be markup, mathematics or escapes if they were not made harmless."""
    x = np.linspace(1.0, 5.0, 20)
    found = educe.fit("y_1 = alpha_*x_1", {"x_1": x, "y_1": 2.0 * x + noise(6, 20, 0.1)})
    rows = replace(found.rows, source=f"{HOSTILE}.csv", units={"x_1": HOSTILE, "y_1": "$"})
    return replace(found, rows=rows, left_out={HOSTILE: 3})


ALL = {
    "decay": decay,
    "sensors": sensors,
    "rate": rate,
    "product": product,
    "stopped": stopped,
    "constant": constant,
    "hostile": hostile,
}

"""Exponential decays, one for each key, as rows of a table: what the tests of very many fits fit."""

import numpy as np

LAW = "y = a*exp(-k*x) + c"
X = np.linspace(0.0, 4.0, 20)


def decays(B: int, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return the true parameters, (B, 3), and measurements, (B, 20)."""
    rng = np.random.default_rng(seed)
    truth = np.column_stack([rng.uniform(1, 3, B), rng.uniform(0.3, 3, B), rng.uniform(0.5, 1.5, B)])
    y = truth[:, :1] * np.exp(-truth[:, 1:2] * X) + truth[:, 2:] + 0.02 * rng.standard_normal((B, len(X)))
    return truth, y


def rows(y: np.ndarray, order: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the same as rows with a key, in some order."""
    B = len(y)
    columns = {"x": np.tile(X, B), "y": y.ravel(), "pixel": np.repeat(np.arange(B) * 3, len(X))}
    return columns if order is None else {name: column[order] for name, column in columns.items()}


def spoiled(B: int, *, mixed: bool) -> dict[str, np.ndarray]:
    """Return rows of which some pixels are dead, some readings missing, in the order of the keys or in none."""
    y = decays(B)[1]
    y[::17] = 0.0
    y[5::50] = np.nan
    y[7, 3] = 1e6
    y[11, :4] = np.nan
    return rows(y, np.random.default_rng(1).permutation(y.size) if mixed else None)

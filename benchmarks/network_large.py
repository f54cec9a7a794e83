"""`educe.learn` without options on many rows, beside scikit-learn: `python benchmarks/run.py network_large`.

Friedman's function of five inputs (1991) and five more that mean nothing, noise of deviation 1. The error is against
the function itself, over 20,000 new points: what the noise hides is not counted.
"""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from educe.learning.regressor import NetworkRegressor
from networks import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENDERS: dict[str, Callable[[], object]] = {
    "educe.learn, no options": NetworkRegressor,
    "MLPRegressor, 100 relu, scaled, early stopping": lambda: scaled(
        MLPRegressor(early_stopping=True, max_iter=500, random_state=0)
    ),
    "gradient boosting, early stopping": lambda: HistGradientBoostingRegressor(
        early_stopping=True, max_iter=1000, random_state=0
    ),
}


def friedman(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (n, 10) and the function without noise (n,)."""
    X = np.random.default_rng(seed).uniform(size=(n, 10))
    return X, 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]


def run(*, quick: bool) -> str:
    """Return the section for docs/benchmarks.md."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    sizes = (5_000,) if quick else (20_000, 100_000)
    X_new, y_new = friedman(20_000, 1)
    lines = [
        "### Networks: many rows",
        "",
        f"| RMSE against Friedman's function · CPU s | {' | '.join(f'{n:,} rows' for n in sizes)} |",
        f"|---|{'---:|' * len(sizes)}",
    ]
    for name, make in CONTENDERS.items():
        cells = []
        for n in sizes:
            X, clean = friedman(n, 0)
            y = clean + np.random.default_rng(2).normal(size=n)
            began = time.process_time()
            model = make().fit(X, y)
            seconds = time.process_time() - began
            rmse = np.sqrt(np.mean((model.predict(X_new) - y_new) ** 2))
            cells.append(f"{rmse:.3f} · {seconds:.1f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", f"The function's own deviation is {y_new.std():.2f}, the noise 1."]
    return "\n".join(lines)

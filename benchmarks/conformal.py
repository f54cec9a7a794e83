"""Prediction intervals of learned functions: coverage and width beside cross-conformal peers, on the same data."""

from __future__ import annotations

import os
import warnings

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

from timing import table

LEVEL = 0.95
ROWS, FRESH = 300, 4000
TRUTHS = {
    "2 sin x + cos(y)/2": (lambda x, y: 2 * np.sin(x) + 0.5 * np.cos(y), 0.1),
    "a ridge, exp(-(x + y)²)": (lambda x, y: np.exp(-((x + y) ** 2)), 0.05),
    "a kink, abs(x) + y/2": (lambda x, y: np.abs(x) + 0.5 * y, 0.2),
}


def run(*, quick: bool = False) -> str:
    """Return the section as Markdown; without MAPIE, educe's rows alone."""
    warnings.simplefilter("ignore")
    repeats = 2 if quick else 5
    lines = []
    for name, (truth, noise) in TRUTHS.items():
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in range(repeats):
            rng = np.random.default_rng(seed)
            X, Z = rng.uniform(-3, 3, (ROWS, 2)), rng.uniform(-3, 3, (FRESH, 2))
            y, z = (truth(*A.T) + noise * rng.standard_normal(len(A)) for A in (X, Z))
            for method, lower, upper in _intervals(X, y, Z, seed):
                found.setdefault(method, []).append(
                    (float(np.mean((z >= lower) & (z <= upper))), float(np.mean(upper - lower)))
                )
        ideal = 2 * 1.959964 * noise
        for method, values in found.items():
            coverage, width = np.mean(values, axis=0)
            error = np.std([c for c, _ in values], ddof=1) / len(values) ** 0.5
            lines.append([name, method, f"{100 * coverage:.1f} ± {100 * error:.1f}", f"{width / ideal:.2f}"])
    header = [
        f"{ROWS} rows, {repeats} draws",
        "method",
        f"covered of {FRESH} fresh, %",
        "width over that of the noise",
    ]
    return f"### Prediction intervals at 95 %\n\n{table(header, lines)}"


def _intervals(X, y, Z, seed):
    import educe

    data = {"x": X[:, 0], "y": X[:, 1], "z": y}
    band = educe.learn(data, "z", seed=seed).predict(
        {"x": Z[:, 0], "y": Z[:, 1]}, interval="prediction", level=LEVEL
    )
    yield "educe.learn", band.lower, band.upper
    try:
        from mapie.regression import CrossConformalRegressor
    except ImportError:
        return
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    peers = {
        "MAPIE, Gaussian process": GaussianProcessRegressor(
            ConstantKernel() * RBF([1.0, 1.0]) + WhiteKernel(), normalize_y=True
        ),
        "MAPIE, gradient boosting": GradientBoostingRegressor(random_state=seed),
        "MAPIE, random forest": RandomForestRegressor(200, random_state=seed),
    }
    for name, peer in peers.items():
        method = CrossConformalRegressor(peer, confidence_level=LEVEL, cv=5).fit_conformalize(X, y)
        _, limits = method.predict_interval(Z)
        yield name, limits[:, 0, 0], limits[:, 1, 0]


if __name__ == "__main__":
    print(run())

